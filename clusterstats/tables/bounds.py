"""Bounds of what is not known: `v_low` and `v_high` beside a value `v`, and the row's `status`.

A blank low bound says nothing (what is counted is at least 0), a blank high bound that there is
none. A known value lies within its bounds, and is both of them unless it was rounded or imputed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from clusterstats.errors import TableError
from clusterstats.tables.checks import check_values, numbers, place_of
from clusterstats.tables.frames import SIZES, as_lazy, collect, known

ENDS = ("_low", "_high")
STATUS = ("observed", "imputed", "suppressed")
"""From the best known to the least; a blank one is less known than these."""
SUPPRESSED, BLANK = 2, 3


def additive(columns: Sequence[str], values: Sequence[str]) -> list[str]:
    """Columns to sum: sizes, the named values, sums of squares; their bounds are not among them."""
    squares = [name for name in columns if name.endswith("_squares")]
    listed = dict.fromkeys([*SIZES, *values, *squares])
    own = bounds_of(listed)
    return [name for name in listed if name in columns and name not in own]


def bounds_of(values: Iterable[str]) -> list[str]:
    """Names of the bounds of values."""
    return [f"{name}{end}" for name in values for end in ENDS]


def bounded(columns: Iterable[str], values: Iterable[str]) -> list[str]:
    """Values that have a bound beside them."""
    there = set(columns)
    return [name for name in values if there.intersection(bounds_of([name]))]


def stems(columns: Iterable[str]) -> list[str]:
    """What the bounds in a table are bounds of, whether it is there or not."""
    found = [name.removesuffix(end) for name in columns for end in ENDS if name.endswith(end)]
    return list(dict.fromkeys(found))


def carried(columns: Sequence[str], sums: Sequence[str]) -> list[str]:
    """Columns that a sum of `sums` brings with it: bounds, and a status if any is bounded."""
    bounds = bounds_of(bounded(columns, sums))
    return [*bounds, "status"] if bounds or "status" in columns else []


def with_bounds(frame: pd.DataFrame, keys: Sequence[str], sums: Sequence[str]) -> pd.DataFrame:
    """Rows with both bounds of each bounded column, checked, and a status if one of `sums` is."""
    columns, lazy = list(frame.columns), as_lazy(frame)
    check_bounds(lazy, keys, stems(columns))
    values = [name for name in stems(columns) if name in columns]
    if not values:
        return frame
    lazy = lazy.with_columns(**filled(columns, values))
    if not bounded(columns, sums) or "status" in columns:
        return collect(lazy)
    result = collect(lazy.with_columns(rank_=rank(columns, sums)))
    return result.assign(status=status_of(result.pop("rank_")))


def filled(columns: Sequence[str], values: Sequence[str]) -> dict[str, Any]:
    """Both bounds of each value: a blank one is the value, where that is known and observed."""
    result = {}
    for value in values:
        is_filled = ~known(value).is_null()
        if "status" in columns:
            is_filled = is_filled & (nw.col("status").cast(nw.String) == STATUS[0])
        itself = nw.when(is_filled).then(known(value))
        for name in bounds_of([value]):
            given = known(name) if name in columns else itself
            result[name] = nw.when(~given.is_null()).then(given).otherwise(itself)
    return result


def rank(columns: Sequence[str], sums: Sequence[str]) -> Any:
    """How little is known of a row, as a place in `STATUS`; of its bounded sums, if it has any.

    A row that is said to be observed or imputed, with such a value blank, is a missing one.
    """
    values = bounded(columns, sums) or [n for n in sums if not n.endswith("_squares")]
    if "status" not in columns:
        return nw.max_horizontal(*(_derived(value).alias(f"rank_{value}") for value in values))
    said: Any = nw.lit(BLANK)
    for place, name in enumerate(STATUS):
        is_it = nw.col("status").cast(nw.String) == name
        said = nw.when(is_it).then(nw.lit(place)).otherwise(said)
    is_unknown = nw.any_horizontal(*(known(value).is_null() for value in values), ignore_nulls=True)
    return nw.when(is_unknown & (said < SUPPRESSED)).then(nw.lit(BLANK)).otherwise(said)


def _derived(value: str) -> Any:
    """The rank of one value that has no status: known, bounded or missing."""
    is_bare = known(f"{value}_low").is_null() & known(f"{value}_high").is_null()
    less = nw.when(is_bare).then(nw.lit(BLANK)).otherwise(nw.lit(SUPPRESSED))
    return nw.when(known(value).is_null()).then(less).otherwise(nw.lit(0))


def status_of(ranks: pd.Series[Any]) -> pd.Series[Any]:
    """The words for ranks; blank for the last."""
    words = np.array([*STATUS, None], dtype=object)[ranks.to_numpy().astype(np.intp)]
    return pd.Series(words, index=ranks.index, dtype="object")


def check_bounds(frame: Any, keys: Sequence[str], values: Sequence[str]) -> None:
    """Raise on a status that is not known, and on the first bound that can't be one."""
    columns = frame.collect_schema().names()
    if "status" in columns:
        _check_status(frame)
    for name in [*values, *bounds_of(values)]:
        if name in columns:
            check_numeric(frame, name)
    bad = [fault for value in values for fault in _faults(columns, value)]
    if not bad:
        return
    first = collect(frame.filter(nw.any_horizontal(*bad, ignore_nulls=True)).head(1))
    for value in values if len(first) else ():
        _complain(first.reset_index(drop=True), value, keys)


