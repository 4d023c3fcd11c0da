"""The directive ``measures``: every measure and form, as its declaration has it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from docutils import nodes
from node_tables import Cell, code, link, section, table, text
from public_names import first_line
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from clusterstats.measures import REGISTRY
from clusterstats.measures.declaration import Declaration, Entry

HEADER = (
    *("measure and form", "formula and paper", "neutral", "bounds", "unit"),
    *("keys of the result", "inference", "chance bias"),
)


class Measures(SphinxDirective):
    """A section for each family of measures, a row for each form."""

    def run(self) -> list[nodes.Node]:
        entries = sorted(REGISTRY.values(), key=lambda entry: entry.door.__module__)
        families = groupby(entries, key=lambda entry: entry.door.__module__)
        return [
            section(first_line(module), table(HEADER, list(self.rows(family)), "measures"))
            for module, family in families
        ]

    def rows(self, family: Iterator[Entry]) -> Iterator[list[Cell]]:
        for entry in family:
            for declaration in entry.declarations:
                yield self.row(declaration)

    def row(self, form: Declaration) -> list[Cell]:
        path = f"clusterstats.{form.name}"
        given = [f"{name}={value!r}" for name, value in form.options.items()]
        options = ", ".join([*given, *(f"{name}=..." for name in form.beside)])
        name = nodes.container()
        name += text(link(path, form.name, self.env.docname))
        if options:
            name += text(code(options))
        formula = nodes.container()
        formula += [text(form.formula), text(nodes.emphasis(form.reference, form.reference))]
        return [
            name,
            formula,
            "none" if form.neutral is None else f"{form.neutral:g}",
            bounds(form.bounds),
            form.unit,
            keys(form),
            methods(form),
            "yes" if form.is_biased else "no",
        ]


def bounds(ends: tuple[float, float]) -> str:
    """An interval, closed where its end is finite."""
    low, high = (f"{end:g}".replace("inf", "∞").replace("-", "−") for end in ends)
    return f"{'(' if '∞' in low else '['}{low}, {high}{')' if '∞' in high else ']'}"


def keys(form: Declaration) -> nodes.container:
    """Key columns of a result, and its parts where it has several."""
    cell = nodes.container()
    is_of_two = form.reads == "years" or (form.reads == "regions" and form.components)
    years = ["year", "year2"] if is_of_two else ["year"]
    cell += text(code(", ".join([*years, *form.grain])))
    if form.components:
        cell += text("component: " + ", ".join(form.components))
    return cell


def methods(form: Declaration) -> nodes.container:
    """The methods that fit, and why there is no closed form."""
    cell = nodes.container()
    cell += text("; ".join(form.methods) or f"none: {form.uncertain_note}")
    if form.methods and not form.analytic:
        cell += text(f"no Analytic: {form.analytic_note}")
    return cell


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("measures", Measures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
