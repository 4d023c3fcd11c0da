"""From NAF rév. 2 sub-classes to any coarser level, with what finds no item counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import pandas as pd

from clusterstats import datasets
from clusterstats.errors import TableError, require_choice

__all__ = ["LEVELS", "NafLevels", "naf_level"]

LEVELS = ("class", "group", "a138", "a129", "a88", "a64", "a38", "a21", "a17", "a10", "a5")


class NafLevels(NamedTuple):
    """What `naf_level` returns.

    Attributes
    ----------
    values : pandas.Series
        The item of each code, in its order and with its index; missing where there is none.
    unmatched : pandas.Series
        How often each code without an item occurs; empty when all have one.
    """

    values: pd.Series[str]
    unmatched: pd.Series[int]


def naf_level(
    codes: Iterable[str], level: str, *, unmatched: Literal["error", "keep"] = "error"
) -> NafLevels:
    """Map NAF rév. 2 sub-classes to the items of a coarser level.

    Use it before counting by industry, so that every table is at one level.

    Parameters
    ----------
    codes : iterable of str
        Sub-classes with their dot, such as ``"59.11A"``; a series keeps its index.
    level : {"class", "group", "a138", "a129", "a88", "a64", "a38", "a21", "a17", "a10", "a5"}
        The level wanted: `class` is also the NACE class, `a88` the division, `a21` the section.
    unmatched : {"error", "keep"}
        What to do with codes that have no item: raise, or leave them missing and count them.

    Returns
    -------
    NafLevels
        ``values``, a series of items, and ``unmatched``, the count of each code without one.

    Raises
    ------
    TableError
        If a code has no item and `unmatched` is ``"error"``.
    OptionError
        If `level` or `unmatched` is not one of those above.

    Notes
    -----
    Blank codes count as unmatched. At level `a138` so do the sub-classes that national accounts
    split between market and non-market services, which a code can't tell.

    References
    ----------
    INSEE, NAF rév. 2 (decree 2007-1888) and its aggregations: the dataset `naf_rev2`.

    Examples
    --------
    >>> from clusterstats import harmonize
    >>> harmonize.naf_level(["59.11A", "01.11Z"], "a38").values.tolist()
    ['JA', 'AZ']
    >>> harmonize.naf_level(["59.11A", "92.1A", "92.1A"], "a38", unmatched="keep").unmatched
    92.1A    2
    Name: count, dtype: int64
    """
    require_choice("level", level, LEVELS)
    require_choice("unmatched", unmatched, ("error", "keep"))
    given = codes if isinstance(codes, pd.Series) else pd.Series(list(codes), dtype="object")
    items = datasets.load("naf_rev2").set_index("sub_class")[level]
    values = given.map(items).rename(level)
    lost = given[values.isna()].value_counts(dropna=False, sort=False).sort_index()
    if unmatched == "error" and len(lost):
        raise TableError(_unmatched_message(lost, level))
    return NafLevels(values, lost)


def _unmatched_message(lost: pd.Series[int], level: str) -> str:
    first = lost.index[0]
    return (
        f"{len(lost)} NAF code(s) in {lost.sum()} row(s) have no {level} item, first {first!r}; "
        'write codes as "59.11A" (Urssaf writes 5911A), or pass unmatched="keep" to count them'
    )
