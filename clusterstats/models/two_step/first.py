"""The effects of places, given workers, with their covariance matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, Mask
from clusterstats.errors import TableError, warn
from clusterstats.models.absorption.solvers import dense
from clusterstats.models.design import Design
from clusterstats.models.solution import Solution
from clusterstats.models.two_step.normal import Normal, normal_of
from clusterstats.models.two_step.sample import Places, listed, places_of

__all__ = ["PlaceEffects", "place_effects"]

EXACT = 1e-6
"""A place effect that the equations do not return within this is not identified."""


@dataclass(frozen=True)
class PlaceEffects:
    """Estimates of the first step, relative to a reference place.

    Attributes
    ----------
    places : Places
    table : DataFrame
        Keys, `effect`, `std_error`, `observations`, `workers` (levels of the largest other
        effect), `is_reference`; a row an identified place.
    covariance : array, shape (places, places)
        Of `effect`, 0 for the reference.
    lost : DataFrame
        Keys, `rows` and `reason` of the places that are not identified.
    parts : mapping of str to array, each of shape (n,)
        What covariates, each effect and the residual add up to in each row.
    worker : str
        The largest other effect; blank where there is none.
    """

    places: Places
    table: pd.DataFrame
    covariance: Array
    lost: pd.DataFrame
    parts: Mapping[str, Array]
    worker: str


def place_effects(design: Design, solution: Solution, keys: tuple[str, ...]) -> PlaceEffects:
    """Effects of places and `s^2 [S^- + G (X' M X)^-1 G']`, `G = S^- D' M_W X`.

    `S = D' M_W D` for the dummies `D` of places (less the reference) and of small effects, with
    the largest other effect `W` taken out: the block of the covariance matrix of the dummy
    regression, which is never written out.
    """
    places = places_of(design.frame, keys)
    sizes = np.bincount(places.code)
    reference = int(sizes.argmax())
    normal = normal_of(design, places, reference)
    matrix = normal.matrix
    system = dense(matrix)
    inverse = system.solve(np.eye(len(matrix)))
    rest = design.y - design.x @ solution.params
    levels = _refined(matrix, inverse, normal.right(rest[:, None])[:, 0])
    slopes = inverse @ normal.right(design.x)
    spread = inverse + slopes @ solution.bread @ slopes.T
    spread *= _error_variance(solution, len(normal.totals) + system.rank)
    block, column = _with_reference(spread, levels, reference, len(sizes))
    known = _identified(matrix, inverse, system.rank, len(sizes) - 1)
    identified = np.insert(known, reference, True)
    names = [design.effects.names[place] for place in normal.others]
    table = _table(places, column, block, normal.pivot, reference)
    return PlaceEffects(
        places=places,
        table=table[identified].reset_index(drop=True),
        covariance=block[np.ix_(identified, identified)],
        lost=_lost(places, sizes, identified, names),
        parts=_parts(design, solution, normal, levels),
        worker=names[0] if names else "",
    )


def _error_variance(solution: Solution, dummies: int) -> float:
    """Sum of squares over rows less independent coefficients."""
    df = solution.nobs - len(solution.params) - dummies
    if df < 1:
        raise TableError(
            f"{solution.nobs:,} rows hold no more than the effects of workers and places: nothing "
            f"is left to estimate the error variance of the first step from"
        )
    return float((solution.u**2).sum()) / df


def _lost(places: Places, sizes: Codes, identified: Mask, others: list[str]) -> pd.DataFrame:
    """The places whose effects are not identified, with a warning; an error where all are."""
    if identified.sum() < 2:
        raise TableError(
            f"no effect of {'^'.join(places.keys)!r} is identified: the other effects of the first "
            f"step ({', '.join(others)}) add up to them; leave one out"
        )
    lost = places.table[~identified].assign(
        rows=sizes[~identified], reason="effect not identified: it repeats other effects"
    )
    if len(lost):
        named = listed(lost, places.keys)
        warn(f"{len(lost):,} place effect(s) are not identified and left out{named}")
    return lost.reset_index(drop=True)


def _identified(matrix: Array, inverse: Array, rank: int, count: int) -> Mask:
    """Which of the first unknowns the equations settle."""
    if rank == len(matrix):
        return np.ones(count, dtype=bool)
    gap = matrix @ inverse - np.eye(len(matrix))
    return np.asarray(np.abs(gap[:, :count]).max(axis=0) < EXACT)


def _refined(matrix: Array, inverse: Array, right: Array) -> Array:
    """A solution, mended once."""
    solution = inverse @ right
    return np.asarray(solution + inverse @ (right - matrix @ solution))


def _with_reference(
    spread: Array, levels: Array, reference: int, count: int
) -> tuple[Array, Array]:
    """Covariance and effects of the places, with 0 for the reference."""
    block = np.zeros((count, count))
    kept = np.arange(count) != reference
    block[np.ix_(kept, kept)] = spread[: count - 1, : count - 1]
    return (block + block.T) / 2, np.insert(levels[: count - 1], reference, 0.0)


def _parts(design: Design, solution: Solution, normal: Normal, levels: Array) -> dict[str, Array]:
    """The response in parts."""
    effects = design.effects
    area = next(place for place in range(len(effects.names)) if place not in normal.others)
    count = effects.sizes[area] - 1
    covariates = design.x @ solution.params
    rest = design.y - covariates - normal.dummies @ levels
    means = np.bincount(normal.pivot, rest, len(normal.totals)) / normal.totals
    parts = {"covariates": covariates}
    parts[effects.names[area]] = normal.dummies[:, :count] @ levels[:count]
    for place in normal.others[:1]:
        parts[effects.names[place]] = means[normal.pivot]
    for place in normal.others[1:]:
        size = effects.sizes[place] - 1
        own = np.insert(levels[count : count + size], 0, 0.0)
        parts[effects.names[place]] = own[effects.codes[place]]
        count += size
    return {**parts, "residual": solution.u}


def _table(
    places: Places, effect: Array, block: Array, pivot: Codes, reference: int
) -> pd.DataFrame:
    """A row a place."""
    pairs = pd.DataFrame({"place": places.code, "pivot": pivot}).drop_duplicates()
    return places.table.assign(
        effect=effect,
        std_error=np.sqrt(np.maximum(np.diag(block), 0)),
        observations=np.bincount(places.code),
        workers=np.bincount(pairs["place"]),
        is_reference=np.arange(len(effect)) == reference,
    )
