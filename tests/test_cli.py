"""The command line: exit codes, one clear line, and what it prints."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import clusterstats as cs
from clusterstats import cli
from clusterstats.report import analyses

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


@pytest.mark.parametrize("command", [["reproduce"], ["measure"], ["data"], ["data", "show"]])
def test_every_command_has_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*command, "--help") == 0
    assert "Usage: clusterstats" in capsys.readouterr().out


def test_module_runs() -> None:
    command = [sys.executable, "-m", "clusterstats", "data", "show", "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("clusterstats: no dataset 'nothing'")
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
        (["data", "get", "x"], "No such command 'get'"),
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


def test_data_list_and_show(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("data", "list") == 0
    assert "claims" in capsys.readouterr().out
    assert run("data", "show", "claims") == 0
    assert "S000 to S004" in capsys.readouterr().out


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
