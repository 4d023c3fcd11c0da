"""Intervals around shrunken values that rest on two moments of the true ones, not on their law."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.stats import ncx2, norm

import clusterstats as cs
from clusterstats.inference.robust import critical_values, moments_of_truth

PRINTED = [
    (5.0, 3.0, 0.95, 11.88358367),
    (1.0, 3.0, 0.80, 1.8494683),
    (10.0, 3.0, 0.95, 24.86172217),
    (2.8, 8.0, 0.90, 7.0779747158),
]
"""Root of the mean squared bias, kurtosis, level and cva, as tests/testthat/test-cv.R of the
authors' R package ebci (github.com/kolesarm/ebci, 1.0.0) prints them."""


def one(bias: float, kurtosis: float, level: float = 0.95) -> float:
    """One critical value."""
    return float(critical_values(np.array([bias]), kurtosis, level)[0])


def missed(t: np.ndarray, half: float) -> np.ndarray:
    """How often a standard normal with mean sqrt(t) is further from 0 than half."""
    return norm.cdf(-np.sqrt(t) - half) + norm.sf(half - np.sqrt(t))


def by_programme(bias: float, kurtosis: float, half: float) -> float:
    """The worst law's share of misses: a linear programme over a fine grid of t."""
    end = max(1.5 * kurtosis * bias, (half + 9) ** 2)
    t = np.unique(np.r_[0, bias, np.linspace(0, np.sqrt(end), 2500) ** 2])
    found = linprog(
        -missed(t, half),
        A_eq=[np.ones_like(t), t / bias],
        b_eq=[1, 1],
        A_ub=[(t / bias) ** 2],
        b_ub=[kurtosis],
    )
    return float(-found.fun)


@pytest.mark.parametrize(("root", "kurtosis", "level", "printed"), PRINTED)
def test_critical_values_are_those_of_the_authors_package(
    root: float, kurtosis: float, level: float, printed: float
) -> None:
    assert one(root**2, kurtosis, level) == pytest.approx(printed, rel=1e-8)


@pytest.mark.parametrize("bias", [0.05, 0.6, 2.0, 9.0, 60.0, 2500.0])
@pytest.mark.parametrize("kurtosis", [1.2, 3.0, 12.0, 200.0])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_worst_law_misses_at_the_level(bias: float, kurtosis: float, level: float) -> None:
    half = one(bias, kurtosis, level)
    assert by_programme(bias, kurtosis, half) == pytest.approx(1 - level, abs=2e-4)


def test_ends_are_known_values() -> None:
    assert one(0.0, 3.0) == pytest.approx(norm.ppf(0.975), abs=1e-9)
    for bias in (0.5, 4.0):
        fixed = np.sqrt(ncx2.ppf(0.95, 1, bias))  # kurtosis 1: the bias is known but for its sign
        assert one(bias, 1.0) == pytest.approx(fixed, abs=1e-8)
        assert fixed < one(bias, 3.0) < one(bias, 30.0) <= one(bias, inf) + 1e-9
        assert one(bias, inf) < np.sqrt((1 + bias) / 0.05)  # Chebyshev


def test_many_biases_are_read_between_knots() -> None:
    bias = np.random.default_rng(1).uniform(0.01, 40, 900)
    some = np.arange(0, 900, 45)
    read = critical_values(bias, 6.0, 0.95)[some]
    np.testing.assert_allclose(read, critical_values(bias[some], 6.0, 0.95), atol=1e-4)


def test_moments_are_those_of_the_paper_and_never_vanish() -> None:
    y, variance = np.array([0.3, -1.2, 6.9, 0.1, 0.4]), np.array([0.2, 0.5, 0.1, 0.4, 0.25])
    w = [1 / v for v in variance]
    mean = sum(a * b for a, b in zip(w, y, strict=True)) / sum(w)
    e2 = [(a - mean) ** 2 for a in y]
    rows = list(zip(w, e2, variance, strict=True))
    second = sum(a * (e - v) for a, e, v in rows) / sum(w)
    fourth = sum(a * (e * e - 6 * v * e + 3 * v * v) for a, e, v in rows) / sum(w)
    assert moments_of_truth(y, variance) == pytest.approx((mean, second, fourth / second**2))
    alike = np.full(5, 0.7)
    least = 2 * 5 / (sum(w) * 5)
    noise = 32 * sum(v * v for v in variance) / (sum(w) * sum(variance))
    floor = (0.7, least, 1 + noise / least**2)
    assert moments_of_truth(alike, variance) == pytest.approx(floor)


