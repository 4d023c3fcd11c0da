"""What an estimator hands to covariances: every family in the shape of weighted least squares."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from clusterstats._types import Array, Codes
from clusterstats.models.absorption import Absorber
from clusterstats.models.design import Design

__all__ = ["Family", "Solution"]

Family = Literal["linear", "poisson", "logit", "cloglog"]


@dataclass(frozen=True)
class Solution:
    """Estimates with the parts of their sandwich.

    At its solution every estimator here solves `X' W u = 0` with `X` the regressors off the fixed
    effects: for least squares `W` are the weights and `u` the residuals; for two-stage least
    squares `X` is what the instruments predict; for likelihoods `W` and `u` are the working
    weights and working residuals of the last step, so that `W u` is the score.

    Attributes
    ----------
    design : Design
    family : str
    params : array, shape (k,)
    x : array, shape (n, k)
        As above.
    u : array, shape (n,)
    w : array, shape (n,)
        Ones where there are no weights.
    bread : array, shape (k, k)
        `(X' W X)^-1`.
    regressors : array, shape (n, k)
        The regressors themselves off the effects; differs from `x` with instruments.
    instruments : array, shape (n, exogenous + l)
        Exogenous regressors and excluded instruments off the effects; the regressors without.
    response : array, shape (n,)
        The (working) response off the effects.
    absorber : Absorber
        Off the effects with the weights `w`.
    linear : array, shape (n,)
        Linear predictor, fixed effects included.
    fitted : array, shape (n,)
        Expected response.
    residuals : array, shape (n,)
        Response less expected response.
    llf : float
        Log-likelihood (Gaussian for least squares).
    steps : int
        Iterations taken.
    """

    design: Design
    family: Family
    params: Array
    x: Array
    u: Array
    w: Array
    bread: Array
    regressors: Array
    instruments: Array
    response: Array
    absorber: Absorber
    linear: Array
    fitted: Array
    residuals: Array
    llf: float
    steps: int = 1
    extra: dict[str, float] = field(default_factory=dict)

    @cached_property
    def scores(self) -> Array:
        """Contribution of each row to the estimating equations, shape (n, k)."""
        return np.asarray(self.x * (self.w * self.u)[:, None])

    def summed_scores(self, code: Codes, size: int) -> Array:
        """Sums of the scores by group, shape (size, k), without holding those of all rows."""
        weight = self.w * self.u
        sums = [np.bincount(code, column * weight, size) for column in self.x.T]
        return np.stack(sums, axis=1) if sums else np.zeros((size, 0))

    @property
    def nobs(self) -> int:
        """Rows used."""
        return len(self.u)

    @property
    def is_iv(self) -> bool:
        """Whether instruments stand in for endogenous regressors."""
        return self.design.n_endogenous > 0

    @cached_property
    def absorbed(self) -> int:
        """Independent dummies of all fixed effects."""
        return self.absorber.rank
