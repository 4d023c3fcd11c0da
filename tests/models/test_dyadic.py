"""Dyadic-robust covariances against a loop over all couples of rows, and regressions of pairs.

Tolerances: 1e-9 relative, the loop adding in another order; sizes within three standard errors.
"""

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.models import Clustered, Robust, SmallSample, regress
from clusterstats.models.covariance import Dyadic
from clusterstats.models.pairs.door import pair_regression
from clusterstats.models.pairs.table import pair_table

PLAIN = SmallSample(adjust_k=False, adjust_g=False)
FEW = pytest.mark.filterwarnings("ignore:standard errors rest on")
INDEFINITE = pytest.mark.filterwarnings("ignore:the dyadic covariance")


def pairs(seed, members=12, *, shared=0.5):
    """All pairs of members whose errors, and regressors, have parts of each member."""
    rng = np.random.default_rng(seed)
    a, b = np.triu_indices(members, 1)
    own, of_x = rng.normal(size=members), rng.normal(size=members)
    x = of_x[a] + of_x[b] + rng.normal(size=len(a))
    z = x + rng.normal(size=len(a))
    u = shared * (own[a] + own[b]) + rng.normal(size=len(a))
    names = np.array([f"{number:03d}" for number in range(members)])
    return pd.DataFrame({"a": names[a], "b": names[b], "x": x, "z": z, "u": u, "y": 1 + x + u})


def looped(scores, table):
    """The sum over all couples of rows with a member in common."""
    members = [set(row) for row in table[["a", "b"]].to_numpy().tolist()]
    meat = np.zeros((scores.shape[1],) * 2)
    for first, of_first in enumerate(members):
        for second, of_second in enumerate(members):
            if of_first & of_second:
                meat += np.outer(scores[first], scores[second])
    return meat


def swapped(table, rows):
    """The same pairs, some of them in the other order."""
    found = table.copy()
    found.loc[rows, ["a", "b"]] = table.loc[rows, ["b", "a"]].to_numpy()
    return found


def years(table):
    return pd.concat(
        [table.assign(year=year, y=table["y"] * (1 + 0.1 * year)) for year in range(2)],
        ignore_index=True,
    )


TABLES = {
    "each pair once": pairs(1),
    "either order": swapped(pairs(1), [0, 5, 7, 30]),
    "both orders": pd.concat([pairs(1), swapped(pairs(2), list(range(66)))], ignore_index=True),
    "years": years(pairs(3)),
    "some with itself": pd.concat(
        [pairs(1), pairs(4).assign(b=lambda t: t["a"]).iloc[:20]], ignore_index=True
    ),
    "sparse": pairs(5, 30).iloc[::7].reset_index(drop=True),
}


@FEW
@INDEFINITE
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
@pytest.mark.parametrize("formula", ["y ~ x", "y ~ 1 | | x ~ z", "y ~ x | a"])
def test_the_sum_over_all_couples_of_rows(table, formula):
    fit = regress(formula, table, covariance=Dyadic("a", "b"), convention=PLAIN)
    solution = fit.solution
    expected = solution.bread @ looped(solution.scores, table) @ solution.bread
    if (np.diag(expected) > 0).all():
        assert fit.covariance.matrix == pytest.approx(expected, rel=1e-9)
    else:
        assert np.linalg.eigvalsh(fit.covariance.matrix).min() > -1e-12


@FEW
@INDEFINITE
def test_poisson_scores():
    table = pairs(6).assign(y=lambda t: np.exp(0.3 * t["x"] + 0.1 * t["u"]))
    fit = regress("y ~ x", table, family="poisson", covariance=Dyadic("a", "b"), convention=PLAIN)
    x = np.column_stack([np.ones(len(table)), table["x"]])
    mean = np.exp(x @ fit.estimates)
    bread = np.linalg.inv(x.T @ (x * mean[:, None]))
    meat = looped(x * (table["y"].to_numpy() - mean)[:, None], table)
    assert fit.covariance.matrix == pytest.approx(bread @ meat @ bread, rel=1e-7)
    assert np.isinf(fit.covariance.df).all()


@FEW
@INDEFINITE
@pytest.mark.parametrize("family", ["logit", "cloglog"])
def test_scores_of_binary_responses(family):
    table = pairs(7, 20).assign(y=lambda t: (t["x"] + 2 * t["u"] > 0) * 1.0)
    fit = regress("y ~ x", table, family=family, covariance=Dyadic("a", "b"), convention=PLAIN)
    x = np.column_stack([np.ones(len(table)), table["x"]])
    linear = x @ fit.estimates
    mean = 1 / (1 + np.exp(-linear)) if family == "logit" else 1 - np.exp(-np.exp(linear))
    slope = mean * (1 - mean) if family == "logit" else np.exp(linear - np.exp(linear))
    scores = x * ((table["y"].to_numpy() - mean) * slope / (mean * (1 - mean)))[:, None]
    bread = fit.solution.bread
    expected = bread @ looped(scores, table) @ bread
    assert fit.covariance.matrix == pytest.approx(expected, rel=1e-6)
    assert fit.with_covariance(Dyadic("b", "a")).bse["x"] == pytest.approx(fit.bse["x"], rel=1e-9)


