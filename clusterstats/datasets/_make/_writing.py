"""Made files: streamed to a temporary neighbour, then renamed; text joined in Arrow."""

from __future__ import annotations

import gzip
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterstats.errors import OptionError

__all__ = [
    "BOM",
    "Array",
    "delimited",
    "label",
    "labels",
    "new_files",
    "packed",
    "require_count",
    "text",
    "write_chunks",
]

Array = np.ndarray[Any, Any]
ARROW: Any = pc
BOM = b"\xef\xbb\xbf"


@contextmanager
def new_files(*paths: Path) -> Iterator[list[Path]]:
    """Give a temporary neighbour for each path; all are renamed at the end, or none is left."""
    folder = paths[0].parent
    was_there = folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    hidden = Path(tempfile.mkdtemp(dir=folder, prefix=f".{paths[0].name}."))
    drafts = [hidden / path.name for path in paths]
    try:
        yield drafts
        for draft, path in zip(drafts, paths, strict=True):
            draft.replace(path)
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        if not was_there and not any(folder.iterdir()):
            folder.rmdir()


@contextmanager
def packed(path: Path, *, is_packed: bool) -> Iterator[IO[bytes]]:
    """Open a file for writing, gzipped without a name or a date where asked."""
    with path.open("wb") as raw:
        if is_packed:
            with gzip.GzipFile("", "wb", compresslevel=3, fileobj=raw, mtime=0) as file:
                yield cast(IO[bytes], file)
        else:
            yield raw


def delimited(
    columns: Sequence[Any],
    separator: str,
    *,
    end: str = "\n",
    quote: bool = True,
    null: str = "",
) -> bytes:
    """Join columns into lines; labels (dictionaries) are quoted where needed."""
    pieces = [_written(column, separator, quote=quote) for column in columns]
    joined = ARROW.binary_join_element_wise(
        *pieces, separator, null_handling="replace", null_replacement=null
    )
    lines = ARROW.binary_join_element_wise(joined, end, "")
    return b"".join(_content(chunk) for chunk in getattr(lines, "chunks", [lines]))


def _content(lines: Any) -> bytes:
    """Return the characters of an array of text, which lie one after the other."""
    if not len(lines):
        return b""
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
    first, last = offsets[lines.offset], offsets[lines.offset + len(lines)]
    return bytes(memoryview(lines.buffers()[2])[first:last])


def _written(column: Any, separator: str, *, quote: bool) -> Any:
    if not pa.types.is_dictionary(column.type):
        return column if pa.types.is_string(column.type) else ARROW.cast(column, pa.string())
    values = column.dictionary.to_pylist()
    special = {separator, '"', "\n", "\r"}
    if quote:
        values = [
            '"' + value.replace('"', '""') + '"' if special & set(value) else value
            for value in values
        ]
    return pa.array(values, pa.string()).take(column.indices)


def label(values: Sequence[str], rows: Array, *, missing: Array | None = None) -> Any:
    """Return a column of labels, `values[rows]`, null where `missing`."""
    indices = pa.array(rows, pa.int32(), mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(values), pa.string()))


def labels(value: str | None, rows: int) -> Any:
    """Return a column that says the same in each row, or nothing."""
    return pa.array([value], pa.string()).take(pa.array(np.zeros(rows, np.int64)))


def text(numbers: Array, *, width: int = 0, missing: Array | None = None) -> Any:
    """Return whole numbers as text, padded with zeros to a width, null where `missing`."""
    written = ARROW.cast(pa.array(numbers, pa.int64(), mask=missing), pa.string())
    return ARROW.utf8_lpad(written, width=width, padding="0") if width else written


def require_count(name: str, value: int, *, least: int = 1, most: int | None = None) -> int:
    """Check a whole number against its bounds."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least or (most is not None and value > most):
        span = f"at least {least}" if most is None else f"from {least} to {most}"
        raise OptionError(f"{name}={value!r} is not a whole number {span}")
    return int(value)


def write_chunks(
    file: IO[bytes], header: str, chunks: int, body: Callable[[int], bytes], *, bom: bool = False
) -> None:
    """Write the header, then each chunk as soon as it is made."""
    file.write((BOM if bom else b"") + header.encode())
    for number in range(chunks):
        file.write(body(number))
