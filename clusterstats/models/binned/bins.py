"""Bins of a variable between its quantiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.errors import TableError, warn

__all__ = ["Bins", "cut_at_quantiles"]


@dataclass(frozen=True)
class Bins:
    """The bin of each row, and where bins lie: means, ends, numbers of rows and shares."""

    code: Codes
    mean: Array
    low: Array
    high: Array
    n: Array
    share: Array


def cut_at_quantiles(values: Array, weights: Array | None, bins: int, x: str) -> Bins:
    """Cut values into bins between their quantiles, each with its upper end; `x` names them.

    As in binsreg: of the values between which a quantile falls, the mean.
    """
    levels = np.arange(1, bins) / bins
    if weights is None:
        ends = np.quantile(values, levels, method="averaged_inverted_cdf")
    else:
        ends = np.quantile(values, levels, weights=weights, method="inverted_cdf")
    raw = np.searchsorted(np.unique(ends), values, side="left")
    _, code = np.unique(raw, return_inverse=True)
    n = np.bincount(code)
    if len(n) < 2:
        raise TableError(f"x={x!r} has one value only, or nearly so: there are no two bins of it")
    if len(n) < bins:
        warn(f"x={x!r} repeats values: {len(n)} bins instead of {bins}")
    weight = np.ones(len(values)) if weights is None else weights
    total = np.bincount(code, weight)
    grouped = pd.Series(values).groupby(code)
    return Bins(
        code=code.astype(np.intp),
        mean=np.asarray(np.bincount(code, weight * values) / total, dtype=float),
        low=np.asarray(grouped.min(), dtype=np.float64),
        high=np.asarray(grouped.max(), dtype=np.float64),
        n=n.astype(float),
        share=np.asarray(total / total.sum(), dtype=float),
    )
