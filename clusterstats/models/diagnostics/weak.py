"""How strong instruments are: first stages, rank tests, the effective F."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.stats import f as fisher
from scipy.stats import ncx2

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.models.covariance import Classical
from clusterstats.models.fit import Fit
from clusterstats.models.solution import Solution
from clusterstats.models.stages import (
    PERFECT,
    quadratic,
    rank_lm,
    sandwich_of,
    stages_of,
    wald_f,
)

__all__ = ["effective_f", "first_stage", "require_iv"]


def first_stage(fit: Fit) -> pd.DataFrame:
    """Strength of the instruments, a row for each endogenous regressor.

    Parameters
    ----------
    fit : Fit
        Two-stage least squares, from `regress("y ~ x | | d ~ z", ...)`.

    Returns
    -------
    DataFrame
        `term`; `partial_r_squared` of the excluded instruments, off the exogenous regressors and
        effects; `statistic`, `df1`, `df2`, `p_value`: F of the excluded instruments under the
        fit's covariance. Of the whole model, the same in each row: `cragg_donald_f` (errors
        independent with one variance), `kleibergen_paap_f` (under the fit's covariance; the F
        itself with one endogenous regressor), and `kleibergen_paap_lm`, `lm_df`, `lm_p_value`, the
        test that the model is not identified. `attrs["covariance"]` names the covariance.

    Raises
    ------
    OptionError
        A fit without instruments, or that our own engine did not make.

    Notes
    -----
    F is `nan` with fewer clusters than instruments, and infinite where they leave nothing over.
    HC2 to HC5 are replaced by HC1, CR2 and CR3 by CR1, a wild bootstrap by CR1 on its clusters,
    any other covariance that is no sum of scores by HC1. The F statistics have the small-sample
    factors of the fit's convention, the LM statistic none (as in ivreg2). With one endogenous
    regressor compare the F with those of `effective_f`, not with 10.

    References
    ----------
    Cragg, J. G. and S. G. Donald (1993). Testing identifiability and specification in instrumental
    variable models. Econometric Theory 9, 222-240.

    Kleibergen, F. and R. Paap (2006). Generalized reduced rank tests using the singular value
    decomposition. Journal of Econometrics 133, 97-126.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> random = np.random.default_rng(1)
    >>> z, u = random.normal(size=(2, 200))
    >>> d = z + u
    >>> data = pd.DataFrame({"y": d + u + random.normal(size=200), "d": d, "z": z})
    >>> table = cs.first_stage(cs.regress("y ~ 1 | | d ~ z", data))
    >>> table[["term", "partial_r_squared", "statistic"]].round(3)
      term  partial_r_squared  statistic
    0    d              0.536     228.59
    """
    solution = require_iv(fit)
    option, stages = sandwich_of(fit.asked), stages_of(solution)
    lm, lm_df, lm_p = rank_lm(stages, option)
    whole = {"cragg_donald_f": wald_f(stages, Classical(), fit.convention)}
    whole |= {"kleibergen_paap_f": wald_f(stages, option, fit.convention)}
    whole |= {"kleibergen_paap_lm": lm, "lm_df": lm_df, "lm_p_value": lm_p}
    l, m = stages.first.shape  # noqa: E741
    covariance = stages.covariance(option, fit.convention)
    df = stages.df(option, fit.convention)
    share = stages.partial_r_squared
    rows = []
    for place, name in enumerate(solution.design.names[-m:]):
        block = slice(place * l, (place + 1) * l)
        values = stages.first[:, place]
        f = quadratic(values, covariance[block, block]) / l
        row: dict[str, Any] = {"term": name, "partial_r_squared": float(share[place])}
        row |= {"statistic": f, "df1": l, "df2": df, "p_value": float(fisher.sf(f, l, df))}
        rows.append(row | whole)
    table = pd.DataFrame(rows)
    table.attrs["covariance"] = repr(option)
    return table


def effective_f(fit: Fit, *, tau: float = 0.1, level: float = 0.05) -> pd.DataFrame:
    """Effective F of Montiel Olea and Pflueger, with the critical values that belong to it.

    Parameters
    ----------
    fit : Fit
        Two-stage least squares with one endogenous regressor.
    tau : float
        Largest bias of 2SLS tolerated, as a share of the worst case's.
    level : float
        Of the test that the bias is larger.

    Returns
    -------
    DataFrame
        One row: `term`, `statistic` (the effective F), `effective_df`, `critical_value` for 2SLS,
        `critical_value_simple` (its upper bound, which needs no search), `tau`, `is_weak`: whether
        instruments can't be told from weak ones.

    Raises
    ------
    OptionError
        A fit without instruments; several endogenous regressors (the statistic is not defined: use
        `first_stage`); `tau` or `level` outside (0, 1).

    Notes
    -----
    `F = p'p / tr V` for coefficients `p` on orthonormal instruments with covariance `V` (equation
    5); with one instrument the robust F. The critical value is the upper `level` point of a
    noncentral chi-squared with `K = tr(V)^2 (1 + 2 x) / (tr(V'V) + 2 x tr(V) max eig V)` degrees of
    freedom and noncentrality `K x`, over `K` (Patnaik's approximation); `x = B / tau`, where `B` is
    the largest Nagar bias of 2SLS over its benchmark, found by a search over the one coefficient,
    and 1 in the simple version. With one instrument `B` is 1 and the 10 % value is 23.1.
    Covariances are replaced as in `first_stage`.

    References
    ----------
    Montiel Olea, J. L. and C. Pflueger (2013). A robust test for weak instruments. Journal of
    Business and Economic Statistics 31, 358-369.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> random = np.random.default_rng(1)
    >>> z, u = random.normal(size=(2, 200))
    >>> d = 0.2 * z + u
    >>> data = pd.DataFrame({"y": d + u + random.normal(size=200), "d": d, "z": z})
    >>> fit = cs.regress("y ~ 1 | | d ~ z", data, covariance=cs.Robust("HC1"))
    >>> table = cs.effective_f(fit)
    >>> float(table["critical_value"].round(1).item()), bool(table["is_weak"].item())
    (23.1, True)
    """
    for name, value in (("tau", tau), ("level", level)):
        if not 0 < value < 1:
            raise OptionError(f"{name}={value!r} must lie between 0 and 1")
    solution = require_iv(fit)
    if solution.design.n_endogenous > 1:
        raise OptionError(
            f"the effective F is defined for one endogenous regressor, not "
            f"{solution.design.n_endogenous}; use first_stage(fit) for the rank tests"
        )
    stages, option = stages_of(solution), sandwich_of(fit.asked)
    l = stages.q.shape[1]  # noqa: E741
    errors = np.column_stack([stages.e, stages.v])
    both = stages.meat(errors, option, fit.convention) * stages.factor(option, fit.convention)
    own = both[l:, l:]
    size = float((stages.first**2).sum())
    if np.trace(own) <= PERFECT**2 * size:
        raise OptionError(
            f"the instruments say all there is of {solution.design.names[-1]!r}: its first stage "
            f"has no error, and no F"
        )
    statistic = size / float(np.trace(own))
    df, value = _critical(own, _bias(both, l) / tau, level)
    _, simple = _critical(own, 1 / tau, level)
    row: dict[str, Any] = {"term": solution.design.names[-1], "statistic": statistic}
    row |= {"effective_df": df, "critical_value": value, "critical_value_simple": simple}
    table = pd.DataFrame([row | {"tau": tau, "is_weak": statistic <= value}])
    table.attrs["covariance"] = repr(option)
    return table


def require_iv(fit: Fit) -> Solution:
    """The solution of a fit with instruments; an error for others."""
    if fit.solution is None or not fit.solution.is_iv:
        raise OptionError(
            f"{fit.title} has no instruments; fit regress('y ~ x | | d ~ z', ...) to ask for this"
        )
    return fit.solution


def _critical(own: Array, x: float, level: float) -> tuple[float, float]:
    """Effective degrees of freedom and critical value."""
    trace, largest = float(np.trace(own)), float(np.linalg.eigvalsh(own).max())
    df = trace**2 * (1 + 2 * x) / (float((own**2).sum()) + 2 * x * trace * largest)
    return df, float(ncx2.ppf(1 - level, df, df * x) / df)


def _bias(both: Array, l: int) -> float:  # noqa: E741
    """Largest Nagar bias of 2SLS over its benchmark, over all coefficients (equation 8)."""
    w1, w2 = both[:l, :l], both[l:, l:]
    w12 = (both[:l, l:] + both[l:, :l]) / 2
    trace = float(np.trace(w2))
    centre = float(np.trace(w12)) / trace
    scale = np.sqrt(max(float(np.trace(w1)) / trace - centre**2, 1e-300))

    def negative(angle: float) -> float:
        beta = centre + scale * np.tan(angle)
        benchmark = float(np.trace(w1 - 2 * beta * w12 + beta**2 * w2))
        values = np.linalg.eigvalsh(w12 - beta * w2)
        total = values.sum()
        gap = max(abs(total - 2 * values[0]), abs(total - 2 * values[-1]))
        return -float(gap / np.sqrt(benchmark * trace))

    angles = np.linspace(-np.pi / 2, np.pi / 2, 402)[1:-1]
    found = [negative(angle) for angle in angles]
    best = angles[int(np.argmin(found))]
    step = angles[1] - angles[0]
    refined = minimize_scalar(negative, bounds=(best - step, best + step), method="bounded")
    values = np.linalg.eigvalsh(w2)
    far = max(abs(trace - 2 * values[0]), abs(trace - 2 * values[-1])) / trace
    return float(min(max(-min(found), -float(refined.fun), far), 1.0))
