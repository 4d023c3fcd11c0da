"""Wild restricted efficient bootstrap of two-stage least squares, from sums by clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.hat import MOST_LEVELS, Hat
from clusterstats.models.covariance.inversion import share_beyond
from clusterstats.models.covariance.multipliers import multipliers, sample_draws
from clusterstats.models.covariance.resampling import WildBootstrap
from clusterstats.models.solution import Solution

__all__ = ["WildInstruments"]

MOST_NUMBERS = 50_000_000
"""Largest size of the products of instruments and variables by pairs of clusters."""


@dataclass(frozen=True)
class WildInstruments:
    """Draws of two-stage least squares (Davidson and MacKinnon 2010).

    Under the null `r'b = b0` the estimates are `b - B r (r'b - b0) / r'Br` with residuals `e`; the
    endogenous regressors `D` are regressed on the instruments `W` and on `e`, and `V = D - W P`
    are their residuals, that part of `e` included. A draw has `W P + v V` for `D`, and `v e` for
    the errors. All that its statistic needs are `W_g' M (c 1_h)` for clusters `g`, `h` and
    variables `c`, with `M` the projection off the effects.
    """

    solution: Solution
    option: WildBootstrap
    groups: Effects
    precision: float = 1e-3
    farthest: int = 10

    def p_values(self, combination: Array) -> Callable[[float], float]:
        """p-value by null of a combination, shape (k,)."""
        solution, size = self.solution, self.groups.sizes[0]
        estimate = float(combination @ solution.params)
        a = solution.scores @ (solution.bread @ combination)
        variance = float((np.bincount(self.groups.codes[0], a, size) ** 2).sum())
        sample = sample_draws(self.option, size)[:1]
        of_estimate = None if self.option.null_imposed else self._drawn(combination, estimate)

        def p_value(null: float) -> float:
            drawn = self._drawn(combination, null) if of_estimate is None else of_estimate
            return share_beyond(drawn, (estimate - null) ** 2 / variance, sample)

        return p_value

    def _drawn(self, combination: Array, null: float) -> Array:
        """Squared statistics of all draws, without the factors of CR1."""
        products, cross = self._products, self._instruments
        of_errors, of_stages, first = self._under(combination, null)
        errors = np.tensordot(of_errors, products, 1)
        stages = np.tensordot(of_stages.T, products, 1)
        m, (q, size) = len(stages), errors.shape[:2]
        exogenous = len(self.solution.params) - m
        plain = products[1 + m :].sum(axis=-1)
        fitted = np.einsum("xj,xqg->jqg", first, plain)
        found = []
        for v in multipliers(self.option, size):
            u = (errors.reshape(-1, size) @ v).reshape(q, size, -1)
            d = fitted[..., None] + (stages.reshape(-1, size) @ v).reshape(m, q, size, -1)
            x = np.broadcast_to(plain[:exogenous, ..., None], (exogenous, *d.shape[1:]))
            found.append(_squares(u, np.concatenate([x, d]), cross, combination))
        return np.concatenate(found)

    def _under(self, combination: Array, null: float) -> tuple[Array, Array, Array]:
        """Errors and first-stage residuals as combinations of `[y, D, W]`; first stages (q, m)."""
        solution = self.solution
        m, k = solution.design.n_endogenous, len(solution.params)
        size = len(self._moments)
        weight = solution.bread @ combination
        gap = float(combination @ solution.params) - null
        params = solution.params - weight * gap / float(combination @ weight)
        errors = np.zeros(size)
        errors[0] = 1
        errors[1 : 1 + m] = -params[k - m :]
        errors[1 + m : 1 + k] = -params[: k - m]
        regressors = np.column_stack([np.eye(size)[:, 1 + m :], errors])
        moments = self._moments
        inner = regressors.T @ moments @ regressors
        right = regressors.T @ moments[:, 1 : 1 + m]
        first = np.linalg.lstsq(inner, right, rcond=None)[0][:-1]
        stages = np.eye(size)[:, 1 : 1 + m]
        stages[1 + m :] -= first
        return errors, stages, np.asarray(first, dtype=np.float64)

    @cached_property
    def _variables(self) -> Array:
        """`[y, D, W]` times the square roots of the weights."""
        solution = self.solution
        m = solution.design.n_endogenous
        parts = [solution.response[:, None], solution.regressors[:, -m:], solution.instruments]
        return np.asarray(np.sqrt(solution.w)[:, None] * np.concatenate(parts, axis=1))

    @cached_property
    def _moments(self) -> Array:
        return self._variables.T @ self._variables

    @cached_property
    def _instruments(self) -> Array:
        """`W'W`."""
        first = 1 + self.solution.design.n_endogenous
        return self._moments[first:, first:]

    @cached_property
    def _products(self) -> Array:
        """`W_g' M (c 1_h)`, shape (variables, instruments, clusters, clusters)."""
        code, size = self.groups.codes[0], self.groups.sizes[0]
        columns, hat = self._variables.T, Hat(self.solution)
        start = 1 + self.solution.design.n_endogenous
        q = len(columns) - start
        if len(columns) * q * size**2 > MOST_NUMBERS:
            raise OptionError(
                f"WildBootstrap with {q} instruments and exogenous regressors and {size:,} "
                f"clusters needs too much memory; use Clustered({self.option.cluster!r})"
            )
        sizes = self.solution.design.effects.sizes
        if sum(sizes) - max(sizes, default=0) > MOST_LEVELS:
            raise OptionError(
                f"WildBootstrap of an instrumented model needs a dense factor over the levels of "
                f"all fixed effects but the largest, at most {MOST_LEVELS:,}; use "
                f"Clustered({self.option.cluster!r}), or coarser effects"
            )
        first = [hat.first_sums(column, code, size) for column in columns]
        rest = [hat.rest_sums(column, code, size) for column in columns]
        made = np.zeros((len(columns), q, size, size))
        for c, column in enumerate(columns):
            for w in range(q):
                taken = rest[start + w] @ rest[c].T + (first[start + w] @ first[c].T).toarray()
                sums = np.bincount(code, columns[start + w] * column, size)
                made[c, w] = np.diag(sums) - taken
        return made


def _squares(u: Array, k: Array, cross: Array, combination: Array) -> Array:
    """Squared statistics of draws, shape (draws,).

    Parameters
    ----------
    u : array, shape (q, clusters, draws)
        `W_g' u*`, off the effects.
    k : array, shape (k, q, clusters, draws)
        `W_g' K*`, off the effects.
    cross : array, shape (q, q)
        `W'W`.
    combination : array, shape (k,)
    """
    wk, wu = k.sum(axis=2).transpose(2, 1, 0), u.sum(axis=1).T
    beta = np.linalg.solve(cross, wk)
    inner = wk.transpose(0, 2, 1) @ beta
    change = np.linalg.solve(inner, (wu[:, None, :] @ beta).transpose(0, 2, 1))[..., 0]
    right = np.broadcast_to(combination, change.shape)[..., None]
    weights = (beta @ np.linalg.solve(inner, right))[..., 0]
    left = u - np.einsum("kqgb,bk->qgb", k, change)
    scores = np.einsum("qgb,bq->gb", left, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        square = (change @ combination) ** 2 / (scores**2).sum(axis=0)
    return np.where(np.isnan(square), np.inf, square)
