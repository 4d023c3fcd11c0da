"""The codes of fixed effects; singletons and connected sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from clusterstats._types import Codes, Mask

__all__ = ["Effects", "connected_sets", "singletons"]


@dataclass(frozen=True)
class Effects:
    """Which level of each fixed effect a row has.

    Attributes
    ----------
    names : tuple of str
        The effects as written; `a^b` is one effect, a level for each pair.
    codes : tuple of arrays, each of shape (n,)
        Levels as 0, 1, ..., every one of them in use.
    sizes : tuple of int
        Numbers of levels.
    """

    names: tuple[str, ...]
    codes: tuple[Codes, ...]
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[pd.Series]]) -> Effects:
        """Code effects, each a column or several that are combined."""
        codes = [_combined([_coded(column) for column in parts]) for parts in columns.values()]
        return cls(tuple(columns), tuple(c for c, _ in codes), tuple(size for _, size in codes))

    def kept(self, rows: Mask) -> Effects:
        """The effects over some of the rows, recoded so that every level is in use."""
        if rows.all():
            return self
        codes = [
            _recoded(code[rows], size) for code, size in zip(self.codes, self.sizes, strict=True)
        ]
        return Effects(self.names, tuple(c for c, _ in codes), tuple(size for _, size in codes))


def singletons(effects: Effects) -> Mask:
    """Rows that are alone in a level of an effect, once others alone are gone too."""
    alone = np.zeros(len(effects.codes[0]) if effects.codes else 0, dtype=bool)
    counts = [
        np.bincount(c, minlength=s) for c, s in zip(effects.codes, effects.sizes, strict=True)
    ]
    while True:
        found = np.zeros_like(alone)
        for code, count in zip(effects.codes, counts, strict=True):
            found |= (count[code] == 1) & ~alone
        if not found.any():
            return alone
        for code, count in zip(effects.codes, counts, strict=True):
            count -= np.bincount(code[found], minlength=len(count))
        alone |= found


def connected_sets(effects: Effects, first: int = 0, second: int = 1) -> tuple[int, Codes]:
    """Number of connected sets of two effects, and the set of each row.

    Within a set every level can be compared with every other through levels of the other effect;
    between sets nothing can (Abowd, Kramarz and Margolis 1999).
    """
    a, b = effects.codes[first], effects.codes[second]
    total = effects.sizes[first] + effects.sizes[second]
    links = coo_array(
        (np.ones(len(a), dtype=np.int8), (a, b + effects.sizes[first])), shape=(total, total)
    )
    count, label = connected_components(links, directed=False)
    return int(count), label[a].astype(np.intp)


def _coded(column: pd.Series) -> tuple[Codes, int]:
    """Codes of a column without blanks."""
    if column.dtype.kind in "iu" and len(column):
        values = column.to_numpy()
        low, high = int(values.min()), int(values.max())
        if high - low < 4 * len(values) + 1024:
            return _recoded((values - low).astype(np.intp, copy=False), high - low + 1)
    code, levels = pd.factorize(column, sort=False)
    return code.astype(np.intp, copy=False), len(levels)


def _combined(parts: Sequence[tuple[Codes, int]]) -> tuple[Codes, int]:
    """One code for each combination that occurs."""
    code, size = parts[0]
    for other, others in parts[1:]:
        code, size = _recoded(code * others + other, size * others)
    return code, size


def _recoded(code: Codes, size: int) -> tuple[Codes, int]:
    """The same levels as 0, 1, ..., without those that no row has."""
    if size <= 4 * len(code) + 1024:
        is_used = np.bincount(code, minlength=size) > 0
        if is_used.all():
            return code, size
        position = np.cumsum(is_used) - 1
        return position[code], int(is_used.sum())
    fresh, levels = pd.factorize(code, sort=False)
    return fresh.astype(np.intp, copy=False), len(levels)
