"""The founding documents: counts, quotations, and what their numbers imply.

Expected values are arithmetic on the printed numbers (written beside each), so exact up to
floating point; printed roundings are compared to their last digit.
"""

import pandas as pd
import pytest
from scipy import stats

from clusterstats import datasets

EXACT = 1e-12


@pytest.fixture(scope="module")
def claims() -> pd.DataFrame:
    return datasets.load("claims").set_index("id")


@pytest.fixture(scope="module")
def number(claims: pd.DataFrame) -> pd.Series:
    plain = claims["value_low"] == claims["value_high"]
    return claims.loc[plain, "value_low"]


def test_claims_are_110_of_which_11_counted(claims: pd.DataFrame) -> None:
    assert len(claims) == 110
    assert claims["kind"].value_counts().to_dict() == {"printed": 99, "counted": 11}
    assert claims["quote"].str.strip().ne("").all()
    assert claims["quote"].notna().all()
    assert claims["document"].nunique() == 5


def test_plain_values_are_their_own_interval(claims: pd.DataFrame) -> None:
    plain = claims[claims["value"].str.fullmatch(r"\d+")]
    printed = plain["value"].astype("float64")
    assert (plain["value_low"] == printed).all()
    assert (plain["value_high"] == printed).all()


@pytest.mark.parametrize(
    ("claim", "low", "high"),
    [("S000-06", 53, 100), ("S002-04", 50, 100), ("S002-24", 12, 12), ("S004-01", 1995, 1999)],
)
def test_bounds_are_intervals(claims: pd.DataFrame, claim: str, low: float, high: float) -> None:
    assert claims.loc[claim, ["value_low", "value_high"]].tolist() == [low, high]
    assert claims.loc[claim, "approximate"]


def test_open_and_textual_values_have_no_end(claims: pd.DataFrame) -> None:
    assert claims.loc["S000-09", "value_low"] == 25
    assert pd.isna(claims.loc["S000-09", "value_high"])
    months = claims[claims["unit"] == "year-month"]
    assert months[["value_low", "value_high"]].isna().all(axis=None)


def test_contradictions_keep_both_sides(claims: pd.DataFrame) -> None:
    groups = claims.groupby("conflict_group")["value"].apply(sorted).to_dict()
    assert groups == {
        "ANR-duration": ["36", "48"],
        "ANR-grant": ["400000", "428207"],
        "Istanbul-stage": ["3"],
        "governance-forms": ["2", "3"],
        "poles-date": ["2005", "67"],
    }


def test_schools_are_read_as_establishments(claims: pd.DataFrame) -> None:
    assert "45% of schools" in claims.loc["S001-06", "quote"]
    assert "establishments" in claims.loc["S001-06", "reading"]


def test_derived_values(number: pd.Series) -> None:
    inside, workers = number["S001-06"] / 100, number["S001-07"] / 100
    members = ["S002-01", "S002-02", "S002-03"]
    assert number[members].sum() == 448
    assert number["S002-49"] / number["S002-48"] == pytest.approx(0.69565, abs=5e-6)
    ratio = (workers / inside) / ((1 - workers) / (1 - inside))
    assert ratio == pytest.approx(2.2698412698, abs=5e-11)
    assert number["S001-02"] - number["S001-01"] == 28_207
    assert number["S002-41"] / number["S002-40"] == 76
    assert number["S002-39"] / number["S002-38"] == pytest.approx(2.05, abs=0.005)
    assert number["S002-39"] / number["S002-40"] == pytest.approx(4.6, abs=EXACT)


def test_public_money_in_garden(number: pd.Series) -> None:
    public = number["S002-28"] * number["S002-29"]
    assert public == pytest.approx(3_000_000, rel=1e-11)
    assert (number["S002-28"] - public) / public == pytest.approx(2.0, rel=1e-11)


def test_jobs_per_company_with_exact_poisson_interval(number: pd.Series) -> None:
    jobs, companies = number["S002-33"], number["S002-32"]
    low, high = stats.chi2.ppf(0.025, 2 * jobs) / 2, stats.chi2.ppf(0.975, 2 * jobs + 2) / 2
    assert jobs / companies == pytest.approx(0.40, abs=EXACT)
    assert low / companies == pytest.approx(0.19, abs=0.005)
    assert high / companies == pytest.approx(0.74, abs=0.005)


def test_clusters_by_country(number: pd.Series) -> None:
    table = datasets.load("clusters_by_country")
    assert len(table) == 11
    assert table["clusters"].sum() == 842
    assert table.loc[table["kind"] != "competitiveness pôle", "clusters"].sum() == 775
    assert (number[table["claim"]].to_numpy() == table["clusters"]).all()


def test_key_success_factors() -> None:
    table = datasets.load("key_success_factors")
    assert table["id"].tolist() == [f"KSF{number:02}" for number in range(1, 29)]
    assert set(table["direction"]) == {"more", "optimum", "mixed"}
    assert table[["line", "definition", "block", "unit"]].notna().all(axis=None)


def test_sector_definitions() -> None:
    table = datasets.load("sector_definitions")
    assert len(table) == 186
    assert table["definition"].nunique() == 8
    assert table["weight"].isna().sum() == 41
    assert table["weight"].dropna().eq(1).all()
