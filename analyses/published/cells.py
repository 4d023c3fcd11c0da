"""What a table's module gives back: its numbers, tidy, and the table as the paper has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from clusterstats import Fit
from clusterstats._types import Array
from clusterstats.models.covariance import Covariance
from clusterstats.report import RegressionTable

COLUMNS = ["table", "spec", "item", "stat", "estimate", "low", "high"]


class Cell(NamedTuple):
    """A number of a table; `low` and `high` bound those that the data do not tell from it."""

    spec: str
    item: str
    stat: str
    estimate: float
    low: float = np.nan
    high: float = np.nan


@dataclass(frozen=True, eq=False)
class Made:
    """A table made anew.

    Attributes
    ----------
    cells : list of Cell
        Every number that the printed table has, under the same names.
    layout : RegressionTable or DataFrame
        The table as a paper shows it.
    """

    cells: list[Cell]
    layout: RegressionTable | pd.DataFrame

    def tidy(self, table: str) -> pd.DataFrame:
        """The cells as a frame: `table`, `spec`, `item`, `stat`, `estimate`, `low`, `high`."""
        frame = pd.DataFrame(self.cells, columns=COLUMNS[1:])
        frame.insert(0, "table", table)
        return frame


def coefficients(spec: str, fit: Fit, items: Mapping[str, str], stat: str = "coef") -> list[Cell]:
    """Estimates of a fit; `items` gives the term of each item."""
    return [Cell(spec, item, stat, float(fit.params[term])) for item, term in items.items()]


def errors(spec: str, fit: Fit, items: Mapping[str, str], stat: str = "se") -> list[Cell]:
    """Standard errors of a fit."""
    return [Cell(spec, item, stat, float(fit.bse[term])) for item, term in items.items()]


def both(spec: str, fit: Fit, items: Mapping[str, str]) -> list[Cell]:
    """Estimates and standard errors of a fit."""
    return coefficients(spec, fit, items) + errors(spec, fit, items)


def named(*terms: str, **others: str) -> dict[str, str]:
    """Items that are called as the terms are, and items of other names."""
    return {term: term for term in terms} | others


def foreign(
    title: str,
    response: str,
    estimates: Mapping[str, float],
    matrix: Array | None,
    *,
    nobs: int,
    how: str,
    llf: float = np.nan,
) -> Fit:
    """Estimates of another library as a `Fit`, so that they stand in the same tables."""
    size = len(estimates)
    known = np.full((size, size), np.nan) if matrix is None else matrix
    return Fit(
        title=title,
        response=response,
        names=tuple(estimates),
        estimates=np.array(list(estimates.values()), dtype=float),
        covariance=Covariance(known, np.full(size, np.inf), how),
        nobs=nobs,
        statistics={"log_likelihood": llf} if np.isfinite(llf) else {},
    )
