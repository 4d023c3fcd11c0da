"""The null that keeps margins: chances against enumeration, draws, measures, refusals, size."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import product
from math import nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from scipy.optimize import minimize

import clusterstats as cs
from clusterstats.inference.configuration import configuration_probabilities

Door = Callable[..., pd.DataFrame]
MEASURES = [
    cs.economic_complexity,
    cs.fitness,
    cs.proximity,
    cs.relatedness,
    cs.relatedness_density,
    cs.diversity_count,
    cs.ubiquity,
]
SMALL = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]], dtype=float)
FREE = np.array([[1, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 0], [0, 1, 1, 1], [1, 0, 0, 1]], dtype=float)


def table(values: object, name: str = "has") -> pd.DataFrame:
    """Cells of regions R00, ..., industries I00, ... and, if three deep, years 2000, ...."""
    x = np.array(values, dtype=float)
    places = np.indices(x.shape[-3:]).reshape(x.ndim, -1)
    keys = {
        "region": [f"R{r:02d}" for r in places[-2]],
        "industry": [f"I{i:02d}" for i in places[-1]],
    }
    years = {} if x.ndim == 2 else {"year": 2000 + places[0]}
    return pd.DataFrame({**years, **keys, name: x.ravel()})


def option(draws: int = 199, seed: int = 1, **more: object) -> cs.MonteCarlo:
    """The null, so many times."""
    return cs.MonteCarlo(null="configuration", draws=draws, seed=seed, **more)  # type: ignore[arg-type]


def quietly(door: Door, *args: object, **options: object) -> pd.DataFrame:
    """What a measure says, without its warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cs.ClusterstatsWarning)
        return door(*args, **options)


def all_tables(shape: tuple[int, int]) -> np.ndarray:
    """Every table of zeros and ones."""
    return np.array(list(product([0.0, 1.0], repeat=shape[0] * shape[1]))).reshape(-1, *shape)


def likely(m: np.ndarray) -> np.ndarray:
    """Probability of every table by maximum entropy given the expected margins, from the dual."""
    tables = all_tables(m.shape)
    margins = np.concatenate([tables.sum(axis=2), tables.sum(axis=1)], axis=1)
    seen = np.concatenate([m.sum(axis=1), m.sum(axis=0)])

    def dual(at: np.ndarray) -> float:
        return float(np.log(np.exp((margins - seen) @ at).sum()))

    at = minimize(dual, np.zeros(len(seen)), method="BFGS", options={"gtol": 1e-9}).x
    weight = np.exp((margins - seen) @ at)
    return weight / weight.sum()


