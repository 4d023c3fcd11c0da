"""Spatial shift-share: by hand, by loops from the paper, who is no neighbour, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

ATOL = 1e-9  # sums in another order
REGIONS, INDUSTRIES = ("A", "B", "C"), ("film", "other")
PARTS = ["growth", "national_share", "neighbour_nation", "region_neighbour"]
NEAR = pd.DataFrame(
    {"region": list("AABC"), "region2": list("BCAA"), "weight": [1.0, 3.0, 1.0, 5.0]}
)


def cells(x: np.ndarray) -> pd.DataFrame:
    """Employment (year, region, industry) as rows."""
    names = ["year", "region", "industry"]
    index = pd.MultiIndex.from_product(
        [range(2010, 2010 + len(x)), REGIONS, INDUSTRIES], names=names
    )
    return pd.DataFrame({"employment": x.ravel()}, index=index).reset_index()


def measured(x: np.ndarray, near: pd.DataFrame = NEAR, by: str = "region") -> np.ndarray:
    """Components last, the steps between years first."""
    found = cs.shift_share(cells(x), method="spatial", by=by, neighbours=near)
    assert found["component"].tolist() == PARTS * (len(found) // 4)
    shape = (len(x) - 1, 3, 4) if by == "region" else (len(x) - 1, 3, 2, 4)
    return found["estimate"].to_numpy().reshape(shape)


EXAMPLE = np.array([[[20, 80], [40, 60], [20, 30]], [[30, 70], [60, 54], [20, 45]]], dtype=float)


def test_by_hand() -> None:
    # the nation grows from 250 to 279; A's neighbours weigh 1 (B) and 3 (C): film grows there
    # from 100 to 120, other from 150 to 189; B and C have A alone: film by half, other by -1/8
    expected = [
        [0, 11.6, 20 * 0.2 + 80 * 0.26 - 11.6, 0 - 24.8],
        [14, 11.6, 40 * 0.5 - 60 / 8 - 11.6, 14 - 12.5],
        [15, 5.8, 20 * 0.5 - 30 / 8 - 5.8, 15 - 6.25],
    ]
    np.testing.assert_allclose(measured(EXAMPLE)[0], expected, atol=ATOL)


def ratio(a: float, b: float) -> float:
    return a / b if b else np.nan


def loops(before: np.ndarray, after: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Cell by cell: national, neighbours less nation, region less neighbours."""
    found = np.empty((3, 2, 4))
    nation = ratio(after.sum() - before.sum(), before.sum())
    for r in range(3):
        for i in range(2):
            e, new = before[r, i], after[r, i]
            old_near = sum(weight[r, s] * before[s, i] for s in range(3))
            new_near = sum(weight[r, s] * after[s, i] for s in range(3))
            near = ratio(new_near - old_near, old_near)
            own = e * (ratio(new - e, e) - near) if e else new + 0 * near  # a birth is its own
            beyond = e * (near - nation)
            if old_near == 0 and e == 0 and new == 0:
                beyond, own = 0 * nation, 0.0
            found[r, i] = [new - e, e * nation, beyond, own]
    return found


@settings(max_examples=80, deadline=None)
@given(
    x=st.lists(st.integers(0, 20), min_size=18, max_size=18),
    w=st.lists(st.integers(1, 5), min_size=6, max_size=6),
)
def test_agrees_with_loops_and_adds_up(x: list[int], w: list[int]) -> None:
    jobs = np.array(x, dtype=float).reshape(3, 3, 2)
    weight = np.zeros((3, 3))
    weight[~np.eye(3, dtype=bool)] = w
    rows, columns = np.nonzero(weight)
    near = pd.DataFrame(
        {
            "region": np.array(REGIONS)[rows],
            "region2": np.array(REGIONS)[columns],
            "weight": weight[rows, columns],
        }
    )
    found = measured(jobs, near, by="industry")
    for step in range(2):
        np.testing.assert_allclose(
            found[step], loops(jobs[step], jobs[step + 1], weight), atol=ATOL
        )
    added = found[..., 1:].sum(axis=-1)
    known = ~np.isnan(added)
    np.testing.assert_allclose(added[known], found[..., 0][known], atol=ATOL)
    np.testing.assert_allclose(measured(jobs, near), found.sum(axis=-2), atol=ATOL)


