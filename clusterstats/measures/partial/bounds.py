"""The columns `estimate_low` and `estimate_high` of a result whose cells are partly unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterstats._types import Array
from clusterstats.measures.partial.box import Box, Ends
from clusterstats.measures.partial.known import BOUNDINGS
from clusterstats.tables import Grid

if TYPE_CHECKING:
    from clusterstats.measures.declaration import Declaration

__all__ = ["bound_columns"]

NONE = "estimate_low, estimate_high: no bounds are known of this form; Imputed(...) fills the cells"
TOTALS = "outer: the known totals narrow each band, and together may leave out more"
LINEAR = "sharp if each band is all that the totals allow: tighten(..., method='exact')"


def bound_columns(
    declaration: Declaration,
    grid: Grid,
    value: str,
    sides: Mapping[str, Any],
    estimate: Array,
) -> tuple[dict[str, Array], str]:
    """Least and greatest value over all tables within the cells' bands, and how sharp they are.

    Empty where the table has no bounds of the value, or every cell is known.
    """
    if not (grid.has(f"{value}_low") or grid.has(f"{value}_high")):
        return {}, ""
    box = Box.of(grid, value)
    if not box.is_open:
        return {}, ""
    ends, kind = _found(declaration, box, sides)
    if ends is None:
        is_open = (box.low < box.high).any(axis=(1, 2)).reshape(-1, *[1] * (estimate.ndim - 1))
        unknown = np.where(is_open, np.nan, estimate)
        return {"estimate_low": unknown, "estimate_high": unknown}, NONE
    least, most = declaration.bounds_of(*grid.shape[1:])
    low, high = (np.clip(end, least, most) for end in ends)
    is_none = np.isnan(low) | np.isnan(high)
    columns = {"estimate_low": np.fmin(low, estimate), "estimate_high": np.fmax(high, estimate)}
    said = {name: np.where(is_none, np.nan, column) for name, column in columns.items()}
    return said, f"estimate_low, estimate_high are {kind}"


def _found(declaration: Declaration, box: Box, sides: Mapping[str, Any]) -> tuple[Ends | None, str]:
    """Ends by the declaration's own function, or by the one known for its name."""
    with np.errstate(all="ignore"):
        if declaration.bounding is not None:
            ends = declaration.bounding(box.low, box.high, **sides)
            return ends, declaration.bounding_kind
        known = BOUNDINGS.get(declaration.name)
        if known is None or declaration.powers != (1,):
            return None, ""
        return known.of(box, declaration, sides), _kind(known.kind, declaration, box)


def _kind(kind: str, declaration: Declaration, box: Box) -> str:
    """How sharp bounds are where totals are known."""
    known = [total is not None for total in (box.region_total, box.industry_total)]
    if declaration.name == "location_quotient" and all(known):
        return LINEAR
    return TOTALS if any(known) else kind
