"""How many shocks a design has, effectively, and how they spread."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array
from clusterstats.errors import TableError

__all__ = ["effective"]


def effective(rows: pd.DataFrame, shock: str, cluster: str | None) -> pd.DataFrame:
    """Numbers of shocks and of their clusters, and moments by exposure."""
    part = (rows["exposure"] / rows["exposure"].sum()).to_numpy()
    growth = rows[shock].to_numpy(dtype=float)
    mean = float(part @ growth)
    low, high = _quantiles(growth, part, (0.25, 0.75))
    row: dict[str, float] = {
        "shocks": len(rows),
        "effective_shocks": 1 / float(part @ part),
        "largest_exposure": float(part.max()),
        "mean": mean,
        "std_dev": _deviation(growth - mean, part),
        "interquartile_range": high - low,
    }
    if cluster is not None:
        if cluster not in rows:
            listed = ", ".join(map(repr, rows.columns))
            raise TableError(f"no column {cluster!r} among the shocks, which have {listed}")
        groups = pd.Series(part).groupby(rows[cluster].to_numpy()).sum()
        row |= {
            "clusters": len(groups),
            "effective_clusters": 1 / float((groups**2).sum()),
            "largest_cluster_exposure": float(groups.max()),
        }
    return pd.DataFrame([row])


def _deviation(gaps: Array, part: Array) -> float:
    """Standard deviation by weight, times `n / (n - 1)` under the root; `nan` of one value."""
    n = len(gaps)
    return float(np.sqrt(part @ gaps**2 * n / (n - 1))) if n > 1 else np.nan


def _quantiles(values: Array, part: Array, levels: tuple[float, ...]) -> list[float]:
    """Smallest values below which, with themselves, lies at least such a part."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(part[order])
    places = np.minimum(np.searchsorted(reached, np.array(levels) - 1e-12), len(values) - 1)
    return [float(values[order[place]]) for place in places]
