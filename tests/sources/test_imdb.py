"""IMDb's format, with made-up works and people: joins, nulls, quotes, unknown ids, bad files."""

import gzip

import narwhals.stable.v2 as nw
import pytest

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources.imdb import read_imdb

BASICS = (
    "tconst\ttitleType\tprimaryTitle\toriginalTitle\tisAdult\tstartYear\tendYear\t"
    "runtimeMinutes\tgenres",
    'tt0000001\tmovie\tThe "Brume\tLa "Brume\t0\t2019\t\\N\t90\tDrama,Comedy',
    "tt0000002\ttvSeries\tL’Œil\tL’Œil\t0\t\\N\t\\N\t\\N\t\\N",
)
PRINCIPALS = (
    "tconst\tordering\tnconst\tcategory\tjob\tcharacters",
    'tt0000001\t1\tnm0000001\tactor\t\\N\t["Self"]',
    "tt0000001\t2\tnm0000002\tdirector\t\\N\t\\N",
    "tt0000002\t1\tnm10000003\twriter\tcreated by\t\\N",
    "tt9999999\t1\tnm0000001\tactor\t\\N\t\\N",
)
CREW = (
    "tconst\tdirectors\twriters",
    "tt0000001\tnm0000002\tnm0000001,nm0000002",
    "tt0000002\t\\N\t\\N",
)
NAMES = (
    "nconst\tprimaryName\tbirthYear\tdeathYear\tprimaryProfession\tknownForTitles",
    "nm0000001\tAube\t1970\t\\N\tactor,writer\ttt0000001",
    "nm0000001\tAube\t1970\t\\N\tactor,writer\ttt0000001",
    'nm0000002\t"Nuit\t\\N\t\\N\tdirector\t\\N',
)
COLUMNS = ["work", "person", "year", "kind", "role", "category"]
PRINCIPAL_ROWS = [
    ("tt0000001", "nm0000001", 2019, "movie", None, "actor"),
    ("tt0000001", "nm0000002", 2019, "movie", None, "director"),
    ("tt0000002", "nm10000003", None, "tvSeries", "created by", "writer"),
    ("tt9999999", "nm0000001", None, None, None, "actor"),
]
ADDED_ROWS = [
    ("tt0000001", "nm0000001", 2019, "movie", None, "writer"),
    ("tt0000001", "nm0000002", 2019, "movie", None, "writer"),
]


@pytest.fixture
def files(write):
    """Paths of the four files, `kind=lines` in place of the good ones."""

    def files(end=".tsv.gz", **other):
        good = {"basics": BASICS, "principals": PRINCIPALS, "crew": CREW, "names": NAMES}
        return {k: write(*lines, name=k + end) for k, lines in (good | other).items()}

    return files


def rows(frame, *columns):
    return sorted(frame.select(*(columns or COLUMNS)).collect("pyarrow").rows(), key=str)


@pytest.mark.parametrize("end", [".tsv.gz", ".tsv"])
def test_credits_of_the_principals(files, end):
    paths = files(end)
    frame = read_imdb(basics=paths["basics"], principals=paths["principals"])
    assert isinstance(frame, nw.LazyFrame)
    assert rows(frame) == sorted(PRINCIPAL_ROWS, key=str)
    assert "person_name" not in frame.columns


def test_crew_adds_those_who_are_not_principals(files):
    frame = read_imdb(**files())
    assert rows(frame) == sorted(PRINCIPAL_ROWS + ADDED_ROWS, key=str)
    assert rows(frame.filter(nw.col("ordering").is_null())) == sorted(ADDED_ROWS, key=str)


def test_quotes_are_letters_and_names_come_once(files):
    frame = read_imdb(**files()).filter(nw.col("category") != "writer")
    assert rows(frame, "work", "title", "genres", "person_name", "birth_year", "characters") == [
        ("tt0000001", 'The "Brume', "Drama,Comedy", '"Nuit', None, None),
        ("tt0000001", 'The "Brume', "Drama,Comedy", "Aube", 1970, '["Self"]'),
        ("tt9999999", None, None, "Aube", 1970, None),
    ]


def test_ids_without_a_row_are_counted(files):
    reports = []
    read_imdb(**files(), report=reports.append)
    (report,) = reports
    assert (report.rows.read, report.rows.kept) == (4, 4)
    assert (report.works_without_title, report.persons_without_name) == (1, 1)
    assert "persons without a row in names: 1" in str(report)


def test_without_names_none_is_counted(files):
    paths, reports = files(), []
    read_imdb(basics=paths["basics"], principals=paths["principals"], report=reports.append)
    assert reports[0].persons_without_name is None