def result(y: np.ndarray, error: np.ndarray) -> pd.DataFrame:
    """Estimates of regions with their errors."""
    names = [f"R{r:06d}" for r in range(len(y))]
    return pd.DataFrame({"region": names, "estimate": y, "std_error": error})


def test_shrunken_values_lie_between_their_own_and_the_mean() -> None:
    rng = np.random.default_rng(5)
    error = rng.uniform(0.3, 1.5, 400)
    y = rng.standard_t(5, 400) + rng.normal(size=400) * error
    shown = cs.shrink(result(y, error), method="robust", level=0.9)
    mean, between, kurtosis = moments_of_truth(y, error**2)
    weight = between / (between + error**2)
    np.testing.assert_allclose(shown["weight"], weight)
    np.testing.assert_allclose(shown["shrunk"], mean + weight * (y - mean))
    half = critical_values(error**2 / between, kurtosis, 0.9) * weight * error
    np.testing.assert_allclose(shown["shrunk_high"] - shown["shrunk"], half)
    np.testing.assert_allclose(shown["shrunk"] - shown["shrunk_low"], half)
    assert (half > norm.ppf(0.95) * np.sqrt(weight) * error * 0.95).all()
    assert "robust intervals at 0.9 [Armstrong" in shown.attrs["shrinkage"]


def test_groups_and_unknown_rows_stand_alone() -> None:
    rng = np.random.default_rng(2)
    frame = result(rng.normal(size=24), rng.uniform(0.2, 0.6, 24))
    frame["industry"] = np.repeat(["film", "games"], 12)
    frame.loc[[3, 15], ["estimate", "std_error"]] = [[np.nan, 0.3], [0.4, 0.0]]
    shown = cs.shrink(frame, over="region", method="robust")
    for name, part in frame.groupby("industry"):
        alone = cs.shrink(part, method="robust")
        for column in ("shrunk", "shrunk_low", "shrunk_high", "weight"):
            here = shown.loc[shown["industry"] == name, column]
            np.testing.assert_array_equal(here, alone[column])
    assert shown["shrunk"].isna().to_numpy().nonzero()[0].tolist() == [3, 15]


def covered(truth: np.ndarray, y: np.ndarray, error: np.ndarray, method: str) -> float:
    """Share of intervals that hold the true value."""
    shown = cs.shrink(result(y, error), method=method)  # type: ignore[arg-type]
    inside = (shown["shrunk_low"] <= truth) & (truth <= shown["shrunk_high"])
    return float(inside.mean())


def test_three_values_mislead_the_normal_interval_but_not_the_robust_one() -> None:
    rng = np.random.default_rng(7)
    truth = rng.choice([-0.86, 0.0, 0.86], 200_000, p=[0.075, 0.85, 0.075])
    y, error = truth + rng.normal(size=truth.size), np.ones(truth.size)
    assert covered(truth, y, error, "reml") < 0.91
    assert 0.947 < covered(truth, y, error, "robust") < 0.97


LAWS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.normal(size=n) * 0.7,
    "three values": lambda rng, n: rng.choice([-1.2, 0.0, 1.2], n, p=[0.1, 0.8, 0.1]),
    "few far off": lambda rng, n: rng.choice([0.0, 4.0], n, p=[0.95, 0.05]),
    "skewed": lambda rng, n: rng.exponential(0.7, n),
}


def share_covered(law: str, rows: int, tables: int, method: str) -> float:
    """Coverage on average over rows and tables, errors unequal."""
    rng, shares = np.random.default_rng(13), []
    for _ in range(tables):
        truth, error = LAWS[law](rng, rows), rng.uniform(0.5, 1.5, rows)
        shares.append(covered(truth, truth + rng.normal(size=rows) * error, error, method))
    return float(np.mean(shares))


@pytest.mark.slow
@pytest.mark.parametrize("law", LAWS)
def test_many_rows_are_covered_at_the_level_whatever_the_law(law: str) -> None:
    assert share_covered(law, 4000, 12, "robust") > 0.945


@pytest.mark.slow
def test_fewer_rows_are_covered_less_but_better_than_by_the_normal_interval() -> None:
    robust, normal = (share_covered("three values", 400, 25, m) for m in ("robust", "reml"))
    assert 0.91 < robust < 0.945
    assert normal < robust - 0.01
