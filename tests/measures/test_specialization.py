"""Specialization and diversity: identities, hand-worked values, undefined rows, intervals."""

from math import e, inf, log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

REGIONS, INDUSTRIES = ["A", "B", "C"], ["10.1", "10.2", "59.1", "59.2", "62.0"]


def table(values: np.ndarray) -> pd.DataFrame:
    """Cells of three regions and five industries in three divisions."""
    frame = pd.DataFrame(
        {
            "region": np.repeat(REGIONS, len(INDUSTRIES)),
            "industry": INDUSTRIES * len(REGIONS),
            "employment": values.ravel().astype(float),
        }
    )
    return frame.assign(division=frame["industry"].str[:2])


def estimate(result: pd.DataFrame) -> np.ndarray:
    return result["estimate"].to_numpy()


tables = st.lists(st.integers(0, 40), min_size=15, max_size=15).map(
    lambda x: np.array(x).reshape(3, 5)
)


@settings(max_examples=60, deadline=None)
@given(values=tables)
def test_related_and_unrelated_variety_add_up_to_entropy(values: np.ndarray) -> None:
    cells = table(values)
    both = sum(
        estimate(door(cells, within="division", log_base=e))
        for door in (cs.related_variety, cs.unrelated_variety)
    )
    np.testing.assert_allclose(both, estimate(cs.entropy(cells)), atol=1e-12)


@settings(max_examples=60, deadline=None)
@given(values=tables)
def test_kindred_indices_are_functions_of_each_other(values: np.ndarray) -> None:
    cells = table(values)
    entropy, h = estimate(cs.entropy(cells)), estimate(cs.herfindahl(cells))
    np.testing.assert_allclose(estimate(cs.entropy(cells, log_base=2)), entropy / log(2))
    np.testing.assert_allclose(estimate(cs.entropy(cells, normalized=True)), entropy / log(5))
    np.testing.assert_allclose(estimate(cs.hill_number(cells)), np.exp(entropy))
    np.testing.assert_allclose(estimate(cs.hill_number(cells, order=2)), 1 / h)
    krugman = estimate(cs.krugman_specialization(cells))
    np.testing.assert_allclose(estimate(cs.hoover_specialization(cells)), krugman / 2)
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(estimate(cs.relative_diversity(cells)), 1 / krugman)
    pairs = estimate(cs.krugman_specialization(cells, reference="pairs"))
    np.testing.assert_allclose(estimate(cs.structural_overlap(cells)), 1 - pairs / 2, atol=1e-12)
    lq = cs.location_quotient(cells)
    largest = lq.groupby("region")["estimate"].max().to_numpy()
    np.testing.assert_allclose(estimate(cs.relative_specialization(cells)), largest)


def loops(values: np.ndarray) -> dict[str, list[float]]:
    """Straight from the papers, one loop at a time."""
    x = values.astype(float)
    found: dict[str, list[float]] = {"hachman": [], "gini": [], "hill": []}
    for r in range(3):
        size = sum(x[r])
        if size == 0:
            for name in found:
                found[name].append(np.nan)
            continue
        quotients, weighted, powers = [], 0.0, 0.0
        for i in range(5):
            own, whole = x[r, i] / size, sum(x[:, i]) / x.sum()
            if whole > 0:
                quotients.append(own / whole)
                weighted += own * own / whole
            powers += own**1.5
        found["hachman"].append(1 / weighted)
        mean = sum(quotients) / len(quotients)
        ranks = enumerate(sorted(quotients), start=1)
        found["gini"].append(
            2 / (len(quotients) ** 2 * mean) * sum(k * (q - mean) for k, q in ranks)
        )
        found["hill"].append(powers ** (1 / (1 - 1.5)))
    return found


