"""Outer bounds of indices that sum a distance between two shares over members.

With s the own share and t the reference's, in intervals of their own, each term f(s, t) >= 0 is 0
where s = t and grows as they part: it is least where the intervals come nearest and greatest at
one of their far ends. The sum of the terms' bounds holds the index, and need not be reached,
because shares sum to 1 and share cells.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clusterstats._types import Array
from clusterstats.measures.partial.box import Box, Ends, others
from clusterstats.measures.partial.quotient import share_ends

__all__ = [
    "absolute",
    "chi_square",
    "fixed_shares",
    "mixes",
    "reference_ends",
    "relative_entropy",
    "safe_inverse",
    "summed_terms",
]

Term = Callable[[Array, Array], Array]


def absolute(s: Array, t: Array) -> Array:
    """|s - t|."""
    gap: Array = np.abs(s - t)
    return gap


def relative_entropy(s: Array, t: Array) -> Array:
    """S ln(s / t) - s + t: the same sum, and no term below 0."""
    log: Array = np.where(s > 0, s * np.log(s / t), 0.0)
    return np.where((s == 0) & (t == 0), 0.0, log - s + t)


def chi_square(s: Array, t: Array) -> Array:
    """(s - t)^2 / t, which sums to sum s^2 / t - 1."""
    return np.where((s == 0) & (t == 0), 0.0, (s - t) ** 2 / t)


def summed_terms(term: Term, own: Ends, reference: Ends) -> Ends:
    """Bounds of the sum of terms over the last axis, from intervals of both shares."""
    (s0, s1), (t0, t1) = own, reference
    near = np.where(s0 > t1, term(s0, t1), np.where(t0 > s1, term(s1, t0), 0.0))
    far = np.maximum(term(s1, t0), term(s0, t1))
    is_none = np.isnan(s0) | np.isnan(t0)
    low, high = (np.where(is_none, np.nan, end).sum(axis=-1) for end in (near, far))
    return low, high


def mixes(box: Box) -> Ends:
    """Intervals of each industry's share of its region, shape (..., region, industry)."""
    if box.region_total is None:
        own = box.low, box.high
        return share_ends(own, (others(own[0], -1), others(own[1], -1)))
    total = box.region_total[..., None]
    return box.low / total, np.minimum(box.high / total, 1.0)


def reference_ends(box: Box, reference: str) -> Ends:
    """Intervals of the reference's shares, shape (..., region or 1, industry)."""
    if reference == "mean_of_others":
        return _mean_of_others(box)
    ends = box.low, box.high
    if reference == "rest":
        sums = others(box.low, -2), others(box.high, -2)
    else:
        sums = tuple(end.sum(axis=-2, keepdims=True) for end in ends)
        if box.industry_total is not None:
            known = box.industry_total[..., None, :]
            sums = known, known
    return share_ends(sums, (others(sums[0], -1), others(sums[1], -1)))


def _mean_of_others(box: Box) -> Ends:
    """Intervals of the mean share over the other regions, each counted if it may hold something."""
    low, high = mixes(box)
    may_be, must_be = box.high.sum(axis=-1) > 0, box.low.sum(axis=-1) > 0
    count = others(may_be[..., None] * 1.0, -2)
    ends = tuple(others(np.where(np.isnan(end), 0.0, end), -2) / count for end in (low, high))
    is_settled = (may_be == must_be).all(axis=-1)[..., None, None]
    return np.where(is_settled, ends[0], 0.0), np.where(is_settled, ends[1], 1.0)


def fixed_shares(base: Array) -> Ends:
    """The shares of sizes that are given, over the last axis."""
    given = base / base.sum(axis=-1, keepdims=True)
    return given, given


def safe_inverse(ends: Ends) -> Ends:
    """Bounds of one over something that is not negative."""
    return 1 / ends[1], np.where(ends[0] == 0, np.inf, 1 / ends[0])
