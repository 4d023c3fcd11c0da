"""Estimates of models side by side, as a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from clusterstats.errors import OptionError
from clusterstats.report.figures import interval_plot
from clusterstats.report.tables.labels import CONSTANT, chosen, merged_order, term_text
from clusterstats.report.tables.model import Model, models_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["coefplot"]


def coefplot(
    *fits: Any,
    names: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    keep: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    order: Sequence[str] = (),
    level: float = 0.95,
) -> Figure:
    """Draw the estimates of models with their intervals, a row a term.

    Parameters
    ----------
    *fits : Fit
        The models; each has its color and shape.
    names : sequence of str
        What the models are called in the legend; `(1)`, `(2)` if not given.
    labels : mapping of str to str, optional
        Words for columns of the data, as in `table`.
    keep, drop, order : sequence of str
        Terms to show, to leave out and to put first; `*` stands for any text. The constant is
        shown only if `keep` names it.
    level : float
        Of the intervals.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot, so nothing has to be closed.

    Raises
    ------
    OptionError
        Something that is not a fit, a term that no model has, names that are not one a model.

    Notes
    -----
    Terms are compared on one scale: bring regressors to units that can be compared first. A term
    whose variance is not identified is an open marker.

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
    >>> figure = cs.coefplot(pooled, within, names=["Pooled", "Within firms"])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['density']
    """
    if not fits:
        raise OptionError("give the fits to draw, as in cs.coefplot(fit1, fit2)")
    models = models_of(fits, level)
    titles = list(names) or [f"({place})" for place in range(1, len(models) + 1)]
    if isinstance(names, str) or len(titles) != len(models) or len(set(titles)) < len(titles):
        raise OptionError(f"names={names!r} must have a name of its own for each model")
    frame = _frame(models, titles, _terms(models, keep, drop, order), dict(labels or {}))
    return interval_plot(
        frame,
        x="term",
        by="model" if len(models) > 1 else None,
        reference_line=0,
        x_label="",
        y_label=f"Estimate and {100 * level:g} % confidence interval",
    )


def _terms(
    models: Sequence[Model],
    keep: Sequence[str] | None,
    drop: Sequence[str],
    order: Sequence[str],
) -> list[str]:
    """The terms to draw, top to bottom."""
    every = merged_order([model.terms for model in models])
    others = [term for term in every if term != CONSTANT]
    return chosen(every if keep is not None else others or every, keep, drop, order)


def _frame(
    models: Sequence[Model], titles: Sequence[str], terms: Sequence[str], labels: dict[str, str]
) -> pd.DataFrame:
    """A row a term and model, in drawing order; empty where a model has no such term."""
    columns = ["estimate", "conf_low", "conf_high"]
    parts = [
        model.numbers.reindex(list(terms))[columns].assign(
            term=[term_text(term, labels) for term in terms], model=title, place=range(len(terms))
        )
        for title, model in zip(titles, models, strict=True)
    ]
    return pd.concat(parts).sort_values("place", kind="stable")
