"""Which measures have bounds where cells are only known to lie in bands, and how sharp they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterstats._types import Array, Mask
from clusterstats.measures.partial.box import Box, Ends
from clusterstats.measures.partial.divergences import (
    absolute,
    chi_square,
    fixed_shares,
    mixes,
    reference_ends,
    relative_entropy,
    safe_inverse,
    summed_terms,
)
from clusterstats.measures.partial.quotient import quotient_bounds
from clusterstats.measures.partial.rows import CORNERS, row_bounds, uneven_bounds
from clusterstats.measures.sides import group_sums

if TYPE_CHECKING:
    from clusterstats.measures.declaration import Declaration

__all__ = ["BOUNDINGS", "Bounding"]

Sides = Mapping[str, Any]
SHARP = "sharp: some table within the cells' bands reaches each (or comes as near as one likes)"
CORNERED = (
    f"sharp, but for the concentrated end of rows with more than {CORNERS} open cells or one "
    f"without an upper bound, which is outer"
)
OUTER = "outer: no table within the cells' bands lies beyond, and none may come near"


@dataclass(frozen=True)
class Bounding:
    """A function from a box, a declaration and the kernel's sides to ends, and how good they are.

    It returns None for a form that it has no bounds of.
    """

    of: Callable[[Box, Declaration, Sides], Ends | None]
    kind: str


@dataclass(frozen=True)
class _All:
    """All regions together, as what a quotient is compared with."""

    members: Array | None = None
    is_rest: bool = False

    def total(self, x: Array) -> Array:
        total: Array = x.sum(axis=-2, keepdims=True)
        return np.broadcast_to(total, x.shape)

    def contains_self(self, regions: int) -> Mask:
        return np.ones((regions, 1), dtype=bool)


def _given(declaration: Declaration) -> dict[str, Any]:
    """What the form fixes of its kernel."""
    return dict(getattr(declaration.kernel, "keywords", {}))


def _location_quotient(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    return quotient_bounds(box, **_given(declaration), **sides)


# --- rows alone -----------------------------------------------------------------------------


def _row(box: Box, declaration: Declaration, sides: Sides, *, sign: int) -> Ends | None:
    """An index of each region's own mix, or of each industry's own spread."""
    if declaration.components or sides:
        return None
    if declaration.grain == ("region",):
        return _by_rows(declaration.kernel, box, sign)
    return _by_rows(lambda x: declaration.kernel(np.swapaxes(x, -1, -2)), box.transposed(), sign)


def _by_rows(index: Callable[[Array], Array], box: Box, sign: int) -> Ends:
    """Bounds for all rows of all years at once."""
    shape = box.low.shape
    low, high = (end.reshape(-1, shape[-1]) for end in (box.low, box.high))
    ends = row_bounds(index, low, high, sign)
    return ends[0].reshape(shape[:-1]), ends[1].reshape(shape[:-1])


def _herfindahl(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    sign = -1 if "equivalent_number" in declaration.options else 1
    return _row(box, declaration, sides, sign=sign)


def _unrelated(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    """The entropy of groups: their bands are sums of those of their members."""
    codes = sides["groups"]
    grouped = Box(group_sums_of(box.low, codes), group_sums_of(box.high, codes))
    own = np.arange(grouped.low.shape[-1])
    kernel = declaration.kernel
    return _by_rows(lambda x: kernel(x, groups=own), grouped, -1)


def group_sums_of(x: Array, codes: Any) -> Array:
    """Sums by group, where a member without an upper bound leaves its group without one."""
    is_endless = np.isinf(x)
    sums = group_sums(np.where(is_endless, 0.0, x), codes)
    return np.where(group_sums(is_endless * 1.0, codes) > 0, np.inf, sums)


# --- against a reference --------------------------------------------------------------------


def _specialization(
    box: Box, declaration: Declaration, sides: Sides, *, term: Any = absolute
) -> Ends | None:
    """Distance of each region's mix from the reference's."""
    form = _given(declaration)
    half = 0.5 if form.get("scale") == "half" else 1.0
    own = mixes(box)
    if declaration.grain == ("region", "region2"):
        low, high = _in_pairs(own)
    else:
        low, high = summed_terms(term, own, reference_ends(box, form.get("reference", "total")))
    return half * low, half * high


def _in_pairs(own: Ends) -> Ends:
    """Distance of each mix from each other one."""
    rows = [
        summed_terms(absolute, own, tuple(end[..., r : r + 1, :] for end in own))  # type: ignore[arg-type]
        for r in range(own[0].shape[-2])
    ]
    return np.stack([low for low, _ in rows], -2), np.stack([high for _, high in rows], -2)


def _overlap(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    low, high = _in_pairs(mixes(box))
    return 1 - high / 2, 1 - low / 2


def _concentration(
    box: Box, declaration: Declaration, sides: Sides, *, term: Any = absolute
) -> Ends | None:
    """Distance of each industry's spread from the reference's."""
    turned, base = box.transposed(), sides.get("base")
    reference = _given(declaration).get("reference", "total")
    if base is not None and reference == "total":
        against = fixed_shares(base[..., None, :])
    else:
        against = reference_ends(turned, reference)
    return summed_terms(term, mixes(turned), against)


def _hoover_concentration(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    ends = _concentration(box, declaration, sides)
    return None if ends is None else (ends[0] / 2, ends[1] / 2)


def _locational_gini(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    """A Lorenz curve whose largest gap is H has a Gini index from H to H (2 - H)."""
    ends = _hoover_concentration(box, declaration, sides)
    if ends is None:
        return None
    most = np.minimum(ends[1], 1.0)
    maximum = _given(declaration)["maximum"]
    return maximum * ends[0], maximum * most * (2 - most)


def _kl(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    if declaration.grain == ():
        return None
    family = _specialization if declaration.grain == ("region",) else _concentration
    return family(box, declaration, sides, term=relative_entropy)


def _theil(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    if _given(declaration)["kind"] == "absolute":
        return _row(box, declaration, sides, sign=1)
    return _concentration(box, declaration, sides, term=relative_entropy)


def _hachman(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    ends = _specialization(box, declaration, sides, term=chi_square)
    return None if ends is None else safe_inverse((1 + ends[0], 1 + ends[1]))


def _relative_diversity(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    ends = _specialization(box, declaration, sides)
    return None if ends is None else safe_inverse(ends)


def _largest_quotient(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    quotients = quotient_bounds(box, reference=_All(), form="plain")
    if quotients is None:
        return None
    is_empty = box.high.sum(axis=-1) == 0
    low, high = (np.fmax.reduce(end, axis=-1) for end in quotients)
    return np.where(is_empty, np.nan, low), np.where(is_empty, np.nan, high)


def _gini_of_quotients(box: Box, declaration: Declaration, sides: Sides) -> Ends | None:
    """Gini index of quotients that each lie in their own interval."""
    own = box if declaration.grain == ("region",) else box.transposed()
    ends = quotient_bounds(own, reference=_All(), form="plain")
    least, most = own.low.sum(axis=-2), own.high.sum(axis=-2)
    if ends is None or ((least == 0) & (most > 0)).any():
        return None  # an industry that may be nowhere: the number of quotients is not known
    there = (most > 0).all(axis=0)
    if not (there == (most > 0).any(axis=0)).all():
        return None
    shape = ends[0].shape[:-1]
    low, high = (end[..., there].reshape(-1, int(there.sum())) for end in ends)
    bounds = uneven_bounds(_gini, low, high)
    return bounds[0].reshape(shape), bounds[1].reshape(shape)


def _gini(x: Array) -> Array:
    """Gini index of values, members counted alike: (row, member) -> (row)."""
    n = x.shape[-1]
    ordered, mean = np.sort(x, axis=-1), x.mean(axis=-1, keepdims=True)
    rank = np.arange(1, n + 1)
    index: Array = 2 / n**2 * (rank * (ordered / mean - 1)).sum(axis=-1)
    return index


BOUNDINGS: dict[str, Bounding] = {
    "location_quotient": Bounding(_location_quotient, SHARP),
    "herfindahl": Bounding(_herfindahl, CORNERED),
    "entropy": Bounding(partial(_row, sign=-1), CORNERED),
    "hill_number": Bounding(partial(_row, sign=-1), CORNERED),
    "unrelated_variety": Bounding(_unrelated, CORNERED),
    "herfindahl_concentration": Bounding(_herfindahl, CORNERED),
    "gini": Bounding(partial(_row, sign=1), CORNERED),
    "theil": Bounding(partial(_row, sign=1), CORNERED),
    "generalized_entropy": Bounding(partial(_row, sign=1), CORNERED),
    "atkinson": Bounding(partial(_row, sign=1), CORNERED),
    "krugman_specialization": Bounding(_specialization, OUTER),
    "hoover_specialization": Bounding(_specialization, OUTER),
    "structural_overlap": Bounding(_overlap, OUTER),
    "krugman_concentration": Bounding(_concentration, OUTER),
    "hoover_concentration": Bounding(_hoover_concentration, OUTER),
    "locational_gini": Bounding(_locational_gini, OUTER),
    "kl_divergence": Bounding(_kl, OUTER),
    "theil_concentration": Bounding(_theil, OUTER),
    "hachman": Bounding(_hachman, OUTER),
    "relative_diversity": Bounding(_relative_diversity, OUTER),
    "relative_specialization": Bounding(_largest_quotient, OUTER),
    "gini_specialization": Bounding(_gini_of_quotients, OUTER),
    "gini_concentration": Bounding(_gini_of_quotients, OUTER),
}
