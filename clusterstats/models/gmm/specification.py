"""Tests of the moments and of the errors of a differenced equation."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import chi2, norm

from clusterstats.models.gmm.estimate import Step
from clusterstats.models.gmm.sample import Equations

__all__ = ["autocorrelation", "hansen", "sargan"]


def sargan(equations: Equations, z: Any, first: Step) -> dict[str, float]:
    """Over-identification if errors in levels are independent with one variance.

    `e'Z A Z'e / s2` of the first step, `s2 = e'e / (2 (n - k))`: an error in differences has twice
    the variance of one in levels.
    """
    n, k = equations.x.shape
    moment = np.asarray(z.T @ first.e)
    scale = float(first.e @ first.e) / (2 * (n - k))
    statistic = float(moment @ first.weight @ moment) / scale
    return _chi2("sargan", statistic, z.shape[1] - k)


def hansen(equations: Equations, z: Any, second: Step) -> dict[str, float]:
    """Over-identification whatever the errors within units: the minimum of the second step."""
    moment = np.asarray(z.T @ second.e)
    statistic = float(moment @ second.weight @ moment)
    return _chi2("hansen", statistic, z.shape[1] - equations.x.shape[1])


def autocorrelation(equations: Equations, step: Step, lag: int) -> dict[str, float]:
    """Arellano and Bond's test (1991, equation 8) of differenced errors `lag` periods apart.

    Independent errors in levels make neighbours in differences negatively correlated; at lag 2
    there is then nothing. `nan` where no two equations are so far apart.
    """
    before = equations.before(lag)
    moved = np.where(before >= 0, step.e[before], 0.0)
    if not moved.any():
        return {f"ar{lag}": np.nan, f"ar{lag}_p_value": np.nan}
    within = np.bincount(equations.unit, moved * step.e)
    lead = moved @ equations.x
    outer = step.bread @ step.cross.T @ step.weight
    shared = outer @ (step.sums.T @ within)
    variance = float(within @ within) - 2 * float(lead @ shared)
    variance += float(lead @ step.covariance @ lead)
    z = float(moved @ step.e) / np.sqrt(variance) if variance > 0 else np.nan
    return {f"ar{lag}": z, f"ar{lag}_p_value": 2 * float(norm.sf(abs(z)))}


def _chi2(name: str, statistic: float, df: int) -> dict[str, float]:
    """A statistic with its degrees of freedom and p-value; `nan` if exactly identified."""
    if df <= 0:
        return {name: np.nan, f"{name}_df": 0, f"{name}_p_value": np.nan}
    p_value = float(chi2.sf(statistic, df))
    return {name: statistic, f"{name}_df": df, f"{name}_p_value": p_value}
