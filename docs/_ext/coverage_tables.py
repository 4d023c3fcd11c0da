"""The directives ``coverage-table`` and ``coverage-by-design``: simulated coverage of intervals."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

from docutils import nodes
from node_tables import Cell, code, table, text
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

Row = dict[str, str]
SHORT = 0.9
NOT_SIMULATED = "The simulated figures are not in this build."


class CoverageTable(SphinxDirective):
    """``coverage-table``: `coverage.csv` beside the pages, whatever its columns are."""

    def run(self) -> list[nodes.Node]:
        rows = read(self, "coverage.csv")
        if not rows:
            return [text(NOT_SIMULATED)]
        cells = [list(row.values()) for row in rows]
        header = [name.replace("_", " ") for name in rows[0]]
        return [table(header, grouped(cells), "coverage")]


class CoverageByDesign(SphinxDirective):
    """``coverage-by-design:: file.csv``: a row for each form and method, a column for each design.

    Measures simulated in the same designs share a table.
    """

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        forms: dict[tuple[str, ...], dict[str, Row]] = {}
        for row in read(self, self.arguments[0]):
            parts = ("measure", "options", "component", "method")
            forms.setdefault(tuple(row.get(part, "") for part in parts), {})[design(row)] = row
        if not forms:
            return [text(NOT_SIMULATED)]
        kinds: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for form, found in forms.items():
            kinds.setdefault(tuple(found), []).append(form)
        return [wide(designs, {form: forms[form] for form in kinds[designs]}) for designs in kinds]


def read(directive: SphinxDirective, name: str) -> list[Row]:
    """Rows of a file beside the pages; none where it is absent."""
    file = Path(directive.env.srcdir, name)
    directive.env.note_dependency(str(file))
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def design(row: Row) -> str:
    """What a column is called."""
    return row["design"] + (f", γ = {float(row['gamma']):g}" if row["gamma"] else "")


def wide(designs: tuple[str, ...], forms: dict[tuple[str, ...], dict[str, Row]]) -> nodes.table:
    """A table of measure, form, method and the coverage in each design."""
    rows: list[list[Cell]] = []
    above = ("", "", "")
    for (measure, options, component, method), found in forms.items():
        form = (measure, options, component)
        named: list[Cell] = ["", ""] if form == above else [code(measure), described(form)]
        above = form
        rows.append([*named, method, *(cell(found[name]) for name in designs)])
    return table(["measure", "form", "method", *designs], rows, "coverages")


def described(form: tuple[str, ...]) -> Cell:
    """Options and component, if any."""
    _, options, component = form
    found = nodes.container()
    found += [text(code(options))] if options else []
    found += [text(component)] if component else []
    return found


def cell(row: Row) -> Cell:
    """Coverage, in italics where it is short; in brackets the share of rows with an interval."""
    given = 1 - float(row["without_interval"] or 1)
    if not row["coverage"] or given < 0.005:
        return "–"
    said = f"{float(row['coverage']):.2f}" + (f" ({given:.0%})" if given < 0.995 else "")
    return nodes.emphasis(said, said) if float(row["coverage"]) < SHORT else said


def grouped(rows: list[list[str]]) -> list[list[str]]:
    """Rows without the first cells that they share with the row above."""
    shown = rows[:1]
    for above, row in pairwise(rows):
        pairs = enumerate(zip(above, row, strict=True))
        first = next((place for place, (a, b) in pairs if a != b), 0)
        shown.append([""] * first + row[first:])
    return shown


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("coverage-table", CoverageTable)
    app.add_directive("coverage-by-design", CoverageByDesign)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
