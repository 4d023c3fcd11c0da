"""The two estimators of event studies."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.covariance import (
    CovarianceOption,
    SmallSample,
)
from clusterstats.models.design import Design, design_of
from clusterstats.models.event_study.interaction import aggregated, carried, cells_of, usable
from clusterstats.models.event_study.result import EventStudyFit
from clusterstats.models.event_study.timing import Timing, shown
from clusterstats.models.fit import Fit
from clusterstats.models.formula import parse
from clusterstats.models.linear import fit_linear
from clusterstats.models.regress import fit_of
from clusterstats.models.solution import Solution
from clusterstats.models.terms import Terms
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["sample", "sun_abraham", "twoway"]

COHORT = "_event_cohort"


def sample(formula: str, data: IntoTable, timing: Timing, weights: str | None) -> Design:
    """Response, controls and effects, with the cohort of each row beside them."""
    parsed = parse(formula)
    if parsed.endogenous:
        raise OptionError("event_study takes no instruments; use regress with i(event_time, ...)")
    frame = collect(as_lazy(data))
    cohorts = pd.Series(timing.cohorts(frame), frame.index, name=COHORT)
    frame = pd.concat([frame, cohorts], axis=1)
    effects = dict.fromkeys([timing.unit, timing.time, *parsed.effects])
    text = f"{parsed.response} ~ {parsed.regressors} | {' + '.join(effects)}"
    panel = (timing.unit, timing.time)
    design = design_of(text, frame, weights=weights, panel=panel)
    if not np.isfinite(design.frame[COHORT]).any():
        raise TableError("no unit is ever treated: there is no event to study")
    return design


def twoway(
    design: Design, timing: Timing, option: CovarianceOption, small: SmallSample
) -> EventStudyFit:
    """Two-way fixed effects with a dummy for each event time."""
    cohorts = design.frame[COHORT].to_numpy()
    since = timing.event_times(design.frame, cohorts)
    reference = timing.window.reference
    _require_reference(since, reference)
    times = np.unique(since[np.isfinite(since) & (since != reference)])
    dummies = np.asfortranarray(since[:, None] == times, dtype=float)
    solution = _solved(design, tuple(shown(time) for time in times), dummies)
    notes = _staggered(design, timing, cohorts, since)
    for note in notes:
        warn(note)
    fit = fit_of(solution, option, small)
    blank = np.full(len(fit.names) - len(times), np.nan)
    return EventStudyFit(
        **_parts(fit, title="two-way event study", notes=(*fit.notes, *notes)),
        timing=timing,
        event_times=np.concatenate([times, blank]),
        treated_rows=np.concatenate([solution.w @ dummies, blank]),
    )


def sun_abraham(
    design: Design, timing: Timing, option: CovarianceOption, small: SmallSample
) -> EventStudyFit:
    """Effects by cohort and event time, averaged."""
    cohorts = design.frame[COHORT].to_numpy()
    since = timing.event_times(design.frame, cohorts)
    _require_reference(since, timing.window.reference)
    kept, cohorts = usable(timing, design.frame, cohorts, since)
    design, cohorts, since = design.kept(kept, "no control"), cohorts[kept], since[kept]
    w = np.ones(design.nobs) if design.weights is None else design.weights
    cells = cells_of(timing, cohorts, since, w)
    saturated = fit_of(_solved(design, cells.names, cells.dummies), option, small)
    names, times, matrix = aggregated(saturated, cells)
    rows = [
        cells.rows[cells.event_times == time].sum() if time == time else np.nan for time in times
    ]
    parts = _parts(
        saturated,
        title="Sun-Abraham event study",
        names=names,
        estimates=matrix @ saturated.estimates,
        covariance=carried(saturated.covariance, matrix),
        solution=None,
    )
    return EventStudyFit(
        **parts,
        timing=timing,
        event_times=times,
        treated_rows=np.array(rows, dtype=float),
        saturated=saturated,
        cells=cells,
        averaging=matrix,
    )


def _parts(fit: Fit, **changed: Any) -> dict[str, Any]:
    """The fields of a fit, some of them changed."""
    return {each.name: getattr(fit, each.name) for each in fields(fit)} | changed


def _solved(design: Design, names: tuple[str, ...], dummies: Array) -> Solution:
    """Least squares with the dummies before the controls; raise where one is not identified."""
    full = replace(
        design,
        x=np.concatenate([dummies, design.x], axis=1),
        names=(*names, *design.names),
        terms=(design.terms[0], Terms(names, dummies)),
    )
    with catch_warnings(record=True) as said:
        simplefilter("always")
        solution = fit_linear(full)
    lost = [name for name in names if name in solution.design.omitted]
    if lost:
        raise OptionError(
            f"{len(lost)} effect(s) are not identified beside the effects of unit and time, first "
            f"{lost[0]!r}: without units that are never treated (or in periods without them) leads "
            f"and lags are known up to a linear trend only; add such units, or put distant event "
            f"times together with window=EventWindow(first, last)"
        )
    for each in said:
        warn(str(each.message))
    return solution


def _require_reference(since: Array, reference: int) -> None:
    """Raise where no row is in the reference period."""
    if not (since == reference).any():
        found = ", ".join(f"{time:g}" for time in np.unique(since[np.isfinite(since)]))
        raise TableError(
            f"no row is at the reference event time {reference}; the sample has {found}: choose "
            f"another with window=EventWindow(reference=...)"
        )


def _staggered(design: Design, timing: Timing, cohorts: Array, since: Array) -> list[str]:
    """What to know where units that are already treated serve as controls."""
    first = design.frame.groupby(timing.unit, observed=True)[COHORT].first().to_numpy()
    dates = np.unique(first[np.isfinite(first)])
    never = int(np.isinf(first).sum())
    if len(dates) == 1 and never:
        return []
    against = f"{never:,} unit(s) are never treated" if never else "no unit is never treated"
    return [
        f"units are treated in {len(dates)} different periods ({dates[0]:g} to {dates[-1]:g}) and "
        f"{against}: two-way effects also compare units with units already treated; where effects "
        f"differ by cohort, leads and lags then mix effects of other event times (Sun and Abraham "
        f"2021). estimator='sun_abraham' does not"
    ]
