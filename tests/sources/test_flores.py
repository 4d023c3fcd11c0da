"""FLORES on made-up territories: wide to 2021, long since 2022, zips, totals, secrecy."""

import tempfile
import zipfile
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterstats.errors import ClusterstatsWarning, OptionError
from clusterstats.sources.flores import read_flores
from tests.sources.flores_files import (
    BY_INDUSTRY,
    BY_SIZE,
    WIDE,
    aside,
    noted,
    pair,
    read,
    refused,
    row,
    write,
)


@pytest.fixture
def long(tmp_path):
    return write(
        tmp_path / "DS_FLORES_A17_2024_data.csv",
        row("F", "FRANCE", value="999"),
        *pair("_T", 6, 50),
        *pair("AZ", 1, 0),
        *pair("JZ", 2, None),
        *pair("JZ", 1, 3, size="E1T9"),
        *pair("RU", 3, 38),
        row(activity="RU", form="10", value="7"),
    )


def test_long_file(long):
    found, report = read(long)
    columns = ("region", "industry", "year", "establishments", "employment")
    assert [tuple(cell[c] for c in columns) for cell in found] == [
        ("01004", "AZ", 2024, 1.0, 0.0),
        ("01004", "JZ", 2024, 2.0, None),
        ("01004", "RU", 2024, 3.0, 38.0),
    ]
    assert [cell["status"] for cell in found] == ["observed", "suppressed", "observed"]
    assert [(cell["employment_low"], cell["employment_high"]) for cell in found] == [
        (0.0, 0.0),
        (0.0, 12.0),
        (38.0, 38.0),
    ]
    assert (report.rows.read, report.rows.kept) == (12, 6)
    assert aside(report.rows) == {
        "of another geography than COM": (1, 2),
        BY_INDUSTRY: (2, 3),
        BY_SIZE: (2, 9),
        "of some legal forms only": (1, 13),
    }
    assert noted(report) == {"status K (suppressed): null, with bounds": 1}


def test_rows_set_aside_warn_without_report(long):
    with pytest.warns(ClusterstatsWarning, match="1 set aside: of another geography than COM"):
        read_flores(long)


def test_types_and_laziness(long):
    frame = read_flores(long, report=lambda _: None)
    assert isinstance(frame.to_native(), duckdb.DuckDBPyRelation)
    schema = frame.collect_schema()
    assert schema["year"] == nw.Int64
    assert schema["has_attached_commune"] == nw.Boolean
    assert {schema[f"employment{end}"] for end in ("", "_low", "_high")} == {nw.Float64()}


def test_another_geography(long):
    found, _ = read(long, geography="FRANCE")
    assert [(cell["region"], cell["employment"]) for cell in found] == [("F", 999.0)]


def test_unknown_geography_names_those_of_the_file(long):
    message = "geography='ZE2020' is not in DS_FLORES_A17_2024_data.csv; use one of 'COM', 'FRANCE'"
    refused(long, message, error=OptionError, geography="ZE2020")


def test_without_size_and_legal_form_as_by_na88(tmp_path):
    header = "GEO;GEO_OBJECT;ACTIVITY;FLORES_MEASURE;OBS_STATUS;TIME_PERIOD;OBS_VALUE"
    path = write(tmp_path / "f.csv", "0056;ZE2020;59;EMPL3112;A;2023;4", header=header)
    (cell,), _ = read(path, geography="ZE2020")
    assert (cell["region"], cell["industry"], cell["employment"]) == ("0056", "59", 4.0)
    assert cell["establishments"] is None


@pytest.mark.parametrize(
    ("total", "merged", "high"),
    [
        ({"value": "50"}, {}, 12.0),
        ({"value": "", "status": "K"}, {}, None),
        ({"value": "50", "status": "W"}, {}, None),
        ({"value": "50"}, {"status": "W"}, None),
        ({"value": "30"}, {}, None),
        ({"value": "50", "year": "2023"}, {}, None),
        ({"value": "50", "geo": "01005"}, {}, None),
    ],
)
def test_upper_bound_only_from_a_total_that_gives_one(tmp_path, total, merged, high):
    cells = [
        row(activity="_T", **total),
        row(activity="RU", value="38", **merged),
        row(activity="JZ", status="K", value=""),
    ]
    found, _ = read(write(tmp_path / "f.csv", *cells))
    bounds = {c["industry"]: (c["employment_low"], c["employment_high"]) for c in found}
    assert bounds == {"JZ": (0.0, high), "RU": (38.0, 38.0)}


def test_attached_communes_are_flagged(tmp_path):
    path = write(tmp_path / "f.csv", row(activity="AZ"), row(activity="JZ", status="W"))
    found, report = read(path)
    assert [cell["has_attached_commune"] for cell in found] == [False, True]
    assert [cell["status"] for cell in found] == ["observed", "observed"]
    assert noted(report) == {"status W: includes an attached commune": 1}


