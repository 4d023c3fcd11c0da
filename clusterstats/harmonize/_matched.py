"""What recoding territories gives back, and the steps that every recoding shares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from clusterstats import datasets
from clusterstats._types import IntoTable
from clusterstats.datasets._publishers import kept
from clusterstats.errors import DatasetError, TableError, warn
from clusterstats.tables.bounds import additive, bounds_of, carried, with_bounds
from clusterstats.tables.checks import check_values, numbers, repeats
from clusterstats.tables.frames import as_lazy, collect, keys_of, rename, require
from clusterstats.tables.sums import summed_by

__all__ = [
    "Recoded",
    "cells_of",
    "is_code",
    "publishers_file",
    "read_codes",
    "scaled",
    "spread",
    "summed",
    "warned",
]


@dataclass(frozen=True)
class Recoded:
    """A table on other codes; `str()` counts what found a place and what did not.

    Attributes
    ----------
    table : pandas.DataFrame
        ``year`` (if any), ``region`` or the new code, ``industry`` (if any) and the sums; sorted.
    unmatched : pandas.DataFrame
        The rows of the input that found no place, whole, with a `reason`; empty when all did.
    moves : pandas.DataFrame
        One row an old and new code that differ or share: ``code_from``, ``code_to``, ``weight``
        (the part of the old that goes to the new), ``weighting`` ("whole", "given" or "equal").
    """

    table: pd.DataFrame
    unmatched: pd.DataFrame
    moves: pd.DataFrame

    def __str__(self) -> str:
        return (
            f"{len(self.table):,} row(s), {len(self.moves):,} move(s) of codes, "
            f"{len(self.unmatched):,} row(s) unmatched"
        )


FORM = re.compile(r"(?:\d\d|2A|2B)\d{3}")


def is_code(code: object) -> bool:
    """Say if something has the form of a commune code: five characters of text, zeros kept."""
    return isinstance(code, str) and FORM.fullmatch(code) is not None


def cells_of(
    table: IntoTable, column: str, values: Sequence[str], *, key: str = "region"
) -> tuple[pd.DataFrame, list[str]]:
    """Return keys and columns to sum of a table in memory, checked, and the names of the latter.

    The keys are year, region and industry, where they are; `column` is the one to recode, taken as
    `key`. A blank in it stays, to be counted. Bounds and the status are among the columns to sum.
    """
    frame = collect(rename(as_lazy(table), {column: key}))
    require(frame.columns, (key, *values))
    if "establishment" in frame:
        raise TableError("the table lists establishments; cs.cells(table) sums those first")
    sums = additive(list(frame.columns), values)
    if not sums:
        raise TableError(
            "no column to sum: there is neither 'establishments' nor 'employment'; name the "
            'additive ones, as in values=("population",)'
        )
    keys = keys_of(frame.columns)
    repeated = frame.duplicated(keys) & frame[key].notna()
    if repeated.any():
        raise TableError(repeats(frame[repeated], keys, "cells"))
    for name in sums:
        frame[name] = numbers(frame, name)
        check_values(frame, name, keys)
    beside = carried(list(frame.columns), sums)
    there = [name for name in beside if name in frame]
    frame = with_bounds(frame[[*keys, *sums, *there]], keys, sums)
    return frame[[*keys, *sums, *beside]].reset_index(drop=True), [*sums, *beside]


def summed(frame: pd.DataFrame, sums: Sequence[str]) -> pd.DataFrame:
    """Sum by year, region and industry, where they are; a sum with an unknown term is unknown.

    Bounds are summed, and the status is that of the term of which the least is known.
    """
    keys = keys_of(frame.columns)
    own = [name for name in sums if name not in ("status", *bounds_of(sums))]
    totals = summed_by(as_lazy(frame), keys, own)
    return totals.sort_values(keys, ignore_index=True)[[*keys, *sums]]


def scaled(frame: pd.DataFrame, sums: Sequence[str], part: pd.Series[float]) -> pd.DataFrame:
    """Return this part of every value and of its bounds; a part has the status of the whole."""
    return frame.assign(**{name: frame[name] * part for name in sums if name != "status"})


def warned(result: Recoded, key: str = "region") -> Recoded:
    """Warn of rows without a place, naming the first, and hand on the result."""
    lost = result.unmatched
    if len(lost):
        code, reason = lost[[key, "reason"]].iloc[0]
        warn(
            f"{len(lost):,} row(s) of {lost[key].nunique(dropna=False):,} code(s) "
            f"found no place, first {code!r} ({reason}); they are in `.unmatched`, not in `.table`"
        )
    return result


def spread(
    frame: pd.DataFrame,
    crosswalk: pd.DataFrame,
    sums: Sequence[str],
    *,
    rounding: str = "none",
    key: str = "region",
) -> pd.DataFrame:
    """Return each row under its new codes, with its part of every value and bound.

    The parts are taken as known: a bound is shared as its value is. In whole numbers a bound is
    the floor, or the ceiling, of its part, unless the value is known exactly.
    """
    keyed = frame.assign(row_=np.arange(len(frame)))
    joined = keyed.merge(crosswalk, left_on=key, right_on="code_from", how="inner")
    joined = joined.sort_values(["row_", "code_to"], ignore_index=True)
    parts = scaled(joined, sums, joined["weight"])
    if rounding == "largest_remainder":
        bounds = bounds_of(sums)
        for name in sums:
            if name not in ("status", *bounds) and not name.endswith("_squares"):
                parts[name] = _whole_parts(joined, name)
                if f"{name}_low" in sums:
                    _round_bounds(parts, joined, name)
    return parts.assign(**{key: joined["code_to"]})[frame.columns]


def _round_bounds(parts: pd.DataFrame, joined: pd.DataFrame, name: str) -> None:
    """Round the bounds of a shared value outward; an exact value stays its own bound."""
    low, high = bounds_of([name])
    is_exact = (joined[low] == joined[name]) & (joined[high] == joined[name])
    parts[low] = np.floor(parts[low] + 1e-9).where(~is_exact, parts[name])
    parts[high] = np.ceil(parts[high] - 1e-9).where(~is_exact, parts[name])


def _whole_parts(joined: pd.DataFrame, name: str) -> pd.Series[float]:
    """Share whole numbers by largest remainder; of equal remainders the first code's."""
    value = joined[name]
    broken = value[(value % 1 != 0) & value.notna()]
    if len(broken):
        raise TableError(
            f"column {name!r} holds {broken.iloc[0]:g}, not a whole number; "
            "rounding='largest_remainder' shares whole numbers only"
        )
    exact = value * joined["weight"]
    floor = np.floor(exact + 1e-9)
    short = value - floor.groupby(joined["row_"]).transform("sum")
    rest = (exact - floor).round(9)
    rank = rest.groupby(joined["row_"]).rank(method="first", ascending=False)
    parts: pd.Series[float] = floor + (rank <= short)
    return parts


def publishers_file(folder: str, file: str, name: str, what: str) -> Path:
    """Return a publisher's table, or say both ways to get it.

    It is looked for in the folder of larger data, then among what `datasets.get` has fetched.
    """
    place = datasets.data_dir()
    path = None if place is None else place / folder / file
    if path is not None and path.is_file():
        return path
    fetched = kept(name)
    if fetched is None:
        looked = "CLUSTERSTATS_DATA is not set" if path is None else f"there is no {path}"
        raise DatasetError(
            f"{what} is needed and {looked}, nor has {name} been fetched; run "
            f"`clusterstats data get {name}`, or set CLUSTERSTATS_DATA to a folder that holds "
            f"{folder}/{file}"
        )
    return fetched


def read_codes(path: Path) -> pd.DataFrame:
    """Read a table of codes, all text; only the empty field is missing."""
    return pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])
