"""From a p-value of each null to the interval of those that are not rejected."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import warn

__all__ = ["interval", "share_beyond", "warn_unbounded"]

TIE = 1e-9
"""Relative difference below which statistics of a draw and of the sample are equal."""

FARTHEST = 40
"""How often a step away from the estimate is doubled, where trying a null is cheap."""


def share_beyond(drawn: Array, observed: float, sample: Sequence[int] = ()) -> float:
    """Share of draws whose squared statistic is at least that of the sample.

    Parameters
    ----------
    drawn : array, shape (draws,)
    observed : float
    sample : sequence of int
        Which draws are the sample itself, where all draws are made; without any, the sample counts
        as one more.

    Returns
    -------
    float
    """
    is_larger = drawn >= observed * (1 - 2 * TIE)
    if not sample:
        return (int(is_larger.sum()) + 1) / (len(drawn) + 1)
    is_larger[list(sample)] = True
    return int(is_larger.sum()) / len(drawn)


def interval(
    p_value: Callable[[float], float],
    estimate: float,
    step: float,
    alpha: float,
    precision: float = 1e-10,
    farthest: int = FARTHEST,
) -> tuple[float, float]:
    """Nulls around the estimate with a p-value above `alpha`; infinite where none is rejected.

    Parameters
    ----------
    p_value : callable
        p-value of a null.
    estimate : float
    step : float
        How far from it to look first.
    alpha : float
    precision : float
        Of the ends, in units of `step`.
    farthest : int
        How often that step is doubled before an end is held to be infinite.

    Returns
    -------
    (float, float)
    """
    ends = []
    for direction in (-1.0, 1.0):
        inside, outside = 0.0, np.inf
        for doubling in range(farthest):
            reach = direction * step * 2.0**doubling
            if p_value(estimate + reach) <= alpha:
                outside = reach
                break
            inside = reach
        while np.isfinite(outside) and abs(outside - inside) > precision * step:
            middle = (inside + outside) / 2
            if middle in (inside, outside):
                break
            if p_value(estimate + middle) <= alpha:
                outside = middle
            else:
                inside = middle
        ends.append(
            estimate + (inside + outside) / 2 if np.isfinite(outside) else direction * np.inf
        )
    return ends[0], ends[1]


def warn_unbounded(names: list[str], name: str, level: float) -> None:
    """Warn of intervals without an end."""
    if names:
        warn(
            f"the {level:.0%} interval of {', '.join(map(repr, names))} by {name} has no end on "
            f"one side or both: no value there is rejected; use more clusters, or a lower level"
        )
