"""Markdown: a pipe table, its columns aligned to be read as plain text too."""

from __future__ import annotations

import re
import unicodedata

from clusterstats.report.tables.grid import Grid, Heading, Row

__all__ = ["to_markdown"]

SIGNS = re.compile(r"([\\|*_`<$\[\]])")


def to_markdown(grid: Grid) -> str:
    """A pipe table with its title above and its notes below.

    Pipe tables have one line of headings: the lowest is it, those above it become rows.
    """
    *upper, last = grid.header
    lines = [_headings(last), *(_headings(h) for h in upper), *(_row(r, grid) for r in grid.rows)]
    widths = [max(3, *(_width(line[place]) for line in lines)) for place in range(len(lines[0]))]
    rule = [f":{'-' * (widths[0] - 1)}", *(_mark(width, grid.align) for width in widths[1:])]
    table = [_line(lines[0], widths, grid), _line(rule, widths, grid)]
    table += [_line(line, widths, grid) for line in lines[1:]]
    head = [f"**{_text(grid.title)}**", ""] if grid.title else []
    notes = ["", f"*Notes:* {' '.join(_text(note) for note in grid.notes)}"] if grid.notes else []
    return "\n".join([*head, *table, *notes, ""])


def _mark(width: int, align: str) -> str:
    """What says under a heading how its column is aligned."""
    return f"{'-' * (width - 1)}:" if align == "right" else f":{'-' * (width - 2)}:"


def _text(text: str) -> str:
    return SIGNS.sub(r"\\\1", " ".join(text.split()))


def _headings(headings: tuple[Heading, ...]) -> list[str]:
    """A heading over several columns is repeated over each."""
    return ["", *(_text(heading.text) for heading in headings for _ in range(heading.columns))]


def _row(row: Row, grid: Grid) -> list[str]:
    if row.kind == "panel":
        return [f"*{_text(row.label)}*", *[""] * grid.columns]
    return [_text(row.label), *(_text(str(cell)) for cell in row.cells)]


def _line(cells: list[str], widths: list[int], grid: Grid) -> str:
    first, *rest = zip(cells, widths, strict=True)
    shown = [_padded(*first, "left"), *(_padded(cell, width, grid.align) for cell, width in rest)]
    return f"| {' | '.join(shown)} |"


def _padded(text: str, width: int, align: str) -> str:
    room = width - _width(text)
    left = {"left": 0, "center": room // 2, "right": room}[align]
    return " " * left + text + " " * (room - left)


def _width(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )
