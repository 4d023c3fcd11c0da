"""Likelihoods of one response by its linear predictor, in the terms of iterated least squares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln, log_expit, xlogy

from clusterstats._types import Array
from clusterstats.models.solution import Family

__all__ = ["CLOGLOG", "LOGIT", "POISSON", "Likelihood", "Working"]

TINY = 1e-300
"""Least working weight, so that no level of an effect is without weight."""

STEEPEST = 6.0
"""Largest linear predictor of the complementary log-log, beyond which its mean is 1 in doubles."""

Working = tuple[Array, Array, Array]
"""Means, working weights and working residuals, each of shape (n,)."""


@dataclass(frozen=True)
class Likelihood:
    """What iterated least squares must know of a likelihood.

    Attributes
    ----------
    family : str
    working : callable
        Linear predictor and response to means `mu`, working weights `mu'^2 / V(mu)` and working
        residuals `(y - mu) / mu'`, so that weight times residual is the score.
    kernel : callable
        Linear predictor and response to log-likelihoods of rows, less what has no parameters.
    saturated : callable
        Response to the largest kernels that rows can have.
    constant : callable
        Response to what the log-likelihoods have besides the kernels.
    start : callable
        Response and its mean to a first linear predictor.
    link : callable
        Mean to linear predictor.
    """

    family: Family
    working: Callable[[Array, Array], Working]
    kernel: Callable[[Array, Array], Array]
    saturated: Callable[[Array], Array]
    constant: Callable[[Array], Array]
    start: Callable[[Array, float], Array]
    link: Callable[[float], float]


def _poisson_working(linear: Array, y: Array) -> Working:
    mean = np.maximum(np.exp(linear), TINY)
    return mean, mean, y / mean - 1


def _poisson_kernel(linear: Array, y: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(y * linear - np.exp(linear))


def _poisson_saturated(y: Array) -> Array:
    return np.asarray(xlogy(y, y) - y)


def _logit_working(linear: Array, y: Array) -> Working:
    mean, rest = np.maximum(expit(linear), TINY), np.maximum(expit(-linear), TINY)
    return mean, np.maximum(mean * rest, TINY), y / mean - (1 - y) / rest


def _logit_kernel(linear: Array, y: Array) -> Array:
    return np.asarray(y * log_expit(linear) + (1 - y) * log_expit(-linear))


def _cloglog_working(linear: Array, y: Array) -> Working:
    rate = np.exp(np.minimum(linear, STEEPEST))
    mean, rest = np.maximum(-np.expm1(-rate), TINY), np.exp(-rate)
    weight = np.maximum(rate**2 * rest / mean, TINY)
    return mean, weight, (y - mean) / np.maximum(rate * rest, TINY)


def _cloglog_kernel(linear: Array, y: Array) -> Array:
    rate = np.exp(np.minimum(linear, STEEPEST))
    return np.asarray(xlogy(y, np.maximum(-np.expm1(-rate), TINY)) - (1 - y) * rate)


def _binary_saturated(y: Array) -> Array:
    return np.asarray(xlogy(y, y) + xlogy(1 - y, 1 - y))


POISSON = Likelihood(
    family="poisson",
    working=_poisson_working,
    kernel=_poisson_kernel,
    saturated=_poisson_saturated,
    constant=lambda y: -np.asarray(gammaln(y + 1)),
    start=lambda y, mean: np.log((y + mean) / 2),
    link=lambda mean: float(np.log(mean)),
)

LOGIT = Likelihood(
    family="logit",
    working=_logit_working,
    kernel=_logit_kernel,
    saturated=_binary_saturated,
    constant=np.zeros_like,
    start=lambda y, mean: np.log((y + 0.5) / (1.5 - y)),
    link=lambda mean: float(np.log(mean / (1 - mean))),
)

CLOGLOG = Likelihood(
    family="cloglog",
    working=_cloglog_working,
    kernel=_cloglog_kernel,
    saturated=_binary_saturated,
    constant=np.zeros_like,
    start=lambda y, mean: np.log(-np.log1p(-(y + 0.5) / 2)),
    link=lambda mean: float(np.log(-np.log1p(-mean))),
)
