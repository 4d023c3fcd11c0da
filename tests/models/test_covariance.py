"""Covariances of independent rows: formulas, leverages of the dummy regression, other programs.

Tolerances: 1e-9 against regressions on explicit dummies, whose normal matrices are less well
conditioned than ours; 1e-12 against numbers of sandwich.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from clusterstats.errors import ClusterstatsWarning, OptionError
from clusterstats.models import Classical, Clustered, Robust, regress
from clusterstats.models.covariance import covariance_of
from clusterstats.models.covariance import independent as rows
from tests.models.oracles.example import example


def dummies(table, effects):
    """The regressors x, d and a basis of the space of all dummies and the constant."""
    parts = [pd.get_dummies(table[name].astype(str)).to_numpy(dtype=float) for name in effects]
    every = np.concatenate([np.ones((len(table), 1)), *parts], axis=1)
    basis, size, _ = np.linalg.svd(every, full_matrices=False)
    return np.column_stack([table[["x", "d"]], basis[:, size > 1e-10 * size[0]]])


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effects", [(), ("f",), ("f", "g"), ("r", "g", "q")])
def test_equal_to_the_dummy_regression_in_statsmodels(effects, weights, kind):
    table = example(400)
    for name in effects:  # a row alone in a level has leverage 1, of which statsmodels makes nan
        table = table[table.groupby(name)[name].transform("size") > 2]
    w = np.ones(len(table)) if weights is None else table[weights]
    known = sm.WLS(table["y"], dummies(table, effects), weights=w).fit(cov_type=kind)
    fit = regress(
        "y ~ x + d" + (f" | {' + '.join(effects)}" if effects else ""),
        table,
        covariance=Robust(kind),
        weights=weights,
        convention="lm",
    )
    assert fit.params[["x", "d"]].to_numpy() == pytest.approx(known.params[:2], rel=1e-9)
    assert fit.bse[["x", "d"]].to_numpy() == pytest.approx(known.bse[:2], rel=1e-9)


@pytest.mark.parametrize("kind", ["HC4", "HC5"])
def test_leverages_in_the_exponent_by_the_formula(kind):
    table = example(300)
    x = dummies(table, ("f", "g"))
    inverse = np.linalg.pinv(x)
    h, u = np.diag(x @ inverse), table["y"].to_numpy() - x @ (inverse @ table["y"].to_numpy())
    share = len(table) * h / np.linalg.matrix_rank(x)
    power = np.minimum(4, share)
    if kind == "HC5":
        power = np.minimum(share, max(4, 0.7 * share.max())) / 2
    inside = h < 1 - 1e-9
    variance = (inverse[:, inside] ** 2) @ (u[inside] ** 2 / (1 - h[inside]) ** power[inside])
    fit = regress("y ~ x + d | f + g", table, covariance=Robust(kind))
    assert fit.bse.to_numpy() == pytest.approx(np.sqrt(variance[:2]), rel=1e-9)


def test_sandwich_on_grunfeld(data_dir, reference_dir):
    table = pd.read_csv(data_dir / "grunfeld" / "grunfeld.csv")
    known = pd.read_csv(reference_dir / "computed" / "robust_se.csv")
    known = known[(known["id"] == "grunfeld_pooled") & known["stat"].str.match("se HC[0-5]$")]
    fit = regress("inv ~ value + capital", table)
    for row in known.to_dict("records"):
        found = fit.with_covariance(Robust(row["stat"].removeprefix("se "))).bse
        assert found[row["item"].strip("()")] == pytest.approx(row["value"], rel=1e-12)
    assert len(known) == 18


def test_publicschools_to_the_printed_digit(data_dir, reference_dir):
    printed = pd.read_csv(reference_dir / "tables" / "publicschools_hc.csv")
    table = pd.read_csv(data_dir / "publicschools" / "publicschools.csv").dropna()
    table = table.assign(Income=table["Income"] / 1e4)
    fit = regress("Expenditure ~ Income + I(Income**2)", table)
    names = {"I2": "I(Income ** 2)"}
    places = dict(zip(fit.names, range(3), strict=True))
    for row in printed.to_dict("records"):
        kind = row["stat"].removeprefix("se ")
        place = places.get(row["item"], 2 if row["item"] in names else None)
        if kind == "coef":
            found = fit.estimates[place]
        else:
            option = Classical() if kind == "nonrobust" else Robust(kind)
            found = fit.with_covariance(option).covariance.std_errors[place]
        assert abs(found - row["published"]) <= row["tol"], row


def test_hc2_of_instruments_uses_the_leverages_of_projected_regressors():
    table = example(300)
    z = np.column_stack([table[["x", "z", "z2"]], np.ones(len(table))])
    x = np.column_stack([table[["x", "d"]], np.ones(len(table))])
    hat = z @ np.linalg.pinv(z) @ x
    inverse = np.linalg.pinv(hat)
    u = table["y"].to_numpy() - x @ (inverse @ table["y"].to_numpy())
    h = np.diag(hat @ inverse)
    variance = (inverse**2) @ (u**2 / (1 - h))
    fit = regress("y ~ x | d ~ z + z2", table, covariance=Robust("HC2"))
    assert fit.bse[["x", "d"]].to_numpy() == pytest.approx(np.sqrt(variance[:2]), rel=1e-10)


def test_a_row_alone_in_a_level_changes_nothing():
    table = example(300)
    alone = table.iloc[[0]].assign(f=999, y=50.0, x=3.0)
    fit = regress("y ~ x + d | f", table, covariance=Robust("HC3"))
    more = regress("y ~ x + d | f", pd.concat([table, alone]), covariance=Robust("HC3"))
    assert more.bse.to_numpy() == pytest.approx(fit.bse.to_numpy(), rel=1e-12)


def test_a_coefficient_that_one_row_identifies_is_nan_and_named():
    table = example(100).assign(only=lambda frame: (frame.index == 7) * 1.0)
    with pytest.warns(ClusterstatsWarning, match=r"row 7 alone identifies 'only'.*HC2 variance"):
        fit = regress("y ~ x + d + only", table, covariance=Robust("HC2"))
    assert np.isnan(fit.bse["only"])
    less = regress("y ~ x + d", table.drop(index=7), covariance=Robust("HC2"))
    assert fit.bse[["x", "d"]].to_numpy() == pytest.approx(less.bse[["x", "d"]].to_numpy())
    assert fit.test("x = d")["p_value"].item() == pytest.approx(
        less.test("x = d")["p_value"].item(), rel=0.1
    )
    with pytest.raises(OptionError, match="a term whose variance is not identified"):
        fit.test("only = x")


def test_too_many_levels_for_leverages_is_refused(monkeypatch):
    monkeypatch.setattr(rows, "MOST_LEVELS", 20)
    with pytest.raises(OptionError, match="31 here, more than 20; use Robust\\('HC1'\\)"):
        regress("y ~ x | f + g", example(), covariance=Robust("HC3"))


@pytest.mark.parametrize("family", ["poisson", "logit", "cloglog"])
@pytest.mark.parametrize(
    ("option", "named"),
    [
        *((Robust(kind), kind) for kind in ("HC2", "HC3", "HC4", "HC5")),
        *((Clustered("f", correction=kind), kind) for kind in ("CR2", "CR3")),
    ],
)
def test_corrections_of_residuals_are_refused_for_likelihoods(family, option, named):
    fit = regress("y ~ x + d", example())
    solution = replace(fit.solution, family=family)
    with pytest.raises(OptionError, match=f"{named} corrects.*family='{family}'; use"):
        covariance_of(solution, option, fit.convention)


def test_classical_of_a_likelihood_is_the_inverse_hessian_under_every_convention():
    fit = regress("y ~ x + d", example())
    solution = replace(fit.solution, family="poisson")
    for name in ("fixest-0.13", "stata", "lm", "plm"):
        found = replace(fit, solution=solution).with_covariance(Classical(), name).covariance
        assert (found.matrix == fit.solution.bread).all()
        assert np.isinf(found.df).all()
        assert found.factors == {}


def test_robust_of_a_likelihood_by_convention():
    fit = regress("y ~ x + d", example())
    likelihood = replace(fit, solution=replace(fit.solution, family="logit"))
    plain = likelihood.with_covariance(Robust("HC0")).covariance.matrix
    stata = likelihood.with_covariance(Robust("HC1"), "stata").covariance.matrix
    fixest = likelihood.with_covariance(Robust("HC1"), "fixest-0.13").covariance.matrix
    assert stata == pytest.approx(plain * 700 / 699, rel=1e-14)
    assert fixest == pytest.approx(plain * 700 / 697, rel=1e-14)


def test_unknown_kind_lists_those_known():
    with pytest.raises(OptionError, match="kind='HC9' is not known; use one of 'HC0', 'HC1'"):
        Robust("HC9")
