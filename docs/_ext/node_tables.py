"""Tables and links as document nodes, so that no text is ever taken for markup."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes
from sphinx import addnodes

Cell = nodes.Node | str


def table(header: Sequence[str], rows: Sequence[Sequence[Cell]], name: str) -> nodes.table:
    """A table with a header; `name` is its class in the style sheet."""
    group = nodes.tgroup(cols=len(header))
    group += [nodes.colspec(colwidth=1) for _ in header]
    head, body = nodes.thead(), nodes.tbody()
    head += _row(header)
    body += [_row(row) for row in rows]
    group += [head, body]
    whole = nodes.table(classes=[name])
    whole += group
    return whole


def _row(cells: Sequence[Cell]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        entry = nodes.entry()
        entry += text(cell) if isinstance(cell, str | nodes.Inline) else cell
        row += entry
    return row


def text(*parts: Cell) -> nodes.paragraph:
    """A paragraph of texts and inline nodes."""
    paragraph = nodes.paragraph()
    paragraph += [nodes.Text(part) if isinstance(part, str) else part for part in parts]
    return paragraph


def code(said: str) -> nodes.literal:
    return nodes.literal(said, said)


def link(path: str, said: str, page: str) -> addnodes.pending_xref:
    """A link to the reference page of a public object."""
    inside = nodes.literal(said, said, classes=["xref", "py", "py-obj"])
    attributes = {"refdomain": "py", "reftype": "obj", "reftarget": path, "refdoc": page}
    return addnodes.pending_xref("", inside, refexplicit=True, refwarn=True, **attributes)


def section(title: str, *content: nodes.Node) -> nodes.section:
    """A section that links can point to by its title."""
    whole = nodes.section(ids=[nodes.make_id(title)], names=[nodes.fully_normalize_name(title)])
    whole += [nodes.title(title, title), *content]
    return whole