def check_numeric(frame: Any, name: str) -> None:
    """Raise on what is not a number, before an engine does in its own words."""
    if not frame.collect_schema()[name].is_numeric():
        numbers(collect(frame.select(name)), name)


def _check_status(frame: Any) -> None:
    """Raise on a status that is none of those known."""
    status = nw.col("status")
    is_strange = ~status.is_null() & ~status.cast(nw.String).is_in(STATUS)
    strange = collect(frame.filter(is_strange).select("status").head(1))
    if len(strange):
        raise TableError(
            f"status {strange['status'].iloc[0]!r} is not known; use one of {', '.join(STATUS)}, "
            f"leave it blank, or rename the column if it says something else"
        )


def _faults(columns: Sequence[str], value: str) -> list[Any]:
    """What is wrong in a row: a bound negative, infinite or beyond the other, a value outside."""
    low, high = bounds_of([value])
    there = [name for name in (low, high) if name in columns]
    faults = [(known(name) < 0) | (known(name) == np.inf) for name in there]
    rising = [name for name in (low, value, high) if name in columns]
    pairs = [(less, more) for at, less in enumerate(rising) for more in rising[at + 1 :]]
    return faults + [known(less) > known(more) for less, more in pairs]


def _complain(first: pd.DataFrame, value: str, keys: Sequence[str]) -> None:
    """Raise if the bounds of a value are at fault in the only row."""
    key = place_of(first, 0, keys)
    ends = dict.fromkeys(bounds_of([value]), np.nan)
    for name in first.columns.intersection(list(ends)):
        checked = first.assign(**{name: numbers(first, name)})
        check_values(checked, name, keys)
        ends[name] = float(checked[name].iloc[0])
    low, high = ends.values()
    if low > high:
        raise TableError(
            f"'{value}_low' exceeds '{value}_high' at {key}: {low:g} > {high:g}; exchange or "
            f"correct them"
        )
    at = float(numbers(first, value).iloc[0]) if value in first else np.nan
    for name, is_outside in zip(ends, (at < low, at > high), strict=True):
        if is_outside:
            raise TableError(
                f"{value!r} is {at:g} at {key}, where {name!r} is {ends[name]:g}; a known value "
                f"lies within its bounds: correct one of them, or leave the bound blank"
            )
