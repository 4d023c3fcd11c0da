"""The maximum of a conditional logit's likelihood, which statsmodels computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import TableError
from clusterstats.models.absorption.solvers import ConvergenceError
from clusterstats.models.design import Design

__all__ = ["Maximum", "maximum"]

SMALLEST_STEP = 1e-9
"""Newton steps end below this, in standard deviations of the regressors."""

MOST_STEPS = 50
PATIENCE = 12
"""Steps after which a utility that still moves by a half is held to be without bound."""


@dataclass(frozen=True)
class Maximum:
    """Where the likelihood is largest.

    Attributes
    ----------
    params : array, shape (k,)
    bread : array, shape (k, k)
        Inverse of the negative Hessian.
    scores : array, shape (groups, k)
    llf, null_llf : float
        Log-likelihoods here, and where all coefficients are 0.
    """

    params: Array
    bread: Array
    scores: Array
    llf: float
    null_llf: float


def maximum(design: Design, x: Array) -> Maximum:
    """Newton's method from 0, for regressors (n, k) of unit size off the groups."""
    from statsmodels.discrete.conditional_models import ConditionalLogit

    (group,), (code,) = design.effects.names, design.effects.codes
    model = ConditionalLogit(design.y, x, groups=code)
    params = np.zeros(x.shape[1])
    try:
        null = best = float(model.loglike(params))
        for count in range(MOST_STEPS):
            bread, step = _newton(model, params)
            if count >= PATIENCE and np.abs(x @ step).max() >= 0.5:
                raise _separation(design, x, step)
            step, best = _shortened(model, params, step, best)
            params = params + step
            if np.abs(step).max() < SMALLEST_STEP:
                places = range(design.effects.sizes[0])
                scores = np.array([model.score_grp(place, params) for place in places])
                return Maximum(params, bread, scores, best, null)
    except RecursionError:
        raise TableError(
            f"a {group!r} has too many rows for the likelihood of several responses of 1; use "
            f"smaller groups, or family='logit' with effects, whose bias is small there"
        ) from None
    raise ConvergenceError(f"the conditional logit did not converge in {MOST_STEPS} steps")


def _newton(model: Any, params: Array) -> tuple[Array, Array]:
    """Inverse of the negative Hessian, and the step it gives."""
    from statsmodels.tools.numdiff import approx_fprime

    hessian = np.atleast_2d(approx_fprime(params, model.score, centered=True))
    bread = np.linalg.inv(-(hessian + hessian.T) / 2)
    return bread, np.asarray(bread @ model.score(params))


def _shortened(model: Any, params: Array, step: Array, best: float) -> tuple[Array, float]:
    """The step, or the first of its halves that does not lower the likelihood."""
    for _ in range(MOST_STEPS):
        with np.errstate(over="ignore", invalid="ignore"):
            likelihood = float(model.loglike(params + step))
        if likelihood >= best - 1e-10 * abs(best):
            return step, likelihood
        step = step / 2
    return step, best


def _separation(design: Design, x: Array, step: Array) -> TableError:
    """What is said of choices that are predicted perfectly."""
    moves = np.abs(step) * np.abs(x).max(axis=0)
    listed = ", ".join(repr(design.names[place]) for place in np.flatnonzero(moves >= 0.1))
    return TableError(
        f"regressor(s) {listed} predict choices perfectly (separation), so their coefficients "
        f"have no finite estimate; leave them out"
    )
