"""What calamine does not say of an .xlsx sheet: errors, formulas without value, its size."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree.ElementTree import Element, iterparse

__all__ = ["Fault", "Sheet", "sheet"]

BOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
LARGE, SPARSE = 10_000_000, 20
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class Fault:
    """A cell without a value where there should be one; row and column count from 1."""

    row: int
    column: int
    said: str


@dataclass(frozen=True)
class Sheet:
    """The last row and column that are used, how many cells are, and those without a value."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def is_mostly_empty(self) -> bool:
        """Whether a few cells far from the others make it too large to be read."""
        area = self.rows * self.columns
        return area > LARGE and area > SPARSE * self.cells


def sheet(file: Path, position: int) -> Sheet:
    """Look at a sheet of a workbook, by position from 0; nothing is known of .xls, .xlsb, .ods."""
    if not zipfile.is_zipfile(file):
        return Sheet()
    with zipfile.ZipFile(file) as archive:
        if BOOK not in archive.namelist():
            return Sheet()
        with archive.open(_part(archive, position)) as content:
            return _looked_at(content)


def _part(archive: zipfile.ZipFile, position: int) -> str:
    """Name of the file of a sheet in the archive."""
    with archive.open(BOOK) as book:
        names = [one.get(LINK) for one in _elements(book, "sheet")]
    with archive.open(LINKS) as links:
        targets = {one.get("Id"): one.get("Target", "") for one in _elements(links, "Relationship")}
    return posixpath.join("/xl", targets[names[position]]).lstrip("/")


def _looked_at(content: IO[bytes]) -> Sheet:
    rows, columns, cells, faults = 0, 0, 0, []
    for row, column, cell in _cells(content):
        kind, value, formula = cell.get("t"), _child(cell, "v"), _child(cell, "f")
        if value is None and formula is None and _child(cell, "is") is None:
            continue
        rows, columns, cells = max(rows, row), max(columns, column), cells + 1
        text = "" if value is None else value.text or ""
        if kind == "e":
            faults.append(Fault(row, column, f"{text!r} is an error, not a value; correct it"))
        elif formula is not None and not text and kind != "str":
            said = "a formula has no value yet; open the file in a spreadsheet and save it"
            faults.append(Fault(row, column, said))
    return Sheet(rows, columns, cells, tuple(faults))


def _cells(content: IO[bytes]) -> Iterator[tuple[int, int, Element]]:
    """Cells with row and column, which a file need not state."""
    number = 0
    for row in _elements(content, "row"):
        number, column = int(row.get("r", number + 1)), 0
        for cell in row:
            column = _column(cell.get("r")) or column + 1
            yield number, column, cell
        row.clear()


def _elements(content: IO[bytes], name: str) -> Iterator[Element]:
    for _, element in iterparse(content):
        if element.tag.rpartition("}")[2] == name:
            yield element


def _child(cell: Element, name: str) -> Element | None:
    return next((one for one in cell if one.tag.rpartition("}")[2] == name), None)


def _column(place: str | None) -> int:
    """Number of the column of a place: 28 of AB3."""
    number = 0
    for letter in re.match("[A-Z]*", place or "")[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
