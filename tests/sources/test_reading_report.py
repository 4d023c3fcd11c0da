"""What is set aside is counted, and said even to who did not ask."""

import os
import subprocess
import sys
import warnings

import pytest

from clusterstats.errors import ClusterstatsWarning, SourceError
from clusterstats.sources import ReadingReport, read_urssaf
from clusterstats.sources.report import SetAside, Tally

HEADER = (
    "Nom commune;Code commune;Code APE;Nombre d'établissements 2021;Effectifs salariés 2021;"
    "Nombre d'établissements 2022;Effectifs salariés 2022"
)
GOOD = "Aa;01004;5911A;1;2;;"
TOTALS = (";Total;;5;6;7;8", "Ensemble;;;5;6;7;8")


def test_totals_are_set_aside_and_said(write):
    path = write(HEADER, GOOD, *TOTALS)
    with pytest.warns(ClusterstatsWarning, match=r"u.csv: rows 2 set aside: a total, .*line 3\)"):
        frame = read_urssaf(path)
    assert len(frame.collect()) == 1


def test_totals_are_in_the_report(write):
    reports = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_urssaf(write(HEADER, GOOD, *TOTALS), report=reports.append)
    assert str(reports[0]) == (
        "u.csv\n"
        "  rows: 3 read, 1 kept\n"
        "    2 set aside: a total, or no commune and no APE (first on line 3)\n"
        "  (row, year) cells: 2 read, 1 kept\n"
        "    1 set aside: establishments and employees both blank (first on line 2)"
    )


def test_totals_do_not_hide_a_repeated_key(write):
    with pytest.raises(SourceError, match=r"^u.csv, line 5: \('01004', '5911A'\).* line 2;"):
        read_urssaf(write(HEADER, GOOD, *TOTALS, GOOD))


def test_kept_is_what_is_not_set_aside():
    tally = Tally(10, (SetAside("a", 3, 2), SetAside("b", 4, 5)))
    assert tally.kept == 3
    assert str(ReadingReport("f.csv", tally)).startswith("f.csv\n  rows: 10 read, 3 kept\n")


def test_a_file_without_anything_to_set_aside(write):
    reports = []
    read_urssaf(write(HEADER, GOOD.replace(";;", ";0;0")), report=reports.append)
    assert reports == [ReadingReport("u.csv", Tally(1), Tally(2))]


def test_the_copy_of_a_windows_file_is_removed_at_exit(write, tmp_path):
    path = write(HEADER, GOOD, encoding="cp1252")
    (tmp_path / "scratch").mkdir()
    code = (
        "import sys, tempfile, pathlib, clusterstats.sources as s\n"
        "s.read_urssaf(sys.argv[1], encoding='cp1252').collect()\n"
        "print(len(list(pathlib.Path(tempfile.gettempdir()).iterdir())))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        env={**os.environ, "TMPDIR": str(tmp_path / "scratch")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "1\n"
    assert not list((tmp_path / "scratch").iterdir())
