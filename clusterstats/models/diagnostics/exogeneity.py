"""Whether endogenous regressors might as well be exogenous: Durbin, Wu and Hausman."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.linalg import qr, solve_triangular
from scipy.stats import f as fisher

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.models.covariance import Classical, covariance_of
from clusterstats.models.covariance.options import CovarianceOption
from clusterstats.models.diagnostics.weak import require_iv
from clusterstats.models.fit import Fit
from clusterstats.models.solution import Solution
from clusterstats.models.stages import is_sandwich

__all__ = ["endogeneity", "least_squares"]

SINGULAR = 1e-9


def endogeneity(fit: Fit) -> pd.DataFrame:
    """Test that regressors taken to be endogenous are exogenous (Durbin, Wu, Hausman).

    The residuals of the first stages are added to least squares; if the regressors are exogenous
    their coefficients are 0.

    Parameters
    ----------
    fit : Fit
        Two-stage least squares.

    Returns
    -------
    DataFrame
        One row: `test`, `statistic` (F), `df1`, `df2`, `p_value`, under the fit's covariance; with
        `Classical()` it is Wu's and Hausman's F.

    Raises
    ------
    OptionError
        A fit without instruments; a covariance by bootstrap or randomization.

    References
    ----------
    Wu, D.-M. (1973). Alternative tests of independence between stochastic regressors and
    disturbances. Econometrica 41, 733-750 (T2).

    Hausman, J. A. (1978). Specification tests in econometrics. Econometrica 46, 1251-1271.

    Wooldridge, J. M. (2010). Econometric analysis of cross section and panel data, 2nd edition,
    section 6.3.1 (the robust version).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> random = np.random.default_rng(1)
    >>> z, u = random.normal(size=(2, 300))
    >>> d = z + u
    >>> data = pd.DataFrame({"y": d + u + random.normal(size=300), "d": d, "z": z})
    >>> test = cs.endogeneity(cs.regress("y ~ 1 | | d ~ z", data))
    >>> bool(test["p_value"].item() < 0.001)
    True
    """
    solution = require_iv(fit)
    if not is_sandwich(fit.asked):
        raise OptionError(
            f"{fit.asked!r} has no test of added residuals; use fit.with_covariance(Robust('HC1')) "
            f"or Clustered first"
        )
    m = solution.design.n_endogenous
    residuals = solution.regressors[:, -m:] - solution.x[:, -m:]
    names = [f"residual of {name}" for name in solution.design.names[-m:]]
    added = least_squares(solution, residuals, names)
    option: CovarianceOption = Classical() if fit.asked is None else fit.asked
    covariance = covariance_of(added, option, fit.convention)
    values, spread = added.params[-m:], covariance.matrix[-m:, -m:]
    f = float(values @ np.linalg.solve(spread, values)) / m
    df = float(covariance.df[-m:].min())
    row = {"test": "Durbin-Wu-Hausman", "statistic": f, "df1": m, "df2": df}
    table = pd.DataFrame([row | {"p_value": float(fisher.sf(f, m, df))}])
    table.attrs["covariance"] = covariance.name
    return table


def least_squares(solution: Solution, added: Array, names: list[str]) -> Solution:
    """Least squares of the response on the regressors and others, all off the effects."""
    x = np.column_stack([solution.regressors, added])
    root = np.sqrt(solution.w)
    rotation, upper = qr(x * root[:, None], mode="economic")
    size = np.abs(np.diag(upper))
    if (size <= SINGULAR * np.sqrt((upper**2).sum(axis=0))).any():
        raise OptionError(
            f"{names[-1]!r} is a combination of the other regressors: there is nothing to test"
        )
    params = solve_triangular(upper, rotation.T @ (solution.response * root))
    inverse = solve_triangular(upper, np.eye(len(upper)))
    design = replace(solution.design, names=(*solution.design.names, *names), n_endogenous=0)
    u = solution.response - x @ params
    return replace(
        solution,
        design=design,
        params=params,
        x=x,
        u=u,
        bread=inverse @ inverse.T,
        regressors=x,
        instruments=x,
        residuals=u,
    )
