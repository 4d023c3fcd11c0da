"""Concentration of industries: how unevenly they lie over regions, plants unseen."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer

__all__ = ["hoover_concentration", "locational_gini"]

SPREAD = "the probabilities with which the industry's employment falls on each region, held fixed"


def shares(x: Array, base: Array | None) -> tuple[Array, Array]:
    """Regions' shares of each industry and of the reference, both (..., region, industry or 1)."""
    of_industry = x / x.sum(axis=-2, keepdims=True)
    size = x.sum(axis=-1) if base is None else base
    of_all = size / size.sum(axis=-1, keepdims=True)
    return of_industry, of_all[..., None]


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


# --- Hoover ---------------------------------------------------------------------------------


def _hoover_concentration(x: Array, *, base: Array | None = None) -> Array:
    """x: values (..., region, industry) -> (..., industry)."""
    q, s = shares(x, base)
    apart: Array = np.abs(q - s).sum(axis=-2)
    return apart / 2


HOOVER = Declaration(
    name="hoover_concentration",
    kernel=_hoover_concentration,
    grain=("industry",),
    formula="1/2 sum_r |e_ri / e_i - e_r / e|",
    reference="Hoover 1936; Florence 1948 (coefficient of localization)",
    neutral=0.0,
    bounds=(0.0, 1.0),
    estimand=f"the index of {SPREAD}",
    analytic_note="absolute values have a kink where shares agree",
    is_biased=True,
)


@register(HOOVER)
def hoover_concentration(
    table: IntoTable,
    *,
    value: str = "employment",
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Share of an industry that would have to move for it to follow the reference.

    .. math:: \tfrac12 \sum_r \left| \frac{e_{ri}}{e_i} - \frac{e_r}{e} \right|

    It grows with the number of regions: compare zonings side by side, never across tables.

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    base : str, optional
        Column with a reference size of each region (population, area); by default the total.
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
    Zeros count. An industry that is nowhere is `nan` in its own row.

    References
    ----------
    Hoover, E. M. (1936), Review of Economics and Statistics 18, 162-171.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.hoover_concentration(jobs)[["industry", "estimate"]].round(4)
      industry  estimate
    0     film    0.4000
    1    other    0.0082
    """
    return infer(HOOVER, table, value, inference, base)
