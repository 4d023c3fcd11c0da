"""How many parameters a model has used, and the degrees of freedom left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clusterstats._types import Array, Codes
from clusterstats.models.absorption import Absorber, Effects
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.solution import Solution

__all__ = ["nested_effects", "nested_in", "t_df", "used"]


def used(
    solution: Solution,
    convention: SmallSample,
    clusters: Sequence[Codes] = (),
    *,
    classical: bool = False,
) -> int:
    """Parameters counted: `k + dummies of all effects - those of nested ones + 1 if any is`.

    Parameters
    ----------
    solution : Solution
    convention : SmallSample
        Its `fixed_effects` and `exact_k`.
    clusters : sequence of arrays, each of shape (n,)
        Codes of each column of clusters; none for covariances without clusters.
    classical : bool
        Whether it is for a classical variance.

    Returns
    -------
    int
        At least the number of coefficients.
    """
    effects, k = solution.design.effects, len(solution.params)
    rule = convention.fixed_effects
    if not effects.codes or rule == "none" or (rule == "classical" and not classical):
        return k
    every = list(range(len(effects.codes)))
    gone: list[int] = []
    if rule == "nonnested":
        gone = nested_effects(effects, clusters)
    elif _drops_all(effects, rule, clusters):
        gone = every
    exact = convention.exact_k
    return k + _dummies(solution, every, exact) - _dummies(solution, gone, exact) + bool(gone)


def nested_effects(effects: Effects, clusters: Sequence[Codes]) -> list[int]:
    """Places of the effects that are nested in one of several kinds of clusters."""
    return [
        place
        for place, code in enumerate(effects.codes)
        if any(nested_in(code, cluster) for cluster in clusters)
    ]


def nested_in(effect: Codes, cluster: Codes) -> bool:
    """Whether all rows of each level of an effect are in the same cluster."""
    first = np.zeros(int(effect.max()) + 1, dtype=np.intp)
    first[effect] = cluster
    return bool((first[effect] == cluster).all())


def t_df(
    solution: Solution,
    convention: SmallSample,
    k: int,
    clusters: Effects | None = None,
) -> Array:
    """Degrees of freedom of each coefficient's t-test, shape (k,).

    Parameters
    ----------
    solution : Solution
    convention : SmallSample
        Its `t_df`.
    k : int
        Parameters counted, from `used`.
    clusters : Effects, optional
        The clusters.

    Returns
    -------
    array
        Infinite for likelihoods; at least 1, as in fixest.
    """
    size, rule, n = len(solution.params), convention.t_df, solution.nobs
    if rule == "normal" or solution.family != "linear":
        return np.full(size, np.inf)
    if rule == "min" and clusters is not None:
        left = min(clusters.sizes) - 1
    elif rule in ("min", "n-k"):
        left = n - k
    else:
        every = range(len(solution.design.effects.codes))
        left = n - size - _dummies(solution, every, convention.exact_k)
        nested = clusters is not None and nested_effects(solution.design.effects, clusters.codes)
        if rule == "residual or min" and clusters is not None and nested:
            left = min(left, min(clusters.sizes) - 1)
    return np.full(size, float(max(left, 1)))


def _drops_all(effects: Effects, rule: str, clusters: Sequence[Codes]) -> bool:
    """Whether a convention counts no effect because of how one is nested."""
    if rule == "none if any nested":
        return bool(nested_effects(effects, clusters))
    if rule != "none if nested" or len(effects.codes) > 1 or not clusters:
        return False
    return all(nested_in(effects.codes[0], cluster) for cluster in clusters)


def _dummies(solution: Solution, places: Sequence[int], exact: bool) -> int:
    """Independent dummies of some of the effects, exactly or by the rule of one redundant each."""
    effects = solution.design.effects
    levels = sum(effects.sizes[place] for place in places)
    if len(places) < 2 or not exact:
        return levels - max(len(places) - 1, 0)
    if len(places) == len(effects.codes):
        return solution.absorbed
    chosen = Effects(
        tuple(effects.names[place] for place in places),
        tuple(effects.codes[place] for place in places),
        tuple(effects.sizes[place] for place in places),
    )
    return Absorber(chosen).rank
