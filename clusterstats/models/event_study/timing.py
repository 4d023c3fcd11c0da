"""When rows are, seen from their unit's treatment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Array, Mask
from clusterstats.errors import OptionError, TableError

__all__ = ["EventWindow", "Timing", "shown"]

TERM = "event_time"


@dataclass(frozen=True)
class EventWindow:
    """Event times that have a coefficient of their own, and the one they are compared with.

    Parameters
    ----------
    first, last : int, optional
        Rows further from treatment are put together with the ends; without, each event time of the
        sample has its own coefficient.
    reference : int
        Event time whose effect is set to 0. Periods before treatment are negative, the period of
        treatment is 0.

    Raises
    ------
    OptionError
        Ends in the wrong order, or a reference that is not between them.

    Examples
    --------
    >>> EventWindow(-4, 5).reference
    -1
    """

    first: int | None = None
    last: int | None = None
    reference: int = -1

    def __post_init__(self) -> None:
        low, high = self.ends
        if not low <= self.reference <= high or low >= high:
            raise OptionError(
                f"{self!r} must have first < last and the reference between them (or at an end)"
            )

    @property
    def ends(self) -> tuple[float, float]:
        """First and last, infinite where there is none."""
        low = -np.inf if self.first is None else self.first
        return low, np.inf if self.last is None else self.last


@dataclass(frozen=True)
class Timing:
    """Which columns say when a unit is treated.

    Attributes
    ----------
    unit, time : str
    first_treated, treated : str, optional
        One of them: the period of treatment (blank: never), or whether a row is treated.
    window : EventWindow
    """

    unit: str
    time: str
    first_treated: str | None
    treated: str | None
    window: EventWindow

    def __post_init__(self) -> None:
        if (self.first_treated is None) == (self.treated is None):
            raise OptionError(
                "name one of first_treated= (period of treatment, blank for never) and treated= "
                "(1 from treatment on, else 0)"
            )

    def cohorts(self, frame: pd.DataFrame) -> Array:
        """Period in which the unit of each row is first treated, shape (n,); infinite if never."""
        for name in (self.unit, self.time, self.first_treated or self.treated):
            if name not in frame:
                listed = ", ".join(map(repr, frame.columns))
                raise TableError(f"no column {name!r}; the table has {listed}")
        _require_numbers(frame, self.time, "time")
        if self.first_treated is None:
            return _switched_on(frame, self.unit, self.time, str(self.treated))
        _require_numbers(frame, self.first_treated, "period of treatment")
        first = frame[self.first_treated].to_numpy(dtype=float, na_value=np.nan)
        first = np.where(np.isnan(first), np.inf, first)
        _require_one_date(frame[self.unit], first, self.first_treated)
        if (first == 0).any() and frame[self.time].min() > 0:
            raise TableError(
                f"{self.first_treated!r} is 0 in {int((first == 0).sum()):,} row(s), before any "
                f"period: leave it blank for units that are never treated, or leave out those "
                f"treated before the first period"
            )
        return first

    def event_times(self, frame: pd.DataFrame, cohorts: Array) -> Array:
        """Periods since treatment, ends put together, shape (n,); `nan` for the never treated."""
        since = frame[self.time].to_numpy(dtype=float) - cohorts
        since = np.where(np.isfinite(since), since, np.nan)
        return np.clip(since, *self.window.ends)


def shown(event_time: float, cohort: float | None = None) -> str:
    """The name of a term: `event_time::-2`, `event_time::-2:cohort::2004`."""
    name = f"{TERM}::{event_time:g}"
    return name if cohort is None else f"{name}:cohort::{cohort:g}"


def _require_numbers(frame: pd.DataFrame, name: str, role: str) -> None:
    """Raise unless a column is made of numbers."""
    column = frame[name]
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        raise TableError(
            f"column {name!r} is the {role} and must be numbers, such as years; it is "
            f"{column.dtype}"
        )


def _require_one_date(unit: pd.Series, first: Array, name: str) -> None:
    """Raise where a unit has two periods of treatment."""
    dates = pd.Series(first).groupby(unit.to_numpy()).nunique()
    if (dates > 1).any():
        raise TableError(
            f"{name!r} differs within {int((dates > 1).sum()):,} unit(s), first "
            f"{dates.index[dates > 1][0]!r}; give each unit the period of its first treatment"
        )


def _switched_on(frame: pd.DataFrame, unit: str, time: str, treated: str) -> Array:
    """The first period with treatment; raise where it ends again."""
    status = frame[treated].to_numpy(dtype=float, na_value=np.nan)
    if not np.isin(status, (0.0, 1.0)).all():
        raise TableError(f"column {treated!r} must be 0 or 1 in every row")
    periods = frame[time].to_numpy(dtype=float)
    when = pd.Series(np.where(status == 1, periods, np.inf))
    first = when.groupby(frame[unit].to_numpy()).transform("min").to_numpy(dtype=float)
    ended: Mask = (periods >= first) & (status == 0)
    if ended.any():
        when_ended = frame.loc[ended, [unit, time]]
        raise TableError(
            f"{treated!r} is 0 after it was 1 in {int(ended.sum()):,} row(s), first "
            f"{when_ended[unit].iloc[0]} in {when_ended[time].iloc[0]}; an event study is about "
            f"treatments that stay"
        )
    return first
