"""Writing results: a CSV file or drawing for each exhibit, what they are, and the page."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clusterstats._files import write_atomic
from clusterstats.report.analyses import Outcome
from clusterstats.report.exhibit import Exhibit
from clusterstats.report.page import render_page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["write_results"]

DPI = 160
SAID = ("name", "title", "sample", "definition", "estimand", "inference", "seed", "source", "note")
UNSAID = {
    "svg": dict.fromkeys(("Date", "Creator", "Format", "Type")),
    "png": dict.fromkeys(("Software",)),
}
"""What matplotlib would write into its files: the date, and its own version."""


def write_results(results: str | Path, outcomes: Sequence[Outcome]) -> Path:
    """Write the exhibits of analyses and the page that shows them all.

    Parameters
    ----------
    results : str or pathlib.Path
        The folder to write to; each analysis has a folder of its own in it.
    outcomes : sequence of Outcome
        What came of the analyses, in the order of the page.

    Returns
    -------
    pathlib.Path
        The page, ``index.html``: one file that needs no other and no network.

    Notes
    -----
    ``NAME/EXHIBIT.csv`` is a table in full, ``.tex`` and ``.md`` the same as a paper sets it,
    ``.svg`` and ``.png`` a figure, ``NAME/exhibits.json`` what each is. The same exhibits give the
    same bytes; files are written whole or not at all.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pandas as pd
    >>> from clusterstats.report import Exhibit, Outcome, write_results
    >>> exhibit = Exhibit(name="claims", title="Claims", table=pd.DataFrame({"claims": [110]}),
    ...                   sample="110 claims", definition="count", source="founding documents")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_results(folder, [Outcome("founding", "Founding tables", "How many?",
    ...                                           [exhibit])])
    ...     sorted(path.name for path in pathlib.Path(folder).rglob("*.*"))
    ['claims.csv', 'exhibits.json', 'index.html']
    """
    folder = Path(results)
    drawings = {}
    for outcome in outcomes:
        for exhibit in outcome.exhibits:
            drawings[outcome.name, exhibit.name] = _write_exhibit(folder / outcome.name, exhibit)
        if outcome.exhibits:
            write_atomic(folder / outcome.name / "exhibits.json", _record(outcome))
    page = folder / "index.html"
    write_atomic(page, render_page(outcomes, drawings))
    return page


def _write_exhibit(folder: Path, exhibit: Exhibit) -> str:
    """Write an exhibit's files; return its drawing as SVG text, empty if it has none."""
    if exhibit.table is not None:
        text = exhibit.table.to_csv(index=False, lineterminator="\n")
        write_atomic(folder / f"{exhibit.name}.csv", text)
    if exhibit.display is not None:
        for suffix in (".tex", ".md"):
            exhibit.display.save(folder / f"{exhibit.name}{suffix}")
    if exhibit.figure is None:
        return ""
    svg = _drawn(exhibit.figure, "svg")
    write_atomic(folder / f"{exhibit.name}.svg", svg)
    write_atomic(folder / f"{exhibit.name}.png", _drawn(exhibit.figure, "png"))
    return svg.decode()


def _drawn(figure: Figure, kind: Literal["svg", "png"]) -> bytes:
    """Draw a figure with letters as outlines, fixed ids and nothing about when or by what."""
    import matplotlib as mpl

    content = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "clusterstats", "svg.fonttype": "path"}):
        figure.savefig(content, format=kind, dpi=DPI, metadata=UNSAID[kind])
    return content.getvalue()


def _record(outcome: Outcome) -> str:
    """What the exhibits of an analysis are, as JSON with sorted keys."""
    exhibits = [{field: getattr(exhibit, field) for field in SAID} for exhibit in outcome.exhibits]
    said = {"name": outcome.name, "title": outcome.title, "question": outcome.question}
    record = said | {"exhibits": exhibits}
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
