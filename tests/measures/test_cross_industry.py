"""Cross-industry quotients against loops from the formulas, and their intervals by hand."""

from __future__ import annotations

from math import exp, hypot, log, log2
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

import clusterstats as cs

TOLERANCE = 1e-9  # rounding of sums in another order


def cells(jobs: np.ndarray) -> pd.DataFrame:
    """Cells from a (region, industry) array."""
    regions, industries = jobs.shape
    return pd.DataFrame(
        {
            "region": np.repeat([f"R{r}" for r in range(regions)], industries),
            "industry": [f"I{i}" for i in range(industries)] * regions,
            "employment": jobs.ravel(),
        }
    )


def plants(count: np.ndarray) -> pd.DataFrame:
    """Establishments of one size, so many in each cell."""
    table = cells(count).rename(columns={"employment": "establishments"})
    return table.assign(
        employment=table["establishments"] * 3.0,
        employment_squares=table["establishments"] * 9.0,
    )


def box(result: pd.DataFrame, column: str = "estimate") -> np.ndarray:
    """A result as (region, industry, industry2)."""
    shape = [result[key].nunique() for key in ("region", "industry", "industry2")]
    return result[column].to_numpy().reshape(shape)


def by_loops(x: np.ndarray, delta: float, augmented: bool, diagonal: str) -> np.ndarray:
    """The quotients, number by number."""
    regions, industries = x.shape
    found = np.full((regions, industries, industries), np.nan)
    total = x.sum()
    for r in range(regions):
        size = x[r].sum()
        for j in range(industries):
            if x[r, j] == 0:
                continue
            lq_j = (x[r, j] / size) / (x[:, j].sum() / total)
            for i in range(industries):
                if x[:, i].sum() == 0:
                    continue
                lq_i = (x[r, i] / size) / (x[:, i].sum() / total)
                quotient = lq_i / lq_j
                if i == j and diagonal == "quotient":
                    quotient = lq_i
                quotient *= log2(1 + size / total) ** delta
                if augmented and lq_j > 1:
                    quotient *= log2(1 + lq_j)
                found[r, i, j] = quotient
    return found


TABLES = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.integers(0, 40), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
    ).map(lambda jobs: np.array(jobs, dtype=float).reshape(shape))
)


@settings(max_examples=60, deadline=None)
@given(jobs=TABLES, delta=st.sampled_from([0.0, 0.1, 0.3, 0.9]), augmented=st.booleans())
def test_every_form_is_its_formula(jobs: np.ndarray, delta: float, augmented: bool) -> None:
    table = cells(jobs)
    flegg = cs.flegg_location_quotient(table, delta=delta, augmented=augmented)
    np.testing.assert_allclose(
        box(flegg), by_loops(jobs, delta, augmented, "quotient"), rtol=TOLERANCE
    )
    for diagonal in ("ratio", "quotient"):
        found = cs.cross_industry_location_quotient(table, diagonal=diagonal)
        np.testing.assert_allclose(box(found), by_loops(jobs, 0, False, diagonal), rtol=TOLERANCE)


def test_a_small_table_by_hand() -> None:
    """Half of all jobs in A; A has 3/4 of film and 1/4 of mills, quotients 1.5 and 0.5."""
    table = cells(np.array([[30.0, 10.0], [10.0, 30.0]]))
    ratios = box(cs.cross_industry_location_quotient(table))[0]
    np.testing.assert_allclose(ratios, [[1, 3], [1 / 3, 1]], rtol=TOLERANCE)
    scale = log2(1.5) ** 0.5
    flegg = box(cs.flegg_location_quotient(table, delta=0.5))[0]
    expected = [[1.5 * scale, 3 * scale], [scale / 3, 0.5 * scale]]
    np.testing.assert_allclose(flegg, expected, rtol=TOLERANCE)
    augmented = box(cs.flegg_location_quotient(table, delta=0.5, augmented=True))[0]
    np.testing.assert_allclose(augmented / flegg, [[log2(2.5), 1]] * 2, rtol=TOLERANCE)


def test_the_ratio_of_a_pair_is_one_over_that_of_the_pair_turned() -> None:
    rng = np.random.default_rng(2)
    ratios = box(cs.cross_industry_location_quotient(cells(rng.integers(1, 50, (4, 5)) * 1.0)))
    np.testing.assert_allclose(ratios * ratios.swapaxes(1, 2), 1, rtol=TOLERANCE)


