"""Tables within bands that keep known sums: one inside, and even draws among all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog

from clusterstats._types import Array
from clusterstats.errors import TableError

__all__ = ["LARGEST", "Polytope", "extremes"]

LARGEST = 600
"""Unknown cells up to which sums are kept exactly."""
WALK = 30
"""Steps of a walk for each free dimension before a table is taken."""
SLACK = 1e-9


@dataclass(frozen=True)
class Polytope:
    """All x with ``rows @ x = total`` and ``low <= x <= high``, seen from one inside.

    Attributes
    ----------
    inside : array, shape (cell,)
        A table away from every bound that can be left.
    directions : array, shape (cell, free)
        An orthonormal basis of the ways to move without changing a sum.
    """

    low: Array
    high: Array
    inside: Array
    directions: Array

    @classmethod
    def of(cls, rows: Array, total: Array, low: Array, high: Array) -> Polytope:
        """Find a table inside, or say that there is none."""
        _require_small(len(low))
        centre = _centre(rows, total, low, high)
        return cls(low, high, centre, null_space(rows))

    def draw(self, rng: np.random.Generator) -> Array:
        """A table drawn evenly, by hit-and-run (Smith 1984): a long walk along random lines."""
        at, free = self.inside.copy(), self.directions.shape[1]
        for _ in range(WALK * free):
            way = self.directions @ rng.standard_normal(free)
            with np.errstate(all="ignore"):
                steps = np.stack([(self.low - at) / way, (self.high - at) / way])
            moving = np.abs(way) > SLACK * np.abs(way).max()
            first = np.min(steps, axis=0)[moving].max()
            last = np.max(steps, axis=0)[moving].min()
            if first < last:
                at = at + rng.uniform(first, last) * way
        return np.clip(at, self.low, self.high)


def _centre(rows: Array, total: Array, low: Array, high: Array) -> Array:
    """The mean of each cell's extreme tables: inside wherever there is room."""
    found = [table for pair in _tables(rows, total, low, high) for table in pair]
    centre: Array = np.mean(found, axis=0)
    return centre


def extremes(rows: Array, total: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Least and greatest of each cell over all tables that keep the sums: linear programmes."""
    _require_small(len(low))
    pairs = _tables(rows, total, low, high)
    least = np.array([pair[0][k] for k, pair in enumerate(pairs)])
    most = np.array([pair[1][k] for k, pair in enumerate(pairs)])
    return least, most


def _tables(rows: Array, total: Array, low: Array, high: Array) -> list[tuple[Array, Array]]:
    """For each cell the tables where it is least and greatest."""
    bands = list(zip(low.tolist(), high.tolist(), strict=True))
    pairs = []
    for k in range(len(low)):
        goal = np.zeros(len(low))
        goal[k] = 1.0
        pairs.append((_least(goal, rows, total, bands), _least(-goal, rows, total, bands)))
    return pairs


def _least(goal: Array, rows: Array, total: Array, bands: list[tuple[float, float]]) -> Array:
    """The table that makes a sum least, or a sentence that there is none."""
    found = linprog(goal, A_eq=rows, b_eq=total, bounds=bands, method="highs")
    if found.x is None:
        raise TableError(
            "no table within the cells' bands has the known totals; correct a band or a total"
        )
    table: Array = found.x
    return table


def _require_small(cells: int) -> None:
    """Raise where exact sums would take too long."""
    if cells > LARGEST:
        raise TableError(
            f"{cells:,} unknown cells are too many to keep totals exactly (at most {LARGEST}); "
            f"take fewer years, regions or industries at a time, or method='quick'"
        )
