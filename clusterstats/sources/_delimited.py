"""Values of delimited lines, of whatever length a line may have."""

import csv
from collections.abc import Iterable, Iterator

__all__ = ["LONGEST", "rows_of", "split"]

LONGEST = 2_000_000
"""Letters of the longest line; DuckDB reads no longer ones, and loses some in silence."""


def rows_of(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows, each with the number of lines read up to its end."""
    reader = csv.reader(lines, delimiter=delimiter)
    while (values := _next(reader)) is not None:
        yield reader.line_num, values


def split(line: str, delimiter: str) -> list[str]:
    """Values of one line."""
    return next((values for _, values in rows_of([line], delimiter)), [""])


def _next(reader: Iterator[list[str]]) -> list[str] | None:
    """Next row; the limit on a value, which all of Python shares, is raised for it alone."""
    usual = csv.field_size_limit(LONGEST)
    try:
        return next(reader, None)
    finally:
        csv.field_size_limit(usual)
