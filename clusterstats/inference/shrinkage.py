"""Empirical Bayes: estimates of small cells drawn toward what all of them have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import gammaincinv, gammaln, ndtri

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.inference.robust import critical_values, moments_of_truth

__all__ = ["Prior", "gamma_poisson", "normal_prior", "shrink"]

LEAST = 4
"""Rows that a common variance and its correction need."""
KEYS = ("year", "region", "region2", "industry", "industry2", "component")
Method = Literal["reml", "moments", "robust"]


@dataclass(frozen=True)
class Prior:
    """What rows have in common.

    Attributes
    ----------
    mean, variance : float
        Of the true values, each row's own error taken out.
    """

    mean: float
    variance: float


def shrink(
    result: pd.DataFrame,
    *,
    over: str | None = None,
    method: Method = "reml",
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Shrink the estimates of a result toward their mean, the more the less certain each is.

    Small cells give the largest and the smallest estimates of a map by chance alone. Where the
    rows are alike before anything is known of each, the shrunken estimates are closer to the truth
    together than the raw ones. A row that is truly apart is drawn in as well: look at both.

    .. math:: \hat\theta_k = w_k y_k + (1 - w_k) \hat\mu, \qquad
        w_k = 1 - \frac{n - 3}{n - 1} \frac{\sigma_k^2}{\sigma_k^2 + \hat A}

    Parameters
    ----------
    result : DataFrame
        A measure's result with ``estimate`` and ``std_error``. Best on a scale where errors are
        about normal and do not follow the value: ``form="log"`` of a location quotient.
    over : str, optional
        Key whose members are shrunk toward each other within each of the others: ``"region"``
        takes each industry (and year) alone. By default all rows of a year and component.
    method : {"reml", "moments", "robust"}
        How the variance A of the true values is estimated: restricted likelihood, or the moments
        of DerSimonian and Laird, both with Morris's intervals for true values that are about
        normal; or the moments of Armstrong, Kolesár and Plagborg-Møller, with their intervals for
        true values of any law that has the estimated variance and kurtosis.
    level : float
        Probability of the intervals, in (0, 1).

    Returns
    -------
    DataFrame
        The result with ``shrunk``, ``shrunk_low``, ``shrunk_high`` and ``weight``, what is left of
        the row's own estimate. Rows without estimate or error are `nan`, as are groups with fewer
        than 4 rows.

    Raises
    ------
    OptionError
        An option is not one of those allowed, or `over` is no key of the result.
    TableError
        The result has no ``std_error``; measure it with an inference option.

    Notes
    -----
    Intervals are Morris's: they take in that mean and variance are estimated, and cover at their
    level on average over rows if true values are about normal. Those of ``method="robust"`` do for
    any law, given rows enough to estimate a kurtosis, errors about normal, and true values that do
    not go with the size of errors. Where true values were one of three numbers, 95 % intervals held
    them 90 times in 100 by "reml"; by "robust" 93 with 400 rows, 96 with 4,000.
    Their weight is A / (A + variance) and their half-length cva(variance / A, kurtosis) standard
    errors of the shrunken value. Rows are taken as independent.
    A row with a `std_error` of 0 is left `nan`: nothing says how far it is to be trusted.

    References
    ----------
    Morris, C. N. (1983). Parametric empirical Bayes inference: theory and applications. JASA 78,
    47-55, eqs. 4.1-4.3. DerSimonian, R. and Laird, N. (1986). Meta-analysis in clinical trials.
    Controlled Clinical Trials 7, 177-188. Armstrong, T. B., Kolesár, M. and Plagborg-Møller, M.
    (2022). Robust empirical Bayes confidence intervals. Econometrica 90, 2567-2602.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> logs = pd.DataFrame({"region": list("ABCDEF"), "estimate": [0.1, -0.2, 0.3, 1.9, 0.0, 0.5],
    ...                      "std_error": [0.1, 0.2, 0.1, 0.9, 0.1, 0.3]})
    >>> cs.shrink(logs)[["region", "estimate", "shrunk", "weight"]].round(2)
      region  estimate  shrunk  weight
    0      A       0.1    0.11    0.80
    1      B      -0.2   -0.07    0.60
    2      C       0.3    0.27    0.80
    3      D       1.9    0.87    0.41
    4      E       0.0    0.03    0.80
    5      F       0.5    0.32    0.51
    """
    require_choice("method", method, get_args(Method))
    if not 0 < level < 1:
        raise OptionError(f"level={level!r} is not a probability between 0 and 1")
    missing = [name for name in ("estimate", "std_error") if name not in result]
    if missing:
        raise TableError(
            f"the result has no column {missing[0]!r}; measure it with inference=Analytic(), "
            f"Bootstrap(seed=...) or Jackknife()"
        )
    estimate, error = (result[c].to_numpy(dtype=np.float64) for c in ("estimate", "std_error"))
    columns = np.full((4, len(result)), np.nan)
    for rows in _groups(result, over):
        used = rows[np.isfinite(estimate[rows]) & (error[rows] > 0) & np.isfinite(error[rows])]
        if len(used) >= LEAST:
            work = _robust if method == "robust" else partial(_shrunk, method=method)
            columns[:, used] = work(estimate[used], error[used] ** 2, level=level)
    names = ("shrunk", "shrunk_low", "shrunk_high", "weight")
    shown = result.assign(**dict(zip(names, columns, strict=True)))
    shown.attrs = {**result.attrs, "shrinkage": _said(over, method, level)}
    return shown


