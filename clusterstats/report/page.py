"""The results page: one file with everything in it, for a screen, a phone and paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from clusterstats.report.analyses import Outcome
from clusterstats.report.exhibit import Exhibit
from clusterstats.report.formats import DASH, Column, as_columns

__all__ = ["MAX_ROWS", "render_page"]

MAX_ROWS = 40
"""Rows of a table that the page shows; the CSV file has all."""
FACTS = ("sample", "definition", "estimand", "inference")
CSS = {"number": "n", "code": "code", "text": "text", "long": "long"}


@dataclass(frozen=True)
class Heading:
    """A column's heading and its class."""

    heading: str
    css: Markup


@dataclass(frozen=True)
class Part:
    """One exhibit as the template takes it."""

    id: str
    title: str
    note: str
    path: str
    svg: Markup
    display: Markup
    columns: list[Heading]
    rows: list[tuple[str, ...]]
    length: str
    is_cut: bool
    has_dash: bool
    facts: list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """One analysis as the template takes it."""

    name: str
    title: str
    question: str
    missing: str
    parts: list[Part]


def render_page(outcomes: Sequence[Outcome], svgs: dict[tuple[str, str], str]) -> str:
    """Render the page of all analyses; `svgs` holds the drawing of each figure by its names."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    sections = [_section(outcome, svgs) for outcome in outcomes]
    return environment.get_template("page.html").render(sections=sections, dash=DASH)


def _section(outcome: Outcome, svgs: dict[tuple[str, str], str]) -> Section:
    parts = [
        _part(outcome.name, exhibit, svgs.get((outcome.name, exhibit.name), ""))
        for exhibit in outcome.exhibits
    ]
    return Section(outcome.name, outcome.title, outcome.question, outcome.missing, parts)


def _part(analysis: str, exhibit: Exhibit, svg: str) -> Part:
    columns = [] if exhibit.table is None else as_columns(exhibit.table)
    length = 0 if exhibit.table is None else len(exhibit.table)
    rows = list(islice(zip(*(column.cells for column in columns), strict=True), MAX_ROWS))
    identifier = f"{analysis}-{exhibit.name}"
    return Part(
        id=identifier,
        title=exhibit.title,
        note=exhibit.note,
        path=f"{analysis}/{exhibit.name}",
        svg=Markup(inline_svg(svg, identifier, exhibit.title)),
        display=Markup("" if exhibit.display is None else exhibit.display.to_html()),
        columns=[_heading(column) for column in columns],
        rows=rows,
        length=f"{length:,}",
        is_cut=length > MAX_ROWS,
        has_dash=any(cell == DASH for row in rows for cell in row),
        facts=_facts(exhibit),
    )


def _heading(column: Column) -> Heading:
    return Heading(column.heading, Markup(' class="{}"').format(CSS[column.style]))


def _facts(exhibit: Exhibit) -> list[tuple[str, str]]:
    """What the definition list under an exhibit says; what does not apply is left out."""
    said = [(field.capitalize(), getattr(exhibit, field)) for field in FACTS]
    seed = "none: no randomness" if exhibit.seed is None else str(exhibit.seed)
    return [(term, text) for term, text in said if text] + [
        ("Seed", seed),
        ("Source", exhibit.source),
    ]


def inline_svg(svg: str, prefix: str, title: str) -> str:
    """Prepare a drawing for the page: no prologue, ids of its own, a name for screen readers."""
    if not svg:
        return ""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<style\b.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{prefix}-', body)
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", body)
    return body.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)
