"""Frames of any engine: taken in, renamed, summed where they lie, collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import TableError

AXES = ("year", "region", "industry")
SIZES = ("establishments", "employment")
BESIDE = ("_squares", "_low", "_high")


def as_lazy(table: IntoTable) -> Any:
    """Whatever was handed in, as a lazy narwhals frame."""
    if isinstance(table, pd.DataFrame):
        _check_names(table)
    try:
        return nw.from_native(table).lazy()
    except TypeError:
        kind = type(table).__name__
        raise TableError(
            f"expected a table (pandas, Polars, DuckDB, Arrow, a reader's frame), got {kind}"
        ) from None


def _check_names(frame: pd.DataFrame) -> None:
    """Raise unless columns have names that are text and differ."""
    strange = [name for name in frame.columns if not isinstance(name, str)]
    if strange:
        raise TableError(f"column name {strange[0]!r} is not text; rename the column")
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise TableError(f"two columns are named {twice!r}; rename one of them")


def collect(frame: Any) -> pd.DataFrame:
    """Rows in memory, as pandas, none of them the caller's own."""
    result: pd.DataFrame = frame.collect("pandas").to_native()
    return result.copy(deep=False)


def rename(frame: Any, names: Mapping[str, str]) -> Any:
    """Give the columns the names of the contract; a column in the way gives way."""
    columns = frame.collect_schema().names()
    renamed = {old: new for old, new in names.items() if old != new}
    optional = {"year", "establishments", "employment"}
    wanted = [old for old, new in renamed.items() if not (new in optional and old == new)]
    require(columns, wanted)
    for new in renamed.values():
        if list(renamed.values()).count(new) > 1:
            raise TableError(f"two columns are to be {new!r}; name one of them")
    renamed |= _companions(columns, renamed)
    in_the_way = [new for new in renamed.values() if new in columns and new not in renamed]
    in_the_way += [
        f"{new}{end}"
        for new in in_the_way
        for end in BESIDE
        if f"{new}{end}" in columns and f"{new}{end}" not in [*renamed, *renamed.values()]
    ]
    return frame.drop(in_the_way).rename(renamed) if renamed else frame


def _companions(columns: Iterable[str], renamed: Mapping[str, str]) -> dict[str, str]:
    """Rename with a size what stands beside it: its squares and its bounds."""
    there = set(columns)
    return {
        f"{old}{end}": f"{new}{end}"
        for old, new in renamed.items()
        for end in BESIDE
        if new in SIZES and f"{old}{end}" in there
    }


def require(columns: Iterable[str], wanted: Iterable[str]) -> None:
    """Raise unless every wanted column is there."""
    present = list(columns)
    missing = [name for name in wanted if name not in present]
    if missing:
        raise TableError(
            f"no column {missing[0]!r}; the table has {', '.join(map(repr, present))}; name the "
            f"column to use, as in cs.cells(table, region='zone', industry='ape')"
        )


def keys_of(columns: Iterable[str]) -> list[str]:
    """The key columns that are there, in the order of the arrays' axes."""
    return [name for name in AXES if name in columns]


def known(name: str) -> Any:
    """A numeric column in which `nan` of any engine is a null."""
    column = nw.col(name).cast(nw.Float64)
    return nw.when(~(column.is_null() | column.is_nan())).then(column)
