"""Where intervals of an index that chance moves can be trusted."""

from __future__ import annotations

import numpy as np

from clusterstats._types import Array, Mask
from clusterstats.inference.options import Inference
from clusterstats.inference.units import units_of
from clusterstats.measures.declaration import Declaration
from clusterstats.tables import Grid

__all__ = ["HELD", "LEAST_COMPARED", "LEAST_REGIONS", "LEAST_SIGNAL", "LEAST_UNITS", "judged"]

LEAST_UNITS = 5.0
LEAST_COMPARED = 15.0
LEAST_SIGNAL = 4.0
LEAST_REGIONS = 20.0
GRAINS = (("region",), ("industry",), ("region", "region2"), ("industry", "industry2"), ())
HELD = (
    "nominal 95 % intervals held the truth in less than 90 of 100 simulations (docs: inference), "
    "so conf_low and conf_high are left blank there"
)
SUMMED = "where a row has fewer than {least:g} effective establishments for each share that it sums"
COMPARED = (
    "where a row has fewer than {least:g} effective establishments for each share that it "
    "compares, or shares that differ by less than about twice what chance gives"
)
SQUARES = (
    "an index of plants sums squares of shares that a few regions make, and where regions are "
    "resampled"
)
LUMPY = (
    "the national share is what a region had times one rate, and where it had fewer than {least:g} "
    "effective establishments"
)
SMALL = (
    "where an industry has fewer than {least:g} effective establishments a region, or the table "
    "does not say"
)
REGIONS = (
    "where a row's values lie in fewer than {least:g} effective regions (one over their Herfindahl "
    "index)"
)


def judged(
    declaration: Declaration, method: Inference, shown: Array, grid: Grid, value: str
) -> tuple[Mask, str]:
    """Which rows' intervals were found not to hold their level, and why, in words.

    An index that says how far shares lie from others can't fall below its neutral value, so that
    chance lifts it; it takes more establishments, and shares that differ by more than chance.
    """
    nothing = np.zeros(shown.shape, dtype=bool)
    unit = getattr(method, "unit", "establishment")
    if unit == "region":
        if declaration.needs_full_cells:
            small = [_small_cells(grid, value, k, declaration.grain) for k in range(len(shown))]
            return np.stack(small), f"{SMALL.format(least=LEAST_UNITS)}, {HELD}"
        if declaration.grain not in (("industry",), ()):
            return nothing, ""
        if max(*declaration.powers, *declaration.analytic_powers, 1) > 1:  # the indices of plants
            return ~nothing, f"{SQUARES}, {HELD}"
        few = _few_regions(grid.array(value), declaration.grain)
        return few, f"{REGIONS.format(least=LEAST_REGIONS)}, {HELD}"
    if declaration.unreliable:
        return ~nothing, declaration.unreliable
    if declaration.reads == "years" and declaration.grain == ("region",):
        if declaration.scale_free:  # factors, in which the size of a region cancels
            return nothing, ""
        few = _lumpy_starts(grid, value, unit, shown.shape)
        return few, f"{LUMPY.format(least=LEAST_COMPARED)}, {HELD}"
    is_moved = declaration.is_biased and declaration.powers == (1,)
    if not is_moved or declaration.is_sound_when_sparse or declaration.grain not in GRAINS:
        return nothing, ""
    is_compared = declaration.neutral is not None and declaration.neutral in declaration.bounds
    bad = [_unsound(declaration, grid, value, k, unit, is_compared) for k in range(len(shown))]
    least = LEAST_COMPARED if is_compared else LEAST_UNITS
    where = (COMPARED if is_compared else SUMMED).format(least=least)
    return np.stack(bad), f"chance moves {declaration.name}, and {where}, {HELD}"


def _few_regions(x: Array, grain: tuple[str, ...]) -> Mask:
    """Whether values (year, region, industry) lie in too few regions to resample these."""
    values = x if grain else x.sum(axis=-1, keepdims=True)
    with np.errstate(all="ignore"):
        effective = values.sum(axis=1) ** 2 / (values**2).sum(axis=1)
    few: Mask = effective < LEAST_REGIONS
    return few if grain else few[:, 0]


