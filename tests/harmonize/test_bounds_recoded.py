"""Bounds and status through recodings: sums, shared parts, whole numbers, what finds no place."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs
from clusterstats import harmonize
from clusterstats.errors import ClusterstatsWarning, OptionError, TableError

NONE = float("nan")
BOUNDS = ["employment", "employment_low", "employment_high"]
SPLIT = pd.DataFrame(
    {
        "MOD": "21",
        "DATE_EFF": "2022-03-01",
        "TYPECOM_AV": "COM",
        "COM_AV": "01001",
        "TYPECOM_AP": "COM",
        "COM_AP": ["01001", "01002", "01003"],
    }
)


def rows(*employment: tuple[float, float, float], **keys: list[str]) -> pd.DataFrame:
    return pd.DataFrame(keys).join(pd.DataFrame(employment, columns=BOUNDS, dtype="float64"))


def told(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Employment, its bounds and the status of each row, blanks as None."""
    chosen = table[[*BOUNDS, "status"]].astype(object)
    return list(chosen.where(chosen.notna(), None).itertuples(index=False, name=None))


@pytest.mark.parametrize("engine", [lambda frame: frame, pl.from_pandas, duckdb.from_df])
def test_levels_carry_bounds_from_any_engine(engine: Any) -> None:
    table = rows(
        (5, NONE, NONE), (NONE, 10, 19), (NONE, NONE, NONE),
        industry=["59.11A", "59.12Z", "62.01Z"],
    )  # fmt: skip
    found = cs.to_naf_level(engine(table), level="a88").table
    assert found["industry"].tolist() == ["59", "62"]
    assert told(found) == [(None, 15, 24, "suppressed"), (None,) * 4]


def test_what_finds_no_item_keeps_its_bounds() -> None:
    table = rows((NONE, 1, 2), (3, 3, 3), industry=["92.1A", "59.11A"])
    with pytest.warns(ClusterstatsWarning, match="found no place"):
        found = cs.to_naf_level(table, level="a21")
    assert told(found.unmatched) == [(None, 1, 2, "suppressed")]
    assert told(found.table) == [(3, 3, 3, "observed")]


def test_arrondissements_and_departements_carry_bounds() -> None:
    table = rows(
        (NONE, 1, 2), (4, 4, 4), (NONE, 0, NONE), region=["75105", "75106", "93066"]
    ).assign(status=["suppressed", "imputed", "suppressed"])
    expected = [(None, 5, 6, "suppressed"), (None, 0, None, "suppressed")]
    assert told(cs.fold_arrondissements(table)) == expected
    assert told(cs.to_zoning(table, zoning="department").table) == expected


def test_a_table_without_bounds_gains_no_column() -> None:
    table = pd.DataFrame({"industry": ["59.11A"], "employment": [5]})
    assert cs.to_naf_level(table, level="a88").table.columns.tolist() == ["industry", "employment"]


def test_contradictory_bounds_are_refused() -> None:
    table = rows((5, 6, 9), region=["93066"])
    with pytest.raises(TableError, match="'employment' is 5 at region '93066', where 'employment_"):
        cs.to_zoning(table, zoning="department")
    with pytest.raises(TableError, match="status 'secret' is not known"):
        cs.fold_arrondissements(table.assign(employment=7, status="secret"))


def test_a_split_shares_bounds_as_it_shares_values() -> None:
    table = rows((8, 8, 8), (NONE, 2, 12), region=["01001", "01001"]).assign(year=[1, 2])
    weights = pd.DataFrame({"region": ["01001", "01002", "01003"], "weight": [2, 1, 1]})
    found = cs.to_vintage(table, from_=2022, to=2023, events=SPLIT, weights=weights)
    assert told(found.table) == [
        *[(4, 4, 4, "observed"), (2, 2, 2, "observed"), (2, 2, 2, "observed")],
        *[(None, 1, 6, "suppressed"), (None, 0.5, 3, "suppressed"), (None, 0.5, 3, "suppressed")],
    ]


