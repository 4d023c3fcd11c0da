"""Pairs of places with a distance: read, checked, and weighed by size and distance."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.tables.checks import check_values, numbers, place_of, repeats, with_keys
from clusterstats.tables.frames import as_lazy, collect, require

__all__ = ["Absent", "Decay", "Form", "Internal", "Pairs"]

Decay = Literal["power", "exponential"]
Internal = Literal["table", "area", "none"]
Absent = Literal["error", "zero"]
PAIR = ("origin", "destination")
INTERNAL = {
    "table": "internal distances as the table has them",
    "area": "internal distance 2/3 sqrt(area_km2 / pi)",
    "none": "a place and itself left out",
}


@dataclass(frozen=True)
class Pairs:
    """Checked pairs, sorted, with the pull of each and the place of its origin (and year)."""

    frame: pd.DataFrame
    pull: Array
    place: Codes

    def total(self) -> Array:
        """Sum of the pulls of each origin."""
        return np.bincount(self.place, weights=self.pull).astype(np.float64)

    def keys(self, names: tuple[str, ...]) -> pd.DataFrame:
        """Key columns, with the year if there is one."""
        return self.frame[[*(["year"] if "year" in self.frame else []), *names]]


@dataclass(frozen=True)
class Form:
    """What is computed, checked when built."""

    name: str
    decay: str
    rate: float
    size_power: float
    internal: str
    absent: str

    def __post_init__(self) -> None:
        require_choice("decay", self.decay, ("power", "exponential"))
        require_choice("internal", self.internal, INTERNAL)
        require_choice("absent", self.absent, ("error", "zero"))
        for option in ("rate", "size_power"):
            given: Any = getattr(self, option)
            is_number = isinstance(given, Real) and not isinstance(given, bool)
            if not is_number or not 0 <= given < np.inf:
                raise OptionError(
                    f"{option}={given!r} is not a number from 0 up; a larger rate deters more"
                )

    def pairs(self, table: IntoTable, size: str, distance: str, inference: object) -> Pairs:
        """Read, check and weigh the pairs."""
        if inference is not None:
            raise OptionError(
                f"{self.name} is deterministic: given its sizes and distances nothing is drawn, "
                f"so inference={inference!r} has nothing to say; leave it out, and take the "
                f"uncertainty of the sizes or of the rate where they were estimated"
            )
        frame = self._read(table, size, distance)
        sizes, far = (frame[name].to_numpy(dtype=np.float64) for name in (size, distance))
        if self.decay == "power":
            self._refuse_zero(frame, distance)
        return Pairs(frame, sizes**self.size_power * self.deterrence(far), _places(frame))

    def deterrence(self, distance: Array) -> Array:
        """What distance leaves of a size."""
        with np.errstate(all="ignore"):
            left: Array = (
                distance**-self.rate if self.decay == "power" else np.exp(-self.rate * distance)
            )
        return left

    def _read(self, table: IntoTable, size: str, distance: str) -> pd.DataFrame:
        """Pairs with text keys, numbers that can be, and the internal distance that is asked."""
        frame = collect(as_lazy(table))
        area = ["area_km2"] if self.internal == "area" else []
        require(frame.columns, (*PAIR, size, distance, *area))
        keys = [*(["year"] if "year" in frame else []), *PAIR]
        frame = frame[[*keys, *dict.fromkeys((size, distance, *area))]]
        frame = with_keys(frame, keys)
        for name in (size, distance, *area):
            frame[name] = numbers(frame, name)
            check_values(frame, name, keys)
        repeated = frame.duplicated(keys)
        if repeated.any():
            raise TableError(repeats(frame[repeated], keys, "pairs"))
        frame = frame.sort_values(keys, kind="stable", ignore_index=True)
        own = (frame["origin"] == frame["destination"]).to_numpy()
        if self.internal == "none":
            frame, own = frame[~own].reset_index(drop=True), own[~own]
        elif self.internal == "area":
            radius = np.sqrt(frame["area_km2"] / np.pi)
            frame[distance] = np.where(own, 2 / 3 * radius, frame[distance])
        self._check_complete(frame)
        _check_sizes(frame, size)
        return frame

    def _check_complete(self, frame: pd.DataFrame) -> None:
        """Raise where an origin lacks a destination, unless that is declared to be nothing."""
        if self.absent == "zero" or frame.empty:
            return
        keys = ["year"] if "year" in frame else []
        origins = frame[[*keys, "origin"]].drop_duplicates()
        ends = frame[[*keys, "destination"]].drop_duplicates()
        every = origins.merge(ends, on=keys) if keys else origins.merge(ends, how="cross")
        if self.internal == "none":
            every = every[every["origin"] != every["destination"]]
        if len(every) == len(frame):
            return
        found = every.merge(frame[[*keys, *PAIR]], how="left", indicator=True)
        lost = found[found["_merge"] == "left_only"].reset_index(drop=True)
        first = place_of(lost, 0, [*keys, *PAIR])
        raise TableError(
            f"{len(lost):,} pair(s) have no row, first {first}; add them, say internal='none' if "
            f"they are of places with themselves, or absent='zero' if they are out of reach"
        )

    def _refuse_zero(self, frame: pd.DataFrame, distance: str) -> None:
        """Raise on a distance of 0, at which a power is infinite."""
        zero = np.flatnonzero(frame[distance] == 0)
        if self.rate > 0 and len(zero):
            raise TableError(
                f"{distance!r} is 0 at {place_of(frame, int(zero[0]), PAIR)}, where a power of "
                f"distance is infinite; give a distance above 0, or internal='area' or 'none'"
            )

    def tidy(
        self, keys: pd.DataFrame, estimate: Array, formula: str, reference: str, size: str
    ) -> pd.DataFrame:
        """Keys, measure, estimate and what defines it."""
        result = keys.reset_index(drop=True).assign(measure=self.name, estimate=estimate)
        how = f"decay={self.decay!r}, rate={self.rate:g}, size_power={self.size_power:g}"
        result.attrs = {
            "definition": f"{self.name}({how}): {formula}; {INTERNAL[self.internal]}; "
            f"size {size!r} [{reference}]"
        }
        return result


def _places(frame: pd.DataFrame) -> Codes:
    """The place of each row's (year and) origin among those of the sorted rows."""
    keys = ["year", "origin"] if "year" in frame else ["origin"]
    is_new = ~frame.duplicated(keys)
    places: Codes = (np.cumsum(is_new.to_numpy()) - 1).astype(np.intp)
    return places


def _check_sizes(frame: pd.DataFrame, size: str) -> None:
    """Raise where a destination has two sizes."""
    keys = ["year", "destination"] if "year" in frame else ["destination"]
    first = frame.groupby(keys)[size].transform("first")
    differs = np.flatnonzero(frame[size].notna() & (frame[size] != first))
    if len(differs):
        raise TableError(
            f"column {size!r} has several values at {place_of(frame, int(differs[0]), keys)}; "
            f"give each destination one size"
        )
