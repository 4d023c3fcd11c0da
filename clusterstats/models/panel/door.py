"""The door of panel models by linearmodels: between, random effects, differences, Fama-MacBeth."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice, warn
from clusterstats.models.covariance import (
    Classical,
    Covariance,
    CovarianceOption,
    SmallSample,
    convention_of,
)
from clusterstats.models.design import Design, design_of
from clusterstats.models.fit import Fit
from clusterstats.models.linear import without_collinear
from clusterstats.models.panel.covariance import Asked, asked_of, covariance_from
from clusterstats.models.panel.keys import require_keys
from clusterstats.models.terms import Panel

__all__ = ["panel_model"]


@dataclass(frozen=True)
class Kind:
    """A class of linearmodels, what it is called here, and its options."""

    model: str
    title: str
    options: Mapping[str, bool] = field(default_factory=dict)


KINDS = {
    "between": Kind("BetweenOLS", "between"),
    "between_wls": Kind("BetweenOLS", "between, weighted by rows", {"reweight": True}),
    "random": Kind("RandomEffects", "random effects"),
    "random_sa": Kind("RandomEffects", "random effects (Baltagi-Chang)", {"small_sample": True}),
    "first_difference": Kind("FirstDifferenceOLS", "first differences"),
    "fama_macbeth": Kind("FamaMacBeth", "Fama-MacBeth"),
}


def panel_model(
    formula: str,
    data: IntoTable,
    *,
    kind: str,
    entity: str,
    time: str,
    covariance: CovarianceOption | None = None,
    weights: str | None = None,
    convention: str | SmallSample = "linearmodels",
) -> Fit:
    """Between, random-effects, first-difference and Fama-MacBeth estimates, by linearmodels.

    (Within estimates are `regress("y ~ x | unit", ...)`.)

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2`, as in `regress`, without fixed effects and instruments.
    data : table
        pandas, Polars, DuckDB, Arrow or a reader's frame; the panel may be unbalanced.
    kind : str
        `"between"`: least squares on the means of units; `"between_wls"`: with weights, the
        numbers of their rows; `"random"`: quasi-demeaned by `theta_i = 1 - sqrt(s_e^2 /
        (T_i s_u^2 + s_e^2))` with the variances of Swamy and Arora (1972), as Stata's `xtreg, re`;
        `"random_sa"`: the same in the small-sample version for unbalanced panels of Baltagi and
        Chang (1994), Stata's `sa`; `"first_difference"`: changes between neighbouring periods of
        those that occur; `"fama_macbeth"`: the mean of cross-sections, one a period.
    entity, time : str
        Columns of unit and period: any two that identify rows.
    covariance : CovarianceOption, optional
        `Classical()` if not given; `Robust("HC0"|"HC1")`; `Clustered` by one or two columns, CR0 or
        CR1 (`between` and `first_difference`: columns that are constant within units);
        `DriscollKraay` (not `between`). `fama_macbeth` takes `Classical` (from the spread of the
        cross-sections, itself robust) and `DriscollKraay` (autocorrelation of the cross-sections).
    weights : str, optional
        Column of weights (inverse variances).
    convention : str or SmallSample
        Small-sample factors, as in `regress`. Under `stata` and `plm` random effects are tested
        against the normal.

    Returns
    -------
    Fit
        Estimates with `glance()`: R-squared of the transformed model, within, between and overall
        (`1 - rss / tss`, and as Stata's squared correlations `corr_squared_*`), `entities`,
        `periods`; of random effects `variance_entity`, `variance_idiosyncratic`, `rho`, and the
        smallest and largest `theta`. `resid` are `y - x b` of the rows, unit effects included.

    Raises
    ------
    OptionError
        A kind or covariance that is not known, or that do not go together; fixed effects or
        instruments in the formula.
    TableError
        Keys that are blank or repeat, too few units, no regressor left.

    Notes
    -----
    Rows with blanks are left out, warned of and counted, and so are regressors without variation
    after the transformation. First differences have no constant; a constant change is the
    coefficient of the time itself. Nothing needs to be an index of the table.

    References
    ----------
    Swamy, P. A. V. B. and S. S. Arora (1972). The exact finite sample properties of the estimators
    of coefficients in the error components regression models. Econometrica 40, 261-275.

    Baltagi, B. H. and Y. Chang (1994). Incomplete panels. Journal of Econometrics 62, 67-89.

    Fama, E. F. and J. D. MacBeth (1973). Risk, return, and equilibrium: empirical tests. Journal of
    Political Economy 81, 607-636.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> zones = pd.DataFrame(
    ...     {
    ...         "zone": ["a", "a", "b", "b", "c", "c", "d", "d"],
    ...         "year": [1, 2] * 4,
    ...         "density": [0.0, 1.0, 2.0, 2.0, 3.0, 5.0, 1.0, 4.0],
    ...         "wage": [1.0, 1.5, 2.5, 3.0, 3.0, 5.5, 2.0, 3.0],
    ...     }
    ... )
    >>> fit = cs.panel_model("wage ~ density", zones, kind="between", entity="zone", time="year")
    >>> fit.tidy()[["term", "estimate", "std_error"]].round(4)
            term  estimate  std_error
    0  Intercept      0.82     0.3576
    1    density      0.83     0.1389
    """
    require_choice("kind", kind, KINDS)
    small = convention_of(convention)
    option = Classical() if covariance is None else covariance
    design = _design(formula, data, kind, (entity, time), weights)
    asked = asked_of(kind, option, design, small)
    result, messages = _estimated(kind, design, asked)
    for message in messages:
        warn(message)
    return _fit(kind, design, result, covariance_from(kind, result, asked, small))


def _design(formula: str, data: IntoTable, kind: str, panel: Panel, weights: str | None) -> Design:
    """Arrays, with keys checked and regressors without variation left out."""
    design = design_of(formula, data, weights=weights, panel=panel)
    if design.effects.codes or design.n_endogenous:
        raise OptionError(
            f"kind={kind!r} takes no fixed effects and no instruments; use regress(), or dummies "
            f"among the regressors, as C(year)"
        )
    require_keys(design.frame, panel)
    constant = [place for place, name in enumerate(design.names) if name == "Intercept"]
    if kind == "first_difference" and constant:
        design = design.without(constant, "differences have no constant")
    x = _transformed(kind, design)
    still = [place for place in range(x.shape[1]) if not np.abs(x[:, place]).max(initial=0)]
    gone = sorted({*still, *without_collinear(x, None)})
    if not gone:
        return design
    named = ", ".join(repr(design.names[place]) for place in gone)
    why = "no variation of its own" if kind == "fama_macbeth" else f"no variation: {kind}"
    if len(gone) == x.shape[1]:
        raise TableError(f"no regressor is left: {named} ({why})")
    warn(f"left out: {named} ({why})")
    return design.without(gone, why)


def _transformed(kind: str, design: Design) -> Array:
    """The regressors as a kind uses them: means, differences, or themselves."""
    unit, period = _keys(design)
    if kind.startswith("between"):
        return np.asarray(pd.DataFrame(design.x).groupby(unit).mean().to_numpy())
    if kind != "first_difference":
        return design.x
    order = np.lexsort((period, unit))
    change = np.diff(design.x[order], axis=0)
    neighbours = (np.diff(unit[order]) == 0) & (np.diff(period[order]) == 1)
    if not neighbours.any():
        raise TableError("no unit has two neighbouring periods: there is no difference to take")
    return np.asarray(change[neighbours])


def _keys(design: Design) -> tuple[Codes, Codes]:
    """Units and periods as numbers in order."""
    assert design.panel is not None
    unit, period = (pd.factorize(design.frame[name], sort=True)[0] for name in design.panel)
    return unit.astype(np.intp), period.astype(np.intp)


def _estimated(kind: str, design: Design, asked: Asked) -> tuple[Any, list[str]]:
    """What linearmodels says, and what it warns of."""
    unit, period = _keys(design)
    index = pd.MultiIndex.from_arrays([unit, period], names=["entity", "time"])
    is_late = kind == "first_difference"  # old versions take periods in order of appearance
    order = np.lexsort((unit, period) if is_late else (period, unit))
    y = pd.Series(design.y, index, name="y").iloc[order]
    x = pd.DataFrame(design.x, index, list(design.names)).iloc[order]
    w = None if design.weights is None else pd.Series(design.weights, index).iloc[order]
    settings = dict(asked.settings)
    if asked.clusters is not None:
        settings["clusters"] = asked.clusters.set_axis(index).iloc[order]
    _require_version(kind, design)
    panel = import_module("linearmodels.panel")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            model = getattr(panel, KINDS[kind].model)(y, x, weights=w)
            result = model.fit(**KINDS[kind].options, **settings, debiased=False)
            result.cov  # noqa: B018 (made when first read)
        except ValueError as error:
            raise TableError(f"linearmodels: {error}") from None
    theirs = [found for found in caught if found.category.__module__.startswith("linearmodels")]
    return result, [f"linearmodels: {found.message}" for found in theirs]


def _require_version(kind: str, design: Design) -> None:
    """Raise where the installed linearmodels weighs unbalanced random effects wrongly."""
    version = str(import_module("linearmodels").__version__)
    is_old = tuple(int(part) for part in version.split(".")[:2]) < (7, 1)
    if is_old and kind.startswith("random") and design.weights is not None:
        raise OptionError(
            f"random effects with weights need linearmodels 7.1 or later, {version} is "
            f"installed: pip install -U linearmodels"
        )


def _fit(kind: str, design: Design, result: Any, covariance: Covariance) -> Fit:
    """The result in our shape."""
    params = result.params[list(design.names)].to_numpy(dtype=float)
    fitted = design.x @ params
    return Fit(
        title=KINDS[kind].title,
        response=design.formula.response,
        names=design.names,
        estimates=params,
        covariance=covariance,
        nobs=int(result.nobs),
        statistics=_statistics(kind, design, result),
        notes=tuple(f"{name} left out: {why}" for name, why in design.omitted.items()),
        residual_values=design.y - fitted,
        fitted_values=fitted,
        index=design.frame.index,
    )


def _statistics(kind: str, design: Design, result: Any) -> dict[str, Any]:
    """The statistics of `glance()`."""
    unit, period = _keys(design)
    rows = np.bincount(unit)
    found: dict[str, Any] = {"r_squared": float(result.rsquared)}
    for name in ("within", "between", "overall"):
        found[f"{name}_r_squared"] = float(getattr(result, f"rsquared_{name}"))
    for name in ("within", "between", "overall"):
        found[f"corr_squared_{name}"] = float(getattr(result, f"corr_squared_{name}"))
    found |= {"entities": len(rows), "periods": len(np.unique(period))}
    found |= {"rows": design.nobs, "fewest rows": int(rows.min()), "most rows": int(rows.max())}
    if kind.startswith("random"):
        parts = result.variance_decomposition
        found |= {
            "variance_entity": float(parts["Effects"]),
            "variance_idiosyncratic": float(parts["Residual"]),
            "rho": float(parts["Percent due to Effects"]),
            "theta_min": float(result.theta.to_numpy().min()),
            "theta_max": float(result.theta.to_numpy().max()),
        }
    if kind == "fama_macbeth":
        found["periods used"] = int(result.all_params.notna().all(axis=1).sum())
    found["rows_dropped"] = sum(design.dropped.values())
    found |= {f"dropped {reason}": count for reason, count in design.dropped.items()}
    return found | {"variables_dropped": len(design.omitted)}
