"""Wild bootstraps against other programs and against one regression for each draw.

p-values of all draws are counts and must be equal; ends of intervals are where these counts change.
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.models import Clustered, WildBootstrap, regress
from clusterstats.models.covariance import wild
from clusterstats.models.covariance.multipliers import multipliers
from tests.models.oracles.example import example

CLUSTERS = 7
ALL = WildBootstrap("c", seed=1)
INCIDENTAL = pytest.mark.filterwarnings("ignore:.*incidental parameters")
FEW = pytest.mark.filterwarnings("ignore:standard errors rest on")


def table(rows=160):
    made = example(rows).assign(c=lambda t: (t.index * 3 + t.index // 5) % CLUSTERS)
    made = made.assign(h=made["g"] % 9, l=made["f"] % 5, b=(made["y"] > 1) * 1.0)
    steps = np.exp(0.3 * made["x"] + 0.1 * made["d"] + 0.4 * np.sin(made["c"])) * 3
    return made.assign(n=np.floor(steps * np.abs(np.cos(made.index * 2.7))))


def dummies(data, effects):
    parts = [pd.get_dummies(data[name].astype(str)).to_numpy(dtype=float) for name in effects]
    every = np.concatenate([np.ones((len(data), 1)), *parts], axis=1)
    basis, size, _ = np.linalg.svd(every, full_matrices=False)
    return basis[:, size > 1e-10 * size[0]]


def share(data, statistic, drawn):
    """Share of all vectors of signs whose statistic is that of the sample or more."""
    signs = [np.array(v)[data["c"]] for v in product([1, -1], repeat=CLUSTERS)]
    return np.mean([abs(drawn(v)) >= abs(statistic) * (1 - 1e-9) for v in signs])


def t_statistic(y, k, projection, combination, null, clusters):
    """(r'b - null) over its standard error by CR0, by two-stage least squares of rows."""
    hat = k if projection is None else projection @ k
    bread = np.linalg.pinv(hat.T @ hat)
    params = bread @ hat.T @ y
    scores = hat * (y - k @ params)[:, None]
    sums = np.array([scores[clusters == g].sum(axis=0) for g in np.unique(clusters)])
    variance = combination @ bread @ (sums.T @ sums) @ bread @ combination
    return (combination @ params - null) / np.sqrt(variance), params, bread


def least_squares_loop(data, effects, weights, combination, null):
    root = np.ones(len(data)) if weights is None else np.sqrt(data[weights].to_numpy())
    x = np.column_stack([data[["x", "d"]], dummies(data, effects)]) * root[:, None]
    y, clusters = data["y"].to_numpy() * root, data["c"].to_numpy()
    r = np.zeros(x.shape[1])
    r[:2] = combination
    observed, params, bread = t_statistic(y, x, None, r, null, clusters)
    params = params - bread @ r * (r @ params - null) / (r @ bread @ r)
    residual = y - x @ params

    def drawn(v):
        return t_statistic(x @ params + v * residual, x, None, r, null, clusters)[0]

    return share(data, observed, drawn)


def instruments_loop(data, effects, weights, combination, null):
    root = np.ones(len(data)) if weights is None else np.sqrt(data[weights].to_numpy())
    outside = dummies(data, effects)
    k = np.column_stack([data[["x", "d"]], outside]) * root[:, None]
    w = np.column_stack([data[["x", "z", "z2"]], outside]) * root[:, None]
    y, clusters, projection = (
        data["y"].to_numpy() * root,
        data["c"].to_numpy(),
        w @ np.linalg.pinv(w),
    )
    r = np.zeros(k.shape[1])
    r[:2] = combination
    observed, params, bread = t_statistic(y, k, projection, r, null, clusters)
    params = params - bread @ r * (r @ params - null) / (r @ bread @ r)
    residual = y - k @ params
    both = np.column_stack([w, residual])
    fitted = w @ np.linalg.lstsq(both, k[:, 1], rcond=None)[0][:-1]
    rest = k[:, 1] - fitted

    def drawn(v):
        again = k.copy()
        again[:, 1] = fitted + v * rest
        y_drawn = again @ params + v * residual
        return t_statistic(y_drawn, again, projection, r, null, clusters)[0]

    return share(data, observed, drawn)


def score_loop(data, response, family, combination, null):
    """Score test of `x` or `d` with the others estimated by statsmodels."""
    place = int(np.flatnonzero(combination)[0])
    x = np.column_stack([data[["x", "d"]], pd.get_dummies(data["l"]).to_numpy(dtype=float)])
    y, w = data[response].to_numpy(), data["w"].to_numpy()
    others = np.delete(x, place, axis=1)
    model = sm.GLM(y, others, family=family, offset=null * x[:, place], freq_weights=w)
    params = model.fit(tol=1e-14, maxiter=200).params
    linear = others @ params + null * x[:, place]
    mean, slope = family.fitted(linear), family.link.inverse_deriv(linear)
    variance = family.variance(mean)
    scores = x * (w * (y - mean) * slope / variance)[:, None]
    hessian = (x * (w * slope**2 / variance)[:, None]).T @ x
    row = scores @ np.linalg.inv(hessian)[place]

    def drawn(v):
        sums = np.array([(v * row)[data["c"] == g].sum() for g in range(CLUSTERS)])
        return sums.sum() / np.sqrt((sums**2).sum())

    return share(data, drawn(np.ones(len(data))), drawn)


@FEW
def test_wildboottest_and_pyfixest_on_grunfeld(data_dir, reference_dir):
    grunfeld = pd.read_csv(data_dir / "grunfeld" / "grunfeld.csv")
    known = pd.read_csv(reference_dir / "computed" / "wild_cluster_bootstrap.csv")
    option = WildBootstrap("firm", seed=1)
    pooled = regress("inv ~ capital + value", grunfeld, covariance=option)
    within = regress("inv ~ capital + value | firm", grunfeld, covariance=option)
    t, above, at_least, above_within = known["value"]
    assert pooled.tvalues["capital"] == pytest.approx(t, rel=1e-12)
    assert pooled.pvalues["capital"] == at_least
    # those programs count draws beyond |t|; the draws of signs all alike are the sample itself
    assert at_least == above + 2 / 1024
    assert within.pvalues["capital"] == above_within + 2 / 1024
    assert pooled.covariance.factors["all draws"] == 1
    assert pooled.covariance.factors["draws"] == 1024


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effects", [(), ("h",), ("c", "l"), ("h", "l")])
def test_least_squares_equal_to_a_regression_for_each_draw(effects, weights):
    data = table()
    formula = "y ~ x + d" + (f" | {' + '.join(effects)}" if effects else "")
    fit = regress(formula, data, weights=weights, covariance=ALL)
    for combination, text, null in [
        ((0, 1), "d", 2.3),
        ((1, 0), "x", 0.9),
        ((-2, 1), "d - 2*x", 1.0),
    ]:
        known = least_squares_loop(data, effects, weights, np.array(combination), null)
        found = fit.test(f"{text} = {null}")
        assert found["p_value"].item() == known, text
    for place, name in enumerate(["x", "d"]):
        unit = np.eye(2)[place]
        assert fit.pvalues[name] == least_squares_loop(data, effects, weights, unit, 0.0)


def test_effects_with_many_levels_are_taken_through_the_absorber(monkeypatch):
    fit = regress("y ~ x + d | h + l", table(), weights="w", covariance=ALL)
    monkeypatch.setattr(wild, "MOST_LEVELS", 0)
    again = regress("y ~ x + d | h + l", table(), weights="w", covariance=ALL)
    assert again.pvalues.equals(fit.pvalues)
    assert again.conf_int().to_numpy() == pytest.approx(fit.conf_int().to_numpy(), rel=1e-7)


@pytest.mark.parametrize(("effects", "weights"), [((), None), (("h",), None), (("h", "l"), "w")])
def test_instruments_equal_to_a_regression_for_each_draw(effects, weights):
    data = table()
    formula = f"y ~ x | {' + '.join(effects)} | d ~ z + z2"
    fit = regress(formula, data, weights=weights, covariance=ALL)
    for combination, text, null in [((0, 1), "d", 1.7), ((0, 1), "d", 2.2), ((1, 0), "x", 0.9)]:
        known = instruments_loop(data, effects, weights, np.array(combination), null)
        assert fit.test(f"{text} = {null}")["p_value"].item() == known, (text, null)
    assert fit.pvalues["x"] == instruments_loop(data, effects, weights, np.array([1, 0]), 0.0)
    assert fit.covariance.name == "wild bootstrap by c (WRE, rademacher)"


@INCIDENTAL
@pytest.mark.parametrize(
    ("response", "family", "known"),
    [
        ("n", "poisson", sm.families.Poisson()),
        ("b", "logit", sm.families.Binomial()),
        ("b", "cloglog", sm.families.Binomial(sm.families.links.CLogLog())),
    ],
)
@pytest.mark.filterwarnings("ignore:.*(frequency weights|freq_weights)")
def test_scores_equal_to_a_score_test_of_statsmodels_for_each_draw(response, family, known):
    data = table(260)
    fit = regress(f"{response} ~ x + d | l", data, family=family, weights="w", covariance=ALL)
    for place, name in enumerate(["x", "d"]):
        unit = np.eye(2)[place]
        close = round(float(fit.params[name] - fit.bse[name]), 3)
        for null in (0.0, close):
            expected = score_loop(data, response, known, unit, null)
            assert fit.test(f"{name} = {null}")["p_value"].item() == expected, (name, null)
        low, high = fit.conf_int().loc[name]
        width = 1e-3 * (high - low)
        ends = [low - width, low + width, high - width, high + width]
        inside = [score_loop(data, response, known, unit, end) > 0.05 for end in ends]
        assert inside == [False, True, True, False]


@pytest.mark.parametrize("formula", ["y ~ x + d | l", "y ~ x | l | d ~ z + z2"])
def test_an_interval_holds_the_values_that_are_not_rejected(formula):
    fit = regress(formula, table(), covariance=WildBootstrap("c", seed=1, level=0.9))
    low, high = fit.conf_int(0.9).loc["d"]
    width = 0.01 * (high - low)
    ends = [low - width, low + width, high - width, high + width]
    p_values = [fit.test(f"d = {end}")["p_value"].item() for end in ends]
    assert [p > 0.1 for p in p_values] == [False, True, True, False]
    row = fit.test("d = 0.5").iloc[0]
    assert row["conf_low"] == pytest.approx(low - 0.5, rel=1e-9)
    with pytest.raises(OptionError, match=r"was asked for intervals at level 0\.9"):
        fit.conf_int(0.95)


@FEW
def test_standard_errors_are_those_of_clusters():
    fit = regress("y ~ x + d | l", table(), covariance=ALL)
    known = fit.with_covariance(Clustered("c"))
    assert fit.bse.to_numpy() == pytest.approx(known.bse.to_numpy(), rel=1e-12)
    assert (fit.covariance.df == known.covariance.df).all()


@pytest.mark.parametrize("kind", ["rademacher", "webb", "mammen", "normal"])
def test_multipliers_have_mean_0_and_variance_1_and_a_seed_for_each_block(kind):
    option = WildBootstrap("c", draws=20_500, multipliers=kind, seed=4)
    drawn = np.concatenate(list(multipliers(option, 20)), axis=1)
    assert drawn.shape == (20, 20_500)
    assert drawn.mean() == pytest.approx(0, abs=5 / np.sqrt(drawn.size))
    assert (drawn**2).mean() == pytest.approx(1, abs=10 / np.sqrt(drawn.size))
    if kind == "mammen":
        assert (drawn**3).mean() == pytest.approx(1, abs=20 / np.sqrt(drawn.size))
    fewer = WildBootstrap("c", draws=1000, multipliers=kind, seed=4)
    assert (np.concatenate(list(multipliers(fewer, 20)), axis=1) == drawn[:, :1000]).all()


def test_same_seed_same_bytes_and_random_draws_count_the_sample():
    data = table()
    option = WildBootstrap("c", draws=99, multipliers="webb", seed=3)
    first, second = (regress("y ~ x + d", data, covariance=option) for _ in range(2))
    assert first.tidy().equals(second.tidy())
    other = regress("y ~ x + d", data, covariance=WildBootstrap("c", 99, "webb", seed=5))
    assert not first.conf_int().equals(other.conf_int())
    assert (first.pvalues * 100 % 1).abs().max() < 1e-9
    assert first.pvalues.min() >= 0.01


def test_without_the_null_imposed_one_distribution_serves_all_values():
    data = table()
    option = WildBootstrap("c", seed=1, null_imposed=False)
    fit = regress("y ~ x + d | l", data, covariance=option)
    assert fit.covariance.name == "wild bootstrap by c (WCU, rademacher)"
    low, high = fit.conf_int().loc["d"]
    assert low + high == pytest.approx(2 * fit.params["d"], rel=1e-8)
    again = regress("n ~ x + d", data, family="poisson", covariance=option)
    low, high = again.conf_int().loc["d"]
    assert low + high == pytest.approx(2 * again.params["d"], rel=1e-3)


@pytest.mark.parametrize(("response", "family"), [("y", "linear"), ("n", "poisson")])
def test_very_few_clusters_are_warned_of_and_leave_intervals_open(response, family):
    data = table().assign(four=lambda t: t["c"] % 4)
    option = WildBootstrap("four", seed=1)
    with (
        pytest.warns(ClusterstatsWarning, match=r"4 clusters of 'four' have 16 vectors.*webb"),
        pytest.warns(ClusterstatsWarning, match=r"95% interval of 'Intercept', 'x'.* no end"),
    ):
        fit = regress(f"{response} ~ x", data, family=family, covariance=option)
    assert np.isinf(fit.conf_int()).all().all()
    assert set(np.round(fit.pvalues * 16, 9) % 1) == {0.0}


def test_clusters_of_pairs_of_columns():
    data = table()
    pairs = regress("y ~ x", data, covariance=WildBootstrap("c^l", draws=199, seed=1))
    joined = data.assign(both=data["c"].astype(str) + "-" + data["l"].astype(str))
    same = regress("y ~ x", joined, covariance=WildBootstrap("both", draws=199, seed=1))
    assert pairs.pvalues.equals(same.pvalues)
    mixed = data.sample(frac=1, random_state=1)
    again = regress("y ~ x", mixed, covariance=WildBootstrap("c^l", draws=199, seed=1))
    assert again.pvalues.equals(pairs.pvalues)


def test_refusals_say_why_and_what_else():
    fit = regress("y ~ x + d", table(), covariance=ALL)
    with pytest.raises(OptionError, match="tests one equation at a time, not 2.*CR2"):
        fit.test("x = 0, d = 1")
    with pytest.raises(OptionError, match=r"cluster=\('c', 'l'\) must be the name of one column"):
        WildBootstrap(("c", "l"), seed=1)
    with pytest.raises(OptionError, match="draws=0 must be a whole number of 1 or more"):
        WildBootstrap("c", draws=0, seed=1)
    with pytest.raises(OptionError, match="multipliers='gamma' is not known; use one of 'radem"):
        WildBootstrap("c", multipliers="gamma", seed=1)
    with pytest.raises(OptionError, match="level=95 must lie between 0 and 1"):
        WildBootstrap("c", seed=1, level=95)
    with pytest.raises(TypeError, match="seed"):
        WildBootstrap("c")
    with pytest.raises(TableError, match="no column 'region' to cluster by"):
        regress("y ~ x", table(), covariance=WildBootstrap("region", seed=1))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*have no end")
def test_it_keeps_its_level_with_few_uneven_clusters():
    """Rejects 5 in 100 true nulls (Monte Carlo error 1 in 100), where CR1 rejects twice as many."""
    random = np.random.default_rng(2)
    sizes = np.array([5, 5, 10, 10, 15, 20, 30, 45, 60, 100])
    cluster = np.repeat(np.arange(10), sizes)
    wrong, naive = 0, 0
    for _ in range(400):
        shared = random.normal(size=(2, 10))[:, cluster]
        x = shared[0] + random.normal(size=len(cluster))
        y = shared[1] + random.normal(size=len(cluster))
        data = pd.DataFrame({"y": y, "x": x, "c": cluster})
        fit = regress("y ~ x", data, covariance=WildBootstrap("c", seed=1))
        wrong += fit.pvalues["x"] < 0.05
        naive += abs(fit.tvalues["x"]) > 1.96
    assert 0.02 < wrong / 400 < 0.08
    assert naive / 400 > 0.1
