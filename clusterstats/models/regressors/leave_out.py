"""Sums over all members but the own one, without subtracting, and so without cancellation."""

from __future__ import annotations

import numpy as np

from clusterstats._types import Array

__all__ = ["sum_of_others", "top_of_others"]


def sum_of_others(x: Array, axis: int = -1) -> Array:
    """For each member along an axis, the sum of all others; same shape.

    An unknown member leaves unknown the sums of the others, not its own.
    """
    moved = np.moveaxis(x, axis, -1)
    before, after = np.zeros_like(moved), np.zeros_like(moved)
    before[..., 1:] = np.cumsum(moved[..., :-1], axis=-1)
    after[..., :-1] = np.cumsum(moved[..., :0:-1], axis=-1)[..., ::-1]
    return np.moveaxis(before + after, -1, axis)


def top_of_others(x: Array, count: int) -> Array:
    """For each member along the last axis, the sum of the `count` largest others; same shape."""
    size = x.shape[-1]
    if size - 1 <= count:
        return sum_of_others(x)
    order = np.argsort(-x, axis=-1, kind="stable")
    rank = np.argsort(order, axis=-1, kind="stable")
    highest = np.take_along_axis(x, order[..., : count + 1], axis=-1)
    without = sum_of_others(highest)  # of the count + 1 largest, all but one
    is_high = rank <= count
    own = np.take_along_axis(without, np.minimum(rank, count), axis=-1)
    result = np.where(is_high, own, without[..., count, None])
    unknown = sum_of_others(np.isnan(x).astype(np.float64)) > 0
    return np.where(unknown, np.nan, result)
