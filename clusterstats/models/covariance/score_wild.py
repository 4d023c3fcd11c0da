"""Score wild bootstrap of likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from clusterstats._types import Array
from clusterstats.models.absorption import Effects
from clusterstats.models.absorption.solvers import ConvergenceError
from clusterstats.models.covariance.inversion import share_beyond
from clusterstats.models.covariance.multipliers import multipliers, sample_draws
from clusterstats.models.covariance.resampling import WildBootstrap
from clusterstats.models.covariance.restricted import restricted
from clusterstats.models.solution import Solution

__all__ = ["ScoreWild"]


@dataclass(frozen=True)
class ScoreWild:
    """Draws of the score of a combination (Kline and Santos 2012)."""

    solution: Solution
    option: WildBootstrap
    groups: Effects
    precision: float = 1e-4
    farthest: int = 6

    def p_values(self, combination: Array) -> Callable[[float], float]:
        """p-value by null of a combination, shape (k,)."""
        solution = self.solution
        estimate = float(combination @ solution.params)
        of_estimate = self._by_cluster(solution.scores @ (solution.bread @ combination))

        def p_value(null: float) -> float:
            if self.option.null_imposed:
                try:
                    scores = self._by_cluster(_under(solution, combination, null))
                except ConvergenceError:  # no estimates there
                    return np.nan
                observed = float(scores.sum() ** 2 / (scores**2).sum())
            else:
                scores = of_estimate
                observed = (estimate - null) ** 2 / float((scores**2).sum())
            return self._share(scores, observed)

        return p_value

    def _by_cluster(self, scores: Array) -> Array:
        sums = np.bincount(self.groups.codes[0], scores, self.groups.sizes[0])
        return sums.astype(np.float64, copy=False)

    def _share(self, scores: Array, observed: float) -> float:
        """How often scores of clusters with other signs add up to as much."""
        found = []
        for v in multipliers(self.option, len(scores)):
            found.append((scores @ v) ** 2 / (scores**2 @ v**2))
        return share_beyond(np.concatenate(found), observed, sample_draws(self.option, len(scores)))


def _under(solution: Solution, combination: Array, null: float) -> Array:
    """Efficient scores of rows where a combination has a value: those of it off all others."""
    x, w, u = restricted(solution, combination, null)
    bread = np.linalg.inv((x * w[:, None]).T @ x)
    return np.asarray((x @ (bread @ combination)) * w * u)
