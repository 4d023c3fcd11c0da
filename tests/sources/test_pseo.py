"""Graduates of Texas: totals of the real file, horizons, blanks, bad values."""

import narwhals.stable.v2 as nw
import pytest

from clusterstats.errors import SourceError
from clusterstats.sources.pseo import read_pseo

HEADER = (
    "institution,degree_level,y10_p50_earnings,y10_grads_emp,y10_grads_emp_instate,label,"
    "institution_state,city"
)
GOOD = "00353900,01,45261.0,416.0,374.0,Brume College,TX,Alvin "


@pytest.fixture(scope="module")
def texas(data_dir):
    folder = data_dir / "us_pseo_texas"
    if not folder.is_dir():
        pytest.skip("no folder us_pseo_texas in the data")
    return folder / "pseo_tx_y10_instate.csv.gz"


def test_totals_of_the_real_file(texas):
    reports = []
    frame = read_pseo(texas, report=reports.append).collect("pandas").to_native()
    assert len(frame) == reports[0].rows.kept == 207
    assert frame["institution"].nunique() == 103
    assert frame["status"].value_counts(dropna=False).tolist() == [204, 3]
    bachelors = frame[frame["degree"] == "05"]
    assert bachelors[["respondents", "retained"]].sum().tolist() == [302_891, 254_875]
    retention = frame["retained"] / frame["respondents"]
    assert [round(v, 2) for v in (retention.min(), retention.median(), retention.max())] == [
        0.29,
        0.83,
        1.0,
    ]
    assert set(frame["school_region"]) == {"TX"}
    assert not frame.duplicated(["group", "horizon_months"]).any()


def test_a_row(write):
    frame = read_pseo(write(HEADER, GOOD, encoding="utf-8-sig"))
    assert isinstance(frame, nw.LazyFrame)
    assert frame.collect().rows(named=True) == [
        {
            "group": "00353900 01",
            "horizon_months": 120,
            "institution": "00353900",
            "degree": "01",
            "respondents": 416.0,
            "retained": 374.0,
            "not_employed": None,
            "with_earnings": None,
            "earnings_p25_usd": None,
            "earnings_p50_usd": 45_261.0,
            "earnings_p75_usd": None,
            "status": "observed",
            "institution_name": "Brume College",
            "school_region": "TX",
            "city": "Alvin",
        }
    ]


def test_horizons_become_rows(write):
    header = ",".join(f"y{y}_grads_emp,y{y}_grads_emp_instate" for y in (1, 5, 10))
    path = write(f"institution,degree_level,{header}", "00353900,01,9,8,7,6,5,")
    columns = ["horizon_months", "respondents", "retained", "status"]
    assert read_pseo(path).sort("horizon_months").select(columns).collect().rows() == [
        (12, 9.0, 8.0, "observed"),
        (60, 7.0, 6.0, "observed"),
        (120, 5.0, None, None),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("00353900", "353900", r"u.csv, line 2, column 'institution': '353900' is not an OPEID"),
        (",01,", ",1,", "column 'degree_level': '1' is not a degree of 2 digits"),
        ("416.0", "-416", "column 'y10_grads_emp': '-416' is not a number of at least 0"),
        ("416.0", "many", "'many' is not a number"),
        (",416.0", "", "line 2: 7 value"),
    ],
)
def test_bad_values(write, old, new, message):
    with pytest.raises(SourceError, match=message):
        read_pseo(write(HEADER, GOOD.replace(old, new)))


@pytest.mark.parametrize("column", ["institution,", "y10_grads_emp_instate", "degree_level"])
def test_a_missing_column(write, column):
    with pytest.raises(SourceError, match=f"column '{column.rstrip(',')}' is missing"):
        read_pseo(write(HEADER.replace(column, "x" + column), GOOD))


def test_a_repeated_key(write):
    with pytest.raises(SourceError, match="line 3: .*repeats line 2"):
        read_pseo(write(HEADER, GOOD, GOOD))
