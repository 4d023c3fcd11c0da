"""SIRENE's stock file on made-up establishments: 54 and 57 columns, CSV and Parquet, any date."""

import datetime as dt
import tempfile
import zipfile
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterstats.errors import ClusterstatsWarning, OptionError
from clusterstats.sources.sirene import read_sirene
from tests.sources.sirene_files import (
    CURRENT,
    GEOCODED,
    SHORT,
    as_csv,
    as_parquet,
    aside,
    noted,
    one,
    read,
    read_one,
)


def test_the_headers_are_those_of_insee(data_dir):
    lists = pd.read_csv(data_dir / "insee_formats" / "sirene_columns.csv.gz")
    names = {file[:40]: list(rows["column"]) for file, rows in lists.groupby("file")}
    assert names["StockEtablissement (since 2025-12-16; or"] == CURRENT
    assert names["StockEtablissement (geocoded flavour, 20"] == GEOCODED
    assert (len(CURRENT), len(GEOCODED)) == (54, 57)


def test_one_establishment_of_today(tmp_path):
    row, _ = read_one(tmp_path, x="652000.5", y="6862000", sign='À "l\'Œil", ici')
    assert row == {
        "establishment": "00000000100011",
        "firm": "000000001",
        "region": "75118",
        "industry": "59.11A",
        "industry_system": "NAFRev2",
        "employment": None,
        "employment_low": 10.0,
        "employment_high": 19.0,
        "is_head_office": True,
        "opened": dt.date(2004, 5, 1),
        "closed": None,
        "diffusion": "O",
        "x": 652000.5,
        "y": 6862000.0,
    }


def test_one_geocoded_establishment(tmp_path):
    row, _ = read_one(tmp_path, GEOCODED, lon="2.34", lat="48.89")
    assert (row["lon"], row["lat"], "x" in row) == (2.34, 48.89, False)


def test_columns_are_found_by_name(tmp_path):
    rows = [one(1, x="1", y="2"), one(2, band="NN")]
    usual, _ = read(as_csv(tmp_path / "a.csv", rows))
    other, _ = read(as_csv(tmp_path / "b.csv", rows, CURRENT[::-1]))
    assert usual == other


def test_types_and_laziness(tmp_path):
    frame = read_sirene(as_csv(tmp_path / "s.csv", [one()]))
    assert isinstance(frame.to_native(), duckdb.DuckDBPyRelation)
    schema = frame.collect_schema()
    assert schema["opened"] == schema["closed"] == nw.Date
    assert schema["is_head_office"] == nw.Boolean
    assert {schema[f"employment{end}"] for end in ("", "_low", "_high")} == {nw.Float64()}


def test_size_classes_are_those_of_insee(tmp_path, data_dir):
    table = pd.read_csv(data_dir / "insee_formats" / "tranche_effectifs.csv.gz", dtype=str)
    rows = [one(i, band=code) for i, code in enumerate(table["code"])]
    found, report = read(as_csv(tmp_path / "s.csv", rows))
    for row, low, high in zip(found, table["borne_inf"], table["borne_sup"], strict=True):
        assert row["employment_low"] == (None if low != low else float(low))
        assert row["employment_high"] == (None if high != high else float(high))
    assert noted(report) == {"no known number of employees (NN or blank)": 1}


@pytest.mark.parametrize("band", ["NN", ""])
def test_an_unknown_size_is_not_zero(tmp_path, band):
    row, _ = read_one(tmp_path, band=band)
    assert (row["employment_low"], row["employment_high"]) == (None, None)


def test_masked_fields_are_null_and_counted(tmp_path):
    rows = [one(1, diffusion="P", commune="[ND]", x="[ND]", y="[ND]"), one(2, x="1", y="2")]
    found, report = read(as_csv(tmp_path / "s.csv", rows))
    assert [(row["region"], row["x"]) for row in found] == [(None, None), ("75118", 1.0)]
    columns = (SHORT["commune"], SHORT["x"], SHORT["y"])
    assert noted(report) == {f"[ND] in {column!r}": 1 for column in columns}
    assert report.rows.kept == 2
    assert "1 kept with [ND] in 'codeCommuneEtablissement'" in str(report)


def test_abroad_and_without_a_commune_are_set_aside(tmp_path):
    rows = [one(1), one(2, commune="99138"), one(3, commune=""), one(4, commune="20004")]
    found, report = read(as_csv(tmp_path / "s.csv", rows))
    assert [row["region"] for row in found] == ["75118", "20004"]
    assert aside(report) == {"abroad, or without a commune": (2, 3)}


