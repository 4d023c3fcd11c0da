"""INSEE detail files by their dictionary: the real dictionary, made-up rows, bad input."""

import csv
import gzip
import itertools

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.errors import OptionError, SourceError
from clusterstats.sources import CensusReport, Noted, read_census, read_dictionary

HEADER = "COD_VAR;LIB_VAR;COD_MOD;LIB_MOD;TYPE_VAR;LONG_VAR"
CODES = (
    "REGION;Région du lieu de résidence;01;Guadeloupe;CHAR;2",
    "REGION;Région du lieu de résidence;11;Île-de-France;CHAR;2",
    "REGION;Région du lieu de résidence;53;Bretagne;CHAR;2",
    "NUMMR;Numéro du ménage;Z;Individu hors ménage;CHAR;7",
    "NA5;Activité économique;FZ;Construction;CHAR;2",
    "NA5;Activité économique;GU;Commerce, transports et services divers;CHAR;2",
    "NA5;Activité économique;ZZ;Sans objet;CHAR;2",
    "TAILLE;Taille;1;10 à 19 salariés;CHAR;1",
    "TAILLE;Taille;2;Grande;CHAR;1",
    "TAILLE;Taille;X;Autre;CHAR;1",
    "CANTON;Canton;0001 à 9999;Numéro;CHAR;4",
    "HEURES;Heures;;;NUM;4",
    "IPONDI;Poids de l'individu;;;NUM;17.15",
)
COLUMNS = "REGION;NUMMR;NA5;TAILLE;CANTON;HEURES;IPONDI"
ROWS = (
    "11;0000012;FZ;1;0012;35;2.5",
    "11;Z;ZZ;2;0012;;1,25",
    "01;0000013;GU;X;;12.5;0",
    ";0000013;GU;;0034;7;3",
)
MOBPRO = (
    "COMMUNE;ARM;DCFLT;DCLT;AGEREVQ;CS1;DEROU;DIPL_15;EMPL;ILT;ILTUU;IMMI;INATC;INEEM;INPOM;"
    "INPSM;IPONDI;LPRM;METRODOM;MOCO;NA5;NPERR;REGION;REGLT;SEXE;STAT;STOCD;TP;TRANS;TYPL;"
    "TYPMR;VOIT"
)
BANDED = {"TREFF", "TRNNETO", "TRALCHT", "AGE_TR"}


@pytest.fixture
def varmod(write):
    return write(HEADER, *CODES, name="varmod.csv", encoding="utf-8-sig", end="\r\n")


@pytest.fixture
def detail(write):
    return write(COLUMNS, *ROWS, name="FD_INDREG_2020.csv", end="\r\n")


@pytest.fixture(scope="module")
def salaan(data_dir):
    path = data_dir / "insee_formats" / "Varmod_SALAAN_2021.csv.gz"
    if not path.is_file():
        pytest.skip("no dictionary of FD_SALAAN in the data")
    return path


