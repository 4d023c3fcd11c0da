"""The door of all regressions with fixed effects."""

from __future__ import annotations

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.models.covariance import (
    Classical,
    CovarianceOption,
    SmallSample,
    convention_of,
    covariance_of,
)
from clusterstats.models.design import design_of
from clusterstats.models.fit import Fit
from clusterstats.models.likelihood import fit_cloglog, fit_logit, fit_poisson
from clusterstats.models.linear import fit_linear
from clusterstats.models.solution import Family, Solution
from clusterstats.models.stages import instrument_statistics
from clusterstats.models.statistics import statistics_of
from clusterstats.models.terms import Panel

__all__ = ["regress"]

ESTIMATORS = {
    "linear": fit_linear,
    "poisson": fit_poisson,
    "logit": fit_logit,
    "cloglog": fit_cloglog,
}


def regress(
    formula: str,
    data: IntoTable,
    *,
    family: Family = "linear",
    covariance: CovarianceOption | None = None,
    weights: str | None = None,
    convention: str | SmallSample = "fixest-0.13",
    panel: Panel | None = None,
    drop_singletons: bool = False,
) -> Fit:
    """Regression with any number of fixed effects, instruments, and any covariance.

    Least squares, two-stage least squares, Poisson pseudo-likelihood, logit and complementary
    log-log, by one formula as in fixest.

    Parameters
    ----------
    formula : str
        `y ~ x1 + x2 | effect1 + effect2 | endogenous ~ instrument`, the last two parts optional;
        a part with `~` is that of the instruments. Terms: columns, `log(x)`, `x1:x2`, `x1*x2`,
        `I(x**2)`, `C(x)` dummies, `i(year, treated, ref=2004)` dummies times a variable,
        `lag(x, 1)`, `lead(x, 1)`, `difference(x)` (these need `panel`). `a^b` among the effects
        is one effect with a level for each pair. A constant is there unless there are effects,
        or `0 +`.
    data : table
        pandas, Polars, DuckDB, Arrow or a reader's frame.
    family : {"linear", "poisson", "logit", "cloglog"}
        `poisson` is pseudo-maximum likelihood with a log link, for responses of 0 or more, whole
        or not (Santos Silva and Tenreyro 2006). `logit` and `cloglog` (complementary log-log, the
        link of hazards in discrete time) take a response of 0 and 1, or shares. Their tests are
        normal. Instruments go with `linear` only.
    covariance : CovarianceOption, optional
        `Classical()` if not given; `Robust`, `Clustered` and others of
        `clusterstats.models.covariance`.
    weights : str, optional
        Column of weights (inverse variances; rows with weight 0 are left out and counted).
    convention : str or SmallSample
        Small-sample factors, by the program that uses them.
    panel : (str, str), optional
        Columns of unit and time, for lags and for covariances over time.
    drop_singletons : bool
        Leave out rows that are alone in a level of an effect, as reghdfe does. Coefficients do
        not depend on it, small-sample factors may.

    Returns
    -------
    Fit
        With `tidy()`, `glance()`, `test()`, `predict()`, `summary()`.

    Raises
    ------
    OptionError
        A formula that can't be read, options that do not go together.
    TableError
        A column that is missing, text where numbers are needed, an infinite value, no variation
        left.

    Notes
    -----
    Rows with a blank in a variable of the model are left out, with a warning, and counted in
    `glance()`. Regressors absorbed by the effects or repeating others are left out, with a
    warning, the later ones first.

    With `poisson`, rows whose response of 0 is predicted perfectly have no finite coefficients:
    levels of effects that are 0 throughout, and rows that a combination of regressors and effects
    sets apart, are left out, with a warning that names those regressors, and counted as
    `dropped separated` (Correia, Guimaraes and Zylkin 2019; the effects first, then the iterative
    rectifier, then a linear programme where that does not end). With `logit` and `cloglog`, levels
    without variation in the response are left out and counted as `dropped no variation`;
    separation by regressors is an error that names them; and effects bring a warning of incidental
    parameters: `conditional_logit` has none.

    Effects are taken out exactly (not by alternating projections): the largest in closed form,
    the others by solving the Schur complement it leaves.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> firms = pd.DataFrame(
    ...     {
    ...         "growth": [1.0, 2.0, 4.0, 3.0, 5.0, 9.0],
    ...         "density": [0.0, 1.0, 2.0, 1.0, 2.0, 4.0],
    ...         "firm": ["a", "a", "a", "b", "b", "b"],
    ...     }
    ... )
    >>> fit = cs.regress("growth ~ density | firm", firms)
    >>> fit.tidy()[["term", "estimate", "std_error"]].round(4)
          term  estimate  std_error
    0  density      1.85     0.1607
    """
    require_choice("family", family, ESTIMATORS)
    small = convention_of(convention)
    option = Classical() if covariance is None else covariance
    if not isinstance(option, CovarianceOption):
        raise OptionError(
            f"covariance={covariance!r} is not an option; use Classical(), Robust('HC1'), "
            f"Clustered('region') or another"
        )
    design = design_of(formula, data, weights=weights, panel=panel, drop_singletons=drop_singletons)
    if design.n_endogenous and family != "linear":
        raise OptionError(f"instruments go with family='linear' only, not with {family!r}")
    solution = ESTIMATORS[family](design)
    return fit_of(solution, option, small)


def fit_of(solution: Solution, option: CovarianceOption, convention: SmallSample) -> Fit:
    """A solution with a covariance, as a result."""
    design = solution.design
    titles = {"linear": "2SLS" if solution.is_iv else "OLS", "poisson": "Poisson"}
    titles |= {"logit": "Logit", "cloglog": "Complementary log-log"}
    return Fit(
        title=titles[solution.family],
        response=design.formula.response,
        names=design.names,
        estimates=solution.params,
        covariance=covariance_of(solution, option, convention),
        nobs=solution.nobs,
        statistics=statistics_of(solution) | instrument_statistics(solution, option, convention),
        notes=tuple(f"{name} left out: {why}" for name, why in design.omitted.items()),
        residual_values=solution.residuals,
        fitted_values=solution.fitted,
        index=design.frame.index,
        solution=solution,
        convention=convention,
        asked=option,
    )
