"""The same rows of a file from every engine."""

import gzip
from functools import partial

import pandas as pd
import pytest

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._engines import require_engine, scan_parquet, scan_text

LOCAL = ("duckdb", "polars", "pandas")
TEXTS = {
    "plain": (b"a,b\n1,x\n2,y\n", [("1", "x"), ("2", "y")]),
    "no line end": (b"a,b\n1,x\n2,y", [("1", "x"), ("2", "y")]),
    "mark": (b"\xef\xbb\xbfa,b\n1,\xc5\x93uf\n", [("1", "œuf")]),
    "CRLF": (b"a,b\r\n1,x\r\n2,\r\n", [("1", "x"), ("2", None)]),
    "quoted delimiter": (b'a,b\n1,"x,y"\n', [("1", "x,y")]),
    "quoted line break": (b'a,b\n1,"x\ny"\n2,z\n', [("1", "x\ny"), ("2", "z")]),
    "doubled quotes": (b'a,b\n1,"say ""x"""\n', [("1", 'say "x"')]),
    "blanks": (b'a,b\n1,\n,x\n2,""\n', [("1", None), ("2", None), (None, "x")]),
    "spaces": (b"a,b\n 1 ,x y\n", [(" 1 ", "x y")]),
    "zeros and NA": (b"a,b\n007,NA\n1e3,null\n", [("007", "NA"), ("1e3", "null")]),
}
TSV = b'a\tb\tc\n1\t"x\t\\N\n2\t\ty"z"\n'
TSV_ROWS = [("1", '"x', None), ("2", "", 'y"z"')]


def rows(frame):
    found = frame.collect("pyarrow").rows()
    return sorted(found, key=lambda row: [value or "" for value in row])


def scan(path, content, engine, **options):
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    columns = options.pop("columns", ["a", "b"])
    return scan_text(path, columns, engine=engine, **{"delimiter": ",", **options})


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
@pytest.mark.parametrize("kind", TEXTS)
def test_text(tmp_path, engine, kind, name):
    content, expected = TEXTS[kind]
    found = rows(scan(tmp_path / name, content, engine))
    assert found == sorted(expected, key=lambda row: [value or "" for value in row])


@pytest.mark.parametrize("name", ["t.tsv", "t.tsv.gz"])
def test_quotes_as_they_come(tmp_path, engine, name):
    options = {"columns": ["a", "b", "c"], "delimiter": "\t", "quote": "", "null": "\\N"}
    assert rows(scan(tmp_path / name, TSV, engine, **options)) == TSV_ROWS


def test_every_column_is_text(tmp_path, engine):
    frame = scan(tmp_path / "t.csv", b"a,b\n1,2\n", engine)
    assert {str(kind) for kind in frame.collect_schema().values()} == {"String"}


@pytest.mark.parametrize("name", ["a b.csv", "a[1].csv", "a*.csv", "a{b}.csv", "a=1.csv"])
def test_names_are_not_patterns(tmp_path, engine, name):
    (tmp_path / "a1.csv").write_bytes(b"a,b\nwrong,file\n")
    assert rows(scan(tmp_path / name, b"a,b\n1,x\n", engine)) == [("1", "x")]


@pytest.mark.parametrize("engine", LOCAL)
@pytest.mark.parametrize("skip", [0, 3])
def test_lines_above(tmp_path, engine, skip):
    content = b'made "today\n\na,b\n'[: {0: 0, 3: None}[skip]] + b"1,x\n"
    assert rows(scan(tmp_path / "t.csv", content, engine, skip=skip)) == [("1", "x")]


def test_a_blank_line_is_no_row_but_for_polars(tmp_path, engine):
    found = rows(scan(tmp_path / "t.csv", b"a,b\n1,x\n\n2,y\n", engine))
    assert found == [(None, None)] * (engine == "polars") + [("1", "x"), ("2", "y")]


@pytest.mark.parametrize("line", [b"2\n", b"2,y,z\n"])
def test_a_line_of_other_width_is_refused(tmp_path, engine, line):
    frame = partial(scan, tmp_path / "t.csv", b"a,b\n1,x\n" + line, engine)
    if engine == "polars" and line == b"2\n":  # nothing in Polars refuses it
        assert rows(frame()) == [("1", "x"), ("2", None)]
    else:
        with pytest.raises(Exception, match="(?i)column|malformed|fields"):
            rows(frame())


def test_parquet(tmp_path, engine):
    table = pd.DataFrame({"a": ["1", None], "b": [1.5, 2.5]})
    path = tmp_path / "a[1].parquet"
    table.to_parquet(path)
    assert rows(scan_parquet(path, engine=engine)) == [(None, 2.5), ("1", 1.5)]


@pytest.mark.parametrize("engine", ["sqlite", None, 3, pd])
def test_engines_that_are_none(tmp_path, engine):
    with pytest.raises(OptionError, match="is not one of 'duckdb', 'polars', 'pandas', or a Spark"):
        require_engine(engine)


@pytest.mark.slow
def test_what_spark_cannot_read(tmp_path, spark):
    with pytest.raises(OptionError, match="header is on line 1"):
        scan(tmp_path / "t.csv", b"note\na,b\n1,x\n", spark, skip=2)
    with pytest.raises(SourceError, match="t.csv is gzip, which Spark sees by its name; add .gz"):
        scan(tmp_path / "t.csv", gzip.compress(b"a,b\n1,x\n"), spark)
