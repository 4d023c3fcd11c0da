"""Narrower bands of unknown cells, from known totals of regions and industries."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.measures.partial.box import (
    Ends,
    in_industry,
    in_region,
    industry_array,
    others,
    row_ends,
)
from clusterstats.measures.partial.polytope import extremes
from clusterstats.tables import Grid

__all__ = ["tighten"]

ROUNDS = 1000
SLACK = 1e-9


def tighten(
    table: IntoTable,
    *,
    value: str = "employment",
    region_total: str | None = None,
    industry_total: str | None = None,
    method: Literal["quick", "exact"] = "quick",
) -> pd.DataFrame:
    r"""Narrow the bands of unknown cells with known totals of regions and of industries.

    A statistical office that withholds small cells mostly prints the totals. What is left of a
    total after the known cells and the least of the other unknown ones is the most that a cell
    can hold, and the other way round. The measures then keep these totals.

    .. math:: e_{ri} \le e_r - \sum_{j \ne i} \underline{e}_{rj}, \qquad
        e_{ri} \ge e_r - \sum_{j \ne i} \overline{e}_{rj}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]), in any engine, with bounds such as ``employment_low`` and
        ``employment_high``; a blank one says nothing.
    value : str
        The additive column whose bands are narrowed.
    region_total, industry_total : str, optional
        Column with the known total of each region, or industry, (and year), the same in all of
        its rows; at least one of them.
    method : {"quick", "exact"}
        "quick" repeats the inequality above over rows and columns until nothing changes: every
        table is kept, but a band may stay too wide. "exact" solves two linear programmes a cell:
        each end of a band is then reached by a table with these totals. It takes up to 600
        unknown cells a year.

    Returns
    -------
    DataFrame
        The table sorted by its keys, with narrower ``{value}_low`` and ``{value}_high``, and the
        totals as ``{value}_in_region``, ``{value}_in_industry``. A cell whose band shrinks to a
        point is known: its value is filled, and its ``status`` (if any) is ``"observed"``.

    Raises
    ------
    OptionError
        No total is named.
    TableError
        Totals contradict the bands or each other, a total is blank or differs within its rows, or
        the table lists establishments.

    Notes
    -----
    Totals are taken as exact, zeros as observed. Whole numbers are not assumed; with whole bands
    and totals the exact ends are whole.

    References
    ----------
    Dobra, A. and Fienberg, S. E. (2000). Bounds for cell entries in contingency tables given
    marginal totals and decomposable graphs. PNAS 97, 11885-11892.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [None, 940, 40, None],
    ...                      "employment_high": [100, None, None, 3000],
    ...                      "total": [1000, 1000, 2040, 2040]})
    >>> cs.tighten(jobs, region_total="total")[["region", "industry", "employment"]]
      region industry  employment
    0      A     film        60.0
    1      A    other       940.0
    2      B     film        40.0
    3      B    other      2000.0
    """
    require_choice("method", method, ["quick", "exact"])
    if region_total is None and industry_total is None:
        raise OptionError("tighten needs known totals; give region_total= or industry_total=")
    grid = Grid.of(table, (value,))
    if grid.is_records:
        raise TableError("tighten takes cells, not establishments; sum them with cs.cells first")
    columns = {}
    sums: list[tuple[int, Array]] = []
    if region_total is not None:
        total = grid.region_array(region_total)
        columns[in_region(value)] = total[..., None]
        sums.append((-1, total))
    if industry_total is not None:
        total = industry_array(grid, industry_total)
        columns[in_industry(value)] = total[:, None, :]
        sums.append((-2, total))
    _require_same_whole(grid, sums)
    ends = [_shaped(grid, end) for end in row_ends(grid, value)]
    low, high = _quick(grid, value, ends[0], ends[1], sums)
    if method == "exact":
        low, high = _exact(low, high, sums)
    return _written(grid, value, low, high, columns)


def _shaped(grid: Grid, column: Array) -> Array:
    """A column of cells as an array (year, region, industry)."""
    result = np.empty(grid.shape)
    result.ravel()[grid.flat] = column
    return result


def _require_same_whole(grid: Grid, sums: list[tuple[int, Array]]) -> None:
    """Raise where the totals of regions and of industries do not add up to the same."""
    if len(sums) < 2:
        return
    wholes = [total.sum(axis=-1) for _, total in sums]
    apart = np.flatnonzero(~np.isclose(wholes[0], wholes[1], rtol=SLACK, atol=SLACK))
    if len(apart):
        year = int(apart[0])
        when = "" if grid.years is None else f" in year {grid.years.tolist()[year]!r}"
        raise TableError(
            f"totals of regions sum to {wholes[0][year]:g}, of industries to "
            f"{wholes[1][year]:g}{when}; correct one of them, or give only one"
        )


def _quick(grid: Grid, value: str, low: Array, high: Array, sums: list[tuple[int, Array]]) -> Ends:
    """Take each total in turn until no band changes."""
    for _ in range(ROUNDS):
        before = low, high
        for axis, total in sums:
            low, high = _within(grid, value, low, high, axis, total)
        scale = SLACK * (1 + np.abs(low))
        same = (low - before[0] <= scale) & ~(before[1] - high > scale)
        if same.all():
            break
    return low, high


def _within(grid: Grid, value: str, low: Array, high: Array, axis: int, total: Array) -> Ends:
    """Bands after one total, and an error where they contradict it."""
    whole = np.expand_dims(total, axis)
    new_low = np.maximum(low, whole - others(high, axis))
    new_high = np.minimum(high, whole - others(low, axis))
    slack = SLACK * (1 + np.broadcast_to(whole, low.shape))
    bad = np.argwhere((new_low > new_high + slack) | (new_high < -slack))
    if len(bad):
        year, region, industry = bad[0]
        is_region = axis == -1
        kind = "region" if is_region else "industry"
        name = grid.regions[region] if is_region else grid.industries[industry]
        sums = low.sum(axis=axis), high.sum(axis=axis)
        place = (year, region if is_region else industry)
        raise TableError(
            f"{value!r} of {kind} {name!r} lies between {sums[0][place]:g} and {sums[1][place]:g} "
            f"by its cells, but its total is {total[place]:g}; correct the total or a cell"
        )
    met = new_low > new_high  # by rounding only
    middle = (new_low + new_high) / 2
    return np.where(met, middle, new_low), np.where(met, middle, new_high)


def _exact(low: Array, high: Array, sums: list[tuple[int, Array]]) -> Ends:
    """Each end of each band reached by a table with all totals, year by year."""
    low, high = low.copy(), high.copy()
    for year in range(len(low)):
        open_cells = np.flatnonzero(low[year].ravel() < high[year].ravel())
        if not len(open_cells):
            continue
        rows, left = [], []
        for axis, total in sums:
            code = _codes(low.shape[1:], axis)
            closed = np.where(low[year] < high[year], 0.0, low[year])
            rest = total[year] - closed.sum(axis=axis)
            used, member = np.unique(code[open_cells], return_inverse=True)
            rows.append((np.arange(len(used))[:, None] == member).astype(np.float64))
            left.append(rest[used])
        bands = low[year].ravel()[open_cells], high[year].ravel()[open_cells]
        ends = extremes(np.concatenate(rows), np.concatenate(left), *bands)
        low[year].ravel()[open_cells] = np.clip(ends[0], *bands)
        high[year].ravel()[open_cells] = np.clip(ends[1], *bands)
    return low, high


def _codes(shape: tuple[int, ...], axis: int) -> Codes:
    """Which sum over an axis each cell belongs to."""
    regions, industries = shape
    place = np.arange(regions * industries)
    return (place // industries if axis == -1 else place % industries).astype(np.intp)


def _written(
    grid: Grid, value: str, low: Array, high: Array, columns: dict[str, Array]
) -> pd.DataFrame:
    """The table with its new bands, and the values that they leave no choice of."""
    frame = grid.frame.assign(**{f"{value}_low": low.ravel()[grid.flat]})
    frame[f"{value}_high"] = high.ravel()[grid.flat]
    known = grid.column(value).copy()
    settled = np.isnan(known) & (high - low <= SLACK * (1 + np.abs(low))).ravel()[grid.flat]
    known[settled] = frame[f"{value}_low"].to_numpy()[settled]
    frame[f"{value}_high"] = frame[f"{value}_high"].where(~settled, known)
    frame[value] = known
    if "status" in frame:
        frame["status"] = frame["status"].where(~settled, "observed")
    for name, total in columns.items():
        frame[name] = np.broadcast_to(total, grid.shape).ravel()[grid.flat]
    return frame.iloc[np.argsort(grid.flat)].reset_index(drop=True)
