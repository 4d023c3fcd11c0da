"""Measuring a table whose unknown cells are drawn within their bands, several times."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.errors import TableError
from clusterstats.inference.engine import generator
from clusterstats.inference.imputation import Imputed, combined
from clusterstats.inference.intervals import adjusted
from clusterstats.measures.partial.box import in_industry, in_region, row_ends
from clusterstats.measures.partial.polytope import Polytope
from clusterstats.tables import Grid
from clusterstats.tables.checks import place_of

if TYPE_CHECKING:
    from clusterstats.measures.declaration import Declaration

__all__ = ["impute"]

Measured = Callable[..., pd.DataFrame]
SPREAD = "squares of drawn cells were spread evenly over their establishments"


def impute(
    declaration: Declaration, grid: Grid, value: str, option: Imputed, measured: Measured
) -> pd.DataFrame:
    """Measure each completed table, and combine the results by Rubin's rules."""
    results = [
        measured(table=replace(grid, frame=frame, _cache={}), inference=option.inference)
        for frame in completed(grid, value, option)
    ]
    first = results[0]
    numbers = [one[["estimate", "std_error"]].to_numpy(dtype=np.float64) for one in results]
    found = combined([n[:, 0] for n in numbers], [n[:, 1] for n in numbers])
    low, high = found.interval(option.level)
    bounds = declaration.bounds_of(*grid.shape[1:])
    neutral = None if declaration.neutral in declaration.bounds else declaration.neutral
    nothing = np.full_like(low, np.nan)
    statistic, p_value = (nothing, nothing)
    if neutral is not None:
        statistic, p_value = found.test(neutral, option.alternative)
    columns = {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "statistic": statistic,
        "p_value": p_value,
    }
    if option.adjust is not None:
        columns["p_adjusted"] = adjusted(p_value, option)
    columns |= {
        "conf_low": np.clip(low, *bounds),
        "conf_high": np.clip(high, *bounds),
        "fraction_missing": found.fraction_missing,
    }
    kept = first.columns[: list(first.columns).index("measure") + 1]
    result = first[kept].assign(**columns)
    result.attrs = {**first.attrs, "inference": repr(option)}
    notes = filter(None, [first.attrs.get("note"), _note(grid, value, option)])
    result.attrs["note"] = "; ".join(notes)
    return result


def completed(grid: Grid, value: str, option: Imputed) -> Iterator[pd.DataFrame]:
    """The table with its unknown rows filled, once for each draw."""
    known = grid.column(value)
    place = np.flatnonzero(np.isnan(known))
    low, high = (end[place] for end in row_ends(grid, value))
    _require_bands(grid, value, place, high)
    polytope = _polytope(grid, value, place, low, high)
    for b in range(option.draws):
        rng = generator(option.seed, b)
        drawn = rng.uniform(low, high) if polytope is None else polytope.draw(rng)
        yield _filled(grid, value, place, drawn)


def _require_bands(grid: Grid, value: str, place: Codes, high: Array) -> None:
    """Raise where an unknown row has no upper bound."""
    endless = np.flatnonzero(np.isinf(high))
    if len(endless):
        row = int(place[endless[0]])
        keys = [key for key in ("year", "region", "industry") if key in grid.frame]
        raise TableError(
            f"{value!r} is unknown and has no '{value}_high' in {len(endless):,} row(s), first at "
            f"{place_of(grid.frame, row, keys)}: it can't be drawn; give an upper bound, or known "
            f"totals with tighten(...)"
        )


def _polytope(grid: Grid, value: str, place: Codes, low: Array, high: Array) -> Polytope | None:
    """The tables that keep the known totals, if any are known."""
    _, regions, industries = grid.shape
    flat = grid.flat
    labels = {
        in_region(value): flat // industries,
        in_industry(value): flat // (regions * industries) * industries + flat % industries,
    }
    known = np.nan_to_num(grid.column(value))
    parts = []
    for name, code in labels.items():
        if grid.has(name) and len(place):
            total = np.zeros(int(code.max()) + 1)
            total[code] = grid.column(name)
            left = total - np.bincount(code, weights=known, minlength=len(total))
            used, member = np.unique(code[place], return_inverse=True)
            rows = (np.arange(len(used))[:, None] == member).astype(np.float64)
            parts.append((rows, left[used]))
    if not parts:
        return None
    rows = np.concatenate([part[0] for part in parts])
    return Polytope.of(rows, np.concatenate([part[1] for part in parts]), low, high)


def _filled(grid: Grid, value: str, place: Codes, drawn: Array) -> pd.DataFrame:
    """The table with drawn values, their own bounds, and squares where those are unknown."""
    frame, column = grid.frame.copy(), grid.column(value).copy()
    column[place] = drawn
    frame[value] = column
    squares = f"{value}_squares"
    if squares in frame and not grid.is_records and grid.has("establishments"):
        frame[squares] = _squares(grid, squares, place, column)
    bounds = [f"{value}_low", f"{value}_high"]
    return frame.drop(columns=[name for name in bounds if name in frame])


def _squares(grid: Grid, squares: str, place: Codes, column: Array) -> Array:
    """Sums of squares, of drawn cells spread evenly or as near to what is known as can be."""
    known = pd.to_numeric(grid.frame[squares]).to_numpy(dtype=np.float64, na_value=np.nan).copy()
    count, drawn = grid.column("establishments")[place], column[place]
    with np.errstate(all="ignore"):
        even = np.where(drawn > 0, drawn**2 / count, 0.0)
    given = np.where(np.isnan(known[place]), even, known[place])
    known[place] = np.clip(given, even, drawn**2)
    return known


def _note(grid: Grid, value: str, option: Imputed) -> str:
    """How many rows were drawn, and how."""
    unknown = int(np.isnan(grid.column(value)).sum())
    kept = [name for name in (in_region(value), in_industry(value)) if grid.has(name)]
    totals = f", keeping {' and '.join(kept)}" if kept else ""
    said = f"{unknown:,} unknown row(s) drawn evenly within their bands{totals}"
    squares = f"{value}_squares"
    is_spread = squares in grid.frame and grid.frame[squares].isna().any()
    return f"{said}; {SPREAD}" if is_spread and not grid.is_records else said
