"""CR2 and CR3: residuals of each cluster corrected for what the model took from them."""

from __future__ import annotations

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import nested_in, t_df, used
from clusterstats.models.covariance.hat import Hat
from clusterstats.models.covariance.identified import blanked, require_linear, unidentified
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.covariance.satterthwaite import degrees
from clusterstats.models.solution import Solution

__all__ = ["bias_reduced"]

EXACT = 1e-10
"""An eigenvalue of `I - H_gg` below this is taken to be 0."""

MOST_ROWS = 5000
"""Largest order of the matrices that are decomposed, one for each cluster."""


def bias_reduced(
    solution: Solution, groups: Effects, correction: str, convention: SmallSample
) -> Covariance:
    """Covariance of scores `B X_g' A_g u_g`, `A_g` a power of `I - H_gg`; see `Clustered`."""
    require_linear(solution, correction, "Clustered(correction='CR1')")
    code, size = groups.codes[0], groups.sizes[0]
    hat = Hat(solution)
    weights, lost = _corrected(hat, groups, -0.5 if correction == "CR2" else -1.0)
    root_u = np.sqrt(solution.w) * solution.u
    sums = [np.bincount(code, column * root_u, size) for column in weights.T]
    scores = np.stack(sums, axis=1).astype(float, copy=False)
    k = used(solution, convention, groups.codes)
    df = t_df(solution, convention, k, groups)
    df_of = None
    if correction == "CR2":

        def df_of(combinations: Array) -> float:
            return degrees(hat, weights, combinations, code, size)

        df = np.array([df_of(unit[None]) for unit in np.eye(len(solution.params))])
    return Covariance(
        blanked(solution, scores.T @ scores, lost, correction),
        df,
        f"clustered by {groups.names[0]} ({correction})",
        {f"clusters {groups.names[0]}": float(size)},
        df_of=df_of,
    )


def _corrected(hat: Hat, groups: Effects, power: float) -> tuple[Array, dict[str, str]]:
    """`A_g X_g B` of all rows, (n, k), weighted; and the coefficients that are not identified."""
    solution, code = hat.solution, groups.codes[0]
    target = np.sqrt(solution.w)[:, None] * (solution.x @ solution.bread)
    first = bool(len(hat.largest)) and not nested_in(hat.largest, code)
    lost: dict[str, str] = {}
    made = np.empty_like(target)
    order = np.argsort(code, kind="stable")
    for rows in np.split(order, np.cumsum(np.bincount(code))[:-1]):
        label = f"cluster {_label(solution, groups.names[0], rows[0])}"
        _require_small(len(rows), hat.order(rows, first=first), label)
        parts = [hat.rest(rows), hat.own[rows]]
        if first:  # effects nested in clusters are off all that is corrected
            parts = [hat.first(rows), *parts]
        factor = np.concatenate(parts, axis=1)
        made[rows], rests = _powered(factor, target[rows], power)
        for name in unidentified(solution, rests):
            lost.setdefault(name, label)
    return made, lost


def _powered(factor: Array, target: Array, power: float) -> tuple[Array, Array]:
    """`(I - F F')^power t`, 0 where `I - F F'` is; and the size of what lies there, by column."""
    if factor.shape[1] >= factor.shape[0]:
        gap, vectors = np.linalg.eigh(np.eye(len(factor)) - factor @ factor.T)
        seen = vectors.T @ target
        exact = gap < EXACT
        scale = np.where(exact, 0.0, np.where(exact, 1.0, gap) ** power)
        return vectors @ (scale[:, None] * seen), np.sqrt((seen[exact] ** 2).sum(axis=0))
    taken, vectors = np.linalg.eigh(factor.T @ factor)
    image = factor @ vectors
    seen = image.T @ target
    exact = 1 - taken < EXACT
    inside = np.where(exact, 0.5, np.maximum(taken, np.finfo(float).tiny))
    change = np.expm1(power * np.log1p(-inside)) / inside
    change[exact] = -1 / taken[exact]
    return target + image @ (change[:, None] * seen), np.sqrt((seen[exact] ** 2).sum(axis=0))


def _label(solution: Solution, name: str, row: int) -> str:
    """The cluster of a row, as its columns have it."""
    frame = solution.design.frame
    return " ".join(f"{column} {frame[column].iloc[row]}" for column in name.split("^"))


def _require_small(rows: int, columns: int, label: str) -> None:
    """Raise where a decomposition would take too long and too much memory."""
    if min(rows, columns) > MOST_ROWS:
        raise OptionError(
            f"{label} has {rows:,} rows and {columns:,} levels and regressors; CR2 "
            f"and CR3 decompose a matrix of the smaller order, at most {MOST_ROWS:,}: use "
            f"correction='CR1' or WildBootstrap"
        )
