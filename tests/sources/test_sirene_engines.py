"""SIRENE on every engine, and checked where it is used."""

import datetime as dt
import re

import duckdb
import narwhals.stable.v2 as nw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterstats.errors import OptionError
from clusterstats.sources._sirene import ALLOWED, QUICK
from clusterstats.sources.sirene import read_sirene
from tests.sources.sirene_files import as_csv, as_parquet, one, refused

STOCK = [
    one(1, x="652000.5", y="6862000"),
    one(2, commune="2A004", band="NN", seat="false", ape="5911A"),
    one(3, diffusion="P", commune="[ND]", x="[ND]", y="[ND]", band="53"),
    one(4, state="F", start="2016-07-01", ape="92.1B", system="NAFRev1", band=""),
    one(5, commune="99138"),
    one(6, commune=""),
    one(7, created="", start="2018-02-03", ape="", system="", band="00"),
]
WAYS = ({}, {"active_only": False}, {"date": "2015-01-01"})


def rows(frame):
    found = frame.collect("pyarrow").select(*frame.collect_schema().names()).rows(named=True)
    return sorted(found, key=lambda row: row["establishment"])


def values(path, **options):
    quiet = {"report": lambda report: None} if options.get("check") != "used" else {}
    return rows(read_sirene(path, **options, **quiet))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stored", [as_csv, as_parquet])
@pytest.mark.parametrize("check", ["now", "used"])
def test_every_engine_gives_the_same(tmp_path, engine, check, stored, way):
    if check == "used" and engine == "pandas":
        pytest.skip("pandas reads now, so that check='used' is refused")
    path = stored(tmp_path / f"s.{'csv' if stored is as_csv else 'parquet'}", STOCK)
    assert values(path, engine=engine, check=check, **way) == values(path, **way)


def test_rows_known_by_hand(tmp_path, engine):
    path = as_csv(tmp_path / "s.csv", STOCK)
    found = {row["establishment"][8]: row for row in values(path, engine=engine)}
    assert sorted(found) == ["1", "2", "3", "7"]
    columns = ("region", "industry", "employment_low", "employment_high", "is_head_office", "x")
    assert {key: tuple(row[c] for c in columns) for key, row in found.items()} == {
        "1": ("75118", "59.11A", 10.0, 19.0, True, 652000.5),
        "2": ("2A004", "59.11A", None, None, False, None),
        "3": (None, "59.11A", 10000.0, None, True, None),
        "7": ("75118", None, 0.0, 0.0, True, None),
    }
    assert found["1"]["opened"] == dt.date(2004, 5, 1)


BAD = [
    ("siret", {"siret": "1234"}, "establishment", "'siret': '1234' is not a SIRET"),
    ("siret", {"siret": ""}, "establishment", "'siret': '' is not a SIRET"),
    ("commune", {"commune": "1004"}, "region", "Etablissement': '1004' is not a commune code"),
    ("band", {"band": "99"}, "employment_low", "Etablissement': '99' is not a size class"),
    ("created", {"created": "2015-02-30"}, "opened", "'2015-02-30' is not a date"),
    ("state", {"state": "O"}, "region", "'etatAdministratifEtablissement': 'O' is not A"),
    ("state", {"state": ""}, "region", "'etatAdministratifEtablissement': '' is not A"),
    ("seat", {"seat": "oui"}, "is_head_office", "'oui' is not true or false"),
    ("ape", {"ape": "cinéma"}, "industry", "'cinéma' is not a NAF code"),
    ("x", {"x": "12,5", "y": "1"}, "x", "'12,5' is not a number with a decimal point"),
]


@pytest.mark.parametrize(("kind", "bad", "column", "message"), BAD)
def test_a_bad_value_stops_the_query_that_uses_it(tmp_path, engine, kind, bad, column, message):
    if engine == "pandas":
        pytest.skip("pandas reads now, so that check='used' is refused")
    path = as_csv(tmp_path / "s.csv", [one(1), one(2, **bad)])
    frame = read_sirene(path, check="used", engine=engine).select(column)
    with pytest.raises(Exception, match=f"s.csv, column .*{re.escape(message)}.*; check=.now"):
        frame.collect("pyarrow")
    refused(path, "s.csv, line 3, column ")


def test_a_bad_date_is_not_taken_for_a_late_one(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one(1), one(2, created="2O15-01-01")])
    frame = read_sirene(path, check="used", date="2015-01-01").select("region")
    with pytest.raises(duckdb.Error, match="'2O15-01-01' is not a date"):
        frame.collect("pyarrow")


def test_what_used_leaves_untested(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one(1), one(1, seat="oui"), one(3, commune="", ape="x")])
    frame = read_sirene(path, check="used")
    count = frame.group_by("region").agg(nw.len().alias("n")).collect("pyarrow").rows()
    assert count == [("75118", 2)]


def test_options_of_engine_and_check(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one()])
    with pytest.raises(OptionError, match="engine='sqlite' is not one of"):
        read_sirene(path, engine="sqlite")
    with pytest.raises(OptionError, match="check='later'"):
        read_sirene(path, check="later")
    with pytest.raises(OptionError, match='report= counts rows, which check="used" does not'):
        read_sirene(path, check="used", report=print)
    with pytest.raises(OptionError, match='check="used" is not for pandas'):
        read_sirene(path, check="used", engine="pandas")


def test_invalid_bytes_are_found_and_duckdb_lives_on(tmp_path):
    path = as_csv(tmp_path / "s.csv", [one(1), one(2, ape="59.11é")])
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xe9"))
    refused(path, "s.csv, line 3, column 'activitePrincipaleEtablissement'", "cp1252")
    assert duckdb.sql("SELECT 1").fetchall() == [(1,)]


def test_a_twin_far_below_in_no_order(tmp_path):
    many = [one(number) for number in (5, 3, 9, 1, 7, 3)]
    refused(as_csv(tmp_path / "s.csv", many), "line 7: ('00000000300011',)", "repeats line 3")


near = st.text("0129AB-[ND.OPNFtrue] \n", max_size=15) | st.from_regex(
    "[0-9]{14}|[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9AB]{5}|[0-9]{2}.[0-9]{2}[A-Z]", fullmatch=True
)


@pytest.mark.parametrize("role", QUICK)
@given(st.lists(near, min_size=1, max_size=30))
@settings(deadline=None, max_examples=25)
def test_the_quick_test_accepts_nothing_else(role, texts):
    relation = duckdb.sql("SELECT unnest($texts) AS t", params={"texts": texts})
    passed = relation.filter(QUICK[role].replace("@", "t")).fetchall()
    regex = ALLOWED[role][0] + ("" if role in {"siret", "state"} else r"|\[ND\]")
    assert all(re.fullmatch(regex, text) for (text,) in passed)
