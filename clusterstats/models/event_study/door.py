"""The door of event studies."""

from __future__ import annotations

from typing import Literal

from clusterstats._types import IntoTable
from clusterstats.errors import require_choice
from clusterstats.models.covariance import (
    Clustered,
    CovarianceOption,
    SmallSample,
    convention_of,
)
from clusterstats.models.event_study.estimate import sample, sun_abraham, twoway
from clusterstats.models.event_study.result import EventStudyFit
from clusterstats.models.event_study.timing import EventWindow, Timing

__all__ = ["event_study"]

Estimator = Literal["twoway", "sun_abraham"]


def event_study(
    formula: str,
    data: IntoTable,
    *,
    unit: str,
    time: str,
    first_treated: str | None = None,
    treated: str | None = None,
    window: EventWindow | None = None,
    estimator: Estimator = "twoway",
    covariance: CovarianceOption | None = None,
    weights: str | None = None,
    convention: str | SmallSample = "fixest-0.13",
) -> EventStudyFit:
    """Effects of a treatment by time since it began, leads included.

    `y_it = sum over k of b_k 1{t - g_i = k} + x_it c + a_i + d_t + e_it`, where `g_i` is the period
    in which unit `i` is first treated and the reference period is left out of the sum. For what a
    policy, an opening or a closure does to a place or a firm over the years after, and whether
    treated and other units had moved alike before.

    Parameters
    ----------
    formula : str
        `y ~ controls | further effects`; `y ~ 1` without either. Effects of `unit` and `time` are
        always there.
    data : table
        A row a unit and period; units may miss periods.
    unit, time : str
        Columns; periods are numbers, one apart.
    first_treated : str, optional
        Column with the period of the unit's first treatment; blank: never treated.
    treated : str, optional
        Instead: column with 1 from treatment on, 0 before and for the never treated.
    window : EventWindow, optional
        Ends and reference; every event time of the sample, compared with -1, if not given.
    estimator : {"twoway", "sun_abraham"}
        Two-way fixed effects; or the averages, over cohorts treated in the same period, of effects
        by cohort and event time, against units never treated (or treated last).
    covariance : CovarianceOption, optional
        `Clustered(unit)` if not given.
    weights : str, optional
        Column of weights.
    convention : str or SmallSample
        Small-sample factors.

    Returns
    -------
    EventStudyFit
        A `Fit` whose `tidy()` has `event_time`; with `path()` for a figure, `test_leads()`,
        `average_effect()`, and `cohort_effects()` with "sun_abraham".

    Raises
    ------
    OptionError
        Event times that are not identified: without units that are never treated, leads and lags
        are known up to a linear trend only.
    TableError
        A column that is missing or not numbers; a unit with two periods of first treatment, or
        whose treatment ends; no treated unit; no row in the reference period.

    Warns
    -----
    ClusterstatsWarning
        Units treated in different periods with "twoway", for units already treated then serve as
        controls of those treated later; what "sun_abraham" leaves out: units treated before they
        are seen in the reference period, and, without never treated units, the periods from the
        last treatment on.

    Notes
    -----
    With one cohort and never treated units the two estimators are the same. With several, and
    effects that differ between them, a coefficient of "twoway" at one event time mixes in effects
    of others, leads too; "sun_abraham" does not (Sun and Abraham 2021, section 3). It
    averages cohorts by their rows in the sample at that event time; its standard errors take these
    weights as given, as fixest does (eventstudyinteract adds what comes of estimating them).

    References
    ----------
    Sun, L. and S. Abraham (2021). Estimating dynamic treatment effects in event studies with
    heterogeneous treatment effects. Journal of Econometrics 225, 175-199 (section 4).

    Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends.
    American Economic Review: Insights 4, 305-322.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> places = pd.DataFrame(
    ...     {
    ...         "place": ["a"] * 3 + ["b"] * 3 + ["c"] * 3 + ["d"] * 3,
    ...         "year": [2001, 2002, 2003] * 4,
    ...         "opening": [2002.0] * 3 + [2002.0] * 3 + [None] * 6,
    ...         "jobs": [5.0, 8.0, 9.5, 4.0, 6.5, 8.0, 3.0, 3.5, 4.0, 6.0, 6.0, 7.0],
    ...     }
    ... )
    >>> fit = cs.event_study(
    ...     "jobs ~ 1",
    ...     places,
    ...     unit="place",
    ...     time="year",
    ...     first_treated="opening",
    ...     covariance=cs.Robust("HC1"),
    ... )
    >>> fit.path()[["event_time", "estimate", "is_reference"]]
       event_time  estimate  is_reference
    0        -1.0      0.00          True
    1         0.0      2.50         False
    2         1.0       3.25        False
    """
    require_choice("estimator", estimator, ("twoway", "sun_abraham"))
    timing = Timing(unit, time, first_treated, treated, window or EventWindow())
    design = sample(formula, data, timing, weights)
    option = Clustered(unit) if covariance is None else covariance
    small = convention_of(convention)
    if estimator == "twoway":
        return twoway(design, timing, option, small)
    return sun_abraham(design, timing, option, small)
