"""Convergence: hand-worked and independent values, delta method, regions resampled whole."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from math import exp, inf, log

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import clusterstats as cs

NAMES = [f"R{k:02d}" for k in range(10)]
YEARS = (2000, 2004, 2010)


def panel(values: np.ndarray, years: tuple[int, ...] = YEARS, **beside: object) -> pd.DataFrame:
    """Values (year, region) as rows, with columns of the regions."""
    regions = [f"R{k:02d}" for k in range(values.shape[1])]
    parts = [
        pd.DataFrame({"region": regions, "year": year, "income": row}).assign(**beside)
        for year, row in zip(years, values, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def made(seed: int = 5, regions: int = 10, years: tuple[int, ...] = YEARS) -> pd.DataFrame:
    """Incomes that converge, noisily, with a condition."""
    rng = np.random.default_rng(seed)
    start = rng.normal(3, 0.6, regions)
    skill = rng.normal(0, 1, regions)
    logs = [start + (year - years[0]) * (0.08 - 0.02 * start + 0.004 * skill) for year in years]
    noisy = [row + (k > 0) * rng.normal(0, 0.02, regions) for k, row in enumerate(logs)]
    return panel(np.exp(np.array(noisy)), years, skill=skill)


def term(result: pd.DataFrame, name: str) -> pd.Series:
    return result.set_index("component").loc[name]


# --- beta -----------------------------------------------------------------------------------


def test_a_known_speed_is_found_exactly() -> None:
    speed, years = 0.03, 10
    start = np.array([1.0, 2.0, 3.0, 4.5])
    steady = 5.0
    end = steady + (start - steady) * exp(-speed * years)
    found = cs.beta_convergence(panel(np.exp([start, end]), (2000, 2010)), value="income")
    assert term(found, "beta")["estimate"] == pytest.approx((exp(-0.3) - 1) / 10)
    assert term(found, "speed")["estimate"] == pytest.approx(speed)
    assert term(found, "half_life")["estimate"] == pytest.approx(log(2) / speed)
    assert term(found, "alpha")["estimate"] == pytest.approx(steady * (1 - exp(-0.3)) / 10)
    assert term(found, "r_squared")["estimate"] == pytest.approx(1)
    assert term(found, "observations")["estimate"] == 4
    assert (found["year"] == 2000).all()
    assert (found["year2"] == 2010).all()


def test_absolute_convergence_agrees_with_a_plain_regression() -> None:
    table = made()
    wide = table.pivot(index="region", columns="year", values="income")
    fit = stats.linregress(np.log(wide[2000]), np.log(wide[2010] / wide[2000]) / 10)
    found = cs.beta_convergence(table, value="income", inference=cs.Analytic(level=0.9))
    beta, alpha = term(found, "beta"), term(found, "alpha")
    assert beta["estimate"] == pytest.approx(fit.slope)
    assert beta["std_error"] == pytest.approx(fit.stderr)
    assert beta["p_value"] == pytest.approx(fit.pvalue)
    assert alpha["std_error"] == pytest.approx(fit.intercept_stderr)
    half = stats.t.ppf(0.95, 8) * fit.stderr
    assert beta["conf_low"] == pytest.approx(fit.slope - half)
    assert beta["conf_high"] == pytest.approx(fit.slope + half)
    assert term(found, "r_squared")["estimate"] == pytest.approx(fit.rvalue**2)


def test_speed_and_half_life_follow_beta() -> None:
    found = cs.beta_convergence(made(), value="income", inference=cs.Analytic())
    beta, speed, half = (term(found, name) for name in ("beta", "speed", "half_life"))

    def of(b: float) -> float:
        return -log(1 + 10 * b) / 10

    step = 1e-6
    slope = (of(beta["estimate"] + step) - of(beta["estimate"] - step)) / (2 * step)
    assert speed["estimate"] == pytest.approx(of(beta["estimate"]))
    assert speed["std_error"] == pytest.approx(abs(slope) * beta["std_error"])
    assert speed["conf_low"] == pytest.approx(of(beta["conf_high"]))
    assert speed["conf_high"] == pytest.approx(of(beta["conf_low"]))
    bend = (log(2) / (speed["estimate"] + step) - log(2) / (speed["estimate"] - step)) / (2 * step)
    assert half["std_error"] == pytest.approx(abs(bend) * speed["std_error"])
    assert half["conf_low"] == pytest.approx(log(2) / speed["conf_high"])
    assert half["conf_high"] == pytest.approx(log(2) / speed["conf_low"])
    assert np.isnan(half["p_value"])


def test_a_half_life_without_end_and_gaps_that_double() -> None:
    rng = np.random.default_rng(1)
    start = rng.normal(3, 0.5, 12)
    weak = panel(np.exp([start, start * 0.97 + rng.normal(0, 0.1, 12)]), (2000, 2010))
    half = term(cs.beta_convergence(weak, value="income", inference=cs.Analytic()), "half_life")
    assert half["conf_high"] == inf
    assert 0 < half["conf_low"] < half["estimate"]
    apart = panel(np.exp([start, start * 2]), (2000, 2010))
    assert term(cs.beta_convergence(apart, value="income"), "half_life")["estimate"] == (
        pytest.approx(-10)
    )
    crossed = panel(np.exp([start, -start]), (2000, 2010))  # the order is reversed
    found = cs.beta_convergence(crossed, value="income")
    assert np.isnan(term(found, "speed")["estimate"])
    assert np.isnan(term(found, "half_life")["estimate"])


def test_alternatives_look_at_one_side() -> None:
    found = {
        side: term(
            cs.beta_convergence(made(), value="income", inference=cs.Analytic(alternative=side)),
            "beta",
        )
        for side in ("less", "greater", "two-sided")
    }
    t = found["less"]["statistic"]
    assert t < 0
    assert found["less"]["p_value"] == pytest.approx(stats.t.cdf(t, 8))
    assert found["greater"]["p_value"] == pytest.approx(stats.t.sf(t, 8))
    assert found["two-sided"]["p_value"] == pytest.approx(2 * stats.t.cdf(t, 8))


def test_intervals_where_speed_may_be_0_or_without_bound() -> None:
    rng = np.random.default_rng(1)
    start, noise = rng.normal(3, 0.5, 12), rng.normal(0, 0.2, 12)
    noise -= np.polyval(np.polyfit(start, noise, 1), start)
    option = cs.Analytic()
    apart = panel(np.exp([start, start * 1.02 + noise]), (2000, 2010))
    found = cs.beta_convergence(apart, value="income", inference=option)
    speed, half = term(found, "speed"), term(found, "half_life")
    assert speed["conf_low"] < speed["estimate"] < 0 < speed["conf_high"]
    assert np.isnan([half["conf_low"], half["conf_high"]]).all()
    fast = panel(np.exp([start, start * 0.1 + noise]), (2000, 2010))
    found = cs.beta_convergence(fast, value="income", inference=option)
    assert term(found, "beta")["conf_low"] < -0.1
    assert term(found, "speed")["conf_high"] == inf
    assert term(found, "half_life")["conf_low"] == 0


def test_conditions_are_those_of_the_earlier_year() -> None:
    table = made(regions=30)
    given_ = {"value": "income", "conditions": ["skill"], "inference": cs.Analytic()}
    found = cs.beta_convergence(table, **given_)
    assert found["component"].tolist() == [
        *("beta", "speed", "half_life", "alpha", "skill", "r_squared", "observations")
    ]
    assert term(found, "skill")["estimate"] == pytest.approx(0.004, abs=0.001)
    moved = table.assign(skill=table["skill"].where(table["year"] == 2000, 99.0))
    pd.testing.assert_frame_equal(cs.beta_convergence(moved, **given_), found)
    wide = table[table["year"] == 2000].set_index("region")
    end = table[table["year"] == 2010].set_index("region")["income"]
    design = np.column_stack([np.ones(30), np.log(wide["income"]), wide["skill"]])
    growth = np.log(end / wide["income"]) / 10
    exact = np.linalg.solve(design.T @ design, design.T @ growth)
    assert term(found, "beta")["estimate"] == pytest.approx(exact[1])
    assert term(found, "skill")["estimate"] == pytest.approx(exact[2])


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(0.01, 1000))
def test_beta_knows_no_units(scale: float) -> None:
    table = made()
    a = cs.beta_convergence(table, value="income")
    b = cs.beta_convergence(table.assign(income=table["income"] * scale), value="income")
    for name in ("beta", "speed", "half_life", "r_squared"):
        assert term(a, name)["estimate"] == pytest.approx(term(b, name)["estimate"])


def test_the_jackknife_leaves_out_regions_with_all_their_years() -> None:
    table = made()
    option = cs.Jackknife(unit="region")
    found = cs.beta_convergence(table, value="income", inference=option)
    left = [
        term(cs.beta_convergence(table[table["region"] != name], value="income"), "beta")
        for name in NAMES
    ]
    values = np.array([one["estimate"] for one in left])
    beta = term(found, "beta")
    assert beta["loo_low"] == pytest.approx(values.min())
    assert beta["loo_high"] == pytest.approx(values.max())
    assert beta["std_error"] == pytest.approx(np.sqrt(0.9 * ((values - values.mean()) ** 2).sum()))


def test_regions_without_growth_are_left_out_aloud() -> None:
    table = made()
    whole = cs.beta_convergence(table[~table["region"].isin(["R03", "R07"])], value="income")
    table.loc[(table["region"] == "R03") & (table["year"] == 2000), "income"] = 0
    table.loc[(table["region"] == "R07") & (table["year"] == 2010), "income"] = np.nan
    with pytest.warns(cs.ClusterstatsWarning, match=r"2 region\(s\) left out, first 'R03'"):
        found = cs.beta_convergence(table, value="income")
    pd.testing.assert_frame_equal(found, whole)
    assert term(found, "observations")["estimate"] == 8


# --- sigma ----------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(0.5, 100), min_size=30, max_size=30))
def test_levels_agree_with_plain_statistics(values: list[float]) -> None:
    table = panel(np.array(values).reshape(3, 10))
    for ddof, spread in {0: statistics.pstdev, 1: statistics.stdev}.items():
        for dispersion in ("sd_log", "cv"):
            found = cs.sigma_convergence(table, value="income", dispersion=dispersion, ddof=ddof)
            assert found["year"].tolist() == list(YEARS)
            for place, estimate in enumerate(found["estimate"]):
                row = values[10 * place : 10 * place + 10]
                if dispersion == "sd_log":
                    expected = spread([log(x) for x in row])
                else:
                    expected = spread(row) / statistics.mean(row)
                assert estimate == pytest.approx(expected, abs=1e-9)


def test_change_and_trends_are_of_the_levels() -> None:
    table = made()
    level = cs.sigma_convergence(table, value="income")["estimate"].to_numpy()
    change = cs.sigma_convergence(table, value="income", of="change")
    assert term(change, "difference")["estimate"] == pytest.approx(level[2] - level[0])
    assert term(change, "ratio")["estimate"] == pytest.approx(level[2] / level[0])
    part = cs.sigma_convergence(table, value="income", of="change", years=(2004, 2010))
    assert term(part, "difference")["estimate"] == pytest.approx(level[2] - level[1])
    for of, series in {"trend": level, "relative_trend": np.log(level)}.items():
        found = cs.sigma_convergence(table, value="income", of=of, inference=cs.Analytic())
        fit = stats.linregress(YEARS, series)
        assert term(found, "slope")["estimate"] == pytest.approx(fit.slope)
        assert term(found, "slope")["std_error"] == pytest.approx(fit.stderr)
        assert term(found, "slope")["p_value"] == pytest.approx(fit.pvalue)
        assert term(found, "intercept")["estimate"] == pytest.approx(fit.intercept)
        assert term(found, "intercept")["std_error"] == pytest.approx(fit.intercept_stderr)


def test_carree_and_klomp_by_loops() -> None:
    table = made()
    found = cs.sigma_convergence(table, value="income", of="change", inference=cs.Analytic())
    wide = np.log(table.pivot(index="region", columns="year", values="income"))
    a, b = wide[2000].tolist(), wide[2010].tolist()
    mean_a, mean_b = sum(a) / 10, sum(b) / 10
    var_a = sum((x - mean_a) ** 2 for x in a) / 10
    var_b = sum((x - mean_b) ** 2 for x in b) / 10
    joint = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True)) / 10
    ratio = (10 - 2.5) * log(1 + 0.25 * (var_a - var_b) ** 2 / (var_a * var_b - joint**2))
    test = term(found, "difference")
    assert test["statistic"] == pytest.approx(ratio)
    assert test["p_value"] == pytest.approx(stats.chi2.sf(ratio, 1))
    assert found[["conf_low", "conf_high"]].isna().all(axis=None)


@pytest.mark.parametrize("of", ["level", "change", "trend", "relative_trend"])
@pytest.mark.filterwarnings("ignore:.* has no interval:clusterstats.ClusterstatsWarning")
def test_sigma_jackknife_leaves_out_regions_with_all_their_years(of: str) -> None:
    table = made()
    option = cs.Jackknife(unit="region")
    found = cs.sigma_convergence(table, value="income", of=of, inference=option)
    left = np.array(
        [
            cs.sigma_convergence(table[table["region"] != name], value="income", of=of)["estimate"]
            for name in NAMES
        ]
    )
    error = np.sqrt(0.9 * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(found["std_error"], error)
    np.testing.assert_allclose(found["loo_low"], left.min(axis=0))


def test_a_drawn_change_knows_that_years_go_together() -> None:
    rng = np.random.default_rng(9)
    start = rng.normal(3, 0.5, 40)
    together = panel(np.exp([start, 0.9 * start]), (2000, 2010))
    apart = panel(np.exp([start, 0.9 * rng.permutation(start)]), (2000, 2010))
    option = cs.Bootstrap(unit="region", draws=199, seed=1)
    given_ = {"value": "income", "of": "change", "inference": option}
    errors = [
        term(cs.sigma_convergence(table, **given_), "ratio")["std_error"]
        for table in (together, apart)
    ]
    assert errors[0] < 1e-9
    assert errors[1] > 0.05


def test_a_region_with_a_gap_is_left_out_of_all_years() -> None:
    table = made()
    whole = cs.sigma_convergence(table[table["region"] != "R04"], value="income")
    table.loc[(table["region"] == "R04") & (table["year"] == 2004), "income"] = 0
    with pytest.warns(cs.ClusterstatsWarning, match=r"1 region\(s\) left out, first 'R04'"):
        found = cs.sigma_convergence(table, value="income")
    pd.testing.assert_frame_equal(found, whole)
    assert cs.sigma_convergence(table, value="income", dispersion="cv")["estimate"].notna().all()


def test_regions_all_alike_have_no_dispersion() -> None:
    table = panel(np.full((3, 10), 7.0))
    assert (cs.sigma_convergence(table, value="income")["estimate"] == 0).all()
    ratio = term(cs.sigma_convergence(table, value="income", of="change"), "ratio")
    assert np.isnan(ratio["estimate"])
    test = cs.sigma_convergence(table, value="income", of="change", inference=cs.Analytic())
    assert test["p_value"].isna().all()


# --- both -----------------------------------------------------------------------------------


@pytest.mark.parametrize("door", [cs.beta_convergence, cs.sigma_convergence])
class TestBoth:
    """What holds of both doors."""

    @pytest.mark.filterwarnings("ignore:.* has no interval:clusterstats.ClusterstatsWarning")
    def test_engines_order_and_input(self, door: Callable[..., pd.DataFrame]) -> None:
        table = made()
        before = table.copy(deep=True)
        option = cs.Bootstrap(unit="region", draws=199, seed=1, adjust="holm")
        found = door(table, value="income", inference=option)
        pd.testing.assert_frame_equal(table, before)
        pd.testing.assert_frame_equal(
            door(table, value="income", inference=option), found, check_exact=True
        )
        for other in (
            table.sample(frac=1, random_state=1),
            pl.from_pandas(table),
            duckdb.from_df(table),
        ):
            pd.testing.assert_frame_equal(door(other, value="income", inference=option), found)
        for name in ("definition", "sample", "inference", "estimand"):
            assert found.attrs[name]

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({"inference": cs.Bootstrap(seed=1)}, "no establishments to draw"),
            ({"inference": cs.MonteCarlo(seed=1)}, "MonteCarlo does not fit"),
            ({"inference": "bootstrap"}, "'bootstrap' is not an option"),
            ({"years": (2010, 2000)}, "are not in order"),
            ({"years": (2000, 2005)}, "years=2005 is not known"),
            ({"years": 2000}, "is not a pair"),
            ({"value": "gdp"}, "no column 'gdp'"),
        ],
    )
    def test_refusals(
        self, door: Callable[..., pd.DataFrame], options: dict[str, object], said: str
    ) -> None:
        with pytest.raises(cs.ClusterstatsError, match=said):
            door(made(), **{"value": "income", **options})

    def test_tables_that_do_not_fit(self, door: Callable[..., pd.DataFrame]) -> None:
        table = made()
        twice = pd.concat([table, table.head(1)])
        for bad, said in {
            "repeat": twice,
            "no column 'year'": table.drop(columns="year"),
            "is not a number; growth is by year": table.assign(
                year=table["year"].map("y{}".format)
            ),
            "regions": table[table["region"] < "R02"],
            "is -1 at": table.assign(income=-1.0),
        }.items():
            with pytest.raises(cs.TableError, match=bad):
                door(said, value="income")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: cs.beta_convergence(t, value="income", conditions="skill"), "is text; use"),
        (
            lambda t: cs.beta_convergence(t.assign(one=1.0), value="income", conditions=["one"]),
            "'one' is constant or a combination",
        ),
        (
            lambda t: cs.beta_convergence(t[t["year"] == 2000], value="income"),
            "2 years are needed, the table has 1",
        ),
        (lambda t: cs.sigma_convergence(t, value="income", of="fall"), "of='fall' is not known"),
        (lambda t: cs.sigma_convergence(t, value="income", ddof=2), "ddof=2 is not known"),
        (
            lambda t: cs.sigma_convergence(t, value="income", dispersion="gini"),
            "dispersion='gini' is not known",
        ),
        (
            lambda t: cs.sigma_convergence(t, value="income", inference=cs.Analytic()),
            "of='level'. has no analytic form",
        ),
        (
            lambda t: cs.sigma_convergence(
                t, value="income", of="change", dispersion="cv", inference=cs.Analytic()
            ),
            "is two-sided and about logarithms",
        ),
        (
            lambda t: cs.sigma_convergence(
                t, value="income", of="trend", years=(2000, 2004), inference=cs.Analytic()
            ),
            "3 years are needed, the table has 2",
        ),
    ],
)
def test_options_that_do_not_fit(call: Callable[[pd.DataFrame], object], said: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=said):
        call(made())


# --- coverage and size ----------------------------------------------------------------------


@pytest.mark.slow
def test_intervals_of_beta_hold_the_truth() -> None:
    held = {"analytic": 0, "bootstrap": 0}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        start = rng.normal(3, 0.6, 40)
        end = start + 10 * (0.08 - 0.02 * start) + rng.normal(0, 0.1, 40)
        table = panel(np.exp([start, end]), (2000, 2010))
        options = {"analytic": cs.Analytic()}
        options["bootstrap"] = cs.Bootstrap(unit="region", draws=199, seed=seed)
        for name, option in options.items():
            beta = term(cs.beta_convergence(table, value="income", inference=option), "beta")
            held[name] += beta["conf_low"] <= -0.02 <= beta["conf_high"]
    assert 0.91 <= held["analytic"] / 200 <= 0.99
    assert 0.88 <= held["bootstrap"] / 200 <= 0.98


@pytest.mark.slow
def test_carree_and_klomp_reject_five_in_a_hundred_under_the_null() -> None:
    rng, rejected = np.random.default_rng(2), 0
    covariance = [[1, 0.8], [0.8, 1]]
    for _ in range(600):
        logs = rng.multivariate_normal([0, 0], covariance, 20).T
        table = panel(np.exp(logs), (2000, 2010))
        found = cs.sigma_convergence(table, value="income", of="change", inference=cs.Analytic())
        rejected += found["p_value"].iloc[0] < 0.05
    assert 0.03 <= rejected / 600 <= 0.075
