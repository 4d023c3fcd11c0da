"""The methods, given a problem: a statistic, what it is measured on, and how it behaves.

Each returns columns shaped as the estimate. Nothing here knows which measure it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError
from clusterstats.inference import engine
from clusterstats.inference.intervals import (
    Pivot,
    draw_quantile,
    normal_p_value,
    pivot_interval,
    tail_p_value,
)
from clusterstats.inference.nulls import null_plan
from clusterstats.inference.options import Bootstrap, Inference, Jackknife, MonteCarlo
from clusterstats.inference.plans import Plan, Resampled
from clusterstats.inference.units import Units

__all__ = ["Columns", "Problem", "solve"]

Columns = dict[str, Array]
SLICE = 2**24  # numbers of draws turned into columns at once: 128 MB


@dataclass(frozen=True)
class Problem:
    """One year's statistic and all that its uncertainty depends on.

    Attributes
    ----------
    name : str
        What messages call the statistic.
    estimate : array
        Its value on the table.
    statistic : callable
        Its value on stacked drawn tables: moments in the order of `powers`.
    plug_in : callable
        What draws of given units estimate.
    by_regions : callable or None
        Its value on the table made of chosen regions; None where it is about each region.
    units : callable
        The establishments (or the cells as lumps) behind the table.
    whole : mapping of int to array
        The table's own moments.
    regions : Index, shape (region,)
        Their labels.
    base : array, shape (region,), optional
        Fixed reference sizes.
    pivot, bounds, neutral, is_biased
        As declared by the measure.
    """

    name: str
    estimate: Array
    statistic: engine.Statistic
    powers: tuple[int, ...]
    plug_in: Callable[[Units], Array]
    by_regions: Callable[[Codes], Array] | None
    units: Callable[[str], Units]
    whole: Mapping[int, Array]
    regions: pd.Index[Any]
    base: Array | None
    pivot: Pivot
    bounds: tuple[float, float]
    neutral: float | None
    is_biased: bool

    @property
    def tested(self) -> float | None:
        """The value that sampling can test: the neutral one, unless it is a bound."""
        return None if self.neutral in self.bounds else self.neutral

    def chosen(self) -> Callable[[Codes], Array]:
        """The statistic of a choice of regions, or a sentence that it has none."""
        if self.by_regions is None:
            raise OptionError(
                f"unit='region' does not fit {self.name}, which is about each region; "
                f"use unit='establishment'"
            )
        return self.by_regions

    def gap(self, estimate: Array) -> Array | None:
        """How far estimates lie from the tested value, on the pivot's scale."""
        if self.tested is None:
            return None
        return self.pivot.there(estimate) - self.pivot.there(np.full_like(estimate, self.tested))

    def bounded(self, low: Array, high: Array) -> Columns:
        """An interval, back from the pivot's scale and within the bounds."""
        ends = {"conf_low": self.pivot.back(low), "conf_high": self.pivot.back(high)}
        return {name: np.clip(end, *self.bounds) for name, end in ends.items()}


@singledispatch
def solve(option: Inference, problem: Problem) -> Columns:
    """Columns of uncertainty for a problem, by the method that the option names."""
    raise OptionError(
        f"inference={option!r} is not an option for {problem.name}; use Bootstrap(seed=...), "
        f"Jackknife(), MonteCarlo(seed=...) or, where there is a closed form, Analytic()"
    )


@solve.register
def _bootstrap(option: Bootstrap, problem: Problem) -> Columns:
    """Resample, and pivot intervals on what the draws estimate."""
    found = _resampled(option, problem)
    if found is None:
        return {}
    draws, centre = found

    def work(draws: Array, estimate: Array, centre: Array) -> Columns:
        return _bootstrap_columns(option, problem, draws, estimate, centre)

    return _in_slices(work, draws, problem.estimate, centre)


def _bootstrap_columns(
    option: Bootstrap, problem: Problem, draws: Array, estimate: Array, centre: Array
) -> Columns:
    """Standard error, pivotal interval, test and bias correction of some of the estimates."""
    there = problem.pivot.there
    middle, hub, spread = there(estimate), there(centre), there(draws)
    error = _deviation(spread)
    columns = {"std_error": _deviation(draws)}
    columns |= problem.bounded(*pivot_interval(middle, hub, spread, option.level))
    gap = problem.gap(estimate)
    if gap is not None:
        columns["statistic"] = gap / error
        columns["p_value"] = tail_p_value(gap, spread - hub, option.alternative)
    if problem.is_biased:
        corrected = estimate - (_mean(draws) - centre)
        columns["bias_corrected"] = np.clip(corrected, *problem.bounds)
    return _unsaid(columns, error)


