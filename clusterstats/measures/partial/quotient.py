"""Sharp bounds of the location quotient, over all tables with each cell in its own band.

A quotient has four parts: a the cell, b the rest of its region, c the rest of its industry in the
reference, d all else in the reference. Where the region is in its own reference,

    LQ = a (a + b + c + d) / ((a + b) (a + c)),

which falls in b and in c, rises in d, and in a rises up to the root of
d a^2 = 2 b c a + b c (b + c + d) and then falls. Where it is not, LQ = a (c + d) / ((a + b) c)
rises in a and d, and falls in b and c. The log and the symmetric form rise with LQ; the additive
forms have one turning point, in the part named beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clusterstats._types import Array, Mask
from clusterstats.measures.partial.box import Box, Ends, others

__all__ = ["Compared", "quotient_bounds", "share", "share_ends"]


class Compared(Protocol):
    """The regions that a quotient is compared with."""

    @property
    def members(self) -> Array | None:
        """One for the regions summed, if not all are."""
        ...

    @property
    def is_rest(self) -> bool:
        """Whether each region is taken out of its own reference."""
        ...

    def total(self, x: Array) -> Array:
        """Sum over the reference regions, for each region."""
        ...

    def contains_self(self, regions: int) -> Mask:
        """Whether each region is in its own reference."""
        ...


@dataclass(frozen=True)
class Parts:
    """Bounds of the four parts of a quotient."""

    a: Ends
    b: Ends
    c: Ends
    d: Ends


def quotient_bounds(
    box: Box, *, reference: Compared, form: str, base: Array | None = None
) -> Ends | None:
    """Bounds of a location quotient in one form; None for the standardized one."""
    if form == "standardized":
        return None
    inside = reference.contains_self(box.low.shape[-2])
    parts = _parts(box, reference)
    if base is not None:
        low, high = _with_base(parts, reference, inside, form, base[..., None])
    elif (
        box.region_total is not None
        and box.industry_total is not None
        and not (reference.members is not None)
    ):
        low, high = _with_totals(box, box.region_total, box.industry_total, inside, form)
    elif form.startswith("additive"):
        low, high = _additive(parts, inside, form)
    else:
        low, high = _plain(parts, inside)
    return _rescaled(form, low), _rescaled(form, high)


def share(a: Array, b: Array, empty: Array | float = 1.0) -> Array:
    """A / (a + b), infinite parts in the limit, and `empty` where both are 0."""
    part = np.where(np.isinf(a), 1.0, a / (a + b))
    part = np.where(np.isinf(b), 0.0, part)
    return np.where((a == 0) & (b == 0), empty, part)


def share_ends(a: Ends, b: Ends) -> Ends:
    """Bounds of a / (a + b); `nan` where both are known to be 0."""
    is_none = (a[1] == 0) & (b[1] == 0)
    low = share(a[0], b[1])  # b known to be 0: the share is 1 wherever it is defined
    low, high = np.where(a[1] == 0, 0.0, low), np.where(a[1] == 0, 0.0, share(a[1], b[0]))
    return np.where(is_none, np.nan, low), np.where(is_none, np.nan, high)


def _parts(box: Box, reference: Compared) -> Parts:
    """The four parts of each cell's quotient."""
    members = np.ones(box.low.shape[-2]) if reference.members is None else reference.members
    is_in = members[:, None] > 0
    a = box.low, box.high
    b = others(box.low, -1), others(box.high, -1)
    c_low, c_high = (others(np.where(is_in, end, 0.0), -2) for end in a)
    d_low, d_high = (others(np.where(is_in, end, 0.0), -2) for end in b)
    return Parts(a, b, (c_low, c_high), (d_low, d_high))


def _rescaled(form: str, quotient: Array) -> Array:
    """The scales that rise with the quotient."""
    if form == "symmetric":
        return np.where(np.isinf(quotient), 1.0, (quotient - 1) / (quotient + 1))
    return np.log(quotient) if form == "log" else quotient


# --- LQ -------------------------------------------------------------------------------------


def _plain(parts: Parts, inside: Mask) -> Ends:
    """Bounds of LQ."""
    (a0, a1), (b0, b1), (c0, c1), (d0, d1) = parts.a, parts.b, parts.c, parts.d
    turn = (b0 * c0 + np.sqrt(b0 * c0 * (b0 * c0 + d1 * (b0 + c0 + d1)))) / d1
    turn = np.where(d1 == 0, np.inf, np.where(np.isinf(d1), a1, turn))
    top = _quotient(np.clip(turn, a0, a1), b0, c0, d1)
    bottom = np.fmin(_quotient(a0, b1, c1, d0), _quotient(a1, b1, c1, d0))
    is_known = a1 == 0
    is_defined = ~is_known | ((b1 > 0) & (c1 > 0))
    low, high = (np.where(is_known, 0.0, end) for end in (bottom, top))
    apart = _ratio_ends(share_ends(parts.a, parts.b), share_ends(parts.c, parts.d))
    ends = np.where(inside, low, apart[0]), np.where(inside, high, apart[1])
    return tuple(np.where(is_defined | ~inside, end, np.nan) for end in ends)  # type: ignore[return-value]


def _quotient(a: Array, b: Array, c: Array, d: Array) -> Array:
    """LQ, with its limits where parts are 0 or infinite."""
    by_region = share(a, b) / share(a + c, b + d)
    by_industry = share(a, c) / share(a + b, c + d)
    either = np.where(np.isnan(by_region), by_industry, by_region)
    return np.where(np.isinf(b) & np.isinf(c), 0.0, either)


