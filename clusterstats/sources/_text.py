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
from clusterstats.sources._bytes import OLD, as_utf8, open_bytes, undecodable
from clusterstats.sources._delimited import rows_of, split
from clusterstats.sources._engines import Engine, scan_text
from clusterstats.sources._origin import Frame, Origin, existing_file, unique_names

__all__ = ["diagnose", "open_text", "refuse_surplus"]

DELIMITERS = (";", ",", "\t", "|")
LONGEST_HEADER = 1 << 20
ENDS = {"\r\n": "CR LF", "\n": "LF", "\r": "CR"}


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
    sep = delimiter or max(DELIMITERS, key=lambda d: len(split(header, d)))
    _require_delimiter(header, sep, file.name, header_line)
    columns = unique_names(split(header, sep), f"{file.name}, line {header_line}")
    scan = partial(_scan, readable, columns, sep, header_line)
    origin = Origin(
        name=file.name,
        frame=scan("duckdb"),
        columns=columns,
        lines=partial(_lines, readable, sep, header_line),
        header_line=header_line,
        scan=scan,
        text=readable,
    )
    refuse_surplus(origin, sep)
    return origin


def refuse_surplus(origin: Origin, delimiter: str) -> None:
    """Raise on a line with values beyond the last column, which DuckDB before 2 drops if blank."""
    if not OLD or origin.text is None:
        return
    is_likely = _may_have_surplus(origin.text, delimiter, len(origin.columns))
    if is_likely and (wrong := _uneven(origin)):
        raise wrong


@contextmanager
def _open(readable: Path) -> Iterator[TextIO]:
    with io.TextIOWrapper(open_bytes(readable), encoding="utf-8-sig", newline="") as file:
        try:
            yield file
        except UnicodeDecodeError as error:
            raise undecodable(readable, "utf-8") from error


def _header_text(readable: Path, name: str, line: int) -> str:
    with _open(readable) as file:
        lines = (file.readline(LONGEST_HEADER) for _ in range(line))
        for number, text in enumerate(lines, start=1):
            if len(text) == LONGEST_HEADER:
                problem = f"has more than {LONGEST_HEADER:,} letters; look for a missing line end"
                raise SourceError(f"{name}, line {number} {problem}")
    text = text.rstrip("\r\n")
    if "\0" in text:
        raise SourceError(f"{name} is not a text file; export it as CSV")
    if not text.strip():
        raise SourceError(f"{name}, line {line} is blank or absent; put the header there")
    if text.count('"') % 2:
        raise SourceError(f"{name}, line {line}: the header has a line break; put it on one line")
    return text


def _require_delimiter(header: str, delimiter: str, name: str, line: int) -> None:
    best = max(DELIMITERS, key=lambda d: len(split(header, d)))
    if len(split(header, delimiter)) == 1 < len(split(header, best)):
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
        start = header_line + 1
        for end, values in rows_of(islice(file, header_line, None), delimiter):
            if values:
                yield start, values
            start = header_line + end + 1


def _may_have_surplus(readable: Path, delimiter: str, columns: int) -> bool:
    """Whether a line ends in a blank and has delimiters too many, which DuckDB 1.4 drops.

    Some may stand in quotes, so that only the values tell.
    """
    mark = delimiter.encode()
    with open_bytes(readable) as file:
        return any(
            line.count(mark) >= columns and line.rstrip(b'\r\n"').endswith(mark) for line in file
        )


def diagnose(origin: Origin, error: Exception) -> SourceError:
    """Find what the engine could not read; `error` is what it said."""
    if origin.text is None:
        return origin.error("its data are damaged; download or export the file again")
    if wrong := _uneven(origin) or _mixed(origin, origin.text):
        return wrong
    text = str(error)
    at = re.search(r"Line: (\d+)", text)
    said = "a stray quote; double it or remove it" if "quote" in text else text.splitlines()[0]
    return origin.error(said, line=int(at[1]) if at else None)


def _uneven(origin: Origin) -> SourceError | None:
    """Name the first line of another width than the header, or whose quote stays open."""
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
    return None


def _mixed(origin: Origin, text: Path) -> SourceError | None:
    """Name the first line that ends in another way than the first, as no engine reads it."""
    usual: str | None = None
    with _open(text) as file:
        for number, line in enumerate(file, start=1):
            end = line[len(line.rstrip("\r\n")) :]
            usual = usual or end
            if end and end != usual:
                problem = f"ends in {ENDS[end]}, line 1 in {ENDS[usual]}; save it with one"
                return origin.error(f"the line {problem} kind of line end", line=number)
    return None
