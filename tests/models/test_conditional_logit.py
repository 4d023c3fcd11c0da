"""Conditional logit: Greene's table, the Poisson it equals, brute force, bad input."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.models.covariance import Clustered, Robust
from clusterstats.models.likelihood.conditional_logit import conditional_logit
from clusterstats.models.regress import regress


def choices(groups: int = 60, size: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(12)
    person = np.repeat(np.arange(groups), size)
    x, z = rng.normal(size=(2, groups * size))
    utility = 0.8 * x - 0.5 * z + rng.gumbel(size=groups * size)
    best = pd.Series(utility).groupby(person).transform("max").to_numpy()
    return pd.DataFrame(
        {"person": person, "town": person % 9, "x": x, "z": z, "y": (utility == best).astype(int)}
    )


def test_travel_modes_as_greene_prints_them(data_dir: Path, reference_dir: Path) -> None:
    data = pd.read_csv(data_dir / "travelmode" / "travelmode.csv")
    data["chosen"] = (data["choice"] == "yes").astype(int)
    for mode in ("air", "train", "bus"):
        data[f"a_{mode}"] = (data["mode"] == mode).astype(float)
    data["hinc_air"] = data["income"] * data["a_air"]
    table = pd.read_csv(reference_dir / "tables" / "greene_travelmode_clogit.csv")
    terms = table.loc[table["stat"] == "coef", "item"]
    fit = conditional_logit(f"chosen ~ {' + '.join(terms)}", data, group="individual")
    assert len(table) == 13
    for cell in table.itertuples():
        found = {"coef": fit.params, "se": fit.bse, "llf": {"loglik": fit.llf}}[cell.stat]
        assert abs(found[cell.item] - float(cell.published)) <= cell.tol, cell.item
    assert fit.statistics["groups"] == 210


@pytest.mark.filterwarnings("ignore:standard errors rest on")
def test_one_choice_a_group_equals_poisson_with_effects() -> None:
    data = choices()
    fit = conditional_logit("y ~ x + z", data, group="person", covariance=Robust("HC0"))
    poisson = regress(
        "y ~ x + z | person",
        data,
        family="poisson",
        covariance=Clustered("person", correction="CR0"),
    )
    np.testing.assert_allclose(fit.params, poisson.params, rtol=1e-9)
    np.testing.assert_allclose(fit.cov_params(), poisson.cov_params(), rtol=1e-7)
    towns = poisson.with_covariance(Clustered("town", correction="CR0"))
    grouped = conditional_logit(
        "y ~ x + z", data, group="person", covariance=Clustered("town", correction="CR0")
    )
    np.testing.assert_allclose(grouped.cov_params(), towns.cov_params(), rtol=1e-7)
    scaled = conditional_logit("y ~ x + z", data, group="person", covariance=Clustered("town"))
    np.testing.assert_allclose(scaled.cov_params(), towns.cov_params() * 9 / 8, rtol=1e-7)
    assert np.isinf(fit.covariance.df).all()


def test_several_choices_a_group_against_enumeration() -> None:
    rng = np.random.default_rng(2)
    data = choices(groups=25, size=5).assign(y=rng.integers(0, 2, 125))
    varied = data.groupby("person")["y"].transform("nunique") > 1

    def negative(params: np.ndarray) -> float:
        total = 0.0
        for _, rows in data[varied].groupby("person"):
            utility = rows[["x", "z"]].to_numpy() @ params
            ways = combinations(range(len(rows)), int(rows["y"].sum()))
            every = [utility[list(way)].sum() for way in ways]
            total += utility @ rows["y"].to_numpy() - np.logaddexp.reduce(every)
        return -total

    best = minimize(negative, np.zeros(2), method="BFGS", options={"gtol": 1e-7})
    if not varied.all():
        with pytest.warns(ClusterstatsWarning, match="does not vary within their 'person'"):
            fit = conditional_logit("y ~ x + z", data, group="person")
    else:
        fit = conditional_logit("y ~ x + z", data, group="person")
    np.testing.assert_allclose(fit.params, best.x, atol=1e-5)
    assert fit.llf == pytest.approx(-best.fun, rel=1e-9)
    assert fit.statistics["null_log_likelihood"] == pytest.approx(-negative(np.zeros(2)), rel=1e-12)


def test_groups_without_variation_are_dropped_and_counted() -> None:
    data = choices()
    data.loc[data["person"].isin([4, 7]), "y"] = 0
    with pytest.warns(ClusterstatsWarning, match="8 row"):
        fit = conditional_logit("y ~ x", data, group="person")
    glance = fit.glance()
    assert glance["dropped no variation"].iloc[0] == 8
    assert glance["groups"].iloc[0] == 58
    assert fit.nobs == 232


def test_regressors_that_do_not_vary_within_groups_are_left_out() -> None:
    data = choices().assign(age=lambda table: table["person"] * 1.5)
    with pytest.warns(ClusterstatsWarning, match="left out: 'age'"):
        fit = conditional_logit("y ~ x + age", data, group="person")
    assert fit.names == ("x",)
    assert fit.glance()["variables_dropped"].iloc[0] == 1


def test_scale_and_place_of_regressors_do_not_matter() -> None:
    data = choices().assign(far=lambda table: 1e4 + 1e5 * table["x"])
    plain = conditional_logit("y ~ x + z", data, group="person")
    moved = conditional_logit("y ~ far + z", data, group="person")
    assert moved.params["far"] * 1e5 == pytest.approx(plain.params["x"], rel=1e-7)
    assert moved.bse["far"] * 1e5 == pytest.approx(plain.bse["x"], rel=1e-7)


def test_perfect_predictors_are_refused() -> None:
    data = choices().assign(knows=lambda table: table["y"] * 2.0 + 1)
    with pytest.raises(TableError, match="'knows' predict choices perfectly"):
        conditional_logit("y ~ knows", data, group="person")


@pytest.mark.parametrize(
    "option", [Robust("HC2"), Clustered("town", "person"), Clustered("town", correction="CR2")]
)
def test_covariances_without_a_meaning_are_refused(option: Robust | Clustered) -> None:
    with pytest.raises(OptionError, match="not defined for a conditional logit"):
        conditional_logit("y ~ x", choices(), group="person", covariance=option)


def test_clusters_that_cut_through_groups_are_refused() -> None:
    data = choices().assign(row=lambda table: table.index % 2)
    with pytest.raises(TableError, match="changes within a 'person'"):
        conditional_logit("y ~ x", data, group="person", covariance=Clustered("row"))
    with pytest.raises(TableError, match="'nowhere' is missing"):
        conditional_logit("y ~ x", data, group="person", covariance=Clustered("nowhere"))


@pytest.mark.parametrize("formula", ["y ~ x | town", "y ~ 1 | x ~ z"])
def test_effects_and_instruments_are_refused(formula: str) -> None:
    with pytest.raises(OptionError, match="has effects or instruments"):
        conditional_logit(formula, choices(), group="person")


def test_other_responses_are_refused() -> None:
    data = choices().astype({"y": float})
    data.loc[3, "y"] = 0.5
    with pytest.raises(TableError, match="must be 0 or 1: row 3 has 0.5"):
        conditional_logit("y ~ x", data, group="person")
    with pytest.raises(TableError, match="does not vary within any 'person'"):
        conditional_logit("y ~ x", choices().assign(y=1), group="person")
