"""Poisson pseudo-maximum likelihood with any number of fixed effects."""

from __future__ import annotations

import numpy as np

from clusterstats.errors import TableError, warn
from clusterstats.models.absorption.solvers import ConvergenceError
from clusterstats.models.design import Design
from clusterstats.models.likelihood.families import POISSON
from clusterstats.models.likelihood.irls import MOST_STEPS, iterate, solution_of
from clusterstats.models.likelihood.separation import separated, uniform_levels
from clusterstats.models.solution import Solution

__all__ = ["fit_poisson"]

PATIENCE = 10
"""Steps after which a linear predictor that still moves has rows examined for separation."""

SEPARATED = "separated"


def fit_poisson(design: Design) -> Solution:
    """Estimate; rows that are separated are left out, counted and warned of.

    Levels of effects whose response is 0 throughout go first. Other separated rows would keep a
    linear predictor moving for ever, so they are looked for when one does.
    """
    _require_counts(design)
    design = _without_uniform(design)
    while True:
        try:
            design, step, count = iterate(design, POISSON, PATIENCE)
            if not step.is_runaway:
                return solution_of(design, POISSON, step, count)
        except ConvergenceError:  # weights of separated rows go to 0, and equations with them
            pass
        cleaned = _without_separated(design)
        if cleaned is design:
            return _patiently(design)
        design = cleaned


def _patiently(design: Design) -> Solution:
    """Estimate where no row is separated but convergence is slow."""
    fitted, step, count = iterate(design, POISSON, MOST_STEPS + 1)
    if step.is_runaway:
        row = fitted.frame.index[int(np.argmax(np.abs(step.change)))]
        raise ConvergenceError(
            f"poisson did not converge: after {count} steps the linear predictor of row {row} "
            f"still moves; scale the regressors"
        )
    return solution_of(fitted, POISSON, step, count)


def _require_counts(design: Design) -> None:
    """Raise unless responses are 0 or more, and one of them is more."""
    name = design.formula.response
    if (design.y < 0).any():
        row = int(np.flatnonzero(design.y < 0)[0])
        raise TableError(
            f"response {name!r} is negative in {int((design.y < 0).sum()):,} row(s), first row "
            f"{design.frame.index[row]} with {design.y[row]:g}; family='poisson' takes 0 or more"
        )
    if not design.y.any():
        raise TableError(f"response {name!r} is 0 in every row; there is nothing to estimate")


def _without_uniform(design: Design) -> Design:
    """Leave out levels whose response is 0 throughout."""
    if not design.effects.codes:
        return design
    gone = uniform_levels(design.effects, design.y, [0.0])
    if gone.any():
        warn(
            f"{int(gone.sum()):,} row(s) left out: the response is 0 in every row of a level of "
            f"{' or '.join(map(repr, design.effects.names))}"
        )
    return design.kept(~gone, SEPARATED)


def _without_separated(design: Design) -> Design:
    """Leave out separated rows, naming the regressors that separate them."""
    found = separated(design.y, design.x, design.effects)
    if not found.rows.any():
        return design
    named = [repr(design.names[place]) for place in found.regressors]
    named = [name for name in named if name != "'Intercept'"]
    what = f"regressor(s) {', '.join(named)}" if named else "fixed effects"
    effects = " with the fixed effects" if named and design.effects.codes else ""
    warn(
        f"{int(found.rows.sum()):,} row(s) left out: their response of 0 is predicted perfectly "
        f"by {what}{effects} (separated; Correia, Guimaraes and Zylkin 2019)"
    )
    return design.kept(~found.rows, SEPARATED)