@FEW
def test_members_that_never_change_columns_make_it_clustering_by_both():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        [(f"o{i}", f"d{j}") for i in range(8) for j in range(9)], columns=["a", "b"]
    )
    table["x"] = rng.normal(size=len(table))
    table["y"] = rng.normal(size=len(table)) + table["a"].str[1:].astype(float)
    found = regress("y ~ x", table, covariance=Dyadic("a", "b"), convention=PLAIN)
    both = Clustered("a", "b", correction="CR0")
    expected = regress("y ~ x", table, covariance=both, convention=PLAIN)
    assert found.covariance.matrix == pytest.approx(expected.covariance.matrix, rel=1e-9)


@FEW
def test_small_sample_factors_count_members_and_coefficients():
    table = pairs(1)
    plain = regress("y ~ x", table, covariance=Dyadic("a", "b"), convention=PLAIN)
    fit = regress("y ~ x", table, covariance=Dyadic("a", "b"))
    factor = (66 - 1) / (66 - 2) * 12 / 11
    assert fit.covariance.matrix == pytest.approx(factor * plain.covariance.matrix, rel=1e-12)
    assert fit.covariance.df == pytest.approx([11, 11])
    assert fit.covariance.factors["members"] == 12
    assert fit.covariance.factors["pairs"] == 66


@FEW
def test_a_matrix_that_is_not_positive_is_repaired_or_left_as_asked():
    table = pairs(9, members=5)
    scores = regress("y ~ x + z", table).solution.scores
    assert np.linalg.eigvalsh(looped(scores, table)).min() < -1e-6  # scores sum to 0
    option = Dyadic("a", "b")
    with pytest.warns(ClusterstatsWarning, match="the dyadic covariance was not positive"):
        fit = regress(
            "y ~ x + z", table, covariance=option, convention=SmallSample(repair="eigenvalue")
        )
    assert np.linalg.eigvalsh(fit.covariance.matrix).min() > -1e-12
    assert fit.covariance.factors["negative eigenvalues set to 0"] >= 1


def test_few_members_bring_a_warning():
    with pytest.warns(ClusterstatsWarning, match="rest on 12 members of pairs; below 42"):
        regress("y ~ x", pairs(1), covariance=Dyadic("a", "b"))


def test_errors_of_the_option():
    table = pairs(1, 50)
    with pytest.raises(OptionError, match="needs two columns, one for each member"):
        Dyadic("a")
    with pytest.raises(OptionError, match="needs two columns, one for each member"):
        Dyadic("a", "a")
    with pytest.raises(OptionError, match="needs the columns of both members"):
        regress("y ~ x", table, covariance=Dyadic())
    with pytest.raises(TableError, match=r"no column 'c' \(member of a pair\)"):
        regress("y ~ x", table, covariance=Dyadic("a", "c"))
    blank = table.assign(b=table["b"].where(table.index != 3))
    with pytest.raises(TableError, match=r"'b' \(member of a pair\) is blank in 1 row"):
        regress("y ~ x", blank, covariance=Dyadic("a", "b"))
    with pytest.raises(TableError, match="'b' has numbers and 'a' text"):
        regress("y ~ x", table.assign(b=table["b"].astype(int)), covariance=Dyadic("a", "b"))


def test_instruments_have_a_first_stage_with_the_same_errors():
    table = pairs(2, 50)
    fit = regress("y ~ 1 | | x ~ z", table, covariance=Dyadic("a", "b"))
    first = regress("x ~ z", table, covariance=Dyadic("a", "b"))
    assert fit.glance()["kleibergen_paap_f"].item() == pytest.approx(first.tvalues["z"] ** 2)


def named(table):
    return table.rename(columns={"a": "industry", "b": "industry2"})


def test_pair_regression_is_the_regression_with_dyadic_errors():
    table = named(pairs(2, 50))
    fit = pair_regression("y ~ x", table, covariance=Dyadic())
    plain = regress("y ~ x", table, covariance=Dyadic("industry", "industry2"))
    assert fit.covariance.matrix == pytest.approx(plain.covariance.matrix, rel=1e-12)
    assert fit.with_covariance(Robust()).bse["x"] == pytest.approx(
        regress("y ~ x", table, covariance=Robust()).bse["x"], rel=1e-12
    )
    assert fit.predict(table.head(3)).tolist() == pytest.approx(
        plain.predict(table.head(3)).tolist()
    )
    assert not fit.scales