def test_omitted_combinations_stay_absent(tmp_path):
    path = write(tmp_path / "f.csv", row("01004", activity="AZ"), row("01005", activity="JZ"))
    found, _ = read(path)
    assert [(cell["region"], cell["industry"]) for cell in found] == [
        ("01004", "AZ"),
        ("01005", "JZ"),
    ]


def test_zip_with_metadata_and_zip_in_a_zip(tmp_path, long):
    inner, outer = tmp_path / "DS_FLORES_A17.zip", tmp_path / "outer.zip"
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(long, long.name)
        archive.writestr("DS_FLORES_A17_metadata.csv", "COD_VAR;LIB_VAR\n")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, f"folder/{inner.name}")
    assert read(outer)[0] == read(inner)[0] == read(long)[0]


def test_zip_with_two_tables_asks_which(tmp_path, long):
    path = tmp_path / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(long, "a.csv")
        archive.write(long, "b.csv")
    refused(path, "two.zip holds 2 tables; give member=", "'a.csv', 'b.csv'", error=OptionError)
    refused(path, "two.zip has no member 'c.csv'", error=OptionError, member="c.csv")
    assert read(path, member="b.csv")[0] == read(long)[0]
    refused(long, "member='a.csv' is for a zip", error=OptionError, member="a.csv")


def test_wide_file(tmp_path):
    path = write(
        tmp_path / "TD_FLORES2021_NA17_TREF_NBETAB.csv",
        "01004;Clairval;5;2;3;1;1",
        "2A004;Œuf;4;0;;0;",
        header=WIDE,
    )
    found, report = read(path)
    columns = ("region", "industry", "year", "establishments", "status")
    assert [tuple(cell[c] for c in columns) for cell in found] == [
        ("01004", "AZ", 2021, 2.0, "observed"),
        ("01004", "JZ", 2021, 3.0, "observed"),
        ("2A004", "AZ", 2021, 0.0, "observed"),
        ("2A004", "JZ", 2021, None, None),
    ]
    assert {cell["employment"] for cell in found} == {None}
    assert (report.rows.kept, report.cells.read, report.cells.kept) == (2, 10, 4)
    assert aside(report.cells) == {BY_INDUSTRY: (2, 2), BY_SIZE: (4, 2)}
    assert noted(report) == {"a blank: unknown": 1}


def test_wide_jobs_with_a_blank_are_bounded_by_the_total(tmp_path):
    header = "CODGEO;EFF_TOT;EFF_01;EFF_59;EFF_62"
    path = write(tmp_path / "TD_FLORES2019_NA88_NBSAL.csv", "01004;20;8;;0", header=header)
    found, _ = read(path)
    assert [(c["industry"], c["employment_low"], c["employment_high"]) for c in found] == [
        ("01", 8.0, 8.0),
        ("59", 0.0, 12.0),
        ("62", 0.0, 0.0),
    ]


def test_year_of_a_wide_file(tmp_path, long):
    path = write(tmp_path / "f.csv", "01004;C;5;2;3;1;1", header=WIDE)
    refused(path, "f.csv does not say its year; give year=", error=OptionError)
    assert {cell["year"] for cell in read(path, year=2018)[0]} == {2018}
    refused(long, "year=2018 is for files to 2021", error=OptionError, year=2018)


tables = st.dictionaries(
    st.tuples(
        st.sampled_from(["01004", "2A004", "97101"]),
        st.sampled_from(["AZ", "C1", "JZ", "RU"]),
        st.sampled_from(["2022", "2023"]),
    ),
    st.tuples(*[st.none() | st.integers(0, 10**6)] * 2),
    min_size=1,
    max_size=12,
)


@given(tables)
@settings(deadline=None, max_examples=40)
def test_any_table_comes_back_and_bounds_hold_what_was_hidden(table):
    """`None` jobs hide 7: the total counts them."""
    lines = [
        line
        for (region, industry, year), values in table.items()
        for line in pair(industry, *values, geo=region, year=year)
    ]
    jobs = {}
    for (region, _, year), (_, employment) in table.items():
        jobs[region, year] = jobs.get((region, year), 0) + (7 if employment is None else employment)
    lines += [row(g, activity="_T", year=y, value=str(total)) for (g, y), total in jobs.items()]
    with tempfile.TemporaryDirectory() as folder:
        found, _ = read(write(Path(folder, "f.csv"), *lines))
    assert {
        (cell["region"], cell["industry"], str(cell["year"])): (
            cell["establishments"],
            cell["employment"],
        )
        for cell in found
    } == table
    for cell in found:
        truth = 7 if cell["employment"] is None else cell["employment"]
        assert cell["employment_low"] <= truth <= cell["employment_high"]
        assert (cell["status"] == "suppressed") == (
            None in (cell["establishments"], cell["employment"])
        )
