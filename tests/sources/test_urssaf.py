"""URSSAF's export: the real file, both header styles, encodings, and any small wide table."""

import gzip
import tempfile
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterstats.sources import ReadingReport, read_urssaf

KEY = ["region", "industry", "year"]
EXPECTED = [
    ("01004", "71.11Z", 2021, 2.0, 31.0),
    ("01004", "71.11Z", 2022, 3.0, None),
    ("2A004", "59.11A", 2022, 1.0, 0.0),
]
RIDING = {
    "region_name": "Œuf-l’Éclair",
    "epci": "200000001",
    "epci_name": "CC des Îles",
    "employment_zone": "0056",
    "department": "2A",
    "a17": "JZ",
    "a38": "JA",
    "a88": "59",
}
TECHNICAL = {
    "Nom commune": "commune",
    "Commune": "intitule_commune",
    "Zone d'emploi": "zone_d_emploi",
    "EPCI": "epci",
    "APE": "ape",
    "Secteur NA17": "secteur_na17",
    "Secteur NA38": "secteur_na38",
    "Secteur NA88": "secteur_na88",
    "Code département": "code_departement",
    "Code zone d'emploi": "code_zone_d_emploi",
    "Code EPCI": "code_epci",
    "Code commune": "code_commune",
    "Code APE": "code_ape",
    "Nombre d'établissements 2021": "nombre_d_etablissements_2021",
    "Effectifs salariés 2021": "effectifs_salaries_2021",
    "Nombre d'établissements 2022": "nombre_d_etablissements_2022",
    "Effectifs salariés 2022": "effectifs_salaries_2022",
}


def cells(frame):
    return frame.select(*KEY, "establishments", "employment").sort(KEY).collect().rows()


@pytest.fixture(scope="module")
def rouen(data_dir):
    folder = data_dir / "urssaf_rouen_commune_ape"
    if not folder.is_dir():
        pytest.skip("no folder 'urssaf_rouen_commune_ape' in the data")
    return folder


def test_equals_the_independent_long_form_row_for_row(rouen):
    names = {
        "code_commune": "region",
        "code_ape": "industry",
        "annee": "year",
        "nb_etablissements": "establishments",
        "effectifs_salaries": "employment",
        "lib_commune": "region_name",
        "code_epci": "epci",
        "code_ze2020": "employment_zone",
    }
    expected = pd.read_parquet(rouen / "urssaf_rouen_long.parquet").rename(columns=names)
    expected["industry"] = expected["industry"].str[:2] + "." + expected["industry"].str[2:]
    columns = [*names.values(), "a17", "a38", "a88"]
    frame = read_urssaf(next(rouen.glob("*.csv.gz"))).select(columns).collect("pandas").to_native()
    pd.testing.assert_frame_equal(
        frame.sort_values(KEY, ignore_index=True),
        expected[columns].sort_values(KEY, ignore_index=True),
        check_dtype=False,
    )
    assert len(frame) == 95_357
    totals = frame.groupby("year")["employment"].sum()
    assert totals[[2006, 2014, 2022]].tolist() == [180_759, 171_121, 183_731]


def test_the_real_file_is_accounted_for(rouen):
    reports: list[ReadingReport] = []
    read_urssaf(next(rouen.glob("*.csv.gz")), report=reports.append)
    (report,) = reports
    assert (report.rows.read, report.rows.kept) == (9_338, 9_338)
    assert (report.cells.read, report.cells.kept) == (9_338 * 17, 95_357)


def test_labels_in_the_header(labelled):
    frame = read_urssaf(labelled)
    assert cells(frame) == EXPECTED
    assert frame.columns == [*KEY, "establishments", "employment", *RIDING]
    corsica = frame.filter(nw.col("region") == "2A004").select(*RIDING).collect()
    assert corsica.rows(named=True) == [RIDING]


def test_technical_names_in_the_header_give_the_same(labelled, write):
    lines = labelled.read_text(encoding="utf-8-sig").splitlines()
    header = ";".join(TECHNICAL[name] for name in lines[0].split(";"))
    technical = read_urssaf(write(header, *lines[1:], name="technical.csv")).sort(KEY)
    assert technical.collect().rows() == read_urssaf(labelled).sort(KEY).collect().rows()


def test_a_blank_beside_a_code_is_null_and_never_nan(labelled):
    clairval = read_urssaf(labelled).filter(nw.col("region") == "01004", nw.col("year") == 2022)
    assert clairval.select("employment", "epci").collect().rows() == [(None, None)]


