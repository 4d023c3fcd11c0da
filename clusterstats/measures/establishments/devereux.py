"""Geographic concentration beyond industrial: regions compared with plants."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.establishments.plants import PROPENSITY, lumps
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["devereux_griffith_simpson"]


def _devereux_griffith_simpson(x: Array, squares: Array, count: Array) -> Array:
    """Moments (..., region, industry) -> (..., industry, component)."""
    regions = ((x / x.sum(axis=-2, keepdims=True)) ** 2).sum(axis=-2)
    plants = count.sum(axis=-2)
    geographic = regions - 1 / np.minimum(plants, x.shape[-2])
    industrial = lumps(x, squares) - 1 / plants
    return np.stack([geographic - industrial, geographic, industrial, plants], axis=-1)


def _devereux_drawn(x: Array, squares: Array, count: Array) -> Array:
    """What draws of plants estimate: two plants in one region, drawn twice with chance H."""
    regions = ((x / x.sum(axis=-2, keepdims=True)) ** 2).sum(axis=-2)
    plants = count.sum(axis=-2)
    apart = regions * (1 - lumps(x, squares))
    drawn: Array = apart - 1 / np.minimum(plants, x.shape[-2]) + 1 / plants
    return drawn


DGS = Declaration(
    name="devereux_griffith_simpson",
    kernel=_devereux_griffith_simpson,
    grain=("industry",),
    formula="alpha = F - M, F = sum_r s_r^2 - 1 / min(N, K), M = H - 1 / N, N plants, K regions",
    reference="Devereux, Griffith and Simpson 2004",
    neutral=None,
    bounds=(-1.0, 1.0),
    estimand=PROPENSITY,
    powers=(1, 2, 0),
    components=("alpha", "F", "M", "N"),
    options={"plants": "all"},
    plug_in=_devereux_drawn,
    analytic_note="it has no value that chance alone gives",
)


@register(DGS)
def devereux_griffith_simpson(
    table: IntoTable,
    *,
    value: str = "employment",
    plants: Literal["all", "employing"] = "all",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Geographic concentration of an industry beyond its industrial concentration.

    How much more an industry's employment gathers in few regions than in few plants. Unlike
    `ellison_glaeser` it compares with an even spread, not with all employment, so an industry
    that follows people scores high where people are unevenly spread.

    .. math::
        \alpha = \Bigl(\sum_r s_r^2 - \frac{1}{\min(N, K)}\Bigr) - \Bigl(H - \frac{1}{N}\Bigr)

    Parameters
    ----------
    table : frame
        Establishments, or cells with ``establishments`` and ``{value}_squares``.
    value : str
        Size of a plant: ``"employment"``, another additive column, or ``"establishments"``.
    plants : {"all", "employing"}
        Which plants N counts: all in the table, or those of a size above 0, which only
        establishments can tell (the paper leaves it open; the plants of its survey employ).
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        `Bootstrap`: establishments resampled with all their years, draws centred on what they
        estimate, since a plant drawn twice is in one region with itself.
        `MonteCarlo(null="dartboard")` gives alpha by chance, for regions of any size.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``component`` (alpha, F, M, N), ``measure``,
        ``estimate``; inference columns on the row of alpha.

    Raises
    ------
    TableError
        Sizes of establishments are not known, or an interval meets an unknown size.
    OptionError
        ``plants="employing"`` meets cells, or `Analytic()` is asked for.

    Notes
    -----
    K is the number of regions of the table, empty ones included. One plant: F = M = 0. An
    industry that is nowhere is `nan` in its own rows, as is one with a plant of unknown size.

    References
    ----------
    Devereux, M. P., Griffith, R. and Simpson, H. (2004), Regional Science and Urban Economics
    34, 533-564.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> plants = pd.DataFrame({
    ...     "establishment": ["1", "2", "3", "4", "5", "6"], "region": list("AAABBC"),
    ...     "industry": ["film"] * 3 + ["other"] * 3, "employment": [10, 20, 30, 40, 50, 60]})
    >>> alpha = cs.devereux_griffith_simpson(plants)
    >>> alpha[alpha["component"] == "alpha"][["industry", "estimate"]].round(3)
      industry  estimate
    0     film     0.611
    4    other     0.178
    """
    require_choice("plants", plants, ["all", "employing"])
    if plants == "all":
        return infer(DGS, table, value, inference)
    grid = _employing(Grid.of(table, (value,)), value)
    return infer(replace(DGS, options={"plants": plants}), grid, value, inference)


def _employing(grid: Grid, value: str) -> Grid:
    """The same regions and industries without the plants of size 0."""
    if not grid.is_records:
        raise OptionError(
            "plants='employing' needs a table of establishments, since cells do not say how many "
            "of theirs employ nobody; use plants='all'"
        )
    rows = np.flatnonzero(grid.column(value) != 0)
    frame = grid.frame.iloc[rows].reset_index(drop=True)
    return replace(grid, flat=grid.flat[rows], frame=frame, _cache={})