def _small_cells(grid: Grid, value: str, year: int, grain: tuple[str, ...]) -> Mask:
    """Which pairs of industries have few establishments a region to be drawn with it."""
    count = len(grid.industries)
    if not (grid.is_records or grid.has("establishments")):
        return np.ones((count, count), dtype=bool)
    moments = units_of(grid, value, year, "establishment").moments((1, 2))
    with np.errstate(all="ignore"):
        few: Mask = ~(_Evidence(moments[1], moments[2], grain).units() >= LEAST_UNITS)
    return few


def _lumpy_starts(grid: Grid, value: str, unit: str, shape: tuple[int, ...]) -> Mask:
    """Whether regions had few establishments in the first of two years side by side.

    Skewed sums of few have intervals that are too short; of the components (the last axis), it is
    the second, the national share, that only follows such a sum.
    """
    bad = np.zeros(shape, dtype=bool)
    for year in range(shape[0]):
        moments = units_of(grid, value, year, unit).moments((1, 2))
        total, squares = (moments[power][: shape[1]].sum(axis=1) for power in (1, 2))
        with np.errstate(all="ignore"):
            bad[year, :, 1] = total**2 / squares < LEAST_COMPARED
    return bad


def _unsound(
    declaration: Declaration, grid: Grid, value: str, year: int, unit: str, is_compared: bool
) -> Mask:
    """One year's rows with few establishments for their shares, or that chance may have made."""
    moments = units_of(grid, value, year, unit).moments((1, 2))
    with np.errstate(all="ignore"):
        known = _Evidence(moments[1], moments[2], declaration.grain)
        units = known.units()
        if not is_compared:
            few: Mask = units < LEAST_UNITS
            return few
        sure: Mask = (units >= LEAST_COMPARED) & (known.signal() >= LEAST_SIGNAL)
    return ~sure


class _Evidence:
    """What one year's cells say of the shares that an index of some grain compares."""

    def __init__(self, total: Array, squares: Array, grain: tuple[str, ...]) -> None:
        """total, squares: sums of sizes and of their squares (region, industry)."""
        self.grain = grain
        self.is_paired = grain[-1:] in (("region2",), ("industry2",))
        if grain[:1] == ("industry",):  # rows are what the result has rows for
            total, squares = total.T, squares.T
        self.total = total
        self.whole = total.sum() ** 2 / squares.sum()
        self.effective: Array = total.sum(axis=1) ** 2 / squares.sum(axis=1)
        self.share = total / total.sum(axis=1, keepdims=True)
        self.reference = total.sum(axis=0) / total.sum()

    def units(self) -> Array:
        """Effective establishments of each row, over the shares that its index compares."""
        if not self.grain:
            return np.asarray(self.whole / self.total.size)
        each: Array = self.effective / self.total.shape[1]
        least: Array = np.minimum(each[:, None], each) if self.is_paired else each
        return least

    def signal(self) -> Array:
        """Mean square of what shares differ by, beyond chance, in units of what chance gives."""
        is_there = self.reference > 0
        weight = np.where(is_there, 1 / np.where(is_there, self.reference, 1.0), 0.0)
        freedom = is_there.sum() - 1
        if self.is_paired:
            cross = (self.share * weight) @ self.share.T
            own = np.diagonal(cross)
            apart = own[:, None] + own - 2 * cross
            chance = 1 / self.effective[:, None] + 1 / self.effective
            signal: Array = apart / chance / freedom - 1
            return signal
        apart = ((self.share - self.reference) ** 2 * weight).sum(axis=1)
        if self.grain:
            lone: Array = self.effective * apart / freedom - 1
            return lone
        rows = self.total.sum(axis=1) / self.total.sum()
        freedom = freedom * (int((rows > 0).sum()) - 1)
        lifted = np.sum(rows * apart, where=rows > 0)
        return np.asarray(self.whole * lifted / freedom - 1)