def test_only_the_proportions_of_the_weights_count() -> None:
    larger = NEAR.assign(weight=NEAR["weight"] * 7)
    np.testing.assert_allclose(measured(EXAMPLE, larger), measured(EXAMPLE), atol=ATOL)
    turned = pl.from_pandas(NEAR.sample(frac=1, random_state=2))
    np.testing.assert_array_equal(measured(EXAMPLE, turned), measured(EXAMPLE))
    without_zero = pd.concat(
        [NEAR, pd.DataFrame({"region": ["B"], "region2": ["C"], "weight": [0.0]})]
    )
    np.testing.assert_array_equal(measured(EXAMPLE, without_zero), measured(EXAMPLE))


def test_neighbours_that_grow_alike_leave_the_region_nothing() -> None:
    twice = np.stack([EXAMPLE[0], 2 * EXAMPLE[0]])
    found = measured(twice, by="industry")[0]
    np.testing.assert_allclose(found[..., 1], EXAMPLE[0])
    np.testing.assert_allclose(found[..., 2:], 0, atol=ATOL)


def test_a_region_without_neighbours_is_undefined_alone() -> None:
    with pytest.warns(cs.ClusterstatsWarning, match=r"1 region\(s\) have no neighbour .*'C'"):
        found = measured(EXAMPLE, NEAR[NEAR["region"] != "C"])[0]
    np.testing.assert_array_equal(np.isnan(found).sum(axis=-1), [0, 0, 2])
    np.testing.assert_allclose(found[2, :2], [15, 5.8])


def test_an_industry_that_no_neighbour_had_has_no_rate() -> None:
    x = EXAMPLE.copy()
    x[0, 0, 0] = 0  # B and C have A alone for a neighbour
    found = measured(x, by="industry")[0]
    assert np.isnan(found[1:, 0, 2:]).all()
    assert not np.isnan(found[:, 1]).any()
    birth = found[0, 0]  # A's neighbours had it, so that its birth is its own as a whole
    np.testing.assert_allclose(birth, [30, 0, 0, 30])
    x[:, 1, 0] = 0
    np.testing.assert_array_equal(measured(x, by="industry")[0, 1, 0], [0, 0, 0, 0])


@pytest.mark.filterwarnings("ignore:shift_share has no interval")
def test_establishments_are_drawn_and_neighbours_are_not() -> None:
    rng = np.random.default_rng(5)
    base = pd.DataFrame(
        {
            "establishment": [f"E{k}" for k in range(120)],
            "region": rng.choice(REGIONS, 120),
            "industry": rng.choice(INDUSTRIES, 120),
        }
    )
    years = [base.assign(year=y, employment=rng.lognormal(2, 1, 120)) for y in (2010, 2020)]
    table = pd.concat(years)
    options = {"method": "spatial", "neighbours": NEAR}
    found = cs.shift_share(table, inference=cs.Jackknife(), **options)
    left = []
    for name in base["establishment"]:
        rest = table.assign(employment=table["employment"].where(table["establishment"] != name, 0))
        left.append(cs.shift_share(cs.cells(rest), **options)["estimate"].to_numpy())
    apart = np.array(left) - np.mean(left, axis=0)
    error = np.sqrt(119 / 120 * (apart**2).sum(axis=0))
    np.testing.assert_allclose(found["std_error"], error)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"weight": [1, 1, 1, -1]}, r"'weight' is -1 at region 'C', region2 'A'"),
        ({"weight": [1, 1, 1, None]}, r"region 'C', region2 'A' has no weight"),
        ({"weight": [1, 1, 1, "x"]}, r"'x' in row 3"),
        ({"region2": list("BCAZ")}, r"region2 'Z' names a region that the table has not"),
        ({"region2": list("BCAC")}, r"region2 'C' makes a region its own neighbour"),
        ({"region2": list("BBAA")}, r"neighbours repeat 1 \(region, region2\) key"),
    ],
)
def test_bad_neighbours_are_refused(change: dict[str, list[object]], said: str) -> None:
    with pytest.raises(cs.TableError, match=said):
        measured(EXAMPLE, NEAR.assign(**change))


def test_neighbours_and_method_go_together() -> None:
    for options in ({"method": "spatial"}, {"neighbours": NEAR}):
        with pytest.raises(cs.OptionError, match="neighbours= and method='spatial' go together"):
            cs.shift_share(cells(EXAMPLE), **options)
    with pytest.raises(cs.TableError, match="no column 'weight'"):
        measured(EXAMPLE, NEAR.drop(columns="weight"))
