"""Beta convergence: whether regions that start lower grow faster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable, Mask
from clusterstats.errors import OptionError, TableError
from clusterstats.inference.intervals import adjusted
from clusterstats.inference.methods import Columns
from clusterstats.inference.options import Analytic, Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.dynamics.panels import (
    Panel,
    panel_of,
    require_by_region,
    resampled,
    student,
)

__all__ = ["beta_convergence"]

FORMULA = (
    "ln(y_b / y_a) / T = alpha + beta ln y_a + conditions; speed = -ln(1 + beta T) / T; "
    "half_life = ln 2 / speed"
)
SOURCE = "Barro and Sala-i-Martin 1992"
DRAWN = "the regression over the process that drew these regions"
NAMES = ("beta", "speed", "half_life", "alpha")
OF_FIT = ("r_squared", "observations")
ORDER = (
    *("estimate", "std_error", "statistic", "p_value", "p_adjusted", "conf_low", "conf_high"),
    *("loo_low", "loo_high"),
)


def _usable(panel: Panel, conditions: Sequence[str]) -> Panel:
    """The regions that have growth and all conditions."""
    ends = panel.values[[0, -1]]
    has: Mask = np.all(ends > 0, axis=0)
    for column in panel.beside.values():
        has &= np.isfinite(column)
    kept = panel.kept(has, "its value is 0 or blank in one of the years, or a condition is blank")
    kept.require_regions(len(conditions) + 3, "this regression")
    return kept


def _regression(panel: Panel, conditions: Sequence[str]) -> tuple[Array, Array]:
    """Growth by year, and the design: constant, log start, conditions."""
    start, end = np.log(panel.values[0]), np.log(panel.values[-1])
    growth = (end - start) / panel.span
    design = np.column_stack([np.ones(len(start)), start, *panel.beside.values()])
    if np.linalg.matrix_rank(design / _scale(design)) < design.shape[1]:
        named = ", ".join(map(repr, conditions)) or "the value"
        raise TableError(
            f"the regression has no single solution: {named} is constant or a combination of the "
            f"other columns; leave it out"
        )
    return growth, design


def _scale(design: Array) -> Array:
    """Largest value of each column, so that units do not decide what is collinear."""
    scale: Array = np.abs(design).max(axis=0).clip(np.finfo(float).tiny)
    return scale


def _estimates(growth: Array, design: Array, span: float) -> Array:
    """All components, in their order."""
    from statsmodels.regression.linear_model import OLS

    scale = _scale(design)
    fit = OLS(growth, design / scale).fit()
    alpha, beta, *others = fit.params / scale
    speed = _speed(np.float64(beta), span)
    half = np.divide(np.log(2), speed) if speed != 0 else np.float64(np.inf)
    with np.errstate(all="ignore"):  # growth that is the same everywhere has no share explained
        return np.array([beta, speed, half, alpha, *others, fit.rsquared, fit.nobs])


def _speed(beta: Any, span: float) -> Any:
    """Speed of an annualised beta; infinite or undefined where regions overshoot."""
    with np.errstate(all="ignore"):
        return -np.log(1 + beta * span) / span


# --- inference ------------------------------------------------------------------------------


def _uncertainty(
    panel: Panel, growth: Array, design: Array, estimate: Array, inference: Inference
) -> Columns:
    """The inference columns of every component."""
    if isinstance(inference, Analytic):
        columns = _analytic(growth, design, panel.span, inference)
    else:
        scale = _scale(design)

        def drawn(chosen: Codes) -> Array:
            scaled = design[chosen] / scale
            solved, _, rank, _ = np.linalg.lstsq(scaled, growth[chosen], rcond=None)
            if rank < design.shape[1]:
                return np.full(design.shape[1] + 1, np.nan)
            alpha, beta, *others = solved / scale
            return np.array([beta, _speed(beta, panel.span), alpha, *others])

        columns = resampled("beta_convergence", drawn, panel, inference, neutral=0.0)
    half = _half_life(estimate[1], {name: column[1] for name, column in columns.items()})
    whole = {
        name: np.concatenate([column[:2], [half.get(name, np.nan)], column[2:], [np.nan, np.nan]])
        for name, column in columns.items()
    }
    if inference.adjust is not None:
        whole["p_adjusted"] = adjusted(whole["p_value"], inference)
    return whole


def _analytic(growth: Array, design: Array, span: float, option: Inference) -> Columns:
    """Of beta, speed, alpha and the conditions, by least squares and the delta method."""
    from statsmodels.regression.linear_model import OLS

    scale = _scale(design)
    fit = OLS(growth, design / scale).fit()
    found, errors = fit.params / scale, fit.bse / scale
    order = [1, 0, *range(2, design.shape[1])]
    columns = student(found[order], errors[order], fit.df_resid, option)
    speed = np.atleast_1d(_speed(found[1:2], span))
    error = errors[1:2] / np.abs(1 + found[1:2] * span)
    rate = student(speed, error, fit.df_resid, option)
    rate["conf_low"] = _speed(columns["conf_high"][:1], span)
    rate["conf_high"] = _carried(columns["conf_low"][:1], span)
    return {
        name: np.concatenate([column[:1], rate[name], column[1:]])
        for name, column in columns.items()
    }


def _carried(beta: Array, span: float) -> Array:
    """Speed of an interval's lower end of beta; infinite where regions may overshoot."""
    return np.where(1 + beta * span > 0, _speed(beta, span), np.inf)