@pytest.mark.parametrize(
    ("employment", "expected"),
    [
        ((11, 11, 11), [(4, 4, 4), (4, 4, 4), (3, 3, 3)]),
        ((NONE, 4, 11), [(None, 1, 4)] * 3),
        ((NONE, NONE, NONE), [(None, None, None)] * 3),
        ((11, 10, 12), [(4, 3, 4), (4, 3, 4), (3, 3, 4)]),
    ],
)
def test_whole_parts_lie_within_whole_bounds(
    employment: tuple[float, float, float], expected: list[tuple[float | None, ...]]
) -> None:
    table = rows(employment, region=["01001"])
    found = cs.to_vintage(
        table, from_=2022, to=2023, events=SPLIT, rounding="largest_remainder"
    ).table
    assert [row[:3] for row in told(found)] == expected


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 9), st.integers(0, 9), st.booleans()),
        min_size=1,
        max_size=3,
    ),
    weights=st.lists(st.integers(1, 50), min_size=3, max_size=3),
)
def test_largest_remainders_of_the_truth_lie_within_the_bounds(
    rows: list[tuple[int, int, int, bool]], weights: list[int]
) -> None:
    table = pd.DataFrame(rows, columns=["truth", "below", "above", "is_known"])
    table = table.assign(region="01001", year=range(len(table)))
    true = table["truth"].astype("float64")
    bounded = table.assign(
        employment=true.where(table["is_known"]),
        employment_low=(true - table["below"]).clip(lower=0).where(~table["is_known"], true),
        employment_high=(true + table["above"]).where(~table["is_known"], true),
    )
    share = pd.DataFrame({"region": ["01001", "01002", "01003"], "weight": weights})
    found, whole = (
        cs.to_vintage(
            frame, from_=2022, to=2023, events=SPLIT, weights=share, rounding="largest_remainder"
        ).table
        for frame in (bounded, table.assign(employment=true))
    )
    assert (found["employment_low"] <= whole["employment"]).all()
    assert (whole["employment"] <= found["employment_high"]).all()
    exact = found["status"] == "observed"
    for name in BOUNDS:
        assert found.loc[exact, name].tolist() == whole.loc[exact, "employment"].tolist()
    assert exact.tolist() == np.repeat(table["is_known"], 3).tolist()


def test_the_partial_code_of_2003_shares_its_bounds() -> None:
    table = rows((NONE, 8, 40), (5, 5, 5), industry=["72.2A", "92.1A"])
    with pytest.warns(ClusterstatsWarning, match="outside the image sector"):
        found = cs.image_sector_to_naf_rev2(table, partial=0.25)
    assert found.table["industry"].tolist() == ["58.21Z", "59.11A"]
    assert told(found.table) == [(None, 2, 10, "suppressed"), (5, 5, 5, "observed")]
    assert told(found.unmatched) == [(None, 6, 30, "suppressed")]


def test_a_sector_and_the_rest_share_bounds_and_lose_nothing() -> None:
    table = rows(
        (5, NONE, NONE), (NONE, 10, 18), (7, 7, 7), region=["A"] * 3,
        industry=["59.11A", "62.01Z", "47.11F"],
    )  # fmt: skip
    sector = harmonize.sector_definition("multimedia_lusso", partial=0.5)
    found = sector.apply(table)
    assert found.table["industry"].tolist() == ["multimedia_lusso", "other"]
    assert told(found.table) == [(None, 10, 14, "suppressed"), (None, 12, 16, "suppressed")]
    assert found.unmatched.empty
    halves = found.moves[found.moves["code_from"] == "62.01Z"]
    assert halves["weight"].tolist() == [0.5, 0.5]
    assert halves["weighting"].tolist() == ["given", "given"]


def test_a_sector_taken_whole_or_left_out_bounds_only_what_is_hidden() -> None:
    table = rows((5, 5, 5), (NONE, 10, 18), region=["A"] * 2, industry=["59.11A", "62.01Z"])
    without = harmonize.sector_definition("multimedia_lusso", partial="exclude").apply(table)
    assert told(without.table) == [(5, 5, 5, "observed"), (None, 10, 18, "suppressed")]
    whole = harmonize.sector_definition("multimedia_lusso", partial="include").apply(table)
    assert told(whole.table) == [(None, 15, 23, "suppressed")]


def test_codes_that_are_no_sub_class_are_returned_by_a_sector() -> None:
    sector = harmonize.sector_definition("audiovisual_core")
    table = pd.DataFrame({"industry": ["59.11A", "59"], "employment": [5, 40]})
    with pytest.warns(ClusterstatsWarning, match=r"first '59' \(not a sub-class of NAF rev.2\)"):
        found = sector.apply(table, rest="all else")
    assert found.table["employment"].tolist() == [5]
    assert found.unmatched["employment"].tolist() == [40]
    with pytest.raises(OptionError, match="rest='audiovisual_core' is the sector's own name"):
        sector.apply(table, rest="audiovisual_core")
