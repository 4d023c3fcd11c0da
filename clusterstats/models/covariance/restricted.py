"""Likelihoods where a combination of coefficients has a given value."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import null_space

from clusterstats._types import Array
from clusterstats.models.likelihood.families import CLOGLOG, LOGIT, POISSON, Likelihood
from clusterstats.models.likelihood.irls import iterate
from clusterstats.models.solution import Solution

__all__ = ["restricted"]

LIKELIHOODS = {"poisson": POISSON, "logit": LOGIT, "cloglog": CLOGLOG}
PATIENCE = 60


def restricted(solution: Solution, combination: Array, null: float) -> tuple[Array, Array, Array]:
    """Estimate under `r'b = null`; what the score of all coefficients is made of there.

    Parameters
    ----------
    solution : Solution
        Of a likelihood.
    combination : array, shape (k,)
        `r`.
    null : float

    Returns
    -------
    (array, array, array)
        Regressors off the effects (n, k), working weights and working residuals (n,), so that
        scores are `x w u`.
    """
    design = solution.design
    offset = design.x @ (combination * (null / float(combination @ combination)))
    free = null_space(combination[None])
    names = tuple(f"free {place}" for place in range(free.shape[1]))
    smaller = replace(design, x=design.x @ free, names=names)
    likelihood = _shifted(LIKELIHOODS[solution.family], offset)
    _, step, _ = iterate(smaller, likelihood, PATIENCE)
    x = step.absorber.residual(np.asfortranarray(design.x))
    return x, step.w, step.u


def _shifted(likelihood: Likelihood, offset: Array) -> Likelihood:
    """The likelihood with a given part of the linear predictor."""
    return replace(
        likelihood,
        working=lambda linear, y: likelihood.working(linear + offset, y),
        kernel=lambda linear, y: likelihood.kernel(linear + offset, y),
        start=lambda y, mean: likelihood.start(y, mean) - offset,
    )
