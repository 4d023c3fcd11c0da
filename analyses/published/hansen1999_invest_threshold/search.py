"""The exact search for a threshold: the sum of squared residuals at every value, in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from clusterstats._types import Array

CRITICAL = -2 * np.log(1 - np.sqrt(0.95))
"""5 % point of the likelihood ratio of a threshold (Hansen 1999, equation 23)."""


class Found(NamedTuple):
    """A threshold, the squares left at it, and the hull of those that a test does not reject."""

    threshold: float
    rss: float
    low: float
    high: float


class Search:
    """Least squares with effects of firms, and a coefficient that changes at a threshold.

    Parameters
    ----------
    firm : array, shape (n,)
        Codes of firms, each with as many rows.
    y, x : array, shape (n,), (n, k)
        Response and regressors, among which `slope`.
    slope : array, shape (n,)
        The variable whose coefficient changes.
    by : array, shape (n,)
        The variable that has the threshold.
    """

    def __init__(self, firm: Array, y: Array, x: Array, slope: Array, by: Array) -> None:
        self.firm, self.slope, self.by = firm, slope, by
        self.size = np.bincount(firm)
        self.basis = np.linalg.qr(self._off_firms(x))[0]
        self.y = self._off(self._off_firms(y))

    def given(self, threshold: float) -> Search:
        """The same with a threshold that is known."""
        low = self._off(self._off_firms(self.slope * (self.by <= threshold)))
        other = object.__new__(Search)
        other.firm, other.slope, other.by, other.size = self.firm, self.slope, self.by, self.size
        other.basis = np.column_stack([self.basis, low / np.linalg.norm(low)])
        other.y = other._off(self.y)
        return other

    def best(self, points: Array) -> Found:
        """The threshold among some points with the fewest squares left."""
        rss = self.rss(points)
        place = int(np.argmin(rss))
        df = len(self.y) - len(self.size)
        alike = points[(rss - rss[place]) / (rss[place] / df) <= CRITICAL]
        return Found(
            float(points[place]), float(rss[place]), float(alike.min()), float(alike.max())
        )

    def rss(self, points: Array) -> Array:
        """Squares left at each point: `y'y - (y'z)^2 / z'z`, `z` the slope below it, projected."""
        order = np.argsort(self.by, kind="stable")
        slope, firm = self.slope[order], self.firm[order]
        with_y = np.cumsum(slope * self.y[order])
        before = pd.Series(slope).groupby(firm).cumsum().to_numpy() - slope
        of_firms = np.cumsum((2 * before * slope + slope**2) / self.size[firm])
        with_basis = np.cumsum(slope[:, None] * self.basis[order], axis=0)
        squares = np.cumsum(slope**2) - of_firms - (with_basis**2).sum(axis=1)
        place = np.searchsorted(self.by[order], points, side="right") - 1
        return np.asarray(self.y @ self.y - with_y[place] ** 2 / squares[place])

    def _off(self, values: Array) -> Array:
        return np.asarray(values - self.basis @ (self.basis.T @ values))

    def _off_firms(self, values: Array) -> Array:
        return np.asarray(
            values
            - pd.DataFrame(values)
            .groupby(self.firm)
            .transform("mean")
            .to_numpy()
            .reshape(values.shape)
        )
