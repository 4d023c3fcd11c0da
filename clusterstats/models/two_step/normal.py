"""Normal equations of the first step, sparse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, diags_array, hstack

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError
from clusterstats.models.design import Design
from clusterstats.models.two_step.sample import Places, place_of_area

__all__ = ["Normal", "normal_of"]

MOST = 6000
"""The covariance of place effects is a dense matrix over places and all effects but the largest."""


@dataclass(frozen=True)
class Normal:
    """Normal equations in the place effects and small effects, less the largest other effect.

    Attributes
    ----------
    dummies : sparse array, shape (n, q)
        `D`: of places, without the reference, then of the small effects, each without its first
        level.
    pivot : array, shape (n,)
        Levels of the largest other effect; all 0 where there is none.
    totals : array, shape (levels,)
        Rows of each level.
    shared : sparse array, shape (levels, q)
        `W'D`: rows that each level shares with each dummy.
    others : sequence of int
        Which the other effects are, the largest first.
    """

    dummies: Any
    pivot: Codes
    totals: Array
    shared: Any
    others: Sequence[int]

    @property
    def matrix(self) -> Array:
        """`D'D - D'W (W'W)^-1 W'D`."""
        means = diags_array(1 / self.totals) @ self.shared
        return np.asarray((self.dummies.T @ self.dummies - self.shared.T @ means).toarray())

    def right(self, columns: Array) -> Array:
        """`D' M_W` times columns (n, k)."""
        sums = [np.bincount(self.pivot, column, len(self.totals)) for column in columns.T]
        levels = np.stack(sums, axis=1) if sums else np.empty((len(self.totals), 0))
        means = levels / self.totals[:, None]
        return np.asarray(self.dummies.T @ columns - self.shared.T @ means)


def normal_of(design: Design, places: Places, reference: int) -> Normal:
    """The equations of a design."""
    effects, n = design.effects, design.nobs
    area = place_of_area(effects, places.keys)
    others = [place for place in range(len(effects.codes)) if place != area]
    others.sort(key=lambda place: -effects.sizes[place])
    codes = [effects.codes[place] for place in others[1:]]
    sizes = [effects.sizes[place] for place in others[1:]]
    count = len(places.table)
    if count + sum(sizes) > MOST:
        raise OptionError(
            f"the covariance of {count:,} place effects needs a dense matrix over {count:,} places "
            f"and {sum(sizes):,} levels of further effects, more than {MOST:,} in all; use coarser "
            f"areas or fewer periods"
        )
    kept = np.arange(count) != reference
    blocks = [_dummies(places.code, count)[:, kept]]
    blocks += [_dummies(code, size)[:, 1:] for code, size in zip(codes, sizes, strict=True)]
    dummies = csr_array(hstack(blocks))
    pivot = effects.codes[others[0]] if others else np.zeros(n, dtype=np.intp)
    totals = np.bincount(pivot).astype(float)
    shared = csr_array(_dummies(pivot, len(totals)).T @ dummies)
    return Normal(dummies, pivot, totals, shared, others)


def _dummies(code: Codes, size: int) -> Any:
    rows = np.arange(len(code))
    return csr_array((np.ones(len(code)), (rows, code)), shape=(len(code), size))