def _resampled(option: Bootstrap, problem: Problem) -> tuple[Array, Array] | None:
    """Draws of the statistic, and what they estimate; None where there is nothing to draw."""
    if option.unit == "region":
        statistic, regions = problem.chosen(), len(problem.regions)
        draws = engine.draw_regions(statistic, regions, option.draws, option.seed)
        return draws, problem.estimate
    units = problem.units(option.unit)
    if not units.is_drawable:
        return None
    draws = _draw(problem, Resampled(units), option.draws, option.seed, units)
    return draws, problem.plug_in(units)


@solve.register
def _jackknife(option: Jackknife, problem: Problem) -> Columns:
    """Leave one unit out at a time."""
    there, powers = problem.pivot.there, problem.powers
    with np.errstate(all="ignore"):
        if option.unit == "region":
            chosen, regions = problem.chosen(), len(problem.regions)
            left = engine.leave_regions_out(chosen, regions, problem.estimate, there)
            return _jackknife_columns(option, problem, left)
        units = problem.units(option.unit)
        if not units.is_drawable:
            return {}
        if option.unit == "cell":
            removable = engine.Removable.cells(problem.whole)
        else:
            removable = engine.Removable.establishments(units, powers)
        left = engine.leave_one_out(problem.statistic, removable, powers, problem.estimate, there)
        return _jackknife_columns(option, problem, left)


def _jackknife_columns(option: Jackknife, problem: Problem, left: engine.LeftOut) -> Columns:
    """Standard error, interval on the pivot's scale, and the range over units left out."""
    middle, spread = problem.pivot.there(problem.estimate), left.pivot_error
    half = float(ndtri((1 + option.level) / 2)) * spread
    columns = {"std_error": left.std_error} | problem.bounded(middle - half, middle + half)
    gap = problem.gap(problem.estimate)
    if gap is not None:
        columns["statistic"] = gap / spread
        columns["p_value"] = normal_p_value(columns["statistic"], option.alternative)
    if problem.is_biased:
        corrected = problem.estimate - (left.n - 1) * (left.mean - problem.estimate)
        columns["bias_corrected"] = np.clip(corrected, *problem.bounds)
    columns |= {"loo_low": left.low, "loo_high": left.high}
    return _unsaid(columns, spread)


@solve.register
def _monte_carlo(option: MonteCarlo, problem: Problem) -> Columns:
    """Draw tables under a null model."""
    units = problem.units("establishment")
    if not units.is_drawable:
        return {}
    units = units.singly()
    plan = null_plan(option, units, problem.regions, problem.base)
    draws = _draw(problem, plan, option.draws, option.seed, units)
    tail = (1 - option.level) / 2

    def work(draws: Array, estimate: Array, _: Array) -> Columns:
        mean = _mean(draws)
        return {
            "statistic": (estimate - mean) / _deviation(draws),
            "p_value": tail_p_value(estimate, draws, option.alternative),
            "null_mean": mean,
            "null_low": draw_quantile(draws, tail),
            "null_high": draw_quantile(draws, 1 - tail),
        }

    return _in_slices(work, draws, problem.estimate, problem.estimate)


def _in_slices(
    work: Callable[[Array, Array, Array], Columns], draws: Array, estimate: Array, centre: Array
) -> Columns:
    """Columns of a few estimates at a time, so that copies of the draws stay small."""
    flat = draws.reshape(len(draws), -1)
    ours, hubs = estimate.ravel(), np.broadcast_to(centre, estimate.shape).ravel()
    step = max(1, SLICE // len(flat))
    with np.errstate(all="ignore"):
        parts = [
            work(flat[:, k : k + step], ours[k : k + step], hubs[k : k + step])
            for k in range(0, len(ours), step)
        ]
    return {
        name: np.concatenate([part[name] for part in parts]).reshape(estimate.shape)
        for name in parts[0]
    }


def _draw(problem: Problem, plan: Plan, draws: int, seed: int, units: Units) -> Array:
    """The statistic of each drawn table."""
    cells = int(np.prod(units.shape))
    return engine.draw(problem.statistic, plan, problem.powers, draws, seed, cells)


def _mean(draws: Array) -> Array:
    """Mean over draws that are defined; `nan` where none is."""
    known = ~np.isnan(draws)
    total: Array = np.sum(draws, axis=0, where=known)
    mean: Array = total / np.sum(known, axis=0)
    return mean


def _deviation(draws: Array) -> Array:
    """Standard deviation over draws that are defined."""
    known = ~np.isnan(draws)
    squares: Array = np.sum((draws - _mean(draws)) ** 2, axis=0, where=known)
    variance: Array = squares / (np.sum(known, axis=0) - 1)
    return np.sqrt(variance)


def _unsaid(columns: Mapping[str, Array], spread: Array) -> Columns:
    """Blank the inference where no unit made a difference: such a row carries no information."""
    kept = ("loo_low", "loo_high", "bias_corrected")
    return {k: v if k in kept else np.where(spread > 0, v, np.nan) for k, v in columns.items()}
