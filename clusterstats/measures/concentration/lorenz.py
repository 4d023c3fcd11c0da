"""Gini indices of industries: how far their spread over regions bends from an even one."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError
from clusterstats.inference.options import Inference
from clusterstats.measures.concentration.indices import SPREAD, shares
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer
from clusterstats.measures.specialization.quotients import gini_of_quotients

__all__ = ["gini_concentration", "locational_gini"]

# --- locational Gini ------------------------------------------------------------------------


def _locational_gini(x: Array, *, base: Array | None = None, maximum: float) -> Array:
    """x: values (..., region, industry) -> (..., industry); `nan` where it is nowhere."""
    q, s = shares(x, base)
    s = np.broadcast_to(s, q.shape)
    order = np.argsort(q / s, axis=-2, kind="stable")  # empty regions (0/0) last: they add nothing
    q, s = np.take_along_axis(q, order, axis=-2), np.take_along_axis(s, order, axis=-2)
    below = np.cumsum(q, axis=-2)
    under: Array = (s * (2 * below - q)).sum(axis=-2)
    return np.clip(1 - under, 0, None) * maximum


GINI = Declaration(
    name="locational_gini",
    kernel=partial(_locational_gini, maximum=0.5),
    grain=("industry",),
    formula="area between the Lorenz curve of e_ri / e_i over e_r / e (by rising LQ) and the "
    "diagonal",
    reference="Krugman 1991, Geography and Trade, p. 55; Kim 1995",
    neutral=0.0,
    bounds=(0.0, 0.5),
    estimand=f"the index of {SPREAD}",
    options={"maximum": 0.5},
    analytic_note="its order of regions changes with the draw",
    is_biased=True,
)
GINIS = {
    0.5: GINI,
    1.0: replace(
        GINI,
        kernel=partial(_locational_gini, maximum=1.0),
        formula=f"twice the {GINI.formula}",
        bounds=(0.0, 1.0),
        options={"maximum": 1},
    ),
}


@register(*GINIS.values())
def locational_gini(
    table: IntoTable,
    *,
    value: str = "employment",
    maximum: float = 0.5,
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Gini index of an industry's location quotients, regions weighted by their size.

    0 where the industry follows all employment, near the maximum where it is in one small
    region. An industry with few or large establishments scores high by chance: read
    ``bias_corrected``, `MonteCarlo`'s ``null_mean``, or `ellison_glaeser`.

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    maximum : {0.5, 1}
        Area under the Lorenz curve (Krugman 1991), or twice that (Kim 1995).
    base : str, optional
        Column with a reference size of each region; by default its share of the total.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years, or regions with `unit="region"`.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; `Analytic()` is refused.

    Notes
    -----
    A region without the industry counts as 0; an empty region adds nothing. An industry that is
    nowhere is `nan` in its own row.

    References
    ----------
    Krugman, P. (1991). Geography and Trade, pp. 55-56. Kim, S. (1995), Quarterly Journal of
    Economics 110, 881-908.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.locational_gini(jobs)[["industry", "estimate"]].round(4)
      industry  estimate
    0     film    0.2000
    1    other    0.0041
    """
    if maximum not in (0.5, 1):
        raise OptionError(f"maximum={maximum!r} is not known; use one of 0.5, 1")
    return infer(GINIS[float(maximum)], table, value, inference, base)


# --- Gini of location quotients -------------------------------------------------------------


def _gini_concentration(x: Array) -> Array:
    """x: values (..., region, industry) -> (..., industry)."""
    return gini_of_quotients(np.swapaxes(x, -1, -2))


GINI_OF_QUOTIENTS = replace(
    GINI,
    name="gini_concentration",
    kernel=_gini_concentration,
    formula="G = 2 / (n^2 mean LQ) sum_r k_r (LQ_ri - mean LQ), k_r the rank of LQ_ri",
    reference="Schaetzl 2000, Wirtschaftsgeographie 2, as in REAT's gini.conc",
    bounds=(0.0, 1.0),
    options={},
)


@register(GINI_OF_QUOTIENTS)
def gini_concentration(
    table: IntoTable, *, value: str = "employment", inference: Inference | None = None
) -> pd.DataFrame:
    r"""Gini index of an industry's location quotients, regions counted alike.

    `locational_gini` weighs regions by their size, which is the usual choice: here a small region
    counts as much as a large one.

    .. math::
        G_i = \frac{2}{n^2 \overline{LQ}_i} \sum_r k_r (LQ_{ri} - \overline{LQ}_i)

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years, or regions with `unit="region"`.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; `Analytic()` is refused.

    Notes
    -----
    An empty region has no quotient and is left out of n. An industry that is nowhere is `nan`.

    References
    ----------
    Schätzl, L. (2000). Wirtschaftsgeographie 2: Empirie, 3rd ed.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.gini_concentration(jobs).round(3)[["industry", "estimate"]]
      industry  estimate
    0     film     0.357
    1    other     0.013
    """
    return infer(GINI_OF_QUOTIENTS, table, value, inference)
