"""Points on a plane or on the globe, and which of them are near each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from clusterstats._types import Array, Codes
from clusterstats.errors import TableError
from clusterstats.tables.checks import numbers, place_of

__all__ = ["Near", "Points", "coordinates_in"]

EARTH_KM = 6371.0088
"""Mean radius of the Earth (IUGG)."""

PAIRS = 1_000_000
"""About so many pairs are held at once."""


class Near(NamedTuple):
    """Some pairs of points: the rows they are of, their places, and how far apart they are."""

    rows: slice
    origin: Codes
    other: Codes
    km: Array


@dataclass(frozen=True)
class Points:
    """Places in kilometres: on a plane (two columns), or on the globe (three).

    On the globe distances are along great circles.
    """

    xyz: Array

    @classmethod
    def of(cls, frame: pd.DataFrame, keys: list[str]) -> Points:
        """Read `x`, `y` in metres, or else `lon`, `lat` in degrees; none may be blank."""
        first, second = coordinates_in(frame.columns)
        a, b = (_known(frame, name, keys) for name in (first, second))
        if first == "x":
            return cls(np.column_stack([a, b]) / 1000)
        _require_degrees(frame, "lon", a, 180, keys)
        _require_degrees(frame, "lat", b, 90, keys)
        lon, lat = np.radians(a), np.radians(b)
        ball = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
        return cls(EARTH_KM * np.column_stack(ball))

    def __len__(self) -> int:
        return len(self.xyz)

    def taken(self, places: Codes) -> Points:
        """Some of the points."""
        return Points(self.xyz[places])

    def distances(self, rows: slice) -> Array:
        """From some points to all, in kilometres, shape (rows, n)."""
        return self._along(cdist(self.xyz[rows], self.xyz))

    def near(self, reach_km: float) -> Iterator[Near]:
        """Ordered pairs of different points at most so far apart, block by block."""
        tree, reach = KDTree(self.xyz), self._straight(reach_km)
        counts = np.asarray(tree.query_ball_point(self.xyz, reach, return_length=True))
        for rows in _blocks(counts):
            own = KDTree(self.xyz[rows])
            found = own.sparse_distance_matrix(tree, reach, output_type="ndarray")
            origin, other = found["i"] + rows.start, found["j"]
            kept = origin != other
            km = self._along(found["v"][kept])
            yield Near(rows, origin[kept].astype(np.intp), other[kept].astype(np.intp), km)

    def _along(self, straight: Array) -> Array:
        """Kilometres over the surface of a straight line through it."""
        if self.xyz.shape[1] == 2:
            return straight
        along: Array = 2 * EARTH_KM * np.arcsin(np.minimum(straight / (2 * EARTH_KM), 1.0))
        return along

    def _straight(self, km: float) -> float:
        """The straight line of so many kilometres over the surface, and a little more."""
        if self.xyz.shape[1] == 2:
            return km * (1 + 1e-12)
        half = min(km / (2 * EARTH_KM), np.pi / 2)
        return float(2 * EARTH_KM * np.sin(half)) * (1 + 1e-12)


def coordinates_in(columns: Any) -> tuple[str, str]:
    """Which coordinates a table has."""
    for pair in (("x", "y"), ("lon", "lat")):
        if set(pair) <= set(columns):
            return pair
    listed = ", ".join(map(repr, columns))
    raise TableError(
        f"no coordinates: give columns 'x' and 'y' (metres) or 'lon' and 'lat' (degrees); the "
        f"table has {listed}"
    )


def _known(frame: pd.DataFrame, name: str, keys: list[str]) -> Array:
    """A coordinate; a blank one is an error."""
    column = numbers(frame, name).to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~np.isfinite(column)
    if bad.any():
        place = place_of(frame, int(np.flatnonzero(bad)[0]), keys)
        raise TableError(
            f"coordinate {name!r} is blank or infinite in {int(bad.sum()):,} row(s), first at "
            f"{place}; locate them or leave them out"
        )
    return column


def _require_degrees(
    frame: pd.DataFrame, name: str, column: Array, limit: float, keys: list[str]
) -> None:
    """Raise on what can't be degrees."""
    bad = np.abs(column) > limit
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise TableError(
            f"{name!r} is {column[row]:g} at {place_of(frame, row, keys)}; degrees lie within "
            f"{limit:g}: metres go in columns 'x' and 'y'"
        )


def _blocks(counts: Codes) -> Iterator[slice]:
    """Rows in blocks of about `PAIRS` pairs, at least one row each."""
    before = np.cumsum(counts)
    start, size = 0, len(counts)
    while start < size:
        done = before[start - 1] if start else 0
        stop = max(int(np.searchsorted(before, done + PAIRS, side="right")), start + 1)
        yield slice(start, stop)
        start = stop
