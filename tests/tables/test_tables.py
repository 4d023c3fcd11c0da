"""Any frame becomes cells, or says clearly why not."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

JOBS = pd.DataFrame(
    {"region": ["A", "A", "B"], "industry": ["x", "y", "x"], "employment": [1.0, 2.0, 3.0]}
)
SITES = pd.DataFrame(
    {
        "establishment": ["1", "2", "3"],
        "region": ["A", "A", "B"],
        "industry": ["x", "x", "y"],
        "employment": [1.0, 4.0, np.nan],
    }
)


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (JOBS.drop(columns="industry"), "no column 'industry'; the table has 'region', 'empl"),
        (JOBS.assign(region=["A", None, "B"]), "'region' is blank in 1 row.s., first row 1"),
        (JOBS.assign(employment=[1, -2, 3]), "'employment' is -2 at region 'A', industry 'y'"),
        (JOBS.assign(employment=[1, np.inf, 3]), "is inf at region 'A'"),
        (JOBS.assign(employment=["1", "many", "3"]), "holds 'many' in row 1"),
        (pd.concat([JOBS, JOBS[:1]]), r"cells repeat 1 .region, industry. key.s., first .'A', 'x'"),
        (JOBS[:0], "the table has no rows"),
        (JOBS, r"1 of 4 .region, industry. rows are absent, first .'B', 'y'.; say what absence"),
        (42, "expected a table"),
    ],
)
def test_bad_cells_get_one_clear_sentence(table: object, match: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=match):
        cs.cells(table)


@pytest.mark.parametrize("door", [cs.location_quotient, cs.krugman_specialization])
@pytest.mark.parametrize(
    ("table", "match"),
    [
        (JOBS, "rows are absent"),
        (pd.concat([JOBS, JOBS[:1]]), "cells repeat"),
        (JOBS.rename(columns={"employment": "jobs"})[::2], "no column 'employment'"),
    ],
)
def test_doors_check_what_was_not_adapted(door: object, table: object, match: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=match):
        door(table)  # type: ignore[operator]


def test_absent_rows_are_what_the_caller_says() -> None:
    zero = cs.cells(JOBS, absent="zero").set_index(["region", "industry"])["employment"]
    missing = cs.cells(JOBS, absent="missing").set_index(["region", "industry"])["employment"]
    assert zero["B", "y"] == 0
    assert np.isnan(missing["B", "y"])


def test_attributes_ride_along_into_absent_rows() -> None:
    table = JOBS.assign(epci=["E1", "E1", "E2"], sector=["s", "t", "s"], odd=[1, 2, 3])
    added = cs.cells(table, absent="zero").query("region == 'B' and industry == 'y'").iloc[0]
    assert (added["epci"], added["sector"]) == ("E2", "t")


def test_establishments_are_summed_with_squares_and_unknown_stays_unknown() -> None:
    cells = cs.cells(SITES).set_index(["region", "industry"])
    assert cells.loc[("A", "x")].tolist() == [2.0, 5.0, 17.0]
    assert cells.loc[("A", "y")].tolist() == [0.0, 0.0, 0.0]
    assert cells.loc[("B", "y"), "establishments"] == 1
    assert np.isnan(cells.loc[("B", "y"), "employment"])


@pytest.mark.parametrize(
    "engine", [pl.from_pandas, lambda frame: duckdb.from_df(frame)], ids=["polars", "duckdb"]
)
def test_every_engine_sums_alike(engine: object) -> None:
    frame = engine(SITES)  # type: ignore[operator]
    pd.testing.assert_frame_equal(cs.cells(frame), cs.cells(SITES))


def test_a_named_column_takes_the_place_of_the_contract_name() -> None:
    table = JOBS.assign(zone=["Z1", "Z1", "Z2"])
    cells = cs.cells(table, region="zone", absent="zero")
    assert cells["region"].unique().tolist() == ["Z1", "Z2"]
    assert "zone" not in cells


def test_numbers_as_codes_are_taken_with_a_warning() -> None:
    table = JOBS.assign(region=[1, 1, 2])
    with pytest.warns(cs.ClusterstatsWarning, match="leading zeros"):
        cells = cs.cells(table, absent="zero")
    assert cells["region"].unique().tolist() == ["1", "2"]


def test_repeated_or_negative_establishments_are_refused() -> None:
    with pytest.raises(cs.ClusterstatsError, match=r"establishments repeat 1 .establishment. key"):
        cs.cells(pd.concat([SITES, SITES[:1]]))
    with pytest.raises(cs.ClusterstatsError, match="'employment' is -1 at region 'A'"):
        cs.cells(SITES.assign(employment=[1, -1, 2]))
    with pytest.raises(cs.ClusterstatsError, match="establishments repeat"):
        cs.location_quotient(pd.concat([SITES, SITES[:1]]))


def test_sum_cells_propagates_or_skips_the_unknown() -> None:
    table = JOBS.assign(epci="E", employment=[1.0, np.nan, 3.0])
    whole = cs.sum_cells(table, region="epci").set_index("industry")["employment"]
    assert whole["x"] == 4
    assert np.isnan(whole["y"])
    skipped = cs.sum_cells(table, region="epci", missing="skip").set_index("industry")["employment"]
    assert skipped["x"] == 4
    assert skipped["y"] == 0


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.integers(0, 9)), min_size=1
    )
)
def test_totals_are_conserved(rows: list[tuple[str, str, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["region", "industry", "employment"])
    frame["establishment"] = [str(k) for k in range(len(frame))]
    cells = cs.cells(frame)
    assert cells["employment"].sum() == frame["employment"].sum()
    assert cells["employment_squares"].sum() == (frame["employment"] ** 2).sum()
    assert cells["establishments"].sum() == len(frame)
    assert len(cells) == frame["region"].nunique() * frame["industry"].nunique()


def test_undeclared_numbers_are_unknown_where_rows_were_absent() -> None:
    table = pd.DataFrame(
        {
            "region": list("ABC"),
            "industry": list("xyx"),
            "employment": [1, 2, 3],
            "admissions": [50, 70, 90],
            "label": ["film", "tv", "film"],
        }
    )
    cells = cs.cells(table, absent="zero").set_index(["region", "industry"])
    assert cells.loc[("A", "y"), "employment"] == 0
    assert np.isnan(cells.loc[("A", "y"), "admissions"])
    assert cells["label"].isna().sum() == 3  # of the region or of the industry: not decidable
    declared = cs.cells(table, values=("admissions",), absent="zero")
    assert cs.location_quotient(declared, value="admissions")["estimate"].notna().all()
    with pytest.warns(cs.ClusterstatsWarning, match="name the column in cs.cells"):
        cs.location_quotient(cs.cells(table, absent="zero"), value="admissions")


def test_a_base_may_vary_by_year_beside_absent_rows() -> None:
    table = pd.DataFrame(
        {
            "year": [1, 1, 1, 2, 2, 2],
            "region": list("AABAAB"),
            "industry": list("xyxxyx"),
            "employment": range(1, 7),
            "population": [10, 10, 20, 11, 11, 21],
        }
    )
    lq = cs.location_quotient(cs.cells(table, absent="zero"), base="population")
    first = lq.query("year == 1 and region == 'A' and industry == 'x'")["estimate"].iloc[0]
    assert np.isclose(first, (1 / 10) / (4 / 30))
    blank = table.assign(population=table["population"].where(table["region"] == "A"))
    cells = cs.cells(blank, absent="zero")
    with pytest.raises(cs.ClusterstatsError, match="'population' is blank in region 'B'"):
        cs.location_quotient(cells, base="population")


@pytest.mark.parametrize("squares", [0.4, 26.0, 0.0])
def test_impossible_squares_are_refused(squares: float) -> None:
    table = pd.DataFrame(
        {"region": ["A"], "industry": ["x"], "establishments": [5.0], "employment": [5.0]}
    )
    with pytest.raises(cs.ClusterstatsError, match="a sum of squares lies between"):
        cs.cells(table.assign(employment_squares=squares))


def test_codes_become_text_whatever_held_them() -> None:
    mixed = pd.Series([1001, "1001", "2A004"], dtype=object)
    table = JOBS.assign(region=mixed, industry=list("xyx"))
    with pytest.warns(cs.ClusterstatsWarning, match="holds int values, used as text"):
        cells = cs.cells(table, absent="zero")
    assert cells["region"].unique().tolist() == ["1001", "2A004"]
    held = JOBS.assign(region=pd.Categorical(["A", "A", "B"]), year=pd.Categorical([2020.0] * 3))
    cells = cs.cells(held, absent="zero")
    assert cells["year"].dtype == "int64"
    assert cells["region"].dtype == cs.cells(JOBS, absent="zero")["region"].dtype
    with pytest.raises(cs.ClusterstatsError, match="'region' is blank"):
        cs.cells(JOBS.assign(region=["A", "", "B"]))


@pytest.mark.parametrize("engine", [pd.DataFrame, pl.from_pandas, lambda f: duckdb.from_df(f)])
def test_text_in_a_size_is_told_in_our_words(engine: object) -> None:
    sites = SITES.assign(employment=["1", "n/a", "2"])
    with pytest.raises(cs.ClusterstatsError, match="'employment' holds 'n/a' in row 1"):
        cs.cells(engine(sites))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("table", "match"),
    [
        (JOBS.assign(**{"status": "secret"}), "status 'secret' is not known"),
        (JOBS.assign(employment_low=5, employment_high=2), "'employment_low' exceeds"),
        (JOBS.rename(columns={"employment": 3}), "column name 3 is not text"),
        (pd.concat([JOBS, JOBS[["employment"]]], axis=1), "two columns are named 'employment'"),
    ],
)
def test_more_bad_cells(table: pd.DataFrame, match: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=match):
        cs.cells(table, absent="zero")


def test_sum_cells_refuses_establishments() -> None:
    with pytest.raises(cs.ClusterstatsError, match="the table lists establishments"):
        cs.sum_cells(SITES)
