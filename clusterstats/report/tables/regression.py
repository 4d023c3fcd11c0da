"""Models side by side: the table of a paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from clusterstats.errors import OptionError
from clusterstats.report.tables.display import RegressionTable
from clusterstats.report.tables.grid import Heading, Row, merged
from clusterstats.report.tables.labels import term_text
from clusterstats.report.tables.model import DEFAULT, Model, models_of
from clusterstats.report.tables.notes import notes_of
from clusterstats.report.tables.options import Interval, Look, stars_from
from clusterstats.report.tables.rows import (
    estimate_rows,
    fact_rows,
    shown_terms,
    terms_of,
)

__all__ = ["table"]

Panels = dict[str, list[Model]]


def table(
    *fits: Any,
    panels: Mapping[str, Sequence[Any]] | None = None,
    headers: Sequence[str] | Sequence[Sequence[str]] = (),
    title: str = "",
    labels: Mapping[str, str] | None = None,
    keep: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    order: Sequence[str] = (),
    stats: Sequence[str] | None = None,
    extra: Mapping[str, Sequence[object]] | None = None,
    interval: Interval = "std_error",
    level: float = 0.95,
    brackets: str | None = None,
    stars: Mapping[str, float] | Sequence[float] | None = None,
    digits: int = 3,
    marks: tuple[str, str] = ("Yes", "No"),
    notes: bool | Sequence[str] = True,
) -> RegressionTable:
    """Put models side by side, as a table for a paper, a page or a notebook.

    Parameters
    ----------
    *fits : Fit
        The models, a column each.
    panels : mapping of str to sequence of Fit, optional
        Panels one below the other, instead of `fits`; each with the same number of models.
        Rows on the models that are the same in every panel stand once, at the end.
    headers : sequence of str, or of sequences of str
        Headings over the models, a text a column; neighbours of the same text are joined. A
        sequence of sequences gives several lines.
    title : str
        The caption.
    labels : mapping of str to str, optional
        Words for columns of the data. They serve for terms and what is made of them
        (`log(density)`, `density:rail`), fixed effects, clusters, responses; a whole term or the
        name of a statistic may have one too.
    keep, drop, order : sequence of str
        Terms to show, to leave out, and to put first; `*` stands for any text. The note names
        terms that are not shown.
    stats : sequence of str, optional
        Names of `Fit.glance()`, and for instruments `first_stage_f`, `kleibergen_paap_f` (both of
        `first_stage`) and `effective_f`; by default observations and those there are of R-squared,
        R-squared within, pseudo R-squared and first-stage F (Kleibergen-Paap with several
        endogenous regressors).
    extra : mapping of str to sequence, optional
        Rows of your own: a number, a text, true, false or nothing a column.
    interval : {"std_error", "conf_int", "t", "p_value"}
        What stands under an estimate.
    level : float
        Of the intervals.
    brackets : {"(", "["}, optional
        Around it; by default square ones for intervals, round ones for the rest.
    stars : sequence of float, or mapping of str to float, optional
        Levels, such as `(0.1, 0.05, 0.01)` for one, two and three stars, or `{"+": 0.1}`; the note
        says them. None by default: they hide the size of an effect.
    digits : int
        Decimals; a number that would round to 0 has as many as show two digits of it.
    marks : (str, str)
        For a fixed effect that a model has and has not, such as `("✓", "")`.
    notes : bool or sequence of str
        Whether to write the note; sentences are put behind it.

    Returns
    -------
    RegressionTable
        With `to_latex()`, `to_html()`, `to_markdown()`, `to_docx(path)`, `save(path)`,
        `to_frame()` (texts as shown) and `numbers` (not rounded). A notebook shows it.

    Raises
    ------
    OptionError
        Something that is not a fit, a term or statistic that no model has, panels of different
        widths.

    Notes
    -----
    Standard errors are those of each fit: `fit.with_covariance(...)` gives the same model with
    others. Where they differ between models a row names them, else the note does. A dash is a
    number that is not identified. What a fit left out stands in the note.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> firms = pd.DataFrame(
    ...     {
    ...         "growth": [1.0, 2.0, 4.0, 3.0, 5.0, 9.0],
    ...         "density": [0.0, 1.0, 2.0, 1.0, 2.0, 4.0],
    ...         "firm": ["a", "a", "a", "b", "b", "b"],
    ...     }
    ... )
    >>> pooled = cs.regress("growth ~ density", firms)
    >>> within = cs.regress("growth ~ density | firm", firms)
    >>> labels = {"density": "Density", "growth": "Growth", "firm": "Firm"}
    >>> cs.table(pooled, within, labels=labels, notes=False)
    |                    |   (1)   |   (2)   |
    | :----------------- | :-----: | :-----: |
    |                    | Growth  | Growth  |
    | Density            |  2.036  |  1.850  |
    |                    | (0.188) | (0.161) |
    | Constant           |  0.607  |         |
    |                    | (0.392) |         |
    | Firm fixed effects |   No    |   Yes   |
    | Observations       |    6    |    6    |
    | R²                 |  0.967  |  0.987  |
    | R² within          |         |  0.978  |
    """
    look = Look(
        labels=dict(labels or {}),
        stats=stats,
        keep=keep,
        drop=drop,
        order=order,
        extra=dict(extra or {}),
        interval=interval,
        level=level,
        brackets=brackets,
        stars=stars_from(stars),
        digits=digits,
        marks=marks,
        notes=notes,
    )
    by_panel = _panels(fits, panels, look)
    every = [model for models in by_panel.values() for model in models]
    terms = shown_terms(every, look)
    rows = _rows(by_panel, terms, look)
    return RegressionTable(
        header=_header(by_panel, headers, look),
        rows=rows,
        notes=notes_of(by_panel, rows, (terms_of(every), terms), look),
        title=title,
        numbers=_numbers(by_panel),
    )


def _panels(fits: Sequence[Any], panels: Mapping[str, Sequence[Any]] | None, look: Look) -> Panels:
    """Models by panel; one without a name where there are no panels."""
    if bool(fits) == bool(panels):
        raise OptionError("give fits, as in cs.table(fit1, fit2), or panels={'Panel A': [fit1]}")
    level = look.level if look.interval == "conf_int" else None
    stats = DEFAULT if look.stats is None else look.stats
    given = (panels or {"": fits}).items()
    found = {name: models_of(some, level, stats) for name, some in given}
    widths = {name: len(models) for name, models in found.items()}
    if len(set(widths.values())) > 1:
        said = ", ".join(f"{name!r} has {width}" for name, width in widths.items())
        raise OptionError(f"panels must have the same number of models: {said}")
    return found


def _rows(panels: Panels, terms: Sequence[str], look: Look) -> tuple[Row, ...]:
    """All rows: each panel's own, then those that the panels share."""
    every = [model for models in panels.values() for model in models]
    facts = {name: fact_rows(models, every, look) for name, models in panels.items()}
    first, *others = facts.values()
    shared = [row for row in first if all(row in other for other in others)] if others else []
    rows: list[Row] = []
    for name, models in panels.items():
        rows += [Row(name, kind="panel", is_ruled=True)] if name else []
        rows += estimate_rows(models, terms, look)
        own = [row for row in facts[name] if row not in shared]
        rows += [replace(row, is_ruled=not place) for place, row in enumerate(own)]
    return (*rows, *(replace(row, is_ruled=not place) for place, row in enumerate(shared)))


