"""Poisson with effects: against dummies in statsmodels, identities, bad input."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from clusterstats.errors import ClusterstatsError, ClusterstatsWarning, OptionError, TableError
from clusterstats.models.covariance import (
    Classical,
    Clustered,
    DriscollKraay,
    NeweyWest,
    Robust,
)
from clusterstats.models.likelihood import irls
from clusterstats.models.regress import regress
from clusterstats.models.solution import Family

EXACT = 1e-9
"""Both solve the same equations to about 1e-12; the rest is rounding."""


def flows(rows: int = 600, levels: tuple[int, ...] = (30, 12, 5)) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    data = {name: rng.integers(0, size, rows) for name, size in zip("abc", levels, strict=False)}
    x, z, w = rng.normal(size=rows), rng.normal(size=rows), rng.uniform(0.5, 2, rows)
    effect = sum(rng.normal(scale=0.4, size=max(c) + 1)[c] for c in data.values())
    y = rng.poisson(np.exp(1 + 0.4 * x - 0.2 * z + effect))
    return pd.DataFrame({**data, "x": x, "z": z, "w": w, "y": y, "half": y / 2})


def dummies(data: pd.DataFrame, effects: str) -> pd.DataFrame:
    columns = [
        pd.get_dummies(data[name], prefix=name, drop_first=True, dtype=float) for name in effects
    ]
    return sm.add_constant(pd.concat([data[["x", "z"]], *columns], axis=1))


@pytest.mark.parametrize("effects", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("response", ["y", "half"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_equals_the_regression_on_dummies(effects: str, response: str, weights: str | None) -> None:
    data = flows()
    right = " | " + " + ".join(effects) if effects else ""
    fit = regress(f"{response} ~ x + z{right}", data, family="poisson", weights=weights)
    model = sm.GLM(
        data[response],
        dummies(data, effects),
        family=sm.families.Poisson(),
        var_weights=None if weights is None else data[weights],
    ).fit(tol=1e-14, tol_criterion="params", maxiter=200)
    names = ["x", "z"]
    np.testing.assert_allclose(fit.params[names], model.params[names], rtol=EXACT)
    np.testing.assert_allclose(fit.bse[names], model.bse[names], rtol=EXACT)
    np.testing.assert_allclose(fit.fittedvalues, model.fittedvalues, rtol=EXACT)
    assert fit.statistics["deviance"] == pytest.approx(model.deviance, rel=EXACT)
    if response == "y":
        assert fit.llf == pytest.approx(model.llf, rel=EXACT)
        null = model.null_deviance
        assert fit.statistics["null_deviance"] == pytest.approx(null, rel=EXACT)


def test_sandwiches_equal_those_on_dummies() -> None:
    data = flows()
    fit = regress("y ~ x + z | a + b", data, family="poisson", covariance=Robust("HC0"))
    model = sm.GLM(data["y"], dummies(data, "ab"), family=sm.families.Poisson())
    robust = model.fit(tol=1e-14, tol_criterion="params", maxiter=200, cov_type="HC0")
    clustered = model.fit(
        tol=1e-14,
        tol_criterion="params",
        maxiter=200,
        cov_type="cluster",
        cov_kwds={"groups": data["a"], "use_correction": False},
    )
    names = ["x", "z"]
    np.testing.assert_allclose(fit.bse[names], robust.bse[names], rtol=EXACT)
    with pytest.warns(ClusterstatsWarning, match="rest on 30 clusters"):
        grouped = fit.with_covariance(Clustered("a", correction="CR0"))
    np.testing.assert_allclose(grouped.bse[names], clustered.bse[names], rtol=EXACT)


def test_passes_over_the_rows_arrive_where_factors_do(monkeypatch: pytest.MonkeyPatch) -> None:
    data = flows(20_000, (300, 120, 5))
    data["absorbed"] = data["a"] * 0.1 + data["c"]
    data["twice"] = 2 * data["x"] + data["b"]
    formula = "y ~ x + z + absorbed + twice | a + b + c"
    with pytest.warns(ClusterstatsWarning, match="left out: '(absorbed|twice)'"):
        quick = regress(formula, data, family="poisson", covariance=Robust("HC1"))
    monkeypatch.setattr(irls, "is_worthwhile", lambda effects: False)
    with pytest.warns(ClusterstatsWarning, match="left out: '(absorbed|twice)'"):
        exact = regress(formula, data, family="poisson", covariance=Robust("HC1"))
    assert quick.names == exact.names == ("x", "z")
    np.testing.assert_allclose(quick.params, exact.params, rtol=1e-10)
    np.testing.assert_allclose(quick.bse, exact.bse, rtol=1e-10)


def test_what_passes_do_not_reach_is_left_to_factors(monkeypatch: pytest.MonkeyPatch) -> None:
    data = flows(20_000, (300, 120, 5))
    quick = regress("y ~ x | a + b", data, family="poisson")
    monkeypatch.setattr("clusterstats.models.likelihood.approach.MOST_PASSES", 1)
    slow = regress("y ~ x | a + b", data, family="poisson")
    np.testing.assert_allclose(quick.params, slow.params, rtol=1e-10)
    np.testing.assert_allclose(quick.bse, slow.bse, rtol=1e-10)


def test_sums_of_fitted_values_are_those_of_the_response_in_every_level() -> None:
    data = flows()
    fit = regress("y ~ x | a + b", data, family="poisson")
    for effect in "ab":
        sums = pd.DataFrame({"y": data["y"], "fitted": fit.fittedvalues}).groupby(data[effect])
        np.testing.assert_allclose(sums["y"].sum(), sums["fitted"].sum(), rtol=1e-8)


def test_predictions_of_the_sample_are_its_fitted_values() -> None:
    data = flows()
    fit = regress("y ~ x | a + b", data, family="poisson")
    np.testing.assert_allclose(fit.predict(data), fit.fittedvalues, rtol=1e-8)


def test_tests_are_normal() -> None:
    fit = regress("y ~ x | a", flows(), family="poisson")
    assert np.isinf(fit.covariance.df).all()


def test_scale_of_regressors_does_not_matter() -> None:
    data = flows().assign(big=lambda table: table["x"] * 1e6)
    plain = regress("y ~ x | a", data, family="poisson").params["x"]
    scaled = regress("y ~ big | a", data, family="poisson").params["big"]
    assert scaled * 1e6 == pytest.approx(plain, rel=1e-10)


def test_negative_responses_are_refused() -> None:
    data = flows().assign(y=lambda table: table["y"] - 1.0)
    with pytest.raises(TableError, match="response 'y' is negative in .* first row"):
        regress("y ~ x", data, family="poisson")


def test_a_response_of_zeros_is_refused() -> None:
    with pytest.raises(TableError, match="0 in every row"):
        regress("y ~ x", flows().assign(y=0), family="poisson")


def test_levels_of_zeros_are_counted() -> None:
    data = flows()
    data.loc[data["a"] == 3, "y"] = 0
    with pytest.warns(ClusterstatsWarning, match="0 in every row of a level of 'a'"):
        fit = regress("y ~ x | a", data, family="poisson")
    assert fit.glance()["dropped separated"].iloc[0] == (data["a"] == 3).sum()


def test_no_convergence_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(irls, "MOST_STEPS", 2)
    with pytest.raises(ClusterstatsError, match="did not converge in 2 steps"):
        regress("y ~ x | a", flows(), family="poisson")


@pytest.mark.parametrize("option", [Robust("HC2"), Robust("HC3")])
def test_corrections_of_least_squares_are_refused(option: Robust) -> None:
    with pytest.raises(OptionError, match="not defined for family='poisson'"):
        regress("y ~ x", flows(), family="poisson", covariance=option)


@pytest.mark.parametrize("correction", ["CR2", "CR3"])
def test_bias_reduced_clusters_are_refused(correction: str) -> None:
    option = Clustered("a", correction=correction)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="not defined for family='poisson'"):
        regress("y ~ x", flows(), family="poisson", covariance=option)


@pytest.mark.parametrize("option", [DriscollKraay(), NeweyWest()])
@pytest.mark.parametrize("family", ["poisson", "logit", "cloglog"])
def test_covariances_over_time_are_refused(
    option: DriscollKraay | NeweyWest, family: Family
) -> None:
    data = flows().assign(y=lambda table: (table["y"] > 2).astype(int))
    with pytest.raises(OptionError, match=f"not defined for family='{family}'; use Clustered"):
        regress("y ~ x", data, family=family, covariance=option, panel=("a", "b"))


def test_instruments_are_refused() -> None:
    with pytest.raises(OptionError, match="family='linear' only"):
        regress("y ~ 1 | x ~ z", flows(), family="poisson", covariance=Classical())
