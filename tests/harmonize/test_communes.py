"""Communes to any vintage: made-up events of each kind, what is refused, what is returned."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clusterstats.errors import ClusterstatsWarning, DatasetError, OptionError, TableError
from clusterstats.harmonize.communes import to_vintage


def made(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Events from commune to commune: kind, day, before, after."""
    events = pd.DataFrame(rows, columns=["MOD", "DATE_EFF", "COM_AV", "COM_AP"])
    return events.assign(TYPECOM_AV="COM", TYPECOM_AP="COM")


MERGER = made(("32", "2020-01-01", "01001", "01001"), ("32", "2020-01-01", "01002", "01001"))
SPLIT = made(
    ("21", "2022-03-01", "01001", "01001"),
    ("21", "2022-03-01", "01001", "01002"),
    ("21", "2022-03-01", "01001", "01003"),
)
CHANGE = made(("41", "2018-01-01", "14513", "50649"), ("32", "2018-01-01", "50649", "50592"))
CHANGE = pd.concat([CHANGE, made(("32", "2018-01-01", "50592", "50592"))])


def jobs(**employment: float) -> pd.DataFrame:
    codes = [code.removeprefix("c") for code in employment]
    return pd.DataFrame({"region": codes, "employment": list(employment.values())})


def by_code(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["region"], table["employment"], strict=True))


def test_merger_sums_and_is_listed() -> None:
    found = to_vintage(jobs(c01001=3, c01002=4, c01009=5), from_=2019, events=MERGER)
    assert by_code(found.table) == {"01001": 7, "01009": 5}
    assert found.moves.to_numpy().tolist() == [["01002", "01001", 1.0, "whole"]]
    assert found.unmatched.empty
    assert str(found) == "2 row(s), 1 move(s) of codes, 0 row(s) unmatched"


def test_any_engine_is_taken() -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"region": ["01001", "01002"], "employment": [3, 4]})
    for frame in (table, table.lazy()):
        assert by_code(to_vintage(frame, from_=2019, events=MERGER).table) == {"01001": 7}


def test_the_day_of_a_vintage_is_included() -> None:
    table = jobs(c01001=3, c01002=4)
    assert by_code(to_vintage(table, from_=2018, to=2019, events=MERGER).table) == by_code(table)
    assert by_code(to_vintage(table, from_=2019, to=2020, events=MERGER).table) == {"01001": 7}


def test_split_is_equal_unless_weights_are_given() -> None:
    equal = to_vintage(jobs(c01001=9), from_=2022, to=2023, events=SPLIT)
    assert by_code(equal.table) == pytest.approx({"01001": 3, "01002": 3, "01003": 3})
    assert set(equal.moves["weighting"]) == {"equal"}
    weights = pd.DataFrame({"region": ["01001", "01002", "01003"], "weight": [50, 30, 20]})
    given_ = to_vintage(jobs(c01001=9), from_=2022, events=SPLIT, weights=weights)
    assert by_code(given_.table) == pytest.approx({"01001": 4.5, "01002": 2.7, "01003": 1.8})
    assert set(given_.moves["weighting"]) == {"given"}


def test_split_with_a_part_of_unknown_weight_is_equal() -> None:
    weights = pd.DataFrame({"region": ["01001", "01002", "01003"], "weight": [50, 30, None]})
    found = to_vintage(jobs(c01001=9), from_=2022, events=SPLIT, weights=weights)
    assert set(found.moves["weighting"]) == {"equal"}


def test_code_change_and_merger_on_the_same_day() -> None:
    found = to_vintage(jobs(c14513=2, c50592=5), from_=2017, events=CHANGE)
    assert by_code(found.table) == {"50592": 7}


def test_chain_of_merger_and_split() -> None:
    chain = pd.concat([MERGER, SPLIT])
    found = to_vintage(jobs(c01001=2, c01002=4), from_=2019, to=2023, events=chain)
    assert by_code(found.table) == pytest.approx({"01001": 2, "01002": 2, "01003": 2})


def test_back_to_an_old_vintage() -> None:
    weights = pd.DataFrame({"region": ["01001", "01002"], "weight": [1, 3]})
    back = to_vintage(jobs(c01001=8), from_=2021, to=2019, events=MERGER, weights=weights)
    assert by_code(back.table) == {"01001": 2, "01002": 6}
    joined = to_vintage(jobs(c01001=1, c01002=1, c01003=1), from_=2023, to=2022, events=SPLIT)
    assert by_code(joined.table) == {"01001": 3}


def test_back_and_forth_is_the_same() -> None:
    table = jobs(c01001=8, c01009=1)
    back = to_vintage(table, from_=2021, to=2019, events=MERGER).table
    assert by_code(to_vintage(back, from_=2019, to=2021, events=MERGER).table) == by_code(table)


def test_same_vintage_changes_nothing() -> None:
    found = to_vintage(jobs(c01001=8), from_=2021, to=2021, events=MERGER)
    assert by_code(found.table) == {"01001": 8}
    assert found.moves.empty


def test_what_is_no_commune_is_returned_and_counted() -> None:
    table = jobs(c01001=1, c01002=2, c1004=3)
    table.loc[3] = [None, 4.0]
    table.loc[4] = [None, 5.0]
    with pytest.warns(ClusterstatsWarning, match=r"4 row\(s\) of 3 code\(s\).*first '01002'"):
        found = to_vintage(table, from_=2021, events=MERGER)
    assert by_code(found.table) == {"01001": 1}
    assert found.unmatched["employment"].tolist() == [2, 3, 4, 5]
    reasons = found.unmatched["reason"].tolist()
    assert reasons[0] == "not a commune on 1 January 2021"
    assert "leading zeros" in reasons[1]
    assert reasons[2:] == ["blank code", "blank code"]


