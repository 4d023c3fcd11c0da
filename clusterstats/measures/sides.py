"""What a kernel takes beside the cells: sizes and groups of regions or industries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clusterstats._types import Array, Codes
from clusterstats.tables import Grid

__all__ = ["Side", "Sides", "group_sums"]


@dataclass(frozen=True)
class Side:
    """A column with one number for each region (and year), or one group for each member of an axis.

    Attributes
    ----------
    column : str
        Its name in the table.
    groups : {"", "region", "industry"}
        Blank for a number of each region and year; else the axis whose members it groups.
    """

    column: str
    groups: str = ""


@dataclass(frozen=True)
class Sides:
    """Further inputs by keyword: numbers (year, region), or group codes along an axis."""

    sizes: Mapping[str, Array]
    region_groups: Mapping[str, Codes]
    industry_groups: Mapping[str, Codes]

    @classmethod
    def of(cls, grid: Grid, sides: Mapping[str, Side]) -> Sides:
        """Look the columns up in a table."""
        sizes = {k: grid.region_array(s.column) for k, s in sides.items() if not s.groups}
        groups: dict[str, dict[str, Codes]] = {"region": {}, "industry": {}}
        for name, side in sides.items():
            if side.groups:
                groups[side.groups][name] = grid.groups(side.groups, side.column)[0]
        return cls(sizes, groups["region"], groups["industry"])

    def whole(self) -> dict[str, Array | Codes]:
        """For all years at once."""
        return {**self.sizes, **self.region_groups, **self.industry_groups}

    def at(self, year: int) -> dict[str, Array | Codes]:
        """For one year."""
        sizes = {name: size[year] for name, size in self.sizes.items()}
        return {**sizes, **self.region_groups, **self.industry_groups}

    def chosen(self, year: int, regions: Codes) -> dict[str, Array | Codes]:
        """For one year and the regions chosen."""
        sizes = {name: size[year][regions] for name, size in self.sizes.items()}
        groups = {name: codes[regions] for name, codes in self.region_groups.items()}
        return {**sizes, **groups, **self.industry_groups}

    def base(self, year: int) -> Array | None:
        """The fixed reference size of each region, if one was given."""
        return self.sizes["base"][year] if "base" in self.sizes else None


def group_sums(x: Array, codes: Codes) -> Array:
    """Sum the last axis by group; an unknown blanks its own: (..., member) -> (..., group)."""
    order = np.argsort(codes, kind="stable")
    first = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])
    sums: Array = np.add.reduceat(x[..., order], first, axis=-1)
    return sums
