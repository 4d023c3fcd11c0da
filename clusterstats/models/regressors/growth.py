"""Growth between two years: log changes and long differences."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.models.regressors.panel import (
    grid_of,
    logged,
    panel_of,
    require_years,
    unknown_in,
)
from clusterstats.tables import Grid

__all__ = ["growth", "steps_of"]

RELATIVE = {
    "none": "",
    "industry": ", less the log change of the industry over all regions",
    "total": ", less the log change of all",
}


def growth(
    table: IntoTable,
    *,
    value: str = "employment",
    horizon: int = 1,
    by: Literal["cell", "region"] = "cell",
    relative: Literal["none", "industry", "total"] = "none",
    per_year: bool = False,
) -> pd.DataFrame:
    r"""Log change over some years of each cell or region.

    .. math:: g_{ri,t} = \ln e_{ri,t+h} - \ln e_{ri,t} \quad
       [ {} - \ln e_{i,t+h} + \ln e_{i,t} ]

    Parameters
    ----------
    table : frame
        Cells (region, industry, year), establishments with years, or (with ``by="region"``) one
        row a region and year.
    value : str
        Additive column.
    horizon : int
        Years h between the earlier and the later; every pair of years so far apart is used, so
        that periods overlap where h is over 1 and years follow each other.
    by : {"cell", "region"}
        Each region and industry, or regions over all industries.
    relative : {"none", "industry", "total"}
        Less the log change of the industry over all regions (as in Combes 2000; with cells only),
        or less that of everything.
    per_year : bool
        Divide by h.

    Returns
    -------
    DataFrame
        ``year`` (the earlier: that of the regressors), ``year2`` (the later), ``region``,
        ``industry`` (of cells), ``growth``; sorted. ``attrs["note"]`` counts births (0 before),
        deaths (0 after), those that are nothing in both, and those unknown: all are `nan`.

    Raises
    ------
    TableError
        There are fewer than two years, years are not numbers, or none are `horizon` apart.
    OptionError
        `horizon` is not a whole number above 0, an option is not known, or ``relative="industry"``
        comes with regions.

    Notes
    -----
    The log change is not defined where either end is 0, and rows without it are survivors: to
    leave out births and deaths is to choose the sample by the outcome.

    A lag of the same size on the right-hand side falls with this by construction: its errors are
    on both sides, and with effects of cells the bias is of order one over the number of years
    (Nickell 1981). See `difference_gmm`.

    References
    ----------
    Glaeser, E. L., Kallal, H. D., Scheinkman, J. A. and Shleifer, A. (1992). Growth in cities.
    Journal of Political Economy 100, 1126-1152. Combes, P.-P. (2000). Economic structure and local
    growth: France, 1984-1993. Journal of Urban Economics 47, 329-355: relative to the industry.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"year": [2006, 2022] * 2, "region": ["A", "A", "B", "B"],
    ...                      "industry": "film", "employment": [10, 20, 40, 0]})
    >>> changes = cs.growth(jobs, horizon=16)
    >>> changes.round(3)
       year  year2 region industry  growth
    0  2006   2022      A     film   0.693
    1  2006   2022      B     film     NaN
    >>> changes.attrs["note"]
    '1 death(s); growth is nan in 1 of 2 rows'
    """
    require_choice("by", by, ("cell", "region"))
    require_choice("relative", relative, RELATIVE)
    if by == "region" and relative == "industry":
        raise OptionError("relative='industry' goes with by='cell'; use relative='total'")
    grid = grid_of(table, value)
    first, last = steps_of(grid, horizon, "growth")
    x = grid.array(value) if by == "cell" else grid.array(value).sum(axis=-1, keepdims=True)
    change = _log_change(x, first, last)
    if relative == "industry":
        change = change - _log_change(x.sum(axis=1, keepdims=True), first, last)
    elif relative == "total":
        change = change - _log_change(x.sum(axis=(1, 2), keepdims=True), first, last)
    return panel_of(
        keys_between(grid, first, last, by == "cell"),
        {"growth": change / horizon if per_year else change},
        f"growth: ln e_t+{horizon} - ln e_t{RELATIVE[relative]}"
        + (f", over {horizon}" if per_year else "")
        + f"; by {by}; value {value!r}",
        [*_ends(x[first], x[last]), *unknown_in(grid, value)],
        grid.frame.attrs.get("source"),
    )


def steps_of(grid: Grid, horizon: int, what: str) -> tuple[list[int], list[int]]:
    """Places of the years that have another so many years later, and of those."""
    is_whole = isinstance(horizon, int | np.integer) and not isinstance(horizon, bool)
    if not is_whole or horizon < 1:
        raise OptionError(f"horizon={horizon!r} is not a whole number of years above 0")
    listed = require_years(grid, what).tolist()
    first = [place for place, year in enumerate(listed) if year + horizon in listed]
    if not first:
        raise TableError(
            f"no two years are horizon={horizon} apart; the table has {', '.join(map(str, listed))}"
        )
    return first, [listed.index(listed[place] + horizon) for place in first]


def keys_between(
    grid: Grid, first: list[int], last: list[int], of_cells: bool = True
) -> dict[str, Any]:
    """Keys of a result with the earlier and the later year, in the arrays' order."""
    assert grid.years is not None
    alone = Grid(None, grid.regions, grid.industries, grid.flat, grid.frame)
    labels = alone.keys(("region", "industry") if of_cells else ("region",))
    size = len(labels["region"])
    again = np.tile(np.arange(size), len(first))
    years = {"year": grid.years.take(first), "year2": grid.years.take(last)}
    repeated = {name: year.repeat(size) for name, year in years.items()}
    return repeated | {name: label.take(again) for name, label in labels.items()}


def _log_change(x: Array, first: list[int], last: list[int]) -> Array:
    """x: (year, ...) -> log of the later less log of the earlier."""
    logs = logged(x)
    change: Array = logs[last] - logs[first]
    return change


def _ends(before: Array, after: Array) -> list[str]:
    """Counts of what has no growth."""
    counts = {
        "birth(s)": (before == 0) & (after > 0),
        "death(s)": (before > 0) & (after == 0),
        "nothing in both years": (before == 0) & (after == 0),
    }
    return [f"{int(found.sum()):,} {name}" for name, found in counts.items() if found.any()]
