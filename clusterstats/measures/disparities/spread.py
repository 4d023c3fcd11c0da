"""Disparities: how unequal a quantity is over regions, or over the industries of a region."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.disparities.members import (
    Over,
    declared_over,
    inferred,
    masked,
    relative_values,
)

__all__ = ["gini", "williamson"]

# --- Gini -----------------------------------------------------------------------------------


def _gini(x: Array, weight: Array, *, normalized: bool) -> Array:
    """x: (..., member) -> (...)."""
    share, relative = relative_values(x, weight)
    order = np.argsort(relative, axis=-1, kind="stable")
    share = np.take_along_axis(share, order, axis=-1)
    income = share * np.take_along_axis(relative, order, axis=-1)
    below = np.cumsum(income, axis=-1)
    under: Array = (share * (2 * below - income)).sum(axis=-1)
    n = x.shape[-1]
    return masked(x, np.clip(1 - under, 0, None)) * (n / np.float64(n - 1) if normalized else 1.0)


def _gini_declared(over: Over, normalized: bool) -> Declaration:
    factor = "n / (n - 1) " if normalized else ""
    return declared_over(
        "gini",
        partial(_gini, normalized=normalized),
        over,
        f"{factor}sum_rs w_r w_s |y_r - y_s| / (2 mean y), w weights that sum to 1",
        "Gini 1914; Portnov and Felsenstein 2010 for weights",
        bounds=(0.0, 1.0),
        options={"normalized": True} if normalized else {},
    )


@register(*(_gini_declared(over, n) for over in ("region", "industry") for n in (False, True)))
def gini(
    table: IntoTable,
    *,
    value: str = "employment",
    weight: str | None = None,
    normalized: bool = False,
    over: Over = "region",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Gini index of a quantity over regions (or over the industries of each region).

    0 where all are equal, near 1 where one has all. Compared with equal parts: for an industry
    against the size of regions use `locational_gini`.

    .. math:: G = \frac{\sum_{rs} w_r w_s |y_r - y_s|}{2 \bar y}

    Parameters
    ----------
    table : frame
        Rows of region[, year][, industry]: income, product per head, employment.
    value : str
        Column of the quantity, not negative.
    weight : str, optional
        Column that weighs regions, such as the population for product per head.
    normalized : bool
        Times n / (n - 1), so that one region with all gives 1; without `weight`.
    over : {"region", "industry"}
        Over regions, a row for each industry (if any); or over industries, a row for each region.
    inference : Bootstrap or Jackknife, optional
        Over regions with ``unit="region"``: regions are resampled, since a quantity per head has
        no establishments. Over industries establishments are.

    Returns
    -------
    DataFrame
        ``year``, ``industry`` or ``region`` (if any), ``measure``, ``estimate`` and the
        inference columns.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; a weight with `normalized` or over industries is refused.

    Notes
    -----
    Zeros count. Where all values are 0 the row is `nan`, as where one is unknown.

    References
    ----------
    Gini, C. (1914). Sulla misura della concentrazione. Portnov, B. and Felsenstein, D. (2010),
    On the suitability of income inequality measures for regional analysis.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> income = pd.DataFrame({"region": ["A", "B"], "income": [1.0, 3.0], "people": [3, 1]})
    >>> cs.gini(income, value="income")["estimate"].tolist()
    [0.25]
    >>> cs.gini(income, value="income", weight="people")["estimate"].tolist()
    [0.25]
    """
    require_choice("over", over, ("region", "industry"))
    if normalized and weight is not None:
        raise OptionError("normalized counts members; it does not go with weight=")
    return inferred(_gini_declared(over, normalized), table, value, weight, inference)


# --- Williamson -----------------------------------------------------------------------------


def _williamson(x: Array, weight: Array) -> Array:
    """x: (..., member) -> (...): the weighted coefficient of variation."""
    share, relative = relative_values(x, weight)
    return masked(x, np.sqrt((share * (relative - 1) ** 2).sum(axis=-1)))


WILLIAMSON = declared_over(
    "williamson",
    _williamson,
    "region",
    "V_w = sqrt(sum_r w_r (y_r - mean y)^2) / mean y, mean y the national (weighted) mean",
    "Williamson 1965",
    bounds=(0.0, np.inf),
    options={"weight": "population"},
)


@register(WILLIAMSON)
def williamson(
    table: IntoTable,
    *,
    weight: str | None,
    value: str = "employment",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Coefficient of variation of a quantity per head over regions, weighted by population.

    .. math:: V_w = \frac{1}{\bar y} \sqrt{\sum_r w_r (y_r - \bar y)^2}

    Parameters
    ----------
    table : frame
        Rows of region[, year][, industry].
    weight : str or None
        Column that weighs regions, their population; None weighs all alike, which is the plain
        coefficient of variation (with n, not n - 1).
    value : str
        As in `gini`.
    inference : Bootstrap or Jackknife, optional
        With ``unit="region"``, as in `gini`.

    Returns
    -------
    DataFrame
        As in `gini`.

    Raises
    ------
    TableError, OptionError
        As in `gini`.

    Notes
    -----
    The mean is the national one, weighted, as in the paper.

    References
    ----------
    Williamson, J. G. (1965). Regional inequality and the process of national development.
    Economic Development and Cultural Change 13.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> income = pd.DataFrame({"region": ["A", "B"], "income": [1.0, 3.0], "people": [1, 1]})
    >>> cs.williamson(income, value="income", weight="people")["estimate"].tolist()
    [0.5]
    """
    return inferred(WILLIAMSON, table, value, weight, inference)
