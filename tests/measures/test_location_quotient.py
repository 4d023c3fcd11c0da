"""References, bases and the closed-form interval of the location quotient."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

ROUNDING = 1e-9
FORMS = ["plain", "symmetric", "log", "standardized", "additive_industry", "additive_region"]


@pytest.fixture
def jobs() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    table = pd.DataFrame(
        [(r, i) for r in ("A", "B", "C", "D") for i in ("x", "y", "z")],
        columns=["region", "industry"],
    )
    table["establishments"] = rng.integers(3, 60, len(table)).astype(float)
    table["employment"] = table["establishments"] * rng.integers(2, 20, len(table))
    table["employment_squares"] = table["employment"] ** 2 / table["establishments"] * 2
    return table


def matrix(result: pd.DataFrame, column: str = "estimate") -> pd.DataFrame:
    return result.pivot(index="region", columns="industry", values=column)


def test_references_are_what_they_say(jobs: pd.DataFrame) -> None:
    e = jobs.pivot(index="region", columns="industry", values="employment")
    share = e.div(e.sum(axis=1), axis=0)
    rest = matrix(cs.location_quotient(jobs, reference="rest"))
    for region in e.index:
        others = e.drop(index=region).sum()
        assert np.allclose(rest.loc[region], share.loc[region] / (others / others.sum()))
    two = e.loc[["B", "D"]].sum()
    listed = matrix(cs.location_quotient(jobs, reference=["B", "D"]))
    assert np.allclose(listed, share / (two / two.sum()))
    everyone = cs.location_quotient(jobs, reference=["A", "B", "C", "D"])
    assert np.allclose(everyone["estimate"], cs.location_quotient(jobs)["estimate"])


def test_base_takes_the_place_of_all_employment(jobs: pd.DataFrame) -> None:
    people = {"A": 10.0, "B": 20.0, "C": 30.0, "D": 40.0}
    table = jobs.assign(people=jobs["region"].map(people))
    e = jobs.pivot(index="region", columns="industry", values="employment")
    expected = (e / e.sum()).div(pd.Series(people) / 100, axis=0)
    assert np.allclose(matrix(cs.location_quotient(table, base="people")), expected)
    with pytest.raises(cs.ClusterstatsError, match="several values in region 'A'"):
        cs.location_quotient(jobs, base="establishments")


def test_unknown_region_in_the_reference_is_refused(jobs: pd.DataFrame) -> None:
    with pytest.raises(cs.ClusterstatsError, match="names no region of the table: .'Z'"):
        cs.location_quotient(jobs, reference=["A", "Z"])
    with pytest.raises(cs.ClusterstatsError, match="use 'total', 'rest' or a list of regions"):
        cs.location_quotient(jobs, reference="all")  # type: ignore[arg-type]


@pytest.mark.parametrize("reference", ["total", "rest", ["B", "D"]])
@pytest.mark.parametrize("shares", ["drawn", "fixed"])
def test_intervals_of_all_forms_agree(jobs: pd.DataFrame, reference: object, shares: str) -> None:
    option = cs.Analytic(reference_shares=shares)  # type: ignore[arg-type]
    results = {
        form: cs.location_quotient(jobs, form=form, reference=reference, inference=option)  # type: ignore[arg-type]
        for form in FORMS
    }
    plain = results["plain"]
    for form, result in results.items():
        inside = result["estimate"].between(result["conf_low"], result["conf_high"])
        assert inside.all(), form
        if form != "standardized":
            assert np.allclose(result["p_value"], plain["p_value"])
            tested = (result["conf_low"] > (form == "plain")) | (
                result["conf_high"] < (form == "plain")
            )
            assert (tested == (result["p_value"] < 0.05)).mean() > 0.8
    drawn, fixed = (
        cs.location_quotient(jobs, inference=cs.Analytic(reference_shares=s))
        for s in ("drawn", "fixed")
    )
    assert (drawn["std_error"] > 0).all()
    assert not np.allclose(drawn["std_error"], fixed["std_error"])


def test_standard_error_is_the_delta_method(jobs: pd.DataFrame) -> None:
    fixed = cs.location_quotient(jobs, inference=cs.Analytic(reference_shares="fixed"))
    e = jobs.pivot(index="region", columns="industry", values="employment")
    q = jobs.pivot(index="region", columns="industry", values="employment_squares")
    p, lumps = e / e.sum(), q.sum() / e.sum() ** 2
    within = e.sum(axis=1) / e.to_numpy().sum()
    expected = np.sqrt(p * (1 - p) * lumps).div(within, axis=0)
    assert np.allclose(matrix(fixed, "std_error"), expected, rtol=1e-6)


def test_a_cell_with_nobody_has_an_upper_bound(jobs: pd.DataFrame) -> None:
    nobody = (jobs["region"] == "A") & (jobs["industry"] == "x")
    table = jobs.copy()
    table.loc[nobody, ["establishments", "employment", "employment_squares"]] = 0.0
    result = cs.location_quotient(table, inference=cs.Analytic()).iloc[0]
    assert (result["estimate"], result["conf_low"]) == (0, 0)
    assert 0 < result["conf_high"] < 10
    log = cs.location_quotient(table, form="log", inference=cs.Analytic()).iloc[0]
    assert log["estimate"] == -np.inf
    assert np.isfinite(log["conf_high"])
    drawn = cs.location_quotient(table, inference=cs.Bootstrap(draws=49, seed=1)).iloc[0]
    assert np.isnan(drawn["conf_high"])


def test_leave_one_out_shows_the_plant_that_makes_the_quotient() -> None:
    sizes = [100.0, 2, 3, 4, 5] + [10.0] * 40
    table = pd.DataFrame(
        {
            "establishment": [str(k) for k in range(len(sizes))],
            "region": ["A", "A", "A", "B", "B"] + ["A", "B"] * 20,
            "industry": ["film"] * 5 + ["other"] * 40,
            "employment": sizes,
        }
    )
    lq = cs.location_quotient(table, inference=cs.Jackknife()).set_index(["region", "industry"])
    row = lq.loc[("A", "film")]
    assert row["estimate"] > 1
    assert row["loo_low"] < 1 < row["loo_high"]


def test_unknown_cells_outside_the_reference_do_not_matter() -> None:
    table = pd.DataFrame(
        {"region": list("AABBCC"), "industry": list("xy") * 3, "employment": [1, 2, 3, 4, None, 6]}
    )
    with pytest.warns(cs.ClusterstatsWarning, match="unknown in 1 row"):
        lq = cs.location_quotient(table, reference=["A", "B"]).set_index("region")["estimate"]
    assert lq[["A", "B"]].notna().all()
    with pytest.warns(cs.ClusterstatsWarning, match="unknown"):
        krugman = cs.krugman_specialization(table, reference="mean_of_others")
    assert krugman["estimate"].isna().all()


def test_log_intervals_are_logs_of_the_plain_ones() -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "establishment": [str(k) for k in range(72)],
            "region": [*"AAABBBCDDDDD", *"ABCD" * 15],
            "industry": ["film"] * 12 + ["other"] * 60,
            "employment": rng.integers(1, 30, 72),
        }
    )
    for option in (cs.Bootstrap(draws=499, seed=1), cs.Jackknife()):
        plain, log = (
            cs.location_quotient(table, form=form, inference=option).query("industry == 'film'")
            for form in ("plain", "log")
        )
        assert plain["conf_high"].notna().all()
        with np.errstate(divide="ignore"):
            assert np.allclose(np.log(plain["conf_low"]), log["conf_low"])
            assert np.allclose(np.log(plain["conf_high"]), log["conf_high"])


def test_a_region_without_people_has_no_quotient(jobs: pd.DataFrame) -> None:
    people = jobs["region"].map({"A": 0.0, "B": 20.0, "C": 30.0, "D": 40.0})
    result = cs.location_quotient(
        jobs.assign(people=people), base="people", inference=cs.Analytic()
    ).set_index("region")
    assert result.loc["A", ["estimate", "conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert result.loc["B", "estimate"].notna().all()
