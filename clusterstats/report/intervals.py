"""What an interval plot draws, worked out before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Array
from clusterstats.errors import TableError

__all__ = ["Marks", "marks_of"]

SPREAD = 0.5
"""Part of the room between neighbours that groups side by side may take."""
MOST_TICKS = 8
AIR = 0.06
"""Part of the range that is left free at each end."""


@dataclass(frozen=True)
class Marks:
    """Points in drawing order, clipped to the axis.

    Attributes
    ----------
    points : DataFrame
        place (along the axis), value, low, high, edge (-1, 0, 1: beyond the axis), by, facet.
    names, groups, panels : list of str
        Rows of text, groups and panels, in order; empty where there are none.
    ticks : list of float
        Where to mark whole numbers such as years; empty for text and fractions.
    limits : (float, float)
        Ends of the axis of the estimate.
    """

    points: pd.DataFrame
    names: list[str]
    groups: list[str]
    panels: list[str]
    ticks: list[float]
    limits: tuple[float, float]

    @property
    def has_open(self) -> bool:
        """Whether a point on the axis has no interval."""
        known = self.points[self.points["value"].notna() & self.points["edge"].eq(0)]
        return bool(known[["low", "high"]].isna().any(axis=None))

    @property
    def has_edge(self) -> bool:
        """Whether a point is beyond the axis."""
        return bool(self.points["edge"].ne(0).any())


def marks_of(
    frame: pd.DataFrame,
    x: str,
    numbers: tuple[str, str, str],
    by: str | None,
    facet: str | None,
    reference_line: float | None,
    is_log: bool,
) -> Marks:
    """Work out the places, groups, panels and limits of a tidy result."""
    value, low, high = (_number(frame, name) for name in numbers)
    points = pd.DataFrame({"value": value, "low": low, "high": high})
    limits = _limits(points.to_numpy(), reference_line, is_log)
    points["edge"] = np.where(value <= 0 if is_log else np.isneginf(value), -1, 0)
    points.loc[np.isposinf(value), "edge"] = 1
    points[["value", "low", "high"]] = points[["value", "low", "high"]].clip(*limits)
    groups, points["by"] = _labels(frame, by)
    panels, points["facet"] = _labels(frame, facet)
    names, along = _places(frame, x)
    points["place"] = along + _aside(along, points["by"], groups)
    return Marks(points, names, groups, panels, [] if names else _ticks(along), limits)


def _number(frame: pd.DataFrame, name: str) -> Array:
    """A column of numbers; unknown throughout if the frame has it not."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def _limits(numbers: Array, reference_line: float | None, is_log: bool) -> tuple[float, float]:
    """Ends of the axis: what it can show, the reference line and some air."""
    shown = numbers[np.isfinite(numbers) & ((numbers > 0) if is_log else True)]
    if not len(shown):
        raise TableError(f"no {'positive ' if is_log else ''}number to plot among {len(numbers)}")
    ends = [shown.min(), shown.max(), *([] if reference_line is None else [reference_line])]
    low, high = float(min(ends)), float(max(ends))
    if is_log:
        air = (high / low) ** AIR if high > low else 2.0
        return low / air, high * air
    air = (high - low) * AIR or max(abs(high), 1.0) * AIR
    return low - air, high + air


def _places(frame: pd.DataFrame, x: str) -> tuple[list[str], Array]:
    """Names of the rows and the row of each point; numbers are their own place."""
    if pd.api.types.is_numeric_dtype(frame[x]):
        return [], _number(frame, x)
    names, keys = _labels(frame, x)
    return names, np.array([names.index(key) for key in keys], dtype=np.float64)


def _ticks(along: Array) -> list[float]:
    """At most eight whole numbers, evenly among those there are; none among fractions."""
    whole = np.unique(along)
    if not np.array_equal(whole, np.round(whole)):
        return []
    ticks: list[float] = whole[:: -(-len(whole) // MOST_TICKS)].tolist()
    return ticks


def _labels(frame: pd.DataFrame, column: str | None) -> tuple[list[str], list[str]]:
    """The values of a column as text: each once in order of appearance, and row by row."""
    if column is None:
        return [], [""] * len(frame)
    if frame[column].isna().any():
        raise TableError(f"column {column!r} has a blank; a point needs its key to be shown")
    labels = [str(value) for value in frame[column]]
    return list(dict.fromkeys(labels)), labels


def _aside(along: Array, by: pd.Series[str], groups: list[str]) -> Array:
    """How far each group stands from the place it shares with the others."""
    if len(groups) < 2:
        return np.zeros(len(along))
    steps = np.diff(np.unique(along))
    room = SPREAD * (float(steps.min()) if len(steps) else 1.0)
    order = np.array([groups.index(group) for group in by], dtype=np.float64)
    centred: Array = order - (len(groups) - 1) / 2
    return centred * room / (len(groups) - 1)