@settings(max_examples=60, deadline=None)
@given(values=tables)
def test_doors_agree_with_loops(values: np.ndarray) -> None:
    cells, slow = table(values), loops(values)
    for name, result in {
        "hachman": cs.hachman(cells),
        "gini": cs.gini_specialization(cells),
        "hill": cs.hill_number(cells, order=1.5),
    }.items():
        np.testing.assert_allclose(estimate(result), slow[name], atol=1e-12)


def test_hill_numbers_of_equal_shares_count_industries() -> None:
    cells = table(np.array([[7, 7, 7, 7, 7], [5, 5, 0, 0, 0], [0, 0, 0, 0, 9]]))
    for order in (0, 0.5, 1, 2, inf):
        np.testing.assert_allclose(estimate(cs.hill_number(cells, order=order)), [5, 2, 1])


def test_empty_regions_are_undefined_alone() -> None:
    cells = table(np.array([[1, 2, 3, 4, 5], [0, 0, 0, 0, 0], [9, 1, 1, 1, 1]]))
    for result in (
        *(cs.hill_number(cells, order=order) for order in (0, 1, 2, inf)),
        cs.entropy(cells),
        cs.hachman(cells),
        cs.relative_diversity(cells),
        cs.relative_specialization(cells),
        cs.related_variety(cells, within="division"),
        cs.gini_specialization(cells),
    ):
        assert result["estimate"].isna().tolist() == [False, True, False]
    pairs = cs.structural_overlap(cells).set_index(["region", "region2"])["estimate"]
    assert pairs.isna().to_dict() == {("A", "B"): True, ("A", "C"): False, ("B", "C"): True}


def test_an_unknown_cell_blanks_its_region() -> None:
    cells = table(np.array([[1, 2, 3, 4, 5], [4, 4, 4, 4, 4], [9, 1, 1, 1, 1]]))
    cells.loc[6, "employment"] = np.nan
    with pytest.warns(cs.ClusterstatsWarning, match="unknown in 1 row"):
        result = cs.entropy(cells)
    assert result["estimate"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda t: cs.entropy(t, log_base=1), "log_base=1 is not a number above 1"),
        (lambda t: cs.hill_number(t, order=-1), "order=-1 is not a number from 0 up"),
        (lambda t: cs.related_variety(t, within="nace"), "no column 'nace'"),
        (
            lambda t: cs.related_variety(t.assign(division=t["region"]), within="division"),
            "column 'division' has several values at industry '10.1'",
        ),
        (
            lambda t: cs.hill_number(t.assign(establishments=1), order=0, inference=cs.Analytic()),
            "a count and a largest share have no derivative",
        ),
    ],
)
def test_bad_options_are_said(call: object, said: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=said):
        call(table(np.arange(15).reshape(3, 5)))  # type: ignore[operator]


def drawn(rng: np.random.Generator, plants: int) -> pd.DataFrame:
    """Establishments of one region, drawn from a known mix."""
    mix = np.array([0.35, 0.25, 0.2, 0.15, 0.05])
    return pd.DataFrame(
        {
            "establishment": np.arange(plants).astype(str),
            "region": "A",
            "industry": rng.choice(INDUSTRIES, plants, p=mix),
            "employment": rng.lognormal(1, 0.7, plants),
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("order", [0.5, 1, 2])
def test_analytic_intervals_of_diversity_hold_the_truth(order: float) -> None:
    mix = np.array([0.35, 0.25, 0.2, 0.15, 0.05])
    truth = (
        np.exp(-(mix * np.log(mix)).sum())
        if order == 1
        else (mix**order).sum() ** (1 / (1 - order))
    )
    rng, held, naive, corrected = np.random.default_rng(4), 0, [], []
    for _ in range(600):
        found = cs.hill_number(drawn(rng, 150), order=order, inference=cs.Analytic()).iloc[0]
        held += found["conf_low"] <= truth <= found["conf_high"]
        naive.append(found["estimate"] - truth)
        corrected.append(found["bias_corrected"] - truth)
    assert 0.90 <= held / 600 <= 0.98
    assert abs(np.mean(corrected)) < 0.5 * abs(np.mean(naive))
