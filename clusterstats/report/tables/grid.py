"""What a table to show is made of: headings, rows of cells, notes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Literal, TypeAlias

__all__ = ["Cell", "Grid", "Heading", "Row", "merged"]

CELL, LABEL = 20, 45
"""Letters after which a cell and a label are broken into lines."""

Kind: TypeAlias = Literal["panel", "estimate", "interval", "fact"]
"""A heading across all columns; an estimate; what stands under it; any other row."""


@dataclass(frozen=True)
class Cell:
    """A text, with the stars behind it."""

    text: str = ""
    stars: str = ""

    def __str__(self) -> str:
        return self.text + self.stars


@dataclass(frozen=True)
class Row:
    """A row: its label, a cell a column (none in the heading of a panel), a rule above or not."""

    label: str
    cells: tuple[Cell, ...] = ()
    kind: Kind = "fact"
    is_ruled: bool = False


@dataclass(frozen=True)
class Heading:
    """A heading over one column or several."""

    text: str
    columns: int = 1


@dataclass(frozen=True, eq=False)
class Grid:
    """A table to show, its texts as in the data: each format escapes them itself.

    Attributes
    ----------
    header : tuple of rows of headings
        The last one over every column; together they span all columns but that of the labels.
    rows : tuple of Row
    notes : tuple of str
        Sentences under the table.
    title : str
    align : {"center", "right"}
        Of the cells.
    """

    header: tuple[tuple[Heading, ...], ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    title: str = ""
    align: Literal["center", "right"] = "center"

    @property
    def columns(self) -> int:
        """Number of columns of cells."""
        return sum(heading.columns for heading in self.header[-1])

    @property
    def letters(self) -> list[int]:
        """Letters that each column takes, that of the labels first, long cells broken."""
        lines = [[row.label, *map(str, row.cells)] for row in self.rows if row.cells]
        words = [max(map(len, h.text.split()), default=0) for h in self.header[-1]]
        lines.append(["", *("m" * word for word in words)])
        longest = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return [min(longest[0], LABEL), *(min(length, CELL) for length in longest[1:])]


def merged(texts: tuple[str, ...]) -> tuple[Heading, ...]:
    """Headings of columns, neighbours of the same text as one."""
    return tuple(Heading(text, len(list(group))) for text, group in groupby(texts))