def test_nothing_at_all_matches() -> None:
    with pytest.warns(ClusterstatsWarning, match="found no place"):
        found = to_vintage(jobs(cXX=1), from_=2021, events=MERGER)
    assert found.table.empty
    assert len(found.unmatched) == 1


def test_a_commune_from_nowhere_has_no_past() -> None:
    events = made(("20", "1947-09-17", "06162", "06162")).assign(COM_AV=None, TYPECOM_AV=None)
    with pytest.warns(ClusterstatsWarning, match="nothing on 1 January 1946 came before it"):
        found = to_vintage(jobs(c06162=1), from_=2025, to=1946, events=events)
    assert len(found.unmatched) == 1


def test_mixed_vintages_are_taken_where_each_code_last_was() -> None:
    table = jobs(c01001=1, c01002=2)
    assert by_code(to_vintage(table, from_=None, events=MERGER).table) == {"01001": 3}
    found = to_vintage(table, from_=None, to=2015, events=SPLIT)
    assert by_code(found.table) == {"01001": 3}


def test_delegated_communes_and_names_move_nothing() -> None:
    inside = pd.DataFrame(
        {
            "MOD": ["35", "10"],
            "DATE_EFF": "2023-01-01",
            "TYPECOM_AV": ["COMD", "COM"],
            "COM_AV": ["01002", "01001"],
            "TYPECOM_AP": "COM",
            "COM_AP": ["01001", "01001"],
        }
    )
    found = to_vintage(jobs(c01001=1), from_=2020, events=inside)
    assert by_code(found.table) == {"01001": 1}
    assert found.moves.empty


def test_years_industries_squares_and_named_values() -> None:
    table = pd.DataFrame(
        {
            "year": [2018, 2018, 2019],
            "commune": ["01001", "01002", "01002"],
            "industry": "59.11A",
            "employment": [1, 2, np.nan],
            "employment_squares": [1.0, 4.0, 9.0],
            "seats": [10, 20, 30],
        }
    )
    before = table.copy()
    found = to_vintage(table, from_=2019, region="commune", values=("seats",), events=MERGER).table
    assert found.columns.tolist()[:3] == ["year", "region", "industry"]
    assert found["seats"].tolist() == [30, 30]
    assert found["employment_squares"].tolist() == [5, 9]
    assert found["employment"].isna().tolist() == [False, True]
    pd.testing.assert_frame_equal(table, before)


def test_whole_numbers_by_largest_remainder() -> None:
    found = to_vintage(
        jobs(c01001=11), from_=2022, events=SPLIT, rounding="largest_remainder"
    ).table
    assert by_code(found) == {"01001": 4, "01002": 4, "01003": 3}
    with pytest.raises(TableError, match=r"holds 1\.5, not a whole number"):
        to_vintage(jobs(c01001=1.5), from_=2022, events=SPLIT, rounding="largest_remainder")


def test_arrondissements_are_kept() -> None:
    assert by_code(to_vintage(jobs(c75118=2), from_=2010, events=MERGER).table) == {"75118": 2}


@pytest.mark.parametrize("year", [1900, 2019.5, True, "2019"])
def test_vintages_are_years(year: object) -> None:
    with pytest.raises(OptionError, match=r"from_=.* is not a vintage"):
        to_vintage(jobs(c01001=1), from_=year, events=MERGER)  # type: ignore[arg-type]


def test_wrong_tables_are_refused() -> None:
    with pytest.raises(TableError, match=r"cells repeat 1 \(region\) key"):
        to_vintage(pd.concat([jobs(c01001=1)] * 2), from_=2019, events=MERGER)
    with pytest.raises(TableError, match="no column to sum"):
        to_vintage(jobs(c01001=1)[["region"]], from_=2019, events=MERGER)
    with pytest.raises(TableError, match="is -1 at region '01001'"):
        to_vintage(jobs(c01001=-1), from_=2019, events=MERGER)
    with pytest.raises(TableError, match=r"lists establishments; cs\.cells"):
        to_vintage(jobs(c01001=1).assign(establishment="1"), from_=2019, events=MERGER)
    with pytest.raises(TableError, match="events have no column 'COM_AP'"):
        to_vintage(jobs(c01001=1), from_=2019, events=MERGER.drop(columns="COM_AP"))


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (pd.DataFrame({"region": ["01001"]}), "no column 'weight'"),
        (pd.DataFrame({"region": ["01001"] * 2, "weight": [1, 2]}), "repeat region '01001'"),
        (pd.DataFrame({"region": ["01001"], "weight": [-1]}), "negative or infinite"),
    ],
)
def test_wrong_weights_are_refused(weights: pd.DataFrame, message: str) -> None:
    with pytest.raises(TableError, match=message):
        to_vintage(jobs(c01001=1), from_=2019, events=MERGER, weights=weights)


def test_absent_events_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CLUSTERSTATS_DATA", raising=False)
    monkeypatch.setenv("CLUSTERSTATS_CACHE", str(tmp_path / "none"))
    with pytest.raises(DatasetError, match=r"CLUSTERSTATS_DATA is not set.*mvtcommunes\.csv\.gz"):
        to_vintage(jobs(c01001=1), from_=2019)
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(tmp_path))
    with pytest.raises(DatasetError, match="there is no .*mvtcommunes"):
        to_vintage(jobs(c01001=1), from_=2019)
