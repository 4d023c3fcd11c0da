"""The engine: a statistic under drawn tables, or with one unit left out at a time.

A statistic is a function of stacked arrays, ``statistic(*moments)``, each of shape
(draw, region, industry), to an array whose first axis is the draw. Draw `b` has its own seed,
the `b`-th child of the one given, so the same bytes come out whatever the number of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError
from clusterstats.inference.plans import Plan
from clusterstats.inference.units import Units

__all__ = [
    "LeftOut",
    "Removable",
    "Statistic",
    "draw",
    "draw_regions",
    "leave_one_out",
    "leave_regions_out",
]

Statistic = Callable[..., Array]
Transform = Callable[[Array], Array]
BLOCK = 2**20  # numbers held at once while drawing: 8 MB, which caches and allocators like
STORE = 2**28  # numbers held of all draws: 2 GB


def draw(
    statistic: Statistic, plan: Plan, powers: tuple[int, ...], draws: int, seed: int, cells: int
) -> Array:
    """The statistic of each drawn table, shape (draw, ...)."""
    blocks = _blocks(draws, cells * len(powers))
    results = Parallel(return_as="generator")(
        delayed(_draw_block)(statistic, plan, powers, seed, block) for block in blocks
    )
    return _collected(results, blocks, draws)


def _collected(results: Iterable[Array], blocks: Sequence[range], draws: int) -> Array:
    """All draws in one array, filled block by block, if it fits."""
    drawn: Array | None = None
    for block, result in zip(blocks, results, strict=True):
        if drawn is None:
            _require_room(draws, int(np.prod(result.shape[1:])))
            drawn = np.empty((draws, *result.shape[1:]))
        drawn[block.start : block.stop] = result
    assert drawn is not None
    return drawn


def _require_room(draws: int, numbers: int) -> None:
    """Raise if the draws would not fit in memory."""
    if draws * numbers > STORE:
        raise OptionError(
            f"{draws} draws of {numbers:,} numbers would take {draws * numbers * 8 / 1e9:.1f} GB; "
            f"measure fewer industries or regions at a time, or use Analytic()"
        )


def _draw_block(
    statistic: Statistic, plan: Plan, powers: tuple[int, ...], seed: int, block: range
) -> Array:
    """The statistic of a few drawn tables at once."""
    drawn = [plan.draw(generator(seed, b), powers) for b in block]
    return statistic(*[np.stack([moments[power] for moments in drawn]) for power in powers])


def draw_regions(statistic: Callable[[Codes], Array], regions: int, draws: int, seed: int) -> Array:
    """The statistic of tables made of regions drawn with replacement, shape (draw, ...)."""
    results = [statistic(generator(seed, b).integers(0, regions, regions)) for b in range(draws)]
    return np.stack(results)


def generator(seed: int, b: int) -> np.random.Generator:
    """The random generator of draw `b`."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(b,)))


