"""Sums of products over pairs of near places, by blocks of places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from clusterstats._types import Array, Codes

__all__ = ["Places", "near_products", "places_of"]

EARTH_KM = 6371.0
FIXEST_EARTH_KM = 6376.0
FIXEST_DEGREE_KM = 111.0 * np.pi / 3.14159
"""111 km, of which its cutoff has a degree too few by its value of pi."""

BLOCK = 64
"""Most places in a block."""

PAIRS = 2_000_000
"""Most pairs of places whose distances are held at once."""

SLACK = 1e-6
"""Kilometres by which bounds of distances are widened against rounding."""


@dataclass(frozen=True)
class Places:
    """Where places are, and how distances between them are reckoned.

    Attributes
    ----------
    lon, lat : array, shape (n,)
        Degrees; kilometres if planar.
    distance : str
        As in `Conley`.
    """

    lon: Array
    lat: Array
    distance: str

    @property
    def radius(self) -> float:
        """Of the sphere, in km."""
        return FIXEST_EARTH_KM if self.distance == "fixest_spherical" else EARTH_KM

    @property
    def is_sphere(self) -> bool:
        """Whether distances are arcs of a sphere."""
        return self.distance in ("great_circle", "fixest_spherical")

    @cached_property
    def anchor(self) -> Array:
        """Coordinates (n, m) whose Euclidean distances are arcs' chords, or bounds from below."""
        if self.distance == "planar":
            return np.column_stack([self.lon, self.lat])
        if self.distance == "fixest_triangular":
            return FIXEST_DEGREE_KM * self.lat[:, None]
        lon, lat = np.radians(self.lon), np.radians(self.lat)
        around = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
        return self.radius * np.column_stack(around)

    def bound(self, cutoff: float) -> float:
        """Largest distance of the anchors of two places within the cutoff."""
        if not self.is_sphere:
            return cutoff
        angle = cutoff / (2 * self.radius)
        return np.inf if angle >= np.pi / 2 else 2 * self.radius * float(np.sin(angle))

    def weights(self, a: Codes, b: Codes, cutoff: float, kernel: str) -> Array:
        """Kernel weights of places `a` with places `b`, shape (a, b)."""
        if kernel == "uniform" and self.distance != "fixest_triangular":
            square = cdist(self.anchor[a], self.anchor[b], "sqeuclidean")
            return np.asarray(square <= self.bound(cutoff) ** 2, dtype=float)
        distance = self._distances(a, b)
        if kernel == "uniform":
            return np.asarray(distance <= cutoff, dtype=float)
        return np.maximum(1 - distance / cutoff, 0.0)

    def _distances(self, a: Codes, b: Codes) -> Array:
        """Kilometres between places, shape (a, b)."""
        if self.distance == "fixest_triangular":
            east = np.abs(self.lon[a, None] - self.lon[b])
            east = np.minimum(east, 360 - east)
            middle = np.cos(np.radians((self.lat[a, None] + self.lat[b]) / 2))
            north = self.lat[a, None] - self.lat[b]
            return np.asarray(FIXEST_DEGREE_KM * np.hypot(north, middle * east))
        straight = cdist(self.anchor[a], self.anchor[b])
        if not self.is_sphere:
            return np.asarray(straight)
        half = np.minimum(straight / (2 * self.radius), 1.0)
        return np.asarray(2 * self.radius * np.arcsin(half))


def places_of(lon: Array, lat: Array, distance: str) -> tuple[Places, list[Codes]]:
    """Places in an order in which neighbours come together, and the blocks of that order.

    Returns
    -------
    (Places, list of arrays)
        The places as given, and their positions, block by block.
    """
    places = Places(lon, lat, distance)
    return places, list(_halved(places.anchor, np.arange(len(lon))))


def near_products(
    places: Places, blocks: list[Codes], sums: Array, cutoff: float, kernel: str
) -> Array:
    """`sum over pairs i, j and over periods of k(d_ij) s_i s_j'`.

    Parameters
    ----------
    places : Places
    blocks : list of arrays
        Positions of places, near ones together.
    sums : array, shape (n, q, k)
        Scores by place and period.
    cutoff : float
        Kilometres.
    kernel : str
        As in `Conley`.

    Returns
    -------
    array, shape (k, k)
    """
    q, k = sums.shape[1:]
    flat = sums.reshape(len(sums), q * k)
    half, own = np.zeros((k, k)), np.zeros((k, k))
    for place, others in _neighbours(places, blocks, places.bound(cutoff)):
        block = blocks[place]
        left = flat[block].reshape(-1, k)
        within = places.weights(block, block, cutoff, kernel) @ flat[block]
        own += left.T @ within.reshape(-1, k)
        for some in _pieces([blocks[other] for other in others]):
            beside = places.weights(block, some, cutoff, kernel) @ flat[some]
            half += left.T @ beside.reshape(-1, k)
    return np.asarray(own + half + half.T)


def _halved(anchor: Array, rows: Codes) -> Iterator[Codes]:
    """Places halved along the axis they spread over most, until few are together."""
    if len(rows) <= BLOCK:
        yield rows
        return
    points = anchor[rows]
    along = points[:, int(np.argmax(np.ptp(points, axis=0)))]
    middle = len(rows) // 2
    order = np.argpartition(along, middle)
    yield from _halved(anchor, rows[order[:middle]])
    yield from _halved(anchor, rows[order[middle:]])


def _neighbours(
    places: Places, blocks: list[Codes], bound: float
) -> Iterator[tuple[int, list[int]]]:
    """Each block with the later ones that may have a place within the bound."""
    centres = np.array([places.anchor[block].mean(axis=0) for block in blocks])
    radii = np.array(
        [
            np.sqrt(((places.anchor[block] - centre) ** 2).sum(axis=1).max())
            for block, centre in zip(blocks, centres, strict=True)
        ]
    )
    tree = cKDTree(centres)
    for place, (centre, radius) in enumerate(zip(centres, radii, strict=True)):
        if np.isinf(bound):
            yield place, list(range(place + 1, len(blocks)))
            continue
        reach = bound + radius + SLACK
        near = np.sort(tree.query_ball_point(centre, reach + radii.max())).astype(np.intp)
        near = near[near > place]
        gap = np.sqrt(((centres[near] - centre) ** 2).sum(axis=1))
        yield place, near[gap <= reach + radii[near]].tolist()


def _pieces(blocks: list[Codes]) -> Iterator[Codes]:
    """Blocks joined, as many at once as leave few enough pairs."""
    step = max(PAIRS // BLOCK**2, 1)
    for start in range(0, len(blocks), step):
        yield np.concatenate(blocks[start : start + step])
