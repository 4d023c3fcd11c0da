"""German Länder: carried sums against the files, indices by plain arithmetic, other programs."""

import importlib.util
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats import datasets
from clusterstats.report import analyses_dir, run_analysis
from clusterstats.report.analyses import _load

EXACT = 1e-12
NAMES = ("german_states_2015", "german_states_2008_2014")


class Modules(NamedTuple):
    analysis: ModuleType
    pages: ModuleType
    reference: ModuleType
    tables: ModuleType


@pytest.fixture(scope="module")
def german() -> Modules:
    analysis = _load(analyses_dir() / "german_states")
    package = analysis.__name__.rpartition(".")[0]
    parts = (import_module(f"{package}.{name}") for name in ("pages", "reference", "tables"))
    return Modules(analysis, *parts)


@pytest.fixture
def with_files(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(data_dir))
    return data_dir / "reat_examples"


@pytest.fixture(scope="module")
def wide(german: Modules) -> pd.DataFrame:
    """Länder x groups, persons in 2015."""
    return german.tables.groups().pivot(index="region", columns="industry", values="employment")


def script(name: str) -> ModuleType:
    """The script that made a carried table."""
    path = datasets.describe(name).folder / "make.py"
    spec = importlib.util.spec_from_file_location(f"made_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- the carried tables -----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_carried_table_names_its_publisher_and_licence(name: str) -> None:
    about = datasets.describe(name)
    assert about.licence == "Datenlizenz Deutschland – Namensnennung 2.0"
    assert "dl-de/by-2-0" in about.attribution
    assert about.publisher in {"Statistisches Bundesamt", about.attribution.split(",")[0]}


@pytest.mark.parametrize("name", NAMES)
def test_every_carried_cell_is_a_sum_of_two_or_more(name: str) -> None:
    groups = script(name).GROUPS
    assert min(len(held) for held in groups.values()) >= 2
    held = [part for parts in groups.values() for part in parts]
    assert len(held) == len(set(held))
    assert {*datasets.load(name)["industry"]} - {"unknown"} == {*groups}


def test_sums_of_2015_are_those_of_the_file(with_files: Path, wide: pd.DataFrame) -> None:
    raw = pd.read_csv(with_files / "german_states_industries_2015.csv.gz")
    by_land = raw.groupby("region_code")["emp_all"].sum()
    assert (wide.sum(axis=1) == by_land).all()
    trade = raw[raw["ind_code"].isin(["WZ08-G", "WZ08-H", "WZ08-I"])]
    assert (wide["G-I"] == trade.groupby("region_code")["emp_all"].sum()).all()


def test_totals_of_years_are_those_that_are_printed(with_files: Path, german: Modules) -> None:
    raw = pd.read_csv(with_files / "german_states_employment_2008_2014.csv.gz")
    whole = raw[(raw["region"] == "Insgesamt") & (raw["industry"] == "Insgesamt")]
    ours = german.tables.years().groupby("year")["employment"].sum()
    assert ours.to_dict() == whole.set_index("year")["emp"].to_dict()


def test_unknown_industries_are_few_and_never_less_than_none(german: Modules) -> None:
    cells = german.tables.years()
    unknown = cells[cells["industry"] == "unknown"]["employment"]
    assert unknown.min() >= 0
    assert unknown.sum() < 0.0005 * cells["employment"].sum()


# --- indices by plain arithmetic ----------------------------------------------------------------


def krugman(x: pd.DataFrame) -> pd.Series:
    rest = x.sum() - x
    apart = x.div(x.sum(axis=1), axis=0) - rest.div(rest.sum(axis=1), axis=0)
    return apart.abs().sum(axis=1)


def gini(x: pd.DataFrame) -> pd.Series:
    """Half of the mean difference of quotients: sum over pairs |q_a s_b - q_b s_a| / 4."""
    q, s = (x / x.sum()).to_numpy(), (x.sum(axis=1) / x.to_numpy().sum()).to_numpy()
    pairs = q[:, None] * s[None, :, None] - q[None] * s[:, None, None]
    return pd.Series(np.abs(pairs).sum(axis=(0, 1)) / 4, index=x.columns)


def test_specialization_is_that_of_plain_arithmetic(german: Modules, wide: pd.DataFrame) -> None:
    found = german.pages.specialization(german.tables.groups())
    share, whole = wide.div(wide.sum(axis=1), axis=0), wide.sum() / wide.to_numpy().sum()
    expected = {
        "krugman_specialization": krugman(wide),
        "herfindahl": (share**2).sum(axis=1),
        "entropy": -(share * np.log(share)).sum(axis=1),
        "hachman": 1 / (share**2 / whole).sum(axis=1),
    }
    for measure, values in expected.items():
        got = found[found["measure"] == measure].set_index("region")["estimate"]
        np.testing.assert_allclose(got, values[got.index], rtol=EXACT)
    assert found["estimate"].between(found["conf_low"], found["conf_high"]).all()
    first = found[found["measure"] == "krugman_specialization"]["estimate"]
    assert first.is_monotonic_decreasing


def test_concentration_and_its_range_without_one_land(german: Modules, wide: pd.DataFrame) -> None:
    found = german.pages.concentration(german.tables.groups()).set_index(["measure", "industry"])
    got = found.loc["locational_gini"]
    np.testing.assert_allclose(got["estimate"], gini(wide)[got.index], rtol=EXACT)
    without = pd.DataFrame({land: gini(wide.drop(index=land)) for land in wide.index})
    np.testing.assert_allclose(got["loo_low"], without.min(axis=1)[got.index], rtol=EXACT)
    np.testing.assert_allclose(got["loo_high"], without.max(axis=1)[got.index], rtol=EXACT)


def test_relative_entropy_splits_into_east_and_west(german: Modules, wide: pd.DataFrame) -> None:
    split = german.pages.east_and_west(german.tables.groups()).set_index("industry")
    np.testing.assert_allclose(split["between"] + split["within"], split["total"], rtol=EXACT)
    kl = cs.kl_divergence(german.tables.groups()).set_index("industry")["estimate"]
    np.testing.assert_allclose(split["total"], kl[split.index], rtol=EXACT)
    east = wide.loc[["BB", "BE", "MV", "SN", "ST", "TH"]].sum()
    q, s = east / wide.sum(), east.sum() / wide.to_numpy().sum()
    between = q * np.log(q / s) + (1 - q) * np.log((1 - q) / (1 - s))
    np.testing.assert_allclose(split["between"], between[split.index], rtol=1e-9)


def test_changes_are_later_less_earlier(german: Modules) -> None:
    table = german.tables.years()
    known = table[table["industry"] != "unknown"]
    year = {
        when: part.pivot(index="region", columns="industry", values="employment")
        for when, part in known.groupby("year")
    }
    found = german.pages.changes(table)
    of_land = found[found["measure"].str.startswith("krugman")].set_index("region")["estimate"]
    expected = krugman(year[2014]) - krugman(year[2008])
    np.testing.assert_allclose(of_land, expected[of_land.index], atol=EXACT)
    of_group = found[found["industry"].notna()].set_index("industry")
    expected = gini(year[2014]) - gini(year[2008])
    np.testing.assert_allclose(of_group["estimate"], expected[of_group.index], atol=EXACT)
    without = gini(year[2014].drop(index="BE")) - gini(year[2008].drop(index="BE"))
    assert (without[of_group.index] >= of_group["loo_low"] - EXACT).all()
    assert (without[of_group.index] <= of_group["loo_high"] + EXACT).all()


def test_growth_is_the_sum_of_its_parts(german: Modules) -> None:
    rates = german.pages.growth(german.tables.years()).set_index("region")
    parts = rates[["national_share", "industrial_mix", "regional_share"]].sum(axis=1)
    np.testing.assert_allclose(parts, rates["growth"], rtol=EXACT)
    cells = german.tables.years().query("industry != 'unknown' and region == 'BE'")
    jobs = cells.groupby("year")["employment"].sum()
    assert rates.loc["BE", "growth"] == pytest.approx(jobs[2014] / jobs[2008] - 1, rel=EXACT)


def test_proximity_counts_the_laender_that_have_both(german: Modules, wide: pd.DataFrame) -> None:
    quotient = wide.div(wide.sum(axis=1), axis=0) / (wide.sum() / wide.to_numpy().sum())
    has = quotient >= 1
    for row in german.pages.related(german.tables.groups()).itertuples():
        both = (has[row.industry] & has[row.industry2]).sum()
        most = max(has[row.industry].sum(), has[row.industry2].sum())
        assert row.estimate == pytest.approx(both / most, rel=EXACT)


def test_complexity_is_the_mean_of_its_other_side(german: Modules, wide: pd.DataFrame) -> None:
    found, warned = german.pages.complexity(german.tables.groups())
    assert "ill-conditioned" not in warned
    assert found["std_error"].gt(0).all()
    eci, pci = (
        found[found["component"] == part].set_index("member")["estimate"] for part in ("eci", "pci")
    )
    has = (wide.div(wide.sum(axis=1), axis=0) / (wide.sum() / wide.to_numpy().sum()) >= 1) * 1.0
    mean = has.dot(pci[has.columns]) / has.sum(axis=1)
    assert np.corrcoef(mean, eci[mean.index])[0, 1] == pytest.approx(1, abs=1e-9)


# --- other programs -----------------------------------------------------------------------------


@pytest.mark.usefixtures("with_files")
def test_every_value_of_the_other_programs_agrees(german: Modules) -> None:
    values = german.reference.values()
    assert len(values) == 1962
    apart = values[~values["agrees"]]
    assert apart.empty, apart.head().to_string()
    exact = ~values["function"].isin(german.reference.ROUNDED)
    assert (values.loc[exact, "difference"] <= 1e-9).all()


@pytest.mark.usefixtures("with_files")
def test_a_value_without_ours_or_a_little_off_does_not_agree(
    german: Modules, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ("EconGeo::Hachman", german.reference.STATES)
    true = german.reference.CALLS[key]()
    off = {**true, "BB": true["BB"] + 1e-8}
    del off["BE"]
    monkeypatch.setitem(german.reference.CALLS, key, lambda: off)
    rows = german.reference.agreement().set_index("function")
    assert rows.loc["EconGeo::Hachman", ["values", "agree"]].tolist() == [16, 14]


# --- the page -----------------------------------------------------------------------------------


def test_carried_tables_answer_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLUSTERSTATS_DATA", raising=False)
    outcome = run_analysis(analyses_dir(), "german_states")
    assert outcome.error == ""
    shown = {exhibit.name: exhibit for exhibit in outcome.exhibits}
    assert not [name for name in shown if name.endswith("sections")]
    assert "set CLUSTERSTATS_DATA" in shown["specialization_groups"].note
    assert "set CLUSTERSTATS_DATA" in shown["other_programs"].table["differs_by"][0]
    assert shown["recomputed"].table["agrees"].all()
    assert all("dl-de/by-2-0" in shown[name].source for name in shown if name != "other_programs")


@pytest.mark.usefixtures("with_files")
def test_sections_are_measured_where_the_files_are() -> None:
    outcome = run_analysis(analyses_dir(), "german_states")
    assert outcome.error == ""
    shown = {exhibit.name: exhibit for exhibit in outcome.exhibits}
    assert len(shown["concentration_sections"].table) == 3 * 17
    assert len(shown["complexity_sections"].table) == 16 + 17
    assert "1,962 of 1,962" in shown["other_programs"].note
