"""Quantiles, pivotal and score intervals, and Rubin's test, at values worked by hand."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from scipy import stats

from clusterstats.inference.imputation import combined
from clusterstats.inference.intervals import draw_quantile, pivot_interval, score_interval


@pytest.mark.parametrize("probability", [0.0, 0.025, 0.3, 0.5, 0.975, 1.0])
def test_quantiles_are_linear_and_skip_what_is_undefined(probability: float) -> None:
    draws = np.random.default_rng(1).normal(size=(12, 3))
    draws[[0, 5, 7], 1] = nan
    expected = np.nanquantile(draws, probability, axis=0)
    np.testing.assert_allclose(draw_quantile(draws, probability), expected)


def test_quantiles_next_to_infinity_are_the_outer_end() -> None:
    draws = np.array([[-inf, 1.0], [2.0, 2.0], [3.0, inf]])
    np.testing.assert_array_equal(draw_quantile(draws, 0.25), [-inf, 1.5])
    np.testing.assert_array_equal(draw_quantile(draws, 0.75), [2.5, inf])
    np.testing.assert_array_equal(draw_quantile(draws, 0.5), [2.0, 2.0])


def test_a_pivotal_interval_turns_the_draws_round() -> None:
    draws = np.arange(11.0)[:, None] + 2  # 2 to 12; they estimate 4
    low, high = pivot_interval(np.array([5.0]), np.array([4.0]), draws, 0.8)
    assert [low.item(), high.item()] == pytest.approx([5 - (11 - 4), 5 - (3 - 4)])


def test_a_score_interval_is_wilsons_for_equal_units() -> None:
    for hits in (0, 3, 10):
        low, high = score_interval(np.array(hits / 10), np.array(1 / 10), 0.9)
        expected = stats.binomtest(hits, 10).proportion_ci(0.9, method="wilson")
        assert [low, high] == pytest.approx([expected.low, expected.high])


def test_rubins_test_looks_at_both_sides_or_one() -> None:
    found = combined([np.array([1.0]), np.array([2.0]), np.array([4.5])], [np.array([0.5])] * 3)
    distance = (found.estimate - 1.5) / found.std_error
    upper = stats.t.sf(distance, found.freedom)
    for side, expected in (("greater", upper), ("less", 1 - upper), ("two-sided", 2 * upper)):
        statistic, p_value = found.test(1.5, side)
        assert statistic == pytest.approx(distance)
        assert p_value == pytest.approx(expected)
