"""Logit and complementary log-log with effects: against dummies in statsmodels, bad input."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.models.covariance import Clustered, Robust
from clusterstats.models.regress import regress
from clusterstats.models.solution import Family

EXACT = 1e-8
"""Both solve the same equations to about 1e-12; the rest is rounding."""

LINKS = {"logit": sm.families.links.Logit(), "cloglog": sm.families.links.CLogLog()}
FAMILIES: list[Family] = ["logit", "cloglog"]
INCIDENTAL = pytest.mark.filterwarnings("ignore:.*incidental parameters")


def hazards(rows: int = 900) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    a, b = rng.integers(0, 12, rows), rng.integers(0, 6, rows)
    x, z, w = rng.normal(size=rows), rng.normal(size=rows), rng.uniform(0.5, 2, rows)
    linear = -0.5 + 0.6 * x - 0.3 * z + rng.normal(scale=0.4, size=12)[a]
    y = (rng.random(rows) < 1 / (1 + np.exp(-linear))).astype(int)
    share = (y + rng.integers(0, 2, rows)) / 2
    return pd.DataFrame({"a": a, "b": b, "x": x, "z": z, "w": w, "y": y, "share": share})


def on_dummies(
    data: pd.DataFrame, family: Family, effects: str, response: str, weights: str | None
) -> sm.GLM:
    columns = [
        pd.get_dummies(data[name], prefix=name, drop_first=True, dtype=float) for name in effects
    ]
    x = sm.add_constant(pd.concat([data[["x", "z"]], *columns], axis=1))
    link = sm.families.Binomial(link=LINKS[family])
    weight = None if weights is None else data[weights]
    return sm.GLM(data[response], x, family=link, var_weights=weight)


@INCIDENTAL
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("effects", ["", "a", "ab"])
@pytest.mark.parametrize("response", ["y", "share"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_equals_the_regression_on_dummies(
    family: Family, effects: str, response: str, weights: str | None
) -> None:
    data = hazards()
    right = " | " + " + ".join(effects) if effects else ""
    formula = f"{response} ~ x + z{right}"
    fit = regress(formula, data, family=family, weights=weights)
    model = on_dummies(data, family, effects, response, weights)
    made = model.fit(tol=1e-14, tol_criterion="params", maxiter=300)
    names = ["x", "z"]
    np.testing.assert_allclose(fit.params[names], made.params[names], rtol=EXACT)
    np.testing.assert_allclose(fit.bse[names], made.bse[names], rtol=EXACT)
    np.testing.assert_allclose(fit.fittedvalues, made.fittedvalues, rtol=EXACT)
    assert fit.statistics["deviance"] == pytest.approx(made.deviance, rel=EXACT)
    if response == "y" and weights is None:
        assert fit.llf == pytest.approx(made.llf, rel=EXACT)
        assert fit.statistics["pseudo_r_squared"] == pytest.approx(
            made.pseudo_rsquared("mcf"), rel=EXACT
        )


def test_logit_equals_newton_on_the_likelihood() -> None:
    data = hazards()
    fit = regress("y ~ x + z", data, family="logit")
    model = sm.Logit(data["y"], sm.add_constant(data[["x", "z"]])).fit(
        method="newton", disp=False, tol=1e-14
    )
    np.testing.assert_allclose(fit.params, model.params, rtol=EXACT)
    np.testing.assert_allclose(fit.bse, model.bse, rtol=EXACT)
    assert np.isinf(fit.covariance.df).all()


@INCIDENTAL
@pytest.mark.filterwarnings("ignore:standard errors rest on")
@pytest.mark.parametrize("family", FAMILIES)
def test_sandwiches_equal_those_on_dummies(family: Family) -> None:
    data = hazards()
    fit = regress("y ~ x + z | b", data, family=family)
    model = on_dummies(data, family, "b", "y", None)
    settings = {"tol": 1e-14, "tol_criterion": "params", "maxiter": 300}
    expected = sandwich(model, model.fit(**settings).params.to_numpy(), None)
    found = fit.with_covariance(Robust("HC0"))
    np.testing.assert_allclose(found.bse, np.sqrt(np.diag(expected)), rtol=EXACT)
    expected = sandwich(model, model.fit(**settings).params.to_numpy(), data["a"].to_numpy())
    found = fit.with_covariance(Clustered("a", correction="CR0"))
    np.testing.assert_allclose(found.bse, np.sqrt(np.diag(expected)), rtol=EXACT)


def sandwich(model: sm.GLM, params: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """By hand, from statsmodels' scores and expected information."""
    scores = model.score_obs(params)
    if groups is not None:
        scores = pd.DataFrame(scores).groupby(groups).sum().to_numpy()
    bread = np.linalg.inv(-model.hessian(params, observed=False))
    return (bread @ scores.T @ scores @ bread)[1:3, 1:3]


