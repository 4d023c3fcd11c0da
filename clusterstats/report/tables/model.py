"""One model of a table: its rows of estimates, its statistics, its fixed effects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clusterstats.errors import OptionError
from clusterstats.models import Fit, effective_f, first_stage
from clusterstats.report.tables.grid import Cell
from clusterstats.report.tables.numbers import count_text, decimal_text, decimals_of
from clusterstats.report.tables.options import Look

__all__ = ["DEFAULT", "STATISTICS", "Model", "models_of", "usual", "value_text"]

LEVELS, CLUSTERS = "levels ", "clusters "
"""How the names of statistics and factors begin that count levels of effects and clusters."""
STATISTICS = {
    "nobs": "Observations",
    "r_squared": "R²",
    "within_r_squared": "R² within",
    "pseudo_r_squared": "Pseudo R²",
    "first_stage_f": "First-stage F",
    "kleibergen_paap_f": "Kleibergen-Paap F",
    "effective_f": "Effective first-stage F",
    "adj_r_squared": "R² adjusted",
    "rmse": "Root mean squared error",
    "log_likelihood": "Log-likelihood",
    "aic": "AIC",
    "bic": "BIC",
}
DEFAULT = tuple(STATISTICS)[:6]
"""Those that are shown where there are any."""
UNDER = {"std_error": "std_error", "t": "statistic", "p_value": "p_value"}
NOT_STATISTICS = {"estimator", "response", "covariance", "factors", "notes"}


@dataclass(frozen=True, eq=False)
class Model:
    """A fit as a column of a table."""

    fit: Fit
    numbers: pd.DataFrame
    strength: Mapping[str, float] = field(default_factory=dict)

    @property
    def terms(self) -> list[str]:
        """Its terms, in its own order; those that instruments stand in for come first."""
        terms, solution = [str(term) for term in self.numbers.index], self.fit.solution
        first = 0 if solution is None else len(terms) - solution.design.n_endogenous
        return terms[first:] + terms[:first] if first else terms

    @property
    def effects(self) -> list[str]:
        """Its fixed effects."""
        return [
            name.removeprefix(LEVELS) for name in self.fit.statistics if name.startswith(LEVELS)
        ]

    @property
    def clusters(self) -> dict[str, float]:
        """Numbers of clusters, by column."""
        factors = self.fit.covariance.factors
        return {
            name.removeprefix(CLUSTERS): size
            for name, size in factors.items()
            if name.startswith(CLUSTERS)
        }

    @property
    def statistics(self) -> dict[str, Any]:
        """Its numbers as a whole, under the names of `glance()`."""
        row = self.fit.glance().iloc[0].to_dict()
        return {str(n): row[n] for n in row if n not in NOT_STATISTICS} | dict(self.strength)

    def estimate(self, term: str, look: Look) -> Cell:
        """The cell of an estimate; empty where the model has no such term."""
        if term not in self.numbers.index:
            return Cell()
        text = decimal_text(self._number(term, "estimate"), self._decimals(term, look))
        return Cell(text, look.stars_of(self._number(term, "p_value")))

    def under(self, term: str, look: Look) -> Cell:
        """The cell under it: standard error, t, p-value or interval, in brackets."""
        if term not in self.numbers.index:
            return Cell()
        decimals = self._decimals(term, look)
        if look.interval == "conf_int":
            ends = [self._number(term, "conf_low"), self._number(term, "conf_high")]
            texts = [decimal_text(end, decimals) for end in ends if not np.isnan(end)]
            text = ", ".join(texts) if texts else decimal_text(np.nan, 0)
        else:
            value = self._number(term, UNDER[look.interval])
            text = decimal_text(value, decimals if look.interval == "std_error" else look.digits)
            least = 10.0**-look.digits
            if look.interval == "p_value" and value < least / 2:
                text = f"< {least:.{look.digits}f}"
        return Cell(f"{look.pair[0]}{text}{look.pair[1]}")

    def _number(self, term: str, column: str) -> float:
        return float(self.numbers[column].to_dict()[term])

    def _decimals(self, term: str, look: Look) -> int:
        """As many for an estimate as for its standard error, so that neither rounds to 0."""
        numbers = [self._number(term, column) for column in ("estimate", "std_error")]
        needed = [decimals_of(number, look.digits) for number in numbers]
        return max(needed) if max(needed) <= look.digits + 3 else look.digits

    def statistic(self, name: str, look: Look) -> Cell:
        """The cell of a statistic; empty where the model has none."""
        value = self.statistics.get(name)
        return Cell() if value is None or pd.isna(value) else Cell(value_text(value, look.digits))


def value_text(value: Any, digits: int) -> str:
    """A statistic as text: whole numbers without decimals, words as they are."""
    if isinstance(value, bool | np.bool_ | str):
        return str(value)
    if isinstance(value, int | np.integer) or (abs(value) > 1 and float(value).is_integer()):
        return count_text(float(value))
    return decimal_text(float(value), digits)


def strength_of(fit: Fit, wanted: Iterable[str]) -> dict[str, float]:
    """F statistics of the instruments, those that are wanted and that the fit has."""
    names = set(wanted)
    own = getattr(fit, "first_stage", None)
    if isinstance(own, Fit):  # one instrument, the last term of its first stage
        found = {"first_stage_f": float(own.tvalues.iloc[-1]) ** 2}
        return {name: value for name, value in found.items() if name in names}
    if fit.solution is None or not fit.solution.is_iv:
        return {}
    found = {}
    several = fit.solution.design.n_endogenous > 1
    if names & {"first_stage_f", "kleibergen_paap_f"}:
        row = first_stage(fit).iloc[0]
        found["kleibergen_paap_f"] = float(row["kleibergen_paap_f"])
        if not several:
            found["first_stage_f"] = float(row["statistic"])
    if "effective_f" in names and not several:
        found["effective_f"] = float(effective_f(fit)["statistic"].iloc[0])
    return {name: value for name, value in found.items() if name in names}


def usual(models: Iterable[Model]) -> list[str]:
    """Statistics to show by default: the usual ones that a model has.

    The Kleibergen-Paap F is left out where no model has several endogenous regressors: with one it
    is the first-stage F.
    """
    known = [model.statistics for model in models]
    several = any("kleibergen_paap_f" in k and "first_stage_f" not in k for k in known)
    names = [n for n in DEFAULT if any(pd.notna(numbers.get(n)) for numbers in known)]
    return [name for name in names if several or name != "kleibergen_paap_f"]


def models_of(
    fits: Iterable[Any], level: float | None = None, stats: Iterable[str] = ()
) -> list[Model]:
    """Fits with their tidy numbers; anything else is refused.

    Without a level intervals are not to be shown, and each fit gives those it has.
    """
    models = []
    for fit in fits:
        if not isinstance(fit, Fit):
            raise OptionError(
                f"a table is made of fits, not of {type(fit).__name__}; a list of fits goes in as "
                f"cs.table(*fits), and a tidy frame needs no table"
            )
        tidy = fit.tidy(fit.covariance.level if level is None else level).set_index("term")
        if not tidy.index.is_unique:
            twice = tidy.index[tidy.index.duplicated()][0]
            raise OptionError(f"{fit.title} of {fit.response!r} has two terms named {twice!r}")
        models.append(Model(fit, tidy, strength_of(fit, stats)))
    return models