def test_types(labelled):
    schema = read_urssaf(labelled).collect_schema()
    assert schema["year"] == nw.Int64
    assert schema["establishments"] == schema["employment"] == nw.Float64
    assert {schema[name] for name in ("region", "industry", *RIDING)} == {nw.String()}


def test_is_lazy_and_nothing_but_a_relation(labelled):
    frame = read_urssaf(labelled)
    assert isinstance(frame, nw.LazyFrame)
    assert isinstance(frame.to_native(), duckdb.DuckDBPyRelation)


def test_industry_from_the_fused_column(write):
    header = "code_commune;ape;nombre_d_etablissements_2021;effectifs_salaries_2021"
    path = write(header, '01004;"5911A Films ; télévision";1;2')
    assert cells(read_urssaf(path)) == [("01004", "59.11A", 2021, 1.0, 2.0)]


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("name", ["u.csv", "u.csv.gz"])
def test_windows_text_keeps_its_typographic_letters(labelled, write, encoding, name):
    lines = labelled.read_text(encoding="utf-8-sig").splitlines()
    path = write(*lines, name=f"windows_{name}", encoding="cp1252")
    raw = path.read_bytes()
    assert {0x92, 0x8C} <= set(gzip.decompress(raw) if name.endswith("gz") else raw)
    windows = read_urssaf(path, encoding=encoding).sort(KEY)
    assert windows.collect().rows() == read_urssaf(labelled).sort(KEY).collect().rows()


def test_utf16(labelled, write):
    lines = labelled.read_text(encoding="utf-8-sig").splitlines()
    path = write(*lines, name="u16.csv", encoding="utf-16")
    assert cells(read_urssaf(path, encoding="utf-16")) == EXPECTED


@pytest.mark.parametrize("name", ["u.csv.gz", "u[1]*?.csv", "year=2019/u.csv"])
def test_the_name_of_the_file_means_nothing_to_the_engine(labelled, write, tmp_path, name):
    (tmp_path / "year=2019").mkdir()
    lines = labelled.read_text(encoding="utf-8-sig").splitlines()
    assert cells(read_urssaf(write(*lines, name=name))) == EXPECTED


def test_whole_numbers_written_with_a_point_are_counts(write):
    header = "code_commune;code_ape;nombre_d_etablissements_2021;effectifs_salaries_2021"
    assert cells(read_urssaf(write(header, "01004;59.11A;1.0;2."))) == [
        ("01004", "59.11A", 2021, 1.0, 2.0)
    ]


counts = st.none() | st.integers(0, 10**6)
codes = st.tuples(
    st.from_regex("(?:0[1-9]|[4-8][0-9]|2[AB]|97)[0-9]{3}", fullmatch=True),
    st.from_regex("[0-9]{4}[A-Z]", fullmatch=True),
)
names = st.text(alphabet='aÉœ’; "\n', max_size=6)


@st.composite
def wide_tables(draw):
    years = draw(st.lists(st.integers(2000, 2030), min_size=1, max_size=4, unique=True))
    pairs = st.lists(st.tuples(counts, counts), min_size=len(years), max_size=len(years))
    return years, draw(st.dictionaries(codes, st.tuples(names, pairs), min_size=1, max_size=6))


@given(wide_tables())
@settings(deadline=None, max_examples=60)
def test_any_wide_table_comes_back_long(table):
    years, rows = table
    header = "code_commune;code_ape;nom_commune" + "".join(
        f";nombre_d_etablissements_{year};effectifs_salaries_{year}" for year in years
    )
    lines, expected = [header], []
    for (region, ape), (name, pairs) in rows.items():
        quoted = '"' + name.replace('"', '""') + '"'
        values = ["" if value is None else str(value) for pair in pairs for value in pair]
        lines.append(";".join((region, ape, quoted, *values)))
        for year, pair in zip(years, pairs, strict=True):
            if pair != (None, None):
                industry = f"{ape[:2]}.{ape[2:]}"
                expected.append((region, industry, year, *map(_float, pair), name or None))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wide.csv")
        path.write_bytes("\n".join(lines).encode())
        found = read_urssaf(path).select(*KEY, "establishments", "employment", "region_name")
        assert sorted(found.collect().rows(), key=str) == sorted(expected, key=str)


def _float(value):
    return None if value is None else float(value)
