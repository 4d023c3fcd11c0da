"""Sums by region, industry and year in the table's own engine, with bounds and status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from clusterstats.errors import TableError
from clusterstats.tables.bounds import (
    bounded,
    bounds_of,
    carried,
    check_bounds,
    check_numeric,
    filled,
    rank,
    status_of,
)
from clusterstats.tables.checks import check_values, repeats
from clusterstats.tables.frames import collect, keys_of, known

__all__ = ["sum_establishments", "summed_by"]


def summed_by(
    frame: Any,
    keys: Sequence[str],
    sums: Sequence[str],
    *,
    skip_missing: bool = False,
    row: Sequence[str] = (),
) -> pd.DataFrame:
    """Count rows and sum columns by keys, with their bounds and the status of the least known.

    The count is `rows_`, the number of each column's unknown terms `unknown_NAME`. A sum with an
    unknown term is unknown; where such terms are skipped, it is a low bound of the whole. Errors
    name a row by `row`, or else by `keys`.
    """
    columns = frame.collect_schema().names()
    values, beside = bounded(columns, sums), carried(columns, sums)
    for name in sums:
        check_numeric(frame, name)
    if beside:
        check_bounds(frame, row or keys, values)
        frame = frame.with_columns(**filled(columns, values))
        frame = frame.with_columns(rank_=rank(columns, sums))
    total = _totals(frame, keys, sums, values, skip_missing)
    _check_least(total, keys, sums)
    for name in () if skip_missing else sums:
        total[name] = total[name].where(total[f"unknown_{name}"] == 0)
    for value in values:
        _settle(total, value, skip_missing)
    return total.assign(status=status_of(total["rank_"])) if beside else total


def _totals(
    frame: Any, keys: Sequence[str], sums: Sequence[str], values: Sequence[str], skip: bool
) -> pd.DataFrame:
    """Sums of what is known, and what each sum must be told: see `_settle`."""
    lows = [f"{value}_low" for value in values] if skip else []
    terms = {name: known(name) for name in [*sums, *bounds_of(values)]}
    for low, value in zip(lows, values, strict=skip):
        terms[low] = nw.when(~known(value).is_null()).then(known(low))
    marks = {f"unknown_{name}": term.is_null().cast(nw.Int64) for name, term in terms.items()}
    marks |= {
        f"off_{name}": _off(value, name, name in lows)
        for value in values
        for name in bounds_of([value])
    }
    least = [nw.col(name).min().alias(f"least_{name}") for name in sums]
    worst = [nw.col("rank_").max()] if "rank_" in frame.collect_schema().names() else []
    totals = [nw.col(name).sum() for name in [*terms, *marks]]
    grouped = frame.with_columns(**terms, **marks).group_by(list(keys))
    return collect(grouped.agg(nw.len().alias("rows_"), *totals, *least, *worst))


def _off(value: str, bound: str, is_skipped: bool) -> Any:
    """1 where a bound is not its value, so that the sums may differ."""
    is_same = known(bound) == known(value)
    is_same = is_same | known(value).is_null() if is_skipped else is_same
    return nw.when(is_same).then(nw.lit(0)).otherwise(nw.lit(1))


def _settle(total: pd.DataFrame, value: str, skip: bool) -> None:
    """Blank the bounds that can't be summed; the others meet or enclose the value, to the bit."""
    low, high = bounds_of([value])
    is_bare = total[f"unknown_{low}"] == total["rows_"]
    total[low] = total[low] if skip else total[low].mask(is_bare)
    total[high] = total[high].where(total[f"unknown_{high}"] == 0)
    for bound in (low, high):
        total[bound] = total[bound].where(total[f"off_{bound}"] != 0, total[value])
    total[low] = total[low].mask(total[low] > total[value], total[value])
    for less in (value, low):
        total[high] = total[high].mask(total[high] < total[less], total[less])


def sum_establishments(frame: Any, columns: list[str], values: Sequence[str]) -> pd.DataFrame:
    """Establishments summed in their own engine, with sums of squares."""
    keys = keys_of(columns)
    unique = [*keys[:-2], "establishment"]
    blank = collect(frame.filter(nw.col("establishment").is_null()).head(1))
    if len(blank):
        raise TableError("column 'establishment' is blank in some row; give each an identifier")
    counted = frame.group_by(unique).agg(nw.len().alias("n"))
    repeated = collect(counted.filter(nw.col("n") > 1))
    if len(repeated):
        raise TableError(repeats(repeated, unique, "establishments"))
    listed = dict.fromkeys(["employment", *values])
    sizes = [name for name in listed if name in columns and name not in bounds_of(listed)]
    for name in sizes:
        check_numeric(frame, name)
    squares = {f"{name}_squares": known(name) * known(name) for name in sizes}
    sums = [column for name in sizes for column in (name, f"{name}_squares")]
    result = summed_by(frame.with_columns(**squares), keys, sums, row=unique)
    result["establishments"] = result["rows_"].astype("float64")
    return result[[*keys, "establishments", *sums, *carried(columns, sizes)]]


def _check_least(summed: pd.DataFrame, keys: Sequence[str], sums: Iterable[str]) -> None:
    """Raise if any term of a sum was negative."""
    for name in sums:
        terms = summed[list(keys)].assign(**{name: summed[f"least_{name}"]})
        check_values(terms, name, keys)
