"""Shift, dilation and truncation: known ones are found, and the criterion is lowest there.

Tolerances: 1e-9 for formulas; 1e-6 where the truncation is searched for.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.inference import Bootstrap, Jackknife
from clusterstats.models.selection.door import agglomeration_selection
from clusterstats.models.selection.quantile_shift import criterion, shifted


def firms(large, small):
    values = np.concatenate([large, small])
    return pd.DataFrame({"tfp": values, "city": ["L"] * len(large) + ["M"] * len(small)})


def drawn(seed, a, d, s, size=3000):
    """Both groups from one skewed distribution; the share s of its left end gone in one."""
    rng = np.random.default_rng(seed)
    cut = s if s > 0 else -s / (1 - s)
    whole, rest = np.log(rng.gamma(4, size=(2, size)))
    cut_off = np.sort(rest)[round(cut * size) :]
    large, small = (cut_off, whole) if s > 0 else (whole, cut_off)
    return a + d * large, small


def estimated(table, **options):
    return agglomeration_selection(table, value="tfp", group="city", large="L", **options)


def slow_quantile(values, rank):
    """The k-th smallest of n is at rank k / n, with a straight line between two."""
    values = sorted(values)
    place = rank * len(values)
    if place <= 1:
        return values[0]
    below = min(int(place), len(values) - 1)
    return values[below - 1] + (place - below) * (values[below] - values[below - 1])


def slow_criterion(large, small, a, d, s):
    """Both integrals of the docstring, by trapezoids over 1,001 ranks."""
    total = 0.0
    for step in range(1001):
        u, weight = step / 1000, (0.5 if step in (0, 1000) else 1) / 1000
        least = max(0, -s / (1 - s))
        rank = least + (1 - least) * u
        there = slow_quantile(small, s + (1 - s) * rank)
        total += weight * (slow_quantile(large, rank) - d * there - a) ** 2
        rank = max(0, s) + (1 - max(0, s)) * u
        there = slow_quantile(large, (rank - s) / (1 - s))
        total += weight * (slow_quantile(small, rank) - there / d + a / d) ** 2
    return total


@pytest.mark.parametrize("theta", [(0, 1, 0), (0.2, 1.3, 0.15), (-0.1, 0.8, -0.3)])
def test_the_criterion_is_that_of_the_formula(theta):
    large, small = drawn(1, 0.1, 1.2, 0.1, 60)
    found = criterion(np.sort(large), np.sort(small), *theta)
    assert found == pytest.approx(slow_criterion(large, small, *theta), rel=1e-9)


def test_a_shift_and_a_dilation_of_the_same_values_are_found_exactly():
    small = drawn(1, 0, 1, 0)[1]
    fit = estimated(firms(0.3 + 1.4 * small, small))
    assert fit.estimates == pytest.approx([0.3, 1.4, 0], abs=1e-6)
    assert fit.rsquared == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("s", [0.2, -0.25])
def test_a_truncation_of_the_same_values_is_found(s):
    whole = np.sort(np.log(np.random.default_rng(1).gamma(4, size=5000)))
    part = whole[1000:]  # a fifth of them
    large, small = (part, whole) if s > 0 else (whole, part)
    fit = estimated(firms(0.1 + 1.1 * large, small))
    assert fit.estimates == pytest.approx([0.1, 1.1, s], abs=2e-3)  # order statistics of both
    assert fit.rsquared > 0.9999


@pytest.mark.parametrize("free", ["ADS", "AD", "AS", "DS", "A", "D"])
def test_nothing_near_the_estimate_is_better(free):
    large, small = (np.sort(values) for values in drawn(2, 0.1, 1.2, 0.1, 400))
    theta = np.array(shifted(large, small, tuple(free)))
    neutral = np.array([0.0, 1.0, 0.0])
    places = ["ADS".index(name) for name in free]

    def at(numbers):
        full = neutral.copy()
        full[places] = numbers
        if full[1] <= 0.05 or abs(full[2]) > 0.9:
            return np.inf
        return criterion(large, small, *full)

    held = [place for place in range(3) if place not in places]
    assert theta[held].tolist() == neutral[held].tolist()
    lowest = criterion(large, small, *theta)
    for start in (theta[places], theta[places] + 0.02, theta[places] - 0.02):
        found = minimize(at, start, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-14})
        assert found.fun >= lowest * (1 - 1e-6)


def test_exchanging_the_groups_gives_the_inverse():
    large, small = drawn(3, 0.1, 1.2, 0.15)
    a, d, s = estimated(firms(large, small)).estimates
    back = estimated(firms(small, large)).estimates
    assert back == pytest.approx([-a / d, 1 / d, -s / (1 - s)], abs=1e-6)


def test_shift_alone_is_the_difference_of_the_middles():
    large, small = drawn(4, 0.2, 1, 0)
    fit = estimated(firms(large, small), free=("A",))
    assert fit.params["A"] == pytest.approx(large.mean() - small.mean(), abs=2e-3)
    assert fit.glance()["notes"].item() == "D held at 1; S held at 0"


def test_tests_are_against_no_difference():
    table = firms(*drawn(5, 0.1, 1.2, 0.1, 600))
    fit = estimated(table, inference=Bootstrap(seed=1, draws=30))
    assert fit.draws.shape == (30, 3)
    assert fit.bse.to_numpy() == pytest.approx(fit.draws.std(axis=0, ddof=1), rel=1e-9)
    tidy = fit.tidy().set_index("term")
    against = (fit.params["D"] - 1) / fit.bse["D"]
    assert tidy.loc["D", "statistic"] == pytest.approx(against, rel=1e-12)
    assert tidy.loc["D", "p_value"] == pytest.approx(fit.test("D = 1")["p_value"].item(), rel=1e-9)
    again = estimated(table, inference=Bootstrap(seed=1, draws=30))
    assert again.draws.tobytes() == fit.draws.tobytes()
    assert np.isnan(estimated(table).bse).all()


def test_areas_are_resampled_whole():
    large, small = drawn(6, 0.1, 1, 0, 600)
    table = firms(large, small).assign(area=np.arange(1200) // 60)
    table["tfp"] += 0.3 * np.random.default_rng(1).normal(size=20)[table["area"]]
    plain = estimated(table, free=("A",), inference=Bootstrap(seed=1, draws=40))
    by_area = estimated(
        table, free=("A",), inference=Bootstrap(seed=1, draws=40, unit="region"), area="area"
    )
    assert by_area.bse["A"] > 1.5 * plain.bse["A"]
    alone = table.assign(area=np.arange(1200))
    same = estimated(
        alone, free=("A",), inference=Bootstrap(seed=1, draws=40, unit="region"), area="area"
    )
    assert same.bse["A"] == pytest.approx(plain.bse["A"], rel=1e-12)


def test_what_is_wrong_is_said():
    table = firms(*drawn(5, 0.1, 1.2, 0.1, 100))
    with pytest.raises(OptionError, match=r"free=\('B',\) must be some of 'A', 'D', 'S'"):
        estimated(table, free=("B",))
    with pytest.raises(OptionError, match="does not go with quantiles"):
        estimated(table, inference=Jackknife())
    with pytest.raises(OptionError, match="go together: give both or neither"):
        estimated(table, inference=Bootstrap(seed=1, unit="region"))
    with pytest.raises(TableError, match="must have two values, one of them large='X'"):
        agglomeration_selection(table, value="tfp", group="city", large="X")
    with pytest.raises(TableError, match="'tfp' is infinite in 1 row"):
        estimated(table.assign(tfp=table["tfp"].where(table.index != 3, -np.inf)))
    with pytest.raises(TableError, match="no column 'tfp'"):
        estimated(table.drop(columns="tfp"))
    with pytest.raises(TableError, match="is not numbers"):
        estimated(table.assign(tfp=table["tfp"].astype(str)))
    with pytest.raises(TableError, match=r"10 establishment\(s\) in small cities are too few"):
        estimated(table.iloc[:100])
    with pytest.warns(ClusterstatsWarning, match=r"1 of 190 row\(s\) have a blank"):
        fit = estimated(table.assign(tfp=table["tfp"].where(table.index != 3)))
    assert fit.nobs == 189


def test_a_truncation_without_end_is_undecided():
    rng = np.random.default_rng(1)
    small = rng.normal(size=200)
    large = 100 + 1e-3 * np.arange(30)  # no piece of one looks like the other
    with pytest.warns(ClusterstatsWarning, match="the truncation is undecided"):
        estimated(firms(large, small), free=("S",))


@pytest.mark.slow
@pytest.mark.parametrize("truth", [(0.1, 1.2, 0.0), (0.1, 1.1, 0.1), (0.0, 0.9, -0.1)])
def test_known_parameters_are_found_and_covered(truth):
    found, covered = [], np.zeros(3)
    samples = 30
    for seed in range(samples):
        fit = estimated(firms(*drawn(seed, *truth, 1000)), inference=Bootstrap(seed=1, draws=19))
        found.append(fit.estimates)
        ends = fit.conf_int().to_numpy()
        covered += (ends[:, 0] <= truth) & (np.array(truth) <= ends[:, 1])
    error = np.std(found, axis=0, ddof=1) / np.sqrt(samples)
    assert (np.abs(np.mean(found, axis=0) - truth) < 4 * error).all()
    assert (covered / samples > 0.95 - 4 * np.sqrt(0.95 * 0.05 / samples)).all()
