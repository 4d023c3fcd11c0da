"""HTML: one table with a style of its own, for a notebook, a page and a screen reader."""

from __future__ import annotations

from html import escape as entities

from clusterstats.report.tables.grid import Cell, Grid, Heading, Row

__all__ = ["to_html", "to_page"]

STYLE = """<style>
.cs-table { border-collapse: collapse; border-top: 2px solid;
  margin: 1em 0; font-variant-numeric: lining-nums tabular-nums; line-height: 1.35; }
.cs-table caption { caption-side: top; text-align: left; font-weight: 600; padding: 0 0 .5em; }
.cs-table tr { background: none !important; }
.cs-table th, .cs-table td { padding: .12em .8em; border: 0; background: none;
  text-align: center; font-weight: 400; white-space: nowrap; vertical-align: top; }
.cs-table thead th { vertical-align: bottom; text-align: center; white-space: normal;
  max-width: 14em; }
.cs-table thead th.cs-over { border-bottom: 1px solid; }
.cs-table thead tr:last-child > * { border-bottom: 1px solid; }
.cs-table.cs-right tbody td, .cs-table.cs-right thead tr:last-child th { text-align: right; }
.cs-table tbody th { text-align: left; padding-left: .2em; max-width: 24em; white-space: normal; }
.cs-table tbody td { white-space: normal; }
.cs-table tr.cs-estimate td, .cs-table tr.cs-interval td { white-space: nowrap; }
.cs-table tr.cs-interval td { padding-bottom: .45em; }
.cs-table tr.cs-panel th { font-style: italic; padding: .5em .2em .25em; }
.cs-table tr.cs-ruled > * { border-top: 1px solid; }
.cs-table tbody { border-bottom: 2px solid; }
.cs-table sup { line-height: 0; font-size: .75em; }
.cs-table tfoot td { text-align: left; white-space: normal; font-size: .85em;
  padding: .5em .2em 0; width: 0; min-width: 100%; }
</style>"""
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body style="font-family: Georgia, 'Liberation Serif', serif; margin: 2em;">
{table}</body>
</html>
"""


def to_html(grid: Grid) -> str:
    """The table with its style, to be put into any page."""
    head = "\n".join(_header(headings) for headings in grid.header)
    body = "\n".join(_row(row, place, grid.columns) for place, row in enumerate(grid.rows))
    caption = f"<caption>{_text(grid.title)}</caption>\n" if grid.title else ""
    notes = " ".join(_text(note) for note in grid.notes)
    foot = (
        f'<tfoot><tr><td colspan="{grid.columns + 1}"><em>Notes:</em> {notes}</td></tr></tfoot>\n'
    )
    return (
        f"{STYLE}\n"
        f'<table class="cs-table cs-{grid.align}">\n{caption}<thead>\n{head}\n</thead>\n'
        f"<tbody>\n{body}\n</tbody>\n{foot if notes else ''}</table>\n"
    )


def to_page(grid: Grid) -> str:
    """A page with nothing but the table."""
    return PAGE.format(title=_text(grid.title or "Table"), table=to_html(grid))


def _text(text: str) -> str:
    return entities(" ".join(text.split()))


def _header(headings: tuple[Heading, ...]) -> str:
    cells = ["<td></td>"]
    for heading in headings:
        over = heading.columns > 1 and heading.text
        span = f' colspan="{heading.columns}" scope="colgroup"' if over else ' scope="col"'
        if over:
            cells.append(f'<th class="cs-over"{span}>{_text(heading.text)}</th>')
        else:
            cells += [f"<th{span}>{_text(heading.text)}</th>"] * heading.columns
    return f"<tr>{''.join(cells)}</tr>"


def _row(row: Row, place: int, columns: int) -> str:
    ruled = " cs-ruled" if row.is_ruled and place else ""
    if row.kind == "panel":
        head = f'<th colspan="{columns + 1}" scope="rowgroup">{_text(row.label)}</th>'
        return f'<tr class="cs-panel{ruled}">{head}</tr>'
    label = f'<th scope="row">{_text(row.label)}</th>' if row.label else "<td></td>"
    cells = "".join(f"<td>{_cell(cell)}</td>" for cell in row.cells)
    return f'<tr class="cs-{row.kind}{ruled}">{label}{cells}</tr>'


def _cell(cell: Cell) -> str:
    stars = f"<sup>{_text(cell.stars)}</sup>" if cell.stars else ""
    return _text(cell.text) + stars
