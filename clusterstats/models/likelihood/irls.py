"""Iterated weighted least squares off fixed effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import TableError, warn
from clusterstats.models.absorption import Absorber
from clusterstats.models.absorption.solvers import ConvergenceError
from clusterstats.models.design import Design
from clusterstats.models.likelihood.approach import Equations, is_worthwhile
from clusterstats.models.likelihood.families import Likelihood
from clusterstats.models.linear import ABSORBED, solved, triangle, without_collinear
from clusterstats.models.solution import Solution

__all__ = ["Step", "deviance_of", "identified", "iterate", "partialled", "solution_of"]

TOLERANCE = 1e-18
"""Largest share of the deviance that the last step may change: standard errors, which rest on the
weights before it, are right to its root."""

PERFECT = 1e-4
"""A deviance is taken to be this share of all weights at least, so that a perfect fit ends."""

STILL = 1e-12
"""Steps of this share or less that no longer get shorter are rounding, and the last ones too."""

ROUNDING = 1e-11
"""Share of the linear predictor that a step is never sure of."""

NEAR = 1e-12
"""The tolerance of inexact steps, after which exact ones follow."""

EXACT = 1e-12
"""Residual of the effects' equations at which passes over the rows count as exact."""

SETTLED = 3
"""Steps after which weights change little."""

MOST_APPROACHES = 12
MOST_STEPS = 60
MOST_HALVINGS = 30

Deviance: TypeAlias = Callable[[Array], float]
"""From linear predictor to deviance."""


@dataclass(frozen=True)
class Step:
    """One step of iterated least squares.

    Attributes
    ----------
    params : array, shape (k,)
        Coefficients it arrives at.
    x, response : array, shape (n, k), (n,)
        Regressors and working response off the effects.
    w, u : array, shape (n,)
        Working weights and residuals where it starts.
    linear : array, shape (n,)
        Linear predictor it arrives at.
    change : array, shape (n,)
        Of the linear predictor.
    factor : array, shape (k, k)
        Triangular factor of `X' W X`.
    absorber : Absorber
    """

    params: Array
    x: Array
    response: Array
    w: Array
    u: Array
    linear: Array
    change: Array
    factor: Array
    absorber: Absorber

    @property
    def is_runaway(self) -> bool:
        """Whether a linear predictor moves by a half or more.

        Where a combination of regressors and effects separates responses, each step moves some
        row's by 1 at least, however often it is repeated: the score along that combination is a
        weighted mean of `u - change`, which is 0, and `u` is 1 or more there. So a solution whose
        last step moved none is a proper one.
        """
        return bool(np.abs(self.change).max(initial=0) >= 0.5)


def iterate(design: Design, likelihood: Likelihood, patience: int) -> tuple[Design, Step, int]:
    """Fit; gives the design less regressors that are not identified, the last step, their number.

    Fisher scoring: each step regresses the working response `eta + u` on regressors and effects,
    and is halved while it raises the deviance. It ends when a step changes the deviance by less
    than `TOLERANCE` of it. After `patience` steps a runaway one is the last.
    """
    linear = likelihood.start(design.y, float(np.average(design.y, weights=design.weights)))
    best, before, last = np.inf, 0, np.inf
    if is_worthwhile(design.effects):
        linear, before = _approached(design, likelihood, linear)
    deviance = deviance_of(design, likelihood)
    for count in range(before + 1, MOST_STEPS + 1):
        design, step = _step(design, likelihood, linear, is_first=count == before + 1)
        gain = float(step.w @ step.change**2)
        unsure = ROUNDING**2 * float(step.w @ step.linear**2)
        linear, best, is_whole = _shortened(deviance, step.linear, step.change, best)
        at_least = best + PERFECT * float(step.w.sum())
        is_still = gain <= STILL * at_least and gain > 0.9 * last
        is_there = is_whole and (gain <= TOLERANCE * at_least + unsure or is_still)
        last = gain
        if is_there or (count >= patience and step.is_runaway):
            return design, step, count
    raise ConvergenceError(
        f"{likelihood.family} did not converge in {MOST_STEPS} steps; scale the regressors, or "
        f"look for one that predicts the response perfectly"
    )


def partialled(design: Design, response: Array, w: Array) -> tuple[Absorber, Array, Array]:
    """Response and regressors off the effects with working weights."""
    absorber = Absorber(design.effects, w)
    if not design.effects.codes:
        return absorber, response, design.x
    stacked = np.empty((design.nobs, 1 + design.x.shape[1]), order="F")
    stacked[:, 0], stacked[:, 1:] = response, design.x
    left = None
    if is_worthwhile(design.effects):
        left = Equations(design.effects, design.x[:, :0], w).residual(stacked, EXACT)
    left = absorber.residual(stacked) if left is None else left
    return absorber, left[:, 0], left[:, 1:]


def identified(design: Design, x: Array, w: Array | None) -> tuple[Design, Array]:
    """Leave out regressors that the effects absorb or that repeat others, with a warning."""
    if design.effects.codes:
        before = np.maximum(np.sqrt((design.x**2).sum(axis=0)), np.finfo(float).tiny)
        gone = np.flatnonzero(np.sqrt((x**2).sum(axis=0)) < ABSORBED * before)
        design, x = _left_out(design, x, gone.tolist(), "absorbed by the fixed effects")
    return _left_out(design, x, without_collinear(x, w), "a combination of other regressors")


