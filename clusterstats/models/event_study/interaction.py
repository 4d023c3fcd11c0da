"""Effects by cohort and event time, and their averages (Sun and Abraham 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Array, Mask
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.covariance import Covariance
from clusterstats.models.event_study.timing import Timing, shown
from clusterstats.models.fit import Fit

__all__ = ["Cells", "aggregated", "carried", "cells_of", "usable"]


@dataclass(frozen=True)
class Cells:
    """The pairs of cohort and event time that have an effect of their own.

    Attributes
    ----------
    names : tuple of str
        Terms of the saturated regression.
    cohorts, event_times : arrays, shape (cells,)
    rows : array, shape (cells,)
        Rows in each, by weight.
    dummies : array, shape (n, cells)
    """

    names: tuple[str, ...]
    cohorts: Array
    event_times: Array
    rows: Array
    dummies: Array


def usable(timing: Timing, frame: pd.DataFrame, cohorts: Array, since: Array) -> tuple[Mask, Array]:
    """Rows of the saturated regression, and cohorts with the controls as never treated.

    Left out, with a warning: cohorts that are not observed in the reference period; without units
    that are never treated, the periods from the last cohort's treatment on, whose units are then
    the controls.
    """
    kept = np.ones(len(frame), dtype=bool)
    used = np.where(np.isfinite(cohorts), cohorts, np.inf)
    times = frame[timing.time].to_numpy(dtype=float)
    if not np.isinf(used).any():
        last = used.max()
        kept &= times < last
        if (used == last).all() or not kept.any():
            raise OptionError(
                f"all units are treated in {last:g} and none later or never: there is no control"
            )
        warn(
            f"no unit is never treated: those treated last ({last:g}) are the controls, and "
            f"{int((~kept).sum()):,} row(s) from then on are left out (Sun and Abraham 2021)"
        )
        used = np.where(used == last, np.inf, used)
    seen = set(used[kept & (since == timing.window.reference)])
    blind = np.isfinite(used) & ~np.isin(used, list(seen))
    if (blind & kept).any():
        units = frame.loc[blind & kept, timing.unit].nunique()
        dates = ", ".join(f"{date:g}" for date in np.unique(used[blind & kept])[:5])
        warn(
            f"{units:,} unit(s) of the cohorts {dates} are not observed {timing.window.reference} "
            f"periods from treatment: left out, {int((blind & kept).sum()):,} row(s)"
        )
        kept &= ~blind
    if not np.isfinite(used[kept]).any():
        raise TableError("no treated unit is left to estimate an effect of")
    return kept, used


def cells_of(timing: Timing, cohorts: Array, since: Array, w: Array) -> Cells:
    """A dummy for each cohort and event time but the reference, controls apart."""
    treated = np.isfinite(cohorts) & (since != timing.window.reference)
    keys = pd.DataFrame({"since": since, "cohort": cohorts})[treated]
    table = keys.drop_duplicates().sort_values(["since", "cohort"], ignore_index=True)
    place = pd.MultiIndex.from_frame(table).get_indexer(pd.MultiIndex.from_frame(keys))
    dummies = np.zeros((len(cohorts), len(table)), order="F")
    dummies[np.flatnonzero(treated), place] = 1.0
    names = tuple(shown(row.since, row.cohort) for row in table.itertuples())
    return Cells(names, table["cohort"].to_numpy(), table["since"].to_numpy(), w @ dummies, dummies)


def aggregated(saturated: Fit, cells: Cells) -> tuple[tuple[str, ...], Array, Array]:
    """Names and event times of the averages, and the matrix that makes them of the estimates.

    Each event time is an average over cohorts, by their rows at that event time; controls keep
    their own coefficient.
    """
    times = np.unique(cells.event_times)
    controls = [name for name in saturated.names if name not in set(cells.names)]
    matrix = np.zeros((len(times) + len(controls), len(saturated.names)))
    for row, time in enumerate(times):
        inside = np.flatnonzero(cells.event_times == time)
        places = [saturated.names.index(cells.names[cell]) for cell in inside]
        matrix[row, places] = cells.rows[inside] / cells.rows[inside].sum()
    for row, name in enumerate(controls, start=len(times)):
        matrix[row, saturated.names.index(name)] = 1.0
    names = (*(shown(time) for time in times), *controls)
    return names, np.concatenate([times, np.full(len(controls), np.nan)]), matrix


def carried(inner: Covariance, matrix: Array) -> Covariance:
    """The covariance of linear combinations, their weights taken as given."""
    if inner.p_values is not None:
        raise OptionError(
            f"{inner.name} tests single coefficients and can't be carried over to averages of "
            f"cohorts; use Clustered or Robust"
        )
    known = np.nan_to_num(inner.matrix)
    made = matrix @ known @ matrix.T
    unknown = np.isnan(np.diag(inner.matrix))
    lost = (matrix[:, unknown] != 0).any(axis=1)
    made[lost] = np.nan
    made[:, lost] = np.nan
    own = inner.df_of
    return Covariance(
        made,
        np.array([inner.df_for(row[None, :]) for row in matrix]),
        inner.name,
        inner.factors,
        df_of=None if own is None else lambda weights: own(weights @ matrix),
    )
