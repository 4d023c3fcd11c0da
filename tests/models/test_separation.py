"""Separated rows: the cases of Correia, Guimaraes and Zylkin, and brute force."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clusterstats.errors import ClusterstatsWarning, TableError
from clusterstats.models.absorption import Effects
from clusterstats.models.likelihood import separation
from clusterstats.models.likelihood.separation import separated, uniform_levels
from clusterstats.models.regress import regress

CASES = [f"{case:02d}" for case in range(1, 19)]
WITHOUT = {"09", "11", "14"}


def load(reference_dir: Path, case: str) -> tuple[pd.DataFrame, list[str], list[str]]:
    data = pd.read_csv(reference_dir / "ppml_separation" / f"{case}.csv")
    regressors = [name for name in data if name.startswith("x")]
    return data, regressors, [name for name in data if name.startswith("id")]


@pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")
@pytest.mark.parametrize("case", CASES)
def test_published_cases_through_the_door(reference_dir: Path, case: str) -> None:
    data, regressors, effects = load(reference_dir, case)
    right = " + ".join(regressors) or "1"
    formula = f"y ~ {right}" + (f" | {' + '.join(effects)}" if effects else "")
    fit = regress(formula, data, family="poisson")
    expected = data["separated"].to_numpy() == 1
    assert set(data.index) - set(fit.index) == set(data.index[expected])
    assert fit.solution is not None
    assert fit.solution.design.dropped.get("separated", 0) == expected.sum()
    assert fit.glance()["rows_dropped"].iloc[0] == expected.sum()
    assert expected.any() == (case not in WITHOUT)


@pytest.mark.parametrize("case", CASES)
def test_published_cases_by_the_simplex_alone(
    reference_dir: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(separation, "_rectified", lambda y, x, effects: None)
    data, regressors, effects = load(reference_dir, case)
    coded = Effects.of({name: [data[name]] for name in effects})
    x = data[regressors].to_numpy(dtype=float)
    x = x if effects else np.column_stack([np.ones(len(x)), x])
    found = separated(data["y"].to_numpy(dtype=float), x, coded)
    assert found.rows.tolist() == (data["separated"] == 1).tolist()


def test_the_regressor_that_separates_is_named() -> None:
    data = pd.DataFrame({"y": [0, 0, 1, 2, 3, 1], "x": [1, 2, 0, 0, 0, 0], "z": [1, 2, 3, 1, 2, 2]})
    with pytest.warns(ClusterstatsWarning) as warnings:
        fit = regress("y ~ x + z", data, family="poisson")
    texts = [str(warning.message) for warning in warnings]
    assert "2 row(s) left out" in texts[0]
    assert "regressor(s) 'x' (separated" in texts[0]
    assert "left out: 'x'" in texts[1]
    assert list(fit.names) == ["Intercept", "z"]


def test_separation_in_layers_is_found_whole() -> None:
    y = np.array([0, 0, 0, 1, 2, 1, 3], dtype=float)
    x = np.array([[1, -1, 0, 0, 0, 0, 0], [0, 1, -1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0, 0]], float).T
    found = separated(y, x, Effects((), (), ()))
    assert found.rows.tolist() == [True, True, True, False, False, False, False]


def test_small_designs_against_every_sign_pattern() -> None:
    """Brute force: a row is separated if some combination on a fine grid sets it apart."""
    rng = np.random.default_rng(20)
    grid = np.array(list(product(range(-3, 4), repeat=3)), dtype=float)
    seen = 0
    for _ in range(200):
        x = rng.integers(-1, 2, size=(8, 3)).astype(float)
        y = np.array([0, 0, 0, 0, 0, 0, 1, 2], dtype=float)
        values = x @ grid.T
        proper = (np.abs(values[y > 0]) < 1e-12).all(axis=0) & (values[y == 0] >= 0).all(axis=0)
        expected = (values[:, proper] > 0).any(axis=1)
        found = separated(y, x, Effects((), (), ()))
        assert found.rows.tolist() == expected.tolist()
        seen += int(expected.any())
    assert 20 < seen < 180


def test_levels_of_zeros_go_until_none_is_left() -> None:
    effects = Effects.of({"a": [pd.Series([1, 1, 2, 2, 3])], "b": [pd.Series([1, 2, 2, 3, 3])]})
    gone = uniform_levels(effects, np.array([0, 0, 0, 1, 1], dtype=float), [0.0])
    assert gone.tolist() == [True, True, True, False, False]


def test_a_programme_that_fails_says_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    class Outcome:
        status = 4
        x = None
        message = "numerical difficulties"

    monkeypatch.setattr(separation, "_rectified", lambda y, x, effects: None)
    monkeypatch.setattr(separation, "linprog", lambda *args, **named: Outcome)
    with pytest.raises(TableError, match="undecided \\(numerical difficulties\\)"):
        separated(np.array([0.0, 1.0]), np.ones((2, 1)), Effects((), (), ()))
