"""Rows whose zero response no finite coefficients can fit (Correia, Guimaraes and Zylkin 2019)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import lstsq
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, eye_array, hstack

from clusterstats._types import Array, Mask
from clusterstats.errors import TableError
from clusterstats.models.absorption import Absorber, Effects
from clusterstats.models.absorption.solvers import ConvergenceError
from clusterstats.models.likelihood.approach import Equations, is_worthwhile

__all__ = ["Separation", "separated", "uniform_levels"]

HEAVY = 1e5
"""Weight of rows with a response, on which a separating combination must vanish."""

LEFT = 1e-8
SWEEPS = 5
"""What the weight leaves of the combination there is taken off what is wanted there, until less
than `LEFT` remains, or so many times."""

ZERO = 1e-7
"""Values of a combination, of which the largest is about 1, that count as 0."""

CLEAR = 1e-4
"""Values from which on they are held to be positive; between the two the rectifier goes on."""

EXACT = 1e-10
"""Residual of the equations of a projection, of that at the start."""

MOST_PASSES = 2000
MOST_STEPS = 200

Project: TypeAlias = Callable[[Array], tuple[Array, Array]]


@dataclass(frozen=True)
class Separation:
    """Separated rows, and the regressors in the combination that separates them.

    Attributes
    ----------
    rows : mask, shape (n,)
    regressors : tuple of int
        Positions; none where the effects do it alone.
    """

    rows: Mask
    regressors: tuple[int, ...]


def uniform_levels(effects: Effects, y: Array, values: Sequence[float]) -> Mask:
    """Rows in levels of an effect where the response is one of `values` throughout.

    Those rows are fitted perfectly by a level's effect without bound. Leaving them out can make
    other levels uniform, so it is repeated until none is.
    """
    gone = np.zeros(len(y), dtype=bool)
    while True:
        found = np.zeros_like(gone)
        for value in values:
            differs = (y != value) & ~gone
            for code, size in zip(effects.codes, effects.sizes, strict=True):
                varied = np.bincount(code[differs], minlength=size) > 0
                found |= ~varied[code] & ~gone
        if not found.any():
            return gone
        gone |= found


def separated(y: Array, x: Array, effects: Effects) -> Separation:
    """Rows with a response of 0 that some combination of regressors and effects sets apart.

    A row is separated if a combination of regressors (n, k) and effects is 0 wherever the response
    is positive, nowhere negative where it is 0, and positive in that row. The iterative rectifier
    of that paper regresses the indicator of a zero response on regressors and effects, with
    overwhelming weight on the other rows, cuts negative fitted values to 0, and repeats until none
    is negative: what is positive is separated. Where that takes too long a linear programme
    decides.
    """
    rows, regressors = np.zeros(len(y), dtype=bool), set[int]()
    while True:
        left = ~rows
        combination, used = _combination(y[left], x[left], effects.kept(left))
        found = (combination >= CLEAR) & (y[left] == 0)
        if not found.any():
            return Separation(rows, tuple(sorted(regressors)))
        rows[left] = found
        regressors |= used


def _combination(y: Array, x: Array, effects: Effects) -> tuple[Array, set[int]]:
    """A separating combination, all 0 if there is none, and the regressors in it."""
    try:
        made = _rectified(y, x, effects)
    except ConvergenceError:
        made = None
    return made if made is not None else _simplex(y, x, effects)


def _rectified(y: Array, x: Array, effects: Effects) -> tuple[Array, set[int]] | None:
    """By the iterative rectifier; None where it does not end."""
    is_zero = y == 0
    project = _projection(x, effects, np.where(is_zero, 1.0, HEAVY))
    aim = is_zero.astype(float)
    for _ in range(MOST_STEPS):
        for _ in range(SWEEPS):
            fitted, params = project(aim)
            aim[~is_zero] -= fitted[~is_zero]
            if np.abs(fitted[~is_zero]).max(initial=0) < LEFT:
                break
        fitted[np.abs(fitted) < ZERO] = 0
        faint = (fitted < CLEAR) & (fitted != 0)
        if not faint[is_zero].any():
            return fitted, set(np.flatnonzero(np.abs(params) > CLEAR).tolist())
        aim[is_zero] = np.maximum(fitted[is_zero], 0)
    return None


def _projection(x: Array, effects: Effects, weight: Array) -> Project:
    """Least squares on regressors and effects: from a column (n,) to fit and coefficients."""
    x = x / np.maximum(np.abs(x).max(axis=0, initial=0), np.finfo(float).tiny)
    if is_worthwhile(effects):
        equations = Equations(effects, x, weight, MOST_PASSES)

        def passes(column: Array) -> tuple[Array, Array]:
            both = equations.solved(column, EXACT)
            if both is None:
                raise ConvergenceError(f"{MOST_PASSES:,} passes were not enough")
            return both

        return passes
    absorber, root = Absorber(effects, weight), np.sqrt(weight)
    scaled = (absorber.residual(x) if x.shape[1] else x) * root[:, None]

    def factors(column: Array) -> tuple[Array, Array]:
        response = absorber.residual(column)
        if not x.shape[1]:
            return column - response, np.zeros(0)
        params = np.asarray(lstsq(scaled, response * root, cond=1e-10)[0])
        return column - response + scaled @ params / root, params

    return factors


def _simplex(y: Array, x: Array, effects: Effects) -> tuple[Array, set[int]]:
    """By a linear programme: the largest number of rows that one combination can set apart."""
    is_zero = y == 0
    scale = np.maximum(np.abs(x).max(axis=0, initial=0), np.finfo(float).tiny)
    columns = csr_array(hstack([csr_array(x / scale), *_dummies(effects)]))
    zero, positive = columns[is_zero], columns[~is_zero]
    count, size = zero.shape
    cost = np.concatenate([np.zeros(size), -np.ones(count)])
    above: Any = csr_array(hstack([-zero, eye_array(count)]))
    equal: Any = csr_array(hstack([positive, csr_array((positive.shape[0], count))]))
    outcome = linprog(
        cost,
        A_ub=above,
        b_ub=np.zeros(count),
        A_eq=equal,
        b_eq=np.zeros(positive.shape[0]),
        bounds=[(None, None)] * size + [(0, 1)] * count,
    )
    if outcome.x is None or outcome.status != 0:
        raise TableError(
            f"whether rows with a response of 0 are separated is undecided ({outcome.message}); "
            f"leave out regressors that are 0 wherever the response is positive"
        )
    combination = np.zeros(len(y))
    combination[is_zero] = outcome.x[size:]
    used = np.flatnonzero(np.abs(outcome.x[: x.shape[1]]) > CLEAR)
    return combination, set(used.tolist())


def _dummies(effects: Effects) -> list[csr_array]:
    """A dummy for each level of each effect."""
    return [
        csr_array(coo_array((np.ones(len(c)), (np.arange(len(c)), c)), shape=(len(c), size)))
        for c, size in zip(effects.codes, effects.sizes, strict=True)
    ]
