"""The bytes of a text file: whole, and in UTF-8 whatever encoding it was saved in."""

import atexit
import codecs
import gzip
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import IO

import duckdb

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._delimited import LONGEST, split

__all__ = ["OLD", "as_utf8", "is_gzip", "open_bytes", "undecodable"]

OLD = int(duckdb.__version__.split(".")[0]) < 2
"""Whether DuckDB needs damage to be found before it reads: see `as_utf8`."""

CHUNK = 1 << 20
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SEPARATORS = rb'[;,\t|"\r\n]'


def is_gzip(path: Path) -> bool:
    """Whether the content, whatever the name, is gzip."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_bytes(path: Path) -> IO[bytes]:
    """Open for reading, decompressed."""
    return gzip.open(path, "rb") if is_gzip(path) else path.open("rb")  # type: ignore[return-value]


def as_utf8(path: Path, encoding: str, *, is_read: bool = True) -> Path:
    """Give a UTF-8 file with the text of `path`: itself, or a copy that is removed at exit.

    Every byte is read once here: a NUL and a line of more than `LONGEST` letters are refused,
    and DuckDB 1.4 accepts a gzip file cut between two rows, and is left unusable by invalid
    UTF-8. False spares the bytes of what is said to be UTF-8: for DuckDB 2 finds those that are
    not in the columns it reads.
    """
    codec = _codec(encoding)
    if path.suffix.lower() == ".gz" and not is_gzip(path):
        raise SourceError(f"{path.name} is not gzip; remove .gz from its name or download it again")
    try:
        if codec != "utf-8":
            return _transcoded(path, codec)
        return _verified(path) if is_read else path
    except UnicodeDecodeError as error:
        raise undecodable(path, codec) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(
            f"{path.name} is a truncated or damaged gzip file ({error}); download it again"
        ) from error


def _codec(encoding: str) -> str:
    """Canonical name; Latin-1 is read as its superset CP1252, which is what such files are in."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise OptionError(
            f"encoding={encoding!r} is not known; use one of 'utf-8', 'cp1252', 'utf-16', ..."
        ) from None
    return {"iso8859-1": "cp1252", "utf-8-sig": "utf-8"}.get(name, name)


def _decoded(path: Path, codec: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(codec)()
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _verified(path: Path) -> Path:
    for _ in _sound(path, "utf-8"):
        pass
    return path


def _sound(path: Path, codec: str) -> Iterator[str]:
    """Text without a NUL, in lines that are not endless."""
    length = 0
    for text in _decoded(path, codec):
        if "\0" in text:
            raise _with_nul(path, codec)
        first = _line_end(text)
        if length + (len(text) if first is None else first) > LONGEST:
            raise _endless(path, codec)
        last = max(text.rfind("\n"), text.rfind("\r"))
        length = length + len(text) if first is None else len(text) - last - 1
        yield text


def _line_end(text: str) -> int | None:
    """Place of the first line end."""
    ends = [at for at in (text.find("\n"), text.find("\r")) if at >= 0]
    return min(ends, default=None)


def _with_nul(path: Path, codec: str) -> SourceError:
    """Name the place of the first NUL; on the first line it means that all is no text."""
    number, before = 1, ""
    for text in _decoded(path, codec):
        head, found, _ = text.partition("\0")
        number += head.count("\n")
        before = (before + head)[-LONGEST:].rpartition("\n")[2]
        if found:
            break
    if number == 1:
        return SourceError(f"{path.name} is not a text file; export it as CSV")
    start = before.encode()
    column = _column(path, number, start, len(start)) if codec == "utf-8" else ""
    return SourceError(f"{path.name}, line {number}{column} has a NUL; remove it")


def _endless(path: Path, codec: str) -> SourceError:
    """Name the line that does not end."""
    number, length = 1, 0
    for text in _decoded(path, codec):
        head, *others = text.split("\n")
        length += len(head)
        if length > LONGEST:
            break
        number += len(others)
        length = len(others[-1]) if others else length
    return SourceError(
        f"{path.name}, line {number} has more than {LONGEST:,} letters; look for a line end that "
        "is missing, or export the file again"
    )


def _transcoded(path: Path, codec: str) -> Path:
    if _is_surely_utf8(path):
        raise SourceError(f'{path.name} is in UTF-8, not {codec}; read it with encoding="utf-8"')
    handle, name = tempfile.mkstemp(dir=_scratch(), suffix=".csv")
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as copy:
        copy.writelines(_sound(path, codec))
    return Path(name)


def _is_surely_utf8(path: Path) -> bool:
    """Whether it has letters beyond ASCII and all are valid UTF-8, which other text never is."""
    is_ascii = True
    try:
        for text in _decoded(path, "utf-8"):
            is_ascii = is_ascii and text.isascii()
    except UnicodeDecodeError:
        return False
    return not is_ascii


@cache
def _scratch() -> Path:
    folder = tempfile.mkdtemp(prefix="clusterstats-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def undecodable(path: Path, codec: str) -> SourceError:
    """Name the line, the column and the value of the first byte that is not in the encoding."""
    with open_bytes(path) as file:
        if file.read(2) in UTF16_MARKS:
            return SourceError(f'{path.name} is in UTF-16; read it with encoding="utf-16"')
    remedy = 'read it with encoding="cp1252"' if codec == "utf-8" else "give its own encoding"
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(codec)
            except UnicodeDecodeError as error:
                place = f"{path.name}, line {number}{_column(path, number, line, error.start)}"
                value = _around(line, error.start)
                return SourceError(
                    f"{place}: {value!r} has byte 0x{line[error.start]:02x}, "
                    f"which is not {codec}; {remedy}"
                )
    return SourceError(f"{path.name} is not in {codec}; {remedy}")


def _around(line: bytes, at: int) -> str:
    """Cut out the value that holds byte `at`, as Windows would show it."""
    left = re.split(SEPARATORS, line[:at])[-1]
    right = re.split(SEPARATORS, line[at:])[0]
    return (left + right).decode("cp1252", "replace")


def _column(path: Path, number: int, line: bytes, at: int) -> str:
    """Name the column of byte `at`, by the separator that the header has most of."""
    if number == 1:
        return ""
    with open_bytes(path) as file:
        header = _read_as(next(islice(file, 1)).removeprefix(codecs.BOM_UTF8))
    separator = max(";,\t|", key=header.count)
    names = split(header, separator)
    index = len(split(line[:at].decode("latin-1"), separator)) - 1
    return f", column {names[index]!r}" if index < len(names) else ""


def _read_as(line: bytes) -> str:
    """Text of a line that may be in UTF-8."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")
