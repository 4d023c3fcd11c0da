"""The command line: exit codes, one clear line, and what it prints."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import clusterstats as cs
from clusterstats import cli, datasets
from clusterstats.datasets import _publishers
from clusterstats.report import analyses
from tests.serving import Shelf, serving

ANALYSIS = '''
"""An analysis."""
import pandas as pd
from clusterstats.report import Exhibit
from .neighbour import NUMBER

TITLE, QUESTION = "A good one", "How many?"


def exhibits():
    table = pd.DataFrame({"n": [NUMBER]})
    said = {"sample": "one", "definition": "a count", "source": "an example"}
    return [Exhibit(name="count", title="Count", table=table, **said)]
'''
FAILING = ANALYSIS.replace("return [", 'raise KeyError("no such column")\n    return [')


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    return int(left.value.code or 0)


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    path = tmp_path / "cells.csv"
    path.write_text(
        "zone,ape,jobs,establishments\n"
        "A,film,60,6\nA,other,940,90\nB,film,40,5\nB,other,3960,400\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of analyses, one of which fails."""
    folder = tmp_path / "analyses"
    for name, text in {"bad": FAILING, "good": ANALYSIS}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "analysis.py").write_text(text, encoding="utf-8")
        (folder / name / "neighbour.py").write_text("NUMBER = 7\n", encoding="utf-8")
    monkeypatch.setattr("clusterstats.report.analyses_dir", lambda: folder)
    return folder


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shelf]:
    """Every file of the registry is asked of this machine; the cache is a new folder."""
    monkeypatch.setenv("CLUSTERSTATS_CACHE", str(tmp_path / "cache"))
    files = datasets.published()
    with serving(monkeypatch) as shelf:
        entries = {
            name: replace(file, address=f"{shelf.address}/{file.file}")
            for name, file in files.items()
        }
        monkeypatch.setattr(_publishers, "_registry", lambda: entries)
        yield shelf


NAMED = ("--region", "zone", "--industry", "ape", "--value", "jobs")


def test_help_lists_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        "import sys, clusterstats.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit as left: assert not left.code\n"
        "heavy = {'numpy', 'pandas', 'scipy', 'matplotlib', 'duckdb', 'jinja2'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("reproduce", "measure", "data"):
        assert command in done.stdout


def test_help_takes_less_than_half_a_second_of_the_processor() -> None:
    command = [sys.executable, "-m", "clusterstats", "data", "get", "--help"]
    before = os.times()
    subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    used = after.children_user + after.children_system
    assert used - before.children_user - before.children_system < 0.5


@pytest.mark.parametrize(
    "command",
    [
        ["reproduce"],
        ["measure"],
        ["data"],
        *(["data", name] for name in ("list", "show", "get", "make")),
    ],
)
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command, "--help") == 0
    assert "Usage: clusterstats" in capsys.readouterr().out