def _said(over: str | None, method: str, level: float) -> str:
    """What was done, in one line."""
    toward = "of all rows of a year" if over is None else f"over {over}"
    if method == "robust":
        return (
            f"linear empirical Bayes toward the mean {toward}, variance and kurtosis by moments, "
            f"robust intervals at {level:g} [Armstrong, Kolesar and Plagborg-Moller 2022]"
        )
    return (
        f"normal-normal empirical Bayes toward the mean {toward}, variance by {method}, Morris "
        f"intervals at {level:g} [Morris 1983]"
    )


def _groups(result: pd.DataFrame, over: str | None) -> list[Codes]:
    """Places of the rows that are shrunk together."""
    keys = [key for key in KEYS if key in result]
    if over is None:
        kept = [key for key in ("year", "component", "measure") if key in result]
    else:
        require_choice("over", over, keys)
        kept = [key for key in keys if key != over] + [n for n in ("measure",) if n in result]
    if not kept:
        return [np.arange(len(result))]
    code = result.groupby(kept, dropna=False, sort=False).ngroup().to_numpy()
    return [np.flatnonzero(code == group) for group in range(int(code.max(initial=-1)) + 1)]


def _shrunk(y: Array, variance: Array, method: Method, level: float) -> Array:
    """Shrunken values, both ends and weights: Morris 1983, with a mean as the only regressor."""
    n = len(y)
    prior = normal_prior(y, variance, method)
    spread = variance + prior.variance
    weight = 1 / spread
    pull = (n - 3) / (n - 1) * variance / spread
    mean_variance = (weight * variance).sum() / weight.sum()
    leverage = weight / weight.sum()
    doubt = 2 / (n - 3) * pull**2 * (mean_variance + prior.variance) / spread
    squares = variance * (1 - (1 - leverage) * pull) + doubt * (y - prior.mean) ** 2
    centre = y - pull * (y - prior.mean)
    half = float(ndtri((1 + level) / 2)) * np.sqrt(squares)
    return np.stack([centre, centre - half, centre + half, 1 - pull])


def _robust(y: Array, variance: Array, level: float) -> Array:
    """Shrunken values, both ends and weights: Armstrong, Kolesar and Plagborg-Moller 2022."""
    mean, between, kurtosis = moments_of_truth(y, variance)
    weight = between / (between + variance)
    half = critical_values(variance / between, kurtosis, level) * weight * np.sqrt(variance)
    centre = mean + weight * (y - mean)
    return np.stack([centre, centre - half, centre + half, weight])


