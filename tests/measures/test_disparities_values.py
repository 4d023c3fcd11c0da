"""Inequality over regions by slow loops from the formulas, with zeros and empty groups."""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, log, nan, prod

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

INCOME, PEOPLE = [10.0, 40.0, 25.0, 5.0], [3.0, 1.0, 2.0, 4.0]
Index = Callable[..., pd.DataFrame]


def table(income: list[float], people: list[float] | None = None) -> pd.DataFrame:
    """One row for each region R0, R1, ..."""
    frame = pd.DataFrame({"region": [f"R{k}" for k in range(len(income))], "income": income})
    return frame if people is None else frame.assign(people=people)


def relative(income: list[float], people: list[float]) -> tuple[list[float], list[float]]:
    """Shares of the people, and incomes over their weighted mean."""
    shares = [n / sum(people) for n in people]
    mean = sum(w * y for w, y in zip(shares, income, strict=True))
    return shares, [y / mean for y in income]


def entropy(income: list[float], people: list[float], order: float) -> float:
    """Shorrocks 1980, with his limits at orders 0 and 1."""
    pairs = list(zip(*relative(income, people), strict=True))
    if order == 0:
        return -sum(w * log(r) for w, r in pairs)
    if order == 1:
        return sum(w * r * log(r) if r else 0.0 for w, r in pairs)
    return (sum(w * r**order for w, r in pairs) - 1) / (order * (order - 1))


@pytest.mark.parametrize("order", [-1.5, 0, 0.5, 1, 2, 3])
@pytest.mark.parametrize("weight", [None, "people"])
def test_generalized_entropy_of_any_order(order: float, weight: str | None) -> None:
    given = {"value": "income", "weight": weight, "order": order}
    found = cs.generalized_entropy(table(INCOME, PEOPLE), **given)
    expected = entropy(INCOME, PEOPLE if weight else [1.0] * 4, order)
    assert found["estimate"].tolist() == [pytest.approx(expected)]


@pytest.mark.parametrize("aversion", [0.5, 1, 2])
def test_atkinson_is_what_could_be_given_up(aversion: float) -> None:
    found = cs.atkinson(table(INCOME, PEOPLE), value="income", weight="people", aversion=aversion)
    shares, levels = relative(INCOME, PEOPLE)
    pairs = list(zip(shares, levels, strict=True))
    if aversion == 1:
        equal = prod(r**w for w, r in pairs)
    else:
        equal = sum(w * r ** (1 - aversion) for w, r in pairs) ** (1 / (1 - aversion))
    assert found["estimate"].tolist() == [pytest.approx(1 - equal)]
    if aversion == 1:
        theil_l = cs.theil(table(INCOME, PEOPLE), value="income", weight="people", kind="l")
        assert found["estimate"].item() == pytest.approx(1 - exp(-theil_l["estimate"].item()))


def test_a_region_with_nothing_is_the_end_of_the_scale_for_logarithms() -> None:
    poor = table([0.0, 3.0, 5.0])
    assert cs.theil(poor, value="income", kind="l")["estimate"].item() == inf
    assert cs.atkinson(poor, value="income", aversion=1)["estimate"].item() == 1
    theil_t = cs.theil(poor, value="income")["estimate"].item()
    assert theil_t == pytest.approx(entropy([0.0, 3.0, 5.0], [1.0] * 3, 1))


@pytest.mark.parametrize(
    ("index", "options"),
    [
        (cs.theil, {"kind": "t"}),
        (cs.theil, {"kind": "l"}),
        (cs.generalized_entropy, {"order": 2}),
        (cs.atkinson, {"aversion": 1}),
        (cs.atkinson, {"aversion": 0.5}),
    ],
)
def test_where_nobody_has_anything_there_is_no_inequality_to_tell(
    index: Index, options: dict[str, object]
) -> None:
    found = index(table([0.0, 0.0, 0.0]), value="income", **options)
    np.testing.assert_array_equal(found["estimate"], [nan])


@pytest.mark.parametrize("kind", ["t", "l"])
def test_a_group_without_people_adds_nothing(kind: str) -> None:
    empty = table([*INCOME, 7.0], [*PEOPLE, 0.0]).assign(state=["N", "N", "S", "S", "W"])
    without = empty[empty["state"] != "W"]
    given = {"value": "income", "weight": "people", "within": "state", "kind": kind}
    parts = cs.theil(empty, **given).set_index("component")["estimate"]
    expected = cs.theil(without, **given).set_index("component")["estimate"]
    pd.testing.assert_series_equal(parts, expected)
    assert expected["between"] == pytest.approx(
        entropy([70 / 4, 70 / 6], [4.0, 6.0], 1 if kind == "t" else 0)
    )


@pytest.mark.parametrize(
    ("index", "options"),
    [
        (cs.theil, {"kind": "l"}),
        (cs.generalized_entropy, {"order": -1}),
        (cs.atkinson, {"aversion": 1}),
        (cs.atkinson, {"aversion": 2}),
    ],
)
def test_a_region_without_people_and_income_adds_nothing(
    index: Index, options: dict[str, object]
) -> None:
    given = {"value": "income", "weight": "people", **options}
    found = index(table([*INCOME, 0.0], [*PEOPLE, 0.0]), **given)
    without = index(table(INCOME, PEOPLE), **given)
    assert found["estimate"].item() == pytest.approx(without["estimate"].item())


@pytest.mark.parametrize(
    ("order", "formula"),
    [
        (0, "L = sum_r w_r ln(mean y / y_r)"),
        (1, "T = sum_r w_r (y_r / mean y) ln(y_r / mean y)"),
        (2, "(sum_r w_r (y_r / mean y)^2 - 1) / (2 (2 - 1))"),
    ],
)
def test_the_definition_is_that_of_the_order(order: float, formula: str) -> None:
    found = cs.generalized_entropy(table(INCOME), value="income", order=order)
    assert formula in found.attrs["definition"]
