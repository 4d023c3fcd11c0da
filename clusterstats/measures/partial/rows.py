"""Bounds of indices of inequality that see one row at a time, whatever the others hold.

Such an index takes shares, counts members alike and rises when something moves from a smaller to
a larger one (or falls: a diversity); it is quasi-convex, so that its extremes over a box of cells
are found exactly. The least concentrated row of a box with a given sum has every cell as near to
one level as its band allows (it is majorized by all others: Marshall, Olkin and Arnold 2011, 5.A),
which leaves a search for the level. The most concentrated one is a corner of the box: all are
tried up to `CORNERS` open cells. Beyond that, no row has a Lorenz curve below

    L_k = A_k / (A_k + B_k),

A_k the sum of the k smallest low bounds and B_k of the n - k largest high ones: an outer bound.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clusterstats._types import Array, Mask
from clusterstats.measures.partial.box import Ends

__all__ = ["CORNERS", "row_bounds", "uneven_bounds"]

CORNERS = 12
"""Open cells of a row up to which every corner of their box is tried."""
STEPS = 90
GOLDEN = (5**0.5 - 1) / 2

Index = Callable[[Array], Array]


def row_bounds(index: Index, low: Array, high: Array, sign: int) -> Ends:
    """Bounds of an index (row, member) -> (row); `sign` is -1 where it falls with concentration."""
    result = np.full((2, len(low)), np.nan)
    is_open = (low < high).any(axis=1)
    result[:, ~is_open] = index(low[~is_open])
    if is_open.any():
        ends = _extremes(lambda x: sign * index(x), low[is_open], high[is_open])
        result[:, is_open] = [sign * end for end in ends[::sign]]
    return result[0], result[1]


def uneven_bounds(index: Index, low: Array, high: Array) -> Ends:
    """The same, outer only, for cells that do not vary independently."""
    bounds = _most_even(index, low, high), index(_lorenz(low, high))
    is_none = np.isnan(low).any(axis=1)
    return np.where(is_none, np.nan, bounds[0]), np.where(is_none, np.nan, bounds[1])


def _extremes(index: Index, low: Array, high: Array) -> Ends:
    """Least and greatest value in each row's box, of an index that rises with concentration."""
    return _most_even(index, low, high), _most_uneven(index, low, high)


def _most_even(index: Index, low: Array, high: Array) -> Array:
    """The least value along the rows whose cells are as near to one level as they can be.

    Along their sums it falls to its least value and then rises; along levels it may stand still.
    """
    top = np.where(np.isfinite(high), high, low).max(axis=1, keepdims=True)
    finite = np.where(np.isfinite(high), high, np.maximum(top, low))
    level_at = _levels(low, finite)

    def at(level: Array) -> Array:
        value = index(np.clip(level[:, None], low, finite))
        return np.where(np.isnan(value), np.inf, value)

    begin, end = low.sum(axis=1), finite.sum(axis=1)
    best = np.minimum(at(level_at(begin)), at(level_at(end)))
    for _ in range(STEPS):
        width = GOLDEN * (end - begin)
        first, second = end - width, begin + width
        left, right = at(level_at(first)), at(level_at(second))
        best = np.minimum(best, np.minimum(left, right))
        begin, end = np.where(left > right, first, begin), np.where(left > right, end, second)
    for level in _bends(low, finite):
        best = np.minimum(best, at(level))
    return best


def _levels(low: Array, high: Array) -> Callable[[Array], Array]:
    """The level at which each row's cells, kept in their bands, have a given sum."""
    both = np.concatenate([low, high], axis=1)
    order = np.argsort(both, axis=1, kind="stable")
    bends = np.take_along_axis(both, order, axis=1)
    slope = np.cumsum(np.where(order < low.shape[1], 1.0, -1.0), axis=1)
    sums = np.cumsum(slope[:, :-1] * np.diff(bends, axis=1), axis=1)
    sums = low.sum(axis=1, keepdims=True) + np.pad(sums, ((0, 0), (1, 0)))
    rows = np.arange(len(low))

    def level_at(total: Array) -> Array:
        place = np.clip((sums <= total[:, None]).sum(axis=1) - 1, 0, both.shape[1] - 1)
        rise = slope[rows, place]
        step = np.where(rise > 0, total - sums[rows, place], 0.0) / np.maximum(rise, 1.0)
        level: Array = bends[rows, place] + step
        return level

    return level_at


def _bends(low: Array, high: Array) -> list[Array]:
    """Levels where a band begins or ends, in short rows: indices with kinks are least there."""
    if low.shape[1] > CORNERS:
        return []
    return list(np.concatenate([low, high], axis=1).T)


def _most_uneven(index: Index, low: Array, high: Array) -> Array:
    """The greatest value over the corners of each row's box, or a bound beyond it."""
    count = (low < high).sum(axis=1)
    bound = index(_lorenz(low, high))
    tried = np.flatnonzero((count <= CORNERS) & np.isfinite(high).all(axis=1))
    for row in tried:
        bound[row] = np.nanmax(index(_corners(low[row], high[row])), initial=-np.inf)
    return bound


def _corners(low: Array, high: Array) -> Array:
    """Every corner of one row's box that is not empty, shape (corner, member)."""
    place = np.flatnonzero(low < high)
    choice = (np.arange(2 ** len(place))[:, None] >> np.arange(len(place))) & 1
    rows = np.repeat(low[None], len(choice), axis=0)
    rows[:, place] = np.where(choice == 1, high[place], low[place])
    filled: Array = rows[rows.sum(axis=1) > 0]
    return filled


def _lorenz(low: Array, high: Array) -> Array:
    """Shares more concentrated than any in the box, from the lowest Lorenz curve there can be."""
    least = np.cumsum(np.sort(low, axis=1), axis=1)
    above = np.sort(high, axis=1)[:, ::-1]
    most = np.zeros_like(above)
    most[:, :-1] = np.cumsum(above[:, :-1], axis=1)[:, ::-1]
    curve = np.where(np.isinf(most), 0.0, least / (least + most))
    curve[:, -1] = 1.0
    shares: Array = np.clip(np.diff(np.nan_to_num(curve), axis=1, prepend=0.0), 0, None)
    is_none: Mask = high.sum(axis=1) == 0
    shares[is_none] = np.nan
    return shares
