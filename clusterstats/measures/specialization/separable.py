"""Indices that are sums over shares, with their delta-method intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from clusterstats._types import Array
from clusterstats.measures.declaration import AnalyticInput, AnalyticOutput

__all__ = [
    "SHANNON",
    "SQUARES",
    "Limits",
    "Scaled",
    "Separable",
    "Shown",
    "scaled_analytic",
    "scaled_index",
    "separable_analytic",
    "shares",
]

Function = Callable[[Array], Array]


@dataclass(frozen=True)
class Separable:
    """An index sum_i f(s_i) of shares, with the derivatives of f (0 where the share is 0)."""

    term: Function
    slope: Function
    curvature: Function

    def of(self, share: Array) -> Array:
        """The index: (..., member) -> (...); `nan` where shares are."""
        index: Array = _at_shares(self.term, share).sum(axis=-1)
        return index


@dataclass(frozen=True)
class Shown:
    """A monotone function of the index, which is what is reported, and its derivative."""

    value: Function
    slope: Function


def _at_shares(function: Function, share: Array) -> Array:
    """A function of positive shares, 0 where the share is 0, `nan` where it is unknown."""
    there = share > 0
    safe = np.where(there, share, 1.0)
    return np.where(there, function(safe), share * 0.0)


def separable_analytic(
    given: AnalyticInput,
    index: Separable,
    shown: Shown,
    limits: Callable[[int], tuple[float, float]],
) -> AnalyticOutput:
    """Delta method over a region's establishments, centred on the index less its bias.

    With sizes z_k the covariance of shares is that of draws of establishments: the variance of
    s_i is L_i (1 - 2 s_i) + s_i^2 sum_j L_j, with L_i = sum_k z_k^2 / x^2 over industry i.
    `limits` gives the least and greatest index for a number of industries.
    """
    x, squares = given.moments[1], given.moments[2]
    size = x.sum(axis=1, keepdims=True)
    share = x / size
    slope = _at_shares(index.slope, share)
    mean = (share * slope).sum(axis=1, keepdims=True)
    variance = (squares * ((slope - mean) / size) ** 2).sum(axis=1)
    lumps = squares / size**2
    spread = lumps * (1 - 2 * share) + share**2 * lumps.sum(axis=1, keepdims=True)
    bias = 0.5 * (_at_shares(index.curvature, share) * spread).sum(axis=1)
    centre, error = index.of(share) - bias, np.sqrt(variance)
    half = float(ndtri((1 + given.option.level) / 2)) * error
    low, high = limits(x.shape[1])
    ends = [shown.value(np.clip(centre + sign * half, low, high)) for sign in (-1, 1)]
    columns = {
        "std_error": error * np.abs(shown.slope(index.of(share))),
        "conf_low": np.minimum(*ends),
        "conf_high": np.maximum(*ends),
    }
    said = {name: np.where(error > 0, column, np.nan) for name, column in columns.items()}
    return said | {"bias_corrected": shown.value(np.clip(centre, low, high))}


# --- of the industries of a region ----------------------------------------------------------

Scaled = Callable[[int], Shown]
"""From the number of industries to what is reported of an index."""
Limits = Callable[[int], tuple[float, float]]
"""From the number of industries to the least and greatest index."""

SQUARES = Separable(
    term=lambda s: s**2, slope=lambda s: 2 * s, curvature=lambda s: np.full_like(s, 2.0)
)
SHANNON = Separable(
    term=lambda s: -s * np.log(s), slope=lambda s: -np.log(s) - 1, curvature=lambda s: -1 / s
)


def shares(x: Array) -> Array:
    """Each industry's share of its region."""
    share: Array = x / x.sum(axis=-1, keepdims=True)
    return share


def scaled_index(x: Array, *, index: Separable, scaled: Scaled) -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    return scaled(x.shape[-1]).value(index.of(shares(x)))


def scaled_analytic(
    given: AnalyticInput, *, index: Separable, scaled: Scaled, limits: Limits
) -> AnalyticOutput:
    """The delta method, with the scale that the number of industries gives."""
    return separable_analytic(given, index, scaled(given.moments[1].shape[1]), limits)
