"""Descriptive statistics and correlations, as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clusterstats._types import Array

__all__ = ["correlation_rows", "statistic_rows"]

QUANTILES = {"p25": 0.25, "median": 0.5, "p75": 0.75}


def statistic_rows(
    frame: pd.DataFrame, columns: Sequence[str], weights: Array | None, entity: str | None
) -> pd.DataFrame:
    """A row a variable: counts, mean, standard deviations, quantiles, ends."""
    rows = []
    for name in columns:
        values = frame[name].to_numpy(dtype=float, na_value=np.nan)
        known = ~np.isnan(values)
        w = None if weights is None else weights[known]
        row = {"n": int(known.sum()), "missing": int((~known).sum())}
        row_numbers = _moments(values[known], w) | _order_statistics(values[known], w)
        if entity is not None:
            row_numbers |= _parts(values[known], frame.loc[known, entity])
        rows.append({"variable": name, **row, **row_numbers})
    return pd.DataFrame(rows)


def correlation_rows(
    frame: pd.DataFrame, columns: Sequence[str], weights: Array | None
) -> pd.DataFrame:
    """A row a variable, a column a variable, over rows in which all are known."""
    values = frame[list(columns)].to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(values).any(axis=1)
    if known.sum() < 2:
        matrix = np.full((len(columns), len(columns)), np.nan)
    else:
        spread = np.atleast_2d(
            np.cov(values[known].T, aweights=None if weights is None else weights[known])
        )
        size = np.sqrt(np.diag(spread))
        with np.errstate(invalid="ignore", divide="ignore"):
            matrix = spread / np.outer(size, size)
    table = pd.DataFrame(matrix, columns=list(columns))
    table.insert(0, "variable", list(columns))
    table.insert(1, "n", int(known.sum()))
    return table


def _moments(values: Array, weights: Array | None) -> dict[str, float]:
    """Mean and standard deviation, over n - 1; weights count relative to their mean."""
    if not len(values):
        return {"mean": np.nan, "sd": np.nan}
    mean = float(np.average(values, weights=weights))
    if len(values) == 1:
        return {"mean": mean, "sd": np.nan}
    variance = float(np.average((values - mean) ** 2, weights=weights))
    return {"mean": mean, "sd": float(np.sqrt(variance * len(values) / (len(values) - 1)))}


def _order_statistics(values: Array, weights: Array | None) -> dict[str, float]:
    """Least, quartiles, greatest."""
    if not len(values):
        return dict.fromkeys(["min", *QUANTILES, "max"], np.nan)
    levels = list(QUANTILES.values())
    if weights is None:
        found = np.quantile(values, levels)
    else:
        found = np.quantile(values, levels, weights=weights, method="inverted_cdf")
    middle = dict(zip(QUANTILES, map(float, found), strict=True))
    return {"min": float(values.min()), **middle, "max": float(values.max())}


def _parts(values: Array, entity: pd.Series) -> dict[str, float]:
    """Standard deviations of the means of units, and of values about the mean of their unit."""
    series = pd.Series(values, index=entity.index)
    means = series.groupby(entity).mean()
    within = series - series.groupby(entity).transform("mean")
    n = len(values)
    inside = float(np.sqrt((within**2).sum() / (n - 1))) if n > 1 else np.nan
    return {"sd_between": float(means.std(ddof=1)), "sd_within": inside}
