"""Any tidy table: the four kinds of file agree, text stays text, numbers are checked."""

import re

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources import read_table

NAMES = {"zone": "region", "ape": "industry"}
EXPECTED = [
    ("0056", "59.11A", 2021, 1204.5, "7"),
    ("2815", "59.11A", 2021, None, "12"),
    ("2A01", "60.20A", 2022, 0.0, None),
]
WIDE = pd.DataFrame(
    {
        "zone": ["0056", "2815", "2A01"],
        "ape": ["59.11A", "59.11A", "60.20A"],
        "year": [2021, 2021, 2022],
        "employment": [1204.5, np.nan, 0],
        "band": [7, 12, np.nan],
    }
)


def rows(frame):
    return frame.sort("region").collect().rows()


@pytest.fixture(params=["csv", "tsv", "csv.gz", "parquet", "xlsx", "dta"])
def stored(request, tmp_path):
    path = tmp_path / f"cells.{request.param}"
    text = WIDE.astype({"band": "Int64"})
    match request.param:
        case "parquet":
            WIDE.to_parquet(path)
        case "xlsx":
            WIDE.to_excel(path, index=False)
        case "dta":
            WIDE.to_stata(path, write_index=False)
        case "tsv":
            text.to_csv(path, index=False, sep="\t")
        case _:
            text.to_csv(path, index=False)
    return path


def test_all_kinds_of_file_give_the_same_table(stored):
    frame = read_table(stored, columns=NAMES)
    assert isinstance(frame, nw.LazyFrame)
    assert isinstance(frame.to_native(), duckdb.DuckDBPyRelation)
    assert frame.columns == ["region", "industry", "year", "employment", "band"]
    schema = frame.collect_schema()
    assert schema["year"] == nw.Int64
    assert schema["employment"] == nw.Float64
    assert schema["band"] == nw.String
    assert rows(frame) == EXPECTED


def test_all_kinds_of_file_take_numeric_and_report(stored):
    reports = []
    frame = read_table(stored, columns=NAMES, numeric=["band"], report=reports.append)
    assert [row[-1] for row in rows(frame)] == [7.0, 12.0, None]
    assert str(reports[0]) == f"{stored.name}\n  rows: 3 read, 3 kept"


def test_all_kinds_of_file_name_a_missing_column(stored):
    message = f"^{stored.name}, (line|row) 1: column 'zon' is missing; the nearest is 'zone'"
    with pytest.raises(SourceError, match=message):
        read_table(stored, columns={"zon": "region"})


@pytest.mark.parametrize("name", ["year", "cohort", "horizon_months"])
def test_whole_number_columns(write, name):
    path = write(f"region;{name}", "01;2012", "02;2013.0", "03;")
    assert rows(read_table(path)) == [("01", 2012), ("02", 2013), ("03", None)]
    path = write(f"region;{name}", "01;2012", "02;2013.5")
    with pytest.raises(SourceError, match=f"line 3, column '{name}': '2013.5' is not a whole"):
        read_table(path)


REAL = (
    *("establishments", "employment", "employment_squares", "employment_low", "employment_high"),
    *("population", "area_km2", "x", "y", "lon", "lat", "weight", "flow", "distance_km"),
    *("retained", "respondents"),
)


@pytest.mark.parametrize("name", REAL)
def test_real_number_columns(write, name):
    path = write(f"region;{name}", "01;-1.5", "02;1e3", "03;", "04;.5", "05;1 234 567.5")
    frame = read_table(path)
    assert frame.collect_schema()[name] == nw.Float64
    assert [value for _, value in rows(frame)] == [-1.5, 1000.0, None, 0.5, 1234567.5]


def test_decimal_comma_and_hard_spaces(write):
    path = write("region;employment", "01;1\u00a0710,5", "02;1\u202f234", "03;-,5")
    values = [value for _, value in rows(read_table(path, decimal=","))]
    assert values == [1710.5, 1234.0, -0.5]
    message = r"u.csv, line 2, column 'employment': '1\\xa0710,5' .*; give decimal=','"
    with pytest.raises(SourceError, match=message):
        read_table(path)


@pytest.mark.parametrize("value", ["NA", "nan", "s", "1 23", "1.2.3", "-"])
def test_text_where_a_number_should_be(write, value):
    message = f"^u.csv, line 3, column 'employment': '{value}' is not a number; .*blank"
    with pytest.raises(SourceError, match=message):
        read_table(write("region;employment", "01;1", f"02;{value}"))


