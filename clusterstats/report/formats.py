"""Numbers and words as a reader of a page sees them."""

from __future__ import annotations

import math
import numbers
from typing import NamedTuple

import pandas as pd

__all__ = ["DASH", "Column", "as_columns", "number_text"]

DASH = "\N{EN DASH}"
"""What stands for a number that is unknown, suppressed or undefined."""
SHORT, LONG = 16, 40
"""Longest text that is kept on one line, and longest that needs no wide column."""
TINY, SMALL, HUGE = 1e-4, 0.1, 1e15
"""Below the first and from the last, a power of ten; below the second, more decimals."""
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Column(NamedTuple):
    """A column to show: its heading, a style (`number`, `code`, `text`, `long`) and its cells."""

    heading: str
    style: str
    cells: list[str]


def number_text(value: float, decimals: int = 3) -> str:
    """Write a number: whole without decimals, else with three that carry digits; `nan` a dash.

    Numbers of five digits and more are grouped, so that years are not. Zero is "0", and no other
    number is: small ones get more decimals, or are written with their power of ten.

    Examples
    --------
    >>> from clusterstats.report.formats import number_text
    >>> [number_text(x) for x in (2022, 28750, 2.26984, 0.0123456, -0.5, 0, float("nan"))]
    ['2022', '28,750', '2.270', '0.0123', '−0.500', '0', '–']
    """
    if math.isnan(value):
        return DASH
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    size = abs(value)
    if math.isinf(size):
        return f"{sign}∞"
    if size == round(size) and size < HUGE:
        return sign + _grouped(f"{size:.0f}")
    if size >= HUGE or size < TINY:
        digits, power = f"{size:.2e}".split("e")
        return f"{sign}{digits} × 10{str(int(power)).translate(SUPERSCRIPT)}"
    if size < SMALL:
        decimals = 2 - math.floor(math.log10(size))
    return sign + _grouped(f"{size:.{decimals}f}")


def _grouped(digits: str) -> str:
    """Group thousands where there are five whole digits or more."""
    whole, point, rest = digits.partition(".")
    return (f"{int(whole):,}" if len(whole) > 4 else whole) + point + rest


def as_columns(table: pd.DataFrame) -> list[Column]:
    """Write every cell of a table, and say how each column is to be set."""
    return [_column(str(name), table.iloc[:, place]) for place, name in enumerate(table.columns)]


def _column(name: str, values: pd.Series) -> Column:
    heading = name.replace("_", " ")
    known = values.dropna()
    if pd.api.types.is_bool_dtype(known) and len(known):
        return Column(heading, "code", [_yes_no(value) for value in values])
    if pd.api.types.is_numeric_dtype(values) or (len(known) and all(map(_is_number, known))):
        return Column(heading, "number", _numbers(values))
    cells = ["" if is_blank else str(v) for v, is_blank in zip(values, values.isna(), strict=True)]
    longest = max(map(len, cells))
    return Column(heading, "code" if longest <= SHORT else _width(longest), cells)


def _width(longest: int) -> str:
    return "text" if longest <= LONG else "long"


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _numbers(values: pd.Series) -> list[str]:
    """Write a column with as many decimals, up to three, as its values have."""
    plain = [math.nan if pd.isna(value) else float(value) for value in values]
    sizes = [abs(value) for value in plain if math.isfinite(value) and SMALL <= abs(value) < HUGE]
    decimals = next((d for d in range(1, 3) if all(round(x, d) == x for x in sizes)), 3)
    return [number_text(value, decimals) for value in plain]


def _yes_no(value: object) -> str:
    return DASH if pd.isna(value) else "yes" if value else "no"  # type: ignore[call-overload]
