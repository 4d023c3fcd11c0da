"""Where intervals of an index that chance moves can be trusted."""

from __future__ import annotations

import numpy as np

from clusterstats._types import Array, Mask
from clusterstats.inference.methods import Columns
from clusterstats.inference.options import Inference
from clusterstats.inference.units import units_of
from clusterstats.measures.declaration import Declaration
from clusterstats.tables import Grid

__all__ = ["unsound"]


GRAINS = (("region",), ("industry",), ("region", "region2"), ())


def unsound(
    declaration: Declaration,
    method: Inference,
    columns: Columns,
    grid: Grid,
    value: str,
    least_units: float,
) -> Mask:
    """True of rows with few establishments for their shares, or that chance may have made."""
    shown = columns["conf_low"]
    is_moved = declaration.is_biased and declaration.powers == (1,)
    if not is_moved or declaration.is_sound_when_sparse or declaration.grain not in GRAINS:
        return np.zeros(shown.shape, dtype=bool)
    unit = getattr(method, "unit", "establishment")
    years = [_units_a_share(declaration, grid, value, year, unit) for year in range(len(shown))]
    with np.errstate(all="ignore"):
        few = np.stack(years) < least_units
        if declaration.neutral is None or declaration.neutral not in declaration.bounds:
            return few
        corrected = columns.get("bias_corrected", shown)
        gap = np.abs(corrected - declaration.neutral)
        near: Mask = gap < 2 * columns["std_error"]
        return few | near


def _units_a_share(declaration: Declaration, grid: Grid, value: str, year: int, unit: str) -> Array:
    """Effective establishments of each row, over the shares that its index compares."""
    moments = units_of(grid, value, year, unit).moments((1, 2))
    total, squares = moments[1], moments[2]
    regions, industries = total.shape
    with np.errstate(all="ignore"):
        of_region: Array = total.sum(axis=1) ** 2 / squares.sum(axis=1) / industries
        of_industry: Array = total.sum(axis=0) ** 2 / squares.sum(axis=0) / regions
        whole: Array = np.asarray(total.sum() ** 2 / squares.sum() / (regions * industries))
    known = {("region",): of_region, ("industry",): of_industry, (): whole}
    known[("region", "region2")] = np.minimum(of_region[:, None], of_region)
    return known[declaration.grain]
