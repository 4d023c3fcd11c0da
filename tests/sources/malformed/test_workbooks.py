"""Workbooks: cells that hold no value, titles, wrong sheets, files that are no workbook."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import openpyxl
import pytest

import clusterstats as cs
from tests.sources.malformed.goods import Read, reading
from tests.sources.malformed.verdicts import refuses

Cells: TypeAlias = Sequence[Sequence[object]]
TABLE: Cells = (("region", "year", "employment"), ("01", 2020, 3), ("02", 2020, 5))
SHEET: Cells = (
    ("Emploi en 2019",),
    (None, None, "en %"),
    (None, None, "Industrie", "Services"),
    ("01", "Ain", 21.2, 3),
    ("2A", "Corse-du-Sud", 11.5, 4),
    ("Source : Insee.",),
)
TARGET = 4
BOTH = pytest.mark.parametrize(
    ("read", "cells", "place"),
    [
        pytest.param(cs.read_table, TABLE, (2, 3, "employment"), id="table"),
        pytest.param(cs.read_department_workbook, SHEET, (TARGET, 3, "Industrie"), id="sheet"),
    ],
)
Place: TypeAlias = tuple[int, int, str]


def book(cells: Cells, *changes: tuple[int, int, object], sheet: str = "DEP") -> bytes:
    """A workbook with the cells; each change is a row and a column, counted from 1, and a value."""
    workbook, content = openpyxl.Workbook(), io.BytesIO()
    page = workbook.active
    page.title = sheet
    for row in cells:
        page.append(row)
    for row, column, value in changes:
        page.cell(row, column).value = value
    workbook.save(content)
    return content.getvalue()


def with_error(cells: Cells, row: int, column: int, error: str) -> bytes:
    workbook, content = openpyxl.load_workbook(io.BytesIO(book(cells))), io.BytesIO()
    cell = workbook.active.cell(row, column)
    cell.value, cell.data_type = error, "e"
    workbook.save(content)
    return content.getvalue()


def write(folder: Path, content: bytes, name: str = "book.xlsx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@BOTH
@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?"])
def test_an_error_in_a_cell(
    read: Read, cells: Cells, place: Place, error: str, tmp_path: Path
) -> None:
    row, column, name = place
    path = write(tmp_path, with_error(cells, row, column, error))
    refuses(read, path, f"row {row}", f"column {name!r}", error)


@BOTH
def test_a_formula_without_its_value(
    read: Read, cells: Cells, place: Place, tmp_path: Path
) -> None:
    row, column, name = place
    path = write(tmp_path, book(cells, (row, column, "=1+2")))
    refuses(read, path, f"row {row}", f"column {name!r}")


@BOTH
@pytest.mark.parametrize(
    "value",
    ["abc", "21,2", "21.2 %", "NaN", "inf", True, dt.date(2020, 1, 1), dt.time(12), "9" * 400],
    ids=str,
)
def test_no_number_in_a_cell(
    read: Read, cells: Cells, place: Place, value: object, tmp_path: Path
) -> None:
    row, column, name = place
    path = write(tmp_path, book(cells, (row, column, value)))
    refuses(read, path, f"row {row}", f"column {name!r}")


@BOTH
@pytest.mark.parametrize("ending", [".xls", ".ods", ".xlsm", ".xlsb"])
def test_the_ending_means_nothing(
    read: Read, cells: Cells, place: Place, ending: str, tmp_path: Path
) -> None:
    good, _ = reading(read, write(tmp_path, book(cells)))
    other, _ = reading(read, write(tmp_path, book(cells), f"book{ending}"))
    assert other == good


def zip_of_text() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.csv", "region;employment\n")
    return content.getvalue()


NO_BOOK: dict[str, Callable[[Cells], bytes]] = {
    "text": lambda cells: b"region;employment\n01;3\n",
    "cut in half": lambda cells: book(cells)[:2000],
    "without its last bytes": lambda cells: book(cells)[:-5],
    "a zip of text": lambda cells: zip_of_text(),
    "locked with a password": lambda cells: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2000),
}


@BOTH
@pytest.mark.parametrize("name", NO_BOOK)
def test_what_is_no_workbook(
    read: Read, cells: Cells, place: Place, name: str, tmp_path: Path
) -> None:
    path = write(tmp_path, NO_BOOK[name](cells))
    refuses(read, path, "can't be read as an Excel workbook", "save or download it again")


@BOTH
@pytest.mark.parametrize("sheet", ["dep", "REG", 1, -1])
def test_another_sheet(
    read: Read, cells: Cells, place: Place, sheet: str | int, tmp_path: Path
) -> None:
    path = write(tmp_path, book(cells))
    with pytest.raises(cs.errors.OptionError, match=r"book.xlsx has no sheet .*'DEP'"):
        read(path, sheet=sheet)


@BOTH
def test_an_empty_sheet(read: Read, cells: Cells, place: Place, tmp_path: Path) -> None:
    refuses(read, write(tmp_path, book(())), "row 1")


@BOTH
def test_a_cell_far_from_the_table(read: Read, cells: Cells, place: Place, tmp_path: Path) -> None:
    path = write(tmp_path, book(cells, (1_048_576, 16_384, 1)))
    refuses(read, path, "row 1048576, column 16384", "remove it")


def test_an_error_above_the_header_is_no_value(tmp_path: Path) -> None:
    cells = (("Title",), *TABLE)
    path = write(tmp_path, with_error(cells, 1, 2, "#REF!"))
    assert len(cs.read_table(path, header_row=2).collect()) == 2


def test_title_rows_are_not_a_header(tmp_path: Path) -> None:
    path = write(tmp_path, book((("Employment in 2020",), (), *TABLE)))
    refuses(cs.read_table, path, "row 1", "'Employment in 2020' looks like a title")
    rows = cs.read_table(path, header_row=3).collect().rows()
    assert rows == [("01", 2020, 3.0), ("02", 2020, 5.0)]


def test_a_blank_row_between_is_no_row(tmp_path: Path) -> None:
    path = write(tmp_path, book((*TABLE[:2], (), *TABLE[2:])))
    rows, report = reading(cs.read_table, path)
    assert (len(rows), report.rows.read) == (2, 2)


@pytest.mark.parametrize("code", ["1", 1, "99", None, "2C", "001", "x"])
@pytest.mark.parametrize("row", [TARGET, TARGET + 1])
def test_a_wrong_code_is_neither_lost_nor_a_header(code: object, row: int, tmp_path: Path) -> None:
    path = write(tmp_path, book(SHEET, (row, 1, code if code is not None else " ")))
    said = "a blank" if code is None else repr(str(code))
    refuses(cs.read_department_workbook, path, f"row {row}", f"{said} is not the code")


WRONG_SHEETS: dict[str, tuple[Cells, str]] = {
    "no header": (SHEET[3:], "'01' stands on the first row; put the header above it"),
    "a code twice": ((*SHEET[:5], SHEET[3]), "'01' repeats row 4; keep one"),
    "a column twice": ((*SHEET[:2], (None, None, "A", "a"), *SHEET[3:]), "rename one"),
    "a column without a name": (
        (*SHEET[:2], (None, None, "Industrie"), *SHEET[3:]),
        "row 3: column 4 has values and no name; give it one",
    ),
    "a value beyond the header": (
        (*SHEET[:3], ("01", "Ain", 21.2, 3, 9), *SHEET[4:]),
        "row 3: column 5 has values and no name; give it one",
    ),
    "a note with a value": ((*SHEET, ("Note", None, 3)), "row 7: 'Note' is not the code"),
    "codes alone": ((("01",), ("02",)), "no row begins with the code"),
}


@pytest.mark.parametrize("name", WRONG_SHEETS)
def test_a_wrong_sheet(name: str, tmp_path: Path) -> None:
    cells, says = WRONG_SHEETS[name]
    refuses(cs.read_department_workbook, write(tmp_path, book(cells)), says)


def test_totals_are_counted(tmp_path: Path) -> None:
    good, account = reading(cs.read_department_workbook, write(tmp_path, book(SHEET)))
    path = write(tmp_path, book((*SHEET[:5], ("F", "France", 11.6, 12), *SHEET[5:])), "total.xlsx")
    rows, report = reading(cs.read_department_workbook, path)
    assert rows == good
    assert (report.rows.read, report.rows.kept) == (account.rows.read + 1, account.rows.kept)