def test_closed_establishments(tmp_path):
    rows = [one(1), one(2, state="F", start="2016-07-01"), one(3, state="F", start="")]
    path = as_csv(tmp_path / "s.csv", rows)
    active, report = read(path)
    assert [row["closed"] for row in active] == [None]
    assert aside(report) == {"closed": (2, 3)}
    both, report = read(path, active_only=False)
    assert [row["closed"] for row in both] == [None, dt.date(2016, 7, 1), None]
    assert aside(report) == {}


def test_rows_set_aside_warn_without_report(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one(1), one(2, state="F")])
    with pytest.warns(ClusterstatsWarning, match="1 set aside: closed"):
        read_sirene(path)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, None),
        ({"created": "2015-01-01"}, None),
        ({"created": "2015-01-02"}, "opened after 2015-01-01"),
        ({"state": "F", "start": "2015-01-01"}, "closed by 2015-01-01"),
        ({"state": "F", "start": "2015-01-02"}, None),
        ({"created": "", "start": "2010-01-01"}, None),
        ({"created": "", "start": "2018-01-01"}, "no date that says whether"),
        ({"created": "[ND]", "start": "2018-01-01"}, "no date that says whether"),
        ({"state": "F", "start": ""}, "no date that says whether"),
        ({"state": "F", "start": "", "created": "2016-01-01"}, "opened after 2015-01-01"),
        ({"state": "F", "start": "2018-01-01", "created": ""}, "no date that says whether"),
    ],
)
def test_stock_at_a_date(tmp_path, values, reason):
    found, report = read(as_csv(tmp_path / "s.csv", [one(**values)]), date="2015-01-01")
    assert len(found) == (reason is None)
    assert [part.reason.startswith(reason) for part in report.rows.set_aside] == [True] * (
        reason is not None
    )
    assert all(part.first_line == 2 for part in report.rows.set_aside)


def test_a_day_as_a_date(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one()])
    assert len(read(path, date=dt.date(2015, 1, 1))[0]) == 1


def test_wrong_options(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one()])
    with pytest.raises(OptionError, match="date='2015' is not a day; write it like '2015-01-01'"):
        read_sirene(path, date="2015")
    with pytest.raises(OptionError, match="leave active_only=False out"):
        read_sirene(path, date="2015-01-01", active_only=False)


def test_old_nomenclatures_keep_their_codes(tmp_path):
    rows = [
        one(1, ape="92.1B", system="NAFRev1"),
        one(2, ape="8605", system="NAP"),
        one(3, ape="5911A"),
        one(4, ape="", system=""),
    ]
    found, report = read(as_csv(tmp_path / "s.csv", rows))
    assert [row["industry"] for row in found] == ["92.1B", "86.05", "59.11A", None]
    assert noted(report) == {"no industry": 1}


def test_zip_and_gzip_as_published(tmp_path):
    path = as_csv(tmp_path / "StockEtablissement_utf8.csv", [one(1), one(2)])
    with zipfile.ZipFile(tmp_path / "s.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    zipped = as_csv(tmp_path / "s.csv.gz", [one(1), one(2)])
    assert read(tmp_path / "s.zip")[0] == read(path)[0] == read(zipped)[0]


dates = st.sampled_from(["", "2014-12-31", "2015-01-01", "2015-01-02", "2020-02-29", "1999-01-01"])
stocks = st.lists(
    st.fixed_dictionaries(
        {
            "created": dates,
            "start": dates,
            "state": st.sampled_from("AF"),
            "band": st.sampled_from(["", "NN", "00", "12", "53"]),
            "commune": st.sampled_from(["75118", "2A004", "", "99138", "[ND]"]),
            "seat": st.sampled_from(["true", "false", ""]),
            "x": st.sampled_from(["", "[ND]", "1.5"]),
            "y": st.sampled_from(["", "[ND]", "-2"]),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(stocks, st.sampled_from([None, "2015-01-01", "2020-02-29"]))
@settings(deadline=None, max_examples=25)
def test_csv_and_parquet_agree_and_no_row_is_lost(stock, date):
    rows = [one(i, **values) for i, values in enumerate(stock)]
    with tempfile.TemporaryDirectory() as folder:
        text = read(as_csv(Path(folder, "s.csv"), rows), date=date)
        stored = read(as_parquet(Path(folder, "s.parquet"), rows), date=date)
    assert text[0] == stored[0]
    assert noted(text[1]) == noted(stored[1])
    assert {r: n for r, (n, _) in aside(text[1]).items()} == {
        r: n for r, (n, _) in aside(stored[1]).items()
    }
    assert text[1].rows.read == len(rows)
    assert text[1].rows.kept == len(text[0])
    assert all(part.first_line > 1 for part in text[1].rows.set_aside)


def test_possible_leap_days(tmp_path):
    assert read_one(tmp_path, created="2000-02-29")[0]["opened"] == dt.date(2000, 2, 29)
