"""The dated events of communes as a line that is walked forward or backward."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from clusterstats.errors import TableError

__all__ = ["NEEDED", "Share", "Timeline", "timeline"]

NEEDED = ("MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TYPECOM_AP", "COM_AP")
"""The columns of INSEE's file of events that are read."""
CODE_CHANGES = ("41", "50")
"""Kinds of event that come first on their day: a commune that changes département as it merges."""

Steps = dict[str, list[tuple[int, tuple[str, ...]]]]
"""For each code, the steps that touch it in order, and the codes on the other side of each."""


class Share(NamedTuple):
    """A part of a commune that ends up in another one."""

    code: str
    weight: float
    weighting: str


@dataclass(frozen=True)
class Timeline:
    """Events in order; a position on the line is the number of steps already taken.

    Attributes
    ----------
    days : tuple of str
        The day of each step, ISO.
    after, before : dict
        By code, what it became at each step, and what it came from.
    """

    days: tuple[str, ...]
    after: Steps
    before: Steps

    def position(self, year: int) -> int:
        """Return how many steps were taken by 1 January of a year, that day's included."""
        return bisect_right(self.days, f"{year:04d}-01-01")

    def exists(self, code: str, at: int) -> bool | None:
        """Say if a code is a commune at a position; none if no event names it."""
        sources = [step for step, _ in self.after.get(code, ())]
        results = [step for step, _ in self.before.get(code, ())]
        later = [step for step in sources + results if step > at]
        if later:
            return min(later) in sources
        return max(sources + results) in results if sources or results else None

    def home(self, code: str, at: int) -> int:
        """Return the position nearest to `at`, earlier first, where the code is a commune."""
        if self.exists(code, at) in (True, None):
            return at
        ends = [step - 1 for step, _ in self.after.get(code, ()) if step <= at]
        starts = [step for step, _ in self.before.get(code, ()) if step > at]
        return max(ends) if ends else min(starts, default=at)

    def trace(self, code: str, start: int, end: int, weights: Mapping[str, float]) -> list[Share]:
        """Return where a commune goes between two positions; none where a part has no past."""
        found = _next(self.after if end >= start else self.before, code, start, end)
        if found is None:
            return [Share(code, 1.0, "whole")]
        step, others = found
        shares, weighting = _split(others, weights)
        reached = step if end >= start else step - 1
        parts: dict[str, Share] = {}
        for other, share in zip(others, shares, strict=True):
            onward = self.trace(other, reached, end, weights)
            if not onward:
                return []
            for part in onward:
                old = parts.get(part.code, Share(part.code, 0.0, "whole"))
                how = min(old.weighting, part.weighting, weighting, key=RANK.index)
                parts[part.code] = Share(part.code, old.weight + share * part.weight, how)
        return sorted(parts.values())


RANK = ("equal", "given", "whole")
"""How a weight came about, the weakest first."""


def _next(steps: Steps, code: str, start: int, end: int) -> tuple[int, tuple[str, ...]] | None:
    """Return the first step of a code on the way from one position to another."""
    low, high = min(start, end), max(start, end)
    on_way = [step for step in steps.get(code, ()) if low < step[0] <= high]
    if not on_way:
        return None
    return on_way[0] if end >= start else on_way[-1]


def _split(others: tuple[str, ...], weights: Mapping[str, float]) -> tuple[list[float], str]:
    """Return shares that sum to one: by the weights where all are known, else equal."""
    if len(others) == 1:
        return [1.0], "whole"
    known = [weights.get(code, float("nan")) for code in others]
    total = sum(known)
    if total > 0:
        return [weight / total for weight in known], "given"
    return [1 / len(others) for _ in others], "equal"


def timeline(events: pd.DataFrame) -> Timeline:
    """Read INSEE's events; only what happens from commune to commune is kept.

    Changes of name, and of delegated or associated communes inside their commune, move nothing.
    """
    missing = [name for name in NEEDED if name not in events]
    if missing:
        raise TableError(
            f"the events have no column {missing[0]!r}; hand in INSEE's v_mvt_commune with "
            f"{', '.join(NEEDED)}, all read as text"
        )
    origin = events["TYPECOM_AV"].isna() | (events["TYPECOM_AV"] == "COM")
    moves = events.loc[origin & (events["TYPECOM_AP"] == "COM"), list(NEEDED)].drop_duplicates()
    days = pd.to_datetime(moves["DATE_EFF"], format="ISO8601").dt.strftime("%Y-%m-%d")
    stage = (~moves["MOD"].astype(str).isin(CODE_CHANGES)).astype(int)
    keys = list(zip(days, stage, strict=True))
    order = {key: number for number, key in enumerate(sorted(set(keys)), start=1)}
    steps = [order[key] for key in keys]
    pairs = list(zip(steps, moves["COM_AV"], moves["COM_AP"], strict=True))
    forward = [(step, str(old), str(new)) for step, old, new in pairs if not pd.isna(old)]
    nothing = [(step, str(new), "") for step, old, new in pairs if pd.isna(old)]
    backward = [(step, new, old) for step, old, new in forward] + nothing
    return Timeline(tuple(day for day, _ in sorted(order)), _by_code(forward), _by_code(backward))


def _by_code(pairs: Iterable[tuple[int, str, str]]) -> Steps:
    """Gather by code and step the codes on the other side, sorted; none for the empty code."""
    gathered: dict[str, dict[int, set[str]]] = {}
    for step, code, other in pairs:
        gathered.setdefault(code, {}).setdefault(step, set()).update({other} - {""})
    return {
        code: [(step, tuple(sorted(others))) for step, others in sorted(steps.items())]
        for code, steps in gathered.items()
    }
