"""County Business Patterns: published totals, levels, codes, omitted and withheld cells."""

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources.cbp import read_cbp

STORED = "cbsa_code,naics_code,naics_level,emp,estab"
PUBLISHED = "msa,naics,emp_nf,emp,qp1_nf,qp1,ap_nf,ap,est"
TOTAL = 122_485_576
LOS_ANGELES = "31080"


@pytest.fixture(scope="module")
def cbp(data_dir):
    folder = data_dir / "us_cbp_2019_cbsa"
    if not folder.is_dir():
        pytest.skip("no folder us_cbp_2019_cbsa in the data")
    return folder


def read(path, level):
    return read_cbp(path, level=level).collect("pandas").to_native()


def test_totals_and_sectors_of_2019(cbp):
    path = cbp / "cbp_cbsa_naics0-4.parquet"
    total, sectors = read(path, 0), read(path, 2)
    assert (len(total), set(total["industry"])) == (933, {"00"})
    assert total[["employment", "establishments"]].sum().tolist() == [TOTAL, 7_522_206]
    assert len(sectors) == 17_258
    assert sectors["employment"].sum() == 122_466_904  # of the raw level: omitted cells here too
    assert {"31-33", "44-45", "48-49"} < set(sectors["industry"])
    assert not set(sectors["industry"]) & {"31", "32", "33", "44", "45", "48", "49"}


@pytest.mark.parametrize(
    ("name", "level", "percent", "rows"),
    [
        ("cbp_cbsa_naics0-4.parquet", 3, 99.2, 54_143),
        ("cbp_cbsa_naics0-4.parquet", 4, 97.5, 118_467),
        ("cbp_cbsa_naics6.parquet", 6, 94.4, 200_009),
    ],
)
def test_omitted_cells_are_absent(cbp, name, level, percent, rows):
    frame = read(cbp / name, level)
    assert len(frame) == rows
    assert frame["establishments"].min() >= 3
    assert round(100 * frame["employment"].sum() / TOTAL, 1) == percent
    assert not frame.duplicated(["region", "industry"]).any()


def test_motion_pictures_of_los_angeles(cbp):
    path = cbp / "cbp_cbsa_naics0-4.parquet"
    total, cells = read(path, 0).set_index("region")["employment"], read(path, 4)
    movies = cells[cells["industry"] == "5121"].set_index("region")["employment"]
    share = movies[LOS_ANGELES] / total[LOS_ANGELES]
    assert round(share / (movies.sum() / total.sum()), 1) == 6.5


def test_the_report_counts_the_other_levels(cbp):
    reports = []
    read_cbp(cbp / "cbp_cbsa_naics0-4.parquet", level=0, report=reports.append)
    assert (reports[0].cells.read, reports[0].cells.kept) == (190_801, 933)


def stored(write, *, name="cbp.csv"):
    codes = {"00": 0, "31-33": 2, "51": 2, "512": 3, "5121": 4, "51211": 5, "512110": 6}
    lines = (f"01000,{code},{level},{level}0,{level}" for code, level in codes.items())
    return write(STORED, *lines, name=name)


def published(write):
    codes = ("------", "31----", "51----", "512///", "5121//", "51211/", "512110")
    levels = (0, 2, 2, 3, 4, 5, 6)
    rows = zip(codes, levels, strict=True)
    lines = (f"01000,{code},G,{level}0,G,1,G,1,{level}" for code, level in rows)
    return write(PUBLISHED, *lines, name="cbp19msa.txt")


@pytest.mark.parametrize("layout", [stored, published])
def test_levels_in_both_layouts(write, layout):
    path = layout(write)
    for level, industries in {
        0: ["00"],
        2: ["31-33", "51"],
        3: ["512"],
        4: ["5121"],
        5: ["51211"],
        6: ["512110"],
    }.items():
        frame = read_cbp(path, level=level).sort("industry").collect()
        expected = [("01000", code, float(level), level * 10.0) for code in industries]
        assert frame.rows() == expected


def test_parquet_gives_the_same_as_text(write, tmp_path):
    path = stored(write)
    copy = tmp_path / "cbp.parquet"
    pd.read_csv(path, dtype={"cbsa_code": str, "naics_code": str}).to_parquet(copy)
    for level in (0, 2, 6):
        pd.testing.assert_frame_equal(read(copy, level), read(path, level))


def test_blank_employment_is_null(write):
    path = write(STORED, "01000,51,2,,3")
    assert read_cbp(path, level=2).collect().rows() == [("01000", "51", 3.0, None)]
    assert isinstance(read_cbp(path, level=2), nw.LazyFrame)


@pytest.mark.parametrize("level", [1, 7, "2", True, None])
def test_a_level_that_is_none(write, level):
    with pytest.raises(OptionError, match=r"is not a level of NAICS; use one of \(0, 2, 3"):
        read_cbp(stored(write), level=level)


def test_a_level_that_the_file_has_not(write):
    with pytest.raises(SourceError, match=r"u.csv: no industry of level 5"):
        read_cbp(write(STORED, "01000,51,2,9,3"), level=5)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("1000,51,2,9,3", r"u.csv, line 2, column 'cbsa_code': '1000' is not a CBSA code"),
        ("01000,5a,2,9,3", "column 'naics_code': '5a' is not a NAICS code"),
        ("01000,,2,9,3", "a blank is not a NAICS code"),
        ("01000,51,2,-9,3", "column 'emp': '-9' is negative"),
        ("01000,51,2,9,", "column 'estab': a blank is not a count"),
        ("01000,51,2,9,3.5", "'3.5' is a fraction"),
        ("01000,51,2,9", "line 2: 4 value"),
    ],
)
def test_bad_values(write, bad, message):
    with pytest.raises(SourceError, match=message):
        read_cbp(write(STORED, bad), level=2)


def test_a_repeated_key(write):
    with pytest.raises(SourceError, match="line 3: .*repeats line 2"):
        read_cbp(write(STORED, "01000,51,2,9,3", "01000,51,2,9,3"), level=2)


def test_withheld_employment(write):
    path = write("msa,naics,empflag,emp,est", "01000,51----,,9,3", "01000,52----,B,0,3")
    with pytest.raises(SourceError, match="line 3, column 'empflag': employment is withheld"):
        read_cbp(path, level=2)


def test_a_missing_column(write):
    with pytest.raises(SourceError, match="column 'naics_code' is missing"):
        read_cbp(write("cbsa_code,industry,emp,estab", "01000,51,9,3"), level=2)
