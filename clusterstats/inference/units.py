"""Establishments as arrays: what is resampled, whether they are listed or only counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.errors import TableError
from clusterstats.tables import Grid

__all__ = ["Moments", "Units", "units_of"]

Moments: TypeAlias = Mapping[int, Array]
"""Sum of each power of the establishments' sizes in each cell; power 0 counts them."""

SPREAD = (
    "the table counts establishments without their sizes: each cell was spread evenly over its "
    "establishments, so the uncertainty shown is a lower bound"
)
MATCHED = (
    "the table holds sums of squared sizes: each cell was represented by establishments with its "
    "count, sum and sum of squares"
)
LUMPED = "each region-industry cell was taken as a single establishment"


@dataclass(frozen=True)
class Units:
    """One year's establishments: record `k` is `count[k]` establishments of `size[k]` in `cell[k]`.

    Attributes
    ----------
    cell : int array, shape (record,)
        Place in the flattened (region, industry) array.
    size : array, shape (record,)
        Employees (or any value) of each establishment.
    count : array, shape (record,)
        How many such establishments the record stands for.
    unit : int array, shape (record,)
        Which establishment (over all years) the record belongs to, in ``range(n_units)``.
    shape : (int, int)
        Numbers of regions and industries.
    note : str
        How sizes came to be known, where they were not listed.
    """

    cell: Codes
    size: Array
    count: Array
    unit: Codes
    n_units: int
    shape: tuple[int, int]
    note: str = ""
    _powers: dict[int, Array] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_drawable(self) -> bool:
        """Whether there is something of known size to draw or leave out."""
        sizes = self.size * (self.count > 0)
        return bool(sizes.sum() > 0) and not np.isnan(sizes).any()

    @property
    def total(self) -> int:
        """Number of establishments."""
        return int(self.count.sum())

    def moments(self, powers: tuple[int, ...], weight: Array | None = None) -> Moments:
        """Sums of powers in each cell, with each record counted `weight` times."""
        times = self.count if weight is None else weight
        length = self.shape[0] * self.shape[1]
        sums = {}
        for power in powers:
            weights = times if power == 0 else times * self._sizes(power)
            sums[power] = np.bincount(self.cell, weights=weights, minlength=length)
        return {
            p: flat.astype(np.float64, copy=False).reshape(self.shape) for p, flat in sums.items()
        }

    def _sizes(self, power: int) -> Array:
        """Sizes to a power, kept: every draw asks for them again."""
        if power not in self._powers:
            self._powers[power] = self.size**power
        return self._powers[power]

    def singly(self) -> Units:
        """The same establishments, one record each."""
        if (self.count == 1).all():
            return self
        times = self.count.astype(np.intp)
        records = np.repeat(np.arange(len(times)), times)
        ones = np.ones(len(records))
        unit = np.arange(len(records))
        cell, size = self.cell[records], self.size[records]
        return Units(cell, size, ones, unit, len(records), self.shape, self.note)


def moments_of(
    cell: Codes, size: Array, times: Array, powers: tuple[int, ...], shape: tuple[int, int]
) -> Moments:
    """Sums of powers of sizes in each cell, shape (region, industry)."""
    length = shape[0] * shape[1]
    sums = {p: np.bincount(cell, weights=times * size**p, minlength=length) for p in powers}
    return {p: flat.astype(np.float64, copy=False).reshape(shape) for p, flat in sums.items()}


def units_of(grid: Grid, value: str, year: int, unit: str = "establishment") -> Units:
    """One year's establishments from a coded table, listed, matched, spread or lumped."""
    if unit == "cell":
        return _lumped(grid, value, year)
    if grid.is_records:
        return _listed(grid, value, year)
    return _counted(grid, value, year)


def _listed(grid: Grid, value: str, year: int) -> Units:
    """Establishments that the table lists one by one."""
    size, (_, regions, industries) = grid.column(value), grid.shape
    codes, labels = pd.factorize(grid.frame["establishment"])
    here = np.flatnonzero(grid.flat // (regions * industries) == year)
    cell = grid.flat[here] % (regions * industries)
    ones = np.ones(len(here))
    return Units(cell, size[here], ones, codes[here], len(labels), (regions, industries))


def _counted(grid: Grid, value: str, year: int) -> Units:
    """Establishments that the table only counts, with sizes that match what it knows of them."""
    if not grid.has("establishments"):
        raise TableError(
            f"an establishment-level interval on {value!r} needs establishments, or cells with a "
            f"column 'establishments' (and '{value}_squares' for their sizes); "
            f"unit='cell' takes each cell as one establishment"
        )
    shape = (grid.shape[1], grid.shape[2])
    total, count = (grid.array(name)[year].ravel() for name in (value, "establishments"))
    _check_counts(grid, year, total, count, value)
    place = np.flatnonzero(count > 0)
    total, count = total[place], count[place]
    squares = f"{value}_squares"
    if value == "establishments":
        return _records(place, np.ones(len(place)), count, shape, "")
    if not grid.has(squares):
        return _records(place, total / count, count, shape, SPREAD)
    largest, others = _matched(total, grid.array(squares)[year].ravel()[place], count)
    one = np.ones(len(place))
    both = [np.concatenate(pair) for pair in ((place, place), (largest, others), (one, count - 1))]
    there = both[2] > 0
    cell, size, times = (part[there] for part in both)
    return _records(cell.astype(np.intp), size, times, shape, MATCHED)


def _matched(total: Array, squares: Array, count: Array) -> tuple[Array, Array]:
    """Sizes of the largest and of all others that give this count, sum and sum of squares."""
    mean = total / count
    variance = np.clip(squares / count - mean**2, 0, None)
    largest = mean + np.sqrt(variance * (count - 1))
    others = mean - np.sqrt(np.divide(variance, count - 1, where=count > 1, out=0 * mean))
    return largest, np.clip(others, 0, None)


def _lumped(grid: Grid, value: str, year: int) -> Units:
    """Each cell that holds anything, as if it were one establishment."""
    total = grid.array(value)[year].ravel()
    place = np.flatnonzero(total != 0)
    shape = (grid.shape[1], grid.shape[2])
    return _records(place, total[place], np.ones(len(place)), shape, LUMPED)


def _records(cell: Codes, size: Array, count: Array, shape: tuple[int, int], note: str) -> Units:
    """Records that are not followed over years."""
    return Units(cell, size, count, np.arange(len(cell)), len(cell), shape, note)


def _check_counts(grid: Grid, year: int, total: Array, count: Array, value: str) -> None:
    """Raise where counts can't be those of the establishments behind the totals."""
    faults = {
        "counts are whole numbers": count != np.round(count),
        f"a cell with {value} has establishments": (total > 0) & (count == 0),
    }
    for rule, bad in faults.items():
        if bad.any():
            region, industry = divmod(int(np.flatnonzero(bad)[0]), grid.shape[2])
            when = "" if grid.years is None else f"year {grid.years.tolist()[year]!r}, "
            raise TableError(
                f"'establishments' is {count[bad][0]:g} at {when}region "
                f"{grid.regions[region]!r}, industry {grid.industries[industry]!r}; {rule}; "
                f"correct the cell"
            )
