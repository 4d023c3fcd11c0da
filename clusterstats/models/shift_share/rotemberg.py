"""Rotemberg weights: which industries a shift-share estimate rests on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.models.covariance.akm_parts import off
from clusterstats.models.shift_share.exposure import Exposure
from clusterstats.models.solution import Solution

__all__ = ["rotemberg", "summarized"]


def rotemberg(solution: Solution, exposure: Exposure, cluster: Codes | None) -> pd.DataFrame:
    """Weight, just-identified estimate and first-stage F of each shock."""
    w, controls = solution.w, solution.instruments[:, :-1]
    both = np.column_stack([solution.response, solution.regressors[:, -1]])
    y, x = off(both, controls, w).T
    shares = exposure.matrix(solution.design.frame)
    first, reduced = shares.T @ (w * x), shares.T @ (w * y)
    strength = exposure.growth * first
    own = off(solution.absorber.residual(shares.toarray()), controls, w)
    used = len(solution.params) + solution.absorbed
    with np.errstate(invalid="ignore", divide="ignore"):
        beta = reduced / first
    exposed = np.asarray(shares.sum(axis=0)).ravel() > 0
    return exposure.shocks.assign(
        exposure=np.asarray(shares.T @ w) / w.sum(),
        alpha=strength / strength.sum(),
        beta=np.where(exposed, beta, np.nan),
        f_statistic=np.where(exposed, _strengths(own, x, w, used, cluster), np.nan),
    )


def summarized(weights: pd.DataFrame, top: int) -> pd.DataFrame:
    """Weights put together: all, positive, negative, and the largest."""
    alpha = weights["alpha"]
    groups = {
        "all": weights,
        "positive": weights[alpha > 0],
        "negative": weights[alpha < 0],
        f"top {top}": weights.nlargest(top, "alpha"),
    }
    rows = []
    for name, part in groups.items():
        total = float(part["alpha"].sum())
        counted = part[part["alpha"] != 0]
        effect = float((counted["alpha"] * counted["beta"]).sum())
        rows.append(
            {
                "component": name,
                "shocks": len(part),
                "alpha_sum": total,
                "alpha_mean": total / len(part) if len(part) else np.nan,
                "alpha_share": float(part["alpha"].abs().sum() / alpha.abs().sum()),
                "beta": effect / total if total else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _strengths(z: Array, x: Array, w: Array, used: int, cluster: Codes | None) -> Array:
    """First-stage F of each share as the one instrument: HC1, or CR1 by clusters, (shocks,)."""
    size = (w[:, None] * z**2).sum(axis=0)
    n = len(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (z.T @ (w * x)) / size
        scores = z * w[:, None] * (x[:, None] - z * slope)
        factor = n / (n - used)
        if cluster is not None:
            groups = int(cluster.max()) + 1
            scores = np.stack([np.bincount(cluster, each, groups) for each in scores.T], axis=1)
            factor = (n - 1) / (n - used) * groups / (groups - 1)
        return np.asarray(slope**2 / (factor * (scores**2).sum(axis=0) / size**2))
