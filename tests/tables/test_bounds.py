"""Bounds and status: filled, checked, summed, the same in every engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import clusterstats as cs

NONE = float("nan")
ENGINES = [
    pytest.param(lambda frame: frame, id="pandas"),
    pytest.param(pl.from_pandas, id="polars"),
    pytest.param(duckdb.from_df, id="duckdb"),
]
Engine = Callable[[pd.DataFrame], Any]
BOUNDS = ["employment", "employment_low", "employment_high"]


def rows(*employment: tuple[float, float, float], **columns: list[Any]) -> pd.DataFrame:
    """Establishments of region A and industry x: employment and its bounds."""
    frame = pd.DataFrame(employment, columns=BOUNDS)
    names = [str(number) for number in range(len(frame))]
    return frame.assign(establishment=names, region="A", industry="x", **columns)


def sums(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Employment, its bounds and the status of each row, blanks as None."""
    chosen = table[[*BOUNDS, "status"]].astype(object)
    return list(chosen.where(chosen.notna(), None).itertuples(index=False, name=None))


KNOWN, CLASS, OPEN, MISSING = (5, NONE, NONE), (NONE, 10, 19), (NONE, 1e4, NONE), (NONE,) * 3


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([KNOWN, KNOWN], (10, 10, 10, "observed")),
        ([(0, NONE, NONE)], (0, 0, 0, "observed")),
        ([KNOWN, CLASS], (None, 15, 24, "suppressed")),
        ([CLASS, CLASS, (NONE, 1, 2)], (None, 21, 40, "suppressed")),
        ([KNOWN, OPEN], (None, 10005, None, "suppressed")),
        ([MISSING, MISSING], (None, None, None, None)),
        ([KNOWN, CLASS, MISSING], (None, 15, None, None)),
        ([(NONE, NONE, 4), KNOWN], (None, 5, 9, "suppressed")),
        ([(NONE, 0, 0)], (None, 0, 0, "suppressed")),
        ([(5, 4, 7), KNOWN], (10, 9, 12, "observed")),
    ],
)
def test_establishments_sum_to_bounded_cells(
    engine: Engine, terms: list[tuple[float, float, float]], expected: tuple[Any, ...]
) -> None:
    cells = cs.cells(engine(rows(*terms)))
    assert sums(cells) == [expected]
    assert cells["establishments"].tolist() == [len(terms)]
    assert cells["employment_squares"].isna().tolist() == [expected[0] is None]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (["observed", "observed"], "observed"),
        (["observed", "imputed"], "imputed"),
        (["imputed", "suppressed"], "suppressed"),
        (["suppressed", None], None),
        ([None, None], None),
    ],
)
def test_the_status_of_a_sum_is_that_of_the_least_known(
    engine: Engine, status: list[str | None], expected: str | None
) -> None:
    table = rows((5, 5, 5), (6, 6, 6), status=status)
    assert sums(cs.cells(engine(table))) == [(11, 11, 11, expected)]
    cells = table.assign(region=["A1", "A2"], zone="A").drop(columns="establishment")
    assert sums(cs.sum_cells(engine(cells), region="zone")) == [(11, 11, 11, expected)]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_columns_that_hold_nothing_are_blank(make: Any) -> None:
    table = {
        **{"establishment": ["1", "2"], "region": ["A", "A"], "industry": ["x", "x"]},
        **{"employment": [None, None], "employment_low": [1.0, 10.0], "status": [None, None]},
    }
    assert sums(cs.cells(make(table))) == [(None, 11, None, None)]
    del table["status"]
    assert sums(cs.cells(make(table))) == [(None, 11, None, "suppressed")]


def test_a_value_said_to_be_observed_that_is_blank_is_missing() -> None:
    table = rows((NONE, 0, 9), (1, 1, 1), status=["observed", "observed"])
    assert sums(cs.cells(table)) == [(None, 1, 10, None)]


def test_an_imputed_value_does_not_bound_itself() -> None:
    table = rows((5, NONE, NONE), (6, 6, 6), status=["imputed", "observed"])
    assert sums(cs.cells(table)) == [(11, 6, None, "imputed")]


