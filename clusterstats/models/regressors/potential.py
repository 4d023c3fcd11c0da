"""Market potential: what is near a region, each over its distance."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.measures import harris_potential
from clusterstats.models.regressors.panel import (
    attributes_of,
    grid_of,
    panel_of,
    require_positive,
    unknown_in,
)
from clusterstats.models.regressors.points import PAIRS, Points, coordinates_in
from clusterstats.tables import Grid
from clusterstats.tables.checks import with_keys
from clusterstats.tables.frames import as_lazy, collect, require

__all__ = ["market_potential"]

OWN = {
    "none": "the own region left out",
    "area": "own distance 2/3 sqrt(area_km2 / pi)",
}


def market_potential(
    table: IntoTable,
    *,
    territories: IntoTable | None = None,
    value: str = "employment",
    internal: Literal["none", "area"] = "none",
    distances: IntoTable | None = None,
) -> pd.DataFrame:
    r"""Harris's market potential of each region and year.

    .. math:: MP_{rt} = \sum_{s \ne r} \frac{e_{st}}{d_{rs}} \quad
       \Bigl[ + \frac{e_{rt}}{d_{rr}}, \; d_{rr} = \tfrac{2}{3} \sqrt{a_r / \pi} \Bigr]

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]), establishments, or one row a region (and year).
    territories : frame, optional
        One row a region: ``x``, ``y`` (metres) or ``lon``, ``lat`` (degrees), and ``area_km2``
        for ``internal="area"``. With `distances` only the area is needed.
    value : str
        Additive column: ``"employment"``, ``"population"``, ...
    internal : {"none", "area"}
        The region itself left out, so that its own size is a regressor beside; or counted at two
        thirds of the radius of a disk of its area.
    distances : frame, optional
        Rows origin, destination, ``distance_km`` (travel times, say) for each pair of different
        regions; straight lines, or great circles, if not given.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``market_potential`` (value per kilometre); sorted.

    Raises
    ------
    TableError
        Coordinates are missing or blank, two regions lie at one place (their distance is 0), an
        area is not above 0, a pair has no distance, or the table is not one of cells.
    OptionError
        `internal` is not known, or `territories` are needed and not given.

    Notes
    -----
    Sizes of 0 count as they are. An unknown cell (missing or suppressed) leaves `nan` what counts
    it. With coordinates nothing of size n x n is kept: distances are made for some regions at a
    time.

    References
    ----------
    Harris, C. D. (1954). The market as a factor in the localization of industry in the United
    States. Annals of the Association of American Geographers 44, 315-348. Own distance: Head, K.
    and Mayer, T. (2010). Illusory border effects.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "B", "C"], "employment": [100, 40, 10]})
    >>> places = pd.DataFrame({"region": ["A", "B", "C"], "x": [0, 20_000, 0], "y": [0, 0, 5000]})
    >>> cs.market_potential(jobs, territories=places).round(2)
      region  market_potential
    0      A              4.00
    1      B              5.49
    2      C             21.94
    """
    require_choice("internal", internal, OWN)
    if territories is None and (distances is None or internal == "area"):
        needed = "areas" if distances is not None else "coordinates"
        raise OptionError(f"territories= is needed for the {needed} of regions; give it")
    grid = grid_of(table, value)
    size = grid.array(value).sum(axis=-1)
    own = _own_distance(territories, grid) if internal == "area" else None
    if distances is None:
        potential = _summed(size, _located(territories, grid), own, grid)
    else:
        potential = _from_pairs(size, distances, own, grid)
    how = "straight lines or great circles" if distances is None else "distances as given"
    return panel_of(
        grid.keys(("region",)),
        {"market_potential": potential},
        f"market_potential: sum_s e_st / d_rs, {OWN[internal]}, {how}; value {value!r} "
        f"[Harris 1954]",
        unknown_in(grid, value),
        grid.frame.attrs.get("source"),
    )


def _own_distance(territories: IntoTable, grid: Grid) -> Array:
    """Two thirds of the radius of a disk of a region's area, shape (region,)."""
    area = attributes_of(territories, grid.regions, ["area_km2"])["area_km2"]
    require_positive(area, "area_km2", grid.regions)
    return np.asarray(2 / 3 * np.sqrt(area / np.pi))


def _located(territories: IntoTable, grid: Grid) -> Points:
    """The regions' places, in the order of the grid."""
    names = coordinates_in(as_lazy(territories).collect_schema().names())
    frame = pd.DataFrame(attributes_of(territories, grid.regions, names))
    return Points.of(frame.assign(region=grid.regions), ["region"])


def _summed(size: Array, points: Points, own: Array | None, grid: Grid) -> Array:
    """Sizes (year, region) over distances, summed, same shape."""
    known, unknown = np.nan_to_num(size), np.isnan(size)
    result = np.empty_like(size)
    step = max(1, PAIRS // len(points))
    for start in range(0, len(points), step):
        rows = slice(start, min(start + step, len(points)))
        far = points.distances(rows)
        place = np.arange(rows.start, rows.stop)
        far[place - start, place] = np.inf if own is None else own[rows]
        if (far == 0).any():
            i, j = np.argwhere(far == 0)[0]
            raise TableError(
                f"regions {grid.regions[start + i]!r} and {grid.regions[j]!r} lie at the same "
                f"place, at distance 0; move one, join them, or give distances="
            )
        pull = 1 / far
        result[:, rows] = known @ pull.T
        if unknown.any():
            lost = unknown.astype(np.float64) @ (pull > 0).T.astype(np.float64)
            result[:, rows] = np.where(lost > 0, np.nan, result[:, rows])
    return result


def _from_pairs(size: Array, distances: IntoTable, own: Array | None, grid: Grid) -> Array:
    """The same from given distances, by `harris_potential`."""
    frame = collect(as_lazy(distances))
    require(frame.columns, ("origin", "destination", "distance_km"))
    frame = frame[["origin", "destination", "distance_km"]].assign(region="", industry="")
    pairs = with_keys(frame, ["origin", "destination"]).drop(columns=["region", "industry"])
    pairs = pairs[pairs["origin"] != pairs["destination"]]
    regions = grid.regions
    pairs = pairs[pairs["origin"].isin(regions) & pairs["destination"].isin(regions)]
    _require_complete(pairs, regions)
    if own is not None:
        selves = {"origin": regions, "destination": regions, "distance_km": own}
        pairs = pd.concat([pairs, pd.DataFrame(selves)], ignore_index=True)
    result = np.empty_like(size)
    for year, sizes in enumerate(size):
        there = pairs.assign(size=pairs["destination"].map(dict(zip(regions, sizes, strict=True))))
        told = harris_potential(there, internal="none" if own is None else "table")
        result[year] = told.set_index("origin")["estimate"].reindex(regions).to_numpy()
    return result


def _require_complete(pairs: pd.DataFrame, regions: pd.Index[Any]) -> None:
    """Raise where two regions have no distance."""
    every = pd.MultiIndex.from_product([regions, regions])
    every = every[every.get_level_values(0) != every.get_level_values(1)]
    lost = every.difference(pd.MultiIndex.from_frame(pairs[["origin", "destination"]]))
    if len(lost):
        raise TableError(
            f"{len(lost):,} pair(s) of regions have no row in distances, first {lost[0]!r}; add "
            f"them, in both directions"
        )
