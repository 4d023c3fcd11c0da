"""Degrees of freedom of CR2: how variable the estimated variance of combinations is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from clusterstats._types import Array, Codes
from clusterstats.models.covariance.hat import Hat

__all__ = ["degrees"]


@dataclass(frozen=True)
class _Image:
    """Corrected weights `p_g` of one combination, by what the model takes of them.

    `P_st = diag(sums of v_s v_t) - Z_s Z_t'` are inner products by pairs of clusters, with `v` the
    weights before the model and `Z = [first, rest]` their sums over the factors of the hat matrix.
    """

    values: Array
    first: Any
    rest: Array

    @classmethod
    def of(cls, hat: Hat, values: Array, code: Codes, size: int) -> _Image:
        own = [np.bincount(code, column * values, size) for column in hat.own.T]
        rest = [hat.rest_sums(values, code, size), np.stack(own, axis=1)]
        return cls(values, hat.first_sums(values, code, size), np.concatenate(rest, axis=1))


def degrees(hat: Hat, weights: Array, combinations: Array, code: Codes, size: int) -> float:
    """Degrees of freedom of the covariance of combinations, under independent errors.

    `q (q + 1) / sum_st Var(D_st)`, with `D` their estimated covariance in units of its expectation;
    for one combination Satterthwaite's `tr(P)^2 / tr(P^2)` (Bell and McCaffrey 2002; Pustejovsky
    and Tipton 2018).

    Parameters
    ----------
    hat : Hat
    weights : array, shape (n, k)
        `A_g X_g (X'WX)^-1` by row.
    combinations : array, shape (q, k)
        Linearly independent rows.
    code : array, shape (n,)
        Clusters, of which there are `size`.

    Returns
    -------
    float
    """
    columns = weights @ combinations.T
    images = [_Image.of(hat, column, code, size) for column in columns.T]
    q = len(images)
    expected = np.empty((q, q))
    for s, t in product(range(q), repeat=2):
        total, taken = _products(images[s], images[t], code, size)
        expected[s, t] = (total - taken).sum()
    values, vectors = np.linalg.eigh(expected)
    if values[0] <= 1e-12 * values[-1]:
        return np.nan
    unit = vectors / np.sqrt(values) @ vectors.T
    images = [_Image.of(hat, column, code, size) for column in (columns @ unit).T]
    variance = 0.0
    for s, t in product(range(q), repeat=2):
        variance += _variance(images[s], images[t], code, size)
    return q * (q + 1) / variance


def _products(a: _Image, b: _Image, code: Codes, size: int) -> tuple[Array, Array]:
    """The two parts of the diagonal of `P_ab`, by cluster."""
    total = np.bincount(code, a.values * b.values, size).astype(float, copy=False)
    near = np.asarray(a.first.multiply(b.first).sum(axis=1)).ravel()
    return total, near + (a.rest * b.rest).sum(axis=1)


def _variance(a: _Image, b: _Image, code: Codes, size: int) -> float:
    """`tr(P_aa P_bb) + tr(P_ab P_ab)`, without a matrix over pairs of clusters where it can be."""
    own_a, taken_a = _products(a, a, code, size)
    own_b, taken_b = _products(b, b, code, size)
    both, taken = _products(a, b, code, size)
    even, crossed = _traces(a, b)
    first = (own_a * own_b - own_a * taken_b - own_b * taken_a).sum() + even
    second = (both**2 - 2 * both * taken).sum() + crossed
    return float(first + second)


def _traces(a: _Image, b: _Image) -> tuple[float, float]:
    """`tr(M M')` and `tr(M M)` of `M = Z_a' Z_b`."""
    if a.first.shape[1] < a.first.shape[0]:
        inner = a.first.T @ b.first
        even, crossed = inner.power(2).sum(), inner.multiply(inner.T).sum()
    else:
        outer = a.first @ b.first.T
        even = (a.first @ a.first.T).multiply(b.first @ b.first.T).sum()
        crossed = outer.multiply(outer.T).sum()
    upper, lower, rest = a.first.T @ b.rest, a.rest.T @ b.first, a.rest.T @ b.rest
    even += (upper**2).sum() + (lower**2).sum() + (rest**2).sum()
    crossed += 2 * (upper * lower.T).sum() + (rest * rest.T).sum()
    return float(even), float(crossed)
