"""An event study estimated: a fit whose terms have an event time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError
from clusterstats.models.covariance import CovarianceOption, SmallSample
from clusterstats.models.event_study.interaction import Cells, carried
from clusterstats.models.event_study.timing import Timing, shown
from clusterstats.models.fit import Fit
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["EventStudyFit"]


@dataclass(frozen=True, kw_only=True, repr=False)
class EventStudyFit(Fit):
    """Effects by time since treatment, from `event_study`.

    A `Fit`, with `event_time` in `tidy()`, the path that a figure shows, and tests of leads and
    averages of lags.

    Attributes
    ----------
    title, response, names, estimates, covariance, nobs, statistics, notes : as in `Fit`
    residual_values, fitted_values, index, solution, convention, asked : as in `Fit`
    timing : Timing
        Columns of units, periods and treatment, and the window.
    event_times : array, shape (k,)
        Of each term; `nan` for controls.
    treated_rows : array, shape (k,)
        Rows of treated units at that event time, by weight; `nan` for controls.
    saturated : Fit, optional
        The regression with an effect for each cohort and event time, for Sun and Abraham's
        estimator.
    cells : Cells, optional
        Its cohorts and event times.
    averaging : array, shape (k, coefficients of `saturated`), optional
        Weights of the cohorts.

    Examples
    --------
    >>> import clusterstats as cs
    >>> issubclass(cs.EventStudyFit, cs.Fit)
    True
    """

    timing: Timing
    event_times: Array
    treated_rows: Array
    saturated: Fit | None = None
    cells: Cells | None = None
    averaging: Array | None = None

    def tidy(self, level: float = 0.95) -> pd.DataFrame:
        """One row a term, with its event time.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            Columns `term`, `event_time` (`nan` for controls), `estimate`, `std_error`,
            `statistic`, `p_value`, `conf_low`, `conf_high`.
        """
        table = super().tidy(level)
        table.insert(1, "event_time", self.event_times.copy())
        return table

    def path(self, level: float = 0.95) -> pd.DataFrame:
        """What a figure shows: effects by event time, the reference period among them.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            Sorted by `event_time`: the columns of `tidy()` and `treated_rows`, `is_reference`
            (estimate and interval 0), `is_binned` (stands for all event times further away).
        """
        window = self.timing.window
        table = self.tidy(level).assign(treated_rows=self.treated_rows, is_reference=False)
        table = table[table["event_time"].notna()]
        numbers = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), 0.0)
        reference = {"term": shown(window.reference), "event_time": float(window.reference)}
        blank = dict.fromkeys(("statistic", "p_value", "treated_rows"), np.nan)
        own = pd.DataFrame([{**reference, **numbers, **blank, "is_reference": True}])
        table = pd.concat([table, own[list(table.columns)]])
        ends = [end for end in (window.first, window.last) if end is not None]
        table["is_binned"] = table["event_time"].isin(ends)
        return table.sort_values("event_time", ignore_index=True)

    def test_leads(self) -> pd.DataFrame:
        """Joint test that all effects before treatment, but the reference, are 0.

        Not rejecting says little where leads are imprecise (Roth 2022): look at `path()` too.

        Returns
        -------
        DataFrame
            As of `test()`.
        """
        leads = [self.names[place] for place in np.flatnonzero(self.event_times < 0)]
        if not leads:
            raise OptionError(
                f"there is no lead but the reference {self.timing.window.reference}: nothing to "
                f"test; use a longer window before treatment"
            )
        return self.test(", ".join(f"`{name}` = 0" for name in leads))

    def average_effect(self) -> pd.DataFrame:
        """Average of the effects from treatment on, by the treated rows of each event time.

        Returns
        -------
        DataFrame
            As of `test()`, with `hypothesis` "average effect = 0".
        """
        places = np.flatnonzero(self.event_times >= 0)
        if not len(places):
            raise OptionError("there is no event time from treatment on")
        part = self.treated_rows[places] / self.treated_rows[places].sum()
        terms = [
            f"{share!r} * `{self.names[place]}`"
            for place, share in zip(places, part.tolist(), strict=True)
        ]
        return self.test(f"{' + '.join(terms)} = 0").assign(hypothesis="average effect = 0")

    def cohort_effects(self, level: float = 0.95) -> pd.DataFrame:
        """Effects of each cohort at each event time, which Sun and Abraham's estimator averages.

        Parameters
        ----------
        level : float
            Of the intervals.

        Returns
        -------
        DataFrame
            Columns `cohort`, `event_time`, `weight` (in the average of that event time), then
            those of `tidy()`.
        """
        if self.saturated is None or self.cells is None:
            raise OptionError(
                "effects by cohort are those of event_study(..., estimator='sun_abraham')"
            )
        table = self.saturated.tidy(level).set_index("term").loc[list(self.cells.names)]
        rows = pd.Series(self.cells.rows)
        part = (rows / rows.groupby(self.cells.event_times).transform("sum")).to_numpy()
        table = table.reset_index()
        for place, (name, values) in enumerate(
            {
                "cohort": self.cells.cohorts,
                "event_time": self.cells.event_times,
                "weight": part,
            }.items()
        ):
            table.insert(place, name, values)
        return table.sort_values(["cohort", "event_time"], ignore_index=True)

    def with_covariance(
        self, covariance: CovarianceOption, convention: str | SmallSample | None = None
    ) -> EventStudyFit:
        """The same estimates with another covariance; nothing is estimated again.

        Parameters
        ----------
        covariance : option
            As in `regress`.
        convention : str or SmallSample, optional
            Small-sample factors; those of this fit if not given.

        Returns
        -------
        EventStudyFit
        """
        if self.saturated is None or self.averaging is None:
            made = super().with_covariance(covariance, convention)
            assert isinstance(made, EventStudyFit)
            return made
        saturated = self.saturated.with_covariance(covariance, convention)
        return replace(
            self,
            covariance=carried(saturated.covariance, self.averaging),
            convention=saturated.convention,
            asked=saturated.asked,
            saturated=saturated,
        )

    def predict(self, data: IntoTable | None = None) -> pd.Series:
        """Expected response, of the rows used or of others.

        Parameters
        ----------
        data : table, optional
            Rows with the variables of the model, units and periods of the sample.

        Returns
        -------
        Series
            Indexed by row.
        """
        if data is None:
            return super().predict()
        frame = collect(as_lazy(data))
        inner = self.saturated or self
        cohorts = self.timing.cohorts(frame)
        since = self.timing.event_times(frame, cohorts)
        columns = {}
        for name, time, cohort in self._dummies():
            inside = (since == time) & ((cohorts == cohort) | (cohort is None))
            columns[name] = inside.astype(float)
        dummies = pd.DataFrame(columns, index=frame.index)
        return Fit.predict(inner, pd.concat([frame, dummies], axis=1))

    def _dummies(self) -> list[tuple[str, float, float | None]]:
        """Names, event times and cohorts of the dummies of the regression."""
        if self.cells is not None:
            each = zip(self.cells.names, self.cells.event_times, self.cells.cohorts, strict=True)
            return [(name, float(time), float(cohort)) for name, time, cohort in each]
        known = np.flatnonzero(~np.isnan(self.event_times))
        return [(self.names[place], float(self.event_times[place]), None) for place in known]
