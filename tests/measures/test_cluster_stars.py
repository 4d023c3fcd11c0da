"""Cluster stars against a count of larger cells, and their chance against tables drawn by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

ignored = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")
PARTS = ["stars", "size", "specialization", "focus"]


def cells(jobs: np.ndarray) -> pd.DataFrame:
    """Cells from a (region, industry) array."""
    regions, industries = jobs.shape
    return pd.DataFrame(
        {
            "region": np.repeat([f"R{r:02d}" for r in range(regions)], industries),
            "industry": [f"I{i}" for i in range(industries)] * regions,
            "employment": jobs.ravel(),
        }
    )


def box(result: pd.DataFrame, column: str = "estimate") -> np.ndarray:
    """A result as (region, industry, part)."""
    shape = [result[key].nunique() for key in ("region", "industry", "component")]
    return result[column].to_numpy().reshape(shape)


def is_top(cells: list[float], own: float, share: float) -> float:
    """Fewer than a share of the cells are larger."""
    larger = sum(cell > own * (1 + 1e-9) for cell in cells)
    return float(larger < share * len(cells) * (1 - 1e-9))


def by_counting(
    x: np.ndarray, size_top: float, quotient: float | None, focus_top: float, least: float
) -> np.ndarray:
    """Each star from the number of larger cells."""
    found = np.full((*x.shape, 4), np.nan)
    regions = [r for r in range(x.shape[0]) if x[r].sum() > 0]
    industries = [i for i in range(x.shape[1]) if x[:, i].sum() > 0]

    def lq(r: int, i: int) -> float:
        return float((x[r, i] / x[r].sum()) / (x[:, i].sum() / x.sum()))

    shares = [x[r, i] / x[r].sum() for r in regions for i in industries]
    for r in regions:
        for i in industries:
            size = is_top([x[q, i] for q in regions], x[r, i], size_top)
            if quotient is None:
                special = is_top([lq(q, i) for q in regions], lq(r, i), size_top)
            else:
                special = float(lq(r, i) >= quotient * (1 - 1e-9))
            focus = is_top(shares, x[r, i] / x[r].sum(), focus_top)
            earned = [size, special, focus]
            if x[r, i] == 0 or x[r, i] < least:
                earned = [0.0, 0.0, 0.0]
            found[r, i] = [sum(earned), *earned]
    return found


TABLES = st.tuples(st.integers(1, 6), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.integers(0, 12), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
    ).map(lambda jobs: np.array(jobs, dtype=float).reshape(shape))
)


@settings(max_examples=80, deadline=None)
@given(
    jobs=TABLES,
    size_top=st.sampled_from([0.1, 0.2, 0.5, 1.0]),
    quotient=st.sampled_from([None, 1.0, 1.5, 2.0]),
    focus_top=st.sampled_from([0.1, 0.3, 0.5]),
    least=st.sampled_from([0.0, 5.0]),
)
def test_stars_are_earned_by_counting_larger_cells(
    jobs: np.ndarray, size_top: float, quotient: float | None, focus_top: float, least: float
) -> None:
    found = cs.cluster_stars(
        cells(jobs), size_top=size_top, quotient=quotient, focus_top=focus_top, least=least
    )
    assert found["component"].tolist()[:4] == PARTS
    expected = by_counting(jobs, size_top, quotient, focus_top, least)
    np.testing.assert_array_equal(box(found), expected)


def test_by_default_the_top_tenth_and_a_quotient_of_two() -> None:
    """Ten regions alike but for the first, whose film is three times and the rest less."""
    jobs = np.array([[30.0, 70.0]] + [[10.0, 90.0]] * 9)
    found = box(cs.cluster_stars(cells(jobs)))
    np.testing.assert_array_equal(found[0], [[2, 1, 1, 0], [0, 0, 0, 0]])
    np.testing.assert_array_equal(found[1:, 0], [[0, 0, 0, 0]] * 9)
    np.testing.assert_array_equal(found[1:, 1], [[2, 1, 0, 1]] * 9)  # ties share the stars
    exact = np.array([[20.0, 80.0], [20.0, 180.0], [0.0, 100.0]])
    assert box(cs.cluster_stars(cells(exact)))[0, 0, 2] == 1  # 0.2 over 40 / 400 is 2


def test_a_share_of_cells_that_is_a_whole_number_takes_as_many() -> None:
    """0.1 of 30 is 3, though not in floating point everywhere."""
    for regions, share, number in ((30, 0.1, 3), (30, 0.11, 4), (20, 0.55, 11), (100, 0.07, 7)):
        jobs = np.column_stack([np.arange(1.0, regions + 1), np.full(regions, 100.0)])
        found = box(cs.cluster_stars(cells(jobs), size_top=share))
        assert found[:, 0, 1].sum() == number


def test_empty_regions_and_industries_count_for_nothing() -> None:
    jobs = np.random.default_rng(8).integers(1, 50, (10, 3)) * 1.0
    whole = np.zeros((25, 5))
    whole[:10, :3] = jobs
    for quotient in (2.0, None):
        found = box(cs.cluster_stars(cells(whole), quotient=quotient))
        np.testing.assert_array_equal(
            found[:10, :3], box(cs.cluster_stars(cells(jobs), quotient=quotient))
        )
        assert np.isnan(found[10:]).all()
        assert np.isnan(found[:, 3:]).all()


def test_least_takes_the_stars_of_small_cells_only() -> None:
    jobs = np.array([[30.0, 70.0]] + [[10.0, 90.0]] * 9)
    found = box(cs.cluster_stars(cells(jobs), least=30.5))
    assert (found[:, 0] == 0).all()
    np.testing.assert_array_equal(found[:, 1], box(cs.cluster_stars(cells(jobs)))[:, 1])


@ignored
def test_an_unknown_cell_leaves_unknown_what_depends_on_it() -> None:
    jobs = np.array([[30.0, 70.0, 5.0], [10.0, np.nan, 9.0], [0.0, 40.0, 2.0]])
    found = box(cs.cluster_stars(cells(jobs)))
    assert np.isnan(found[:, 1]).all()
    assert not np.isnan(found[:, [0, 2], 1]).any()
    assert np.isnan(found[0, 0, [0, 2, 3]]).all()
    assert (found[2, 0] == 0).all()  # nothing earns no star, whatever the others are


# --- inference ------------------------------------------------------------------------------


def plants() -> pd.DataFrame:
    """Made-up establishments of three industries in five regions."""
    rng = np.random.default_rng(1)
    n = 60
    return pd.DataFrame(
        {
            "establishment": [f"E{k:02d}" for k in range(n)],
            "region": rng.choice(list("ABCDE"), n, p=[0.4, 0.2, 0.2, 0.1, 0.1]),
            "industry": rng.choice(["film", "mill", "shop"], n),
            "employment": rng.geometric(0.1, n) * 1.0,
        }
    )


@ignored
def test_chance_is_how_often_drawn_tables_have_the_star() -> None:
    table, draws = plants(), 49
    found = cs.cluster_stars(table, inference=cs.Bootstrap(draws=draws, seed=7))
    counted, known = np.zeros((2, 5, 3, 4))
    for b in range(draws):
        rng = np.random.default_rng(np.random.SeedSequence(7, spawn_key=(b,)))
        times = np.bincount(rng.integers(0, len(table), len(table)), minlength=len(table))
        drawn = table.assign(employment=table["employment"] * times)
        stars = box(cs.cluster_stars(drawn))
        counted += np.nan_to_num(stars)
        known += ~np.isnan(stars)
    chance = box(found, "chance")
    np.testing.assert_allclose(chance[..., 1:], (counted / known)[..., 1:])
    assert np.isnan(chance[..., 0]).all()
    assert found.loc[found["component"] == "stars", "std_error"].notna().any()
    assert found[["conf_low", "conf_high"]].isna().all(axis=None)


@ignored
def test_a_star_that_no_draw_can_move_is_certain() -> None:
    jobs = np.array([[50_000.0, 50_000.0], [10.0, 90_000.0], [20.0, 40_000.0]])
    table = cells(jobs).assign(establishments=np.array([[500, 900], [5, 900], [5, 400]]).ravel())
    found = cs.cluster_stars(table, inference=cs.Bootstrap(draws=49, seed=1))
    assert box(found, "chance")[0, 0, 1:3].tolist() == [1.0, 1.0]


def test_intervals_are_withheld_with_a_warning() -> None:
    with pytest.warns(cs.errors.ClusterstatsWarning, match="stars jump"):
        cs.cluster_stars(plants(), inference=cs.Bootstrap(draws=19, seed=1))


def test_chance_gives_stars_too_and_monte_carlo_counts_them() -> None:
    """With ten regions of one size some region is always on top."""
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "establishment": [f"E{k:03d}" for k in range(300)],
            "region": rng.permutation(np.repeat([f"R{r}" for r in range(10)], 30)),
            "industry": rng.choice(["film", "mill"], 300),
            "employment": 1.0,
        }
    )
    found = cs.cluster_stars(table, inference=cs.MonteCarlo(draws=199, seed=1))
    stars = found[found["component"] == "stars"]
    assert stars["null_mean"].between(0.1, 1).all()
    assert (stars["p_value"] > 0.02).mean() > 0.8


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"size_top": 0}, "size_top=0 is not a share"),
        ({"size_top": 1.5}, "size_top=1.5 is not a share"),
        ({"focus_top": "10%"}, "focus_top='10%' is not a share"),
        ({"focus_top": True}, "focus_top=True is not a share"),
        ({"quotient": 0}, "quotient=0 is not a number above 0"),
        ({"quotient": float("inf")}, "quotient=inf is not a number above 0"),
        ({"least": -1}, "least=-1 is not a number from 0 up"),
        ({"inference": cs.Analytic()}, "has no analytic form"),
    ],
)
def test_refusals(option: dict[str, Any], said: str) -> None:
    with pytest.raises(cs.OptionError, match=said):
        cs.cluster_stars(plants(), **option)


def test_the_definition_names_the_thresholds() -> None:
    said = cs.cluster_stars(plants(), quotient=3, least=20).attrs["definition"]
    assert "LQ_ri >= 3" in said
    assert "none where e_ri < 20" in said
    assert "European Cluster Observatory" in said