def normal_prior(y: Array, variance: Array, method: Method = "reml") -> Prior:
    """Mean and variance of true values seen with errors of known variance."""
    between = _restricted(y, variance) if method == "reml" else _moments(y, variance)
    weight = 1 / (variance + between)
    return Prior(float((weight * y).sum() / weight.sum()), between)


def _moments(y: Array, variance: Array) -> float:
    """DerSimonian and Laird: (Q - (n - 1)) / (sum w - sum w^2 / sum w), at least 0."""
    weight = 1 / variance
    mean = (weight * y).sum() / weight.sum()
    excess = (weight * (y - mean) ** 2).sum() - (len(y) - 1)
    return float(max(0.0, excess / (weight.sum() - (weight**2).sum() / weight.sum())))


def _restricted(y: Array, variance: Array) -> float:
    """The root of the restricted likelihood's slope in the variance; 0 where it only falls."""

    def slope(between: float) -> float:
        weight = 1 / (variance + between)
        mean = (weight * y).sum() / weight.sum()
        trace = weight.sum() - (weight**2).sum() / weight.sum()
        return float((weight**2 * (y - mean) ** 2).sum() - trace)

    high = float(np.var(y, ddof=1) + variance.max())
    if slope(0.0) <= 0:
        return 0.0
    while slope(high) > 0:
        high *= 2
    return float(brentq(slope, 0.0, high, xtol=1e-14 * high, rtol=1e-12))


# --- counts ---------------------------------------------------------------------------------


def gamma_poisson(
    observed: Array, expected: Array, level: float = 0.95
) -> tuple[Array, Array, Array, Array]:
    """Ratios of counts to expected ones, drawn toward a gamma law: Clayton and Kaldor 1987, 2.1.

    With counts Poisson of mean theta E and theta gamma of shape a and rate b, the posterior is
    gamma of shape O + a and rate E + b. Both are fitted by maximum likelihood. Returns the
    posterior mean, both ends of its interval, and the weight E / (E + b) of the row's own ratio.
    """
    shape, rate = _fitted_gamma(observed, expected)
    tail = (1 - level) / 2
    counts, means = observed + shape, expected + rate
    low, high = (gammaincinv(counts, p) / means for p in (tail, 1 - tail))
    return counts / means, low, high, expected / means


def _fitted_gamma(observed: Array, expected: Array) -> tuple[float, float]:
    """Shape and rate that make the counts likeliest; nearly a point where they vary by chance."""

    def least(log_shape: float) -> float:
        return -_likelihood(observed, expected, np.exp(log_shape))

    grid = np.linspace(-7.0, 16.0, 93)
    best = int(np.argmin([least(at) for at in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    shape = float(np.exp(_lowest(least, low, high)))
    return shape, _best_rate(observed, expected, shape)


def _lowest(f: Callable[[float], float], low: float, high: float) -> float:
    """Golden search for the least value between two ends."""
    golden = (5**0.5 - 1) / 2
    for _ in range(80):
        width = golden * (high - low)
        first, second = high - width, low + width
        low, high = (first, high) if f(first) > f(second) else (low, second)
    return (low + high) / 2


def _best_rate(observed: Array, expected: Array, shape: float) -> float:
    """The rate that makes the counts likeliest at this shape: the mean pull is 0."""

    def slope(log_rate: float) -> float:
        rate = np.exp(log_rate)
        return float((shape - rate * (observed + shape) / (expected + rate)).sum())

    middle = np.log(shape * expected.sum() / max(observed.sum(), 1e-12))
    low, high = middle - 5.0, middle + 5.0
    while slope(low) < 0:
        low -= 5.0
    while slope(high) > 0:
        high += 5.0
    return float(np.exp(brentq(slope, low, high, xtol=1e-13)))


def _likelihood(observed: Array, expected: Array, shape: float) -> float:
    """Log likelihood of the counts, negative binomial, at the best rate."""
    rate = _best_rate(observed, expected, shape)
    terms = (
        gammaln(observed + shape)
        - gammaln(shape)
        + shape * np.log(rate / (expected + rate))
        + observed * np.log(expected / (expected + rate))
    )
    return float(terms.sum())
