"""The printed coverage is what the simulation gives, and intervals that fall short are blank."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from bench import coverage_shares as shares

DOCS = Path(__file__).resolve().parents[2] / "docs"
SOME = ("herfindahl", "entropy", "krugman_specialization")


def printed(name: str) -> pd.DataFrame:
    return pd.read_csv(DOCS / name, keep_default_na=True).fillna({"options": ""})


def plants(counts: list[list[int]]) -> pd.DataFrame:
    """Equal establishments, so many in each cell (region, industry)."""
    cell = [(r, i) for r, row in enumerate(counts) for i, n in enumerate(row) for _ in range(n)]
    return pd.DataFrame(
        {
            "establishment": [f"{k:05d}" for k in range(len(cell))],
            "region": [f"R{r}" for r, _ in cell],
            "industry": [f"I{i}" for _, i in cell],
            "employment": 10.0,
        }
    )


# --- the tables -----------------------------------------------------------------------------


@pytest.mark.slow
def test_printed_coverage_is_reproduced_within_binomial_error() -> None:
    design = next(d for d in shares.DESIGNS if d.name == "few regions")
    rows = (row for seed in range(20) for row in shares.covered(design, 0.05, seed, SOME))
    fresh = shares.summary(rows)
    keys = ["design", "gamma", "measure", "options", "method"]
    both = fresh.merge(printed("coverage_shares.csv"), on=keys, suffixes=("", "_printed"))
    assert len(both) == len(fresh)
    np.testing.assert_allclose(both["without_interval"], both["without_interval_printed"], atol=0.2)
    kept = both[both["intervals"] >= 30]
    assert len(kept) >= 4
    p = kept["coverage_printed"].clip(0.5, 0.97)
    n = 1 / (1 / (kept["intervals"] / 2) + 1 / (kept["intervals_printed"] / 2))
    error = np.sqrt(p * (1 - p) / n)  # intervals of one country go together: half as many
    assert (np.abs(kept["coverage"] - kept["coverage_printed"]) <= 3.5 * error).all()


@pytest.mark.parametrize("name", ["coverage_shares.csv", "coverage_others.csv"])
def test_where_intervals_are_given_some_method_is_near_its_level(name: str) -> None:
    table = printed(name)
    table = table[table["intervals"] >= 30]
    keys = ["design", "gamma", "measure", "options"]
    keys += [key for key in ("unit", "component") if key in table]
    best = table.loc[table.groupby(keys, dropna=False)["coverage"].idxmax()]
    error = np.sqrt(0.9 * 0.1 / (best["intervals"] / 2))  # of a country's intervals half count
    assert (best["coverage"] >= 0.9 - 2 * error).all()


# --- the rules ------------------------------------------------------------------------------


def test_shares_far_apart_keep_their_interval_and_like_shares_lose_it() -> None:
    apart = plants([[400, 100], [100, 400]])
    kept = cs.krugman_specialization(apart, inference=cs.Jackknife())
    assert kept["conf_low"].notna().all()
    alike = plants([[251, 249], [249, 251]])
    with pytest.warns(cs.ClusterstatsWarning, match="about twice what chance gives"):
        lost = cs.krugman_specialization(alike, inference=cs.Jackknife())
    assert lost[["conf_low", "conf_high"]].isna().all(axis=None)
    assert lost["std_error"].notna().all()


@pytest.mark.parametrize(("each", "is_given"), [(5, False), (200, True)])
def test_pairs_follow_the_same_rule(each: int, is_given: bool) -> None:
    table = plants([[4 * each, each], [each, 4 * each]])
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = cs.krugman_specialization(table, reference="pairs", inference=cs.Jackknife())
    assert found["conf_low"].notna().all() == is_given
    assert bool(said) != is_given


@pytest.mark.parametrize(("plants_of", "is_given"), [(9, False), (11, True)])
def test_entropy_needs_five_establishments_a_share(plants_of: int, is_given: bool) -> None:
    table = plants([[plants_of // 2 + 1, plants_of // 2], [500, 300]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cs.ClusterstatsWarning)
        found = cs.entropy(table, inference=cs.Jackknife())
    assert found["conf_low"].notna().tolist() == [is_given, True]


@pytest.mark.parametrize(("regions", "is_given"), [(19, False), (25, True)])
def test_few_regions_have_no_interval_by_region(regions: int, is_given: bool) -> None:
    income = 100 + np.arange(regions) % 5
    table = pd.DataFrame({"region": [f"R{r:02d}" for r in range(regions)], "income": income})
    option = cs.Jackknife(unit="region")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = cs.gini(table, value="income", inference=option)
    assert found["conf_low"].notna().all() == is_given
    assert any("effective regions" in str(one.message) for one in said) != is_given


@pytest.mark.parametrize(("regions", "is_given"), [(19, False), (20, True)])
def test_dispersion_of_few_regions_has_none_either(regions: int, is_given: bool) -> None:
    value = np.exp(np.random.default_rng(1).normal(3, 0.4, 2 * regions))
    names = [f"R{r:02d}" for r in range(regions)]
    table = pd.DataFrame({"region": names * 2, "year": np.repeat([2000, 2010], regions)})
    table = table.assign(income=value)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = cs.sigma_convergence(table, value="income", inference=cs.Jackknife(unit="region"))
    assert found["conf_low"].notna().all() == is_given
    assert bool(said) != is_given


def test_correlation_of_sizes_has_intervals_by_region_only() -> None:
    rng = np.random.default_rng(3)
    table = plants(rng.integers(20, 60, (30, 2)).tolist())
    with pytest.warns(cs.ClusterstatsWarning, match="toward 0"):
        by_plant = cs.location_correlation(table, inference=cs.Jackknife())
    by_region = cs.location_correlation(table, inference=cs.Jackknife(unit="region"))
    assert by_plant["conf_low"].isna().all()
    assert by_region["conf_low"].notna().all()


def test_indices_of_plants_have_intervals_by_establishment_only() -> None:
    rng = np.random.default_rng(4)
    table = plants(rng.integers(1, 40, (40, 3)).tolist())
    by_plant = cs.ellison_glaeser(table, inference=cs.Jackknife())
    with pytest.warns(cs.ClusterstatsWarning, match="a few regions make"):
        by_region = cs.ellison_glaeser(table, inference=cs.Jackknife(unit="region"))
    assert by_plant["conf_low"].notna().sum() == 3
    assert by_region["conf_low"].isna().all()


def test_the_national_share_of_few_establishments_has_none() -> None:
    first = plants([[8, 6], [300, 300]]).assign(year=2010)
    second = first.assign(year=2020, employment=12.0)
    table = pd.concat([first, second], ignore_index=True)
    with pytest.warns(cs.ClusterstatsWarning, match="national share"):
        found = cs.shift_share(table, inference=cs.Jackknife())
    share = found[found["component"] == "national_share"].set_index("region")
    assert share["conf_low"].notna().to_dict() == {"R0": False, "R1": True}
    growth = found[found["component"] == "growth"]
    assert growth["conf_low"].notna().all()
