"""Opening tables that are not text: Parquet, Excel, Stata."""

import glob
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import python_calamine

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._engines import scan_parquet
from clusterstats.sources._origin import Origin, existing_file, unique_names
from clusterstats.sources._workbook import Sheet
from clusterstats.sources._workbook import sheet as looked_at

__all__ = ["EXCEL", "open_excel", "open_parquet", "open_stata"]

EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
BATCH = 100_000
UNREADABLE = (
    *(duckdb.Error, pa.ArrowException, python_calamine.CalamineError, zipfile.BadZipFile),
    *(ParseError, struct.error, zlib.error, OSError, EOFError, ValueError, LookupError),
    *(NotImplementedError, RuntimeError),
)
"""What the engines raise of a file that is damaged, locked, or of another kind."""


def open_parquet(path: str | Path) -> Origin:
    """Open a Parquet file; the engine reads it."""
    file = existing_file(path)
    schema = _understood(file, "a Parquet file", partial(pyarrow.parquet.read_schema, file))
    unique_names(schema.names, file.name)
    read = partial(duckdb.read_parquet, glob.escape(str(file)), hive_partitioning=False)
    origin = _origin(file, _understood(file, "a Parquet file", read))
    return replace(origin, scan=lambda engine: scan_parquet(file, engine=engine))


def open_stata(path: str | Path) -> Origin:
    """Open a Stata file; its value labels are not applied, since codes are what is wanted."""
    file = existing_file(path)
    frame = _understood(
        file, "a Stata file", partial(pd.read_stata, file, convert_categoricals=False)
    )
    return _origin(file, duckdb.from_arrow(pa.Table.from_pandas(frame, preserve_index=False)))


def open_excel(
    path: str | Path, *, sheet: str | int, header_row: int, first_row: int | None = None
) -> Origin:
    """Open one sheet of a workbook; `header_row` counts from 1, as Excel shows it.

    From `first_row`, or the header, on, a cell with an error or a formula without its value is
    refused; where the file is no .xlsx nor .xlsm, nothing tells it from a blank.
    """
    file = existing_file(path)
    rows, about = _understood(file, "an Excel workbook", partial(_sheet_rows, file, sheet))
    if len(rows) < header_row or not any(rows[header_row - 1]):
        raise SourceError(
            f"{file.name}, row {header_row} is blank or absent; put the header there, or give the "
            "row or the sheet where it is"
        )
    header, body = rows[header_row - 1], rows[header_row:]
    _require_values(file, about, header, first_row or header_row)
    used = [i for i, name in enumerate(header) if name or any(row[i] for row in body)]
    names = unique_names((header[i] or "" for i in used), f"{file.name}, row {header_row}")
    columns = {
        name: pa.array([row[i] for row in body], pa.string())
        for name, i in zip(names, used, strict=True)
    }
    return _origin(file, duckdb.from_arrow(pa.table(columns)), header_row)


def _require_values(file: Path, about: Sheet, header: Sequence[str | None], first_row: int) -> None:
    """Raise at the first cell, from `first_row` on, that has an error or no value yet."""
    names = dict(enumerate(header, start=1))
    for fault in about.faults:
        if fault.row >= first_row:
            name = names.get(fault.column) or f"column_{fault.column}"
            place = f"{file.name}, row {fault.row}, column {name!r}"
            raise SourceError(f"{place}: {fault.said}")


def _understood(file: Path, kind: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (SourceError, OptionError):
        raise
    except UNREADABLE as error:
        raise SourceError(
            f"{file.name} can't be read as {kind}, for it is cut, damaged, locked or of another "
            "kind; save or download it again"
        ) from error


def _sheet_rows(file: Path, sheet: str | int) -> tuple[list[list[str | None]], Sheet]:
    with pd.ExcelFile(file, engine="calamine") as book:
        names = [str(name) for name in book.sheet_names]
        if sheet not in names and sheet not in range(len(names)):
            near = get_close_matches(str(sheet), names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"use one of {names}"
            raise OptionError(f"{file.name} has no sheet {sheet!r}; {hint}")
        about = looked_at(file, names.index(sheet) if isinstance(sheet, str) else sheet)
        if about.is_mostly_empty:
            raise SourceError(
                f"{file.name}, row {about.rows}, column {about.columns}: a cell far from the table "
                "makes the sheet too large; remove it"
            )
        cells = pd.read_excel(book, sheet_name=sheet, header=None, dtype=object, na_filter=False)
    return [[_text(cell) for cell in row] for row in cells.to_numpy().tolist()], about


def _text(cell: object) -> str | None:
    """Text of a cell: whole numbers without `.0`, dates as ISO, blank as None."""
    if cell is None or cell != cell:
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ").removesuffix(" 00:00:00")
    return str(cell).strip() or None


def _origin(file: Path, relation: duckdb.DuckDBPyRelation, header_row: int = 0) -> Origin:
    return Origin(
        name=file.name,
        frame=nw.from_native(relation),
        columns=tuple(relation.columns),
        lines=partial(_rows, relation, header_row),
        unit="row",
        header_line=header_row or 1,
    )


def _rows(
    relation: duckdb.DuckDBPyRelation, header_row: int
) -> Iterator[tuple[int, Sequence[str | None]]]:
    """Rows in file order; the first below an Excel header has the number after it."""
    start = 0
    while batch := relation.limit(BATCH, offset=start).fetchall():
        for number, row in enumerate(batch, start=header_row + start + 1):
            yield number, [_text(value) for value in row]
        start += BATCH
