"""Rings: employment of the own industry and of others, by distance from a place."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError
from clusterstats.models.regressors.leave_out import sum_of_others
from clusterstats.models.regressors.panel import (
    attributes_of,
    checked,
    grid_of,
    panel_of,
    unknown_in,
)
from clusterstats.models.regressors.points import Near, Points, coordinates_in
from clusterstats.tables import Grid
from clusterstats.tables.frames import as_lazy

__all__ = ["rings"]


def rings(
    table: IntoTable,
    *,
    bands: Sequence[float],
    value: str = "employment",
    territories: IntoTable | None = None,
) -> pd.DataFrame:
    r"""Employment of the own and of other industries in rings around each place.

    .. math:: own_{k b t} = \sum_{j \ne k,\, i(j) = i(k),\, d_{kj} \in b} e_{jt}, \quad
       other_{k b t} = \sum_{j \ne k,\, i(j) \ne i(k),\, d_{kj} \in b} e_{jt}

    for establishment k and ring b; of cells, k and j are cells of different regions.

    Parameters
    ----------
    table : frame
        Establishments with ``x``, ``y`` (metres) or ``lon``, ``lat`` (degrees); or cells (region,
        industry[, year]), whose places are in `territories`.
    bands : sequence of float
        Edges of the rings in kilometres, rising from 0 or more: ``(0, 1, 5, 10)`` makes three. A
        ring holds its outer edge, not its inner one; the first holds its inner one if that is 0.
    value : str
        Additive column.
    territories : frame, optional
        For cells: one row a region with its coordinates.

    Returns
    -------
    DataFrame
        Keys (``year`` if any, ``establishment``, ``region``, ``industry``; of cells the last two),
        and for each ring ``own_0_1_km`` and ``other_0_1_km`` (of 0.5 km: ``0p5``); sorted.

    Raises
    ------
    OptionError
        `bands` are not rising numbers from 0 up.
    TableError
        Coordinates are missing or blank, establishments come with `territories` or cells without,
        or as in `cells`.

    Notes
    -----
    The establishment itself is never counted, nor (of cells) its region: nothing of a region's own
    employment is in its rings, which `localization` has. Establishments at the same place are 0
    apart and in the first ring. A ring without employment is 0. An unknown size (missing or
    suppressed) leaves `nan` the sums that it is in. Distances are straight (x, y) or along great
    circles (lon, lat). Pairs are found by a tree and held a million or so at a time, so the work
    grows with the number of pairs within the outermost edge.

    References
    ----------
    Rosenthal, S. S. and Strange, W. C. (2003). Geography, industrial organization, and
    agglomeration. Review of Economics and Statistics 85, 377-393: rings of 1, 5, 10 and 15 miles
    around zip codes.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> sites = pd.DataFrame({
    ...     "establishment": ["a", "b", "c"], "region": "A", "industry": ["film", "film", "steel"],
    ...     "employment": [5, 7, 100], "x": [0, 800, 3000], "y": [0, 0, 0],
    ... })
    >>> near = cs.rings(sites, bands=(0, 1, 5))
    >>> near[["establishment", "own_0_1_km", "other_0_1_km", "own_1_5_km", "other_1_5_km"]]
      establishment  own_0_1_km  other_0_1_km  own_1_5_km  other_1_5_km
    0             a         7.0           0.0         0.0         100.0
    1             b         5.0           0.0         0.0         100.0
    2             c         0.0           0.0         0.0          12.0
    """
    edges = _edges(bands)
    grid = grid_of(table, value)
    if grid.is_records:
        if territories is not None:
            raise TableError("establishments have their own coordinates; leave territories= out")
        keys, own, other = _around_sites(grid, value, edges)
    else:
        if territories is None:
            raise TableError("cells have no coordinates; give those of regions by territories=")
        keys, own, other = _around_regions(grid, value, edges, territories)
    return panel_of(
        keys,
        _named(edges, own, other),
        f"rings: employment of the own and of other industries at distance (d0, d1] km, itself "
        f"left out; value {value!r} [Rosenthal and Strange 2003]",
        unknown_in(grid, value),
        grid.frame.attrs.get("source"),
    )


def _edges(bands: Sequence[float]) -> Array:
    """The edges as rising numbers."""
    try:
        edges = np.asarray(bands, dtype=np.float64)
    except (TypeError, ValueError):
        edges = np.empty(0)
    rising = edges.ndim == 1 and len(edges) > 1 and bool((np.diff(edges) > 0).all())
    if not rising or edges[0] < 0 or not np.isfinite(edges).all():
        raise OptionError(
            f"bands={bands!r} are not edges of rings; give rising kilometres, as in (0, 1, 5, 10)"
        )
    return edges


def _named(edges: Array, own: Array, other: Array) -> dict[str, Array]:
    """Columns of arrays (ring, rows)."""
    said = [f"{edge:g}".replace(".", "p") for edge in edges]
    names = [f"{a}_{b}_km" for a, b in pairwise(said)]
    columns = {f"own_{name}": column for name, column in zip(names, own, strict=True)}
    return columns | {f"other_{name}": c for name, c in zip(names, other, strict=True)}


def _ring(near: Near, edges: Array) -> Codes:
    """The ring of each pair; -1 inside the first edge, their number beyond the last."""
    place = np.searchsorted(edges, near.km, side="left") - 1
    touching = (near.km == 0) & (edges[0] == 0)
    ring: Codes = np.where(touching, 0, np.minimum(place, len(edges) - 1)).astype(np.intp)
    return ring


# --- establishments -------------------------------------------------------------------------


def _around_sites(grid: Grid, value: str, edges: Array) -> tuple[dict[str, Any], Array, Array]:
    """Keys in the order of years and establishments, and sums (ring, row)."""
    frame = grid.frame
    keys = [name for name in ("year", "establishment") if name in frame]
    frame = frame.sort_values(keys, kind="stable", ignore_index=True)
    points, size = Points.of(frame, keys), checked(frame, value, keys)
    industry = pd.factorize(frame["industry"])[0].astype(np.intp)
    own, other = (np.empty((len(edges) - 1, len(frame))) for _ in range(2))
    years = pd.factorize(frame["year"])[0] if "year" in frame else np.zeros(len(frame), int)
    for year in range(int(years.max()) + 1):
        rows = np.flatnonzero(years == year)
        sums = _site_sums(points.taken(rows), size[rows], industry[rows], edges)
        own[:, rows], other[:, rows] = sums
    named = {name: frame[name].array for name in (*keys, "region", "industry")}
    return named, own, other


def _site_sums(points: Points, size: Array, industry: Codes, edges: Array) -> Array:
    """Of one year: sums of the own and of other industries, shape (2, ring, n)."""
    n, count = len(points), len(edges) - 1
    known, lost = np.nan_to_num(size), np.isnan(size)
    sums, unknown = np.zeros((2, count, n)), np.zeros((2, count, n))
    for near in points.near(float(edges[-1])):
        ring = _ring(near, edges)
        kept = (ring >= 0) & (ring < count)
        origin, other, ring = near.origin[kept], near.other[kept], ring[kept]
        kind = (industry[origin] != industry[other]).astype(np.intp)
        width = near.rows.stop - near.rows.start
        place = (kind * count + ring) * width + origin - near.rows.start
        for total, weight in ((sums, known[other]), (unknown, lost[other].astype(np.float64))):
            flat = np.bincount(place, weights=weight, minlength=2 * count * width)
            total[:, :, near.rows] = flat.reshape(2, count, width)
    return np.where(unknown > 0, np.nan, sums)


# --- cells ----------------------------------------------------------------------------------


def _around_regions(
    grid: Grid, value: str, edges: Array, territories: IntoTable
) -> tuple[dict[str, Any], Array, Array]:
    """Keys of cells, and sums over the regions around each (ring, row)."""
    names = coordinates_in(as_lazy(territories).collect_schema().names())
    place = pd.DataFrame(attributes_of(territories, grid.regions, names))
    points = Points.of(place.assign(region=grid.regions), ["region"])
    x = grid.array(value)
    others = sum_of_others(x)
    shape = (len(edges) - 1, *x.shape)
    own, other = np.zeros(shape), np.zeros(shape)
    for near in points.near(float(edges[-1])):
        ring = _ring(near, edges)
        for band in range(len(edges) - 1):
            weights = _weights(near, ring == band, len(points))
            for year in range(len(x)):
                own[band, year, near.rows] = _known_sum(weights, x[year])
                other[band, year, near.rows] = _known_sum(weights, others[year])
    keys = grid.keys(("region", "industry"))
    return keys, own.reshape(len(own), -1), other.reshape(len(other), -1)


def _weights(near: Near, chosen: Any, size: int) -> csr_array:
    """1 for each chosen pair, shape (rows, size)."""
    origin, other = near.origin[chosen] - near.rows.start, near.other[chosen]
    shape = (near.rows.stop - near.rows.start, size)
    return csr_array((np.ones(len(origin)), (origin, other)), shape=shape)


def _known_sum(weights: csr_array, x: Array) -> Array:
    """Sums over the pairs of x (size, industry); `nan` where one is unknown."""
    unknown = np.isnan(x)
    total = np.asarray(weights @ np.nan_to_num(x))
    if not unknown.any():
        return total
    return np.where(np.asarray(weights @ unknown.astype(np.float64)) > 0, np.nan, total)
