"""The result of an estimator: frozen, read by `tidy`, `glance`, `predict`, `test` and `summary`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import t as student

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError
from clusterstats.models.covariance import (
    Covariance,
    CovarianceOption,
    SmallSample,
    convention_of,
    covariance_of,
)
from clusterstats.models.hypotheses import joint_test
from clusterstats.models.prediction import predicted
from clusterstats.models.solution import Solution
from clusterstats.models.stages import instrument_statistics

__all__ = ["Fit"]


@dataclass(frozen=True)
class Fit:
    """An estimated model.

    Attributes
    ----------
    title : str
        The estimator: `OLS`, `2SLS`, `Poisson`.
    response : str
    names : tuple of str
        Terms, in the order of all arrays.
    estimates : array, shape (k,)
    covariance : Covariance
    nobs : int
        Rows used.
    statistics : mapping of str to float
        R-squared and its like, under the names of `glance()`.
    notes : tuple of str
        What a reader must know: what is not identified, what was left out.
    residual_values, fitted_values : array, shape (n,), optional
    index : Index, optional
        Which rows of the table the arrays are of.
    solution : Solution, optional
        The parts of the estimate, where our own engine made it.
    convention : SmallSample
    asked : CovarianceOption, optional
        The option that `covariance` was made by.
    """

    title: str
    response: str
    names: tuple[str, ...]
    estimates: Array
    covariance: Covariance
    nobs: int
    statistics: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    residual_values: Array | None = None
    fitted_values: Array | None = None
    index: pd.Index | None = None
    solution: Solution | None = None
    convention: SmallSample = field(default_factory=SmallSample)
    asked: CovarianceOption | None = None

    # --- numbers, under the names people know ---

    @property
    def params(self) -> pd.Series:
        """Estimates by term."""
        return self._series(self.estimates, "estimate")

    @property
    def bse(self) -> pd.Series:
        """Standard errors by term."""
        return self._series(self.covariance.std_errors, "std_error")

    @property
    def tvalues(self) -> pd.Series:
        """Estimates over their standard errors."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.asarray(self.estimates / self.covariance.std_errors, dtype=float)
        return self._series(ratio, "statistic")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided p-values."""
        if self.covariance.p_values is not None:
            return self._series(self.covariance.p_values, "p_value")
        two = 2 * student.sf(np.abs(self.tvalues.to_numpy()), self.covariance.df)
        return self._series(np.asarray(two, dtype=float), "p_value")

    @property
    def rsquared(self) -> float:
        """Share of the variance of the response explained, fixed effects included."""
        return float(self.statistics.get("r_squared", np.nan))

    @property
    def llf(self) -> float:
        """Log-likelihood."""
        return float(self.statistics.get("log_likelihood", np.nan))

    @property
    def resid(self) -> pd.Series:
        """Response less fitted value, by row of the table."""
        return pd.Series(self.residual_values, self.index, name="resid", dtype=float)

    @property
    def fittedvalues(self) -> pd.Series:
        """Expected response, by row of the table."""
        return pd.Series(self.fitted_values, self.index, name="fitted", dtype=float)

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Confidence intervals, columns `conf_low` and `conf_high`.

        Parameters
        ----------
        level : float
            Between 0 and 1.

        Returns
        -------
        DataFrame
            A row a term.
        """
        if not 0 < level < 1:
            raise OptionError(f"level={level!r} must lie between 0 and 1")
        ends = self.covariance.conf_int
        if ends is None:
            half = student.ppf((1 + level) / 2, self.covariance.df) * self.covariance.std_errors
            ends = np.column_stack([self.estimates - half, self.estimates + half])
        elif level != self.covariance.level:
            raise OptionError(
                f"{self.covariance.name} was asked for intervals at level "
                f"{self.covariance.level}; ask again for {level}"
            )
        return pd.DataFrame(ends, self._terms, ["conf_low", "conf_high"])

    def cov_params(self) -> pd.DataFrame:
        """Covariance matrix of the estimates."""
        return pd.DataFrame(self.covariance.matrix.copy(), self._terms, self._terms)

    # --- tables ---

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row a term: estimate, standard error, statistic, p-value and interval.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            Columns `term`, `estimate`, `std_error`, `statistic`, `p_value`, `conf_low`,
            `conf_high`.
        """
        ends = self.conf_int(level)
        table = pd.DataFrame(
            {
                "term": list(self.names),
                "estimate": self.estimates.copy(),
                "std_error": self.covariance.std_errors,
                "statistic": self.tvalues.to_numpy(),
                "p_value": self.pvalues.to_numpy(),
                "conf_low": ends["conf_low"].to_numpy(),
                "conf_high": ends["conf_high"].to_numpy(),
            }
        )
        table.attrs |= {"covariance": self.covariance.name, "notes": "; ".join(self.notes)}
        return table

    def glance(self) -> pd.DataFrame:
        """One row on the whole model: sample, fit, and the small-sample factors used.

        Returns
        -------
        DataFrame
            Columns `estimator`, `response`, `nobs`, the statistics of the estimator,
            `covariance`, `factors`, `notes`.
        """
        factors = ", ".join(
            f"{name} = {value:.6g}" for name, value in self.covariance.factors.items()
        )
        row = {
            "estimator": self.title,
            "response": self.response,
            "nobs": self.nobs,
            **self.statistics,
            "covariance": self.covariance.name,
            "factors": factors,
            "notes": "; ".join(self.notes),
        }
        return pd.DataFrame([row])

    def summary(self) -> str:
        """The model as text: `print(fit.summary())`."""
        head = f"{self.title}: {self.response}, {self.nobs:,} rows; {self.covariance.name}"
        table = self.tidy().to_string(index=False, float_format=lambda number: f"{number:.6g}")
        rest = {
            name: value
            for name, value in self.glance().iloc[0].items()
            if name not in ("estimator", "response", "nobs", "covariance") and value not in ("",)
        }
        lines = [
            f"{name}: {value:.6g}" if isinstance(value, float) else f"{name}: {value}"
            for name, value in rest.items()
        ]
        return "\n".join([head, "", table, "", *lines])

    def __repr__(self) -> str:
        return self.summary()

    # --- what can be asked of it ---

    def test(self, hypothesis: str) -> pd.DataFrame:
        """Test linear hypotheses: `fit.test("a = b")`, `fit.test("a = 0, b + 2 * c = 1")`.

        Parameters
        ----------
        hypothesis : str
            Equations between terms and numbers, with commas between them; names that are not
            plain words go between back-ticks.

        Returns
        -------
        DataFrame
            One row: `hypothesis`, `estimate` and `std_error` (of the left less the right side, for
            one equation), `statistic` (t for one, F for several), `df1`, `df2`, `p_value`,
            `conf_low`, `conf_high`.
        """
        return joint_test(self.names, self.estimates, self.covariance, hypothesis)

    def predict(self, data: IntoTable | None = None) -> pd.Series:
        """Expected response, of the rows used or of others.

        Parameters
        ----------
        data : table, optional
            Rows with the variables of the model. A level of a fixed effect that was not in the
            sample gives `nan`.

        Returns
        -------
        Series
            Indexed by row.
        """
        if data is None:
            return self.fittedvalues.rename("prediction")
        if self.solution is None:
            raise OptionError(f"{self.title} can't predict other rows")
        return predicted(self.solution, data)

    def with_covariance(
        self, covariance: CovarianceOption, convention: str | SmallSample | None = None
    ) -> Fit:
        """The same estimates with another covariance; nothing is estimated again.

        Parameters
        ----------
        covariance : option
            As in `regress`.
        convention : str or SmallSample, optional
            Small-sample factors; those of this fit if not given.

        Returns
        -------
        Fit
        """
        if self.solution is None:
            raise OptionError(f"{self.title} takes its covariance when it is estimated")
        used = self.convention if convention is None else convention_of(convention)
        made = covariance_of(self.solution, covariance, used)
        found = {**self.statistics, **instrument_statistics(self.solution, covariance, used)}
        return replace(self, covariance=made, convention=used, asked=covariance, statistics=found)

    # --- inside ---

    @property
    def _terms(self) -> pd.Index:
        return pd.Index(self.names, name="term")

    def _series(self, values: Array, name: str) -> pd.Series:
        return pd.Series(np.array(values, dtype=float), self._terms, name=name)
