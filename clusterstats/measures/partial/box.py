"""What is known of each cell: it lies between two numbers, and its region's total may be known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import TableError
from clusterstats.tables import Grid

__all__ = ["Box", "Ends", "in_industry", "in_region", "others"]

Ends = tuple[Array, Array]
"""The least and the most that something can be."""


def in_region(value: str) -> str:
    """Name of the column that holds a region's known total."""
    return f"{value}_in_region"


def in_industry(value: str) -> str:
    """Name of the column that holds an industry's known total."""
    return f"{value}_in_industry"


@dataclass(frozen=True)
class Box:
    """Cells between `low` and `high` (which may be infinite), shapes (year, region, industry).

    Attributes
    ----------
    region_total : array, shape (year, region), optional
        Known sums over industries.
    industry_total : array, shape (year, industry), optional
        Known sums over regions.
    """

    low: Array
    high: Array
    region_total: Array | None = None
    industry_total: Array | None = None

    @classmethod
    def of(cls, grid: Grid, value: str) -> Box:
        """Bounds of a table's cells; establishments' bounds add up."""
        low, high = row_ends(grid, value)
        region, industry = in_region(value), in_industry(value)
        return cls(
            _summed(grid, low),
            _summed(grid, high),
            grid.region_array(region) if grid.has(region) else None,
            industry_array(grid, industry) if grid.has(industry) else None,
        )

    @property
    def is_open(self) -> bool:
        """Whether anything is not known exactly."""
        return bool((self.low < self.high).any())

    def transposed(self) -> Box:
        """Regions and industries exchanged."""
        low, high = np.swapaxes(self.low, -1, -2), np.swapaxes(self.high, -1, -2)
        return Box(low, high, self.industry_total, self.region_total)


def row_ends(grid: Grid, value: str) -> Ends:
    """Bounds of each row of a table: a known value is its own, 0 and infinity say nothing."""
    known = grid.column(value)
    is_known = ~np.isnan(known)
    ends = []
    for name, blank in ((f"{value}_low", 0.0), (f"{value}_high", np.inf)):
        given = grid.column(name) if grid.has(name) else np.full_like(known, np.nan)
        ends.append(np.where(np.isnan(given), np.where(is_known, known, blank), given))
    low, high = ends
    if (bad := np.flatnonzero(low > high)).size:
        row = grid.frame.iloc[int(bad[0])]
        raise TableError(
            f"'{value}_low' is {low[bad[0]]:g} and '{value}_high' {high[bad[0]]:g} at region "
            f"{row['region']!r}, industry {row['industry']!r}; exchange or correct them"
        )
    return low, high


def industry_array(grid: Grid, name: str) -> Array:
    """One number for each industry and year, shape (year, industry), from a column that repeats."""
    years, regions, industries = grid.shape
    place = grid.flat // (regions * industries) * industries + grid.flat % industries
    column = grid.column(name)
    result = np.full(years * industries, np.nan)
    result[place] = column
    if (bad := np.flatnonzero(~np.isclose(column, result[place], atol=0))).size:
        industry = grid.frame["industry"].iloc[int(bad[0])]
        raise TableError(
            f"column {name!r} is blank or has several values in industry {industry!r}; a total "
            f"has one value for each industry and year"
        )
    return result.reshape(years, industries)


def others(x: Array, axis: int) -> Array:
    """Sum over all other members of an axis; added up, never subtracted, so that 0 stays 0."""
    moved = np.moveaxis(x, axis, -1)
    before, after = np.zeros_like(moved), np.zeros_like(moved)
    before[..., 1:] = np.cumsum(moved[..., :-1], axis=-1)
    after[..., :-1] = np.cumsum(moved[..., :0:-1], axis=-1)[..., ::-1]
    return np.moveaxis(before + after, -1, axis)


def _summed(grid: Grid, column: Array) -> Array:
    """Sum of a row's numbers in each cell."""
    size = int(np.prod(grid.shape))
    sums = np.bincount(grid.flat, weights=column, minlength=size)
    return sums.astype(np.float64).reshape(grid.shape)
