"""The system in the levels of all effects but the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import block_array, coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components

from clusterstats._types import Array, Codes
from clusterstats.models.absorption.solvers import DENSE, System, dense, iterated, laplacian

__all__ = ["Schur"]

FEW = 64
"""So few levels are tabulated as a full table against those of the largest effect."""

SMALL = 4000
"""Effects beyond the second are solved densely up to so many levels in all."""

FILLED = 3e7
"""Beyond so many entries the complement is applied in parts, not written out."""


@dataclass(frozen=True)
class Schur:
    """The Schur complement `S = C - B' d^-1 B` of the largest effect, and what it solves.

    `d` are the weights of the levels of the largest effect, `B` those that they share with levels
    of the others, `C` those of the others among themselves.

    Attributes
    ----------
    codes : sequence of arrays, each of shape (n,)
        Levels of each effect, the largest first.
    sizes : sequence of int
    weights : array, shape (n,), optional
    """

    codes: Sequence[Codes]
    sizes: Sequence[int]
    weights: Array | None

    @property
    def levels(self) -> int:
        """Levels of all effects but the largest."""
        return sum(self.sizes[1:])

    @property
    def rank(self) -> int:
        """Independent dummies."""
        return self.sizes[0] + self.system.rank

    @property
    def weight(self) -> Array:
        """The weights, ones without any."""
        return np.ones(len(self.codes[0])) if self.weights is None else self.weights

    def solution(self, columns: Array) -> list[Array]:
        """Coefficients of each effect, (levels, k), for columns (n, k)."""
        first = self._sums(self.codes[0], self.sizes[0], columns)
        if len(self.sizes) == 1:
            return [first / self.totals[:, None]]
        right = [self._sums(c, s, columns) for c, s in self._others]
        others = self.system.solve(np.concatenate(right) - self._back(first))
        largest = (first - self.shared @ others) / self.totals[:, None]
        return [largest, *np.split(others, np.cumsum(self.sizes[1:-1]))]

    def rows(self) -> Array:
        """Dummies of the other effects less their means by level of the largest, (n, q)."""
        means = self.shared / self.totals[:, None]
        means = means.toarray() if hasattr(means, "toarray") else np.asarray(means)
        rows = -means[self.codes[0]]
        start = 0
        for code, size in self._others:
            rows[np.arange(len(code)), start + code] += 1
            start += size
        return rows

    @cached_property
    def totals(self) -> Array:
        """`d`, shape (q1,)."""
        return self._sum(self.codes[0], self.sizes[0], None)

    @cached_property
    def shared(self) -> Any:
        """`B`, shape (q1, q)."""
        code, rows = self.codes[0], self.sizes[0]
        if self.levels <= FEW:
            tables = [
                self._sum(code * size + other, rows * size, None).reshape(rows, size)
                for other, size in self._others
            ]
            return np.concatenate(tables, axis=1)
        return csr_array(
            block_array([[self._table(code, rows, c, size) for c, size in self._others]])
        )

    @cached_property
    def system(self) -> System:
        """What solves `S a = r`."""
        if not self.levels:
            return dense(np.zeros((0, 0)))
        if self.levels <= DENSE:
            return dense(self._written())
        if len(self.sizes) == 2:
            return self._alone(self.shared, self.sizes[1])
        return self._bordered()

    def _alone(self, shared: Any, size: int) -> System:
        """Of a single further effect: the Laplacian of which levels share a level of the largest.

        Written out where that is not too much; two levels that share are a link.
        """
        shared = csr_array(shared)
        if self._entries(shared) <= FILLED:
            links = shared.T @ (diags_array(1 / self.totals) @ shared)
            links = csr_array(links - diags_array(links.diagonal()))
            return laplacian(links)
        parts = _parts(shared)
        return System(self._jacobi(shared, self._among([0])), size - parts, is_direct=False)

    def _bordered(self) -> System:
        """The second effect first, the smaller ones bordering it."""
        size, small = self.sizes[1], self.levels - self.sizes[1]
        shared, among = csr_array(self.shared), self._among(range(len(self.sizes) - 1))
        own, rest = csr_array(shared[:, :size]), csr_array(shared[:, size:])
        block = self._alone(own, size)
        meetings = float((np.diff(own.indptr).astype(float) * np.diff(rest.indptr)).sum())
        if meetings > FILLED or (small > SMALL and not block.is_direct):
            rank = block.rank + small - (len(self.sizes) - 2)
            return System(self._jacobi(shared, among), rank, is_direct=False, is_exact=False)
        means = diags_array(1 / self.totals) @ rest
        across = csr_array(among[:size, size:] - own.T @ means)
        corner = csr_array(among[size:, size:] - rest.T @ means)
        inner = _corner(block, across, corner, len(self.sizes) - 2)

        def solve(right: Array) -> Array:
            half = block.solve(right[:size])
            low = inner.solve(right[size:] - across.T @ half)
            return np.concatenate([half - block.solve(across @ low), low])

        return System(solve, block.rank + inner.rank, is_direct=False, is_exact=inner.is_exact)

    def _jacobi(self, shared: Any, among: Any) -> Any:
        """Conjugate gradients on the complement applied in parts, scaled by its diagonal."""
        squares = shared.multiply(shared).T @ (1 / self.totals)
        diagonal = among.diagonal() - squares
        scale = np.where(diagonal > 1e-12 * among.diagonal(), diagonal, np.inf)[:, None]

        def apply(v: Array) -> Array:
            return np.asarray(among @ v - shared.T @ ((shared @ v) / self._column))

        return iterated(apply, lambda v: v / scale)

    def _written(self) -> Array:
        """`S`, written out."""
        product = self.shared.T @ (self.shared / self._column)
        product = product.toarray() if hasattr(product, "toarray") else product
        return np.asarray(self._among(range(len(self.sizes) - 1)).toarray() - product)

    def _among(self, which: Sequence[int]) -> Any:
        """`C` of some of the other effects."""
        chosen = [self._others[place] for place in which]
        grid = [[self._table(a, m, b, k) for b, k in chosen] for a, m in chosen]
        return csr_array(block_array(grid))

    @property
    def _others(self) -> list[tuple[Codes, int]]:
        return list(zip(self.codes[1:], self.sizes[1:], strict=True))

    @property
    def _column(self) -> Array:
        return self.totals[:, None]

    def _entries(self, shared: Any) -> float:
        """At most so many entries has the complement."""
        return float((np.diff(shared.indptr).astype(float) ** 2).sum())

    def _back(self, first: Array) -> Array:
        return np.asarray(self.shared.T @ (first / self._column))

    def _table(self, a: Codes, size_a: int, b: Codes, size_b: int) -> Any:
        if a is b:
            return csr_array(diags_array(self._sum(a, size_a, None)))
        return csr_array(coo_array((self.weight, (a, b)), shape=(size_a, size_b)))

    def _sums(self, code: Codes, size: int, columns: Array) -> Array:
        """Weighted sums by level, (size, k)."""
        return np.stack([self._sum(code, size, column) for column in columns.T], axis=1)

    def _sum(self, code: Codes, size: int, column: Array | None) -> Array:
        if self.weights is not None:
            column = self.weights if column is None else self.weights * column
        return np.bincount(code, column, size).astype(float, copy=False)


def _corner(block: System, across: Any, corner: Any, effects: int) -> System:
    """The smaller effects once the second is eliminated too: dense when they are few."""
    small = corner.shape[0]
    if small <= SMALL:
        written = corner.toarray()
        for start in range(0, small, FEW):
            columns = slice(start, start + FEW)
            written[:, columns] -= across.T @ block.solve(across[:, columns].toarray())
        return dense((written + written.T) / 2)
    scale = corner.diagonal()[:, None]

    def left_over(v: Array) -> Array:
        return np.asarray(corner @ v - across.T @ block.solve(across @ v))

    solve = iterated(left_over, lambda v: v / scale)
    return System(solve, small - effects, is_direct=False, is_exact=False)


def _parts(shared: Any) -> int:
    """Connected sets of the largest effect and another, by what they share."""
    square = block_array([[None, shared], [shared.T, None]])
    return int(connected_components(square, directed=False)[0])
