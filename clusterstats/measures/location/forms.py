"""Location quotients as arithmetic: their six forms, and the closed form of their intervals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from clusterstats._types import Array, Mask
from clusterstats.inference.intervals import normal_p_value, score_interval
from clusterstats.measures.declaration import AnalyticInput, AnalyticOutput

__all__ = ["Form", "Reference", "quotient_in_form", "score_intervals"]

Form = Literal["plain", "symmetric", "log", "standardized", "additive_industry", "additive_region"]


@dataclass(frozen=True, eq=False)
class Reference:
    """The regions compared with: all, all but the region itself, or those of a list.

    `members` is true for the regions whose sum is the reference; `is_rest` takes the region out.
    """

    members: Array | None = None
    is_rest: bool = False

    def total(self, x: Array) -> Array:
        """Sum over the reference regions, for each region; x has shape (..., region, k)."""
        if self.is_rest:
            rest: Array = x.sum(axis=-2, keepdims=True) - x
            return rest
        chosen = x if self.members is None else x[..., self.members > 0, :]
        total: Array = chosen.sum(axis=-2, keepdims=True)
        return np.broadcast_to(total, x.shape)

    def contains_self(self, regions: int) -> Mask:
        """Whether each region is in its own reference, shape (region, 1)."""
        inside = np.zeros(regions) if self.is_rest else np.ones(regions)
        return (inside if self.members is None else self.members)[:, None] > 0


def quotient_in_form(
    x: Array, *, base: Array | None = None, reference: Reference, form: Form
) -> Array:
    """x: values (..., region, industry) -> same shape; `nan` where a margin is empty."""
    size = x.sum(axis=-1, keepdims=True) if base is None else base[..., None]
    reference_ratio = reference.total(x) / reference.total(size)
    size = np.where(size > 0, size, np.nan)  # a region without a base has no quotient
    if form == "additive_region":
        of_region: Array = x / size - reference_ratio
        return of_region
    relative_size = x.sum(axis=-1, keepdims=True) if base is None else base[..., None]
    relative_size = relative_size / reference.total(relative_size)
    if form == "additive_industry":
        of_industry: Array = x / reference.total(x) - relative_size
        return of_industry
    return _in_form(form, x / size / reference_ratio, reference_ratio, relative_size)


def _in_form(form: Form, quotient: Array, reference_ratio: Array, relative_size: Array) -> Array:
    """The location quotient's six scales."""
    if form == "symmetric":
        return (quotient - 1) / (quotient + 1)
    if form == "log":
        return np.log(quotient)
    if form == "additive_region":
        return reference_ratio * (quotient - 1)
    if form == "additive_industry":
        return relative_size * (quotient - 1)
    if form == "standardized":
        mean, deviation = _spread_over_regions(quotient)
        return (quotient - mean) / deviation
    return quotient


def _spread_over_regions(quotient: Array) -> tuple[Array, Array]:
    """Mean and standard deviation (ddof 1) over the regions where it is defined."""
    known = ~np.isnan(quotient)
    n = known.sum(axis=-2, keepdims=True)
    mean: Array = np.sum(quotient, axis=-2, keepdims=True, where=known) / n
    squares: Array = np.sum((quotient - mean) ** 2, axis=-2, keepdims=True, where=known)
    return mean, np.sqrt(squares / (n - 1))


# --- the closed form ------------------------------------------------------------------------


