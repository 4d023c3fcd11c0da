"""Convergence at its edges: blank conditions, collinear draws, years chosen, ties at zero."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clusterstats as cs

YEARS = (2000, 2004, 2007, 2010)
REGIONS = 24


def panel(values: np.ndarray, years: tuple[int, ...] = YEARS) -> pd.DataFrame:
    """Values (year, region) as rows."""
    regions = [f"R{k}" for k in range(values.shape[1])]
    parts = [
        pd.DataFrame({"region": regions, "year": year, "income": row})
        for year, row in zip(years, values, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def made(seed: int = 4) -> pd.DataFrame:
    """Incomes that converge, noisily, with a condition."""
    rng = np.random.default_rng(seed)
    start = rng.normal(3, 0.6, REGIONS)
    logs = [start * (1 - 0.02 * (year - 2000)) + rng.normal(0, 0.1, REGIONS) for year in YEARS]
    return panel(np.exp(np.array(logs))).assign(skill=np.tile(rng.normal(0, 1, REGIONS), 4))


def terms(result: pd.DataFrame, column: str = "estimate") -> pd.Series:
    return result.set_index("component")[column]


# --- beta -----------------------------------------------------------------------------------


def test_a_region_with_a_blank_condition_is_left_out() -> None:
    table = made()
    gap = table.assign(skill=table["skill"].where(table["region"] != "R2"))
    given = {"value": "income", "conditions": ["skill"]}
    with pytest.warns(cs.ClusterstatsWarning, match="R2"):
        found = cs.beta_convergence(gap, **given)
    without = cs.beta_convergence(table[table["region"] != "R2"], **given)
    np.testing.assert_allclose(terms(found), terms(without))
    assert terms(found)["observations"] == REGIONS - 1


@pytest.mark.parametrize("scale", [1e-12, 1e12])
def test_the_unit_of_a_condition_is_free(scale: float) -> None:
    table = made()
    given = {"value": "income", "conditions": ["skill"]}
    plain = terms(cs.beta_convergence(table, **given))
    scaled = terms(cs.beta_convergence(table.assign(skill=table["skill"] * scale), **given))
    assert scaled["beta"] == pytest.approx(plain["beta"])
    assert scaled["skill"] * scale == pytest.approx(plain["skill"])


def test_a_sample_without_the_one_region_that_tells_a_condition_has_no_coefficients() -> None:
    table = made()
    table["capital"] = (table["region"] == "R3").astype(float)
    given = {"value": "income", "conditions": ["capital"]}
    found = cs.beta_convergence(table, **given, inference=cs.Jackknife(unit="region"))
    left = [
        terms(cs.beta_convergence(table[table["region"] != f"R{k}"], **given))
        for k in range(REGIONS)
        if k != 3
    ]
    for name in ("beta", "capital"):
        values = [one[name] for one in left]
        assert terms(found, "loo_low")[name] == pytest.approx(min(values))
        assert terms(found, "loo_high")[name] == pytest.approx(max(values))
    drawn = cs.Bootstrap(unit="region", draws=99, seed=2)
    draws = terms(cs.beta_convergence(table, **given, inference=drawn), "std_error")
    assert np.isfinite(draws["capital"])


def test_where_nothing_moves_the_half_life_has_no_interval() -> None:
    start = np.array([2.0, 3.0, 5.0, 7.0])
    still = panel(np.array([start, start]), (2000, 2010))
    found = cs.beta_convergence(still, value="income", inference=cs.Analytic())
    assert terms(found)["beta"] == 0
    assert terms(found)["half_life"] == np.inf
    half_life = found.set_index("component").loc["half_life"]
    assert half_life[["conf_low", "conf_high"]].isna().all()


# --- years ----------------------------------------------------------------------------------


def test_a_pair_of_years_leaves_out_those_before_and_after() -> None:
    table = made()
    found = cs.sigma_convergence(table, value="income", years=(2004, 2007))
    assert found["year"].tolist() == [2004, 2007]
    plain = cs.sigma_convergence(table, value="income").set_index("year")["estimate"]
    np.testing.assert_allclose(found["estimate"], plain[[2004, 2007]])


def test_a_trend_needs_three_years_among_those_asked_for() -> None:
    with pytest.raises(cs.TableError, match="3 years are needed, the table has 2"):
        cs.sigma_convergence(made(), value="income", of="trend", years=(2007, 2010))


@pytest.mark.parametrize("door", [cs.beta_convergence, cs.sigma_convergence])
def test_a_year_is_not_later_than_itself(door: object) -> None:
    with pytest.raises(cs.OptionError, match="are not in order"):
        door(made(), value="income", years=(2004, 2004))  # type: ignore[operator]


# --- sigma ----------------------------------------------------------------------------------


def test_the_ratio_is_tested_against_one_and_the_difference_against_zero() -> None:
    option = cs.Jackknife(unit="region")
    found = cs.sigma_convergence(made(), value="income", of="change", inference=option)
    values = [
        terms(
            cs.sigma_convergence(made()[made()["region"] != f"R{k}"], value="income", of="change")
        )
        for k in range(REGIONS)
    ]
    whole = terms(found)
    for name, scale, neutral in (("difference", float, 0.0), ("ratio", np.log, 1.0)):
        left = np.array([scale(one[name]) for one in values])
        error = np.sqrt((REGIONS - 1) / REGIONS * ((left - left.mean()) ** 2).sum())
        gap = float(scale(whole[name]) - scale(neutral))
        p_value = 2 * stats.norm.sf(abs(gap) / error)
        half = stats.norm.ppf(0.975) * error
        back = np.exp if scale is np.log else float
        assert terms(found, "p_value")[name] == pytest.approx(p_value)
        assert terms(found, "conf_low")[name] == pytest.approx(back(scale(whole[name]) - half))
        assert terms(found, "conf_high")[name] == pytest.approx(back(scale(whole[name]) + half))


def test_the_test_of_equal_variances_looks_at_the_two_ends() -> None:
    table = made()
    given = {"value": "income", "of": "change", "inference": cs.Analytic()}
    for year, is_known in ((2007, True), (2010, False), (2000, False)):
        alike = table.assign(income=table["income"].where(table["year"] != year, 5.0))
        found = cs.sigma_convergence(alike, **given)
        assert found["statistic"].notna().all() == is_known
