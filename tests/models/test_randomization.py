"""Randomization inference against one regression for each permutation.

Tolerance: 1e-9 against regressions on explicit dummies; p-values are counts and must be equal.
"""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from clusterstats.errors import OptionError, TableError
from clusterstats.models import Clustered, RandomizationInference, Robust, regress
from clusterstats.models.covariance import randomization as engine
from clusterstats.models.covariance.resampling import Statistic
from tests.models.oracles.example import example

FEW = pytest.mark.filterwarnings("ignore:standard errors rest on")


def table(rows=120):
    made = example(rows).assign(village=lambda t: t.index % 12, h=lambda t: t.g % 4)
    made["treated"] = (made["village"] % 3 == 0) * 1.0
    made["dose"] = np.round(2 * np.cos(made.index * 1.7))
    made["block"] = made["village"] // 6
    made["n"] = np.floor(np.exp(0.3 * made["x"]) * 3 * np.abs(np.cos(made.index * 2.7)))
    return made


def by_hand(data, treatment, statistic, clusters):
    """Coefficient or t of a treatment beside x and dummies of h, weighted, by statsmodels."""
    outside = pd.get_dummies(data["h"]).to_numpy(dtype=float)
    x = np.column_stack([treatment, data["x"], outside])
    model = sm.WLS(data["y"], x, weights=data["w"])
    if statistic == "coefficient":
        return model.fit().params.iloc[0]
    if clusters is None:
        return model.fit(cov_type="HC0").tvalues.iloc[0]
    how = {"groups": data[clusters], "use_correction": False}
    return model.fit(cov_type="cluster", cov_kwds=how).tvalues.iloc[0]


def drawn(monkeypatch, data, option, formula, **how):
    """The fit, and the treatments that were permuted for it."""
    seen = []
    permuted = engine._permuted

    def watched(*arguments):
        for some in permuted(*arguments):
            seen.append(some)
            yield some

    monkeypatch.setattr(engine, "_permuted", watched)
    fit = regress(formula, data, covariance=option, **how)
    return fit, np.concatenate(seen, axis=1)


@pytest.mark.parametrize("statistic", ["t", "coefficient"])
@pytest.mark.parametrize("cluster", [None, "village"])
def test_p_value_counts_regressions_on_permuted_treatments(
    monkeypatch, statistic: Statistic, cluster
):
    data = table()
    variable = "dose" if cluster is None else "treated"
    option = RandomizationInference(
        variable, draws=60, seed=2, cluster=cluster, statistic=statistic
    )
    formula = f"y ~ x + {variable} | h"
    fit, treatments = drawn(monkeypatch, data, option, formula, weights="w")
    observed = abs(by_hand(data, data[variable], statistic, cluster))
    others = [abs(by_hand(data, one, statistic, cluster)) for one in treatments.T]
    larger = sum(other >= observed * (1 - 1e-9) for other in others)
    assert fit.pvalues[variable] == (larger + 1) / 61
    assert 0 < larger < 60
    assert np.isnan(fit.pvalues["x"])
    assert fit.conf_int().isna().all().all()


def test_likelihoods_take_a_score_test(monkeypatch):
    data = table()
    option = RandomizationInference("dose", draws=40, seed=3)
    fit, treatments = drawn(monkeypatch, data, option, "n ~ x + dose", family="poisson")
    null = sm.GLM(data["n"], sm.add_constant(data[["x"]]), family=sm.families.Poisson())
    mean = null.fit(tol=1e-14).fittedvalues.to_numpy()
    others = np.sqrt(mean)[:, None] * sm.add_constant(data[["x"]]).to_numpy()

    def statistic(treatment):
        left = np.sqrt(mean) * treatment
        left = left - others @ np.linalg.lstsq(others, left, rcond=None)[0]
        residual = (data["n"].to_numpy() - mean) / np.sqrt(mean)
        change = left @ residual / (left @ left)
        scores = left * (residual - change * left)
        return abs(change * (left @ left) / np.sqrt((scores**2).sum()))

    observed = statistic(data["dose"].to_numpy())
    larger = sum(statistic(one) >= observed * (1 - 1e-9) for one in treatments.T)
    assert fit.pvalues["dose"] == (larger + 1) / 41


