"""Bands narrowed by known totals, against every table of whole numbers that keeps them."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

pytestmark = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")
TOLERANCE = 1e-9  # of linear programmes on small whole numbers


def table_of(truth: np.ndarray, is_open: np.ndarray, high: int) -> pd.DataFrame:
    """Cells with some withheld, the totals of both axes beside them."""
    regions, industries = truth.shape
    return pd.DataFrame(
        {
            "region": np.repeat([f"R{r}" for r in range(regions)], industries),
            "industry": [f"I{i}" for i in range(industries)] * regions,
            "employment": np.where(is_open, np.nan, truth).ravel(),
            "employment_high": np.where(is_open, high, np.nan).ravel(),
            "row": truth.sum(axis=1).repeat(industries),
            "column": np.tile(truth.sum(axis=0), regions),
        }
    )


def all_tables(truth: np.ndarray, is_open: np.ndarray, high: int) -> np.ndarray:
    """Every table of whole numbers up to `high` with the same totals."""
    place = np.argwhere(is_open)
    found = []
    for chosen in itertools.product(range(high + 1), repeat=len(place)):
        table = truth.copy()
        table[tuple(place.T)] = chosen
        kept = (table.sum(0) == truth.sum(0)).all() and (table.sum(1) == truth.sum(1)).all()
        if kept:
            found.append(table)
    return np.array(found)


@settings(max_examples=25, deadline=None)
@given(
    cells=st.lists(st.integers(0, 5), min_size=6, max_size=6),
    chosen=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_exact_bands_are_the_extremes_of_all_whole_tables(
    cells: list[int], chosen: list[bool]
) -> None:
    truth, is_open = np.array(cells, float).reshape(2, 3), np.array(chosen).reshape(2, 3)
    is_open[0, 0] = True
    table, every = table_of(truth, is_open, 5), all_tables(truth, is_open, 5)
    totals = {"region_total": "row", "industry_total": "column"}
    exact = cs.tighten(table, **totals, method="exact").sort_values(["region", "industry"])
    quick = cs.tighten(table, **totals).sort_values(["region", "industry"])
    assert np.allclose(exact["employment_low"], every.min(axis=0).ravel(), atol=TOLERANCE)
    assert np.allclose(exact["employment_high"], every.max(axis=0).ravel(), atol=TOLERANCE)
    assert (quick["employment_low"] <= exact["employment_low"] + TOLERANCE).all()
    assert (quick["employment_high"] >= exact["employment_high"] - TOLERANCE).all()


def test_one_withheld_cell_is_found_from_its_total() -> None:
    truth = np.array([[3.0, 4.0], [5.0, 6.0]])
    is_open = np.array([[True, False], [False, False]])
    table = table_of(truth, is_open, 100).assign(status=["suppressed"] + ["observed"] * 3)
    result = cs.tighten(table, region_total="row")
    assert result["employment"].tolist() == [3.0, 4.0, 5.0, 6.0]
    assert (result["status"] == "observed").all()
    assert np.isnan(table["employment"].iloc[0])


def test_years_keep_their_own_totals() -> None:
    truth = np.array([[3.0, 4.0], [5.0, 6.0]])
    is_open = np.eye(2, dtype=bool)
    years = [table_of(truth * k, is_open, 100).assign(year=k) for k in (1, 2)]
    result = cs.tighten(pd.concat(years), region_total="row")
    assert result["employment"].tolist() == [3.0, 4.0, 5.0, 6.0, 6.0, 8.0, 10.0, 12.0]


def test_location_quotient_keeps_totals_and_is_linear_in_the_cell() -> None:
    truth = np.array([[3.0, 4.0, 10.0], [5.0, 6.0, 2.0], [1.0, 1.0, 8.0]])
    is_open = np.zeros((3, 3), dtype=bool)
    is_open[:2, :2] = True
    table = table_of(truth, is_open, 9)
    tight = cs.tighten(table, region_total="row", industry_total="column", method="exact")
    result = cs.location_quotient(tight)
    every = all_tables(truth, is_open, 9)
    expected = truth.sum(1)[:, None] * truth.sum(0) / truth.sum()
    assert np.allclose(result["estimate_low"], (every.min(0) / expected).ravel(), atol=TOLERANCE)
    assert np.allclose(result["estimate_high"], (every.max(0) / expected).ravel(), atol=TOLERANCE)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"row": [5, 5, 11, 11]}, "lies between 7 and 7 by its cells, but its total is 5"),
        ({"row": [8, 8, 11, 11]}, "totals of regions sum to 19, of industries to 18"),
        ({"row": [7, 8, 11, 11]}, "has several values in region 'R0'"),
        ({"column": [8, 10, 8, 11]}, "blank or has several values in industry 'I1'"),
    ],
)
def test_contradictions_are_named(change: dict[str, list[float]], message: str) -> None:
    truth, is_open = np.array([[3.0, 4.0], [5.0, 6.0]]), np.zeros((2, 2), dtype=bool)
    table = table_of(truth, is_open, 9).assign(**change)
    column = None if "lies between" in message else "column"
    with pytest.raises(cs.TableError, match=message):
        cs.tighten(table, region_total="row", industry_total=column)


def test_a_total_is_asked_for() -> None:
    with pytest.raises(cs.OptionError, match="give region_total= or industry_total="):
        cs.tighten(table_of(np.ones((2, 2)), np.zeros((2, 2), dtype=bool), 9))