@pytest.mark.parametrize(
    ("kind", "bad", "message"),
    [
        ("basics", BASICS[2].replace("tt0000002", "2"), r"basics.tsv.gz, line 4.*'tconst': '2'"),
        ("basics", BASICS[1], "line 4: .*repeats line 2"),
        ("basics", BASICS[2].replace("\t0\t\\N", "\t0\t19", 1), "'startYear': '19' is not a year"),
        ("basics", BASICS[2] + "\tx", "line 4: 10 value"),
        ("principals", "tt0000001\t1\tnm1\tactor\t\\N\t\\N", "line 6.*'nconst': 'nm1'"),
        ("principals", "tt0000001\t1\tnm0000001\t\\N\t\\N\t\\N", "'category': a blank"),
        ("principals", "tt0000001\t1", "line 6: 2 value"),
        ("crew", "tt0000001\tnm0000001;nm0000002\t\\N", "'directors': 'nm0000001;nm0000002'"),
        ("names", "nm0000009\tX\tsoon\t\\N\t\\N\t\\N", "'birthYear': 'soon'"),
    ],
)
def test_bad_lines(files, kind, bad, message):
    good = {"basics": BASICS, "principals": PRINCIPALS, "crew": CREW, "names": NAMES}[kind]
    with pytest.raises(SourceError, match=message):
        read_imdb(**files(**{kind: (*good, bad)}))


def test_a_missing_column(files):
    crew = (CREW[0].replace("directors", "director"), *CREW[1:])
    with pytest.raises(SourceError, match="column 'directors' is missing; the nearest is"):
        read_imdb(**files(crew=crew))


def test_a_header_without_rows(files):
    with pytest.raises(SourceError, match=r"names.tsv.gz: a header without rows"):
        read_imdb(**files(names=NAMES[:1]))


def test_a_truncated_file(files):
    paths = files()
    whole = gzip.compress("\n".join(PRINCIPALS * 1000).encode())
    paths["principals"].write_bytes(whole[:-20])
    with pytest.raises(SourceError, match="truncated or damaged gzip"):
        read_imdb(**paths)


@pytest.mark.parametrize("engine", ["polars", "pandas"])
def test_engines_agree(files, engine):
    paths = files()
    first, other = read_imdb(**paths), read_imdb(**paths, engine=engine)
    assert first.collect_schema() == other.collect_schema()
    assert rows(first, *first.columns) == rows(other, *first.columns)


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_checked_where_used_gives_the_same(files, engine):
    paths = files()
    first, other = read_imdb(**paths), read_imdb(**paths, engine=engine, check="used")
    assert rows(first, *first.columns) == rows(other, *first.columns)


YEAR_19 = "tt9999999\tmovie\tL\tL\t0\t19\t\\N\t\\N\t\\N"
USED = [
    ("basics", BASICS[1], r"basics.tsv.gz.*'tconst'.*tt0000001 \(repeated\)"),
    ("basics", YEAR_19, "'startYear': '19' is not"),
    ("principals", "tt0000001\t3\tnm1\tactor\t\\N\t\\N", "'nconst': 'nm1' is not"),
    ("principals", "tt0000001\t3\tnm0000001\t\\N\t\\N\t\\N", "'category': '' is not"),
]


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
@pytest.mark.parametrize(("kind", "bad", "message"), USED)
def test_a_bad_value_that_is_used(files, engine, kind, bad, message):
    good = {"basics": BASICS, "principals": PRINCIPALS}[kind]
    frame = read_imdb(**files(**{kind: (*good, bad)}), engine=engine, check="used")
    with pytest.raises(Exception, match=message):
        rows(frame, "work", "person", "category", "year")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"check": "later"}, "check='later' is not known; use one of 'now', 'used'"),
        ({"check": "used", "report": print}, 'report= counts rows, which check="used" does not'),
        ({"check": "used", "engine": "pandas"}, "not for pandas, which reads now"),
        ({"engine": "excel"}, "engine='excel' is not one of"),
    ],
)
def test_options_that_do_not_go(files, options, message):
    with pytest.raises(OptionError, match=message):
        read_imdb(**files(), **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"tconst\0\tdirectors\twriters\n", "not a text file"),
        (b"tconst\tdirectors\twriters\ntt0000001\tnm000\x000001\t\\N\n", "line 2.*'directors'"),
        (b"tconst\tdirectors\twriters\ntt0000001\tnm\xe9\t\\N\n", "line 2.*byte 0xe9"),
        (b"", "is empty"),
    ],
)
def test_bytes_that_are_no_text(files, content, message):
    paths = files(".tsv")
    paths["crew"].write_bytes(content)
    with pytest.raises(SourceError, match=message):
        read_imdb(**paths)


def test_a_nul_in_a_title_and_a_folder(files, tmp_path):
    title = (*BASICS[:2], BASICS[2].replace("L’Œil", "L\0il"))
    with pytest.raises(SourceError, match="line 3, column 'primaryTitle'.*has a NUL"):
        read_imdb(**files(basics=title))
    with pytest.raises(SourceError, match="is a folder"):
        read_imdb(**(files() | {"names": tmp_path}))
