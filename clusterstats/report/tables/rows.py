"""Rows of a panel: estimates first, then what the models are."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clusterstats.errors import OptionError
from clusterstats.report.tables.grid import Cell, Row
from clusterstats.report.tables.labels import chosen, merged_order, term_text
from clusterstats.report.tables.model import STATISTICS, Model, usual, value_text
from clusterstats.report.tables.options import Look

__all__ = ["covariance_text", "estimate_rows", "fact_rows", "shown_terms", "terms_of"]


def terms_of(models: Sequence[Model]) -> list[str]:
    """All terms of models, each once."""
    return merged_order([model.terms for model in models])


def shown_terms(models: Sequence[Model], look: Look) -> list[str]:
    """Those of them that are to be shown, in order."""
    return chosen(terms_of(models), look.keep, look.drop, look.order)


def estimate_rows(models: Sequence[Model], terms: Sequence[str], look: Look) -> list[Row]:
    """Two rows a term; terms that none of these models has are left out."""
    rows = []
    for term in terms:
        if any(term in model.terms for model in models):
            estimates = tuple(model.estimate(term, look) for model in models)
            under = tuple(model.under(term, look) for model in models)
            rows.append(Row(term_text(term, look.labels), estimates, "estimate"))
            rows.append(Row("", under, "interval"))
    return rows


def fact_rows(models: Sequence[Model], every: Sequence[Model], look: Look) -> list[Row]:
    """Fixed effects, rows handed in, covariances where any differ, clusters, statistics."""
    rows = [*_effect_rows(models, look), *_extra_rows(len(models), look)]
    rows += [*_covariance_rows(models, every, look), *_cluster_rows(models, look)]
    for name in _statistics(models, every, look):
        cells = tuple(model.statistic(name, look) for model in models)
        rows.append(Row(look.labels.get(name, STATISTICS.get(name, name)), cells))
    return rows


def _extra_rows(columns: int, look: Look) -> list[Row]:
    """Rows that were handed in: texts and numbers, a blank where there is nothing to say."""
    rows = []
    for label, values in look.extra.items():
        if isinstance(values, str) or len(values) != columns:
            raise OptionError(f"extra row {label!r} must be a list of {columns} value(s), a column")
        rows.append(Row(label, tuple(_extra(value, look) for value in values)))
    return rows


def _extra(value: object, look: Look) -> Cell:
    if isinstance(value, bool):
        return Cell(look.marks[0] if value else look.marks[1])
    is_blank = value is None or (isinstance(value, float) and pd.isna(value))
    return Cell("" if is_blank else value_text(value, look.digits))


def _effect_rows(models: Sequence[Model], look: Look) -> list[Row]:
    """A row for each fixed effect of any model: whether the model has it."""
    rows, (yes, no) = [], look.marks
    for name in merged_order([model.effects for model in models]):
        cells = tuple(Cell(yes if name in model.effects else no) for model in models)
        label = term_text(name, look.labels)
        rows.append(Row(f"{label} fixed effects", cells))
    return rows


def _covariance_rows(models: Sequence[Model], every: Sequence[Model], look: Look) -> list[Row]:
    """The covariance of each model, where those of the whole table differ."""
    if len({covariance_text(model, look) for model in every}) < 2:
        return []
    return [Row("Standard errors", tuple(Cell(covariance_text(m, look)) for m in models))]


def _cluster_rows(models: Sequence[Model], look: Look) -> list[Row]:
    """Numbers of clusters."""
    rows = []
    for column in merged_order([list(model.clusters) for model in models]):
        counts = [model.clusters.get(column) for model in models]
        cells = tuple(Cell("" if n is None else value_text(int(n), 0)) for n in counts)
        rows.append(Row(f"Clusters: {term_text(column, look.labels)}", cells))
    return rows


def covariance_text(model: Model, look: Look) -> str:
    """What a covariance is called, with the labels of the columns it names."""
    name = model.fit.covariance.name
    for column in [*model.clusters, *look.labels]:
        name = name.replace(f"by {column} ", f"by {term_text(column, look.labels)} ")
        name = name.replace(f"and {column} ", f"and {term_text(column, look.labels)} ")
    return name


def _statistics(models: Sequence[Model], every: Sequence[Model], look: Look) -> list[str]:
    """Names of the statistics to show: those asked for, or the usual ones that a model has."""
    if look.stats is None:
        return usual(models)
    names = list(dict.fromkeys(name for model in every for name in model.statistics))
    unknown = [name for name in look.stats if name not in names]
    if unknown:
        raise OptionError(
            f"stats has {unknown[0]!r}, which none of the models has; there are {', '.join(names)}"
        )
    return list(look.stats)