@pytest.fixture(scope="module")
def salaan_lines(salaan):
    with gzip.open(salaan, "rt", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def rows(frame, *columns):
    """Rows of a frame, None where it is null."""
    table = frame.collect("pyarrow")
    return sorted(table.select(*(columns or table.columns)).rows(), key=str)


def every_code(lines):
    """Made-up posts in which each code of the real dictionary stands at least once."""
    codes = {}
    for line in lines:
        codes.setdefault(line["COD_VAR"], []).append(line["COD_MOD"])
    codes |= {line["COD_VAR"]: ["1", "7.5", ""] for line in lines if line["TYPE_VAR"] == "NUM"}
    codes["POND"] = ["12"]
    longest = max(map(len, codes.values()))
    return pd.DataFrame(
        {v: list(itertools.islice(itertools.cycle(c), longest)) for v, c in codes.items()}
    )


def test_the_real_dictionary_is_its_file(salaan, salaan_lines):
    found = rows(read_dictionary(salaan), "variable", "label", "code", "code_label", "width")
    names = ("COD_VAR", "LIB_VAR", "COD_MOD", "LIB_MOD", "LONG_VAR")
    expected = [[line[name].strip() or None for name in names] for line in salaan_lines]
    assert found == sorted(((*line[:4], int(line[4])) for line in expected), key=str)
    assert len(found) == 1844


def test_kinds_of_the_real_variables(salaan):
    kinds = dict(rows(read_dictionary(salaan), "variable", "kind"))
    numbers = {"AGE", "DATDEB", "DATFIN", "DUREE", "NBHEUR", "NBHEUR_TOT", "POND"}
    assert len(kinds) == 31
    assert {name for name, kind in kinds.items() if kind == "number"} == numbers
    assert {kind for name, kind in kinds.items() if name not in numbers} == {"code"}


def test_sizes_of_the_real_dictionary(salaan):
    sizes = read_dictionary(salaan).filter(nw.col("variable") == "TREFF")
    assert rows(sizes, "code", "low", "high") == [
        ("00", 0.0, 0.0),
        ("01", 1.0, 9.0),
        ("02", 10.0, 19.0),
        ("03", 20.0, 49.0),
        ("04", 50.0, 99.0),
        ("05", 100.0, 249.0),
        ("06", 250.0, None),
        (None, None, None),
    ]


@pytest.mark.parametrize(("variable", "gap"), [("TRNNETO", 1), ("TRALCHT", 0), ("AGE_TR", 0)])
def test_bands_of_the_real_dictionary_leave_no_hole(salaan, variable, gap):
    bands = read_dictionary(salaan).filter(nw.col("variable") == variable)
    bounds = sorted((low, high) for low, high in rows(bands, "low", "high") if low is not None)
    assert bounds[0][0] == 0
    assert bounds[-1][1] is None
    steps = [after[0] - before[1] for before, after in itertools.pairwise(bounds)]
    below = variable == "TRNNETO"  # "Moins de 200 euros" ends at the 200 that follows it
    assert steps == [0] * below + [gap] * (len(bounds) - 1 - below)
    unbounded = bands.filter(nw.col("low").is_null())
    assert all(rows(unbounded, "is_special"))


def test_only_bands_have_bounds_in_the_real_dictionary(salaan):
    bounded = read_dictionary(salaan).filter(~nw.col("low").is_null())
    assert {variable for (variable,) in rows(bounded, "variable")} == BANDED


@pytest.mark.parametrize(
    ("label", "bounds"),
    [
        ("Moins de 30 m²", (0, 30)),
        ("De 30 à moins de 40 m²", (30, 40)),
        ("120 m² ou plus", (120, None)),
        ("de 10 à 19 salariés", (10, 19)),
        ("Depuis 5 à 9 ans", (5, 9)),
        ("6-10 ans", (6, 10)),
        ("[0 - 200[ euros", (0, 200)),
        ("[1\u00a0000 - +[ euros", (1000, None)),
        ("1\u202f000\u00a0000 euros et plus", (1_000_000, None)),
        ("0 an (nés l'année de la collecte)", (0, 0)),
        ("2 personnes", (2, 2)),
        ("Une personne", (None, None)),
        ("Chefs d'entreprise de 10 salariés ou plus", (None, None)),
        ("8 Mai 1945", (None, None)),
        ("4 Septembre", (None, None)),
        ("Année 1893", (None, None)),
        ("12", (None, None)),
    ],
)
def test_bounds_of_a_label(write, label, bounds):
    path = write(HEADER, f"V;Variable;1;{label};CHAR;1", name="varmod.csv")
    assert rows(read_dictionary(path), "low", "high") == [bounds]


@pytest.mark.parametrize(
    ("code", "label", "is_special"),
    [
        ("Z", "Individu né en France", True),
        ("ZZZZZ", "Commune sans arrondissement", True),
        ("999", "Logement ordinaire inoccupé", True),
        ("Y", "Hors résidence principale", True),
        ("9", "Non déclaré (inactif)", True),
        ("X", "Autre (emploi aidé, stagiaire, indemnité de chômage)", False),
        ("4", "Hors de la région de résidence actuelle : en métropole", False),
        ("31", "Hors famille dans ménage de plusieurs personnes", False),
        ("9999", "Sans convention collective", False),
    ],
)
def test_special_codes(write, code, label, is_special):
    path = write(HEADER, f"V;Variable;{code};{label};CHAR;5", name="varmod.csv")
    assert rows(read_dictionary(path), "is_special") == [(is_special,)]


def test_every_code_of_the_real_dictionary_is_read(salaan, salaan_lines, tmp_path):
    posts = every_code(salaan_lines)
    posts.to_csv(tmp_path / "FD_SALAAN_2021.csv", sep=";", index=False)
    reports = []
    frame = read_census(tmp_path / "FD_SALAAN_2021.csv", salaan, year=2021, report=reports.append)
    assert isinstance(frame, nw.LazyFrame)
    names = list(posts.columns.drop("POND"))
    assert frame.collect_schema().names() == ["year", *names, "weight"]
    found = frame.collect("pandas").to_native()
    coded = [name for name in names if frame.collect_schema()[name] == nw.String]
    assert len(coded) == 24
    for name in coded:
        counts = found[name].fillna("").value_counts()
        assert counts.to_dict() == posts[name].value_counts().to_dict()
    ages = pd.to_numeric(posts["AGE"])
    assert found["AGE"].sum() == ages.sum()
    assert found["AGE"].isna().sum() == ages.isna().sum()
    assert found["weight"].sum() == 12 * len(posts)
    assert set(found["year"]) == {2021}
    (report,) = reports
    assert report.rows.read == report.rows.kept == len(posts)
    assert report.unchecked == ()
    unsaid = int((posts["REGT"] == "99").sum())
    assert Noted("REGT '99' (Non renseigné)", unsaid) in report.noted
    assert Noted("TREFF blank (Non renseigné)", int((posts["TREFF"] == "").sum())) in report.noted


@pytest.mark.parametrize("column", ["A38", "REGT", "PCS", "TREFF", "DATDEB_TR", "SEXE"])
def test_a_code_that_the_real_dictionary_lacks_is_named(salaan, salaan_lines, tmp_path, column):
    posts = every_code(salaan_lines)
    posts.loc[[40, 700], column] = "QQ"
    path = tmp_path / "FD_SALAAN_2021.csv"
    posts.to_csv(path, sep=";", index=False)
    said = f"FD_SALAAN_2021.csv, line 42, column '{column}': 'QQ' is not a code of {column}"
    with pytest.raises(SourceError, match=said) as caught:
        read_census(path, salaan)
    assert "2 row(s)" in str(caught.value)
    assert "give the dictionary of this file and year" in str(caught.value)


def test_columns_kinds_and_nulls(detail, varmod):
    frame = read_census(detail, varmod)
    assert rows(frame) == sorted(
        [
            ("11", "0000012", "FZ", "1", "0012", 35.0, 2.5),
            ("11", "Z", "ZZ", "2", "0012", None, 1.25),
            ("01", "0000013", "GU", "X", None, 12.5, 0.0),
            (None, "0000013", "GU", None, "0034", 7.0, 3.0),
        ],
        key=str,
    )


def test_the_report_counts_what_says_little(detail, varmod, capsys):
    read_census(detail, varmod, bounds=["TAILLE"], report=print)
    assert capsys.readouterr().out.splitlines() == [
        "FD_INDREG_2020.csv",
        "  rows: 4 read, 4 kept",
        "    1 kept with HEURES blank",
        "    1 kept with NUMMR 'Z' (Individu hors ménage)",
        "    1 kept with CANTON blank",
        "    1 kept with REGION blank, which the dictionary lacks",
        "    1 kept with NA5 'ZZ' (Sans objet)",
        "    1 kept with TAILLE blank, which the dictionary lacks",
        "    1 kept with TAILLE '2' (Grande), a label without bounds",
        "    1 kept with TAILLE 'X' (Autre), a label without bounds",
        "    codes not checked: NUMMR, CANTON",
    ]


def test_chosen_columns_are_named_and_bounded(detail, varmod):
    frame = read_census(
        detail, varmod, columns={"region": "region", "TAILLE": "size"}, bounds=["TAILLE"], year=2020
    )
    assert rows(frame) == sorted(
        [
            (2020, "11", "1", 10.0, 19.0, 2.5),
            (2020, "11", "2", None, None, 1.25),
            (2020, "01", "X", None, None, 0.0),
            (2020, None, None, None, None, 3.0),
        ],
        key=str,
    )
    names = ["year", "region", "size", "size_low", "size_high", "weight"]
    assert frame.collect_schema().names() == names


def test_weights_sum_to_cells(detail, varmod):
    frame = read_census(detail, varmod, columns={"REGION": "region", "NA5": "industry"})
    placed = frame.filter(~nw.col("region").is_null(), nw.col("industry") != "ZZ")
    sums = placed.group_by("region", "industry").agg(employment=nw.col("weight").sum())
    cells = cs.cells(sums, absent="zero")
    expected = [["01", "FZ", 0.0], ["01", "GU", 0.0], ["11", "FZ", 2.5], ["11", "GU", 0.0]]
    assert cells.to_numpy().tolist() == expected


@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas"])
@pytest.mark.parametrize("is_parquet", [False, True])
def test_engines_and_formats_read_the_same(detail, varmod, tmp_path, engine, is_parquet):
    expected = rows(read_census(detail, varmod, bounds=["TAILLE"]))
    path = detail
    if is_parquet:
        path = tmp_path / "FD_INDREG_2020.parquet"
        frame = pd.read_csv(detail, sep=";", dtype=str)
        weights = frame["IPONDI"].str.replace(",", ".").astype(float)
        hours = frame["HEURES"].astype(float)
        frame["CANTON"] = frame["CANTON"].fillna("")
        frame.assign(IPONDI=weights, HEURES=hours).to_parquet(path)
    assert rows(read_census(path, varmod, bounds=["TAILLE"], engine=engine)) == expected


def test_spaces_around_codes_are_removed(write, varmod):
    path = write("region;NA5;ipondi", "11 ;FZ;1", " ;FZ;2", " 11;ZZ;3", name="fd.csv")
    frame = read_census(path, varmod)
    assert rows(frame) == sorted([("11", "FZ", 1.0), (None, "FZ", 2.0), ("11", "ZZ", 3.0)], key=str)
    assert frame.collect_schema().names() == ["REGION", "NA5", "weight"]


def test_a_column_that_the_dictionary_lacks_rides_along(write, varmod):
    path = write("REGION;IRIS;IPONDI", "11;751010101;1", name="fd.csv")
    reports = []
    assert rows(read_census(path, varmod, report=reports.append)) == [("11", "751010101", 1.0)]
    assert isinstance(reports[0], CensusReport)
    assert reports[0].unchecked == ("IRIS",)


@pytest.mark.parametrize("name", ["IPONDI", "POND", "IPONDL"])
def test_weights_are_found_by_name(write, varmod, name):
    path = write(f"REGION;{name}", "11;1.5", name="fd.csv")
    assert rows(read_census(path, varmod)) == [("11", 1.5)]


def test_header_of_the_commuting_file(write):
    names = MOBPRO.split(";")
    coded = [name for name in names if name != "IPONDI"]
    codes = [f"{name};{name};1;Un;CHAR;5" for name in coded]
    varmod = write(HEADER, *codes, "IPONDI;Poids;;;NUM;17.15", name="varmod.csv")
    values = ";".join("3.217" if name == "IPONDI" else "1" for name in names)
    frame = read_census(write(MOBPRO, values, name="FD_MOBPRO_2016.csv"), varmod)
    assert frame.collect_schema().names() == [*coded, "weight"]
    assert rows(frame, "DCLT", "REGLT", "weight") == [("1", "1", 3.217)]


def test_a_corrected_dictionary_is_taken(write, varmod):
    path = write("REGION;IPONDI", "06;2", name="fd.csv")
    with pytest.raises(SourceError, match="line 2, column 'REGION': '06' is not a code of REGION"):
        read_census(path, varmod)
    codes = read_dictionary(varmod).collect("pandas").to_native()
    added = pd.DataFrame({"variable": ["REGION"], "kind": ["code"], "code": ["06"]})
    frame = read_census(path, pd.concat([codes, added], ignore_index=True))
    assert rows(frame) == [("06", 2.0)]


def test_a_dictionary_in_another_encoding(write, detail):
    codes = write(HEADER, *CODES, name="varmod.csv", encoding="cp1252")
    with pytest.raises(SourceError, match='read it with encoding="cp1252"'):
        read_census(detail, codes)
    frame = read_census(detail, read_dictionary(codes, encoding="cp1252"), columns="REGION")
    assert len(rows(frame)) == len(ROWS)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1;Z;FZ;1;1;1;1", "column 'REGION': '1' is not a code .* has '01': keep codes as text"),
        ("12;Z;FZ;1;1;1;1", "'12' is not a code of REGION .* which has '01', '11', '53'"),
        ("11;00000123;FZ;1;1;1;1", "column 'NUMMR': '00000123' is not a text of at most 7"),
        ("11;Z;FZ;1;00123;1;1", "column 'CANTON': '00123' is not a text of at most 4"),
        ("11;Z;FZ;1;1;x;1", "column 'HEURES': 'x' is not a number, or blank"),
        ("11;Z;FZ;1;1;1;-1", "column 'IPONDI': '-1' is not a weight, a number of at least 0"),
        ("11;Z;FZ;1;1;1;", "column 'IPONDI': a blank is not a weight"),
        ("11;Z;FZ", "3 value(s), from '11', where the header has 7 columns"),
    ],
)
def test_a_bad_row_is_named(write, varmod, row, said):
    path = write(COLUMNS, *ROWS, row, name="fd.csv")
    with pytest.raises(SourceError, match=f"^fd.csv, line 6.*{said}".replace("(s)", r"\(s\)")):
        read_census(path, varmod)


