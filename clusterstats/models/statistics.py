"""Numbers on the whole model: fit, sample, effects."""

from __future__ import annotations

from typing import Any

import numpy as np

from clusterstats.models.absorption import connected_sets
from clusterstats.models.absorption.effects import singletons
from clusterstats.models.solution import Solution

__all__ = ["statistics_of"]


def statistics_of(solution: Solution) -> dict[str, Any]:
    """The statistics of `glance()`."""
    design = solution.design
    found: dict[str, Any] = {}
    if solution.family == "linear":
        found |= _linear(solution)
    found |= {"log_likelihood": solution.llf, "iterations": solution.steps}
    for name, size in zip(design.effects.names, design.effects.sizes, strict=True):
        found[f"levels {name}"] = size
    if design.effects.codes:
        found["singletons"] = int(singletons(design.effects).sum())
    if len(design.effects.codes) == 2:
        found["connected_sets"] = _sets(solution)
    found["rows_dropped"] = sum(design.dropped.values())
    found |= {f"dropped {reason}": count for reason, count in design.dropped.items()}
    found["variables_dropped"] = len(design.omitted)
    return found | solution.extra


def _sets(solution: Solution) -> int:
    """Connected sets of two effects; from the rank where least squares has it already."""
    effects = solution.design.effects
    if solution.family == "linear":
        return sum(effects.sizes) - solution.absorbed
    return connected_sets(effects)[0]


def _linear(solution: Solution) -> dict[str, float]:
    """R-squared, within and adjusted."""
    design, w = solution.design, solution.w
    rss = float((w * solution.u**2).sum())
    centre = np.average(design.y, weights=w) if design.has_constant else 0.0
    total = float((w * (design.y - centre) ** 2).sum())
    k = len(solution.params) + solution.absorbed
    n = solution.nobs
    found = {"r_squared": 1 - rss / total if total > 0 else np.nan}
    lost = int(design.has_constant)
    if n > k and total > 0:
        found["adj_r_squared"] = 1 - (rss / (n - k)) / (total / (n - lost))
    if design.effects.codes:
        within = float((w * solution.response**2).sum())
        found["within_r_squared"] = 1 - rss / within if within > 0 else np.nan
    found["rmse"] = float(np.sqrt(rss / n))
    return found
