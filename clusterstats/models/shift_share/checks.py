"""What shares and shocks must be: clear errors where they are not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clusterstats.errors import TableError

__all__ = ["check_shares", "check_shocks", "require_columns", "require_same_kind"]

ROUNDING = 1e-6
"""Sums of shares may be this much above 1."""


def require_columns(frame: pd.DataFrame, names: Sequence[str], table: str) -> None:
    """Raise where a column is missing, listing those that are there."""
    for name in names:
        if name not in frame:
            listed = ", ".join(map(repr, frame.columns))
            raise TableError(
                f"no column {name!r} in the {table}, which have {listed}; name columns with "
                f"columns=ShiftShareColumns(...)"
            )


def require_same_kind(left: pd.Series, right: pd.Series, name: str) -> None:
    """Raise where a key is text in one table and numbers in another."""
    kinds = [pd.api.types.is_numeric_dtype(column) for column in (left, right)]
    if kinds[0] != kinds[1]:
        raise TableError(
            f"key {name!r} is {left.dtype} in one table and {right.dtype} in another; make both "
            f"text or both numbers"
        )


def check_shares(
    frame: pd.DataFrame, keys: Sequence[str], row: Sequence[str], share: str
) -> pd.DataFrame:
    """The shares; raise where they are blank, negative, repeated, or sum above 1 in a region."""
    require_columns(frame, [*keys, share], "shares")
    _require_known(frame, keys, share, "shares")
    _require_unique(frame, keys, "shares", "sum them")
    negative = frame[share] < 0
    if negative.any():
        first = frame[negative].iloc[0]
        raise TableError(
            f"{int(negative.sum()):,} share(s) are negative, first {_key(first, keys)} with "
            f"{first[share]:g}; a share lies between 0 and 1"
        )
    sums = frame.groupby(list(row), observed=True)[share].sum()
    if (sums > 1 + ROUNDING).any():
        first = sums[sums > 1 + ROUNDING]
        raise TableError(
            f"shares sum above 1 in {len(first):,} ({', '.join(row)}), first {first.index[0]!r} "
            f"with {first.iloc[0]:.6g}; divide by a total that holds all industries"
        )
    return frame


def check_shocks(frame: pd.DataFrame, keys: Sequence[str], shock: str) -> pd.DataFrame:
    """The shocks; raise where they are blank, infinite or repeated."""
    require_columns(frame, [*keys, shock], "shocks")
    _require_known(frame, keys, shock, "shocks")
    _require_unique(frame, keys, "shocks", "give each shock once")
    return frame


def _require_known(frame: pd.DataFrame, keys: Sequence[str], value: str, table: str) -> None:
    """Raise on blank keys, and on values that are blank, infinite or not numbers."""
    for name in keys:
        if frame[name].isna().any():
            row = frame.index[frame[name].isna()][0]
            raise TableError(f"{name!r} of the {table} is blank, first in row {row}; fill it")
    if not pd.api.types.is_numeric_dtype(frame[value]):
        raise TableError(f"{value!r} of the {table} must be numbers; it is {frame[value].dtype}")
    numbers = frame[value].to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(numbers).all():
        wrong = ~np.isfinite(numbers)
        first = frame[wrong].iloc[0]
        raise TableError(
            f"{int(wrong.sum()):,} {value!r} of the {table} are blank or infinite, first "
            f"{_key(first, keys)}; give a number, 0 where there is none, or leave the row out"
        )


def _require_unique(frame: pd.DataFrame, keys: Sequence[str], table: str, remedy: str) -> None:
    """Raise where a key is there twice."""
    repeated = frame.duplicated(list(keys))
    if repeated.any():
        first = frame[repeated].iloc[0]
        raise TableError(
            f"{table} repeat {int(repeated.sum()):,} ({', '.join(keys)}) key(s), first "
            f"{_key(first, keys)}; {remedy}"
        )


def _key(row: pd.Series, keys: Sequence[str]) -> str:
    return "(" + ", ".join(str(row[name]) for name in keys) + ")"
