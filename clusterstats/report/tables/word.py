"""Word: a table of three rules, by python-docx, the same bytes on every run."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from clusterstats.errors import OptionError
from clusterstats.report.tables.grid import Cell, Grid, Heading, Row

__all__ = ["to_docx"]

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every part of the file, instead of the clock's."""
THICK, THIN = "12", "6"
"""Eighths of a point."""
PORTRAIT = 100
"""Letters of a line that a page takes upright."""
LETTER = 69_000
"""Width of a letter of 10 points, in the units of Word (914,400 an inch)."""


def to_docx(grid: Grid) -> bytes:
    """A document with the table, its title above and its notes below."""
    try:
        import docx
    except ImportError:
        raise OptionError(
            "Word files need python-docx; install it with pip install 'clusterstats[word]', or "
            "save as .tex, .html or .md"
        ) from None
    document = docx.Document()
    room, points = _page(document, sum(grid.letters) + 2 * grid.columns)
    properties = document.core_properties
    properties.author, properties.comments, properties.title = "", "", grid.title
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", docx.shared.Pt(points)
    if grid.title:
        document.add_paragraph().add_run(_text(grid.title)).bold = True
    _fill(document, grid, room)
    if grid.notes:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before = docx.shared.Pt(4)
        paragraph.add_run("Notes: ").italic = True
        paragraph.add_run(" ".join(_text(note) for note in grid.notes))
        for run in paragraph.runs:
            run.font.size = docx.shared.Pt(min(points, 8.5))
    file = io.BytesIO()
    document.save(file)
    return _undated(file.getvalue())


def _page(document: Any, letters: int) -> tuple[int, float]:
    """Turn the page for a wide table; its width between margins, and the size of letters."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    section = document.sections[0]
    width, height = Mm(210), Mm(297)
    if letters > PORTRAIT:
        section.orientation, width, height = WD_ORIENT.LANDSCAPE, height, width
    section.page_width, section.page_height = width, height
    section.left_margin = section.right_margin = Mm(25)
    room = width - 2 * Mm(25)
    return int(room), 10 if letters <= room / LETTER else 8


def _fill(document: Any, grid: Grid, room: int) -> None:
    """Add the table: headings, rows, rules."""
    head = len(grid.header)
    table = document.add_table(head + len(grid.rows), 1 + grid.columns)
    _set_widths(table, grid, room)
    lines = [table.rows[place].cells for place in range(head + len(grid.rows))]
    for place, headings in enumerate(grid.header):
        _write_headings(headings, lines[place], grid.align if place + 1 == head else "center")
    for row, cells in zip(grid.rows, lines[head:], strict=True):
        _write_row(row, cells, grid)
    _rule(lines[0], "top", THICK)
    _rule(lines[head - 1], "bottom", THIN)
    _rule(lines[-1], "bottom", THICK)
    for place, row in enumerate(grid.rows):
        if row.is_ruled and place:
            _rule(lines[head + place], "top", THIN)
    for row in table.rows[:head]:
        _repeat(row)


def _set_widths(table: Any, grid: Grid, room: int) -> None:
    """Columns as wide as their letters, together no wider than the page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    table.autofit = False
    letters = [length + 2 for length in grid.letters]
    letter = min(room / sum(letters), LETTER)
    for column, length in zip(table.columns, letters, strict=True):
        column.width = int(length * letter)
        for cell in column.cells:
            cell.width = int(length * letter)
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "60")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.append(margins)


def _write_headings(headings: tuple[Heading, ...], cells: Any, align: str) -> None:
    start = 1
    for heading in headings:
        if heading.columns > 1 and heading.text:
            cell = cells[start].merge(cells[start + heading.columns - 1])
            _write(cell, Cell(heading.text), "center")
            _rule([cell], "bottom", THIN)
        else:
            for place in range(start, start + heading.columns):
                _write(cells[place], Cell(heading.text), align)
        start += heading.columns
    _write(cells[0], Cell(), "left")


def _write_row(row: Row, cells: Any, grid: Grid) -> None:
    if row.kind == "panel":
        _write(cells[0].merge(cells[-1]), Cell(row.label), "left", is_italic=True)
        return
    is_tight = row.kind == "estimate"
    _write(cells[0], Cell(row.label), "left", keeps=is_tight)
    for cell, shown in zip(cells[1:], row.cells, strict=True):
        _write(cell, shown, grid.align, keeps=is_tight)


def _write(
    cell: Any, shown: Cell, align: str, *, is_italic: bool = False, keeps: bool = False
) -> None:
    """One paragraph: the text, and its stars raised."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, align.upper())
    form = paragraph.paragraph_format
    form.space_before, form.space_after, form.keep_with_next = Pt(0), Pt(1), keeps
    if shown.text:
        paragraph.add_run(_text(shown.text)).italic = is_italic
    if shown.stars:
        raised = set(shown.stars) != {"*"}  # which is raised by itself
        paragraph.add_run(shown.stars).font.superscript = raised or None


def _rule(cells: Any, side: str, size: str) -> None:
    """A line along one side of cells."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for cell in cells:
        properties = cell._tc.get_or_add_tcPr()
        borders = properties.find(qn("w:tcBorders"))
        if borders is None:
            borders = OxmlElement("w:tcBorders")
            properties.append(borders)
        old = borders.find(qn(f"w:{side}"))
        if old is not None:
            borders.remove(old)
        line = OxmlElement(f"w:{side}")
        for name, value in {"val": "single", "sz": size, "space": "0", "color": "auto"}.items():
            line.set(qn(f"w:{name}"), value)
        borders.insert(0, line) if side == "top" else borders.append(line)


def _repeat(row: Any) -> None:
    """Show a row again at the top of every page."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _text(text: str) -> str:
    """A text without what XML can't hold."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _undated(content: bytes) -> bytes:
    """The same archive with no clock and no system in its bytes."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = zipfile.ZipInfo(name, EPOCH)
            part.create_system, part.external_attr = 0, 0
            new.writestr(part, old.read(name), zipfile.ZIP_DEFLATED)
    return made.getvalue()