@pytest.mark.parametrize("columns", [["REGION"], ["NA5", "HEURES"]])
def test_a_cut_line_is_named_whatever_the_columns(write, varmod, columns):
    path = write(COLUMNS, *ROWS, "11;Z;FZ", name="fd.csv")
    with pytest.raises(SourceError, match="fd.csv, line 6: 3 value"):
        read_census(path, varmod, columns=columns)


def test_numbers_stored_as_codes_have_lost_their_zeros(varmod, tmp_path):
    path = tmp_path / "fd.parquet"
    pd.DataFrame({"REGION": [11, 1], "IPONDI": [1.0, 2.0]}).to_parquet(path)
    with pytest.raises(SourceError, match="row 2, column 'REGION': '1' .* has '01': keep codes"):
        read_census(path, varmod)


@pytest.mark.parametrize(
    ("header", "options", "said"),
    [
        ("REGION;NA5", {}, "column 'IPONDI' is missing; .*; give weight="),
        ("REGION;IPONDI", {"weight": "POIDS"}, "column 'POIDS' is missing; .*; correct weight="),
        ("REGION;IPONDI", {"columns": ["REGIO"]}, "nearest is 'REGION'; correct columns="),
        ("REGION;IPONDI", {"bounds": ["TREFF"]}, "column 'TREFF' is missing; .* correct bounds="),
        ("CODE;IPONDL", {}, "no column is in the dictionary"),
    ],
)
def test_a_missing_column_is_named(write, varmod, header, options, said):
    path = write(header, "11;1", name="fd.csv")
    with pytest.raises(SourceError, match=said):
        read_census(path, varmod, **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": {"IPONDI": "w"}}, "renames 'IPONDI', the weight, which is named 'weight'"),
        ({"columns": {"REGION": "a", "NA5": "A"}}, "would be named 'a'"),
        ({"columns": {"REGION": "year"}, "year": 2020}, "would be named 'year'"),
        (
            {"columns": ["REGION"], "bounds": ["TAILLE"]},
            "bounds= has 'TAILLE'.* add it to columns=",
        ),
        ({"bounds": ["REGION"]}, "bounds= has 'REGION'"),
        ({"engine": "dask"}, "engine='dask'"),
    ],
)
def test_options_that_do_not_fit(detail, varmod, options, said):
    with pytest.raises(OptionError, match=said):
        read_census(detail, varmod, **options)