def test_chances_are_those_of_maximum_entropy_over_all_tables() -> None:
    m = np.array([[1, 1, 0], [1, 0, 1], [0, 1, 0], [0, 0, 1]], dtype=float)
    exact = np.tensordot(likely(m), all_tables(m.shape), axes=1)
    np.testing.assert_allclose(configuration_probabilities(m), exact, atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(data=st.data(), rows=st.integers(1, 7), columns=st.integers(1, 7))
def test_expected_margins_are_those_seen(data: st.DataObject, rows: int, columns: int) -> None:
    bits = st.lists(st.integers(0, 1), min_size=rows * columns, max_size=rows * columns)
    m = np.array(data.draw(bits), dtype=float).reshape(rows, columns)
    chance = configuration_probabilities(m)
    np.testing.assert_allclose(chance.sum(axis=1), m.sum(axis=1), atol=1e-8)
    np.testing.assert_allclose(chance.sum(axis=0), m.sum(axis=0), atol=1e-8)
    assert ((chance >= 0) & (chance <= 1)).all()
    odds = chance[(chance.min(axis=1) > 0) & (chance.max(axis=1) < 1)]
    odds = odds / (1 - odds)  # x_r y_i: of rank one
    np.testing.assert_allclose(odds * odds[:1, :1], odds[:, :1] * odds[:1], rtol=1e-6)


def test_margins_that_leave_no_choice_give_chances_of_0_and_1() -> None:
    nested = np.tri(6, 5)
    np.testing.assert_array_equal(configuration_probabilities(nested), nested)
    one, none, eye = np.ones((2, 2)), np.zeros((2, 2)), np.eye(2)
    forced = configuration_probabilities(np.block([[one, eye], [eye, none]]))
    half = np.full((2, 2), 0.5)
    np.testing.assert_allclose(forced, np.block([[one, half], [half, none]]), atol=1e-12)


def test_large_sparse_tables_are_solved() -> None:
    rng = np.random.default_rng(3)
    m = (rng.random((400, 120)) < np.outer(rng.random(400) ** 2, rng.random(120))).astype(float)
    chance = configuration_probabilities(m)
    np.testing.assert_allclose(chance.sum(axis=1), m.sum(axis=1), atol=1e-7)
    np.testing.assert_allclose(chance.sum(axis=0), m.sum(axis=0), atol=1e-7)


@pytest.mark.parametrize("door", [cs.diversity_count, cs.ubiquity])
def test_draws_have_the_margins_on_average_and_the_spread_of_independent_cells(door: Door) -> None:
    result = door(table(FREE), binary="has", inference=option(4999))
    chance = configuration_probabilities(FREE)
    variance = (chance * (1 - chance)).sum(axis=1 if door is cs.diversity_count else 0)
    error = np.sqrt(variance / 4999)
    assert (np.abs(result["null_mean"] - result["estimate"]) < 4 * error).all()
    inside = (result["null_low"] <= result["estimate"]) & (
        result["estimate"] <= result["null_high"]
    )
    assert inside.all()


def exactly(door: Door, m: np.ndarray, **options: object) -> tuple[np.ndarray, np.ndarray]:
    """Mean and two-sided tail of a measure over all tables, by their probability; slow."""
    tables, weight = all_tables(m.shape), likely(m)
    every = quietly(door, table(tables), binary="has", **options)
    drawn = every["estimate"].to_numpy().reshape(len(tables), -1)
    if door is cs.economic_complexity:
        drawn = aligned(drawn, m, tables)
    seen = quietly(door, table(m), binary="has", **options)["estimate"].to_numpy()
    known = ~np.isnan(drawn)
    sums = (weight[:, None] * known).sum(axis=0)
    mean = np.nansum(weight[:, None] * drawn, axis=0) / sums
    upper, lower = (
        (weight[:, None] * (sign * drawn >= sign * seen - 1e-9)).sum(axis=0) / sums
        for sign in (1, -1)
    )
    return mean, np.minimum(2 * np.minimum(upper, lower), 1)


def aligned(drawn: np.ndarray, m: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """ECI and PCI of each table, with the sign that goes with the ECI of the table seen."""
    seen = quietly(cs.economic_complexity, table(m), binary="has")["estimate"].to_numpy()[: len(m)]
    turned = drawn.copy()
    for one in turned:
        there = ~np.isnan(one[: len(m)])
        if there.any():
            own, goal = one[: len(m)][there], seen[there]
            together = ((own - own.mean()) * (goal - goal.mean())).sum()
            one *= np.sign(together) if abs(together) > 1e-9 else 1
    return turned


@pytest.mark.parametrize(
    ("door", "options"),
    [(cs.proximity, {}), (cs.fitness, {"iterations": 3}), (cs.economic_complexity, {})],
)
def test_null_is_that_of_all_tables_by_their_probability(
    door: Door, options: dict[str, object]
) -> None:
    draws = 9999
    m = np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1]], dtype=float)
    result = quietly(door, table(m), binary="has", inference=option(draws), **options)
    mean, tail = exactly(door, m, **options)
    wide = result["null_high"].max() - result["null_low"].min()
    np.testing.assert_allclose(result["null_mean"], mean, atol=3 * wide / np.sqrt(draws))
    np.testing.assert_allclose(result["p_value"], tail, atol=6 / np.sqrt(draws))


def test_eigenvalue_says_whether_there_is_more_than_numbers_of_industries() -> None:
    apart = np.kron(np.eye(2), np.ones((6, 5)))
    apart[0, 5:8] = apart[7, :2] = 1
    found = cs.economic_complexity(table(apart), binary="has", inference=option())
    eigen = found.attrs["eigenvalues"][0]
    assert eigen["second"] > eigen["second_null_high"] > eigen["second_null_low"]
    assert eigen["second_p_value"] == pytest.approx(2 / 200)
    assert eigen["second_null_low"] < eigen["second_null_mean"] < eigen["second_null_high"]
    plain = cs.economic_complexity(table(apart), binary="has")
    assert set(plain.attrs["eigenvalues"][0]) == {"second", "third", "gap"}