@pytest.mark.parametrize("kind", ["parquet", "xlsx", "dta"])
def test_text_where_a_number_should_be_has_its_row(tmp_path, kind):
    frame = pd.DataFrame({"region": ["01", "02"], "employment": ["1", "s"]})
    path = tmp_path / f"cells.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_stata(path, write_index=False)
    row = 3 if kind == "xlsx" else 2
    with pytest.raises(SourceError, match=f"^cells.{kind}, row {row}, column 'employment': 's'"):
        read_table(path)


def test_codes_stored_as_numbers_lose_their_point(tmp_path):
    path = tmp_path / "codes.parquet"
    frame = pd.DataFrame({"a": [5911.0, np.nan], "b": [1.5, 1e20], "c": [True, False]})
    frame["d"] = pd.to_datetime(["2020-01-02", "2020-01-03 10:00:00"], format="ISO8601")
    frame.to_parquet(path)
    assert sorted(read_table(path).collect().rows(), key=str) == [
        ("5911", "1.5", "true", "2020-01-02"),
        (None, "1e+20", "false", "2020-01-03 10:00:00"),
    ]


def test_title_rows_above_the_header(tmp_path, write):
    assert rows(read_table(write("Titre", "", "region,x", "01,1"), header_row=3)) == [("01", 1.0)]
    sheet = [["Titre", None], [None, None], ["region", "x"], ["01", 1], ["NA", None], [None, None]]
    path = tmp_path / "book.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame([["other"]]).to_excel(book, sheet_name="first", header=False, index=False)
        pd.DataFrame(sheet).to_excel(book, sheet_name="COM_2018", header=False, index=False)
    frame = read_table(path, sheet="COM_2018", header_row=3)
    assert rows(frame) == [("01", 1.0), ("NA", None)]
    assert rows(read_table(path, sheet=1, header_row=3)) == rows(frame)
    with pytest.raises(OptionError, match=r"^book.xlsx has no sheet 'COM_2019'; did you mean 'COM"):
        read_table(path, sheet="COM_2019")
    with pytest.raises(SourceError, match=r"^book.xlsx, row 9 is blank or absent; put the header"):
        read_table(path, header_row=9)


def test_blank_rows_are_not_rows(write):
    reports = []
    path = write("region;x", "01;1", ";", " ; ", "", " 02 ;")
    assert rows(read_table(path, report=reports.append)) == [("01", 1.0), ("02", None)]
    assert reports[0].rows.read == 2
    with pytest.raises(SourceError, match=r"^u.csv: a header without rows"):
        read_table(write("region;x", ";"))


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_the_delimiter_is_found(write, mark):
    assert rows(read_table(write(f"region{mark}x", f"01{mark}2"))) == [("01", 2.0)]


def test_a_wrong_delimiter_is_refused(write):
    path = write("region,x", "01,2")
    with pytest.raises(SourceError, match=r"^u.csv, line 1: the delimiter is ',', not ';'"):
        read_table(path, delimiter=";")


def test_header_names(write):
    assert read_table(write("a;;b", "1;2;3")).columns == ["a", "column_2", "b"]
    swapped = read_table(write("a;b", "1;2"), columns={"a": "b", "b": "a"})
    assert swapped.columns == ["b", "a"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": ";"}, "decimal=';' is not known; use one of '.', ','"),
        ({"header_row": 0}, "header_row=0 is not a line; the first is 1"),
        ({"delimiter": "::"}, "delimiter='::' is not one character"),
        ({"columns": {"a": "b"}}, "columns= gives 'a' the name 'b', which another column"),
    ],
)
def test_wrong_options(write, options, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        read_table(write("a;b", "1;2"), **options)


def test_numeric_names_a_column_that_is_not_there(write):
    with pytest.raises(SourceError, match="'wages' is missing; the nearest is 'wage'; correct"):
        read_table(write("region;wage", "01;2"), numeric=["wages"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.xlsx", "an Excel workbook"), ("a.dta", "a Stata file"), ("a.parquet", "a Parquet file")],
)
def test_damaged_files(write, tmp_path, name, kind):
    with pytest.raises(SourceError, match=f"^{name} can't be read as {kind}, .*again$") as caught:
        read_table(write("hello", name=name))
    assert str(tmp_path) not in str(caught.value)


def test_unknown_ending_and_folder(write, tmp_path):
    with pytest.raises(SourceError, match=r"a.json has an ending that is not known; use .*\.csv"):
        read_table(write("{}", name="a.json"))
    with pytest.raises(SourceError, match="is a folder; give the path of a file in it"):
        read_table(tmp_path)