def _header(
    panels: Panels, headers: Sequence[str] | Sequence[Sequence[str]], look: Look
) -> tuple[tuple[Heading, ...], ...]:
    """Groups, responses, estimators where they differ, numbers of the models."""
    width = len(next(iter(panels.values())))
    if isinstance(headers, str):
        raise OptionError(f"headers={headers!r} must be a list, a text for each column")
    is_one = any(isinstance(text, str) for text in headers)
    made = []
    for line in [headers] if is_one else headers:
        texts = tuple(map(str, line))
        if len(texts) != width:
            raise OptionError(f"headers={headers!r} must have a text for each of {width} column(s)")
        made.append(merged(texts))
    responses = _shared(panels, lambda model: term_text(model.fit.response, look.labels))
    estimators = _shared(panels, lambda model: look.labels.get(model.fit.title, model.fit.title))
    made += [merged(responses)] if responses else []
    made += [merged(estimators)] if len(set(estimators)) > 1 else []
    numbers = tuple(Heading(f"({place})") for place in range(1, width + 1))
    return (*made, numbers)


def _shared(panels: Panels, of: Any) -> tuple[str, ...]:
    """What models are, column by column; nothing where panels differ."""
    said = {tuple(of(model) for model in models) for models in panels.values()}
    return said.pop() if len(said) == 1 else ()


def _numbers(panels: Panels) -> pd.DataFrame:
    """The tidy frames of all models, one below the other."""
    frames = [
        model.numbers.reset_index().assign(panel=name, model=place, response=model.fit.response)
        for name, models in panels.items()
        for place, model in enumerate(models, start=1)
    ]
    numbers = pd.concat(frames, ignore_index=True)
    front = ["panel", "model", "response"]
    return numbers[[*front, *(name for name in numbers if name not in front)]]
