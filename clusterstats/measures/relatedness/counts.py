"""How many industries a region has, and how many regions have an industry."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.relatedness.presence import (
    Presence,
    declared_on_presence,
    inferred,
)

__all__ = ["diversity_count", "ubiquity"]


def _counted(name: str, axis: int, presence: Presence) -> Declaration:
    """The declaration of a count over the axis that is not its key, with one rule of presence."""
    is_of_regions = axis == -1

    def count(x: Array) -> Array:
        return np.where(presence.empty(x, axis), np.nan, presence(x).sum(axis=axis))

    def limits(regions: int, industries: int) -> tuple[float, float]:
        return 0.0, float(industries if is_of_regions else regions)

    return declared_on_presence(
        presence,
        "d_r = sum_i M_ri" if is_of_regions else "u_i = sum_r M_ri",
        name=name,
        kernel=count,
        grain=("region",) if is_of_regions else ("industry",),
        reference=f"Hidalgo and Hausmann 2009, PNAS 106, eq. {1 if is_of_regions else 2}",
        bounds=(0.0, np.inf),
        limits=limits,
        estimand="the number of industries whose true quotient reaches the threshold"
        if is_of_regions
        else "the number of regions where the industry's true quotient reaches the threshold",
        is_biased=True,
    )


_diversity = partial(_counted, "diversity_count", -1)
_ubiquity = partial(_counted, "ubiquity", -2)


@register(_diversity(Presence()))
def diversity_count(
    table: IntoTable,
    *,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Count the industries that a region has more of than its size would give it.

    The first ingredient of economic complexity. `entropy` and `hill_number` say how diverse a
    region is without a threshold.

    .. math:: d_r = \sum_i M_{ri}, \quad M_{ri} = 1[LQ_{ri} \ge 1]

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    threshold : float
        Least location quotient that counts as present, above 0.
    binary : str, optional
        Column of cells that says what is present (1), absent (0) or unknown (blank) in place of
        the quotients.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        `MonteCarlo` compares with establishments that locate by chance (``null="configuration"``
        keeps what is counted here, on average, and tests nothing). `Bootstrap` resamples
        establishments with all their years: ``std_error`` shows how much hangs on few of them.
        Counts jump at the threshold and intervals do not hold their level, so ``conf_low`` and
        ``conf_high`` are blank, with a warning.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError
        `binary` holds other numbers than 0 and 1, or as in `location_quotient`.
    OptionError
        `threshold` is not above 0 or comes with `binary`; `Analytic()`; any method but none with
        `binary`.

    Notes
    -----
    A quotient equal to the threshold but for rounding (1e-12) counts. Zeros are absent. An empty
    region is `nan` in its own row; with `binary` it counts 0. An unknown cell leaves all
    quotients unknown, with `binary` its own region only.

    References
    ----------
    Hidalgo, C. A. and Hausmann, R. (2009). The building blocks of economic complexity. PNAS 106,
    10570-10575, eq. 1.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.diversity_count(jobs)["estimate"].tolist()
    [1.0, 1.0]
    """
    return inferred(_diversity, threshold, table, value, binary, inference)


@register(_ubiquity(Presence()))
def ubiquity(
    table: IntoTable,
    *,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Count the regions that have more of an industry than their size would give them.

    Few regions hold what is hard to do, or what needs a mine: `economic_complexity` tells the two
    apart by what else these regions do.

    .. math:: u_i = \sum_r M_{ri}, \quad M_{ri} = 1[LQ_{ri} \ge 1]

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    threshold : float
        Least location quotient that counts as present, above 0.
    binary : str, optional
        Column of cells that says what is present (1), absent (0) or unknown (blank) in place of
        the quotients.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        As in `diversity_count`; `Bootstrap(unit="region")` takes the regions as drawn from a
        process, has intervals, and also goes with `binary`.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `diversity_count`.

    Notes
    -----
    As in `diversity_count`: an industry that is nowhere is `nan` in its own row, 0 with `binary`.

    References
    ----------
    Hidalgo, C. A. and Hausmann, R. (2009). The building blocks of economic complexity. PNAS 106,
    10570-10575, eq. 2.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.ubiquity(jobs)["estimate"].tolist()
    [1.0, 1.0]
    """
    return inferred(_ubiquity, threshold, table, value, binary, inference)
