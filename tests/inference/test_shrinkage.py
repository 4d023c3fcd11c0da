"""Empirical Bayes: formulas by hand and by another program, coverage and error on made-up truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import nbinom

import clusterstats as cs
from clusterstats.inference.shrinkage import gamma_poisson, normal_prior


def seen(seed: int, n: int = 20) -> tuple[pd.DataFrame, np.ndarray]:
    """A result, and the true values behind it."""
    rng = np.random.default_rng(seed)
    error = np.sqrt(rng.uniform(0.05, 0.8, n))
    truth = rng.normal(0.3, 0.5, n)
    regions = [f"R{k:02d}" for k in range(n)]
    estimate = truth + error * rng.normal(size=n)
    return pd.DataFrame({"region": regions, "estimate": estimate, "std_error": error}), truth


def test_moments_are_those_of_statsmodels() -> None:
    meta = pytest.importorskip("statsmodels.stats.meta_analysis")
    result, _ = seen(1)
    y, variance = result["estimate"].to_numpy(), result["std_error"].to_numpy() ** 2
    theirs = meta.combine_effects(y, variance, method_re="dl")
    ours = normal_prior(y, variance, "moments")
    assert ours.variance == pytest.approx(theirs.tau2, rel=1e-12)
    assert ours.mean == pytest.approx(theirs.mean_effect_re, rel=1e-12)


def test_reml_maximizes_the_restricted_likelihood() -> None:
    result, _ = seen(2)
    y, variance = result["estimate"].to_numpy(), result["std_error"].to_numpy() ** 2

    def minus(between: float) -> float:
        weight = 1 / (variance + between)
        mean = np.average(y, weights=weight)
        return float(
            np.log(1 / weight).sum() + np.log(weight.sum()) + (weight * (y - mean) ** 2).sum()
        )

    best = minimize_scalar(minus, bounds=(0, 3), method="bounded", options={"xatol": 1e-10})
    assert normal_prior(y, variance).variance == pytest.approx(best.x, abs=1e-6)


def test_equal_errors_give_james_and_stein_toward_the_mean() -> None:
    y = np.array([1.0, 2.0, 4.0, 5.0, 8.0])
    result = cs.shrink(pd.DataFrame({"region": list("ABCDE"), "estimate": y, "std_error": 1.0}))
    squares = ((y - 4.0) ** 2).sum()
    assert np.allclose(result["shrunk"], 4 + (1 - (5 - 3) / squares) * (y - 4), atol=1e-9)
    assert np.allclose(result["weight"], 1 - 2 / squares, atol=1e-9)
    pull = 2 / squares
    error = np.sqrt(1 - 0.8 * pull + 2 / 2 * pull**2 * (y - 4) ** 2)
    assert np.allclose(result["shrunk_high"] - result["shrunk"], 1.959963984540054 * error)


def test_rows_that_differ_by_chance_only_go_nearly_to_their_mean() -> None:
    y = np.array([1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0])
    result = cs.shrink(pd.DataFrame({"region": list("ABCDEFG"), "estimate": y, "std_error": 1.0}))
    assert np.allclose(result["weight"], 1 - 4 / 6)


def test_over_takes_each_group_alone() -> None:
    result, _ = seen(3)
    both = pd.concat([result.assign(industry="a"), result.assign(industry="b", estimate=9.0)])
    shrunk = cs.shrink(both, over="region")
    alone = cs.shrink(result)
    first = shrunk[shrunk["industry"] == "a"]
    assert np.allclose(first["shrunk"], alone["shrunk"], rtol=1e-12)
    assert np.allclose(shrunk.loc[shrunk["industry"] == "b", "shrunk"], 9.0)


def test_unknown_rows_stay_unknown_and_the_input_is_untouched() -> None:
    result, _ = seen(4)
    result.loc[3, "estimate"] = np.nan
    result.loc[5, "std_error"] = 0.0
    before = result.copy()
    shrunk = cs.shrink(result)
    pd.testing.assert_frame_equal(result, before)
    assert shrunk["shrunk"].isna().to_numpy().nonzero()[0].tolist() == [3, 5]
    assert cs.shrink(result.head(3))["shrunk"].isna().all()


@pytest.mark.parametrize("method", ["reml", "moments"])
def test_intervals_cover_and_the_error_is_smaller(method: str) -> None:
    inside, ours, raw = [], [], []
    for seed in range(150):
        result, truth = seen(seed)
        shrunk = cs.shrink(result, method=method)  # type: ignore[arg-type]
        inside.append(shrunk["shrunk_low"].le(truth) & shrunk["shrunk_high"].ge(truth))
        ours.append((shrunk["shrunk"] - truth) ** 2)
        raw.append((result["estimate"] - truth) ** 2)
    assert np.mean(inside) == pytest.approx(0.95, abs=0.02)  # 3,000 rows, alike within a draw
    assert np.mean(ours) < 0.6 * np.mean(raw)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "mle"}, "method='mle' is not known"),
        ({"over": "industry"}, "over='industry' is not known"),
        ({"level": 1.0}, "level=1.0 is not a probability"),
    ],
)
def test_options_are_checked(options: dict[str, object], message: str) -> None:
    with pytest.raises(cs.OptionError, match=message):
        cs.shrink(seen(1)[0], **options)  # type: ignore[arg-type]


def test_a_result_without_errors_is_refused() -> None:
    with pytest.raises(cs.TableError, match="no column 'std_error'; measure it with inference="):
        cs.shrink(seen(1)[0].drop(columns="std_error"))


class TestCounts:
    """The gamma-Poisson model."""

    def test_shape_and_rate_are_the_likeliest(self) -> None:
        rng = np.random.default_rng(1)
        expected = rng.uniform(0.5, 20, 60)
        observed = rng.poisson(rng.gamma(3, 1 / 3, 60) * expected).astype(float)
        mean, _, _, weight = gamma_poisson(observed, expected)
        rate = float(expected[0] * (1 - weight[0]) / weight[0])
        shape = float(mean[0] * (expected[0] + rate) - observed[0])

        def likelihood(shape: float, rate: float) -> float:
            return float(nbinom.logpmf(observed, shape, rate / (expected + rate)).sum())

        best = likelihood(shape, rate)
        for factor in (0.98, 1.02):
            assert likelihood(shape * factor, rate) < best
            assert likelihood(shape, rate * factor) < best
            assert likelihood(shape * factor, rate * factor) < best

    def test_intervals_cover_and_the_error_is_smaller(self) -> None:
        rng = np.random.default_rng(2)
        expected = rng.uniform(0.5, 10, 2000)
        truth = rng.gamma(4, 1 / 4, 2000)
        observed = rng.poisson(truth * expected).astype(float)
        mean, low, high, _ = gamma_poisson(observed, expected)
        assert ((low <= truth) & (truth <= high)).mean() == pytest.approx(0.95, abs=0.015)
        assert ((mean - truth) ** 2).mean() < 0.6 * ((observed / expected - truth) ** 2).mean()

    def test_the_door_gives_quotients_and_keeps_zeros(self) -> None:
        table = pd.DataFrame(
            {
                "region": list("ABCDE") * 2,
                "industry": ["film"] * 5 + ["other"] * 5,
                "establishments": [2, 60, 0, 9, 5, 20, 900, 30, 10, 300],
            }
        )
        result = cs.shrunk_location_quotient(table)
        raw = cs.location_quotient(table, value="establishments")
        assert np.allclose(result["estimate"], raw["estimate"], rtol=1e-12)
        film = result[result["industry"] == "film"].set_index("region")
        assert film.loc["C", "estimate"] == 0
        assert film.loc["C", "shrunk"] > 0
        assert film["shrunk"].between(film["shrunk_low"], film["shrunk_high"]).all()

    def test_what_is_no_count_is_refused(self) -> None:
        table = pd.DataFrame({"region": ["A", "B"], "industry": "x", "employment": [1.5, 2]})
        with pytest.raises(cs.TableError, match="is 1.5 at region 'A', industry 'x'"):
            cs.shrunk_location_quotient(table, value="employment")
