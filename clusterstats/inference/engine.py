"""The engine: a statistic under drawn tables, or with one unit left out at a time.

A statistic is a function of stacked arrays, ``statistic(*moments)``, each of shape
(draw, region, industry), to an array whose first axis is the draw. Draw `b` has its own seed,
the `b`-th child of the one given, so the same bytes come out whatever the number of processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError
from clusterstats.inference.plans import Plan
from clusterstats.inference.units import Units

__all__ = ["LeftOut", "Statistic", "draw", "draw_regions", "leave_one_out", "leave_regions_out"]

Statistic = Callable[..., Array]
BLOCK = 2**22  # numbers held at once while drawing: 32 MB
STORE = 2**29  # numbers held of all draws: 4 GB


def draw(
    statistic: Statistic, plan: Plan, powers: tuple[int, ...], draws: int, seed: int, cells: int
) -> Array:
    """The statistic of each drawn table, shape (draw, ...)."""
    blocks = _blocks(draws, cells * len(powers))
    results = Parallel()(
        delayed(_draw_block)(statistic, plan, powers, seed, block) for block in blocks
    )
    return _joined(results, draws)


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


def _joined(results: list[Array], draws: int) -> Array:
    """All draws in one array, if it fits."""
    numbers = draws * int(np.prod(results[0].shape[1:]))
    if numbers > STORE:
        raise OptionError(
            f"{draws} draws of {numbers // draws:,} numbers would take {numbers * 8 / 1e9:.1f} GB; "
            f"measure fewer industries or regions at a time, or use Analytic()"
        )
    return np.concatenate(results)


@dataclass(frozen=True)
class LeftOut:
    """What leaving out one unit at a time does to a statistic.

    Attributes
    ----------
    n : int
        Number of units.
    mean : array
        Mean of the statistic over the units left out.
    std_error : array
        Jackknife standard error.
    low, high : array
        Smallest and largest value with one unit left out.
    """

    n: int
    mean: Array
    std_error: Array
    low: Array
    high: Array


def leave_one_out(
    statistic: Statistic, units: Units, powers: tuple[int, ...], estimate: Array
) -> LeftOut:
    """Leave out each establishment in turn; those alike in cell and size are computed once."""
    whole = units.moments(powers)
    order = np.lexsort((units.size, units.cell))
    cell, size, count = units.cell[order], units.size[order], units.count[order]
    new = np.flatnonzero(np.r_[True, (np.diff(cell) != 0) | (np.diff(size) != 0)])
    times = np.add.reduceat(count, new)

    def values() -> Iterator[tuple[Array, Array]]:
        for block in _blocks(len(new), whole[powers[0]].size * len(powers)):
            rows = new[block.start : block.stop]
            stacks = []
            for power in powers:
                stack = np.repeat(whole[power][None], len(rows), axis=0).reshape(len(rows), -1)
                stack[np.arange(len(rows)), cell[rows]] -= size[rows] ** power
                stacks.append(np.clip(stack, 0, None).reshape(len(rows), *units.shape))
            yield statistic(*stacks), times[block.start : block.stop]

    return _summed(values(), estimate)


def leave_regions_out(
    statistic: Callable[[Codes], Array], regions: int, estimate: Array
) -> LeftOut:
    """Leave out each region in turn."""
    every = np.arange(regions)
    values = ((statistic(np.delete(every, r))[None], np.ones(1)) for r in range(regions))
    return _summed(values, estimate)


def _summed(values: Iterator[tuple[Array, Array]], estimate: Array) -> LeftOut:
    """Sums over the units left out, taken as deviations from the estimate."""
    n, first, second = 0.0, np.zeros_like(estimate), np.zeros_like(estimate)
    low, high = np.full_like(estimate, np.nan), np.full_like(estimate, np.nan)
    for block, times in values:
        deviation = block - estimate
        n += times.sum()
        first += np.tensordot(times, deviation, axes=1)
        second += np.tensordot(times, deviation**2, axes=1)
        low = np.fmin(low, np.fmin.reduce(block))
        high = np.fmax(high, np.fmax.reduce(block))
    mean = first / n
    variance = (n - 1) / n * np.clip(second - n * mean**2, 0, None)
    return LeftOut(int(n), estimate + mean, np.sqrt(variance), low, high)