def test_what_is_not_there_is_zero_as_seller_and_undefined_as_buyer() -> None:
    jobs = np.array([[10.0, 0.0, 0.0], [10.0, 5.0, 0.0], [0.0, 0.0, 0.0]])
    ratios = box(cs.cross_industry_location_quotient(cells(jobs)))
    assert ratios[0, 1, 0] == 0
    assert np.isnan(ratios[0, :, 1]).all()
    assert np.isnan(ratios[:, 2]).all()
    assert np.isnan(ratios[:, :, 2]).all()
    assert np.isnan(ratios[2]).all()
    assert not np.isnan(ratios[1, :2, :2]).any()


@pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")
def test_an_unknown_cell_blanks_its_industry_alone() -> None:
    jobs = np.array([[10.0, 4.0, 3.0], [np.nan, 5.0, 8.0]])
    ratios = box(cs.cross_industry_location_quotient(cells(jobs)))
    off = ~np.eye(3, dtype=bool)
    known = np.ones((3, 3), dtype=bool)
    known[0], known[:, 0] = False, False
    assert (~np.isnan(ratios[:, off]) == known[off]).all()
    assert np.isnan(box(cs.flegg_location_quotient(cells(jobs)))).all()


# --- the closed form ------------------------------------------------------------------------

COUNT = np.array([[6.0, 9.0, 2.0], [4.0, 30.0, 0.0], [10.0, 11.0, 8.0]])


def interval(delta: float, augmented: bool) -> tuple[np.ndarray, np.ndarray]:
    """Wilson intervals of both shares, each moved alone, and the moves added as squares of logs."""
    low, high = np.full((2, 3, 3, 3), np.nan)
    total, size = COUNT.sum(axis=0), COUNT.sum(axis=1) / COUNT.sum()
    for r in range(3):
        for i in range(3):
            for j in range(3):
                if i == j or COUNT[r, j] == 0:
                    continue
                ends = [proportion_confint(COUNT[r, k], total[k], method="wilson") for k in (i, j)]

                def f(p: float, q: float, r: int = r) -> float:
                    more = log2(1 + q / size[r]) if augmented and q > size[r] else 1.0
                    return float(log2(1 + size[r]) ** delta * p / q * more)

                p, q = COUNT[r, i] / total[i], COUNT[r, j] / total[j]
                (p_low, p_high), (q_low, q_high) = ends
                if p == 0:
                    low[r, i, j], high[r, i, j] = 0, f(p_high, q_low)
                    continue
                middle = log(f(p, q))
                down = hypot(middle - log(f(p_low, q)), middle - log(f(p, q_high)))
                up = hypot(log(f(p_high, q)) - middle, log(f(p, q_low)) - middle)
                low[r, i, j], high[r, i, j] = exp(middle - down), exp(middle + up)
    return low, high


@pytest.mark.parametrize("augmented", [False, True])
@pytest.mark.parametrize("delta", [0.0, 0.4])
def test_the_analytic_interval_moves_each_share_over_its_score_interval(
    delta: float, augmented: bool
) -> None:
    option = cs.Analytic()
    found = cs.flegg_location_quotient(
        plants(COUNT), delta=delta, augmented=augmented, inference=option
    )
    for name, expected in zip(("conf_low", "conf_high"), interval(delta, augmented), strict=True):
        np.testing.assert_allclose(box(found, name), expected, rtol=1e-8)
    assert found[["statistic", "p_value"]].isna().all(axis=None)


def test_the_analytic_test_pools_the_two_shares() -> None:
    """The two-sample test of proportions, when all establishments are of one size."""
    found = cs.cross_industry_location_quotient(plants(COUNT), inference=cs.Analytic())
    low, high = interval(0.0, False)
    np.testing.assert_allclose(box(found, "conf_low"), low, rtol=1e-8)
    np.testing.assert_allclose(box(found, "conf_high"), high, rtol=1e-8)
    a, b = COUNT[0, 0], COUNT[0, 1]
    n, m = COUNT[:, 0].sum(), COUNT[:, 1].sum()
    pool = (a + b) / (n + m)
    score = (a / n - b / m) / np.sqrt(pool * (1 - pool) * (1 / n + 1 / m))
    assert box(found, "statistic")[0, 0, 1] == pytest.approx(score)
    p, q = a / n, b / m
    error = (p / q) * np.sqrt((1 - p) / p / n + (1 - q) / q / m)
    assert box(found, "std_error")[0, 0, 1] == pytest.approx(error)


