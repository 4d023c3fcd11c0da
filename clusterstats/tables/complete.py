"""The full grid: every region, industry and year, absent rows filled as the caller says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Absent, Codes
from clusterstats.errors import TableError
from clusterstats.tables.frames import SIZES, keys_of


def complete(frame: pd.DataFrame, absent: Absent | None, values: Sequence[str]) -> pd.DataFrame:
    """Every cell of the grid, sorted; absent rows are filled as `absent` says."""
    keys = keys_of(frame.columns)
    coded = {name: pd.factorize(frame[name], sort=True) for name in keys}
    axes = {name: pd.Index(labels) for name, (_, labels) in coded.items()}
    shape = tuple(len(axis) for axis in axes.values())
    flat = np.ravel_multi_index([codes for codes, _ in coded.values()], shape)
    rest = [name for name in frame.columns if name not in keys]
    if len(frame) == np.prod(shape):
        return frame[keys + rest].iloc[np.argsort(flat, kind="stable")].reset_index(drop=True)
    if absent is None:
        raise TableError(incomplete(axes, flat))
    places = dict(zip(keys, np.unravel_index(np.arange(np.prod(shape)), shape), strict=True))
    whole = {name: axis.take(places[name]) for name, axis in axes.items()}
    source = np.full(int(np.prod(shape)), -1, dtype=np.intp)
    source[flat] = np.arange(len(frame))
    for name in rest:
        fill = _fill(frame, name, absent, values, coded, places)
        whole[name] = _placed(frame[name], source, fill)
    return pd.DataFrame(whole)


def _placed(column: pd.Series[Any], source: Codes, fill: Any) -> Any:
    """A column's values where the grid has a row for them, `fill` elsewhere."""
    placed = column.reset_index(drop=True).reindex(source)  # position -1 is not there
    placed.index = pd.RangeIndex(len(source))
    if fill is None:
        return placed
    return placed.where(source >= 0, fill)


def _fill(
    frame: pd.DataFrame,
    name: str,
    absent: Absent,
    values: Sequence[str],
    coded: Mapping[str, tuple[Codes, Any]],
    places: Mapping[str, Codes],
) -> Any:
    """What a column holds in rows that were absent; None where that is unknown."""
    if name.endswith("_squares") or not {name, _value_of(name)}.isdisjoint((*SIZES, *values)):
        return 0.0 if absent == "zero" else None
    if name == "status":
        return "observed" if absent == "zero" else None
    if pd.api.types.is_numeric_dtype(frame[name].dtype):
        return None  # a number that nobody declared additive is not known there
    found = [_attribute(frame[name], coded[key][0]) for key in ("region", "industry")]
    known = [values for values in found if values is not None]
    if len(known) != 1:  # of neither, or by chance of both
        return None
    key = "region" if found[0] is not None else "industry"
    return known[0].take(places[key]).reset_index(drop=True)


def _value_of(name: str) -> str:
    """The value that a column bounds, if it is a bound."""
    return name.removesuffix("_low").removesuffix("_high")


def _attribute(column: pd.Series[Any], codes: Codes) -> pd.Series[Any] | None:
    """One value for each region (or industry), if the column says the same of it everywhere."""
    groups = column.groupby(codes, sort=True)
    if groups.nunique(dropna=False).max() > 1:
        return None
    first: pd.Series[Any] = groups.first()
    return first


def incomplete(axes: Mapping[str, pd.Index[Any]], flat: Codes) -> str:
    """Say what is absent, with an example, and how to say what it means."""
    shape = tuple(len(axis) for axis in axes.values())
    size = int(np.prod(shape))
    present = np.zeros(size, dtype=bool)
    present[flat] = True
    place = np.unravel_index(int(np.argmin(present)), shape)
    first = tuple(axis.tolist()[p] for axis, p in zip(axes.values(), place, strict=True))
    return (
        f"{size - len(flat):,} of {size:,} ({', '.join(axes)}) rows are absent, first {first}; "
        f"say what absence means: cs.cells(table, absent='zero') or absent='missing'"
    )
