"""Logit and complementary log-log with any number of fixed effects."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from clusterstats.errors import TableError, warn
from clusterstats.models.design import Design
from clusterstats.models.likelihood.families import CLOGLOG, LOGIT, Likelihood
from clusterstats.models.likelihood.irls import Step, iterate, solution_of
from clusterstats.models.likelihood.separation import uniform_levels
from clusterstats.models.solution import Solution

__all__ = ["fit_cloglog", "fit_logit"]

PATIENCE = 15
"""Steps after which a linear predictor that still moves is held to be without bound."""

CERTAIN = 3.0
"""Linear predictor of the complementary log-log whose mean is 1 but for 2e-9."""

FEW = 20
"""Fewer rows than this in a level give its effect, and all coefficients, a notable bias."""


def fit_logit(design: Design) -> Solution:
    """Estimate a logit; see `_fitted`."""
    return _fitted(design, LOGIT)


def fit_cloglog(design: Design) -> Solution:
    """Estimate a complementary log-log model; see `_fitted`."""
    return _fitted(design, CLOGLOG)


def _fitted(design: Design, likelihood: Likelihood) -> Solution:
    """Estimate; levels without variation in the response are left out, counted and warned of.

    A response that regressors separate is an error: no finite coefficients have the largest
    likelihood.
    """
    _require_shares(design, likelihood)
    if design.effects.codes:
        design = _with_variation(design)
        _warn_of_effects(design, likelihood)
    fitted, step, count = iterate(design, likelihood, PATIENCE)
    if step.is_runaway:
        raise _separation(fitted, step)
    if likelihood is CLOGLOG and (step.linear[design.y > 0] > CERTAIN).any():
        _require_overlap(design)
    return solution_of(fitted, likelihood, step, count)


def _require_shares(design: Design, likelihood: Likelihood) -> None:
    """Raise unless responses lie between 0 and 1, and differ."""
    name, y = design.formula.response, design.y
    outside = (y < 0) | (y > 1)
    if outside.any():
        row = int(np.flatnonzero(outside)[0])
        raise TableError(
            f"response {name!r} must be 0 or 1 (or a share between) with "
            f"family={likelihood.family!r}: row {design.frame.index[row]} has {y[row]:g}"
        )
    if (y == y[0]).all() and y[0] in (0, 1):
        raise TableError(f"response {name!r} is {y[0]:g} in every row; there is nothing to explain")


def _with_variation(design: Design) -> Design:
    """Leave out levels whose response is 0, or 1, throughout."""
    gone = uniform_levels(design.effects, design.y, [0.0, 1.0])
    named = " or ".join(map(repr, design.effects.names))
    if gone.all():
        raise TableError(f"the response does not vary within any level of {named}")
    if gone.any():
        warn(
            f"{int(gone.sum()):,} row(s) left out: the response does not vary within a level of "
            f"{named}"
        )
    return design.kept(~gone, "no variation")


def _warn_of_effects(design: Design, likelihood: Likelihood) -> None:
    """Warn of incidental parameters."""
    largest = int(np.argmax(design.effects.sizes))
    name, size = design.effects.names[largest], design.effects.sizes[largest]
    rows = np.bincount(design.effects.codes[largest], minlength=size)
    few = int((rows < FEW).sum())
    degree = (
        f"{few:,} of the {size:,} levels of {name!r} have fewer than {FEW} rows"
        if few
        else f"levels of {name!r} have {int(rows.min()):,} rows or more, so the bias is small"
    )
    warn(
        f"{likelihood.family} with fixed effects is biased away from 0 where levels have few rows "
        f"(incidental parameters): {degree}; conditional_logit(formula, data, group={name!r}) is "
        f"free of that"
    )


def _require_overlap(design: Design) -> None:
    """Raise where responses are separated; existence is the same for a logit, which shows it."""
    fitted, step, _ = iterate(design, LOGIT, PATIENCE)
    if step.is_runaway:
        raise _separation(fitted, step)


def _separation(design: Design, step: Step) -> TableError:
    """What is said of a response that is predicted perfectly."""
    half = solve_triangular(step.factor, step.x.T @ (step.w * step.u), trans="T")
    moves = np.abs(solve_triangular(step.factor, half)) * np.abs(step.x).max(axis=0, initial=0)
    named = [
        repr(name)
        for name, move in zip(design.names, moves, strict=True)
        if move >= 0.1 and name != "Intercept"
    ]
    what = f"regressor(s) {', '.join(named)}" if named else "the fixed effects"
    rows = int((np.abs(step.change) >= 0.5).sum())
    return TableError(
        f"{what} predict the response {design.formula.response!r} perfectly in {rows:,} row(s) "
        f"(separation), so their coefficients have no finite estimate; leave them out, or the "
        f"rows that they decide"
    )
