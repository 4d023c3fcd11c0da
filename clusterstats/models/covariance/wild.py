"""Restricted wild cluster bootstrap of least squares, all draws at once from sums by clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from clusterstats._types import Array
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import nested_in, t_df
from clusterstats.models.covariance.cr1 import cr1, ordered_clusters
from clusterstats.models.covariance.hat import MOST_LEVELS, Hat
from clusterstats.models.covariance.inversion import interval, share_beyond, warn_unbounded
from clusterstats.models.covariance.multipliers import (
    is_enumerated,
    multipliers,
    sample_draws,
    warn_very_few,
)
from clusterstats.models.covariance.resampling import WildBootstrap
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.covariance.score_wild import ScoreWild
from clusterstats.models.covariance.wild_iv import WildInstruments
from clusterstats.models.solution import Solution

__all__ = ["Wild", "wild_bootstrap"]


class Resampled(Protocol):
    """What gives the p-value of each null on one combination of coefficients."""

    @property
    def precision(self) -> float:
        """Of the ends of intervals."""
        ...

    @property
    def farthest(self) -> int:
        """How often a step away from the estimate is doubled."""
        ...

    def p_values(self, combination: Array) -> Callable[[float], float]:
        """p-value by null of a combination, shape (k,)."""
        ...


def wild_bootstrap(
    solution: Solution, option: WildBootstrap, convention: SmallSample
) -> Covariance:
    """CR1, with p-values and intervals of the bootstrap."""
    groups = ordered_clusters(solution, option.cluster)
    clusters = groups.sizes[0]
    warn_very_few(option, clusters)
    matrix, k, factors = cr1(solution, groups, convention)
    name = f"wild bootstrap by {option.cluster}"
    tested = _tester(solution, option, groups, matrix)
    found = np.array([tested(unit, 0.0) for unit in np.eye(len(solution.params))])
    without = np.isinf(found[:, 1:]).any(axis=1)
    names = [name for name, is_open in zip(solution.design.names, without, strict=True) if is_open]
    warn_unbounded(names, name, option.level)
    every = is_enumerated(option, clusters)
    factors |= {"draws": float(2**clusters if every else option.draws), "all draws": float(every)}
    return Covariance(
        matrix,
        t_df(solution, convention, k, groups),
        _title(solution, option, name),
        factors,
        p_values=found[:, 0],
        conf_int=found[:, 1:],
        level=option.level,
        tested=tested,
    )


def _tester(
    solution: Solution, option: WildBootstrap, groups: Effects, matrix: Array
) -> Callable[[Array, float], tuple[float, float, float]]:
    """What tests a combination: p-value of a null, and interval less that null."""
    engine = _engine(solution, option, groups)
    lowest = len(sample_draws(option, groups.sizes[0])) / 2 ** groups.sizes[0]

    def tested(combination: Array, null: float) -> tuple[float, float, float]:
        p_value = engine.p_values(combination)
        if lowest > 1 - option.level:
            return p_value(null), -np.inf, np.inf
        estimate = float(combination @ solution.params)
        step = 2 * float(np.sqrt(combination @ matrix @ combination))
        how = (1 - option.level, engine.precision, engine.farthest)
        low, high = interval(p_value, estimate, step, *how)
        return p_value(null), low - null, high - null

    return tested


def _engine(solution: Solution, option: WildBootstrap, groups: Effects) -> Resampled:
    """The bootstrap that fits the estimator."""
    if solution.family != "linear":
        return ScoreWild(solution, option, groups)
    if solution.is_iv:
        return WildInstruments(solution, option, groups)
    return Wild(solution, option, groups)


def _title(solution: Solution, option: WildBootstrap, name: str) -> str:
    """What is written under a table."""
    kind = "WRE" if solution.is_iv else "WCR" if option.null_imposed else "WCU"
    if solution.family != "linear":
        kind = "score, null imposed" if option.null_imposed else "score"
    return f"{name} ({kind}, {option.multipliers})"


@dataclass(frozen=True)
class Wild:
    """Draws of least squares.

    Rows are times the square roots of weights. With `a = X B r` the weights of a combination `r`,
    residuals under `r b = b0` are `e = u + (r'b - b0) a / r'Br`; those of a draw, off regressors
    and effects, give cluster `g` the score `sum over h of Q_gh v_h`, with `Q` the sums of `a e` by
    cluster on the diagonal, less `a_g' H e_h`. All is linear in `b0`.
    """

    solution: Solution
    option: WildBootstrap
    groups: Effects
    precision: float = 1e-10
    farthest: int = 40

    def p_values(self, combination: Array) -> Callable[[float], float]:
        """p-value by null of a combination, shape (k,)."""
        solution, option = self.solution, self.option
        code, size = self.groups.codes[0], self.groups.sizes[0]
        inside = float(combination @ solution.bread @ combination)
        estimate = float(combination @ solution.params)
        a = self._root * (solution.x @ (solution.bread @ combination))
        of_a = self._sums(a)
        at_estimate = self._spread(a, of_a, self._residual, self._of_residual)
        by_null = self._spread(a, of_a, a, of_a) / inside
        variance = float((np.bincount(code, a * self._residual, size) ** 2).sum())
        if not option.null_imposed:
            by_null = np.zeros_like(by_null)
        numbers = _numbers(option, size, at_estimate + estimate * by_null, by_null)
        sample = sample_draws(option, size)

        def p_value(null: float) -> float:
            shift = null if option.null_imposed else 0.0
            top = (numbers[0] - shift * numbers[1]) ** 2
            below = numbers[2] - 2 * shift * numbers[3] + shift**2 * numbers[4]
            with np.errstate(divide="ignore", invalid="ignore"):
                drawn = np.where(below > 0, top / below, np.inf)
            observed = (estimate - null) ** 2 / variance
            return share_beyond(drawn, observed, sample)

        return p_value

    @cached_property
    def _hat(self) -> Hat:
        return Hat(self.solution)

    @cached_property
    def _root(self) -> Array:
        return np.sqrt(self.solution.w)

    @cached_property
    def _residual(self) -> Array:
        return np.asarray(self._root * self.solution.u)

    @cached_property
    def _of_residual(self) -> tuple[Any, Array]:
        return self._sums(self._residual)

    def _sums(self, values: Array) -> tuple[Any, Array]:
        """What effects and regressors take of each cluster's values: sparse and dense factors."""
        hat, code, size = self._hat, self.groups.codes[0], self.groups.sizes[0]
        own = [np.bincount(code, column * values, size) for column in hat.own.T]
        rest: list[Array] = [np.stack(own, axis=1).astype(np.float64, copy=False)]
        if self._is_factored:
            rest.append(hat.rest_sums(values, code, size))
        return hat.first_sums(values, code, size), np.concatenate(rest, axis=1)

    def _spread(
        self, a: Array, of_a: tuple[Any, Array], e: Array, of_e: tuple[Any, Array]
    ) -> Array:
        """Sums of `a e` by cluster, and below them `Q`; shape (1 + clusters, clusters)."""
        code, size = self.groups.codes[0], self.groups.sizes[0]
        taken = of_a[1] @ of_e[1].T
        if not self._is_factored:
            taken += self._through_effects(a, e)
        elif len(self._hat.largest) and not nested_in(self._hat.largest, code):
            taken += (of_a[0] @ of_e[0].T).toarray()
        sums = np.bincount(code, a * e, size)
        return np.vstack([sums, np.diag(sums) - taken])

    @property
    def _is_factored(self) -> bool:
        """Whether the effects' hat matrix is taken by its factors."""
        sizes = self.solution.design.effects.sizes
        return sum(sizes) - max(sizes, default=0) <= MOST_LEVELS

    def _through_effects(self, a: Array, e: Array) -> Array:
        """`a_g' P e_h` with `P` the projection on effects, a column for each cluster at a time."""
        code, size = self.groups.codes[0], self.groups.sizes[0]
        made = np.empty((size, size))
        for cluster in range(size):
            column = np.where(code == cluster, e / self._root, 0.0)
            left = self.solution.absorber.residual(column)
            made[:, cluster] = np.bincount(code, a * self._root * (column - left), size)
        return made


def _numbers(option: WildBootstrap, size: int, start: Array, slope: Array) -> Array:
    """Numerators and variances of draws as polynomials of the null, shape (5, draws)."""
    found: list[Array] = []
    for v in multipliers(option, size):
        at, by = start @ v, slope @ v
        squares = [
            (one[1:] * other[1:]).sum(axis=0) for one, other in ((at, at), (at, by), (by, by))
        ]
        found.append(np.stack([at[0], by[0], *squares]))
    return np.concatenate(found, axis=1)
