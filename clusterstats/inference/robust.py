"""Critical values of intervals around shrunken values, whatever the law of the true ones.

Armstrong, Kolesár and Plagborg-Møller (2022), Robust empirical Bayes confidence intervals,
Econometrica 90, 2567-2602. Shrinking biases an estimate by b standard errors; how often the
interval misses on average depends on the law of t = b^2, of which its mean and its mean square are
known. The worst such law has at most two points.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtr, ndtri

from clusterstats._types import Array

__all__ = ["critical_values", "moments_of_truth"]

KNOTS = 200
"""Different biases up to which each has its own value solved; more are read between so many."""

GRID = 65
STEPS = 80
NEAR = 1e-12
GOLDEN = 24
FAR = 9.0
"""Standard errors beyond which an interval is missed with certainty."""


def moments_of_truth(y: Array, variance: Array) -> tuple[float, float, float]:
    """Mean, variance and kurtosis of true values seen with errors, weighted by 1 / variance.

    As in their baseline implementation: neither the variance nor the kurtosis falls below what so
    few rows could not tell from 0 and from 1 (posterior mean truncation).
    """
    weight = 1 / variance
    total = weight.sum()
    mean = float((weight * y).sum() / total)
    off = (y - mean) ** 2
    second = (weight * (off - variance)).sum() / total
    fourth = (weight * (off**2 - 6 * variance * off + 3 * variance**2)).sum() / total
    least = 2 * (weight**2 * variance**2).sum() / (total * (weight * variance).sum())
    noise = 32 * (weight**2 * variance**4).sum() / (total * (weight * variance**2).sum())
    between = float(max(second, least))
    return mean, between, float(max(fourth, between**2 + noise)) / between**2


def critical_values(bias: Array, kurtosis: float, level: float) -> Array:
    """Half-lengths in standard errors, for mean squared biases of this kurtosis: their cva."""
    different, place = np.unique(bias, return_inverse=True)
    if len(different) <= KNOTS:
        solved: Array = _solved(different, kurtosis, level)[place]
        return solved
    root = np.sqrt(different)
    knots = np.linspace(root[0], root[-1], KNOTS)
    between: Array = PchipInterpolator(knots, _solved(knots**2, kurtosis, level))(root)[place]
    return between


def _solved(bias: Array, kurtosis: float, level: float) -> Array:
    """False position, from no bias at one end to Chebyshev's bound at the other (Illinois)."""
    low = np.full(bias.shape, float(ndtri((1 + level) / 2)))
    high = np.sqrt((1 + bias) / (1 - level))
    too_many, too_few = (_worst(bias, kurtosis, end) - (1 - level) for end in (low, high))
    side = np.zeros(bias.shape)
    middle = low
    for _ in range(STEPS):
        middle = low + (high - low) * too_many / (too_many - too_few)
        over = _worst(bias, kurtosis, middle) - (1 - level)
        if (np.abs(over) <= NEAR).all():
            break
        above = over > 0
        too_few = np.where(above, np.where(side > 0, too_few / 2, too_few), over)
        too_many = np.where(above, over, np.where(side < 0, too_many / 2, too_many))
        low, high = np.where(above, middle, low), np.where(above, high, middle)
        side = np.where(above, 1.0, -1.0)
    return middle


def _missed(t: Array, half: Array) -> Array:
    """How often an estimate with squared bias t lies further off than `half`: their r_0."""
    root = np.sqrt(t)
    missed: Array = ndtr(-root - half) + ndtr(root - half)
    return missed


def _worst(bias: Array, kurtosis: float, half: Array) -> Array:
    """Largest mean of `_missed` over laws of t with this mean and at most this kurtosis.

    Laws of two points: 0 and b where the kurtosis leaves room; else a and b that use it up.
    """
    most = np.minimum(kurtosis * bias, np.maximum(bias, (half + FAR) ** 2))

    def from_zero(u: Array) -> Array:
        b = bias + u * (most - bias)
        share = np.divide(bias, b, out=np.ones_like(b), where=b > 0)
        return (1 - share) * _missed(np.zeros_like(b), half) + share * _missed(b, half)

    def both(u: Array) -> Array:
        share = u**2 / (u**2 + (kurtosis - 1))
        a, b = bias * (1 - u), bias * (1 + (kurtosis - 1) / u)
        return (1 - share) * _missed(a, half) + share * _missed(b, half)

    found = _highest(from_zero, 0.0, bias.shape)
    return np.maximum(found, _highest(both, 1e-9, bias.shape)) if np.isfinite(kurtosis) else found


def _highest(f: Callable[[Array], Array], start: float, shape: tuple[int, ...]) -> Array:
    """Largest value of a function of [start, 1], each element apart: a grid, then golden search."""
    grid = np.linspace(start, 1.0, GRID)
    values = np.stack([f(np.full(shape, at)) for at in grid])
    best = values.argmax(axis=0)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, GRID - 1)]
    golden = (5**0.5 - 1) / 2
    for _ in range(GOLDEN):
        width = golden * (high - low)
        first, second = high - width, low + width
        is_left = f(first) > f(second)
        low, high = np.where(is_left, low, first), np.where(is_left, second, high)
    highest: Array = np.maximum(values.max(axis=0), f((low + high) / 2))
    return highest