def score_intervals(given: AnalyticInput, *, reference: Reference, form: Form) -> AnalyticOutput:
    """Score interval for the industry's share of each region, over an uncertain reference share.

    With establishments of fixed sizes that choose regions independently, the share p of an
    industry in a region has variance p (1 - p) H, H the Herfindahl index of its establishments;
    so has the share q of all other industries. The two are independent, and every form is a
    function f(p, q): their score intervals are combined by variance recovery.
    """
    inside = reference.contains_self(given.moments[1].shape[0])

    def pooled(moment: Array) -> Array:  # the population that a region's share is taken of
        return reference.total(moment) + np.where(inside, 0, moment)

    x, squares = given.moments[1], given.moments[2]
    of_all = x.sum(axis=1, keepdims=True), squares.sum(axis=1, keepdims=True)
    total, spread = pooled(x), pooled(squares)
    others, other_spread = pooled(of_all[0]) - total, pooled(of_all[1]) - spread
    p, q = x / total, (of_all[0] - x) / others
    lumps, other_lumps = spread / total**2, other_spread / others**2
    weight = total / (total + others)
    fixed = _fixed_share(given, reference, inside, of_all[0])
    if fixed is not None:
        other_lumps = np.zeros_like(other_lumps)
        q = np.broadcast_to(fixed, p.shape)

    def share(p: Array, q: Array) -> Array:
        return q if fixed is not None else weight * p + (1 - weight) * q

    f = _form_of_shares(given, reference, form, inside, share, q)
    level = given.option.level
    p_ends, q_ends = score_interval(p, lumps, level), score_interval(q, other_lumps, level)
    low, high = _recovered(f, p, q, p_ends, q_ends)
    pool = share(p, q)
    score = (p - q) / np.sqrt(pool * (1 - pool) * (lumps + other_lumps))
    error = _delta(f, p, q, lumps, other_lumps)
    tested = {"statistic": score, "p_value": normal_p_value(score, given.option.alternative)}
    if form == "standardized":
        tested = {name: np.full_like(p, np.nan) for name in tested}
    columns = {"std_error": error, **tested, "conf_low": low, "conf_high": high}
    undefined = np.isnan(given.estimate)
    return {name: np.where(undefined, np.nan, column) for name, column in columns.items()}


def _fixed_share(
    given: AnalyticInput, reference: Reference, inside: Mask, size: Array
) -> Array | None:
    """Each region's share of the reference where that is a known constant, shape (region, 1)."""
    if given.base is not None:
        size = given.base[:, None]
    elif given.option.reference_shares == "drawn":
        return None
    fixed: Array = size / (reference.total(size) + np.where(inside, 0, size))
    return fixed


def _form_of_shares(
    given: AnalyticInput,
    reference: Reference,
    form: Form,
    inside: Mask,
    share: Callable[[Array, Array], Array],
    q: Array,
) -> Callable[[Array, Array], Array]:
    """The form as a function of the industry's share p and the other industries' share q."""
    x = given.moments[1]
    size = x.sum(axis=1, keepdims=True) if given.base is None else given.base[:, None]
    ratio = reference.total(x) / reference.total(size)

    def relative(s: Array) -> Array:
        return np.where(inside, s, s / (1 - s)).astype(np.float64)

    p = x / (reference.total(x) + np.where(inside, 0, x))
    mean, deviation = _spread_over_regions(relative(p) / relative(share(p, q)))

    def f(p: Array, q: Array) -> Array:
        within = relative(share(p, q))
        quotient: Array = relative(p) / within
        if form == "standardized":  # mean and deviation over regions are held as they are
            return (quotient - mean) / deviation
        return _in_form(form, quotient, ratio, within)

    return f


def _recovered(
    f: Callable[[Array, Array], Array],
    p: Array,
    q: Array,
    p_ends: tuple[Array, Array],
    q_ends: tuple[Array, Array],
) -> tuple[Array, Array]:
    """Interval of f(p, q), rising in p and falling in q, from those of p and q.

    Variance recovery (Zou and Donner 2008, eq. 6). Where f is minus infinity (log of zero) only
    the upper end is finite, and comes from the ends alone.
    """
    middle = f(p, q)
    low = middle - np.hypot(middle - f(p_ends[0], q), middle - f(p, q_ends[1]))
    high = middle + np.hypot(f(p_ends[1], q) - middle, f(p, q_ends[0]) - middle)
    unbounded = np.isneginf(middle)
    return np.where(unbounded, middle, low), np.where(unbounded, f(p_ends[1], q_ends[0]), high)


def _delta(
    f: Callable[[Array, Array], Array], p: Array, q: Array, lumps: Array, other_lumps: Array
) -> Array:
    """Delta-method standard error; undefined where p is 0 or 1, and has no spread to linearize."""
    step = 1e-6
    in_p = (f(p + step * p, q) - f(p - step * p, q)) / (2 * step * p)
    in_q = (f(p, q + step * q) - f(p, q - step * q)) / (2 * step * q)
    variance = in_p**2 * p * (1 - p) * lumps + np.where(
        other_lumps > 0, in_q**2 * q * (1 - q) * other_lumps, 0
    )
    return np.where((p > 0) & (p < 1), np.sqrt(variance), np.nan)
