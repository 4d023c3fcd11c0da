"""What all builders share: a table coded, attributes of regions, logarithms, a tidy panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import TableError
from clusterstats.tables import Grid
from clusterstats.tables.checks import check_values, numbers, place_of, repeats, with_keys
from clusterstats.tables.frames import as_lazy, collect, require

__all__ = ["attributes_of", "grid_of", "logged", "panel_of", "require_years", "unknown_in"]


def grid_of(table: IntoTable, *values: str) -> Grid:
    """Cells or establishments, coded; a table without industries has one, `all`."""
    if isinstance(table, Grid):
        return table
    frame = as_lazy(table)
    if "industry" not in frame.collect_schema().names():
        frame = frame.with_columns(industry=nw.lit("all"))
    return Grid.of(frame, values)


def require_years(grid: Grid, what: str) -> pd.Index[Any]:
    """The years of a table, two of them or more, as numbers."""
    years = grid.years
    if years is None or len(years) < 2:
        raise TableError(f"{what} needs two years; give cells with a column 'year'")
    if not pd.api.types.is_numeric_dtype(years.dtype):
        raise TableError(f"year {years[0]!r} is not a number; {what} counts years: give numbers")
    return years


def attributes_of(
    territories: IntoTable, regions: pd.Index[Any], names: Sequence[str]
) -> dict[str, Array]:
    """Numbers of each region, shape (region,), from a table with one row a region."""
    frame = collect(as_lazy(territories))
    require(frame.columns, ("region", *names))
    frame = with_keys(frame[["region", *names]].assign(industry=""), ["region"])
    repeated = frame.duplicated("region")
    if repeated.any():
        raise TableError(repeats(frame[repeated], ["region"], "territories"))
    lost = regions.difference(pd.Index(frame["region"]))
    if len(lost):
        raise TableError(
            f"{len(lost):,} region(s) are not in territories, first {lost[0]!r}; add their rows"
        )
    frame = frame.set_index("region").reindex(regions).reset_index(names="region")
    found = {name: numbers(frame, name).to_numpy() for name in names}
    for name, column in found.items():
        if not np.isfinite(column).all():
            row = int(np.flatnonzero(~np.isfinite(column))[0])
            place = place_of(frame, row, ["region"])
            raise TableError(f"column {name!r} is blank or infinite at {place}; fill it")
    return found


def require_positive(values: Array, name: str, labels: pd.Index[Any]) -> None:
    """Raise on a number of a region that is not above 0; values of shape (..., region)."""
    if (values <= 0).any():
        row = int(np.argwhere(values <= 0)[0][-1])
        raise TableError(
            f"column {name!r} is {float(values[..., row].min()):g} at region "
            f"{labels[row]!r}; give a number above 0"
        )


def checked(frame: pd.DataFrame, name: str, keys: Sequence[str]) -> Array:
    """A column of sizes: numbers, finite and not negative, blank where unknown."""
    require(frame.columns, (name,))
    column = numbers(frame, name)
    check_values(frame.assign(**{name: column}), name, keys)
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def logged(values: Array) -> Array:
    """Natural logarithm; `nan` where there is none."""
    with np.errstate(all="ignore"):
        return np.where(values > 0, np.log(values), np.nan)


def unknown_in(grid: Grid, *names: str) -> list[str]:
    """Notes on values of a table that are not known."""
    counts = {name: int(np.isnan(grid.column(name)).sum()) for name in names}
    return [
        f"{name!r} is unknown in {count:,} row(s), and what needs them is nan"
        for name, count in counts.items()
        if count
    ]


def panel_of(
    keys: Mapping[str, Any],
    columns: Mapping[str, Array],
    definition: str,
    notes: Sequence[str] = (),
    source: object = None,
) -> pd.DataFrame:
    """Keys and columns, each raveled in the order of the keys, with what defines them.

    What is `nan` is counted by column in ``attrs["note"]``.
    """
    flat = {name: np.ravel(column) for name, column in columns.items()}
    result = pd.DataFrame({**keys, **flat})
    blank = {name: int(np.isnan(column).sum()) for name, column in flat.items()}
    counted = [f"{name} is nan in {n:,} of {len(result):,} rows" for name, n in blank.items() if n]
    result.attrs["definition"] = definition
    if source:
        result.attrs["source"] = str(source)
    if said := "; ".join([*notes, *counted]):
        result.attrs["note"] = said
    return result
