"""Covariances of rows that go together over time: Driscoll and Kraay, Newey and West."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.clustered import factor_of
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import t_df, used
from clusterstats.models.covariance.dependence import DriscollKraay, NeweyWest
from clusterstats.models.covariance.periods import (
    column_of,
    kernel_weights,
    lagged,
    periods,
    within_units,
)
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.solution import Solution

__all__ = ["driscoll_kraay", "newey_west"]


def driscoll_kraay(
    solution: Solution, option: DriscollKraay, convention: SmallSample
) -> Covariance:
    """Autocovariances of scores summed by period."""
    time = periods(solution, option.time, option.lags, "DriscollKraay")
    lags, weights = _weights(option, time)
    meat = lagged(solution.summed_scores(time.codes[0], time.sizes[0]), weights)
    return _covariance(solution, convention, meat, time, time, f"Driscoll-Kraay (lags {lags})")


def newey_west(solution: Solution, option: NeweyWest, convention: SmallSample) -> Covariance:
    """Autocovariances of scores within units."""
    time = periods(solution, option.time, option.lags, "NeweyWest")
    panel = solution.design.panel
    if option.unit is None and panel is None:
        raise OptionError(
            "NeweyWest needs the column of units: NeweyWest(unit='firm', time='year')"
        )
    name = option.unit or str((panel or ("", ""))[0])
    unit, levels = pd.factorize(column_of(solution, name, "units"))
    unit = unit.astype(np.intp, copy=False)
    lags, weights = _weights(option, time)
    meat = within_units(solution.scores, unit, time, weights, own=True)
    both = Effects((name, *time.names), (unit, *time.codes), (len(levels), *time.sizes))
    return _covariance(solution, convention, meat, time, both, f"Newey-West (lags {lags})")


def _weights(option: DriscollKraay | NeweyWest, time: Effects) -> tuple[int, Array]:
    """How many lags, and their weights."""
    lags = int(time.sizes[0] ** 0.25) if option.lags is None else int(option.lags)
    return lags, kernel_weights(option.kernel, lags, time.sizes[0])


def _covariance(
    solution: Solution,
    convention: SmallSample,
    meat: Array,
    time: Effects,
    nesting: Effects,
    name: str,
) -> Covariance:
    """The sandwich with the factors of clusters, periods in their place."""
    nested = nesting.codes if convention.over_time == "nonnested" else ()
    k, count = used(solution, convention, nested), time.sizes[0]
    factor = factor_of(solution, convention, k)
    of_periods = count / (count - 1) if convention.adjust_g else 1.0
    factors = {
        "K": float(k),
        f"periods {time.names[0]}": float(count),
        "factor of K": factor,
        "T/(T-1)": of_periods,
    }
    matrix = solution.bread @ meat @ solution.bread * (factor * of_periods)
    return Covariance(matrix, t_df(solution, convention, k, time), name, factors)
