"""Dummies for the levels of a factor, the same levels when they are made again."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from clusterstats._types import Mask
from clusterstats.errors import OptionError

__all__ = ["Factors"]


@dataclass
class Factors:
    """What the calls of `i()` in one part of a formula saw.

    Attributes
    ----------
    keeps_all : bool
        Whether a factor without a reference has a dummy for every level: where no constant is
        there to stand for one, or where the dummies are multiplied by something else.
    levels : dict
        The levels of each call, once they are known.
    references : list of (str, array)
        Each reference, and the rows that have it.
    is_again : bool
        Whether the levels are those of an earlier table: others make a row blank.
    """

    keeps_all: bool
    levels: dict[tuple[Hashable, ...], list[Any]] = field(default_factory=dict)
    references: list[tuple[str, Mask]] = field(default_factory=list)
    is_again: bool = False

    def seen(self) -> Factors:
        """The same levels, for other rows."""
        return replace(self, references=[], is_again=True)

    def dummies(
        self, factor: pd.Series, by: pd.Series | None = None, ref: Hashable = None
    ) -> pd.DataFrame:
        """A column for each level but the reference, times another variable if one is given."""
        if isinstance(ref, list | tuple | set):
            raise OptionError(f"ref={ref!r} of i() must be one level of {factor.name!r}")
        if by is not None and not pd.api.types.is_numeric_dtype(by):
            raise OptionError(
                f"the second variable of i(), {by.name!r}, is text; numbers are needed: for two "
                f"factors make a column of their pairs"
            )
        end = "" if by is None else f":{by.name}"
        call = (factor.name, end, ref)
        if not self.is_again:
            self.levels[call] = self._levels(factor, by, ref)
        kept = self.levels[call]
        if ref is not None:
            self.references.append((f"i({factor.name}, ref={ref!r})", (factor == ref).to_numpy()))
        times = 1.0 if by is None else by.astype(float)
        blank = factor.isna()
        if self.is_again:
            blank |= ~factor.isin([*kept, *self.levels[(*call, "left out")]])
        columns = {
            f"{factor.name}::{level}{end}": (factor == level).astype(float).mask(blank) * times
            for level in kept
        }
        return pd.DataFrame(columns, index=factor.index)

    def _levels(self, factor: pd.Series, by: pd.Series | None, ref: Hashable) -> list[Any]:
        """The levels that have a dummy; those that have none are kept in mind too."""
        levels = sorted(pd.unique(factor.dropna()))
        if ref is not None and ref not in levels:
            raise OptionError(
                f"ref={ref!r} of i() is not a level of {factor.name!r}: {levels[:5]}..."
            )
        drops_first = by is None and ref is None and not self.keeps_all
        left_out = levels[0] if drops_first else ref
        end = "" if by is None else f":{by.name}"
        self.levels[(factor.name, end, ref, "left out")] = [x for x in levels if x == left_out]
        return [level for level in levels if level != left_out]