def _ratio_ends(over: Ends, under: Ends) -> Ends:
    """Bounds of a ratio of two independent parts that are not negative."""
    low = np.where(over[0] == 0, 0.0, over[0] / under[1])
    high = np.where(over[1] == 0, 0.0, over[1] / under[0])
    is_none = under[1] == 0  # a known 0: infinite, or undefined
    only = np.where(over[1] > 0, np.inf, np.nan)
    unknown = np.isnan(over[0]) | np.isnan(under[0])
    low, high = np.where(is_none, only, low), np.where(is_none, only, high)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


# --- additive forms -------------------------------------------------------------------------


def _additive(parts: Parts, inside: Mask, form: str) -> Ends:
    """Bounds of the share of the industry less that of all, or of the region less that of all."""
    if form == "additive_industry":
        turned = Parts(parts.a, parts.c, parts.b, parts.d)
        ends, apart = _less_whole(turned), _less_size(parts)
    else:
        ends = _less_whole(parts)
        own, whole = share_ends(parts.a, parts.b), share_ends(parts.c, parts.d)
        apart = own[0] - whole[1], own[1] - whole[0]
    return np.where(inside, ends[0], apart[0]), np.where(inside, ends[1], apart[1])


def _less_whole(parts: Parts) -> Ends:
    """Bounds of a / (a + b) - (a + c) / (a + b + c + d).

    It falls in c and rises in d; in a it rises up to u = a + b = sqrt(b) v / (sqrt(b + d) -
    sqrt(b)), v = c + d, and then falls; in b it falls up to u = sqrt(a) v / (sqrt(a + c) -
    sqrt(a)) and then rises.
    """
    (a0, a1), (b0, b1), (c0, c1), (d0, d1) = parts.a, parts.b, parts.c, parts.d

    def less(a: Array, b: Array, c: Array, d: Array, empty: Array) -> Array:
        return share(a, b, empty) - share(a + c, b + d)

    tops = []
    for b in (b0, b1):
        turn = _turn(b, d1, c0 + d1) - b
        a = np.where(np.isnan(turn), a0, np.clip(turn, a0, a1))
        tops.append(less(a, b, c0, d1, np.where(a1 > 0, 1.0, 0.0)))
    bottoms = []
    for a in (a0, a1):
        turn = _turn(a, c1, c1 + d0) - a
        b = np.where(np.isnan(turn), b0, np.clip(turn, b0, b1))
        bottoms.append(less(a, b, c1, d0, np.where(b1 > 0, 0.0, 1.0)))
    is_none = (a1 == 0) & (b1 == 0)
    low, high = np.fmin(*bottoms), np.fmax(*tops)
    return np.where(is_none, np.nan, low), np.where(is_none, np.nan, high)


def _turn(part: Array, other: Array, rest: Array) -> Array:
    """Where u sqrt(part + other) = (u + rest) sqrt(part); never, so infinity, if other is 0."""
    root = np.sqrt(part)
    gap = np.sqrt(part + other) - root
    return np.where(gap == 0, np.inf, root * rest / gap)


def _less_size(parts: Parts) -> Ends:
    """Bounds of a / c - (a + b) / (c + d), for a region outside its reference.

    It rises in a and d and falls in b; in c it falls up to sqrt(a) d / (sqrt(a + b) - sqrt(a))
    and then rises.
    """
    (a0, a1), (b0, b1), (c0, c1), (d0, d1) = parts.a, parts.b, parts.c, parts.d

    def less(a: Array, b: Array, c: Array, d: Array) -> Array:
        return np.where(a == 0, 0.0, a / c) - (a + b) / (c + d)

    turn = _turn(a0, b1, d0)
    low = less(a0, b1, np.clip(turn, c0, c1), d0)
    high = np.fmax(less(a1, b0, c0, d1), less(a1, b0, c1, d1))
    is_none = c1 == 0
    only = np.where(a1 > 0, np.inf, np.nan)
    return np.where(is_none, only, low), np.where(is_none, only, high)


# --- known sizes ----------------------------------------------------------------------------


def _with_base(parts: Parts, reference: Compared, inside: Mask, form: str, base: Array) -> Ends:
    """Bounds where the sizes of the regions are given: only the industry's own cells matter."""
    size = np.where(base > 0, base, np.nan)
    whole = reference.total(base)
    if form == "additive_region":
        own = np.where(inside, 1 / size - 1 / whole, 1 / size)
        return own * parts.a[0] - parts.c[1] / whole, own * parts.a[1] - parts.c[0] / whole
    within = share_ends(parts.a, parts.c)
    apart = _ratio_ends(parts.a, parts.c)
    low, high = (np.where(inside, i, o) for i, o in zip(within, apart, strict=True))
    if form == "additive_industry":
        return low - base / whole, high - base / whole
    return low * whole / size, high * whole / size


def _with_totals(box: Box, of_region: Array, of_industry: Array, inside: Mask, form: str) -> Ends:
    """Bounds where both totals are known: every form then rises in the cell alone."""
    region, industry = of_region[..., None], of_industry[..., None, :]
    whole = of_region.sum(axis=-1)[..., None, None]

    def at(cell: Array) -> Array:
        part, total = np.where(inside, 0.0, cell), np.where(inside, 0.0, region)
        ratio = (industry - part) / (whole - total)
        result: Array = cell / region / ratio
        if form == "additive_region":
            result = cell / region - ratio
        elif form == "additive_industry":
            result = cell / (industry - part) - region / (whole - total)
        return result

    most = np.minimum(box.high, np.minimum(region, industry))
    return at(box.low), at(most)
