"""The shift, dilation and truncation that bring two quantile functions together."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.polynomial.polynomial import polyder, polyroots, polyval
from scipy.optimize import minimize_scalar

from clusterstats._types import Array

__all__ = ["FURTHEST", "criterion", "shifted"]

RANKS = 1000
"""Intervals of ranks over which distances are averaged by trapezoids."""

FURTHEST = 0.95
"""Largest share of a distribution that may be truncated."""

STEP = 0.01
SQUARE, ONE_AND_SQUARE = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 1.0])


def shifted(large: Array, small: Array, free: Collection[str]) -> tuple[float, float, float]:
    """A, D and S that bring quantiles closest; what is not free is 0, 1, 0.

    Parameters
    ----------
    large, small : arrays, shapes (n,) and (m,)
        Sorted values.
    free : collection of {"A", "D", "S"}

    Returns
    -------
    tuple of float
        A, D, S.
    """

    def best(cut: float) -> tuple[float, float, float]:
        return _shift_and_dilation(_four(large, small, _truncation(cut)), free)

    if "S" not in free:
        _, a, d = best(0.0)
        return a, d, 0.0
    grid = np.round(np.arange(-FURTHEST, FURTHEST + STEP / 2, STEP), 10)
    values = np.array([best(float(cut))[0] for cut in grid])
    place = int(values.argmin())
    low, high = grid[max(place - 1, 0)], grid[min(place + 1, len(grid) - 1)]
    found = minimize_scalar(
        lambda cut: best(float(cut))[0],
        bounds=(float(low), float(high)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    cut = float(found.x) if found.fun < values[place] else float(grid[place])
    _, a, d = best(cut)
    return a, d, _truncation(cut)


def criterion(large: Array, small: Array, a: float, d: float, s: float) -> float:
    """The sum of both mean squared distances at given parameters.

    Parameters
    ----------
    large, small : arrays, shapes (n,) and (m,)
        Sorted values.
    a, d, s : float

    Returns
    -------
    float
    """
    y1, x1, y2, x2 = _four(large, small, s)
    return float(_mean((y1 - d * x1 - a) ** 2) + _mean((y2 - (x2 - a) / d) ** 2))


def _truncation(cut: float) -> float:
    """S for a share of the small cities' distribution (or, below 0, of the large) that is gone."""
    return cut if cut >= 0 else cut / (1 + cut)


def _four(large: Array, small: Array, s: float) -> tuple[Array, Array, Array, Array]:
    """Quantiles that are compared: large with small, then small with large."""
    u = np.linspace(0, 1, RANKS + 1)
    least = max(0.0, -s / (1 - s))
    ranks = least + (1 - least) * u
    back = max(0.0, s) + (1 - max(0.0, s)) * u
    return (
        _quantile(large, ranks),
        _quantile(small, s + (1 - s) * ranks),
        _quantile(small, back),
        _quantile(large, (back - s) / (1 - s)),
    )


def _quantile(values: Array, ranks: Array) -> Array:
    """Linear between order statistics, the k-th of n at rank k / n."""
    place = np.maximum(ranks * len(values) - 1, 0)
    low = np.minimum(place.astype(np.intp), len(values) - 2)
    part = np.minimum(place - low, 1)
    return np.asarray(values[low] * (1 - part) + values[low + 1] * part)


def _shift_and_dilation(
    quantiles: tuple[Array, Array, Array, Array], free: Collection[str]
) -> tuple[float, float, float]:
    """Criterion, A and D at a given truncation, in closed form.

    With `e1 = y1 - D x1`, `e2 = x2 - D y2` and means `m1`, `m2` the best A is
    `(D^2 m1 + m2) / (D^2 + 1)`, which leaves `var e1 + var e2 / D^2 + (m1 - m2)^2 / (D^2 + 1)`: a
    ratio of polynomials in D, whose lowest point is among the roots of its derivative.
    """
    y1, x1, y2, x2 = quantiles
    first, second = _spread(y1, x1, "A" in free), _spread(x2, y2, "A" in free)
    above, below = _sum(np.convolve(first, SQUARE), second), SQUARE
    if "A" in free:
        gap = np.array([_mean(y1) - _mean(x2), _mean(y2) - _mean(x1)])
        above = np.convolve(above, ONE_AND_SQUARE)
        above = _sum(above, np.convolve(np.convolve(gap, gap), SQUARE))
        below = np.convolve(SQUARE, ONE_AND_SQUARE)
    d = _lowest(above, below) if "D" in free else 1.0
    a = 0.0
    if "A" in free:
        a = (d**2 * _mean(y1 - d * x1) + _mean(x2 - d * y2)) / (d**2 + 1)
    return float(polyval(d, above) / polyval(d, below)), a, d


def _spread(y: Array, x: Array, centred: bool) -> Array:
    """Mean square, or variance, of `y - D x`: coefficients of 1, D, D^2."""
    if centred:
        y, x = y - _mean(y), x - _mean(x)
    return np.array([_mean(y * y), -2 * _mean(y * x), _mean(x * x)])


def _sum(longer: Array, shorter: Array) -> Array:
    """Sum of two polynomials."""
    return np.asarray(longer + np.pad(shorter, (0, len(longer) - len(shorter))))


def _lowest(above: Array, below: Array) -> float:
    """The positive D where a ratio of polynomials is lowest; `nan` where there is none."""
    slope = np.convolve(polyder(above), below) - np.convolve(above, polyder(below))
    roots = polyroots(slope)
    real = roots.real[(np.abs(roots.imag) < 1e-6 * np.abs(roots)) & (roots.real > 1e-6)]
    if not len(real):
        return float("nan")
    return float(real[np.argmin(polyval(real, above) / polyval(real, below))])


def _mean(values: Array) -> float:
    """Mean over ranks, by trapezoids."""
    return float((values.sum() - (values[0] + values[-1]) / 2) / (len(values) - 1))
