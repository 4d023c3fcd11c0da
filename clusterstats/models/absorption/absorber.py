"""What is left of variables once fixed effects are taken out: exact least squares on dummies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError
from clusterstats.models.absorption.effects import Effects
from clusterstats.models.absorption.schur import Schur

__all__ = ["Absorber"]

CANCELLED = 1e-3
"""A variable of which less than this is left is cleaned a second time."""

MOST_LEVELS = 6000
"""Leverages need an inverse for the levels of all effects but the largest."""


@dataclass(frozen=True)
class Absorber:
    """Projection off fixed effects, for given weights.

    The largest effect is eliminated in closed form; `Schur` holds what that leaves.

    Attributes
    ----------
    effects : Effects
    weights : array, shape (n,), optional
        Positive weights of the rows.
    """

    effects: Effects
    weights: Array | None = None

    def residual(self, columns: Array, *, overwrite: bool = False) -> Array:
        """Columns (n, k) or (n,) less their weighted projection on all levels of all effects.

        With `overwrite` in the same memory, which a large table may need.
        """
        if columns.ndim == 1:
            return self.residual(columns[:, None], overwrite=overwrite)[:, 0]
        if not self.effects.codes:
            return columns
        before = _largest(columns)
        left = columns if overwrite else np.array(columns, dtype=float, order="F")
        self._clean(left)
        with np.errstate(invalid="ignore", divide="ignore"):
            again = _largest(left) / before < CANCELLED
        if again.any():
            rest = np.asfortranarray(left[:, again])
            self._clean(rest)
            left[:, again] = rest
        return left

    def coefficients(self, column: Array) -> tuple[Array, ...]:
        """One least-squares solution for a column (n,): a number for each level of each effect."""
        found = self._schur.solution(column[:, None])
        numbers = dict(zip(self._order, (levels[:, 0] for levels in found), strict=True))
        return tuple(numbers[effect] for effect in range(len(self._order)))

    @property
    def rank(self) -> int:
        """Number of independent dummies of all effects together."""
        return self._schur.rank if self.effects.codes else 0

    @property
    def is_rank_exact(self) -> bool:
        """Whether redundant dummies were counted, not taken to be one for each further effect."""
        return not self.effects.codes or self._schur.system.is_exact

    def leverage(self) -> Array:
        """Diagonal of the projection on the dummies, shape (n,)."""
        code, weight = self._codes[0], self._schur.weight
        if len(self._codes) == 1:
            return np.asarray(weight / self._schur.totals[code])
        rows, inverse = self.spread()
        return np.asarray(weight / self._schur.totals[code] + weight * _diagonal(rows, inverse))

    def spread(self) -> tuple[Array, Array]:
        """Rows `e` (n, q) and generalised inverse `S^-` (q, q) of what the largest effect leaves.

        The projection on the dummies is `1 / d` within levels of the largest effect plus
        `e S^- e'`, times the weights.
        """
        levels = self._schur.levels
        if levels > MOST_LEVELS:
            raise OptionError(
                f"leverages need an inverse for {levels:,} levels of fixed effects, more than "
                f"{MOST_LEVELS:,}; use Robust('HC1') or Clustered(..., correction='CR1')"
            )
        return self._schur.rows(), self._schur.system.solve(np.eye(levels))

    @cached_property
    def _order(self) -> list[int]:
        sizes = self.effects.sizes
        return sorted(range(len(sizes)), key=lambda effect: -sizes[effect])

    @cached_property
    def _codes(self) -> Sequence[Codes]:
        return [self.effects.codes[effect] for effect in self._order]

    @cached_property
    def _schur(self) -> Schur:
        sizes = [self.effects.sizes[effect] for effect in self._order]
        return Schur(self._codes, sizes, self.weights)

    def _clean(self, columns: Array) -> None:
        """Take the effects out of columns, in place."""
        found = self._schur.solution(columns)
        for place in range(columns.shape[1]):
            for code, levels in zip(self._codes, found, strict=True):
                columns[:, place] -= levels[:, place].take(code)


def _largest(columns: Array) -> Array:
    """Largest absolute value of each column."""
    return np.array([max(column.max(), -column.min()) for column in columns.T])


def _diagonal(rows: Array, inverse: Array) -> Array:
    """Diagonal of `rows @ inverse @ rows'`."""
    return np.asarray(((rows @ inverse) * rows).sum(axis=1))
