"""A shift-share design estimated: 2SLS with its stages, and the same design from its shocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from clusterstats.errors import OptionError
from clusterstats.models.covariance import (
    AKM,
    CovarianceOption,
    SmallSample,
    convention_of,
)
from clusterstats.models.covariance.akm import confidence_set
from clusterstats.models.covariance.akm_parts import Parts, parts_of
from clusterstats.models.hypotheses import restrictions
from clusterstats.models.shift_share.views import ShockViews, completed

__all__ = ["ShiftShareFit"]


@dataclass(frozen=True, kw_only=True, repr=False)
class ShiftShareFit(ShockViews):
    """An estimate with a shift-share instrument, from `shift_share_iv`.

    It is the fit of two-stage least squares, with everything a `Fit` has, and holds the other two
    regressions and the design.

    Attributes
    ----------
    title, response, names, estimates, covariance, nobs, statistics, notes : as in `Fit`
    residual_values, fitted_values, index, solution, convention, asked : as in `Fit`
        Of the second stage.
    first_stage, reduced_form : Fit
        Endogenous variable, and response, on the instrument and the controls.
    exposure : Exposure
        Shares and shocks, checked.
    is_complete : bool
        Whether shares sum to 1 in every row, or their sum is among the controls. If not, what is
        missing stands for an industry whose shock is 0.

    Examples
    --------
    >>> import clusterstats as cs
    >>> issubclass(cs.ShiftShareFit, cs.Fit)
    True
    """

    def stages(self, level: float = 0.95) -> pd.DataFrame:
        """The coefficient of interest in each of the three regressions.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            Rows first stage, reduced form, second stage; columns `equation`, then those of
            `tidy()`.
        """
        named = {"first stage": self.first_stage, "reduced form": self.reduced_form}
        rows = [fit.tidy(level).tail(1) for fit in (*named.values(), self)]
        table = pd.concat(rows, ignore_index=True)
        table.insert(0, "equation", [*named, "second stage"])
        return table

    def glance(self) -> pd.DataFrame:
        """One row on the whole model, and on the design.

        Returns
        -------
        DataFrame
            The columns of `Fit.glance()`, `first_stage_f` (square of the first stage's statistic,
            under the covariance of the fit), `shocks`, `effective_shocks`,
            `shocks_without_shares`, `rows_without_shares`, `share_sum_min`, `share_sum_max`.
        """
        table = super().glance()
        place = list(table.columns).index("covariance")
        strength = float(chi2.isf(self.first_stage.pvalues.iloc[-1], 1))
        if self.first_stage.covariance.p_values is None:
            strength = float(self.first_stage.tvalues.iloc[-1]) ** 2
        table.insert(place, "first_stage_f", strength)
        return table

    def with_covariance(
        self, covariance: CovarianceOption, convention: str | SmallSample | None = None
    ) -> ShiftShareFit:
        """The same estimates with another covariance in all three regressions.

        Parameters
        ----------
        covariance : option
            As in `shift_share_iv`; an `AKM` takes the shares of this design.
        convention : str or SmallSample, optional
            Small-sample factors; those of this fit if not given.

        Returns
        -------
        ShiftShareFit
        """
        used = self.convention if convention is None else convention_of(convention)
        option = completed(covariance, self.exposure, self.instrument)
        made = super().with_covariance(option, used)
        assert isinstance(made, ShiftShareFit)
        return replace(
            made,
            first_stage=self.first_stage.with_covariance(option, used),
            reduced_form=self.reduced_form.with_covariance(option, used),
        )

    def test(self, hypothesis: str) -> pd.DataFrame:
        """Test linear hypotheses; with AKM0, one on the coefficient of interest, under its null.

        Parameters
        ----------
        hypothesis : str
            As in `Fit.test`; with AKM0 such as `"x = 1"`.

        Returns
        -------
        DataFrame
            As of `Fit.test`. With AKM0 `std_error` is that under the hypothesis, and the interval
            holds the values not rejected (infinite where unbounded).
        """
        if not self._is_null_imposed:
            return super().test(hypothesis)
        matrix, right = restrictions(self.names, hypothesis)
        if len(matrix) > 1 or matrix[0, :-1].any():
            raise OptionError(
                f"AKM0 tests values of {self.treatment!r} alone, not {hypothesis!r}; use "
                f"with_covariance(AKM()) for the constant variance of AKM"
            )
        scale, parts = float(matrix[0, -1]), self._parts
        gap = float(self.estimates[-1]) - float(right[0]) / scale
        error = float(np.sqrt(((parts.residual + gap * parts.treatment) ** 2).sum()))
        error = abs(scale) * error / abs(parts.scale)
        found = confidence_set(float(self.estimates[-1]), parts, 0.95).hull
        ends = sorted(scale * end - float(right[0]) for end in found)
        row = {"hypothesis": hypothesis, "estimate": scale * gap, "std_error": error}
        row |= {"statistic": scale * gap / error, "df1": 1, "df2": np.inf}
        row |= {"p_value": 2 * float(norm.sf(abs(scale * gap / error)))}
        return pd.DataFrame([row | {"conf_low": ends[0], "conf_high": ends[1]}])

    def confidence_set(self, level: float = 0.95) -> pd.DataFrame:
        """Values of the coefficient that are not rejected, in pieces where there are several.

        Parameters
        ----------
        level : float
            Of the set.

        Returns
        -------
        DataFrame
            Columns `term`, `shape` ("interval", "two rays" or "line"; the last two with AKM0
            only), `conf_low`, `conf_high`; a row a piece.
        """
        term = self.treatment
        if not self._is_null_imposed:
            low, high = self.conf_int(level).to_numpy()[-1]
            return _pieces(term, "interval", [(float(low), float(high))])
        found = confidence_set(float(self.estimates[-1]), self._parts, level)
        if found.shape != "two rays":
            return _pieces(term, found.shape, [(found.low, found.high)])
        return _pieces(term, found.shape, [(-np.inf, found.low), (found.high, np.inf)])

    @property
    def _is_null_imposed(self) -> bool:
        return isinstance(self.asked, AKM) and self.asked.null_imposed

    @property
    def _parts(self) -> Parts:
        cluster = self.asked.shock_cluster if isinstance(self.asked, AKM) else None
        return parts_of(self._solution, self.exposure, self.instrument, cluster)


def _pieces(term: str, shape: str, ends: Sequence[tuple[float, float]]) -> pd.DataFrame:
    """A row a piece of a confidence set."""
    table = pd.DataFrame(ends, columns=["conf_low", "conf_high"])
    table.insert(0, "shape", shape)
    table.insert(0, "term", term)
    return table
