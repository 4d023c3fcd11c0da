"""The door of shift-share instruments."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.covariance import AKM, CovarianceOption, SmallSample, convention_of
from clusterstats.models.design import design_of
from clusterstats.models.formula import Formula, parse
from clusterstats.models.linear import fit_linear
from clusterstats.models.regress import fit_of
from clusterstats.models.shift_share.columns import ShiftShareColumns
from clusterstats.models.shift_share.exposure import Exposure, exposure_of
from clusterstats.models.shift_share.result import ShiftShareFit
from clusterstats.models.shift_share.shock_level import is_complete, is_controlled
from clusterstats.models.shift_share.stages import SUM, incomplete, numbers, stage
from clusterstats.models.shift_share.views import completed
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["shift_share_iv"]

SAME = 1e-4
"""An instrument that differs by more than this share of its spread is made of other shocks."""


def shift_share_iv(
    formula: str,
    data: IntoTable,
    *,
    shares: IntoTable,
    shocks: IntoTable | None = None,
    columns: ShiftShareColumns | None = None,
    covariance: CovarianceOption | None = None,
    weights: str | None = None,
    convention: str | SmallSample = "fixest-0.13",
) -> ShiftShareFit:
    """Two-stage least squares with a shift-share instrument, and the design seen from its shocks.

    The instrument is `z_i = sum over industries of s_ik g_k`: shocks `g` that all regions have in
    common, weighted by the shares `s` of the industries in each (Bartik 1991). One object holds
    first stage, reduced form and second stage, errors that allow for regions with the same
    industries, the equivalent regression over shocks, Rotemberg weights and balance tests.

    Parameters
    ----------
    formula : str
        `y ~ controls | fixed effects | x ~ z`. Where `z` is no column of the data, it is made of
        shares and shocks; where it is, it must be that sum (checked if shocks are given). Controls
        may name `share_sum`, the sum of the shares of a row.
    data : table
        A row a region, or a region and year.
    shares : table
        A row a region and industry (and year) with its share, from 0 to 1; absent rows are 0.
    shocks : table, optional
        A row an industry (and year) with its shock; further columns may hold groups and covariates
        of shocks. Needed for everything but errors, where the instrument is in the data.
    columns : ShiftShareColumns, optional
        Names of columns, where they are not `region`, `industry`, `year`, `share`, `shock`. Shares
        without years hold in all; shocks without years are the same in all.
    covariance : CovarianceOption, optional
        `AKM()` if not given; `AKM(null_imposed=True, shock_cluster="sector")`, `Robust`,
        `Clustered` and others. AKM takes its shares from here.
    weights : str, optional
        Column of weights of regions.
    convention : str or SmallSample
        Small-sample factors, of which AKM has none.

    Returns
    -------
    ShiftShareFit
        A `Fit` of the second stage, with `first_stage`, `reduced_form`, `stages()`,
        `confidence_set()`, `shock_level()`, `shock_summary()`, `rotemberg_weights()`,
        `rotemberg_summary()` and `balance()`.

    Raises
    ------
    OptionError
        No instrument or several, several endogenous variables; AKM where shares do not tell
        industries apart.
    TableError
        Shares that are negative, blank, repeated, or sum above 1 in a region; shocks that are
        blank or repeated; industries with shares and no shock; keys that are text in one table and
        numbers in another; an instrument in the data that is not made of these shocks.

    Warns
    -----
    ClusterstatsWarning
        Rows without any share, whose instrument is 0. Shares that do not sum to 1 where their sum
        is no control: the instrument then mixes shocks with how much a region is exposed to any.

    Notes
    -----
    Two readings justify the instrument: shocks as good as random, many and spread out (look at
    `shock_summary()`, `balance()`, and use AKM or `shock_level()`), or shares as good as random
    (look at `rotemberg_weights()`). With shares that sum to less than 1 and shocks that are not
    centred on 0, `share_sum` belongs among the controls, by year with several years
    (`share_sum:C(year)`).

    Shares are kept sparse; AKM and the first-stage F of Rotemberg weights make them dense, rows
    times shocks (AKM year by year, where shocks have years).

    References
    ----------
    Adão, R., M. Kolesár and E. Morales (2019). Shift-share designs: theory and inference.
    Quarterly Journal of Economics 134, 1949-2010.

    Borusyak, K., P. Hull and X. Jaravel (2022). Quasi-experimental shift-share research designs.
    Review of Economic Studies 89, 181-213 (proposition 1).

    Goldsmith-Pinkham, P., I. Sorkin and H. Swift (2020). Bartik instruments: what, when, why, and
    how. American Economic Review 110, 2586-2624.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> regions = pd.DataFrame(
    ...     {
    ...         "region": list("ABCDEF"),
    ...         "wages": [2.0, 3.1, 0.4, 2.2, 4.1, 1.2],
    ...         "jobs": [1.0, 2.0, 0.0, 1.5, 2.5, 0.5],
    ...     }
    ... )
    >>> parts = {"film": [0.6, 0.2, 0.1, 0.5, 0.3, 0.2], "games": [0.1, 0.7, 0.2, 0.3, 0.6, 0.3]}
    >>> shares = (
    ...     pd.DataFrame({"region": list("ABCDEF"), **parts})
    ...     .assign(other=lambda table: 1 - table["film"] - table["games"])
    ...     .melt("region", var_name="industry", value_name="share")
    ... )
    >>> shocks = pd.DataFrame({"industry": ["film", "games", "other"], "shock": [1.0, 3.0, -1.0]})
    >>> fit = cs.shift_share_iv("wages ~ 1 | jobs ~ z", regions, shares=shares, shocks=shocks)
    >>> fit.stages()[["equation", "term", "estimate"]].round(4)
           equation  term  estimate
    0   first stage     z    1.0294
    1  reduced form     z    1.4118
    2  second stage  jobs    1.3714
    >>> fit.rotemberg_weights()[["industry", "alpha", "beta"]].round(4)
      industry   alpha    beta
    0     film  0.0584  1.3926
    1    games  0.6623  1.3686
    2    other  0.2792  1.3736
    """
    parsed = parse(formula)
    frame, exposure = _prepared(
        parsed, collect(as_lazy(data)), shares, shocks, columns or ShiftShareColumns()
    )
    small = convention_of(convention)
    option = completed(AKM() if covariance is None else covariance, exposure, parsed.instruments)
    solution = fit_linear(design_of(formula, frame, weights=weights))
    if solution.design.n_endogenous != 1:
        raise OptionError(
            f"shift_share_iv takes one endogenous variable, not {parsed.endogenous!r}; estimate "
            f"others with regress, with the instruments among the columns"
        )
    design = solution.design
    exposure.warn_unexposed(design.frame)
    sums = exposure.sums(design.frame)
    complete = is_complete(sums) or is_controlled(sums, solution)
    if not complete:
        warn(incomplete(sums))
    fit = fit_of(solution, option, small)
    known: dict[str, Any] = {each.name: getattr(fit, each.name) for each in fields(fit)}
    known["statistics"] = {**fit.statistics, **numbers(exposure, solution, sums)}
    return ShiftShareFit(
        **known,
        first_stage=fit_of(fit_linear(stage(design, design.names[-1])), option, small),
        reduced_form=fit_of(fit_linear(stage(design, None)), option, small),
        exposure=exposure,
        is_complete=complete,
    )


def _prepared(
    parsed: Formula,
    frame: pd.DataFrame,
    shares: IntoTable,
    shocks: IntoTable | None,
    columns: ShiftShareColumns,
) -> tuple[pd.DataFrame, Exposure]:
    """The data with the instrument and the sum of the shares."""
    name = parsed.instruments
    if not name.isidentifier():
        raise OptionError(
            f"formula {parsed.text!r} must name one shift-share as instrument, as in "
            f"'y ~ controls | x ~ z'; z is made of shares and shocks where it is no column"
        )
    exposure = exposure_of(shares, shocks, columns)
    added = {}
    if name in frame:
        if exposure.has_shocks:
            _require_same(frame[name], exposure.instrument(frame), name)
    elif exposure.has_shocks:
        added[name] = exposure.instrument(frame)
    else:
        raise OptionError(f"{name!r} is no column of the data: give shocks= to make it of")
    if SUM not in frame:
        added[SUM] = exposure.sums(frame)
    if added:  # not assigned one by one, which pandas warns of in frames of many columns
        frame = pd.concat([frame, pd.DataFrame(added, index=frame.index)], axis=1)
    return frame, exposure


def _require_same(given: pd.Series, made: Array, name: str) -> None:
    """Raise where an instrument in the data is not that of the shares and shocks."""
    gap = np.abs(given.to_numpy(dtype=float, na_value=np.nan) - made)
    if np.nanmax(gap) > SAME * max(float(np.std(made)), 1e-300):
        row = given.index[int(np.nanargmax(gap))]
        raise TableError(
            f"column {name!r} is not the sum of shares times shocks: in row {row} it is "
            f"{given.loc[row]:g}, not {made[int(np.nanargmax(gap))]:g}; leave the column out to "
            f"have it made, or give the shocks it was made of"
        )
