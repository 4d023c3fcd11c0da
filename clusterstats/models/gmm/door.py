"""The door of dynamic panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, warn
from clusterstats.models.covariance import Covariance
from clusterstats.models.fit import Fit
from clusterstats.models.gmm.estimate import Step, one_step, two_steps
from clusterstats.models.gmm.instruments import LagInstruments, instruments_of
from clusterstats.models.gmm.sample import Equations, equations_of, levels_of
from clusterstats.models.gmm.specification import autocorrelation, hansen, sargan

__all__ = ["difference_gmm"]


def difference_gmm(
    formula: str,
    data: IntoTable,
    *,
    entity: str,
    time: str,
    instruments: Sequence[LagInstruments] | None = None,
    steps: int = 2,
    windmeijer: bool = True,
) -> Fit:
    """Dynamic panel in first differences, by GMM on lagged levels (Arellano and Bond 1991).

    For panels of many units and few periods in which the response depends on its own past, where
    within and random effects estimates are biased. Differences take the unit's effect out; levels
    two or more periods old are unrelated to differenced errors, if errors are not autocorrelated,
    and stand in for the lagged response.

    Parameters
    ----------
    formula : str
        `y ~ lag(y, 1) + x | year`: the response, its lags and other regressors; among the effects
        only the unit (which differences take out anyway) and the time, which gives a dummy for
        each period. `y ~ lag(y, 1) + x | | d ~ z` names instruments `z` from outside for `d`;
        they enter in differences.
    data : table
        pandas, Polars, DuckDB, Arrow or a reader's frame. Units may enter late, leave early and
        have gaps; a difference needs two neighbouring periods.
    entity, time : str
        Columns of unit and period; periods are whole numbers, neighbours differ by 1.
    instruments : sequence of LagInstruments, optional
        Lagged levels. All lags from 2 of the response if not given. A regressor whose variable
        stands here, or its lag, is not an instrument itself; every other regressor is strictly
        exogenous, and its difference is.
    steps : {2, 1}
        Steps of GMM.
    windmeijer : bool
        Correct the standard errors of two steps (Windmeijer 2005), which are else far too small.

    Returns
    -------
    Fit
        Standard errors are robust to heteroskedasticity and to any correlation within units; tests
        are against the normal. `glance()` has `units`, `instruments`, `sargan`, `hansen` (each with
        `_df` and `_p_value`), `ar1` and `ar2` (each with `_p_value`). `resid` are those of the
        differenced equations, by their later rows.

    Raises
    ------
    OptionError
        Options that do not go together, effects of another column, a lag of the response without
        lagged instruments.
    TableError
        Columns missing, keys that repeat, no complete difference, coefficients that the instruments
        do not identify.

    Warns
    -----
    ClusterstatsWarning
        More instruments than units (estimates then lean towards least squares, and Hansen's test
        never rejects; Roodman 2009); a weighting matrix without an inverse; rows with blanks;
        regressors left out.

    Notes
    -----
    `b = (X'Z A Z'X)^-1 X'Z A Z'y` in differences. One step: `A = (sum of Z_i' H Z_i)^-1` with `H`
    2 on and -1 beside the diagonal; two steps: `A = (sum of Z_i' e_i e_i' Z_i)^-1`. Sargan's test
    is of the first step and wants errors of one variance; Hansen's is of the second. Dummies of
    time are estimated, not shown.

    References
    ----------
    Arellano, M. and S. Bond (1991). Some tests of specification for panel data: Monte Carlo
    evidence and an application to employment equations. Review of Economic Studies 58, 277-297
    (equations 6 to 13).

    Windmeijer, F. (2005). A finite sample correction for the variance of linear efficient two-step
    GMM estimators. Journal of Econometrics 126, 25-51 (equation 3.6).

    Roodman, D. (2009). A note on the theme of too many instruments. Oxford Bulletin of Economics
    and Statistics 71, 135-158.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> random = np.random.default_rng(1)
    >>> units = []
    >>> for unit in range(200):
    ...     y, effect = 0.0, random.normal()
    ...     for year in range(2000, 2007):
    ...         y = 0.5 * y + effect + random.normal()
    ...         units.append({"unit": unit, "year": year, "y": y})
    >>> fit = cs.difference_gmm("y ~ lag(y, 1)", pd.DataFrame(units), entity="unit", time="year")
    >>> bool(abs(fit.params["lag(y, 1)"] - 0.5) < 3 * fit.bse["lag(y, 1)"])
    True
    """
    if steps not in (1, 2):
        raise OptionError(f"steps={steps!r} is neither 1 nor 2")
    equations = equations_of(levels_of(formula, data, (entity, time)))
    lagged = _lagged(equations, instruments)
    z, names = instruments_of(equations, lagged)
    _require_order(equations, names)
    first = one_step(equations, z)
    second = two_steps(equations, z, first, windmeijer=windmeijer)
    units = int(equations.unit.max()) + 1
    _warn_of(equations, z, second if steps == 2 else first, units)
    return _fit(equations, z, (first, second), steps, windmeijer)


def _lagged(
    equations: Equations, given: Sequence[LagInstruments] | None
) -> tuple[LagInstruments, ...]:
    """The lagged levels asked for; those of the response if none are."""
    if given is None:
        return (LagInstruments(equations.levels.formula.response),)
    if isinstance(given, LagInstruments) or not all(
        isinstance(option, LagInstruments) for option in given
    ):
        raise OptionError(f"instruments={given!r} is not a list of LagInstruments('variable', ...)")
    return tuple(given)


def _require_order(equations: Equations, names: Sequence[str]) -> None:
    """Raise where instruments are fewer than coefficients."""
    if len(names) < equations.x.shape[1]:
        raise OptionError(
            f"{len(names)} instrument(s) for {equations.x.shape[1]} coefficients; name more lags "
            f"in LagInstruments"
        )


def _warn_of(equations: Equations, z: Any, step: Step, units: int) -> None:
    """Warn of instruments that are too many, or weights without an inverse."""
    if z.shape[1] > units:
        warn(
            f"{z.shape[1]} instruments for {units} units of {equations.levels.panel[0]!r}: "
            f"estimates lean towards least squares and Hansen's test is weak; use fewer lags, or "
            f"LagInstruments(..., is_collapsed=True)"
        )
    if step.is_singular:
        warn(
            f"the weighting matrix of {z.shape[1]} instruments has no inverse; a generalized one "
            f"is used: fewer instruments give a clearer result"
        )


def _fit(
    equations: Equations, z: Any, made: tuple[Step, Step], steps: int, windmeijer: bool
) -> Fit:
    """The result, without the dummies of time."""
    first, second = made
    step = made[steps - 1]
    shown = slice(0, equations.shown)
    kind = "robust within units"
    if steps == 2:
        kind = "Windmeijer-corrected" if windmeijer else "two-step, not corrected"
    levels = equations.levels
    response = equations.y
    statistics = {
        "units": int(equations.unit.max()) + 1,
        "instruments": z.shape[1],
        "time effects": len(equations.names) - equations.shown,
        **sargan(equations, z, first),
        **hansen(equations, z, second),
        **autocorrelation(equations, step, 1),
        **autocorrelation(equations, step, 2),
    }
    return Fit(
        title=f"difference GMM, {'two steps' if steps == 2 else 'one step'}",
        response=levels.formula.response,
        names=equations.names[shown],
        estimates=step.params[shown],
        covariance=Covariance(
            step.covariance[shown, shown], np.full(equations.shown, np.inf), kind
        ),
        nobs=len(response),
        statistics=statistics,
        notes=tuple(f"{name} left out: {why}" for name, why in equations.omitted.items()),
        residual_values=step.e,
        fitted_values=response - step.e,
        index=levels.frame.index[equations.rows],
    )
