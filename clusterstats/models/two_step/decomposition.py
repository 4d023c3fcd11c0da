"""How much of the variance of wages each part accounts for, and how parts go together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes

__all__ = ["decomposed", "sorting"]


def decomposed(response: Array, parts: Mapping[str, Array], place: str) -> pd.DataFrame:
    """Spread of each part over rows, its share of the variance, and correlations.

    Parameters
    ----------
    response : array, shape (n,)
    parts : mapping of str to array, each of shape (n,)
        They add up to the response.
    place : str
        The part that is the effect of places.

    Returns
    -------
    DataFrame
        As `TwoStepFit.decomposition` says.
    """
    rows = [
        {
            "component": name,
            "std_dev": float(values.std()),
            "variance": float(values.var()),
            "share": _covariance(values, response) / float(response.var()),
            "correlation": correlation(values, response),
            "correlation_place": correlation(values, parts[place]),
        }
        for name, values in {"response": response, **parts}.items()
    ]
    return pd.DataFrame(rows)


def sorting(parts: Mapping[str, Array], place: str, worker: str, code: Codes) -> dict[str, float]:
    """Correlation of worker and place effects, over rows and over places (means of workers)."""
    if not worker:
        return {}
    counts = np.bincount(code)
    means = np.bincount(code, parts[worker]) / counts
    levels = np.bincount(code, parts[place]) / counts
    return {
        "sorting_correlation": correlation(parts[worker], parts[place]),
        "sorting_correlation_places": correlation(means, levels),
    }


def correlation(a: Array, b: Array) -> float:
    """Pearson's correlation; `nan` where one does not vary."""
    below = float(a.std() * b.std())
    return _covariance(a, b) / below if below > 0 else float("nan")


def _covariance(a: Array, b: Array) -> float:
    return float(((a - a.mean()) * (b - b.mean())).mean())
