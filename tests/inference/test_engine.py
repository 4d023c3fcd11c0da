"""The engine against slow loops, and its plans against what they promise."""

from __future__ import annotations

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

import clusterstats as cs
from clusterstats.inference import engine
from clusterstats.inference.intervals import draw_quantile, score_interval, tail_p_value
from clusterstats.inference.plans import Dartboard, RandomLabelling, RandomLocation, Resampled
from clusterstats.inference.units import units_of
from clusterstats.tables import Grid
from tests.measures.test_contract import plants

ROUNDING = 1e-9


@pytest.fixture(scope="module")
def one_year() -> pd.DataFrame:
    return plants(years=(2020,)).drop(columns="year")


def test_score_interval_is_wilsons_for_equal_units() -> None:
    for count, n in [(0, 7), (3, 10), (10, 10), (250, 1000)]:
        low, high = score_interval(np.array([count / n]), np.array([1 / n]), 0.95)
        expected = proportion_confint(count, n, 0.05, method="wilson")
        assert np.allclose([low[0], high[0]], expected, atol=ROUNDING)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(0.01, 0.99))
def test_draw_quantile_is_numpys_without_the_undefined(values: list[float], p: float) -> None:
    draws = np.array([*values, np.nan])[:, None]
    assert np.isclose(draw_quantile(draws, p)[0], np.quantile(values, p), atol=ROUNDING)


def test_p_values_count_the_observed_sample() -> None:
    draws = np.arange(99.0)[:, None]
    assert tail_p_value(np.array([200.0]), draws, "greater")[0] == 1 / 100
    assert tail_p_value(np.array([200.0]), draws, "less")[0] == 1.0
    assert tail_p_value(np.array([200.0]), draws, "two-sided")[0] == 2 / 100
    assert tail_p_value(np.array([98.0]), draws, "greater")[0] == 2 / 100


@settings(deadline=None)
@given(st.lists(st.integers(0, 300), min_size=1, max_size=12))
def test_cells_are_represented_by_establishments_with_their_moments(sizes: list[int]) -> None:
    table = pd.DataFrame(
        {
            "region": ["A", "B"],
            "industry": ["x", "x"],
            "establishments": [len(sizes), 1.0],
            "employment": [sum(sizes), 5.0],
            "employment_squares": [sum(s * s for s in sizes), 25.0],
        }
    )
    units = units_of(Grid.of(table), "employment", 0)
    found = units.moments((0, 1, 2))
    assert np.allclose(found[0][0], len(sizes))
    assert np.allclose(found[1][0], sum(sizes), rtol=1e-9)
    assert np.allclose(found[2][0], sum(s * s for s in sizes), rtol=1e-9, atol=1e-6)


@pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")
def test_jackknife_is_the_slow_loop(one_year: pd.DataFrame) -> None:
    fast = cs.locational_gini(one_year, inference=cs.Jackknife()).set_index("industry")
    left = []
    for k in range(len(one_year)):
        kept = cs.cells(one_year.drop(index=one_year.index[k]))
        left.append(cs.locational_gini(kept).set_index("industry")["estimate"])
    loop, n = pd.concat(left, axis=1), len(one_year)
    error = np.sqrt((n - 1) / n * ((loop.T - loop.mean(axis=1)) ** 2).sum())
    assert np.allclose(fast["std_error"], error, atol=ROUNDING)
    assert np.allclose(fast["loo_low"], loop.min(axis=1), atol=ROUNDING)
    assert np.allclose(fast["loo_high"], loop.max(axis=1), atol=ROUNDING)


def test_bootstrap_is_the_slow_loop(one_year: pd.DataFrame) -> None:
    option = cs.Bootstrap(draws=39, seed=8)
    fast = cs.herfindahl_concentration(one_year, inference=option).set_index("industry")
    sample = cs.establishments(one_year)
    draws = []
    for b in range(39):
        chosen = engine.generator(8, b).integers(0, len(sample), len(sample))
        again = sample.iloc[chosen].assign(establishment=[f"{k}" for k in range(len(sample))])
        draws.append(cs.herfindahl_concentration(again).set_index("industry")["estimate"])
    loop = pd.concat(draws, axis=1)
    assert np.allclose(fast["std_error"], loop.std(axis=1, ddof=1), atol=ROUNDING)
    high = 2 * fast["estimate"] - loop.quantile(0.025, axis=1)
    assert np.allclose(fast["conf_high"], high.clip(0, 1), atol=ROUNDING)
    corrected = 2 * fast["estimate"] - loop.mean(axis=1)
    assert np.allclose(fast["bias_corrected"], corrected.clip(0, 1), atol=ROUNDING)


def test_a_drawn_establishment_comes_with_all_its_years() -> None:
    grid = Grid.of(cs.establishments(plants()))
    both = []
    for year in range(2):
        units = units_of(grid, "establishments", year)
        counted = Resampled(units).draw(engine.generator(1, 0), (0,))[0]
        both.append(counted)
    assert np.array_equal(both[0], both[1])  # made-up plants stay where they are


