"""The order of establishments, found fast where their codes are text of one length."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from clusterstats._types import Array, Codes

EXACT = 2**53  # whole numbers up to this are exact as floats
BLOCK = 2**13  # rows held as floats at once


def rising(frame: pd.DataFrame, keys: Sequence[str]) -> Codes | None:
    """Order of rows in which each key is above the one before, if it can be found by counting.

    None where keys repeat, or where codes differ in length or in too many letters: a sort of the
    text itself then decides.
    """
    place, reach = np.zeros(1), 1
    for name in keys:
        numbered = _numbered(frame[name]) if name == "establishment" else _coded(frame[name])
        if numbered is None or reach * numbered[1] > EXACT:
            return None
        place, reach = place * numbered[1] + numbered[0], reach * numbered[1]
    words = np.ascontiguousarray(place.astype("<i8").view("<u2").reshape(-1, 4).T)
    order = np.lexsort(words)
    return order if (np.diff(place[order]) > 0).all() else None


def _coded(column: pd.Series[Any]) -> tuple[Array, int]:
    """Place of each label among the sorted ones, and how many they are."""
    place, labels = pd.factorize(column, sort=True)
    return place.astype(np.float64), len(labels)


def _numbered(column: pd.Series[Any]) -> tuple[Array, int] | None:
    """Number of each code in the order of its text, and one above the largest possible.

    A code is read as a number whose digit at each place is the letter's distance from the least
    letter there, and whose base is how far letters range there.
    """
    letters = _letters(column)
    if letters is None:
        return None
    least, most = (end.astype(np.int64).tolist() for end in _ends(letters))
    worth = [1] * len(least)
    for k in range(len(worth) - 1, 0, -1):
        worth[k - 1] = worth[k] * (most[k] - least[k] + 1)
    lowest, highest = (sum(map(operator.mul, end, worth)) for end in (least, most))
    if highest > EXACT:
        return None
    place, weight = np.empty(len(letters)), np.array(worth, dtype=np.float64)
    for start in range(0, len(letters), BLOCK):
        place[start : start + BLOCK] = letters[start : start + BLOCK].astype(np.float64) @ weight
    return place - lowest, highest - lowest + 1


def _letters(column: pd.Series[Any]) -> Any:
    """Bytes of text, shape (row, place), or None where codes differ in length."""
    text: Any = pa.array(column.array, type=pa.large_string())
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    _, offsets, letters = text.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    lengths = np.diff(ends)
    if lengths[0] == 0 or (lengths != lengths[0]).any():
        return None
    rows = np.frombuffer(letters, dtype=np.uint8)[ends[0] : ends[-1]]
    return rows.reshape(len(text), int(lengths[0]))


def _ends(letters: Any) -> tuple[Any, Any]:
    """Least and greatest letter at each place; whole blocks of rows are compared at once."""
    rows, places = letters.shape
    whole = letters[: rows - rows % BLOCK].reshape(-1, BLOCK * places)
    rest = letters[rows - rows % BLOCK :]
    found = []
    for end in (np.minimum, np.maximum):
        parts = [end.reduce(rest)] if len(rest) else []
        if len(whole):
            parts.append(end.reduce(end.reduce(whole).reshape(BLOCK, places)))
        found.append(end.reduce(parts))
    return found[0], found[1]
