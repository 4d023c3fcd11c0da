"""The first stage of two-stage least squares as arrays, and covariances of its coefficients."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import cholesky, qr, solve_triangular, svd
from scipy.stats import chi2

from clusterstats._types import Array
from clusterstats.errors import ClusterstatsWarning
from clusterstats.models.covariance import (
    Classical,
    Clustered,
    Covariance,
    CovarianceOption,
    Robust,
    SmallSample,
    covariance_of,
)
from clusterstats.models.covariance.counting import used
from clusterstats.models.covariance.dependence import Conley, DriscollKraay, NeweyWest
from clusterstats.models.covariance.dyadic import Dyadic
from clusterstats.models.solution import Solution

__all__ = [
    "PERFECT",
    "SUMS",
    "Stages",
    "instrument_statistics",
    "is_sandwich",
    "quadratic",
    "rank_lm",
    "sandwich_of",
    "stages_of",
    "wald_f",
]

SUMS = (Conley, DriscollKraay, Dyadic, NeweyWest)
"""Options beside `Clustered` whose covariance is one of sums of scores."""


PERFECT = 1e-12
"""Errors below this share of a coefficient are rounding: instruments say all there is."""


@dataclass(frozen=True)
class Stages:
    """First stages and reduced form off the exogenous regressors, rows times root weights.

    Attributes
    ----------
    solution : Solution
    q : array, shape (n, l)
        An orthonormal basis of the excluded instruments.
    first : array, shape (l, m)
        Coefficients of the endogenous regressors on `q`.
    reduced : array, shape (l,)
        Coefficients of the response on `q`.
    v : array, shape (n, m)
        Residuals of the first stages.
    e : array, shape (n,)
        Residuals of the reduced form.
    """

    solution: Solution
    q: Array
    first: Array
    reduced: Array
    v: Array
    e: Array

    @cached_property
    def d(self) -> Array:
        """The endogenous regressors, shape (n, m)."""
        return np.asarray(self.q @ self.first + self.v)

    @cached_property
    def spread(self) -> Array:
        """`d'd`, shape (m, m)."""
        return np.asarray(self.first.T @ self.first + self.v.T @ self.v)

    @property
    def partial_r_squared(self) -> Array:
        """Share of each endogenous regressor that the excluded instruments say, shape (m,)."""
        return np.asarray((self.first**2).sum(axis=0) / np.diag(self.spread))

    def meat(self, errors: Array, option: CovarianceOption, convention: SmallSample) -> Array:
        """Covariance of `q' e` for several errors at once, each kind stacked, (l m, l m).

        Without the factors that count parameters, which `factor` has.
        """
        n, l = self.q.shape  # noqa: E741 (the number of instruments, as in the papers)
        if isinstance(option, Classical):
            return np.kron(errors.T @ errors / n, np.eye(l))
        scores = (self.q[:, None, :] * errors[:, :, None]).reshape(n, -1)
        plain = replace(convention, adjust_k=False)
        return np.asarray(_quiet(self._crafted(scores), option, plain).matrix)

    def factor(self, option: CovarianceOption, convention: SmallSample) -> float:
        """The factor that counts the parameters of a first stage."""
        count = self.solution.instruments.shape[1]
        if isinstance(option, Classical):
            shaped = replace(self.solution, params=np.zeros(count))
            k = used(shaped, convention, classical=True)
            n = self.solution.nobs
            return n / (n - k) if convention.adjust_k else 1.0
        scores = np.zeros((self.solution.nobs, count))
        scores[:, -1] = self.q[:, -1] ** 2  # any will do: the factor is that of all
        plain = replace(convention, adjust_k=False)
        crafted = self._crafted(scores)
        ends = [_quiet(crafted, option, how).matrix[-1, -1] for how in (convention, plain)]
        return float(ends[0] / ends[1])

    def covariance(self, option: CovarianceOption, convention: SmallSample) -> Array:
        """Of the coefficients of all first stages, one endogenous regressor after the other."""
        meat = self.meat(self.v, option, convention)
        return np.asarray(meat * self.factor(option, convention))

    def df(self, option: CovarianceOption, convention: SmallSample) -> float:
        """Degrees of freedom of a test in a first stage."""
        count = self.solution.instruments.shape[1]
        crafted = self._crafted(np.ones((self.solution.nobs, count)))
        return float(_quiet(crafted, option, convention).df.min())

    def _crafted(self, scores: Array) -> Solution:
        """A solution whose scores are these and whose bread is 1: its covariance is their meat."""
        size = scores.shape[1]
        design = replace(self.solution.design, names=("",) * size, n_endogenous=0)
        return replace(
            self.solution,
            design=design,
            params=np.zeros(size),
            x=scores,
            u=np.ones(len(scores)),
            w=np.ones(len(scores)),
            bread=np.eye(size),
            regressors=scores,
            instruments=scores,
        )


def stages_of(solution: Solution) -> Stages:
    """Take the exogenous regressors out of everything, by one factorization."""
    n, m = solution.nobs, solution.design.n_endogenous
    exogenous, count = len(solution.params) - m, solution.instruments.shape[1]
    stacked = np.empty((n, count + m + 1), order="F")
    stacked[:, :count] = solution.instruments
    stacked[:, count:-1] = solution.regressors[:, exogenous:]
    stacked[:, -1] = solution.response
    if solution.design.weights is not None:
        stacked *= np.sqrt(solution.w)[:, None]
    basis, factor = qr(stacked, mode="economic", overwrite_a=True)
    upper = np.asarray(factor, dtype=float)
    own = slice(exogenous, count)
    rest = np.asarray(basis[:, count:] @ upper[count:, count:], dtype=float)
    return Stages(
        solution,
        q=np.asarray(basis[:, own], dtype=float),
        first=upper[own, count:-1],
        reduced=upper[own, -1],
        v=rest[:, :-1],
        e=rest[:, -1],
    )


def _quiet(solution: Solution, option: CovarianceOption, convention: SmallSample) -> Covariance:
    """A covariance without the warnings that the fit itself gave."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ClusterstatsWarning)
        return covariance_of(solution, option, convention)


