"""Pure changes of the bytes of a file, and how a change is named and judged."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from tests.sources.malformed.goods import TARGET, Good

Lines: TypeAlias = list[str]


class Outcome(Enum):
    """What must happen, by family."""

    REFUSED = "an error of one sentence that names the file, the place and a remedy"
    SAME = "the same table as the good file"
    COUNTED = "the same table, and the rows more counted as set aside"


@dataclass(frozen=True)
class Mutation:
    """A change of a file, and what must happen to who reads it."""

    name: str
    change: Callable[[bytes], bytes]
    outcome: Outcome
    says: tuple[str, ...] = ()
    """Parts that the message must have, in any order."""
    text: str | None = None
    """What the free text of the target line has become."""
    rows: int = 0
    """Rows more than the good file has."""
    suffix: str = ""
    """What the name of the file ends in besides its own ending."""
    is_of_text: bool = False
    """Whether it is the text that is wrong, whatever the reader."""


def refused(name: str, change: Callable[[bytes], bytes], *says: str) -> Mutation:
    return Mutation(name, change, Outcome.REFUSED, says)


def same(name: str, change: Callable[[bytes], bytes]) -> Mutation:
    return Mutation(name, change, Outcome.SAME)


def by_lines(change: Callable[[Lines], Lines]) -> Callable[[bytes], bytes]:
    """A change of the lines, which end in line feeds before and after."""

    def changed(content: bytes) -> bytes:
        return "\n".join((*change(content.decode().splitlines()), "")).encode()

    return changed


def by_cells(good: Good, change: Callable[[list[Lines]], list[Lines]]) -> Callable[[bytes], bytes]:
    """A change of the cells."""

    def changed(lines: Lines) -> Lines:
        cells = change([line.split(good.delimiter) for line in lines])
        return [good.delimiter.join(row) for row in cells]

    return by_lines(changed)


def written(good: Good, delimiter: str, quoting: int) -> Callable[[bytes], bytes]:
    """The same cells, with another delimiter or other quotes."""

    def changed(content: bytes) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator="\n")
        writer.writerows(line.split(good.delimiter) for line in content.decode().splitlines())
        return text.getvalue().encode()

    return changed


def cell(good: Good, column: str, value: str, line: int = TARGET) -> Callable[[bytes], bytes]:
    """Another value in a column of a line."""

    def changed(rows: list[Lines]) -> list[Lines]:
        rows[line - 1][rows[0].index(column)] = value
        return rows

    return by_cells(good, changed)


def replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda content: content.replace(old, new)


def encoded(encoding: str) -> Callable[[bytes], bytes]:
    return lambda content: content.decode().encode(encoding)


def inserted(line: int, *more: str) -> Callable[[bytes], bytes]:
    """Lines more, the first of which becomes line `line`."""
    return by_lines(lambda lines: [*lines[: line - 1], *more, *lines[line - 1 :]])


def in_line(line: int, change: Callable[[str], str]) -> Callable[[bytes], bytes]:
    return by_lines(lambda lines: [*lines[: line - 1], change(lines[line - 1]), *lines[line:]])


def place(column: str) -> tuple[str, str]:
    """How a message names the target line and a column; quotes depend on the name."""
    return f"line {TARGET}", f"column {column!r}"
