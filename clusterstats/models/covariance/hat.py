"""Factors of the hat matrix of the model with a dummy for each level of each effect."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array, hstack

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError
from clusterstats.models.solution import Solution

__all__ = ["Hat"]

MOST_LEVELS = 3000
"""Levels of all effects but the largest for which a dense factor is made."""

RANK = 1e-12


@dataclass(frozen=True)
class Hat:
    """`H = E E' + F F' + V V'`, of rows times the square roots of their weights.

    `E` are the dummies of the largest effect, scaled to length 1, `F` the dummies of the other
    effects off `E`, times a root of the generalized inverse of the Schur complement; `V` the
    regressors off the effects, made orthonormal. `H` itself is never made.

    Attributes
    ----------
    solution : Solution
    """

    solution: Solution

    @property
    def largest(self) -> Codes:
        """Levels of the largest effect, shape (n,); empty without effects."""
        effects = self.solution.design.effects
        if not effects.codes:
            return np.zeros(0, dtype=np.intp)
        return effects.codes[int(np.argmax(effects.sizes))]

    @cached_property
    def root(self) -> Array:
        """Square roots of the weights, shape (n,)."""
        return np.sqrt(self.solution.w)

    @cached_property
    def own(self) -> Array:
        """`V`, shape (n, k)."""
        return np.asarray(np.linalg.qr(self.root[:, None] * self.solution.x)[0])

    @cached_property
    def totals(self) -> Array:
        """Weights of the levels of the largest effect."""
        return np.bincount(self.largest, self.solution.w).astype(float, copy=False)

    def first(self, rows: Codes) -> Array:
        """`E` of some rows, a column for each level among them."""
        levels, place = np.unique(self.largest[rows], return_inverse=True)
        made = np.zeros((len(rows), len(levels)))
        made[np.arange(len(rows)), place] = self.root[rows] / np.sqrt(self.totals[levels[place]])
        return made

    def order(self, rows: Codes, *, first: bool) -> int:
        """Columns of `E` (if asked for), `F` and `V` of some rows, before they are made."""
        levels = len(np.unique(self.largest[rows])) if first else 0
        return int(levels + self._schur_root.shape[1] + self.own.shape[1])

    def rest(self, rows: Codes) -> Array:
        """`F` of some rows, shape (rows, rank of the Schur complement)."""
        if not self._schur_root.shape[1]:
            return np.zeros((len(rows), 0))
        left = self._others[rows] - self._near[self.largest[rows]]
        return np.asarray(self.root[rows, None] * (left @ self._schur_root))

    def first_sums(self, values: Array, group: Codes, size: int) -> Any:
        """`E' v` by group of rows, sparse, shape (groups, levels)."""
        if not len(self.largest):
            return csr_array((size, 0))
        data = values * self.root / np.sqrt(self.totals[self.largest])
        return csr_array((data, (group, self.largest)), shape=(size, len(self.totals)))

    def rest_sums(self, values: Array, group: Codes, size: int) -> Array:
        """`F' v` by group of rows, shape (groups, rank)."""
        if not self._schur_root.shape[1]:
            return np.zeros((size, 0))
        rows = np.arange(len(values))
        by_group = csr_array((values * self.root, (group, rows)), shape=(size, len(values)))
        to_level = csr_array((np.ones(len(values)), (rows, self.largest)))
        left = by_group @ self._others - (by_group @ to_level) @ self._near
        return np.asarray(left @ self._schur_root)

    @cached_property
    def _others(self) -> Any:
        """Dummies of the other effects, sparse, shape (n, levels)."""
        effects = self.solution.design.effects
        n, largest = self.solution.nobs, int(np.argmax(effects.sizes))
        blocks = [
            csr_array((np.ones(n), (np.arange(n), code)), shape=(n, size))
            for place, (code, size) in enumerate(zip(effects.codes, effects.sizes, strict=True))
            if place != largest
        ]
        return csr_array(hstack(blocks))

    @cached_property
    def _near(self) -> Any:
        """Share of each level of the largest effect that lies in each other level, sparse."""
        n = self.solution.nobs
        weighted = csr_array((self.solution.w, (self.largest, np.arange(n))))
        return csr_array(diags_array(1 / self.totals) @ (weighted @ self._others))

    @cached_property
    def _schur_root(self) -> Array:
        """`C` with `C C'` a generalized inverse of the Schur complement of the largest effect."""
        sizes = self.solution.design.effects.sizes
        if len(sizes) < 2:
            return np.zeros((0, 0))
        levels = sum(sizes) - max(sizes)
        if levels > MOST_LEVELS:
            raise OptionError(
                f"CR2 and CR3 need a dense factor over the levels of all fixed effects but the "
                f"largest: {levels:,} here, more than {MOST_LEVELS:,}; use correction='CR1', "
                f"WildBootstrap, or coarser effects"
            )
        weighted = diags_array(self.solution.w) @ self._others
        among = self._others.T @ weighted
        near = self._near.T @ (diags_array(self.totals) @ self._near)
        schur = (among - near).toarray()
        scale = np.sqrt(among.diagonal())
        values, vectors = np.linalg.eigh(schur / scale[:, None] / scale)
        kept = values > levels * RANK
        return np.asarray(vectors[:, kept] / np.sqrt(values[kept]) / scale[:, None])
