"""Covariances of rows that are independent of one another."""

from __future__ import annotations

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import t_df, used
from clusterstats.models.covariance.identified import blanked, require_linear, unidentified
from clusterstats.models.covariance.options import Classical, Robust
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.solution import Solution

__all__ = ["classical", "leverages", "robust"]

MOST_LEVELS = 5000
"""Leverages need a dense inverse over the levels of all effects but the largest."""

ONE = 1 - 1e-10
"""A leverage from which on a row is taken to be fitted exactly."""


def classical(solution: Solution, option: Classical, convention: SmallSample) -> Covariance:
    """`s^2 (X' W X)^-1`; for likelihoods the inverse Hessian, whatever the convention."""
    k = used(solution, convention, classical=True)
    df = t_df(solution, convention, k)
    if solution.family != "linear":
        return Covariance(solution.bread, df, "classical (inverse Hessian)", {})
    left = solution.nobs - k if convention.adjust_k else solution.nobs
    _require_left(solution, left, k)
    scale = float((solution.w * solution.u**2).sum()) / left
    factors = {"K": float(k), "n - K": float(left), "s2": scale}
    return Covariance(solution.bread * scale, df, "classical", factors)


def robust(solution: Solution, option: Robust, convention: SmallSample) -> Covariance:
    """`(X'WX)^-1 (sum of s_i s_i') (X'WX)^-1`, scores scaled by leverages in HC2 to HC5."""
    k, n = used(solution, convention), solution.nobs
    factor = 1.0
    if option.kind == "HC1":
        factor = _row_factor(solution, convention, k)
    scores: Array = solution.scores
    lost: dict[str, str] = {}
    if option.kind not in ("HC0", "HC1"):
        require_linear(solution, option.kind, "Robust('HC1')")
        scores, lost = _scaled_scores(solution, option.kind)
    matrix = solution.bread @ (scores.T @ scores) @ solution.bread * factor
    return Covariance(
        blanked(solution, matrix, lost, option.kind),
        t_df(solution, convention, k),
        f"heteroskedasticity-robust ({option.kind})",
        {"n": float(n), "K": float(k), "factor": factor},
    )


def leverages(solution: Solution) -> Array:
    """Diagonal of the hat matrix of the model with a dummy for each level of each effect, (n,).

    With weights, of rows times the square roots of the weights; with instruments, of the regressors
    that they predict.

    Raises
    ------
    OptionError
        More levels of the effects beside the largest than a dense inverse is made for.
    """
    own = (np.linalg.qr(np.sqrt(solution.w)[:, None] * solution.x)[0] ** 2).sum(axis=1)
    effects = solution.design.effects
    if effects.codes:
        others = sum(effects.sizes) - max(effects.sizes)
        if others > MOST_LEVELS:
            raise OptionError(
                f"leverages need a dense inverse over the levels of all fixed effects but the "
                f"largest: {others:,} here, more than {MOST_LEVELS:,}; use Robust('HC1'), or "
                f"coarser effects"
            )
        own = own + solution.absorber.leverage()
    return np.asarray(own)


def _scaled_scores(solution: Solution, kind: str) -> tuple[Array, dict[str, str]]:
    """Scores over the root of `(1 - h)^d`; and which coefficients rest on a row of leverage 1."""
    h = leverages(solution)
    mean = h.mean()
    power = {
        "HC2": np.ones_like(h),
        "HC3": np.full_like(h, 2.0),
        "HC4": np.minimum(4.0, h / mean),
        "HC5": np.minimum(h / mean, max(4.0, 0.7 * h.max() / mean)) / 2,
    }[kind]
    alone = h > ONE
    lost: dict[str, str] = {}
    for row in np.flatnonzero(alone):
        weight = solution.x[row] @ solution.bread * np.sqrt(solution.w[row])
        for name in unidentified(solution, np.abs(weight)):
            lost.setdefault(name, f"row {solution.design.frame.index[int(row)]}")
    scale = np.zeros_like(h)
    scale[~alone] = (1 - h[~alone]) ** (-power[~alone] / 2)
    return solution.scores * scale[:, None], lost


def _row_factor(solution: Solution, convention: SmallSample, k: int) -> float:
    """`n / (n - K)`, or what stands for it under a convention."""
    n = solution.nobs
    if not convention.adjust_k:
        return 1.0
    if solution.family != "linear" and not convention.likelihood_k:
        return n / (n - 1)
    _require_left(solution, n - k, k)
    return n / (n - k)


def _require_left(solution: Solution, left: int, k: int) -> None:
    """Raise where as many parameters are counted as there are rows."""
    if left <= 0:
        raise OptionError(
            f"{k:,} parameters are counted in {solution.nobs:,} rows: nothing is left to estimate "
            f"a variance from; use fewer effects, or a convention that does not count those nested "
            f"in clusters"
        )
