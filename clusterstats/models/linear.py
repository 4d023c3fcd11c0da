"""Least squares and two-stage least squares, by QR after the fixed effects are taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.linalg import qr, solve_triangular
from scipy.linalg.lapack import dgeqrf

from clusterstats._types import Array
from clusterstats.errors import TableError, warn
from clusterstats.models.absorption import Absorber
from clusterstats.models.design import Design
from clusterstats.models.solution import Solution

__all__ = ["fit_linear", "solved", "triangle", "without_collinear"]

ABSORBED = 1e-9
"""A regressor of which less than this share is left is absorbed by the fixed effects."""

COLLINEAR = 1e-11
"""A regressor of which less than this share is left is a combination of those before it."""

ROWS = 100_000


def fit_linear(design: Design) -> Solution:
    """Estimate; regressors without variation of their own are left out and named."""
    absorber = Absorber(design.effects, design.weights)
    design, y, x, z = _partialled(design, absorber)
    exogenous = x.shape[1] - design.n_endogenous
    first = np.concatenate([x[:, :exogenous], z], axis=1) if design.n_endogenous else x
    _require_order(design)
    weights = design.weights
    together = first if first is x else np.concatenate([first, x[:, exogenous:]], axis=1)
    factor = triangle(together, y, weights)
    size, columns = first.shape[1], together.shape[1]
    chosen = [*range(exogenous), *range(size, columns)]
    top, right = factor[:size, chosen], factor[:size, columns]
    rotation, upper = qr(top, mode="economic") if top.size else (top[:0], top[:0])
    if design.n_endogenous:
        _require_instruments(upper, top, design)
    params = solved(upper, rotation.T @ right)
    inverse = solved(upper, np.eye(len(upper)))
    projected = x
    if design.n_endogenous:
        projected = first @ solve_triangular(factor[:size, :size], top)
    u = y - x @ params
    w = np.broadcast_to(np.ones(1), len(u)) if weights is None else weights
    fitted = design.y - u
    return Solution(
        design=design,
        family="linear",
        params=params,
        x=projected,
        u=u,
        w=w,
        bread=inverse @ inverse.T,
        regressors=x,
        instruments=first,
        response=y,
        absorber=absorber,
        linear=fitted,
        fitted=fitted,
        residuals=u,
        llf=_gaussian(u, w),
    )


def solved(upper: Any, right: Array) -> Array:
    """Solution of a triangular system, which may be of no unknowns."""
    return np.asarray(solve_triangular(upper, right)) if len(upper) else right


def triangle(x: Array, y: Array, weights: Array | None = None) -> Array:
    """The triangular factor of `[x, y]`, rows weighted, made of the factors of blocks of rows."""
    factor = np.empty((0, x.shape[1] + 1))
    for start in range(0, len(y), ROWS):
        rows = slice(start, start + ROWS)
        block = np.concatenate([x[rows], y[rows, None]], axis=1)
        if weights is not None:
            block *= np.sqrt(weights[rows])[:, None]
        block = np.concatenate([factor, block]) if len(factor) else block
        reduced = dgeqrf(np.asfortranarray(block), overwrite_a=True)[0]
        factor = np.triu(reduced[: x.shape[1] + 1])
    missing = x.shape[1] + 1 - len(factor)
    return np.pad(factor, ((0, max(missing, 0)), (0, 0)))


def without_collinear(x: Array, weights: Array | None, least: float = COLLINEAR) -> list[int]:
    """Columns that are combinations of those before them."""
    kept, gone = list(range(x.shape[1])), []
    while kept:
        factor = triangle(x[:, kept[:-1]], x[:, kept[-1]], weights)
        size = np.sqrt((factor**2).sum(axis=0))
        with np.errstate(invalid="ignore", divide="ignore"):
            left = np.abs(np.diag(factor)) / size
        small = np.flatnonzero(~(left > least))
        if not len(small):
            break
        gone.append(kept.pop(small[0]))
    return gone


def _partialled(design: Design, absorber: Absorber) -> tuple[Design, Array, Array, Array]:
    """Everything off the effects, less the columns that then are nothing or repeat others."""
    if not design.effects.codes:
        y, x, z = design.y, design.x, design.z
        if design.has_constant and design.nobs and np.ptp(y) == 0:
            raise TableError(f"the response {design.formula.response!r} is the same in every row")
    else:
        k = design.x.shape[1]
        stacked = np.empty((design.nobs, 1 + k + design.z.shape[1]), order="F")
        stacked[:, 0], stacked[:, 1 : 1 + k], stacked[:, 1 + k :] = design.y, design.x, design.z
        before = _norms(stacked)
        left = absorber.residual(stacked, overwrite=True)
        y, x, z = left[:, 0], left[:, 1 : 1 + k], left[:, 1 + k :]
        if np.sqrt(y @ y) <= ABSORBED * before[0]:
            raise TableError(
                f"the response {design.formula.response!r} does not vary within the fixed effects"
            )
        share = _norms(x) / np.maximum(before[1 : 1 + k], 1e-300)
        absorbed = [int(place) for place in np.flatnonzero(share < ABSORBED)]
        design, x = _dropped(design, x, absorbed, "absorbed by the fixed effects")
    design, x = _dropped(
        design, x, without_collinear(x, design.weights), "a combination of other regressors"
    )
    if design.n_endogenous:
        exogenous = x.shape[1] - design.n_endogenous
        first = np.concatenate([x[:, :exogenous], z], axis=1)
        gone = [place - exogenous for place in without_collinear(first, design.weights)]
        if gone:
            kept = [place for place in range(z.shape[1]) if place not in gone]
            why = "an instrument that repeats others"
            named = {design.instruments[place]: why for place in gone}
            warn(f"left out: {', '.join(map(repr, named))} ({why})")
            design = replace(
                design,
                z=design.z[:, kept],
                instruments=tuple(design.instruments[place] for place in kept),
                omitted={**design.omitted, **named},
            )
            z = z[:, kept]
    return design, y, x, z


def _dropped(design: Design, x: Array, places: list[int], why: str) -> tuple[Design, Array]:
    """Leave regressors out, with a warning that names them."""
    if not places:
        return design, x
    named = ", ".join(repr(design.names[place]) for place in sorted(places))
    warn(f"left out: {named} ({why})")
    kept = [place for place in range(x.shape[1]) if place not in places]
    if not kept:
        raise TableError(f"no regressor is left: {named} ({why})")
    return design.without(places, why), x[:, kept]


def _norms(columns: Array) -> Array:
    """Length of each column."""
    return np.array([np.sqrt(column @ column) for column in columns.T])


def _require_order(design: Design) -> None:
    """Raise unless there are as many instruments as endogenous regressors, and rows enough."""
    if design.n_endogenous > design.z.shape[1]:
        raise TableError(
            f"{design.n_endogenous} endogenous regressor(s) need at least as many instruments; "
            f"there are {design.z.shape[1]}: {', '.join(design.instruments)}"
        )
    if design.nobs < len(design.names):
        raise TableError(
            f"{design.nobs:,} row(s) can't estimate {len(design.names)} coefficients; use fewer "
            f"regressors"
        )


def _require_instruments(upper: Any, top: Array, design: Design) -> None:
    """Raise where instruments say nothing of an endogenous regressor."""
    size = np.sqrt((top**2).sum(axis=0))
    if (np.abs(np.diag(upper)) <= COLLINEAR * size).any():
        raise TableError(
            f"the instruments {', '.join(design.instruments)} do not move the endogenous "
            f"regressors apart (not identified); name other instruments"
        )


def _gaussian(u: Array, w: Array) -> float:
    """Log-likelihood of normal residuals at their own variance."""
    n = len(u)
    variance = float((w * u**2).sum()) / n
    return float(-n / 2 * (np.log(2 * np.pi * variance) + 1) + np.log(w).sum() / 2)
