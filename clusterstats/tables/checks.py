"""The rules of cells and establishments: each broken one has one clear sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Codes
from clusterstats.errors import TableError, warn
from clusterstats.tables.frames import SIZES, keys_of, require
from clusterstats.tables.order import rising


def check_cells(frame: pd.DataFrame, values: Sequence[str]) -> pd.DataFrame:
    """Cells with text codes, unique keys and non-negative numbers, or a `TableError`."""
    require(frame.columns, ("region", "industry"))
    keys = keys_of(frame.columns)
    frame = with_keys(frame, keys)
    for name in frame.columns:
        if name in SIZES or name in values or str(name).endswith(("_squares", "_low", "_high")):
            frame[name] = numbers(frame, name)
            check_values(frame, name, keys)
    repeated = frame.duplicated(keys)
    if repeated.any():
        raise TableError(repeats(frame[repeated], keys, "cells"))
    for name in frame.columns:
        if name.endswith("_squares"):
            check_squares(frame, name.removesuffix("_squares"), keys)
    return frame


def check_squares(frame: pd.DataFrame, value: str, keys: Sequence[str]) -> None:
    """Raise where a sum of squares can't be that of the establishments behind the sum."""
    if value not in frame:
        return
    total, squares = (numbers(frame, name) for name in (value, f"{value}_squares"))
    least = 0.0 * total
    if "establishments" in frame:
        least = (total**2 / numbers(frame, "establishments")).where(total > 0, 0.0)
    slack = 1e-6 * total**2 + 1e-3  # sums of squares may come rounded
    bad = (squares > total**2 + slack) | (squares < least - slack)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        key = place_of(frame, row, keys)
        raise TableError(
            f"'{value}_squares' is {squares.iloc[row]:g} at {key}, where {value} is "
            f"{total.iloc[row]:g}; a sum of squares lies between the sum squared over the number "
            f"of establishments and the sum squared"
        )


def check_establishments(frame: pd.DataFrame) -> pd.DataFrame:
    """Establishments with text codes and unique keys, sorted, or a `TableError`."""
    frame, order = establishments_and_order(frame)
    return frame if order is None else frame.iloc[order].reset_index(drop=True)


def establishments_and_order(frame: pd.DataFrame) -> tuple[pd.DataFrame, Codes | None]:
    """Checked establishments as they lie, and the order of their keys (None: they are in it)."""
    require(frame.columns, ("establishment", "region", "industry"))
    keys = [name for name in ("establishment", "year") if name in frame]
    frame = with_keys(frame, ["establishment", *keys_of(frame.columns)])
    if "employment" in frame:
        frame["employment"] = numbers(frame, "employment")
        check_values(frame, "employment", keys)
    first = ["establishment", *keys_of(frame.columns)]
    rest = [name for name in frame.columns if name not in first]
    frame = frame.reset_index(drop=True)[first + rest]
    if _rises(frame, keys):
        return frame, None
    order = rising(frame, keys)
    if order is None:
        repeated = frame.duplicated(keys)
        if repeated.any():
            raise TableError(repeats(frame[repeated], keys, "establishments"))
        order = frame[keys].sort_values(keys).index.to_numpy()
    return frame, order


def _rises(frame: pd.DataFrame, keys: Sequence[str]) -> bool:
    """Whether keys rise from each row to the next: then none repeats and none is out of order."""
    rises = np.zeros(len(frame) - 1, dtype=bool)
    for name in reversed(keys):
        later, earlier = frame[name].array[1:], frame[name].array[:-1]
        rises = np.asarray(later > earlier) | (np.asarray(later == earlier) & rises)
    return bool(rises.all())


def with_keys(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """A shallow copy whose codes are text and whose keys are never blank."""
    if not len(frame):
        raise TableError("the table has no rows; there is nothing to measure")
    frame = frame.copy(deep=False)
    for name in keys:
        if name != "year":
            frame[name] = _text(frame[name]) if frame[name].notna().all() else frame[name]
        blank = frame[name].isna() | (frame[name] == "")
        if blank.any():
            row = int(np.flatnonzero(blank)[0])
            raise TableError(
                f"column {name!r} is blank in {int(blank.sum())} row(s), first row {row} "
                f"(counted from 0); give it a code or take the row out"
            )
        if name == "year":
            frame[name] = _years(frame)
    return frame


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Codes as text; what is not text is taken over with a warning, for zeros may be lost."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if isinstance(column.dtype, pd.StringDtype) or pd.api.types.infer_dtype(column) == "string":
        return column.astype("str")
    first = next(value for value in column.tolist() if not isinstance(value, str))
    warn(
        f"column {column.name!r} holds {type(first).__name__} values, used as text ({first!r} "
        f"becomes '{first}'); if its codes have leading zeros, read the column as text"
    )
    return column.map(str).astype("str")


def _years(frame: pd.DataFrame) -> pd.Series[Any]:
    """Years as integers where they are whole numbers, as they are otherwise."""
    column = frame["year"]
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if pd.api.types.is_numeric_dtype(column.dtype) and (column % 1 == 0).all():
        return column.astype("int64")
    return column


def numbers(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """A column as floats, or an error that shows what is not a number."""
    column = frame[name]
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.astype("float64")
    parsed = pd.to_numeric(column, errors="coerce")
    bad = parsed.isna() & column.notna()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise TableError(
            f"column {name!r} holds {column.iloc[row]!r} in row {row} (counted from 0), which is "
            f"not a number; leave unknown values blank"
        )
    return parsed.astype("float64")


def check_values(frame: pd.DataFrame, name: str, keys: Sequence[str]) -> None:
    """Raise on the first negative or infinite value."""
    column = frame[name].to_numpy(dtype="float64", na_value=np.nan)
    bad = (column < 0) | np.isinf(column)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        key = place_of(frame, row, keys)
        raise TableError(
            f"column {name.strip()!r} is {column[row]:g} at {key}; counts and sizes are finite "
            f"and not negative, and unknown ones are blank"
        )


def place_of(frame: pd.DataFrame, row: int, keys: Sequence[str]) -> str:
    """Name a row by its keys, as in "year 2020, region '01004'"."""
    return ", ".join(f"{key} {frame[key].iloc[[row]].tolist()[0]!r}" for key in keys)


def repeats(repeated: pd.DataFrame, keys: Sequence[str], what: str) -> str:
    """Say which keys stand more than once, and what to do."""
    first = tuple(getattr(v, "item", lambda v=v: v)() for v in repeated[list(keys)].iloc[0])
    remedy = (
        "sum them first with cs.sum_cells" if what == "cells" else "keep one row for each of them"
    )
    return f"{what} repeat {len(repeated)} ({', '.join(keys)}) key(s), first {first}; {remedy}"
