"""The shift-share instrument: local shares of a base year times growth elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice, warn
from clusterstats.models.regressors.growth import keys_between, steps_of
from clusterstats.models.regressors.leave_out import sum_of_others
from clusterstats.models.regressors.panel import grid_of, panel_of, require_years, unknown_in
from clusterstats.tables import Grid

__all__ = ["ShiftShareInstrument", "shift_share_instrument"]


@dataclass(frozen=True, eq=False)
class ShiftShareInstrument:
    """An instrument with the shares and shocks that it is made of.

    Attributes
    ----------
    panel : DataFrame
        ``year``, ``year2``, ``region``, ``shift_share``: one row a region and period.
    shares : DataFrame
        ``region``, ``industry``, ``share``: of the base year, 0 to 1.
    shocks : DataFrame
        ``year``, ``year2``, ``industry``, ``shock``: growth over all regions, as `shift_share_iv`
        takes it; industries that were nowhere in the earlier year have none and are left out.
    own_shocks : DataFrame
        ``year``, ``year2``, ``region``, ``industry``, ``shock``: what each share was multiplied by,
        growth elsewhere where the own region is left out.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"year": [2010, 2020] * 4, "region": ["A"] * 4 + ["B"] * 4,
    ...                      "industry": ["film", "film", "steel", "steel"] * 2,
    ...                      "employment": [10, 12, 30, 30, 20, 30, 20, 10]})
    >>> cs.shift_share_instrument(jobs, base_year=2010, horizon=10).shares
      region industry  share
    0      A     film   0.25
    1      A    steel   0.75
    2      B     film   0.50
    3      B    steel   0.50
    """

    panel: pd.DataFrame
    shares: pd.DataFrame
    shocks: pd.DataFrame
    own_shocks: pd.DataFrame


def shift_share_instrument(
    table: IntoTable,
    *,
    base_year: float,
    value: str = "employment",
    horizon: int = 1,
    leave_out: Literal["region", "none"] = "region",
    change: Literal["rate", "log"] = "rate",
) -> ShiftShareInstrument:
    r"""Predict the growth of regions from their industries and these industries' growth elsewhere.

    .. math:: z_{rt} = \sum_i s_{ri,0}\, g_{i,-r,t}, \quad
       s_{ri,0} = \frac{e_{ri,0}}{\sum_j e_{rj,0}}, \quad
       g_{i,-r,t} = \frac{\sum_{q \ne r} e_{qi,t+h}}{\sum_{q \ne r} e_{qi,t}} - 1

    Parameters
    ----------
    table : frame
        Cells (region, industry, year) or establishments with years, in any engine.
    base_year : number
        Year of the shares: one of the table, before the periods that are studied.
    value : str
        Additive column.
    horizon : int
        Years h of each period.
    leave_out : {"region", "none"}
        Growth of an industry without the region itself, or over all regions.
    change : {"rate", "log"}
        Relative change, or change of the logarithm.

    Returns
    -------
    ShiftShareInstrument
        Frozen: ``panel`` (the instrument), ``shares``, ``shocks``, ``own_shocks``.

    Raises
    ------
    OptionError
        `base_year` is not a year of the table, `horizon` is not a whole number above 0, or an
        option is not known.
    TableError
        There are fewer than two years or none `horizon` apart, or a share is unknown, or the
        region is empty in the base year.

    Warns
    -----
    ClusterstatsWarning
        Periods that begin before the base year: their shares are an outcome.

    Notes
    -----
    An industry that is nowhere else in the earlier year has no growth there. Where the region has a
    share in it the instrument is `nan`, not a smaller sum; where it has none it adds 0. With
    ``change="log"`` the same holds of industries that are nowhere else later.

    ``shares`` and ``shocks`` go to `shift_share_iv`. With the own region left out shocks differ by
    region, and ``shocks`` hold those of all regions; the two instruments differ where a region is
    a large part of an industry.

    References
    ----------
    Bartik, T. J. (1991). Who benefits from state and local economic development policies? Upjohn
    Institute. Goldsmith-Pinkham, P., Sorkin, I. and Swift, H. (2020). Bartik instruments: what,
    when, why, and how. American Economic Review 110, 2586-2624: the own region left out.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"year": [2010, 2020] * 4, "region": ["A"] * 4 + ["B"] * 4,
    ...                      "industry": ["film", "film", "steel", "steel"] * 2,
    ...                      "employment": [10, 12, 30, 30, 20, 30, 20, 10]})
    >>> cs.shift_share_instrument(jobs, base_year=2010, horizon=10).panel
       year  year2 region  shift_share
    0  2010   2020      A        -0.25
    1  2010   2020      B         0.10
    """
    require_choice("leave_out", leave_out, ("region", "none"))
    require_choice("change", change, ("rate", "log"))
    grid = grid_of(table, value)
    first, last = steps_of(grid, horizon, "shift_share_instrument")
    x = grid.array(value)
    share = _shares(grid, x, base_year)
    whole = _growth(x.sum(axis=1, keepdims=True), first, last, change)
    own = _growth(sum_of_others(x, axis=1), first, last, change) if leave_out == "region" else whole
    own = np.broadcast_to(own, (len(first), *grid.shape[1:]))
    instrument = np.where(share > 0, share * own, 0.0).sum(axis=-1)
    said = (
        f"shift_share_instrument: sum_i s_ri (year {base_year}) g_i, "
        f"{change} over {horizon} year(s), "
        + ("the own region left out" if leave_out == "region" else "all regions")
        + f"; value {value!r} [Bartik 1991]"
    )
    notes, source = unknown_in(grid, value), grid.frame.attrs.get("source")
    cells, regions = keys_between(grid, first, last), keys_between(grid, first, last, False)
    return ShiftShareInstrument(
        panel=panel_of(regions, {"shift_share": instrument}, said, notes, source),
        shares=_share_table(grid, share, f"share of year {base_year} in {said}"),
        shocks=_shock_table(grid, first, last, whole, said),
        own_shocks=panel_of(cells, {"shock": own}, f"shock in {said}", notes, source),
    )


def _shares(grid: Grid, x: Array, base_year: Any) -> Array:
    """Shares of industries in regions in the base year, shape (region, industry)."""
    listed = require_years(grid, "shift_share_instrument").tolist()
    require_known(base_year, listed)
    if any(year < base_year for year in listed):
        warn(
            f"some periods begin before base_year={base_year}: there the shares are an outcome of "
            f"what they are to explain; cut the table or take an earlier base year"
        )
    base = x[listed.index(base_year)]
    size = base.sum(axis=-1, keepdims=True)
    bad = np.isnan(size) | (size == 0)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        fault = "is unknown" if np.isnan(size[row, 0]) else "is 0 in all"
        raise TableError(
            f"region {grid.regions[row]!r} has no shares in {base_year}: its value {fault}; leave "
            f"it out or take another base year"
        )
    return np.asarray(base / size)


def require_known(year: Any, listed: list[Any]) -> None:
    """Raise where a year is not in the table."""
    if year not in listed:
        raise OptionError(f"base_year={year!r} is not in the table; use one of {listed}")


def _growth(x: Array, first: list[int], last: list[int], change: str) -> Array:
    """x: sums (year, ..., industry) -> growth of each period; `nan` where it is not defined."""
    with np.errstate(all="ignore"):
        factor = np.where(x[first] > 0, x[last] / x[first], np.nan)
        if change == "rate":
            return factor - 1
        return np.where(factor > 0, np.log(factor), np.nan)


def _share_table(grid: Grid, share: Array, definition: str) -> pd.DataFrame:
    """Region, industry, share."""
    alone = Grid(None, grid.regions, grid.industries, grid.flat, grid.frame)
    return panel_of(alone.keys(("region", "industry")), {"share": share}, definition)


def _shock_table(
    grid: Grid, first: list[int], last: list[int], whole: Array, definition: str
) -> pd.DataFrame:
    """Year, year2, industry, shock; those that are not defined are left out and counted."""
    assert grid.years is not None
    size = len(grid.industries)
    keys = {
        "year": grid.years.take(first).repeat(size),
        "year2": grid.years.take(last).repeat(size),
        "industry": grid.industries.take(np.tile(np.arange(size), len(first))),
    }
    table = panel_of(keys, {"shock": whole}, f"shock over all regions of {definition}")
    result = table.dropna(subset="shock").reset_index(drop=True)
    result.attrs = {"definition": table.attrs["definition"]}
    if lost := len(table) - len(result):
        result.attrs["note"] = f"{lost:,} industries and periods without a shock are left out"
    return result