@pytest.mark.parametrize("formula", ["y ~ x + near", "y ~ near | | x ~ z", "y ~ x + near | half"])
def test_standardized_coefficients(formula):
    table = named(pairs(2, 50)).assign(near=lambda t: (t["z"] > 0) * 1.0)
    table["half"] = np.arange(len(table)) % 2
    plain = pair_regression(formula, table)
    fit = pair_regression(formula, table, standardize=True)
    ratio = table["x"].std() / table["y"].std()
    assert fit.params["x"] == pytest.approx(plain.params["x"] * ratio, rel=1e-9)
    assert fit.bse["x"] == pytest.approx(plain.bse["x"] * ratio, rel=1e-9)
    assert fit.params["near"] == pytest.approx(plain.params["near"] / table["y"].std(), rel=1e-9)
    assert fit.scales["x"] == pytest.approx(table["x"].std(), rel=1e-12)
    assert fit.scales["near"] == 1
    assert fit.predict(table).tolist() == pytest.approx(fit.fittedvalues.tolist(), rel=1e-7)
    scaled = plain.predict(table) / table["y"].std()
    assert fit.predict(table).tolist() == pytest.approx(scaled.tolist(), rel=1e-7)


def test_pairs_are_there_once():
    table = named(pairs(2, 50))
    turned = table.head(1).rename(columns={"industry": "industry2", "industry2": "industry"})
    with pytest.raises(TableError, match=r"1 pair\(s\) are there more than once.*'000', '001'"):
        pair_regression("y ~ x", pd.concat([table, turned], ignore_index=True))
    with pytest.raises(TableError, match=r"1 row\(s\) pair an industry with itself, first '000'"):
        pair_regression("y ~ x", pd.concat([table, turned.assign(industry="000")]))
    with pytest.raises(TableError, match="'industry' is blank in 1 row"):
        pair_regression("y ~ x", table.assign(industry=table["industry"].where(table.index > 0)))
    with pytest.raises(TableError, match="no column 'industry'"):
        pair_regression("y ~ x", pairs(2))
    twice = years(table)
    fit = pair_regression("y ~ x | year", twice, time="year")
    assert fit.covariance.factors["pairs"] == len(table)
    with pytest.raises(TableError, match="more than once"):
        pair_regression("y ~ x | year", twice)


def test_the_table_of_pairs():
    rng = np.random.default_rng(1)
    jobs = pd.DataFrame(
        [(r, i, rng.integers(1, 90)) for r in "ABCDE" for i in ("film", "games", "mills")],
        columns=["region", "industry", "employment"],
    )
    index = cs.coagglomeration(jobs)
    flows = pd.DataFrame(
        {
            "industry": ["film", "games", "mills", "film", "mills"],
            "industry2": ["games", "film", "film", "mills", "games"],
            "flow": [0.2, 0.3, np.nan, 0.1, 0.4],
        }
    )
    skills = cs.location_correlation(jobs, of="region_shares")
    table = pair_table(index, {"labor": skills, "flow": flows})
    assert list(table.columns) == ["industry", "industry2", "coagglomeration", "labor", "flow"]
    assert table["coagglomeration"].tolist() == index["estimate"].tolist()
    assert table["labor"].tolist() == skills["estimate"].tolist()
    assert table["flow"].tolist() == pytest.approx([0.3, np.nan, 0.4], nan_ok=True)
    mean = pair_table(index, {"flow": flows.dropna()}, combine="mean")
    assert mean["flow"].tolist() == pytest.approx([0.25, 0.1, 0.4])
    with pytest.raises(TableError, match="same pair twice in the same order"):
        pair_table(index, {"flow": pd.concat([flows, flows])})
    with pytest.raises(TableError, match="proxy 'flow' has no column 'industry2'"):
        pair_table(index, {"flow": flows.drop(columns="industry2")})
    with pytest.raises(OptionError, match="can't be called 'coagglomeration'"):
        pair_table(index, {"coagglomeration": flows})
    with pytest.raises(OptionError, match="combine='min' is not known"):
        pair_table(index, {"flow": flows}, combine="min")


@pytest.mark.slow
def test_size_with_shocks_of_members():
    draws = 1000
    rejected = dict.fromkeys(["dyadic", "robust"], 0.0)
    for seed in range(draws):
        table = pairs(seed, 80, shared=1.0)
        fit = regress("y ~ x", table, covariance=Dyadic("a", "b"))
        for name, found in (("dyadic", fit), ("robust", fit.with_covariance(Robust("HC1")))):
            low, high = found.conf_int().loc["x"]
            rejected[name] += (not low <= 1 <= high) / draws
    assert rejected["robust"] > 0.3
    assert 0.03 < rejected["dyadic"] < 0.1  # 80 members: close to 5 in 100, a little above
