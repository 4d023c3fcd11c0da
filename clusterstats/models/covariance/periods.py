"""Periods of rows, and sums of scores over time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.clustered import summed
from clusterstats.models.solution import Solution

__all__ = ["column_of", "kernel_weights", "lagged", "periods", "within_units"]


def column_of(solution: Solution, name: str, role: str) -> pd.Series:
    """A column of the sample without blanks."""
    frame = solution.design.frame
    if name not in frame:
        listed = ", ".join(map(repr, frame.columns))
        raise TableError(f"no column {name!r} ({role}); the table has {listed}")
    column = frame[name]
    blank = column.isna()
    if blank.any():
        raise TableError(
            f"column {name!r} ({role}) is blank in {int(blank.sum()):,} row(s) of the sample, "
            f"first row {frame.index[blank][0]}; fill it or leave those rows out"
        )
    return column


def periods(solution: Solution, name: str | None, lags: int | None, title: str) -> Effects:
    """Periods in their order, as one effect; a warning where steps between them differ."""
    if name is None and solution.design.panel is None:
        raise OptionError(
            f"{title} needs the column of periods: {title}(time='year'), or regress(..., "
            f"panel=('unit', 'year'))"
        )
    name = name or str((solution.design.panel or ("", ""))[1])
    column = column_of(solution, name, "periods")
    code, levels = pd.factorize(column, sort=True)
    if len(levels) < 2:
        raise TableError(f"column {name!r} has a single period; {title} needs at least 2")
    if lags is not None and lags >= len(levels):
        raise OptionError(f"lags={lags} needs more than {len(levels)} periods of {name!r}")
    if lags != 0 and pd.api.types.is_numeric_dtype(column):
        steps = np.diff(np.asarray(levels, dtype=float))
        if steps.max() > steps.min() * (1 + 1e-9):
            warn(
                f"periods of {name!r} are {steps.min():g} to {steps.max():g} apart; {title} takes "
                f"each as one lag after the one before it"
            )
    return Effects((name,), (code.astype(np.intp, copy=False),), (len(levels),))


def kernel_weights(kernel: str, lags: int, count: int) -> Array:
    """Weights of lags 1, 2, ..., fewer than `count` of them."""
    if kernel == "quadratic_spectral":
        if lags == 0:
            return np.zeros(0)
        q = 6 * np.pi / 5 * np.arange(1, count) / lags
        return np.asarray(3 / q**2 * (np.sin(q) / q - np.cos(q)))
    z = np.arange(1, lags + 1) / (lags + 1)
    if kernel == "parzen":
        return np.where(z <= 0.5, 1 - 6 * z**2 + 6 * z**3, 2 * (1 - z) ** 3)
    return 1 - z


def lagged(sums: Array, weights: Array) -> Array:
    """`sum of s_t s_t' + sum over l of k(l) (s_t s_(t-l)' + transpose)`.

    Parameters
    ----------
    sums : array, shape (T, k)
        Scores by period.
    weights : array, shape (L,)
        `k(1)`, `k(2)`, ...

    Returns
    -------
    array, shape (k, k)
    """
    meat = sums.T @ sums
    for lag, weight in enumerate(weights, start=1):
        both = sums[lag:].T @ sums[:-lag]
        meat += weight * (both + both.T)
    return np.asarray(meat)


def within_units(scores: Array, unit: Codes, time: Effects, weights: Array, *, own: bool) -> Array:
    """As `lagged`, summed over units; rows of a unit and period are one; without lag 0 if not own.

    Parameters
    ----------
    scores : array, shape (n, k)
    unit : array, shape (n,)
    time : Effects
        Periods.
    weights : array, shape (L,)
    own : bool

    Returns
    -------
    array, shape (k, k)
    """
    span = time.sizes[0] + len(weights)
    key, cell = np.unique(unit * span + time.codes[0], return_inverse=True)
    sums = summed(scores, cell, len(key))
    meat = float(own) * (sums.T @ sums)
    for lag, weight in enumerate(weights, start=1):
        place = np.minimum(np.searchsorted(key, key + lag), len(key) - 1)
        found = key[place] == key + lag
        both = sums[place[found]].T @ sums[found]
        meat += weight * (both + both.T)
    return meat