def test_ellison_glaeser_draws_centre_on_the_uncorrected_index() -> None:
    table = plants(seed=9, n=400, years=(2020,)).drop(columns="year")
    x = np.array([0.5, 0.3, 0.15, 0.05])
    units = units_of(Grid.of(cs.establishments(table)), "employment", 0)

    def parts(moments: dict[int, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        s, k = moments[1] / moments[1].sum(axis=0), 1 - (x**2).sum()
        h = moments[2].sum(axis=0) / moments[1].sum(axis=0) ** 2
        raw = ((s - x[:, None]) ** 2).sum(axis=0) / k
        return raw, (raw - h) / (1 - h)

    draws = [Resampled(units).draw(engine.generator(4, b), (1, 2)) for b in range(3000)]
    drawn = np.array([parts(moments)[1] for moments in draws])
    raw, gamma = parts(units.moments((1, 2)))
    error = drawn.std(axis=0) / np.sqrt(len(draws))
    assert (np.abs(drawn.mean(axis=0) - raw) < 3 * error + 0.1 * np.abs(raw - gamma)).all()


@pytest.mark.parametrize("kind", [RandomLabelling, RandomLocation])
def test_permutation_nulls_keep_both_margins(kind: type, one_year: pd.DataFrame) -> None:
    units = units_of(Grid.of(one_year), "employment", 0)
    drawn = kind(units).draw(np.random.default_rng(1), (0, 1))
    whole = units.moments((0, 1))
    assert np.array_equal(drawn[0].sum(axis=0), whole[0].sum(axis=0))
    assert np.array_equal(drawn[0].sum(axis=1), whole[0].sum(axis=1))
    axis = 1 if kind is RandomLabelling else 0
    assert np.allclose(drawn[1].sum(axis=axis), whole[1].sum(axis=axis))
    assert not np.array_equal(drawn[1], whole[1])


def test_dartboard_hits_regions_with_their_probabilities(one_year: pd.DataFrame) -> None:
    units = units_of(Grid.of(one_year), "establishments", 0)
    chance = np.array([0.1, 0.2, 0.3, 0.4])
    plan = Dartboard(units, chance)
    hits = sum(plan.draw(np.random.default_rng(b), (0,))[0].sum(axis=1) for b in range(300))
    assert np.allclose(hits / hits.sum(), chance, atol=0.01)


def test_same_bytes_with_any_number_of_processes(one_year: pd.DataFrame) -> None:
    option = cs.MonteCarlo(draws=25, seed=2)
    alone = cs.location_quotient(one_year, inference=option)
    with joblib.parallel_config(backend="threading", n_jobs=3):
        many = cs.location_quotient(one_year, inference=option)
    pd.testing.assert_frame_equal(alone, many, check_exact=True)


def test_same_bytes_whatever_the_block(
    one_year: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = cs.Bootstrap(draws=25, seed=2)
    whole = cs.ellison_glaeser(one_year, inference=option)
    monkeypatch.setattr(engine, "BLOCK", 1)
    single = cs.ellison_glaeser(one_year, inference=option)
    pd.testing.assert_frame_equal(whole, single, check_exact=True)


@pytest.mark.parametrize("door", [cs.ellison_glaeser, cs.maurel_sedillot])
def test_analytic_null_variance_is_that_of_the_dartboard(door: object) -> None:
    table = plants(seed=5, n=300, years=(2020,)).drop(columns="year").assign(people=0.0)
    table["people"] = table["region"].map({"R1": 50.0, "R2": 30.0, "R3": 15.0, "R4": 5.0})
    analytic = door(table, base="people", inference=cs.Analytic())  # type: ignore[operator]
    option = cs.MonteCarlo(null="dartboard", draws=12_000, seed=6)
    drawn = door(table, base="people", inference=option)  # type: ignore[operator]
    a, d = (r[r["component"] == "gamma"] for r in (analytic, drawn))
    spread = (d["estimate"] - d["null_mean"]) / d["statistic"]
    assert np.allclose(a["std_error"] / spread, 1, atol=0.04)  # skewed: sd of the sd near 1.5 %
    assert np.allclose(d["null_mean"] / spread, 0, atol=0.04)  # sd of the mean 0.9 %


def test_multiple_testing_is_adjusted_and_warns_of_too_few_draws(one_year: pd.DataFrame) -> None:
    analytic = cs.location_quotient(one_year, inference=cs.Analytic(adjust="holm"))
    assert (analytic["p_adjusted"] >= analytic["p_value"]).all()
    with pytest.warns(cs.ClusterstatsWarning, match="can't give a p-value small enough for 16"):
        cs.location_quotient(one_year, inference=cs.MonteCarlo(draws=29, seed=1, adjust="fdr_bh"))
