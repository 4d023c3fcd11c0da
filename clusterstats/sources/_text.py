"""Opening delimited text: header, delimiter, a lazy all-text frame, and its physical lines."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._bytes import as_utf8, open_bytes, undecodable
from clusterstats.sources._engines import Engine, scan_text
from clusterstats.sources._origin import Frame, Origin, existing_file, unique_names

__all__ = ["diagnose", "open_text"]

DELIMITERS = (";", ",", "\t", "|")


def open_text(
    path: str | Path,
    *,
    delimiter: str | None,
    encoding: str,
    header_line: int = 1,
    is_read: bool = True,
) -> Origin:
    """Open a delimited text file; `delimiter=None` finds it in the header.

    `is_read` says whether to read every byte now, as `as_utf8` does.
    """
    if delimiter is not None and len(delimiter) != 1:
        raise OptionError(f"delimiter={delimiter!r} is not one character; leave it out to find it")
    file = existing_file(path)
    readable = as_utf8(file, encoding, is_read=is_read)
    header = _header_text(readable, file.name, header_line)
    sep = delimiter or max(DELIMITERS, key=lambda d: len(_split(header, d)))
    _require_delimiter(header, sep, file.name, header_line)
    columns = unique_names(_split(header, sep), file.name, header_line)
    scan = partial(_scan, readable, columns, sep, header_line)
    return Origin(
        name=file.name,
        frame=scan("duckdb"),
        columns=columns,
        lines=partial(_lines, readable, sep, header_line),
        header_line=header_line,
        scan=scan,
    )


@contextmanager
def _open(readable: Path) -> Iterator[TextIO]:
    with io.TextIOWrapper(open_bytes(readable), encoding="utf-8-sig", newline="") as file:
        try:
            yield file
        except UnicodeDecodeError as error:
            raise undecodable(readable, "utf-8") from error


def _header_text(readable: Path, name: str, line: int) -> str:
    with _open(readable) as file:
        text = next(islice(file, line - 1, None), "").rstrip("\r\n")
    if "\0" in text:
        raise SourceError(f"{name} is not a text file; export it as CSV")
    if not text.strip():
        raise SourceError(f"{name}, line {line} is blank or absent; the header should be there")
    if text.count('"') % 2:
        raise SourceError(f"{name}, line {line}: the header has a line break; put it on one line")
    return text


def _split(header: str, delimiter: str) -> list[str]:
    return next(csv.reader([header], delimiter=delimiter))


def _require_delimiter(header: str, delimiter: str, name: str, line: int) -> None:
    best = max(DELIMITERS, key=lambda d: len(_split(header, d)))
    if len(_split(header, delimiter)) == 1 < len(_split(header, best)):
        start = header[:40]
        raise SourceError(
            f"{name}, line {line}: the delimiter is {best!r}, not {delimiter!r} ({start!r}); "
            f"save the file with {delimiter!r}, or use read_table(..., delimiter={best!r})"
        )


def _scan(
    readable: Path, columns: tuple[str, ...], delimiter: str, header_line: int, engine: Engine
) -> Frame:
    return scan_text(readable, columns, engine=engine, delimiter=delimiter, skip=header_line)


def _lines(readable: Path, delimiter: str, header_line: int) -> Iterator[tuple[int, list[str]]]:
    """Rows below the header, each with the line on which it starts."""
    with _open(readable) as file:
        reader = csv.reader(islice(file, header_line, None), delimiter=delimiter)
        start = header_line + 1
        for values in reader:
            if values:
                yield start, values
            start = header_line + reader.line_num + 1


def diagnose(origin: Origin, error: Exception) -> SourceError:
    """Find the line that the engine could not read; `error` is what it said."""
    expected, line = len(origin.columns), 0
    try:
        for line, values in origin.lines():
            if len(values) != expected:
                found = f"{len(values)} value(s), from {(values[0] or '')[:40]!r}"
                remedy = "look for a cut line, or a stray delimiter or quote"
                return origin.error(
                    f"{found}, where the header has {expected} columns; {remedy}", line=line
                )
    except csv.Error:
        return origin.error("a quote is opened and never closed; close or remove it", line=line + 1)
    text = str(error)
    at = re.search(r"Line: (\d+)", text)
    said = "a stray quote; double it or remove it" if "quote" in text else text.splitlines()[0]
    return origin.error(said, line=int(at[1]) if at else None)
