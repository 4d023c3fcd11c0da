"""The second eigenvector of who has what, on both sides, and the connected part it is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from clusterstats._types import Array, Mask
from clusterstats.measures.relatedness.presence import Presence

__all__ = ["FURTHER", "Complexity", "largest_component", "second_axis"]

SAME = 1e-6
"""Eigenvalues nearer than this share of the larger are one: their vectors can't be told apart."""

DENSE = 256
"""Sides up to this length are solved whole; longer ones by Lanczos iteration, to rounding."""


TIED = 1e-9
"""Correlations nearer to 0 than this tell no sign."""

FURTHER = 3
"""Numbers that describe the vector: two eigenvalues, and whether the table tells its sign."""


@dataclass(frozen=True)
class Complexity:
    """The kernel, with its rule of presence and scale."""

    presence: Presence
    scaling: str
    ddof: int

    def __call__(self, x: Array, *, toward: Array | None = None) -> Array:
        """x: values (..., region, industry) -> (..., region + industry + 3).

        The last are two eigenvalues and whether the table tells the sign. `toward` (..., region)
        fixes it, else the diversity of regions does.
        """
        m = self.presence(x)
        lead, shape = m.shape[:-2], m.shape[-2:]
        goals = None if toward is None else np.broadcast_to(toward, m.shape[:-1])
        found = np.full((int(np.prod(lead)), sum(shape) + FURTHER), np.nan)
        for k, one in enumerate(m.reshape(-1, *shape)):
            found[k] = self._of_one(one, None if goals is None else goals.reshape(-1, shape[0])[k])
        return found.reshape(*lead, sum(shape) + FURTHER)

    def _of_one(self, m: Array, toward: Array | None) -> Array:
        """ECI, PCI and eigenvalues of one table; `nan` off its largest component."""
        regions, industries = m.shape
        found = np.full(regions + industries + FURTHER, np.nan)
        if np.isnan(m).any():
            return found
        rows, columns = largest_component(m)
        found[-FURTHER:] = 0.0, 0.0, 1.0
        if min(rows.sum(), columns.sum()) < 2:
            return found
        whole = rows.all() and columns.all()
        part = m if whole else m[np.ix_(rows, columns)]
        axis = second_axis(part)
        found[-FURTHER:-1] = axis.second, axis.third
        if axis.is_told_apart:
            sign, is_told = _sign(axis, part, None if toward is None else toward[rows])
            found[-1] = float(is_told)
            eci, pci = self._scaled(sign * axis.region, sign * axis.industry)
            found[:regions][rows] = eci
            found[regions:-FURTHER][columns] = pci
        return found

    def _scaled(self, eci: Array, pci: Array) -> tuple[Array, Array]:
        """Both on the chosen scale."""
        measure = eci if self.scaling == "harvard" else pci
        return _standard(eci, eci, self.ddof), _standard(pci, measure, self.ddof)


def _standard(values: Array, measure: Array, ddof: int) -> Array:
    """Values less the mean of a measure, over its standard deviation."""
    scaled: Array = (values - measure.mean()) / measure.std(ddof=ddof)
    return scaled


def _sign(axis: Axis, m: Array, toward: Array | None) -> tuple[float, bool]:
    """Which way is up: with the point estimate, or diversity, or rarity; and whether they tell."""
    diversity = m.sum(axis=1)
    rarity = -(m @ m.sum(axis=0)) / diversity
    apart = axis.region - axis.region.mean()
    for goal in (toward, diversity, rarity):
        if goal is not None:
            known = goal - goal.mean()
            together = float(apart @ known)
            if abs(together) > TIED * np.sqrt((apart @ apart) * (goal @ goal)):
                return float(np.sign(together)), True
    first = axis.region[np.abs(axis.region) > TIED * np.abs(axis.region).max()][0]
    return float(np.sign(first)), False


@dataclass(frozen=True)
class Axis:
    """The second eigenvector on both sides, and the second and third eigenvalue.

    Attributes
    ----------
    region, industry : array
        Where each lies; a region at the mean of its industries, and the other way round.
    second, third : float
        Eigenvalues of D^-1 M U^-1 M', whose first is 1.
    """

    region: Array
    industry: Array
    second: float
    third: float

    @property
    def is_told_apart(self) -> bool:
        """Whether the vector is one direction, and not any of a plane."""
        return self.second > SAME and self.second - self.third > SAME * self.second


def second_axis(m: Array) -> Axis:
    """m: 0 or 1, (region, industry), connected, with no empty row or column."""
    diversity, ubiquity = m.sum(axis=1), m.sum(axis=0)
    scaled = m / np.sqrt(diversity)[:, None] / np.sqrt(ubiquity)
    is_wide = m.shape[0] <= m.shape[1]
    gram = scaled @ scaled.T if is_wide else scaled.T @ scaled
    mass = np.sqrt((diversity if is_wide else ubiquity) / m.sum())
    (third, second), vector = _largest_two(gram - np.outer(mass, mass))
    if is_wide:
        industry = m.T @ (vector / np.sqrt(diversity)) / ubiquity
    else:
        industry = vector / np.sqrt(ubiquity)
    return Axis(m @ industry / diversity, industry, max(second, 0.0), max(third, 0.0))


def _largest_two(s: Array) -> tuple[tuple[float, float], Array]:
    """The two largest eigenvalues, rising, and the vector of the largest."""
    n = len(s)
    if n > DENSE:
        start = np.random.default_rng(0).random(n)  # any fixed vector: the same bytes each time
        try:
            values, vectors = eigsh(s, k=2, which="LA", v0=start)
        except ArpackNoConvergence:
            values, vectors = eigh(s, subset_by_index=[n - 2, n - 1])
    else:
        values, vectors = eigh(s, subset_by_index=[n - 2, n - 1])
    order = np.argsort(values)
    return (float(values[order[0]]), float(values[order[1]])), vectors[:, order[1]]


def largest_component(m: Array) -> tuple[Mask, Mask]:
    """Regions and industries of the connected part with the most of m's ones."""
    left = m.sum(axis=1)
    best = np.zeros(m.shape[0], dtype=bool), np.zeros(m.shape[1], dtype=bool)
    most = 0.0
    while left.sum() > most:
        found = _reached(m, int(np.argmax(left)))
        if left[found[0]].sum() > most:
            best, most = found, float(left[found[0]].sum())
        left[found[0]] = 0.0
    return best


def _reached(m: Array, region: int) -> tuple[Mask, Mask]:
    """What can be reached from a region over industries that regions share."""
    regions = np.arange(m.shape[0]) == region
    while True:
        industries = regions.astype(np.float64) @ m > 0
        grown = m @ industries.astype(np.float64) > 0
        if grown.sum() == regions.sum():
            return regions, industries
        regions = grown
