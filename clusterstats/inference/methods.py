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

    def gap(self) -> Array | None:
        """How far the estimate lies from the tested value, on the pivot's scale."""
        if self.tested is None:
            return None
        tested = np.full_like(self.estimate, self.tested)
        return self.pivot.there(self.estimate) - self.pivot.there(tested)

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
    draws, centre = _resampled(option, problem)
    with np.errstate(all="ignore"):
        there = problem.pivot.there
        estimate, hub, spread = there(problem.estimate), there(centre), there(draws)
        columns = {"std_error": _deviation(draws)}
        columns |= problem.bounded(*pivot_interval(estimate, hub, spread, option.level))
        gap = problem.gap()
        if gap is not None:
            columns["statistic"] = gap / _deviation(spread)
            columns["p_value"] = tail_p_value(gap, spread - hub, option.alternative)
        if problem.is_biased:
            corrected = problem.estimate - (_mean(draws) - centre)
            columns["bias_corrected"] = np.clip(corrected, *problem.bounds)
    return _unsaid(columns, columns["std_error"])


def _resampled(option: Bootstrap, problem: Problem) -> tuple[Array, Array]:
    """Draws of the statistic, and what they estimate."""
    if option.unit == "region":
        statistic, regions = problem.chosen(), len(problem.regions)
        draws = engine.draw_regions(statistic, regions, option.draws, option.seed)
        return draws, problem.estimate
    units = problem.units(option.unit)
    draws = _draw(problem, Resampled(units), option.draws, option.seed, units)
    return draws, problem.plug_in(units)


@solve.register
def _jackknife(option: Jackknife, problem: Problem) -> Columns:
    """Leave one unit out at a time."""
    there, estimate = problem.pivot.there, problem.estimate
    if option.unit == "region":
        chosen, regions = problem.chosen(), len(problem.regions)
        left = engine.leave_regions_out(chosen, regions, estimate)
        scaled = engine.leave_regions_out(lambda r: there(chosen(r)), regions, there(estimate))
    else:
        units, powers, statistic = problem.units(option.unit), problem.powers, problem.statistic
        left = engine.leave_one_out(statistic, units, powers, estimate)
        scaled = engine.leave_one_out(
            lambda *m: there(statistic(*m)), units, powers, there(estimate)
        )
    with np.errstate(all="ignore"):
        return _jackknife_columns(option, problem, left, scaled.std_error)


def _jackknife_columns(
    option: Jackknife, problem: Problem, left: engine.LeftOut, spread: Array
) -> Columns:
    """Standard error, interval on the pivot's scale, and the range over units left out."""
    middle = problem.pivot.there(problem.estimate)
    half = float(ndtri((1 + option.level) / 2)) * spread
    columns = {"std_error": left.std_error} | problem.bounded(middle - half, middle + half)
    gap = problem.gap()
    if gap is not None:
        columns["statistic"] = gap / spread
        columns["p_value"] = normal_p_value(columns["statistic"], option.alternative)
    if problem.is_biased:
        corrected = problem.estimate - (left.n - 1) * (left.mean - problem.estimate)
        columns["bias_corrected"] = np.clip(corrected, *problem.bounds)
    columns |= {"loo_low": left.low, "loo_high": left.high}
    return _unsaid(columns, left.std_error)


@solve.register
def _monte_carlo(option: MonteCarlo, problem: Problem) -> Columns:
    """Draw tables under a null model."""
    units = problem.units("establishment").singly()
    plan = null_plan(option, units, problem.regions, problem.base)
    draws = _draw(problem, plan, option.draws, option.seed, units)
    tail = (1 - option.level) / 2
    with np.errstate(all="ignore"):
        mean = _mean(draws)
        return {
            "statistic": (problem.estimate - mean) / _deviation(draws),
            "p_value": tail_p_value(problem.estimate, draws, option.alternative),
            "null_mean": mean,
            "null_low": draw_quantile(draws, tail),
            "null_high": draw_quantile(draws, 1 - tail),
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
