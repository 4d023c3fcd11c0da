"""Hausman's contrast of two estimates, and its version by regression, robust to anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import chi2

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError, warn
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance import CovarianceOption, covariance_of
from clusterstats.models.design import Design
from clusterstats.models.fit import Fit
from clusterstats.models.linear import fit_linear, without_collinear
from clusterstats.models.terms import again

__all__ = ["hausman"]

NEGATIVE = 1e-10


def hausman(fit_a: Fit, fit_b: Fit, *, covariance: CovarianceOption | None = None) -> pd.DataFrame:
    """Test whether two estimates differ by chance: fixed against random effects, 2SLS against OLS.

    Parameters
    ----------
    fit_a : Fit
        The estimate that is consistent anyway (fixed effects, 2SLS).
    fit_b : Fit
        The one that is efficient if the hypothesis holds (random effects, OLS).
    covariance : CovarianceOption, optional
        Without: Hausman's contrast, which wants the classical covariances of both. With one, such
        as `Clustered("unit")`: the test by regression, for a fit with one fixed effect against one
        of random effects.

    Returns
    -------
    DataFrame
        One row: `test`, `statistic` (chi-squared), `df`, `p_value`, `terms` (the coefficients
        compared), `note`. Where the difference of the covariances is not positive definite a
        warning and the note say so; if the contrast then is negative it is undecided: `nan`.

    Raises
    ------
    OptionError
        No term in common; a test by regression of other fits.

    Warns
    -----
    ClusterstatsWarning
        A contrast of covariances that are not classical, or whose difference is not positive
        definite.

    Notes
    -----
    Contrast: `(a - b)' (V_a - V_b)^- (a - b)` over the terms of both but the constant, whichever of
    the two is given first (Hausman 1978, equation 2.15); degrees of freedom are the rank of
    `V_a - V_b`. Estimates within and between units are unrelated: there it is `V_a + V_b` (Hausman
    and Taylor 1981). By regression: the quasi-demeaned response on the quasi-demeaned regressors
    of the random effects and the deviations from means of those of the fixed ones, whose
    coefficients are 0 under the hypothesis (Wooldridge 2010, section 10.7.3). Write both formulas
    alike: what the fixed effect absorbs is left out of it by itself.

    References
    ----------
    Hausman, J. A. (1978). Specification tests in econometrics. Econometrica 46, 1251-1271.

    Hausman, J. A. and W. E. Taylor (1981). Panel data and unobservable individual effects.
    Econometrica 49, 1377-1398.

    Wooldridge, J. M. (2010). Econometric analysis of cross section and panel data, 2nd edition.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> random = np.random.default_rng(1)
    >>> zone, year = np.repeat(np.arange(60), 5), np.tile(np.arange(5), 60)
    >>> effect, x = random.normal(size=60)[zone], random.normal(size=300)
    >>> y = x + effect + random.normal(size=300)
    >>> data = pd.DataFrame({"zone": zone, "year": year, "x": x, "y": y})
    >>> within = cs.regress("y ~ x | zone", data)
    >>> random = cs.panel_model("y ~ x", data, kind="random", entity="zone", time="year")
    >>> bool(cs.hausman(within, random)["p_value"].item() > 0.05)
    True
    """
    if covariance is not None:
        return _by_regression(fit_a, fit_b, covariance)
    terms = [name for name in fit_a.names if name in fit_b.names and name != "Intercept"]
    if not terms:
        raise OptionError(
            f"the fits have no term in common: {', '.join(fit_a.names)} against "
            f"{', '.join(fit_b.names)}"
        )
    for fit in (fit_a, fit_b):
        if not fit.covariance.name.startswith("classical"):
            warn(
                f"Hausman's contrast takes the variance of a difference for the difference of "
                f"classical variances; that of {fit.title} is {fit.covariance.name}"
            )
    gap = (fit_a.params[terms] - fit_b.params[terms]).to_numpy()
    first, second = (fit.cov_params().loc[terms, terms].to_numpy() for fit in (fit_a, fit_b))
    if _are_independent(fit_a, fit_b):
        spread = first + second
    else:
        spread = first - second if np.trace(first) > np.trace(second) else second - first
    scale = np.sqrt(np.diag(first))
    values, vectors = np.linalg.eigh(spread / scale / scale[:, None])
    kept = np.abs(values) > NEGATIVE * np.abs(values).max()
    statistic, note = float(((vectors[:, kept].T @ (gap / scale)) ** 2 / values[kept]).sum()), ""
    if (values[kept] < 0).any():
        note = _note(statistic)
        warn(f"Hausman's contrast: {note}")
    return _row("Hausman", statistic if statistic >= 0 else np.nan, int(kept.sum()), terms, note)


def _are_independent(fit_a: Fit, fit_b: Fit) -> bool:
    """Whether the estimates are those within and between units, which are unrelated."""
    within = [fit.solution is not None and bool(fit.solution.design.effects.codes)
              for fit in (fit_a, fit_b)]  # fmt: skip
    between = [fit.title.startswith("between") for fit in (fit_a, fit_b)]
    return any(within) and any(between)


def _note(statistic: float) -> str:
    """What to say where the difference of the covariances is not positive definite."""
    instead = "use covariance=Clustered('unit') for the test by regression"
    if statistic < 0:
        return f"undecided: the statistic is negative, {statistic:.4g}; {instead}"
    return f"the difference of the covariances is not positive definite; {instead}"


def _by_regression(fixed: Fit, random: Fit, option: CovarianceOption) -> pd.DataFrame:
    """Wald test of the deviations from means in the quasi-demeaned regression."""
    design = _require_pair(fixed, random)
    every, x = _regressors(design)
    missing = [name for name in random.names if name != "Intercept" and name not in every]
    if missing:
        raise OptionError(
            f"{missing[0]!r} is in the random effects alone; write the formula of the fixed "
            f"effects alike: what the effect absorbs is left out by itself"
        )
    unit = design.effects.codes[0]
    rows = np.bincount(unit)
    parts = random.statistics
    ratio = parts["variance_entity"] / parts["variance_idiosyncratic"]
    theta = (1 - 1 / np.sqrt(1 + rows * ratio))[unit]
    y = design.y - theta * _means(design.y[:, None], unit)[:, 0]
    levels = [x[:, every.index(name)] if name != "Intercept" else np.ones(len(y))
              for name in random.names]  # fmt: skip
    within = [x[:, every.index(name)] for name in fixed.names if name in random.names]
    names = [name for name in fixed.names if name in random.names]
    if not names:
        raise OptionError("the fits have no term in common")
    base = np.column_stack(levels)
    spread = np.column_stack(within)
    deviations = spread - _means(spread, unit)
    demeaned = base - theta[:, None] * _means(base, unit)
    together = np.column_stack([demeaned, deviations])
    gone = without_collinear(together, None)
    kept = [place for place in range(together.shape[1]) if place not in gone]
    tested = [place >= base.shape[1] for place in kept]
    labels = [*random.names, *(f"{name}, off its mean" for name in names)]
    plain = replace(
        design,
        y=y,
        x=together[:, kept],
        names=tuple(labels[place] for place in kept),
        effects=Effects((), (), ()),
    )
    solution = fit_linear(plain)
    matrix = covariance_of(solution, option, fixed.convention).matrix[np.ix_(tested, tested)]
    values = solution.params[tested]
    statistic = float(values @ np.linalg.solve(matrix, values))
    terms = [
        labels[place].removesuffix(", off its mean") for place in kept if place >= base.shape[1]
    ]
    return _row("Hausman, by regression", statistic, len(values), terms, f"under {option!r}")


def _require_pair(fixed: Fit, random: Fit) -> Design:
    """The design of the fixed effects, if the two fits are what the test by regression needs."""
    solution = fixed.solution
    is_fixed = solution is not None and len(solution.design.effects.codes) == 1
    is_random = "variance_entity" in random.statistics
    if solution is None or not is_fixed or not is_random or solution.is_iv:
        raise OptionError(
            f"the test by regression compares regress('y ~ x | unit', ...) with "
            f"panel_model(..., kind='random'), not {fixed.title} with {random.title}"
        )
    design = solution.design
    if design.weights is not None or design.nobs != random.nobs:
        raise OptionError(
            f"the test by regression needs both fits without weights and of the same rows; they "
            f"have {design.nobs:,} and {random.nobs:,}"
        )
    return design


def _regressors(design: Design) -> tuple[list[str], Array]:
    """All regressors of a formula, those that effects absorb included."""
    terms = design.terms[0]
    return list(terms.names), again(terms, design.frame, design.panel)


def _means(x: Array, unit: Codes) -> Array:
    """Means within units, in every row of theirs."""
    rows = np.bincount(unit)
    sums = np.stack([np.bincount(unit, column) for column in x.T], axis=1)
    return np.asarray((sums / rows[:, None])[unit])


def _row(test: str, statistic: float, df: int, terms: list[str], note: str) -> pd.DataFrame:
    """The result."""
    p_value = float(chi2.sf(statistic, df)) if np.isfinite(statistic) else np.nan
    row = {"test": test, "statistic": statistic, "df": df, "p_value": p_value}
    return pd.DataFrame([row | {"terms": ", ".join(terms), "note": note}])