def test_a_table_that_is_no_dictionary(detail):
    with pytest.raises(OptionError, match="dictionary= has no column 'variable'"):
        read_census(detail, pd.DataFrame({"COD_VAR": ["REGION"]}))


def test_a_zip_is_to_be_unpacked(tmp_path, varmod):
    with pytest.raises(SourceError, match="RP2020_indcvi.zip is a zip; unpack it"):
        read_census(tmp_path / "RP2020_indcvi.zip", varmod)


def test_a_repeated_code_counts_once(write):
    path = write(HEADER, CODES[0], CODES[0], name="varmod.csv")
    assert rows(read_dictionary(path), "code") == [("01",)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (CODES[0].replace("Guadeloupe", "Martinique"), "'Martinique' here and 'Guadeloupe' above"),
        (CODES[1].replace("CHAR;2", "CHAR;3"), "keep one label, type and length"),
        (CODES[1].replace("CHAR", "DATE"), "column 'TYPE_VAR': 'DATE' is not a type; use CHAR"),
        (CODES[1].replace("CHAR;2", "CHAR;x"), "column 'LONG_VAR': 'x' is not a length"),
        (";Sans nom;1;Un;CHAR;1", "column 'COD_VAR': a blank is not the name of a variable"),
    ],
)
def test_a_bad_dictionary_is_named(write, line, said):
    path = write(HEADER, CODES[0], line, name="varmod.csv")
    with pytest.raises(SourceError, match=f"varmod.csv, line 3.*{said}"):
        read_dictionary(path)


def test_a_dictionary_without_a_column(write):
    path = write("COD_VAR;LIB_VAR;COD_MOD;LIB_MOD;TYPE_VAR", "A;a;1;un;CHAR", name="varmod.csv")
    with pytest.raises(SourceError, match="column 'long_var' is missing"):
        read_dictionary(path)