@pytest.mark.parametrize("door", MEASURES)
def test_result_is_the_plain_one_with_columns_of_the_null(door: Door) -> None:
    plain = quietly(door, table(FREE), binary="has")
    result = quietly(door, table(FREE), binary="has", inference=option(adjust="holm"))
    pd.testing.assert_frame_equal(result[plain.columns.tolist()], plain)
    new = [c for c in result if c not in plain]
    assert new == [
        *("std_error", "statistic", "p_value", "p_adjusted", "conf_low", "conf_high"),
        *("null_mean", "null_low", "null_high"),
    ]
    assert result[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert (result["p_adjusted"] >= result["p_value"])[result["p_value"].notna()].all()
    assert result.attrs["definition"] == plain.attrs["definition"]
    assert "null='configuration'" in result.attrs["inference"]
    assert result.attrs["estimand"].endswith("under configuration")


@pytest.mark.parametrize("door", MEASURES)
def test_same_seed_same_bytes_with_any_number_of_processes(door: Door) -> None:
    def run() -> pd.DataFrame:
        return quietly(door, table(FREE), binary="has", inference=option(49, seed=4))

    with parallel_config(n_jobs=2, backend="threading"):
        first = run()
    pd.testing.assert_frame_equal(first, run(), check_exact=True)
    other = quietly(door, table(FREE), binary="has", inference=option(49, seed=5))
    assert not np.array_equal(first["null_mean"], other["null_mean"])


@pytest.mark.parametrize("door", MEASURES)
def test_presences_by_quotient_are_tested_like_given_ones(door: Door) -> None:
    rng = np.random.default_rng(8)
    jobs = table(rng.integers(1, 60, (7, 5)), "employment")
    quotient = cs.location_quotient(jobs)["estimate"]
    has = jobs.assign(has=(quotient >= 1).astype(float))
    by_jobs = quietly(door, jobs, inference=option(49))
    by_has = quietly(door, has, binary="has", inference=option(49))
    pd.testing.assert_frame_equal(by_jobs, by_has)


def test_establishments_are_tested_by_what_their_regions_have() -> None:
    plants = pd.DataFrame(
        {
            "establishment": [f"E{k}" for k in range(12)],
            "region": list("AAABBBCCCDDD"),
            "industry": ["film", "games", "film", "steel", "film", "steel"] * 2,
            "employment": [5, 3, 9, 8, 1, 4, 2, 7, 3, 6, 5, 1],
        }
    )
    cells = plants.groupby(["region", "industry"], as_index=False)["employment"].sum()
    grid = pd.MultiIndex.from_product(
        [sorted(set(plants[k])) for k in ("region", "industry")], names=["region", "industry"]
    )
    cells = cells.set_index(["region", "industry"]).reindex(grid, fill_value=0).reset_index()
    listed, summed = (cs.proximity(t, inference=option(49)) for t in (plants, cells))
    pd.testing.assert_frame_equal(listed, summed)


@pytest.mark.parametrize("door", [cs.fitness, cs.economic_complexity, cs.proximity])
def test_years_are_drawn_each_with_its_own_margins(door: Door) -> None:
    rng = np.random.default_rng(2)
    other = (rng.random(FREE.shape) < 0.6).astype(float)
    whole = quietly(door, table(np.stack([FREE, other])), binary="has", inference=option(49))
    alone = quietly(door, table(other), binary="has", inference=option(49))
    last = whole[whole["year"] == 2001].drop(columns="year").reset_index(drop=True)
    pd.testing.assert_frame_equal(last, alone)


@pytest.mark.parametrize("door", MEASURES)
def test_what_is_undefined_has_no_null_and_blanks_no_other(door: Door) -> None:
    jobs = np.pad(np.random.default_rng(5).integers(1, 60, (6, 5)), ((0, 1), (0, 1)))
    result = quietly(door, table(jobs, "employment"), inference=option(49))
    unknown = result["estimate"].isna()
    assert unknown.any()
    assert (
        result.loc[unknown, ["p_value", "null_mean", "null_low", "null_high"]].isna().all(axis=None)
    )
    assert result.loc[~unknown, ["p_value", "null_mean"]].notna().all(axis=None)


def test_year_with_an_unknown_cell_has_no_null() -> None:
    holed = FREE.copy()
    holed[0, 0] = nan
    both = table(np.stack([FREE, holed]))
    with pytest.warns(cs.ClusterstatsWarning, match="is unknown in 1 row"):
        result = cs.diversity_count(both, binary="has", inference=option(49))
    numbers = ["p_value", "null_mean", "null_low", "null_high"]
    assert result.loc[result["year"] == 2001, numbers].isna().all(axis=None)
    assert result.loc[result["year"] == 2000, numbers].notna().all(axis=None)


def test_nested_margins_allow_one_table_only() -> None:
    result = cs.fitness(table(np.tri(4, 4)), binary="has", inference=option(49))
    for name in ("null_mean", "null_low", "null_high"):
        np.testing.assert_allclose(result[name], result["estimate"], rtol=1e-12)
    assert (result["p_value"] == 1).all()


@pytest.mark.parametrize(
    "door", [cs.location_quotient, cs.krugman_specialization, cs.herfindahl, cs.locational_gini]
)
def test_measures_of_sizes_refuse(door: Door) -> None:
    with pytest.raises(cs.OptionError, match=rf"does not fit {door.__name__}: it draws which"):
        door(table(FREE, "employment"), inference=option())


def test_other_nulls_stay_refused_where_they_mean_nothing() -> None:
    with pytest.raises(cs.OptionError, match=r"use MonteCarlo\(null='configuration'"):
        cs.fitness(table(FREE), binary="has", inference=cs.MonteCarlo(seed=1))
    with pytest.raises(cs.OptionError, match="what the margins alone would give"):
        cs.economic_complexity(table(FREE), value="has", inference=cs.MonteCarlo(seed=1))


@pytest.mark.slow
def test_tests_reject_no_more_than_5_in_100_tables_of_the_null() -> None:
    """Tables drawn with chances of rank one in odds; each is tested given its own margins."""
    rng = np.random.default_rng(11)
    odds = np.exp(rng.normal(size=(25, 1)) + rng.normal(size=15))
    tables = (rng.random((200, 25, 15)) < odds / (1 + odds)).astype(float)
    result = quietly(
        cs.economic_complexity, table(tables), binary="has", inference=option(99, seed=6)
    )
    tested = np.array([year["second_p_value"] for year in result.attrs["eigenvalues"]])
    assert 0.01 <= (tested <= 0.05).mean() <= 0.10
    assert (result["p_value"].dropna() <= 0.05).mean() <= 0.06