@pytest.mark.parametrize("absent", ["zero", "missing"])
def test_absent_cells_are_observed_zeros_or_have_no_bounds(absent: Any) -> None:
    table = rows(CLASS, KNOWN).drop(columns="establishment").assign(region=["A", "B"])
    table["industry"] = ["x", "y"]
    filled = cs.cells(table, absent=absent)
    new = (0, 0, 0, "observed") if absent == "zero" else (None,) * 4
    known = [(None, 10, 19, "suppressed"), (5, 5, 5, "observed")]
    assert sums(filled) == [known[0], new, new, known[1]]


def test_bounds_of_what_nobody_declared_additive_are_not_zero_in_absent_rows() -> None:
    table = pd.DataFrame({"region": ["A", "B"], "industry": ["x", "y"], "employment": [1, 2]})
    table = table.assign(percent=[10, 20], percent_low=[9, 19], percent_high=[11, 21])
    added = cs.cells(table, absent="zero").iloc[[1, 2]]
    assert (added["employment"] == 0).all()
    assert added[["percent", "percent_low", "percent_high"]].isna().all(axis=None)
    declared = cs.cells(table, absent="zero", values=("percent",)).iloc[[1, 2]]
    assert (declared[["percent", "percent_low", "percent_high"]] == 0).all(axis=None)


def test_cells_without_a_cell_of_theirs_are_zero_beside_size_classes() -> None:
    table = rows(CLASS, KNOWN).assign(region=["A", "B"], industry=["x", "y"])
    assert sums(cs.cells(table))[1:3] == [(0, 0, 0, "observed")] * 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("terms", "whole", "skipped"),
    [
        ([(5, 5, 5), (6, 6, 6)], (11, 11, 11, "observed"), (11, 11, 11, "observed")),
        ([(5, 5, 5), (NONE, 10, 19)], (None, 15, 24, "suppressed"), (5, 5, 24, "suppressed")),
        ([(5, 5, 5), MISSING], (None, 5, None, None), (5, 5, None, None)),
        ([MISSING, (NONE, 3, 9)], (None, 3, None, None), (0, 0, None, None)),
        ([(5, 4, 7), (NONE, 1, 2)], (None, 5, 9, "suppressed"), (5, 4, 9, "suppressed")),
    ],
)
def test_sum_cells_bounds_the_whole_also_where_terms_are_skipped(
    engine: Engine,
    terms: list[tuple[float, float, float]],
    whole: tuple[Any, ...],
    skipped: tuple[Any, ...],
) -> None:
    table = rows(*terms).drop(columns="establishment").assign(zone="Z")
    table["region"] = [f"A{place}" for place in range(len(table))]
    assert sums(cs.sum_cells(engine(table), region="zone")) == [whole]
    partial = cs.sum_cells(engine(table), region="zone", missing="skip")
    assert sums(partial) == [skipped]
    assert sums(cs.cells(partial)) == [skipped]
    assert sums(cs.sum_cells(partial)) == [skipped]


def test_a_table_without_bounds_or_status_stays_as_it_was() -> None:
    table = rows(KNOWN, MISSING)[["establishment", "region", "industry", "employment"]]
    assert cs.cells(table).columns.tolist() == [
        *("region", "industry", "establishments", "employment", "employment_squares"),
    ]
    cells = table.drop(columns="establishment").assign(region=["A", "B"])
    assert cs.sum_cells(cells).columns.tolist() == ["region", "industry", "employment"]


def test_named_values_have_bounds_of_their_own() -> None:
    table = rows(KNOWN, CLASS).assign(wages=[NONE, 7.0], wages_low=[2.0, NONE])
    cells = cs.cells(table, values=("wages",)).iloc[0]
    assert cells["wages_low"] == 9
    assert np.isnan(cells["wages_high"])
    assert cells["employment_low"] == 15
    assert cells["status"] == "suppressed"


def test_bounds_take_the_name_of_their_value() -> None:
    names = {name: name.replace("employment", "jobs") for name in BOUNDS}
    table = rows(KNOWN, CLASS).rename(columns=names)
    assert sums(cs.cells(table, employment="jobs")) == [(None, 15, 24, "suppressed")]
    beside = table.assign(employment=99, employment_low=99, employment_high=99)
    assert sums(cs.cells(beside, employment="jobs")) == [(None, 15, 24, "suppressed")]
    without = beside.drop(columns=["jobs_low", "jobs_high"])
    assert "employment_low" not in cs.cells(without, employment="jobs")