def test_permutations_keep_clusters_and_strata(monkeypatch):
    data = table()
    option = RandomizationInference("treated", draws=50, seed=1, cluster="village", strata="block")
    _, treatments = drawn(monkeypatch, data, option, "y ~ treated")
    for one in treatments.T:
        values = data.assign(drawn=one).groupby("village")["drawn"]
        assert (values.max() == values.min()).all()
        by_block = data.assign(drawn=one).groupby("block")[["drawn", "treated"]].sum()
        assert (by_block["drawn"] == by_block["treated"]).all()
    assert len(np.unique(treatments, axis=1).T) > 20


def test_it_is_near_the_share_of_all_permutations():
    data = pd.DataFrame({"y": [0.3, 1.1, 2.9, 2.2, 3.7, 1.8], "t": [0.0, 0.0, 1.0, 0.0, 1.0, 1.0]})
    option = RandomizationInference("t", draws=4999, seed=1, statistic="coefficient")
    fit = regress("y ~ t", data, covariance=option)
    y = data["y"].to_numpy()
    gaps = [abs(y[list(o[:3])].mean() - y[list(o[3:])].mean()) for o in permutations(range(6))]
    share = np.mean(np.array(gaps) >= abs(fit.params["t"]) - 1e-9)
    assert fit.pvalues["t"] == pytest.approx(share, abs=4 * np.sqrt(share / 5000))


@FEW
def test_standard_errors_are_hc1_or_cr1():
    data = table()
    fit = regress("y ~ x + treated | h", data)
    option = RandomizationInference("treated", draws=9, seed=1, cluster="village")
    known = fit.with_covariance(Clustered("village")).bse
    assert fit.with_covariance(option).bse.to_numpy() == pytest.approx(known, rel=1e-12)
    rows = RandomizationInference("treated", draws=9, seed=1)
    assert fit.with_covariance(rows).bse.equals(fit.with_covariance(Robust("HC1")).bse)


def test_same_seed_same_bytes_in_blocks_of_any_size(monkeypatch):
    data = table()
    option = RandomizationInference("dose", draws=99, seed=1)
    first = regress("y ~ x + dose | h", data, covariance=option)
    monkeypatch.setattr(engine, "NUMBERS", 500)
    assert regress("y ~ x + dose | h", data, covariance=option).tidy().equals(first.tidy())
    assert first.covariance.factors["permutations"] == 99


def test_refusals_say_why_and_what_else():
    data = table()
    option = RandomizationInference("dose", draws=9, seed=1)
    with pytest.raises(OptionError, match="permute the instrument in the reduced form"):
        regress("y ~ dose | | d ~ z", data, covariance=option)
    with pytest.raises(OptionError, match="a term of the model, not 'dose'; it has 'Intercept', "):
        regress("y ~ x", data, covariance=option)
    with pytest.raises(OptionError, match="'dose' is in 'dose:x' too"):
        regress("y ~ dose + dose:x", data, covariance=option)
    with pytest.raises(TableError, match="'dose' differs within a cluster of 'village'"):
        regress(
            "y ~ dose", data, covariance=RandomizationInference("dose", seed=1, cluster="village")
        )
    with pytest.raises(TableError, match="strata 'h' differs within a cluster of 'village'"):
        regress(
            "y ~ treated",
            data,
            covariance=RandomizationInference("treated", seed=1, cluster="village", strata="h"),
        )
    with pytest.raises(TableError, match="nothing to permute"):
        regress(
            "y ~ treated",
            data,
            covariance=RandomizationInference("treated", seed=1, strata="village"),
        )
    fit = regress("y ~ dose + x", data, covariance=option)
    with pytest.raises(OptionError, match="has p-values of its coefficients only"):
        fit.test("dose = x")
    with pytest.raises(OptionError, match="statistic='z' is not known"):
        RandomizationInference("dose", seed=1, statistic="z")
    with pytest.raises(OptionError, match="seed=-1 must be a whole number of 0 or more"):
        RandomizationInference("dose", seed=-1)


@pytest.mark.slow
def test_it_keeps_its_level_exactly():
    """Rejects 10 in 100 true nulls with 8 rows (Monte Carlo error 1.5 in 100)."""
    random = np.random.default_rng(3)
    rejected = 0
    for seed in range(400):
        data = pd.DataFrame(
            {"y": random.standard_cauchy(16), "t": random.permutation([0.0, 1] * 8)}
        )
        option = RandomizationInference("t", draws=99, seed=seed)
        rejected += regress("y ~ t", data, covariance=option).pvalues["t"] <= 0.1
    assert 0.055 < rejected / 400 < 0.145
