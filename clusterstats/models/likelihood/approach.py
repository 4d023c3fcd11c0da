"""Steps towards a maximum for many rows and levels, by conjugate gradients without factors.

Early steps of iterated least squares need not be exact, since each starts from the residuals where
it stands; and the equations of most effects are solved in a few passes over the rows. What does
not arrive within so many passes is left to the exact absorber.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import pinvh

from clusterstats._types import Array, Codes
from clusterstats.models.absorption import Effects

__all__ = ["Equations", "is_worthwhile"]

ROWS = 20_000
LEVELS = 100
"""With fewer rows, or levels of all effects but the largest, the exact absorber is quick."""

MOST_PASSES = 80
"""Passes after which the exact absorber takes over."""


def is_worthwhile(effects: Effects) -> bool:
    """Whether passes over the rows are likely to be quicker than factors."""
    if len(effects.codes) < 2 or len(effects.codes[0]) < ROWS:
        return False
    return sum(effects.sizes) - max(effects.sizes) > LEVELS


@dataclass(frozen=True)
class Equations:
    """Normal equations of regressors and effects, the largest effect eliminated.

    Attributes
    ----------
    effects : Effects
    x : array, shape (n, k)
        Regressors beside the effects; `k` may be 0.
    w : array, shape (n,)
        Positive weights.
    most : int, optional
        Passes after which there is no result; `MOST_PASSES` if not given.
    known : array, shape (k, k), optional
        The `block` of equations with like weights, to save computing it.
    """

    effects: Effects
    x: Array
    w: Array
    most: int | None = None
    known: Array | None = None

    def fitted(self, column: Array, tolerance: float) -> Array | None:
        """Projection of a column (n,) on regressors and effects; None if it does not arrive.

        The residual of the equations, in units of their diagonal, falls below `tolerance` of that
        at the start.
        """
        both = self.solved(column, tolerance)
        return None if both is None else both[0]

    def solved(self, column: Array, tolerance: float) -> tuple[Array, Array] | None:
        """The projection, and the coefficients of the regressors (k,)."""
        solution = self._solved(self._back(self._within(column)), tolerance)
        if solution is None:
            return None
        along = self._forward(solution)
        fitted = along + self._mean(column - along).take(self._first)
        return fitted, solution[: self.x.shape[1]]

    def residual(self, columns: Array, tolerance: float) -> Array | None:
        """Columns (n, k) less their projection."""
        left = np.empty(columns.shape, order="F")
        for place in range(columns.shape[1]):
            fitted = self.fitted(columns[:, place], tolerance)
            if fitted is None:
                return None
            np.subtract(columns[:, place], fitted, out=left[:, place])
        return left

    def _solved(self, right: Array, tolerance: float) -> Array | None:
        """Preconditioned conjugate gradients."""
        solution, residual = np.zeros_like(right), right.copy()
        z = self._scaled(residual)
        direction, rz = z, float(residual @ z)
        enough = tolerance**2 * rz
        for _ in range(self.most or MOST_PASSES):
            if rz <= enough or rz == 0:
                return solution
            image = self._back(self._within(self._forward(direction)))
            curvature = float(direction @ image)
            if curvature <= 0:
                return solution
            solution += rz / curvature * direction
            residual -= rz / curvature * image
            z = self._scaled(residual)
            fresh = float(residual @ z)
            direction = z + fresh / rz * direction
            rz = fresh
        return None

    # --- the equations ---

    def _forward(self, coefficients: Array) -> Array:
        """Linear combination of regressors and of the dummies of all effects but the largest."""
        k = self.x.shape[1]
        along = self.x @ coefficients[:k] if k else np.zeros(len(self.w))
        for code, start, size in self._others:
            along += coefficients[k + start : k + start + size].take(code)
        return np.asarray(along)

    def _within(self, column: Array) -> Array:
        """Weights times a column less its means by level of the largest effect."""
        weighted = self.w * column
        sums = np.bincount(self._first, weighted, len(self._totals))
        weighted -= self.w * (sums / self._totals).take(self._first)
        return np.asarray(weighted)

    def _back(self, weighted: Array) -> Array:
        """Sums over rows, times each regressor and each dummy."""
        sums = [np.bincount(code, weighted, size) for code, _, size in self._others]
        return np.concatenate([weighted @ self.x, *sums])

    def _mean(self, column: Array) -> Array:
        sums = np.bincount(self._first, self.w * column, len(self._totals))
        return np.asarray(sums / self._totals)

    def _scaled(self, residual: Array) -> Array:
        """Divide by the diagonal of the dummies' block, and by the block of the regressors."""
        k = self.x.shape[1]
        return np.concatenate([self.block @ residual[:k], residual[k:] / self._diagonal])

    @cached_property
    def block(self) -> Array:
        """Inverse of the regressors' own equations, (k, k)."""
        if self.known is not None:
            return self.known
        if not self.x.shape[1]:
            return np.zeros((0, 0))
        return np.asarray(pinvh(np.array([self._within(column) @ self.x for column in self.x.T])))

    @cached_property
    def _diagonal(self) -> Array:
        sums = [np.bincount(code, self.w, size) for code, _, size in self._others]
        return np.concatenate(sums).astype(float)

    @cached_property
    def _largest(self) -> int:
        return int(np.argmax(self.effects.sizes))

    @cached_property
    def _first(self) -> Codes:
        return self.effects.codes[self._largest]

    @cached_property
    def _totals(self) -> Array:
        return np.bincount(self._first, self.w, self.effects.sizes[self._largest]).astype(float)

    @cached_property
    def _others(self) -> list[tuple[Codes, int, int]]:
        """Codes, first position and number of levels of each other effect."""
        places = [place for place in range(len(self.effects.codes)) if place != self._largest]
        sizes = [self.effects.sizes[place] for place in places]
        starts = np.concatenate([[0], np.cumsum(sizes)]).tolist()
        return [
            (self.effects.codes[place], start, size)
            for place, start, size in zip(places, starts, sizes, strict=False)
        ]
