"""Delta-method inference of the indices of one region's mix, by derivatives taken numerically."""

from __future__ import annotations

from collections.abc import Callable
from math import e, exp, log, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clusterstats as cs

SIZES = [6 * listed for listed in ([30, 12, 9, 4, 1], [20, 8, 8], [5, 3, 2, 2], [7, 1])]
STEP = 1e-4
Number = Callable[[float], float]


def table(sizes: list[list[int]]) -> pd.DataFrame:
    """The establishments of one region."""
    rows = [(f"I{i}", size) for i, listed in enumerate(sizes) for size in listed]
    frame = pd.DataFrame(rows, columns=["industry", "employment"])
    return frame.assign(region="A", establishment=[f"E{k}" for k in range(len(frame))])


def shares(weights: np.ndarray) -> np.ndarray:
    """Shares of industries when each establishment counts so many times."""
    sizes = np.concatenate([np.array(listed, dtype=float) for listed in SIZES])
    industry = np.repeat(np.arange(len(SIZES)), [len(listed) for listed in SIZES])
    found = np.bincount(industry, weights * sizes)
    return found / found.sum()


def influences(statistic: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Derivative by the weight of each establishment."""
    one = np.ones(sum(map(len, SIZES)))
    steps = STEP * np.eye(len(one))
    return np.array([(statistic(one + s) - statistic(one - s)) / (2 * STEP) for s in steps])


def entropy_term(s: float) -> float:
    return -s * log(s)


FORMS = [
    pytest.param(cs.herfindahl, {}, lambda s: s**2, lambda t: t, id="herfindahl"),
    pytest.param(
        cs.herfindahl,
        {"normalized": True},
        lambda s: s**2,
        lambda t: (t - 1 / 4) / (3 / 4),
        id="herfindahl-normalized",
    ),
    pytest.param(
        cs.herfindahl,
        {"equivalent_number": True},
        lambda s: s**2,
        lambda t: 1 / t,
        id="herfindahl-number",
    ),
    pytest.param(cs.entropy, {}, entropy_term, lambda t: t, id="entropy"),
    pytest.param(cs.entropy, {"log_base": 2}, entropy_term, lambda t: t / log(2), id="entropy-2"),
    pytest.param(
        cs.entropy, {"normalized": True}, entropy_term, lambda t: t / log(4), id="entropy-normal"
    ),
    pytest.param(cs.hill_number, {"order": 1}, entropy_term, exp, id="hill-1"),
    pytest.param(cs.hill_number, {"order": 2}, lambda s: s**2, lambda t: 1 / t, id="hill-2"),
    pytest.param(cs.hill_number, {"order": 3}, lambda s: s**3, lambda t: t**-0.5, id="hill-3"),
    pytest.param(cs.hill_number, {"order": 0.5}, sqrt, lambda t: t**2, id="hill-half"),
]


@pytest.mark.parametrize(("door", "options", "term", "shown"), FORMS)
def test_intervals_are_by_the_delta_method_less_the_bias(
    door: Callable[..., pd.DataFrame], options: dict[str, object], term: Number, shown: Number
) -> None:
    found = door(table(SIZES), **options, inference=cs.Analytic(level=0.5)).iloc[0]

    def index(weights: np.ndarray) -> float:
        return sum(term(s) for s in shares(weights))

    plain = shares(np.ones(sum(map(len, SIZES))))
    spread = (influences(shares) ** 2).sum(axis=0)
    curved = [(term(s + STEP) - 2 * term(s) + term(s - STEP)) / STEP**2 for s in plain]
    centre = sum(map(term, plain)) - 0.5 * (np.array(curved) * spread).sum()
    half = stats.norm.ppf(0.75) * sqrt((influences(index) ** 2).sum())
    ends = sorted([shown(centre - half), shown(centre + half)])
    assert found["estimate"] == pytest.approx(shown(sum(map(term, plain))))
    error = sqrt((influences(lambda w: shown(index(w))) ** 2).sum())
    assert found["std_error"] == pytest.approx(error, rel=1e-5)
    assert found["bias_corrected"] == pytest.approx(shown(centre), rel=1e-5)
    assert [found["conf_low"], found["conf_high"]] == pytest.approx(ends, rel=1e-5)


@pytest.mark.parametrize(
    ("sizes", "end", "expected"),
    [
        ([4 * listed for listed in ([5, 4], [4, 4], [3, 5], [4, 5])], "conf_low", 1 / 4),
        ([20 * [40], [1], [1]], "conf_high", 1.0),
    ],
)
def test_herfindahl_intervals_end_where_the_index_does(
    sizes: list[list[int]], end: str, expected: float
) -> None:
    found = cs.herfindahl(table(sizes), inference=cs.Analytic())
    assert found[end].tolist() == [pytest.approx(expected)]
    number = cs.herfindahl(table(sizes), equivalent_number=True, inference=cs.Analytic())
    other = "conf_high" if end == "conf_low" else "conf_low"
    assert number[other].tolist() == [pytest.approx(1 / expected)]


@pytest.mark.parametrize("log_base", [2.0, e, 10.0])
def test_entropy_intervals_end_at_equal_shares(log_base: float) -> None:
    even = table([4 * listed for listed in ([5, 4], [4, 4], [3, 5], [4, 5])])
    found = cs.entropy(even, log_base=log_base, inference=cs.Analytic())
    assert found["conf_high"].tolist() == [pytest.approx(log(4) / log(log_base))]