def test_module_runs() -> None:
    command = [sys.executable, "-m", "clusterstats", "data", "show", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("clusterstats: no dataset or publisher's file 'nothing'")
    assert len(done.stderr.splitlines()) == 1


def test_measure_prints_the_result_and_what_defines_it(
    cells: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("measure", "location_quotient", str(cells), *NAMED) == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[:2] == [
        "region,industry,measure,estimate",
        "A,film,location_quotient,3.0",
    ]
    assert "definition: location_quotient" in shown.err


def test_measure_writes_the_file_that_python_would(cells: Path, tmp_path: Path) -> None:
    output = tmp_path / "lq.csv"
    options = ("--inference", "bootstrap", "--seed", "3", "--draws", "99")
    names = (*NAMED, "--value", "establishments")
    assert (
        run("measure", "location_quotient", str(cells), *names, *options, "--output", str(output))
        == 0
    )
    table = pd.read_csv(cells).rename(columns={"zone": "region", "ape": "industry"})
    expected = cs.location_quotient(
        table, value="establishments", inference=cs.Bootstrap(draws=99, seed=3)
    )
    assert output.read_text(encoding="utf-8") == expected.to_csv(index=False, lineterminator="\n")


def test_absent_rows_are_told_and_can_be_declared(
    cells: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells.write_text(cells.read_text().replace("B,film,40,5\n", ""), encoding="utf-8")
    assert run("measure", "herfindahl", str(cells), *NAMED) == 2
    assert "absent" in capsys.readouterr().err
    assert run("measure", "herfindahl", str(cells), *NAMED, "--absent", "zero") == 0
    assert "B,herfindahl,1.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["measure", "quotient", "FILE"], "NAME='quotient' is not known; use one of"),
        (["measure", "herfindahl", "nowhere.csv"], "nowhere.csv"),
        (["measure", "herfindahl", "FILE", "--seed", "1"], "--seed and --draws go with"),
        (["measure", "herfindahl", "FILE", "--inference", "bootstrap"], "say --seed N"),
        (["measure", "herfindahl", "FILE", "--inference", "magic"], "magic"),
        (["measure", "herfindahl", "FILE", "--value", "wages"], "wages"),
        (["measure", "herfindahl"], "(see clusterstats --help)"),
        (["data", "show", "clams"], "the nearest is 'claims'"),
        (["data", "show", "imdb_title_basic"], "the nearest is 'imdb_title_basics'"),
        (["data", "get", "imdb_title_basic"], "the nearest is 'imdb_title_basics'"),
        (["data", "get", "insee_communes_2025", "--sha256", "abc"], "64 hexadecimal characters"),
        (["data", "make", "cnc", "FILE", "--rows", "3", "--seed", "1"], "cnc"),
        (["data", "make", "sirene", "FILE", "--rows", "0", "--seed", "1"], "--rows"),
        (["data", "make", "sirene", "FILE", "--rows", "3"], "--seed"),
        (["reproduce", "nothing"], "no analysis 'nothing'; there are bad, good"),
        ([], "(see clusterstats --help)"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    arguments: list[str],
    message: str,
    cells: Path,
    checkout: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(*[str(cells) if text == "FILE" else text for text in arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("clusterstats: ")
    assert len(shown.err.splitlines()) == 1
    assert message in shown.err


def test_data_list_and_show(
    shelf: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("data", "list") == 0
    listed = capsys.readouterr().out.splitlines()
    (claims,) = [line for line in listed if line.startswith("claims ")]
    assert "110 rows" in claims
    (communes,) = [line for line in listed if line.startswith("insee_communes_2025 ")]
    assert "not fetched" in communes
    assert run("data", "show", "claims") == 0
    assert "S000 to S004" in capsys.readouterr().out
    assert run("data", "show", "cbp_msa_2019") == 0
    shown = capsys.readouterr().out
    assert "not confirmed: it may be wrong" in shown
    assert "not fetched: clusterstats data get cbp_msa_2019" in shown


def test_data_get_prints_where_the_file_is_and_its_checksum(
    shelf: Shelf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, content = "insee_communes_2025", b"TYPECOM,COM\nCOM,93066\n"
    shelf.files["v_commune_2025.csv"] = content
    assert run("data", "get", name) == 2
    refused = capsys.readouterr()
    assert refused.out == ""
    assert "no checksum is known for insee_communes_2025" in refused.err.splitlines()[-1]
    assert run("data", "get", name, "--accept") == 0
    got = capsys.readouterr()
    place = tmp_path / "cache" / "v_commune_2025.csv"
    assert got.out == f"{place}\n"
    assert f"sha256 {hashlib.sha256(content).hexdigest()}, kept beside the file" in got.err
    assert "INSEE; Licence Ouverte 2.0" in got.err
    assert run("data", "list") == 0
    listed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[1:4] for line in listed if line[0] == name] == [["in", "the", "cache"]]
    assert run("data", "show", name) == 0
    assert f"in the cache: {place}" in capsys.readouterr().out
    other = tmp_path / "mine"
    digest = hashlib.sha256(content).hexdigest()
    assert run("data", "get", name, "--sha256", digest, "--folder", str(other)) == 0
    assert (other / "v_commune_2025.csv").read_bytes() == content


@pytest.mark.parametrize(
    ("content", "is_cut", "options", "message"),
    [
        (b"COM\n93066\n", True, ["--accept"], "sent 10 of 110 bytes; try again"),
        (b"COM\n93066\n", False, ["--sha256", "0" * 64], "nothing was kept"),
        (b"<html>", False, ["--accept"], "is not a whole .csv file"),
        (None, False, ["--accept"], "answers 404"),
        (None, None, ["--accept"], "can't be reached"),
    ],
)
def test_data_get_fails_with_one_line_and_exit_code_2(
    content: bytes | None,
    is_cut: bool | None,
    options: list[str],
    message: str,
    shelf: Shelf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if content is not None:
        shelf.files["v_commune_2025.csv"] = content
    if is_cut:
        shelf.cut.add("v_commune_2025.csv")
    if is_cut is None:
        entry = replace(datasets.published()["insee_communes_2025"], address="http://127.0.0.1:9/a")
        monkeypatch.setattr(_publishers, "_registry", lambda: {entry.name: entry})
    assert run("data", "get", "insee_communes_2025", *options) == 2
    shown = capsys.readouterr()
    (failure,) = shown.err.splitlines()
    assert message in failure
    assert shown.out == ""
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_data_get_shows_progress_on_a_terminal_only(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf.files["v_commune_2025.csv"] = b"x" * 2_500_000
    assert run("data", "get", "insee_communes_2025", "--accept") == 0
    assert "MB" not in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert run("data", "get", "insee_communes_2025", "--accept") == 0
    assert "2.5 of 2.5 MB\r" in capsys.readouterr().err


def test_data_get_says_that_an_address_is_not_confirmed(
    shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("data", "get", "cbp_msa_2019", "--accept") == 2
    (failure,) = capsys.readouterr().err.splitlines()
    assert "answers 404" in failure
    assert failure.endswith("(the address of cbp_msa_2019 is not confirmed)")


@pytest.mark.parametrize(
    ("source", "reader"),
    [
        ("sirene", cs.read_sirene),
        ("urssaf", cs.read_urssaf),
        ("flores", cs.read_flores),
        ("mesr", cs.read_mesr),
    ],
)
def test_data_make_writes_about_as_many_rows_that_the_reader_takes(
    source: str,
    reader: Callable[..., object],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / ("made.zip" if source == "flores" else "made.csv")
    size = "--establishments" if source == "sirene" else "--rows"
    assert run("data", "make", source, str(path), size, "3000", "--seed", "1") == 0
    assert capsys.readouterr().out == f"{path}\n"
    reports: list[cs.ReadingReport] = []
    reader(path, report=reports.append)
    rows = reports[0].rows.read
    assert rows == 3000 if source == "sirene" else 1500 < rows < 6000
    again = tmp_path / "again" / path.name
    assert run("data", "make", source, str(again), size, "3000", "--seed", "1") == 0
    assert again.read_bytes() == path.read_bytes()


def test_data_make_imdb_writes_a_folder(tmp_path: Path) -> None:
    assert run("data", "make", "imdb", str(tmp_path / "imdb"), "--rows", "60", "--seed", "1") == 0
    names = {path.name for path in (tmp_path / "imdb").iterdir()}
    assert names == {
        f"{name}.tsv.gz"
        for name in ("title.basics", "title.principals", "title.crew", "name.basics")
    }


def test_reproduce_runs_the_others_when_one_fails(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "out"
    assert run("reproduce", "--results", str(results)) == 1
    shown = capsys.readouterr()
    assert shown.out == f"{results / 'index.html'}\n"
    bad, good = shown.err.splitlines()
    assert bad.startswith(
        "clusterstats: bad: failed: KeyError: 'no such column' (analysis.py, line"
    )
    assert good.startswith("clusterstats: good: 1 exhibits")
    assert (results / "good" / "count.csv").read_text() == "n\n7\n"
    page = (results / "index.html").read_text(encoding="utf-8")
    assert "this analysis stopped with KeyError" in page
    assert str(tmp_path) not in page


def test_reproduce_one_says_that_the_other_was_not_run(checkout: Path, tmp_path: Path) -> None:
    assert run("reproduce", "good", "--results", str(tmp_path / "out")) == 0
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "it was not run this time" in page


def test_reproduce_prints_what_an_analysis_says_before_the_page(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = "\ndef told(exhibits):\n    return [f'{len(exhibits)} of 1', 'all there']\n"
    (checkout / "good" / "analysis.py").write_text(ANALYSIS + told, encoding="utf-8")
    assert run("reproduce", "good", "--results", str(tmp_path / "out")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["1 of 1", "all there", str(tmp_path / "out" / "index.html")]


def test_reproduce_leaves_out_an_analysis_without_its_data(
    checkout: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = "\ndef absent():\n    return 'no file of towns: set TOWNS'\n"
    (checkout / "bad" / "analysis.py").write_text(FAILING + absent, encoding="utf-8")
    assert run("reproduce", "--results", str(tmp_path / "out")) == 0
    skipped = capsys.readouterr().err.splitlines()[0]
    assert skipped.startswith("clusterstats: bad: skipped: no file of towns: set TOWNS (")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<strong>Missing:</strong> no file of towns: set TOWNS." in page
    assert run("reproduce", "bad", "--results", str(tmp_path / "out")) == 1


def test_reproduce_writes_beside_the_analyses_by_default(checkout: Path) -> None:
    shutil.rmtree(checkout / "bad")
    assert run("reproduce") == 0
    assert (checkout.parent / "results" / "index.html").is_file()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("TITLE = QUESTION = ''\n", "has no exhibits; give TITLE, QUESTION and exhibits()"),
        (ANALYSIS.replace("return [", "return [] and ["), "exhibits() gives no exhibits"),
        (ANALYSIS + "\nonce = exhibits\ndef exhibits(): return once() * 2\n", "two exhibits named"),
    ],
)
def test_an_analysis_that_breaks_the_rules_is_told(text: str, message: str, checkout: Path) -> None:
    (checkout / "good" / "analysis.py").write_text(text, encoding="utf-8")
    assert message in analyses.run_analysis(checkout, "good").error


def test_reproduce_needs_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed = tmp_path / "site" / "clusterstats" / "report" / "analyses.py"
    monkeypatch.setattr(analyses, "__file__", str(installed))
    assert run("reproduce") == 2
    assert "needs a checkout" in capsys.readouterr().err
