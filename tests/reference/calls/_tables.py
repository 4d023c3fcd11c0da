"""The reference inputs as tables, and what one translated call is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

Pair = tuple[str, str]
SAME: Mapping[str, str] = {"estimate": "estimate"}
CODES = ["region", "industry", "naf2", "naf4", "id", "subregion", "macro", "section"]


@dataclass(frozen=True)
class Call:
    """One call of ours: `result` makes a tidy frame, `columns` says where each stat stands.

    With `component`, a stat's column is the name of a component (of its estimate), or
    ``statistic`` of the first component.
    """

    result: Callable[[Path], pd.DataFrame]
    columns: Mapping[str, str] = field(default_factory=lambda: SAME)
    component: bool = False
    scale: float = 1.0
    digits: int | None = None


def read(folder: Path, name: str) -> pd.DataFrame:
    """An input file, codes as text."""
    return pd.read_csv(folder / name, dtype=dict.fromkeys(CODES, str))


@cache
def employment(folder: Path) -> pd.DataFrame:
    """Cells with what is known of regions and industries, and a base of equal shares."""
    cells = read(folder, "employment.csv")
    people = read(folder, "region_year.csv")
    cells = cells.merge(people, on=["region", "year"], validate="m:1")
    cells = cells.merge(read(folder, "regions.csv"), on="region", validate="m:1")
    return cells.merge(read(folder, "industries.csv"), on="industry", validate="m:1").assign(
        equal=1.0
    )


@cache
def regional(folder: Path) -> pd.DataFrame:
    """One row a region and year: population, gdp, gdp_pc, macro."""
    years = read(folder, "region_year.csv")
    return years.merge(read(folder, "regions.csv"), on="region", validate="m:1")


@cache
def plants(folder: Path, level: str) -> pd.DataFrame:
    """Establishments, with one nomenclature level as the industry."""
    return read(folder, "firms.csv").rename(columns={"id": "establishment", level: "industry"})


def on_cells(door: Callable[..., pd.DataFrame], **options: object) -> Callable[..., pd.DataFrame]:
    """A door on the cells."""
    return lambda folder: door(employment(folder), **options)


def on_regions(door: Callable[..., pd.DataFrame], **options: object) -> Callable[..., pd.DataFrame]:
    """A door on the regions."""
    return lambda folder: door(regional(folder), **options)


def on_plants(
    door: Callable[..., pd.DataFrame], level: str, **options: object
) -> Callable[..., pd.DataFrame]:
    """A door on the establishments."""
    return lambda folder: door(plants(folder, level), **options)