def sandwich_of(option: CovarianceOption | None) -> CovarianceOption:
    """The sandwich that comes nearest to an option: HC1 for HC2 to HC5, CR1 for CR2 and CR3."""
    if option is None or isinstance(option, Classical):
        return Classical()
    if isinstance(option, Robust):
        return option if option.kind == "HC0" else Robust("HC1")
    if isinstance(option, Clustered):
        plain = option.correction in ("CR0", "CR1")
        return option if plain else Clustered(*option.columns)
    if isinstance(option, SUMS):
        return option
    columns = getattr(option, "cluster", None)
    names = (columns,) if isinstance(columns, str) else tuple(columns or ())
    return Clustered(*names) if names else Robust("HC1")


def instrument_statistics(
    solution: Solution, asked: CovarianceOption | None, convention: SmallSample
) -> dict[str, float]:
    """What `glance()` says of the first stages."""
    if not solution.is_iv:
        return {}
    option, stages = sandwich_of(asked), stages_of(solution)
    share = stages.partial_r_squared
    names = solution.design.names[-solution.design.n_endogenous :]
    found = {f"partial_r_squared {name}": float(r2) for name, r2 in zip(names, share, strict=True)}
    if solution.nobs <= solution.instruments.shape[1] + solution.absorbed:
        return found  # nothing is left for a variance of the first stage
    found["cragg_donald_f"] = wald_f(stages, Classical(), convention)
    if not is_sandwich(asked):
        return found
    return found | {"kleibergen_paap_f": wald_f(stages, option, convention)}


def is_sandwich(asked: CovarianceOption | None) -> bool:
    """Whether first stages have a covariance of the same kind, or one that comes near."""
    return asked is None or isinstance(asked, (Classical, Robust, Clustered, *SUMS))


def wald_f(stages: Stages, option: CovarianceOption, convention: SmallSample) -> float:
    """The rank test over the number of instruments: Cragg and Donald's F if classical.

    `nan` with fewer clusters than instruments.
    """
    covariance = stages.covariance(option, convention)
    return _rank_test(stages.first, stages.spread, covariance) / len(stages.first)


def rank_lm(stages: Stages, option: CovarianceOption) -> tuple[float, int, float]:
    """The rank test with errors as if nothing was identified: statistic, df, p-value."""
    bare = SmallSample(adjust_k=False, adjust_g=False)
    lm = _rank_test(stages.first, stages.spread, stages.meat(stages.d, option, bare))
    df = stages.first.shape[0] - stages.first.shape[1] + 1
    return lm, df, float(chi2.sf(lm, df))


def _rank_test(first: Array, spread: Array, covariance: Array) -> float:
    """Kleibergen and Paap's statistic (2006, equation 4) that first stages lack full rank by one.

    Parameters
    ----------
    first : array, shape (l, m)
        Coefficients on orthonormal instruments.
    spread : array, shape (m, m)
        `d'd`, which scales the endogenous regressors.
    covariance : array, shape (l m, l m)
        Of the coefficients, one endogenous regressor after the other.

    Returns
    -------
    float
        Chi-squared with `l - m + 1` degrees of freedom if they do.
    """
    l, m = first.shape  # noqa: E741
    inverse = solve_triangular(cholesky(spread, lower=True), np.eye(m), lower=True)
    theta = first @ inverse.T
    scaled = np.kron(inverse, np.eye(l)) @ covariance @ np.kron(inverse, np.eye(l)).T
    left, _, right = svd(theta)
    rest = left[:, m - 1 :]
    corner = rest[m - 1 :]
    values, vectors = np.linalg.eigh(corner @ corner.T)
    root = vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T
    above = rest @ np.linalg.solve(corner, root)
    last = right.T[:, m - 1 :]
    beside = last * np.sign(last[-1, 0])
    gap = (above.T @ theta @ beside).ravel(order="F")
    both = np.kron(beside.T, above.T)
    return quadratic(gap, both @ scaled @ both.T)


def quadratic(gap: Array, covariance: Array) -> float:
    """`g' V^-1 g`; infinite where `V` is 0, `nan` where it has no inverse."""
    size = np.sqrt(np.diag(covariance))
    if (size <= PERFECT * np.abs(gap)).all():
        return np.inf
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = covariance / size / size[:, None]
    if not np.isfinite(scaled).all() or np.linalg.matrix_rank(scaled, hermitian=True) < len(gap):
        return np.nan
    return float((gap / size) @ np.linalg.solve(scaled, gap / size))
