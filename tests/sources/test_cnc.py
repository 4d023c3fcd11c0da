"""The CNC's cinemas: totals of the real file, years, blanks, bad values."""

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

from clusterstats.errors import SourceError
from clusterstats.sources.cnc import read_cnc

HEADER = (
    "N° auto;nom;code INSEE;DEP;écrans;fauteuils;entrées 2022;entrées 2021;programmateur;AE;"
    "multiplexe;genre;latitude;longitude"
)
GOOD = "7;LUX;2A004;2A;4.0;150.0;900.0;800.0;UGC;NON;OUI;FIXE;41.9;8.7"


@pytest.fixture(scope="module")
def cinemas(data_dir):
    path = data_dir / "cnc_etablissements_cinematographiques_2022"
    if not path.is_dir():
        pytest.skip("no folder cnc_etablissements_cinematographiques_2022 in the data")
    return path / "etablissements-cinematographiques.csv.gz"


def test_totals_of_the_real_file(cinemas):
    reports = []
    frame = read_cnc(cinemas, report=reports.append).collect("pandas").to_native()
    assert not frame.duplicated(["establishment", "year"]).any()
    of_2022, of_2021 = frame[frame["year"] == 2022], frame[frame["year"] == 2021]
    assert (len(of_2022), len(of_2021)) == (2_061, 2_061 - 38)
    assert of_2022[["screens", "seats"]].sum().tolist() == [6_298, 1_161_329]
    assert of_2021[["screens", "seats"]].isna().all(axis=None)
    assert of_2022["admissions"].sum() == 152_499_845
    assert of_2021["admissions"].sum() == 93_344_182
    assert (frame["department"] == frame["region"].str[:2]).all()
    assert frame["department"].nunique() == 96
    raw = pd.read_csv(cinemas, sep=";", dtype=str, encoding="utf-8-sig").set_index("N° auto")
    codes = raw.loc[of_2022["establishment"], "code INSEE"]
    assert of_2022["region"].tolist() == codes.tolist()
    assert (codes.str.startswith("751")).sum() == 77  # arrondissements of Paris
    assert set(codes[codes.str.match("69123|6938|13055|132[01]")]) == {"69123", "13055"}
    assert of_2022["is_multiplex"].sum() == 247
    assert of_2022["is_itinerant"].sum() == 114
    assert of_2022["operator"].isna().sum() == 1_770
    assert frame["lat"].between(41, 52).all()
    assert frame["lon"].between(-6, 10).all()
    (report,) = reports
    assert (report.rows.read, report.rows.kept) == (2_061, 2_061)
    assert report.cells.kept == len(frame)


def test_one_row_a_year(write):
    path = write(HEADER, GOOD, encoding="utf-8-sig", end="\r\n")
    last = {
        "establishment": "7",
        "year": 2022,
        "region": "2A004",
        "industry": "59.14Z",
        "screens": 4.0,
        "seats": 150.0,
        "admissions": 900.0,
        "lon": 8.7,
        "lat": 41.9,
        "department": "2A",
        "name": "LUX",
        "operator": "UGC",
        "is_multiplex": True,
        "is_art_house": False,
        "is_itinerant": False,
    }
    earlier = last | {"year": 2021, "screens": None, "seats": None, "admissions": 800.0}
    assert read_cnc(path).sort("year").collect().rows(named=True) == [earlier, last]


def test_blank_admissions(write):
    path = write(HEADER, GOOD.replace(";900.0;800.0;", ";;;"))
    reports = []
    frame = read_cnc(path, report=reports.append)
    assert frame.select("year", "screens", "admissions").collect().rows() == [(2022, 4.0, None)]
    (aside,) = reports[0].cells.set_aside
    assert (aside.count, aside.first_line) == (1, 2)


def test_one_year_and_no_optional_columns(write):
    path = write(
        "n_auto;code_insee;ecrans;fauteuils;entrees_2020;latitude;longitude", "1;01004;1;9;;;"
    )
    assert read_cnc(path).collect().rows() == [
        ("1", 2020, "01004", "59.14Z", 1.0, 9.0, None, None, None)
    ]


def test_lazy(write):
    assert isinstance(read_cnc(write(HEADER, GOOD)), nw.LazyFrame)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2A004", "1004", r"u.csv, line 2, column 'code INSEE': '1004' is not a commune code"),
        (";4.0;", ";-4.0;", "column 'écrans': '-4.0' is negative"),
        (";900.0;", ";beaucoup;", "column 'entrées 2022': 'beaucoup' is not a number"),
        (";41.9;", ";6177201.5;", "column 'latitude': '6177201.5' is not degrees"),
        (";OUI;", ";PEUT-ÊTRE;", "'PEUT-ÊTRE' is not 'OUI' or 'NON'"),
        ("7;LUX", ";LUX", "a blank is not a cinema's number"),
        (";UGC;", ";", "line 2: 13 value"),
    ],
)
def test_bad_values(write, old, new, message):
    with pytest.raises(SourceError, match=message):
        read_cnc(write(HEADER, GOOD.replace(old, new)))


@pytest.mark.parametrize("column", ["code INSEE", "écrans", "longitude"])
def test_a_missing_column(write, column):
    with pytest.raises(SourceError, match=r"is missing; the nearest is"):
        read_cnc(write(HEADER.replace(column, column + "x"), GOOD))


def test_no_admissions(write):
    with pytest.raises(SourceError, match="column 'entrées YYYY' is missing"):
        read_cnc(write(HEADER.replace("entrées", "billets"), GOOD))


def test_a_repeated_cinema(write):
    with pytest.raises(SourceError, match="line 3: .*repeats line 2"):
        read_cnc(write(HEADER, GOOD, GOOD))