@pytest.mark.parametrize("family", FAMILIES)
def test_levels_without_variation_are_dropped_and_counted(family: Family) -> None:
    data = hazards()
    data.loc[data["a"] == 2, "y"] = 0
    data.loc[data["a"] == 5, "y"] = 1
    with pytest.warns(ClusterstatsWarning) as warnings:
        fit = regress("y ~ x | a", data, family=family)
    gone = data["a"].isin([2, 5])
    assert f"{gone.sum()} row(s) left out" in str(warnings[0].message)
    assert fit.glance()["dropped no variation"].iloc[0] == gone.sum()
    assert set(fit.index) == set(data.index[~gone])


def test_effects_bring_a_warning_that_names_the_conditional_logit() -> None:
    data = hazards(200)
    with pytest.warns(ClusterstatsWarning) as warnings:
        regress("y ~ x | a", data, family="logit")
    text = str(warnings[-1].message)
    assert "incidental parameters" in text
    assert "of the 12 levels of 'a' have fewer than 20 rows" in text
    assert "conditional_logit(formula, data, group='a')" in text
    with pytest.warns(ClusterstatsWarning, match="the bias is small"):
        regress("y ~ x | b", hazards(), family="logit")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("sign", [-1, 1])
def test_complete_separation_is_an_error_that_names_the_regressor(
    family: Family, sign: int
) -> None:
    data = hazards().assign(perfect=lambda table: sign * (2 * table["y"] - 1) + 0.1 * table["z"])
    with pytest.raises(TableError, match="'perfect'.* predict the response 'y' perfectly"):
        regress("y ~ z + perfect", data, family=family)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("value", [0, 1])
def test_quasi_separation_is_an_error_that_names_the_regressor(family: Family, value: int) -> None:
    data = hazards()
    data["rare"] = ((data["x"] > 1) & (data["y"] == value)).astype(float)
    with pytest.raises(TableError, match="regressor.s. 'rare' predict"):
        regress("y ~ z + rare", data, family=family)


@INCIDENTAL
def test_separation_within_effects_is_an_error() -> None:
    data = hazards()
    data["inside"] = data["y"] + data["a"] * 10.0
    with pytest.raises(TableError, match="'inside' predict"):
        regress("y ~ inside | a", data, family="logit")


def test_steep_but_proper_fits_are_not_refused() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=4000)
    y = (x + 0.05 * rng.normal(size=4000) > 0).astype(int)
    for family in ("logit", "cloglog"):
        data = pd.DataFrame({"x": x, "y": y})
        fit = regress("y ~ x", data, family=family)
        assert fit.params["x"] > 15


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("value", [2.0, -0.5])
def test_responses_beyond_0_and_1_are_refused(family: Family, value: float) -> None:
    data = hazards().astype({"y": float})
    data.loc[7, "y"] = value
    with pytest.raises(TableError, match=f"must be 0 or 1.*row 7 has {value:g}"):
        regress("y ~ x", data, family=family)


def test_a_constant_response_is_refused() -> None:
    with pytest.raises(TableError, match="is 1 in every row"):
        regress("y ~ x", hazards().assign(y=1), family="logit")
    with pytest.raises(TableError, match="does not vary within any level of 'a'"):
        regress("y ~ x | a", hazards().assign(y=lambda t: t["a"] % 2), family="logit")


@pytest.mark.parametrize("family", FAMILIES)
def test_corrections_of_least_squares_are_refused(family: Family) -> None:
    with pytest.raises(OptionError, match=f"not defined for family='{family}'"):
        regress("y ~ x", hazards(), family=family, covariance=Robust("HC3"))


@INCIDENTAL
@pytest.mark.parametrize("family", FAMILIES)
def test_predictions_of_the_sample_are_its_fitted_values(family: Family) -> None:
    data = hazards()
    fit = regress("y ~ x | a + b", data, family=family)
    np.testing.assert_allclose(fit.predict(data), fit.fittedvalues, rtol=1e-8)