def _half_life(speed: Any, of_speed: dict[str, Any]) -> dict[str, float]:
    """Standard error and interval of ln 2 / speed from those of speed."""
    low, high = of_speed["conf_low"], of_speed["conf_high"]
    with np.errstate(all="ignore"):
        error = np.log(2) / speed**2 * of_speed["std_error"]
        ends = np.log(2) / np.array([high, low])
    if speed > 0 and low <= 0:
        ends[1] = np.inf
    if speed <= 0 and high >= 0:
        ends[:] = np.nan
    return {"std_error": float(error), "conf_low": float(ends[0]), "conf_high": float(ends[1])}


def _attributes(
    panel: Panel, value: str, conditions: Sequence[str], inference: Inference | None
) -> dict[str, str]:
    """What a reader must know of the result."""
    said = {
        "definition": f"beta_convergence(conditions={list(conditions)!r}): {FORMULA}; value "
        f"{value!r} [{SOURCE}]",
        "sample": f"{len(panel.regions):,} regions, {panel.years[0]} to {panel.years[-1]}",
    }
    if inference is not None:
        is_analytic = isinstance(inference, Analytic)
        said["inference"] = repr(inference)
        said["estimand"] = "the linear projection of growth" if is_analytic else DRAWN
    return said


# --- door -----------------------------------------------------------------------------------

CONVERGENCE = Declaration(
    name="beta_convergence",
    kernel=_estimates,
    grain=(),
    formula=FORMULA,
    reference=SOURCE,
    neutral=0.0,
    bounds=(-np.inf, np.inf),
    estimand=DRAWN,
    unit="growth a year",
    components=(*NAMES, *OF_FIT),
    reads="regions",
    analytic=_analytic,
    units=("region",),
    has_null=False,
)


@register(CONVERGENCE)
def beta_convergence(
    table: IntoTable,
    *,
    value: str,
    years: tuple[Any, Any] | None = None,
    conditions: Sequence[str] = (),
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Regress regions' growth on where they started: absolute or conditional convergence.

    A negative beta says that regions that start lower grow faster; it does not say that regions
    become alike, which is `sigma_convergence`.

    .. math:: \frac{1}{T} \ln \frac{y_{rb}}{y_{ra}} = \alpha + \beta \ln y_{ra} + \gamma' z_{ra}

    Parameters
    ----------
    table : frame
        Rows of region and year, one for each, such as product per head.
    value : str
        Column of the value, above 0.
    years : pair, optional
        The earlier and the later year; if not given, the first and the last.
    conditions : sequence of str
        Columns of the earlier year that growth may depend on besides, of any sign, used as they
        are (take logs before). None makes the convergence absolute.
    inference : Analytic, Bootstrap or Jackknife, optional
        ``Analytic()``: ordinary least squares with errors of equal variance, t with n - k degrees
        of freedom. ``Bootstrap(unit="region", seed=...)`` and ``Jackknife(unit="region")``:
        regions with both their years, which allows errors of unequal variance.

    Returns
    -------
    DataFrame
        ``year`` (the earlier), ``year2`` (the later), ``component``: "beta" (growth is by year),
        "speed" (a year), "half_life" (years), "alpha", the name of each condition, "r_squared",
        "observations"; ``measure``, ``estimate`` and the inference columns, blank for the last two.

    Raises
    ------
    TableError
        A column is not there, a region has two rows in a year or none, values are negative, or
        regions are too few or conditions collinear.
    OptionError
        A year is not in the table, the two are not in order, or the inference does not fit.

    Notes
    -----
    Regions whose value is 0 or blank in either year, or a condition blank, have no growth to
    explain: they are left out with a warning, and "observations" counts the others.
    Where 1 + beta T is not above 0 speed and half-life are `nan`. A negative half-life is the
    time in which gaps double. Standard errors of speed and half-life are by the delta method
    (with ``Analytic()``; of speed from its draws otherwise); their intervals are those of beta
    (of speed) carried over, and that of the half-life ends at infinity where speed may be 0.

    References
    ----------
    Barro, R. J. and Sala-i-Martin, X. (1992). Convergence. Journal of Political Economy 100,
    223-251.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> income = pd.DataFrame({"region": ["A", "B", "C"] * 2, "year": [2000] * 3 + [2010] * 3,
    ...                        "gdp_pc": [10.0, 20.0, 40.0, 20.0, 30.0, 50.0]})
    >>> found = cs.beta_convergence(income, value="gdp_pc")
    >>> found[["component", "estimate"]].round(4).head(3)
       component  estimate
    0       beta   -0.0339
    1      speed    0.0414
    2  half_life   16.7404
    """
    require_by_region("beta_convergence", inference)
    if isinstance(conditions, str):
        raise OptionError(f"conditions={conditions!r} is text; use conditions=[{conditions!r}]")
    conditions = tuple(conditions)
    panel = _usable(panel_of(table, value, years, conditions), conditions)
    growth, design = _regression(panel, conditions)
    names = (*NAMES, *conditions, *OF_FIT)
    columns: Columns = {"estimate": _estimates(growth, design, panel.span)}
    if inference is not None:
        columns |= _uncertainty(panel, growth, design, columns["estimate"], inference)
    found = {name: columns[name] for name in ORDER if name in columns}
    keys = {"year": panel.years[0], "year2": panel.years[-1], "component": list(names)}
    result = pd.DataFrame({**keys, "measure": "beta_convergence", **found})
    result.attrs |= _attributes(panel, value, conditions, inference)
    return result