@pytest.mark.parametrize("augmented", [False, True])
def test_the_standard_error_is_that_of_many_drawn_tables(augmented: bool) -> None:
    """Many establishments, one region of interest whose size hardly varies."""
    rng = np.random.default_rng(4)
    n, chance = np.array([4000, 3000, 60_000]), np.array([0.3, 0.4, 0.25])
    drawn = rng.binomial(n, chance, (2000, 3)) * 1.0
    drawn[0] = n * chance
    values = []
    for counts in drawn:
        x = np.stack([counts, n - counts])
        values.append(by_loops(x, 0.3, augmented, "quotient")[0, 0, 1])
    table = plants(np.stack([drawn[0], n - drawn[0]]))
    found = cs.flegg_location_quotient(table, augmented=augmented, inference=cs.Analytic())
    assert box(found, "std_error")[0, 0, 1] == pytest.approx(np.std(values), rel=0.08)


@pytest.mark.slow
@pytest.mark.parametrize("lumpy", [False, True])
def test_analytic_intervals_hold_and_the_test_keeps_its_level(lumpy: bool) -> None:
    rng = np.random.default_rng(5)
    n, chance = [60, 90, 150], np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])
    sizes = [rng.pareto(1.5, k) + 1 if lumpy else np.ones(k) for k in n]
    truth = chance.T[:, :, None] / chance.T[:, None, :]
    held, rejected, rounds = 0.0, 0.0, 400
    for _ in range(rounds):
        x, squares = np.zeros((2, 3, 3))
        for i in range(3):
            place = rng.choice(3, n[i], p=chance[i])
            x[:, i] = np.bincount(place, sizes[i], 3)
            squares[:, i] = np.bincount(place, sizes[i] ** 2, 3)
        table = cells(x).assign(employment_squares=squares.ravel(), establishments=100.0)
        found = cs.cross_industry_location_quotient(table, inference=cs.Analytic())
        off = ~np.eye(3, dtype=bool)
        low, high = box(found, "conf_low")[:, off], box(found, "conf_high")[:, off]
        held += ((low <= truth[:, off]) & (truth[:, off] <= high)).mean()
        rejected += (box(found, "p_value")[:, 0, 1] < 0.05).mean()
    assert 0.93 <= held / rounds <= 0.985
    assert 0.02 <= rejected / rounds <= 0.075


def test_the_bootstrap_spreads_as_the_closed_form_where_plants_are_many() -> None:
    table = plants(COUNT * 100)
    exact = cs.flegg_location_quotient(table, inference=cs.Analytic())
    drawn = cs.flegg_location_quotient(table, inference=cs.Bootstrap(draws=399, seed=2))
    known = exact["std_error"].notna() & (exact["estimate"] > 0)
    ratio = drawn.loc[known, "std_error"] / exact.loc[known, "std_error"]
    assert ratio.between(0.8, 1.25).all()


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize("delta", [-0.1, 1, 1.5, float("nan"), "0.3", True])
def test_delta_is_refused_outside_its_range(delta: Any) -> None:
    with pytest.raises(cs.OptionError, match="delta=.* is not a number from 0 to below 1"):
        cs.flegg_location_quotient(cells(COUNT), delta=delta)


def test_refusals() -> None:
    with pytest.raises(cs.OptionError, match="diagonal='one' is not known"):
        cs.cross_industry_location_quotient(cells(COUNT), diagonal="one")  # type: ignore[arg-type]
    option = cs.Bootstrap(unit="region", seed=1)
    with pytest.raises(cs.OptionError, match="is about each region"):
        cs.cross_industry_location_quotient(plants(COUNT), inference=option)


@pytest.mark.parametrize("door", [cs.cross_industry_location_quotient, cs.flegg_location_quotient])
def test_pairs_that_do_not_fit_are_refused_before_they_are_drawn(door: Any) -> None:
    table = plants(np.ones((30, 100)))
    with pytest.raises(cs.OptionError, match=r"999 table.s. of 30 regions x 100 x 100"):
        door(table, inference=cs.Bootstrap(seed=1))
