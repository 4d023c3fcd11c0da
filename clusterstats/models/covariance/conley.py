"""Covariances of rows that go together as far as their places are near."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.errors import TableError
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.clustered import factor_of, repaired, summed
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import t_df, used
from clusterstats.models.covariance.dependence import Conley
from clusterstats.models.covariance.nearby import near_products, places_of
from clusterstats.models.covariance.periods import (
    column_of,
    kernel_weights,
    periods,
    within_units,
)
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.solution import Solution

__all__ = ["conley"]


def conley(solution: Solution, option: Conley, convention: SmallSample) -> Covariance:
    """Sums over pairs of near places, and over near periods of a unit."""
    lon, lat = (_coordinate(solution, name, option) for name in (option.lon, option.lat))
    point = Effects.of({"place": [pd.Series(lon), pd.Series(lat)]})
    place, count = point.codes[0], point.sizes[0]
    first = np.zeros(count, dtype=np.intp)
    first[place] = np.arange(len(place))
    lon, lat = lon[first], lat[first]
    time = None
    if option.time is not None:
        time = periods(solution, option.time, option.lags, "Conley")
    meat = _over_space(solution.scores, (lon, lat), place, time, option)
    if time is not None and option.lags:
        weights = kernel_weights("bartlett", option.lags, time.sizes[0])
        meat += within_units(solution.scores, _units(solution, place), time, weights, own=False)
    axes = Effects.of({name: [column_of(solution, name, "")] for name in (option.lon, option.lat)})
    k = used(solution, convention, axes.codes if convention.over_time == "nonnested" else ())
    factor = factor_of(solution, convention, k)
    matrix = solution.bread @ meat @ solution.bread * factor
    matrix, negative = repaired(matrix, convention, "Conley")
    factors = {"K": float(k), "factor of K": factor, "places": float(count)}
    if negative:
        factors["negative eigenvalues set to 0"] = float(negative)
    return Covariance(matrix, t_df(solution, convention, k), _name(option), factors)


def _over_space(
    scores: Array,
    coordinates: tuple[Array, Array],
    place: Codes,
    time: Effects | None,
    option: Conley,
) -> Array:
    """Products over pairs of near places: all periods at once where most places have most."""
    lon, lat = coordinates
    how = (option.cutoff_km, option.kernel)
    code, count = (np.zeros_like(place), 1) if time is None else (time.codes[0], time.sizes[0])
    if len(lon) * count <= 2 * len(place):
        places, blocks = places_of(lon, lat, option.distance)
        sums = summed(scores, place * count + code, len(lon) * count)
        return near_products(places, blocks, sums.reshape(len(lon), count, -1), *how)
    meat = np.zeros((scores.shape[1],) * 2)
    for rows in np.split(np.argsort(code, kind="stable"), np.cumsum(np.bincount(code))[:-1]):
        own, cell = np.unique(place[rows], return_inverse=True)
        places, blocks = places_of(lon[own], lat[own], option.distance)
        sums = summed(scores[rows], cell, len(own))
        meat += near_products(places, blocks, sums[:, None], *how)
    return meat


def _units(solution: Solution, place: Codes) -> Codes:
    """Units of the panel; places without one."""
    panel = solution.design.panel
    if panel is None:
        return place
    codes = pd.factorize(column_of(solution, panel[0], "units"))[0]
    return codes.astype(np.intp, copy=False)


def _coordinate(solution: Solution, name: str, option: Conley) -> Array:
    """Numbers of a column of coordinates."""
    column = column_of(solution, name, "coordinates")
    if not pd.api.types.is_numeric_dtype(column) or column.dtype == bool:
        raise TableError(f"coordinates {name!r} are not numbers but {column.dtype}")
    values = column.to_numpy(dtype=float)
    limit = 90 if name == option.lat else 360
    over = ~np.isfinite(values)
    if option.distance != "planar":
        over |= np.abs(values) > limit
    if over.any():
        row = int(np.flatnonzero(over)[0])
        raise TableError(
            f"coordinate {name!r} of row {solution.design.frame.index[row]} is {values[row]:g}, "
            f"not between -{limit} and {limit} degrees: Conley takes lon, then lat; projected "
            f"coordinates in km go with distance='planar'"
        )
    return values


def _name(option: Conley) -> str:
    """What is written under a table."""
    parts = [f"{option.cutoff_km:g} km", option.kernel]
    parts += [f"lags {option.lags}"] if option.lags else []
    return f"Conley ({', '.join(parts)})"
