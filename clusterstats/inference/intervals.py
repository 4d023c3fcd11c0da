"""From draws to intervals and p-values; from a proportion to its score interval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from clusterstats._types import Alternative, Array
from clusterstats.errors import warn
from clusterstats.inference.options import Inference, Random

__all__ = [
    "IDENTITY",
    "Pivot",
    "adjusted",
    "draw_quantile",
    "normal_p_value",
    "pivot_interval",
    "score_interval",
    "tail_p_value",
]


@dataclass(frozen=True)
class Pivot:
    """The scale on which a statistic's spread hardly depends on its value, and the way back."""

    there: Callable[[Array], Array]
    back: Callable[[Array], Array]


def _same(x: Array) -> Array:
    return x


IDENTITY = Pivot(_same, _same)


def draw_quantile(draws: Array, probability: float) -> Array:
    """Quantile over the first axis, skipping `nan` draws; the usual linear interpolation."""
    ordered = np.sort(draws, axis=0)  # nan come last
    known = np.sum(~np.isnan(ordered), axis=0)
    place = probability * np.clip(known - 1, 0, None)
    below = np.floor(place).astype(np.intp)
    above = np.minimum(below + 1, np.clip(known - 1, 0, None)).astype(np.intp)
    low = np.take_along_axis(ordered, below[None], axis=0)[0]
    high = np.take_along_axis(ordered, above[None], axis=0)[0]
    share = place - below
    with np.errstate(invalid="ignore"):
        between: Array = np.where(share > 0, low + (high - low) * share, low)
    between = np.where(np.isneginf(low), low, between)  # next to infinity: the outer end
    return np.where(np.isposinf(high) & (share > 0), high, between)


def pivot_interval(
    estimate: Array, centre: Array, draws: Array, level: float
) -> tuple[Array, Array]:
    """Interval from how far draws lie from what they estimate (all on the pivot's scale)."""
    tail = (1 - level) / 2
    low = estimate - draw_quantile(draws - centre, 1 - tail)
    high = estimate - draw_quantile(draws - centre, tail)
    return low, high


def score_interval(share: Array, lumpiness: Array, level: float) -> tuple[Array, Array]:
    """Wilson's interval for a share of ``1 / lumpiness`` equal units (Wilson 1927).

    With unequal sizes the variance of a share is p (1 - p) H, H their Herfindahl index, so
    1 / H takes the place of the number of units. It holds at shares of 0 and 1.
    """
    z2 = float(ndtri((1 + level) / 2)) ** 2 * lumpiness
    centre = (share + z2 / 2) / (1 + z2)
    half = np.sqrt(z2 * (share * (1 - share) + z2 / 4)) / (1 + z2)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def normal_p_value(statistic: Array, alternative: Alternative) -> Array:
    """P-value of a standard normal statistic."""
    upper, lower = ndtr(-statistic), ndtr(statistic)
    result: Array = {
        "greater": upper,
        "less": lower,
        "two-sided": np.minimum(2 * np.minimum(upper, lower), 1),
    }[alternative]
    return result


def tail_p_value(estimate: Array, draws: Array, alternative: Alternative) -> Array:
    """Share of draws at least as extreme, the observed sample counted: (M + 1) / (R + 1)."""
    known = np.sum(~np.isnan(draws), axis=0)
    slack = 1e-12 * np.maximum(1, np.abs(estimate))  # a draw equal but for rounding is a tie
    upper = (np.sum(draws >= estimate - slack, axis=0) + 1) / (known + 1)
    lower = (np.sum(draws <= estimate + slack, axis=0) + 1) / (known + 1)
    both = np.minimum(2 * np.minimum(upper, lower), 1)
    result = {"greater": upper, "less": lower, "two-sided": both}[alternative]
    return np.where(np.isnan(estimate) | (known == 0), np.nan, result)


def adjusted(p_value: Array, option: Inference) -> Array:
    """P-values adjusted for the number of rows tested; `nan` rows are not tested."""
    from statsmodels.stats.multitest import multipletests

    tested = ~np.isnan(p_value)
    n = int(tested.sum())
    if isinstance(option, Random):
        sides = 2 if option.alternative == "two-sided" else 1
        needed = int(np.ceil(sides * n / (1 - option.level)))
        if option.draws + 1 < needed:
            warn(
                f"{option.draws} draws can't give a p-value small enough for {n} tests; use at "
                f"least {needed - 1} draws, or Analytic() where the measure has it"
            )
    result = np.full_like(p_value, np.nan)
    if n:
        result[tested] = multipletests(p_value[tested], method=option.adjust)[1]
    return result
