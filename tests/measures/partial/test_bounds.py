"""Bounds against every table, or very many, within the cells' bands."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterstats.measures.declaration import REGISTRY

TOLERANCE = 1e-9  # rounding of sums in another order
STEPS, ROUNDS = 9, 18  # a grid this fine, narrowed to a quarter so often
pytestmark = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")

SHARP = [
    ("location_quotient", {"form": form, "reference": reference, "base": base})
    for form in ("plain", "symmetric", "log", "additive_industry", "additive_region")
    for reference in ("total", "rest", ["R0"])
    for base in (None, "population")
] + [
    ("herfindahl", {}),
    ("herfindahl", {"normalized": True}),
    ("herfindahl", {"equivalent_number": True}),
    ("entropy", {}),
    ("entropy", {"log_base": 2}),
    ("hill_number", {"order": 0.5}),
    ("hill_number", {"order": 2}),
    ("hill_number", {"order": np.inf}),
    ("unrelated_variety", {"within": "section"}),
    ("herfindahl_concentration", {}),
    ("herfindahl_concentration", {"equivalent_number": True}),
    ("theil_concentration", {"kind": "absolute"}),
    ("gini", {"over": "industry"}),
    ("gini", {}),
    ("theil", {"kind": "t"}),
    ("atkinson", {"aversion": 0.5}),
    ("generalized_entropy", {"order": 2}),
]
OUTER = [
    ("krugman_specialization", {"reference": reference})
    for reference in ("total", "rest", "mean_of_others", "pairs")
] + [
    ("krugman_specialization", {"scale": "half"}),
    ("hill_number", {"order": 0}),
    ("hoover_specialization", {}),
    ("structural_overlap", {}),
    ("krugman_concentration", {}),
    ("krugman_concentration", {"reference": "mean_of_others"}),
    ("krugman_concentration", {"base": "population"}),
    ("hoover_concentration", {}),
    ("locational_gini", {}),
    ("locational_gini", {"maximum": 1, "base": "population"}),
    ("kl_divergence", {}),
    ("kl_divergence", {"of": "region"}),
    ("theil_concentration", {"kind": "relative"}),
    ("theil_concentration", {"kind": "topographic", "base": "population"}),
    ("hachman", {}),
    ("relative_specialization", {}),
    ("relative_diversity", {}),
    ("gini_specialization", {}),
    ("gini_concentration", {}),
]
SHAPES = st.sampled_from([(2, 2), (2, 3), (3, 2), (3, 3)])


def frame_of(low: np.ndarray, high: np.ndarray) -> pd.DataFrame:
    """Cells in bands, blank where a band is not a point."""
    regions, industries = low.shape
    jobs = np.where(low < high, np.nan, low)
    return pd.DataFrame(
        {
            "region": np.repeat([f"R{r}" for r in range(regions)], industries),
            "industry": [f"I{i}" for i in range(industries)] * regions,
            "employment": jobs.ravel(),
            "employment_low": low.ravel(),
            "employment_high": high.ravel(),
            "population": np.repeat(np.arange(1.0, regions + 1) * 40, industries),
            "section": ["A", "B", "A"][:industries] * regions,
        }
    )


def completions(low: np.ndarray, high: np.ndarray, steps: int) -> np.ndarray:
    """Tables with each open cell at evenly spaced values of its band, ends included."""
    place = np.flatnonzero((low < high).ravel())
    ladders = [np.linspace(low.ravel()[k], high.ravel()[k], steps) for k in place]
    chosen = np.array(list(itertools.product(*ladders)))
    tables = np.repeat(low.reshape(1, -1), len(chosen), axis=0)
    tables[:, place] = chosen
    return tables.reshape(-1, *low.shape)


def measured(name: str, options: dict[str, Any], tables: np.ndarray) -> np.ndarray:
    """A measure of many tables, as so many years: (table, row)."""
    one = frame_of(tables[0], tables[0]).drop(columns=["employment_low", "employment_high"])
    panel = pd.concat([one] * len(tables), ignore_index=True)
    panel["year"] = np.arange(len(tables)).repeat(len(one))
    panel["employment"] = tables.ravel()
    return REGISTRY[name].door(panel, **options)["estimate"].to_numpy().reshape(len(tables), -1)


def reached(
    name: str, options: dict[str, Any], ends: tuple[np.ndarray, np.ndarray], row: int, sign: int
) -> float:
    """The least (or greatest) value of one row, by ever finer grids around the best table."""
    low, high = ends
    value = np.nan
    for _ in range(ROUNDS):
        tables = completions(low, high, STEPS)
        found = sign * measured(name, options, tables)[:, row]
        if np.isnan(found).all():
            return np.nan
        value, best = sign * np.nanmin(found), tables[int(np.nanargmin(found))]
        width = (high - low) / (STEPS - 1)
        low, high = np.maximum(ends[0], best - width), np.minimum(ends[1], best + width)
    return float(value)


@st.composite
def bands(draw: st.DrawFn, least: int = 0, cells: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A small table with one to three cells in bands."""
    regions, industries = draw(SHAPES)
    size = regions * industries
    low = np.array(draw(st.lists(st.integers(least, 30), min_size=size, max_size=size)), float)
    high = low.copy()
    for _ in range(draw(st.integers(1, cells))):
        high[draw(st.integers(0, size - 1))] += draw(st.integers(1, 25))
    return low.reshape(regions, industries), high.reshape(regions, industries)


def cases(listed: list[tuple[str, dict[str, Any]]]) -> list[Any]:
    kept = [(name, {k: v for k, v in o.items() if v is not None}) for name, o in listed]
    return [pytest.param(n, o, id=f"{n}-{'-'.join(map(str, o.values()))}") for n, o in kept]


@pytest.mark.parametrize(("name", "options"), cases(SHARP + OUTER))
@settings(max_examples=8, deadline=None)
@given(table=bands())
def test_every_completion_lies_within(
    name: str, options: dict[str, Any], table: tuple[np.ndarray, np.ndarray]
) -> None:
    low, high = table
    result = REGISTRY[name].door(frame_of(low, high), **options)
    found = measured(name, options, completions(low, high, 4))
    least, most = (result[c].to_numpy() for c in ("estimate_low", "estimate_high"))
    for row in found:
        inside = (row >= least - TOLERANCE) & (row <= most + TOLERANCE)
        unsaid = np.isnan(least) | np.isnan(most)
        if name.startswith("gini_"):
            assert (inside | np.isnan(row) | unsaid).all()
        else:
            assert (inside | np.isnan(row)).all()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options"), cases(SHARP))
@settings(max_examples=6, deadline=None)
@given(table=bands(least=1, cells=2), chosen=st.integers(0, 100))
def test_a_sharp_bound_is_reached(
    name: str, options: dict[str, Any], table: tuple[np.ndarray, np.ndarray], chosen: int
) -> None:
    result = REGISTRY[name].door(frame_of(*table), **options)
    row = chosen % len(result)
    for column, sign in (("estimate_low", 1), ("estimate_high", -1)):
        bound, found = result[column].iloc[row], reached(name, options, table, row, sign)
        assert bound == pytest.approx(found, abs=1e-8, rel=1e-8)