def test_establishments_are_given_both_bounds_and_a_status() -> None:
    table = cs.establishments(rows(KNOWN, CLASS, MISSING).drop(columns="employment_high"))
    assert sums(table) == [(5, 5, 5, "observed"), (None, 10, None, "suppressed"), (None,) * 4]


BAD = [
    ((5, 6, 9), "'employment' is 5 at .*, where 'employment_low' is 6; a known value lies within"),
    ((5, 1, 4), "'employment' is 5 at .*, where 'employment_high' is 4; a known value lies within"),
    ((NONE, 5, 2), "'employment_low' exceeds 'employment_high' at .*: 5 > 2; exchange or correct"),
    ((NONE, -1, 2), "'employment_low' is -1 at .*; counts and sizes are finite and not negative"),
    ((NONE, 1, np.inf), "'employment_high' is inf at .*; counts and sizes are finite and not"),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("term", "match"), BAD)
def test_contradictions_name_the_row(
    engine: Engine, term: tuple[float, float, float], match: str
) -> None:
    table = rows(KNOWN, term)
    named = match.replace(".*", "establishment '1'")
    for door in (cs.cells, cs.establishments):
        with pytest.raises(cs.TableError, match=named):
            door(engine(table))
    cells = table.drop(columns="establishment").assign(region=["A", "B"])
    named = match.replace(".*", "region 'B', industry 'x'")
    for door in (cs.cells, cs.sum_cells):
        with pytest.raises(cs.TableError, match=named):
            door(engine(cells))
    with pytest.raises(cs.TableError, match="'employment"):
        cs.to_naf_level(engine(cells.assign(industry="59.11A")), level="a38")


@pytest.mark.parametrize("engine", ENGINES)
def test_text_in_a_bound_and_a_strange_status_are_told_in_our_words(engine: Engine) -> None:
    table = rows(KNOWN, CLASS)
    with pytest.raises(cs.TableError, match="'employment_low' holds 'ten' in row 1"):
        cs.cells(engine(table.assign(employment_low=["1", "ten"])))
    with pytest.raises(cs.TableError, match="status 'open' is not known; use one of observed, imp"):
        cs.cells(engine(table.assign(status=["observed", "open"])))


@pytest.mark.parametrize("engine", ENGINES)
def test_known_fractions_bound_themselves_to_the_bit(engine: Engine) -> None:
    values = np.random.default_rng(1).random(3000)
    table = pd.DataFrame({"establishment": [str(k) for k in range(3000)], "employment": values})
    table = table.assign(region="A", industry="x", zone="Z", employment_high=NONE)
    cells = cs.cells(engine(table))
    assert cells["employment_low"].tolist() == cells["employment"].tolist()
    assert cells["employment_high"].tolist() == cells["employment"].tolist()


def test_measures_pass_bounds_over() -> None:
    table = pd.DataFrame(
        {"region": list("AABB"), "industry": list("xyxy"), "employment": [1, 2, 3, 4]}
    )
    bounded = cs.cells(table.assign(employment_high=NONE))
    assert bounded["employment_high"].tolist() == [1, 2, 3, 4]
    pd.testing.assert_frame_equal(cs.location_quotient(bounded), cs.location_quotient(table))
    hidden = table.assign(employment=[1, NONE, 3, 4], employment_low=[1, 0, 3, 4])
    with pytest.warns(cs.ClusterstatsWarning, match="'employment' is unknown in 1 row"):
        found = cs.location_quotient(cs.cells(hidden))
    with pytest.warns(cs.ClusterstatsWarning, match="'employment' is unknown in 1 row"):
        plain = cs.location_quotient(table.assign(employment=[1, NONE, 3, 4]))
    ends = ["estimate_low", "estimate_high"]
    pd.testing.assert_frame_equal(found.drop(columns=ends), plain)
    assert (found["estimate_low"] <= found["estimate_high"]).all()