def _blocks(draws: int, numbers: int) -> list[range]:
    """Draws cut into blocks of bounded memory."""
    step = max(1, min(draws, BLOCK // max(numbers, 1)))
    return [range(start, min(start + step, draws)) for start in range(0, draws, step)]


@dataclass(frozen=True)
class LeftOut:
    """What leaving out one unit at a time does to a statistic.

    Attributes
    ----------
    n : int
        Number of units.
    mean : array
        Mean of the statistic over the units left out.
    std_error, pivot_error : array
        Jackknife standard error, on the statistic's own scale and on the pivot's.
    low, high : array
        Smallest and largest value with one unit left out.
    """

    n: int
    mean: Array
    std_error: Array
    pivot_error: Array
    low: Array
    high: Array


def leave_one_out(
    statistic: Statistic,
    left: Removable,
    powers: tuple[int, ...],
    estimate: Array,
    there: Transform,
) -> LeftOut:
    """Leave out each unit in turn; those alike in cell and size are computed once."""
    whole = [left.whole[power] for power in powers]
    blocks = _blocks(len(left.cell), whole[0].size * len(powers))
    values = (
        (statistic(*_without(whole, left, powers, block)), left.times[block.start : block.stop])
        for block in blocks
    )
    return _summed(values, estimate, there)


@dataclass(frozen=True)
class Removable:
    """What can be left out: `times[k]` units that each take `share[p][k]` from the cells `cell[k]`.

    Shapes are (unit, record): an establishment seen in two years takes from two cells.
    """

    whole: Mapping[int, Array]
    cell: Codes
    times: Array
    share: Mapping[int, Array]

    @classmethod
    def establishments(cls, units: Units, powers: tuple[int, ...]) -> Removable:
        """Each establishment with all its records, alike ones together."""
        cell, size, count = _records_of_units(units)
        order = np.lexsort((*size.T, *cell.T))
        cell, size, count = cell[order], size[order], count[order]
        differs = (np.diff(cell, axis=0) != 0) | (np.diff(size, axis=0) != 0)
        new = np.flatnonzero(np.r_[True, differs.any(axis=1)])
        is_there = cell[new] >= 0
        share = {p: np.where(is_there, size[new] ** p, 0.0) for p in powers}
        taken = np.where(is_there, cell[new], 0)
        return cls(units.moments(powers), taken, np.add.reduceat(count, new), share)

    @classmethod
    def cells(cls, whole: Mapping[int, Array]) -> Removable:
        """Each cell that holds anything, with all its establishments."""
        flat = {power: moment.ravel() for power, moment in whole.items()}
        place = np.flatnonzero(np.sum([moment != 0 for moment in flat.values()], axis=0))
        share = {power: moment[place][:, None] for power, moment in flat.items()}
        return cls(whole, place[:, None], np.ones(len(place)), share)


def _records_of_units(units: Units) -> tuple[Codes, Array, Array]:
    """Cells and sizes of each unit's records, shape (unit, record), -1 where it has fewer."""
    order = np.lexsort((units.cell, units.unit))
    unit = units.unit[order]
    first = np.flatnonzero(np.r_[True, np.diff(unit) != 0])
    row = np.cumsum(np.r_[True, np.diff(unit) != 0]) - 1
    place = np.arange(len(unit)) - first[row]
    shape = (len(first), int(place.max(initial=0)) + 1)
    cell, size = np.full(shape, -1, dtype=np.intp), np.zeros(shape)
    cell[row, place], size[row, place] = units.cell[order], units.size[order]
    return cell, size, units.count[order][first]


def _without(
    whole: Sequence[Array], left: Removable, powers: tuple[int, ...], block: range
) -> list[Array]:
    """Moments with one unit left out, stacked; what rounding leaves of an emptied cell is 0."""
    rows, cells = np.arange(len(block)), left.cell[block.start : block.stop]
    stacks = []
    for moment, power in zip(whole, powers, strict=True):
        stack = np.repeat(moment.reshape(1, -1), len(block), axis=0)
        for cell, share in zip(cells.T, left.share[power][block.start : block.stop].T, strict=True):
            before = stack[rows, cell]
            after = before - share
            stack[rows, cell] = np.where(after > 1e-12 * before, after, 0)
        stacks.append(stack.reshape(len(block), *moment.shape))
    return stacks


def leave_regions_out(
    statistic: Callable[[Codes], Array], regions: int, estimate: Array, there: Transform
) -> LeftOut:
    """Leave out each region in turn."""
    every = np.arange(regions)
    values = ((statistic(np.delete(every, r))[None], np.ones(1)) for r in range(regions))
    return _summed(values, estimate, there)


def _summed(values: Iterable[tuple[Array, Array]], estimate: Array, there: Transform) -> LeftOut:
    """Sums over the units left out, taken as deviations from the estimate, on both scales."""
    n, own, pivot = 0.0, Spread(estimate), Spread(there(estimate))
    low, high = np.full_like(estimate, np.nan), np.full_like(estimate, np.nan)
    for block, times in values:
        n += times.sum()
        own.add(block, times)
        pivot.add(there(block), times)
        low = np.fmin(low, np.fmin.reduce(block))
        high = np.fmax(high, np.fmax.reduce(block))
    mean = estimate + own.first / n
    return LeftOut(int(n), mean, own.jackknife_error(n), pivot.jackknife_error(n), low, high)


class Spread:
    """Running sums of deviations from a centre."""

    def __init__(self, centre: Array) -> None:
        self.centre = centre
        self.first, self.second = np.zeros_like(centre), np.zeros_like(centre)

    def add(self, block: Array, times: Array) -> None:
        """Add a block of values, each so many times."""
        deviation = block - self.centre
        self.first += np.tensordot(times, deviation, axes=1)
        self.second += np.tensordot(times, deviation**2, axes=1)

    def jackknife_error(self, n: float) -> Array:
        """Standard error from n values, each with one unit left out."""
        squares: Array = np.clip(self.second - self.first**2 / n, 0, None)
        return np.sqrt((n - 1) / n * squares)
