"""Measures with one number for each region and one for each industry, from one computation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration
from clusterstats.measures.run import infer
from clusterstats.measures.sides import Side
from clusterstats.tables import Grid

__all__ = ["by_region_and_industry"]


def by_region_and_industry(
    declared: Declaration,
    grid: Grid,
    value: str,
    inference: Inference | None,
    parts: tuple[str, str],
    further: int,
    sides: Mapping[str, Side] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure with a kernel that gives (..., region + industry + further).

    Returns the tidy result, regions first, with `component` telling the parts, and the rows of the
    `further` numbers that describe the computation, year by year.
    """
    keys = _keys(grid, parts, further)
    result = infer(declared, grid, value, inference, sides=sides, keys=keys)
    is_part = keys["component"] != ""
    described = result[~is_part].reset_index(drop=True)
    tidy = result[is_part].reset_index(drop=True)
    tidy.attrs = result.attrs
    return tidy, described


def _keys(grid: Grid, parts: tuple[str, str], further: int) -> dict[str, Any]:
    """Labels of the regions, then of the industries, then of what is further, year by year."""
    years, regions, industries = grid.shape
    sizes = (regions, industries, further)
    whose = np.tile(np.repeat([0, 1, 2], sizes), years)
    place = np.tile(np.concatenate([np.arange(size) for size in sizes]), years)
    keys: dict[str, Any] = {} if grid.years is None else {"year": grid.years.repeat(sum(sizes))}
    for own, (name, labels) in enumerate((("region", grid.regions), ("industry", grid.industries))):
        here = np.where(whose == own, place, -1)
        keys[name] = labels.take(here, allow_fill=True, fill_value=np.nan)
    keys["component"] = pd.Index([*parts, ""]).take(whose)
    return keys
