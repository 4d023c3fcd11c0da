"""What stands under a regression table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clusterstats.report.formats import DASH
from clusterstats.report.tables.grid import Row
from clusterstats.report.tables.labels import term_text
from clusterstats.report.tables.model import Model
from clusterstats.report.tables.options import Look
from clusterstats.report.tables.rows import covariance_text

__all__ = ["notes_of"]

MOST_NAMED = 6
WORDS = {"std_error": "Standard errors", "t": "t-statistics", "p_value": "p-values"}


def notes_of(
    panels: Mapping[str, Sequence[Model]],
    rows: Sequence[Row],
    terms: tuple[Sequence[str], Sequence[str]],
    look: Look,
) -> tuple[str, ...]:
    """Sentences: covariance, stars, what is not shown, what was left out, and the user's own."""
    if look.notes is False:
        return ()
    models = [model for some in panels.values() for model in some]
    notes = [
        _estimator(models, look),
        *_by_panel("Estimator", panels, lambda model: _title(model, look)),
        *_by_panel("Response", panels, lambda m: term_text(m.fit.response, look.labels)),
        _brackets(models, look),
        _stars(look),
        _hidden(*terms, look),
        *_left_out(panels),
        _undefined(rows),
        *([] if look.notes is True else list(look.notes)),
    ]
    return tuple(note for note in notes if note)


def _title(model: Model, look: Look) -> str:
    return look.labels.get(model.fit.title, model.fit.title)


def _estimator(models: Sequence[Model], look: Look) -> str:
    """The estimator, where one serves for all models."""
    titles = {_title(model, look) for model in models}
    return f"{titles.pop()}." if len(titles) == 1 else ""


def _by_panel(
    what: str, panels: Mapping[str, Sequence[Model]], of: Callable[[Model], str]
) -> list[str]:
    """What differs between panels, and so stands in no heading."""
    said = {name: tuple(of(model) for model in models) for name, models in panels.items()}
    if len(set(said.values())) < 2:
        return []
    listed = "; ".join(f"{name}: {_listed(values)}" for name, values in said.items())
    return [f"{what} by panel: {listed}."]


def _listed(values: tuple[str, ...]) -> str:
    if len(set(values)) == 1:
        return values[0]
    return ", ".join(f"({place}) {value}" for place, value in enumerate(values, start=1))


def _brackets(models: Sequence[Model], look: Look) -> str:
    """What the numbers under the estimates are, and by which covariance."""
    names = list(dict.fromkeys(covariance_text(model, look) for model in models))
    shape = "brackets" if look.pair == "[]" else "parentheses"
    what = f"{100 * look.level:g} % confidence intervals"
    what = f"{WORDS.get(look.interval, what)} in {shape}"
    if len(names) > 1:
        return f"{what}."
    return (
        f"{what}: {names[0]}."
        if look.interval == "std_error"
        else (f"{what}; standard errors: {names[0]}.")
    )


def _stars(look: Look) -> str:
    ordered = sorted(look.stars.items(), key=lambda pair: -pair[1])
    said = ", ".join(f"{sign} p < {size:g}" for sign, size in ordered)
    return f"{said}." if said else ""


def _hidden(every: Sequence[str], shown: Sequence[str], look: Look) -> str:
    """Terms that are in the models and not in the table."""
    hidden = [term for term in every if term not in shown]
    if not hidden:
        return ""
    named = ", ".join(term_text(term, look.labels) for term in hidden[:MOST_NAMED])
    more = len(hidden) - MOST_NAMED
    return f"Not shown: {named}{f' and {more} more' if more > 0 else ''}."


def _left_out(panels: Mapping[str, Sequence[Model]]) -> list[str]:
    """What the fits say of themselves, each once with the models that say it."""
    said: dict[str, list[str]] = {}
    for name, models in panels.items():
        for place, model in enumerate(models, start=1):
            for note in model.fit.notes:
                where = f"({place})" if len(panels) == 1 else f"{name} ({place})"
                said.setdefault(note, []).append(where)
    return [f"{', '.join(where)}: {note.rstrip('.')}." for note, where in said.items()]


def _undefined(rows: Sequence[Row]) -> str:
    dashes = any(cell.text.strip("()[]") == DASH for row in rows for cell in row.cells)
    return f"{DASH}: not identified." if dashes else ""