def deviance_of(design: Design, likelihood: Likelihood) -> Deviance:
    """Twice the log-likelihood that a linear predictor misses to a perfect fit; may be infinite."""
    perfect = _weighted(likelihood.saturated(design.y), design.weights)

    def deviance(linear: Array) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            total = _weighted(likelihood.kernel(linear, design.y), design.weights)
        return 2 * (perfect - total) if np.isfinite(total) else np.inf

    return deviance


def solution_of(design: Design, likelihood: Likelihood, step: Step, count: int) -> Solution:
    """The last step in the shape that covariances take."""
    y, weights = design.y, design.weights
    mean = likelihood.working(step.linear, y)[0]
    measure = deviance_of(design, likelihood)
    deviance = measure(step.linear)
    best = _weighted(likelihood.saturated(y) + likelihood.constant(y), weights)
    llf = best - deviance / 2
    constant = np.full(len(y), likelihood.link(float(np.average(y, weights=weights))))
    null = measure(constant)
    inverse = solved(step.factor, np.eye(len(step.factor)))
    return Solution(
        design=design,
        family=likelihood.family,
        params=step.params,
        x=step.x,
        u=step.u,
        w=step.w,
        bread=inverse @ inverse.T,
        regressors=step.x,
        instruments=step.x,
        response=step.response,
        absorber=step.absorber,
        linear=step.linear,
        fitted=mean,
        residuals=y - mean,
        llf=llf,
        steps=count,
        extra={
            "deviance": deviance,
            "null_deviance": null,
            "pseudo_r_squared": 1 - llf / (best - null / 2),
        },
    )


def _step(
    design: Design, likelihood: Likelihood, linear: Array, *, is_first: bool
) -> tuple[Design, Step]:
    """One weighted regression; in the first, regressors that are not identified leave."""
    _, w, u = likelihood.working(linear, design.y)
    w = w if design.weights is None else w * design.weights
    absorber, response, x = partialled(design, linear + u, w)
    if is_first:
        design, x = identified(design, x, w)
        if design.nobs < len(design.names):
            raise TableError(
                f"{design.nobs:,} row(s) can't estimate {len(design.names)} coefficients; use "
                f"fewer regressors"
            )
    k = x.shape[1]
    factor = triangle(x, response, w)
    params = solved(factor[:k, :k], factor[:k, k])
    change = u - (response - x @ params)
    reached = linear + change
    return design, Step(params, x, response, w, u, reached, change, factor[:k, :k], absorber)


def _approached(design: Design, likelihood: Likelihood, linear: Array) -> tuple[Array, int]:
    """A linear predictor near the maximum, and how many inexact steps led there.

    The first regresses the working response, and so lands on a combination of regressors and
    effects; the others regress the working residual, each as exactly as its length deserves.
    """
    best, share, block = np.inf, 1.0, None
    deviance = deviance_of(design, likelihood)
    for count in range(1, MOST_APPROACHES + 1):
        _, w, u = likelihood.working(linear, design.y)
        w = w if design.weights is None else w * design.weights
        tolerance = float(np.clip(0.03 * np.sqrt(share), 1e-7, 0.1))
        equations = Equations(design.effects, design.x, w, known=block)
        block = equations.block if count > SETTLED else None
        made = equations.fitted(linear + u if count == 1 else u, tolerance)
        if made is None:
            return linear, count - 1
        change, reached = (made - linear, made) if count == 1 else (made, linear + made)
        linear, best, _ = _shortened(deviance, reached, change, best)
        share = float(w @ change**2) / (best + PERFECT * float(w.sum()))
        if share <= NEAR:
            return linear, count
    return linear, count


def _shortened(
    deviance: Deviance, reached: Array, change: Array, best: float
) -> tuple[Array, float, bool]:
    """Where to go on: the step, or the first of its halves that does not raise the deviance."""
    for halvings in range(MOST_HALVINGS):
        linear = reached if not halvings else reached - (1 - 0.5**halvings) * change
        reaches = deviance(linear)
        if reaches <= best + 1e-9 * (abs(best) + 1) and np.isfinite(reaches):
            return linear, reaches, halvings == 0
    raise ConvergenceError("no step lowers the deviance; scale the regressors")


def _left_out(design: Design, x: Array, places: list[int], why: str) -> tuple[Design, Array]:
    """Leave regressors out, with a warning that names them."""
    if not places:
        return design, x
    named = ", ".join(repr(design.names[place]) for place in sorted(places))
    warn(f"left out: {named} ({why})")
    if len(places) == x.shape[1]:
        raise TableError(f"no regressor is left: {named} ({why})")
    kept = [place for place in range(x.shape[1]) if place not in places]
    return design.without(places, why), x[:, kept]


def _weighted(values: Array, weights: Array | None) -> float:
    return float(values.sum() if weights is None else weights @ values)
