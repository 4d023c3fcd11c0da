"""Effects taken out by the absorber equal regressions on every dummy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clusterstats.models.absorption import (
    Absorber,
    Effects,
    connected_sets,
    schur,
    singletons,
    solvers,
)

CLOSE = 1e-9  # of variables of size 1 to 10, in double precision


def effects(*columns: np.ndarray) -> Effects:
    return Effects.of({f"e{k}": [pd.Series(column)] for k, column in enumerate(columns)})


def dummies(found: Effects) -> np.ndarray:
    tables = [np.eye(size)[code] for code, size in zip(found.codes, found.sizes, strict=True)]
    return np.concatenate(tables, axis=1)


def by_dummies(found: Effects, columns: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    root = np.ones(len(columns)) if weights is None else np.sqrt(weights)
    every = dummies(found)
    fit = np.linalg.lstsq(every * root[:, None], columns * root[:, None], rcond=None)[0]
    return columns - every @ fit


def movers(rng: np.random.Generator, rows: int, plants: int, reach: int) -> tuple[np.ndarray, ...]:
    """Workers of five rows each, who move to plants nearby."""
    worker = np.repeat(np.arange(rows // 5), 5)
    home = np.repeat(rng.integers(0, plants, rows // 5), 5)
    step = np.where(rng.random(rows) < 0.4, rng.integers(-reach, reach + 1, rows), 0)
    return worker, np.clip(home + step, 0, plants - 1)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_residuals_equal_those_of_the_dummy_regression(
    rng: np.random.Generator, count: int, is_weighted: bool
) -> None:
    n = 400
    found = effects(*[rng.integers(0, size, n) for size in (60, 23, 7, 3)[:count]])
    columns = rng.normal(size=(n, 3)) + found.codes[0][:, None]
    weights = rng.uniform(0.1, 3, n) if is_weighted else None
    left = Absorber(found, weights).residual(columns)
    assert np.abs(left - by_dummies(found, columns, weights)).max() < CLOSE


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize(
    "limits",
    [
        {"DENSE": 5},
        {"DENSE": 5, "BAND_WORK": 0},
        {"DENSE": 5, "BAND_WORK": 0, "FILLED": 0},
        {"DENSE": 5, "SMALL": 2},
        {"DENSE": 5, "SMALL": 2, "BAND_WORK": 0},
    ],
    ids=["banded", "iterated", "in parts", "iterated corner", "iterated whole"],
)
@pytest.mark.parametrize("further", [0, 1, 2])
def test_every_way_of_solving_gives_the_same(
    rng: np.random.Generator,
    monkeypatch: pytest.MonkeyPatch,
    limits: dict[str, float],
    is_weighted: bool,
    further: int,
) -> None:
    for name, value in limits.items():
        for module in (solvers, schur):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, value)
    n = 1500
    worker, plant = movers(rng, n, 90, 3)
    others = [rng.integers(0, 12, n), rng.integers(0, 5, n)][:further]
    found = effects(worker, plant, *others)
    columns = rng.normal(size=(n, 2)) + np.sin(plant)[:, None]
    weights = rng.uniform(0.5, 2, n) if is_weighted else None
    absorber = Absorber(found, weights)
    assert np.abs(absorber.residual(columns) - by_dummies(found, columns, weights)).max() < CLOSE
    if absorber.is_rank_exact:
        assert absorber.rank == np.linalg.matrix_rank(dummies(found))


def test_sets_that_are_not_connected_and_plants_of_one_worker(rng: np.random.Generator) -> None:
    worker = np.repeat(np.arange(40), 4)
    plant = np.where(worker < 20, rng.integers(0, 9, 160), 9 + rng.integers(0, 9, 160))
    plant[worker == 39] = 18
    found = effects(worker, plant)
    columns = rng.normal(size=(160, 2))
    absorber = Absorber(found)
    assert np.abs(absorber.residual(columns) - by_dummies(found, columns, None)).max() < CLOSE
    assert connected_sets(found)[0] == 3
    assert absorber.rank == np.linalg.matrix_rank(dummies(found)) == sum(found.sizes) - 3


def test_coefficients_make_the_fitted_part(rng: np.random.Generator) -> None:
    found = effects(*[rng.integers(0, size, 300) for size in (30, 10, 4)])
    y = rng.normal(size=300)
    absorber = Absorber(found)
    numbers = absorber.coefficients(y)
    assert [len(levels) for levels in numbers] == list(found.sizes)
    part = sum(levels[code] for levels, code in zip(numbers, found.codes, strict=True))
    assert np.abs(y - part - absorber.residual(y)).max() < CLOSE


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_leverages_are_the_diagonal_of_the_dummies_hat_matrix(
    rng: np.random.Generator, count: int, is_weighted: bool
) -> None:
    n = 200
    found = effects(*[rng.integers(0, size, n) for size in (12, 40, 5)[:count]])
    weights = rng.uniform(0.1, 3, n) if is_weighted else None
    root = np.ones(n) if weights is None else np.sqrt(weights)
    every = dummies(found) * root[:, None]
    hat = np.diag(every @ np.linalg.pinv(every))
    assert np.abs(Absorber(found, weights).leverage() - hat).max() < CLOSE


def test_a_variable_absorbed_whole_is_nothing_to_rounding(rng: np.random.Generator) -> None:
    found = effects(rng.integers(0, 50, 900), rng.integers(0, 20, 900))
    year = 2000.0 + found.codes[1]
    assert np.abs(Absorber(found).residual(year)).max() < 1e-11


def test_an_iteration_that_does_not_arrive_is_an_error(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schur, "DENSE", 5)
    monkeypatch.setattr(solvers, "DENSE", 5)
    monkeypatch.setattr(solvers, "BAND_WORK", 0)
    monkeypatch.setattr(solvers, "MOST_STEPS", 2)
    found = effects(*movers(rng, 2000, 300, 2))
    with pytest.raises(solvers.ConvergenceError, match="did not converge in 2 steps"):
        Absorber(found).residual(rng.normal(size=2000))


def test_singletons_are_found_in_turns() -> None:
    found = effects(np.array([0, 0, 1, 1, 2]), np.array([0, 0, 0, 1, 1]))
    # the last row is alone in its first effect; without it the fourth is alone in its second,
    # and without that one the third in its first
    assert singletons(found).tolist() == [False, False, True, True, True]


def test_combined_effects_have_a_level_for_each_pair_that_occurs() -> None:
    a, b = pd.Series(["x", "x", "y", "y"]), pd.Series([1, 2, 1, 1])
    found = Effects.of({"a^b": [a, b]})
    assert found.sizes == (3,)
    assert found.codes[0][2] == found.codes[0][3]
    kept = found.kept(np.array([True, False, True, True]))
    assert kept.sizes == (2,)
