"""The founding documents' tables. Expected values: arithmetic on the printed numbers."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from clusterstats import datasets
from clusterstats.report import Exhibit, analyses_dir, run_analysis
from clusterstats.report.analyses import _load

ROUNDED = 5e-5


@pytest.fixture(scope="module")
def folder() -> Path:
    return analyses_dir()


@pytest.fixture(scope="module")
def analysis(folder: Path) -> ModuleType:
    return _load(folder / "founding_tables")


@pytest.fixture(scope="module")
def exhibits(folder: Path) -> dict[str, Exhibit]:
    outcome = run_analysis(folder, "founding_tables")
    assert outcome.error == ""
    return {exhibit.name: exhibit for exhibit in outcome.exhibits}


def table(exhibits: dict[str, Exhibit], name: str) -> pd.DataFrame:
    found = exhibits[name].table
    assert found is not None
    return found


def test_every_table_is_there(exhibits: dict[str, Exhibit]) -> None:
    rows = {name: len(table(exhibits, name)) for name in exhibits}
    assert rows == {
        "clusters_by_country": 13,
        "three_clusters": 16,
        "key_success_factors": 28,
        "sector_counts": 8,
        "sector_codes": 186,
        "timeline": 25,
        "contradictions": 5,
        "counted_items": 11,
        "derived_checks": 12,
        "comparison": 32,
        "claims": 110,
    }


def test_every_cell_names_a_claim_and_its_words(exhibits: dict[str, Exhibit]) -> None:
    quotes = datasets.load("claims").set_index("id")["quote"]
    for name in ("timeline", "counted_items", "claims"):
        rows = table(exhibits, name)
        assert (quotes[rows["claim"]].to_numpy() == rows["quote"]).all()
    countries = table(exhibits, "clusters_by_country").iloc[:11]
    assert (quotes[countries["claim"]].to_numpy() == countries["quote"]).all()
    for row in table(exhibits, "derived_checks").itertuples():
        assert all(quotes[claim] in row.quotes for claim in row.claims.split(", "))
        assert all(claim in row.formula for claim in row.claims.split(", "))


def test_totals_of_clusters(exhibits: dict[str, Exhibit]) -> None:
    assert table(exhibits, "clusters_by_country")["clusters"].tolist()[-2:] == [842, 775]


def test_bounds_of_members(exhibits: dict[str, Exhibit]) -> None:
    facts = table(exhibits, "three_clusters").set_index(["quantity", "cluster"])
    least = facts["estimate_low"].groupby("quantity", sort=False).apply(list).to_dict()
    assert least == {
        "members": [115, 150, 183, 448],
        "audiovisual production": [58, 76, 92, 225],
        "in the main agglomeration": [81, 106, 129, 314],
        "training and research": [11, 15, 18, 43],
    }
    assert facts.loc["audiovisual production", "estimate"].isna().all()
    assert facts.loc["training and research", "estimate"].tolist() == [11.5, 15.0, 18.3, 44.8]


def test_derived_checks(exhibits: dict[str, Exhibit]) -> None:
    checks = table(exhibits, "derived_checks").set_index("item")
    expected = {
        "casual share": 20000 / 28750,
        "members of the three clusters": 448,
        "mean size inside over outside": 2.26984,
        "Garden: public money": 3_000_000,
        "Garden: leverage": 2,
        "training: hours per course": 76,
        "training: trainees per company": 2.05357,
        "training: trainees per course": 4.6,
        "jobs per company supported": 0.4,
        "clusters listed": 842,
        "clusters listed, without pôles": 775,
        "ANR grant: difference": 28_207,
    }
    assert checks["estimate"].to_dict() == pytest.approx(expected, abs=ROUNDED)
    ends = checks.loc["jobs per company supported", ["conf_low", "conf_high"]].astype(float)
    np.testing.assert_allclose(ends, [4.7954 / 25, 18.3904 / 25], atol=ROUNDED)


def test_formulas_are_what_was_computed(exhibits: dict[str, Exhibit]) -> None:
    values = datasets.load("claims").set_index("id")["value"]
    for row in table(exhibits, "derived_checks").itertuples():
        text = row.formula
        for claim in row.claims.split(", "):
            text = text.replace(claim, f"({values[claim]})")
        assert eval(text, {"__builtins__": {}}) == pytest.approx(row.estimate, rel=1e-12)


def test_contradictions_have_both_sides(exhibits: dict[str, Exhibit]) -> None:
    pairs = table(exhibits, "contradictions").set_index("conflict_group")
    assert pairs.loc["ANR-grant", ["value", "other_value"]].tolist() == ["400000 EUR", "428207 EUR"]
    assert (pairs["quote"] != pairs["other_quote"]).all()
    assert "embryonic" in pairs.loc["Istanbul-stage", "other_quote"]


def test_timeline_is_in_order_and_has_no_durations(exhibits: dict[str, Exhibit]) -> None:
    dates = table(exhibits, "timeline")
    assert dates["from_year"].is_monotonic_increasing
    assert dates["from_year"].min() == 1290
    assert not dates["claim"].isin(["S000-09", "S002-22", "S002-23"]).any()


def test_sector_counts(exhibits: dict[str, Exhibit]) -> None:
    counts = table(exhibits, "sector_counts").set_index("definition")
    assert counts["codes"].sum() == 186
    assert counts["partial"].sum() == 41
    assert counts.loc["essnet_deps_2012", "count"].endswith("= 29 NACE rev.2 classes")


def test_printed_values_agree_or_say_why(analysis: ModuleType) -> None:
    comparison = analysis.comparison().set_index("item")
    apart = comparison[~comparison["agrees"]]
    assert set(apart.index) == {
        "ANR grant (EUR)",
        "ANR project duration (months)",
        "forms of governance",
        "year of the pôles",
    }
    assert apart["reason"].ne("").all()
    assert comparison.loc["casual share", "printed"] == "70%"
