"""Potential, accessibility and shares of customers: loops, identities, what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

PLACES = ["A", "B", "C"]
DOORS: list[Callable[..., pd.DataFrame]] = [
    cs.harris_potential,
    lambda table, **options: cs.hansen_accessibility(table, rate=1.5, **options),
    lambda table, **options: cs.huff(table, rate=1.5, **options),
]
each_door = pytest.mark.parametrize("door", DOORS, ids=["harris", "hansen", "huff"])


def pairs(distance: list[float], size: list[float]) -> pd.DataFrame:
    """All pairs of three places."""
    return pd.DataFrame(
        {
            "origin": np.repeat(PLACES, 3),
            "destination": PLACES * 3,
            "distance_km": distance,
            "size": size * 3,
        }
    )


DISTANCE = [4.0, 10.0, 25.0, 10.0, 2.0, 16.0, 25.0, 16.0, 8.0]
TABLE = pairs(DISTANCE, [50.0, 0.0, 20.0])
distances = st.lists(st.floats(0.5, 100), min_size=9, max_size=9)
sizes = st.lists(st.integers(0, 500).map(float), min_size=3, max_size=3)


@settings(max_examples=60, deadline=None)
@given(
    distance=distances,
    size=sizes,
    rate=st.floats(0, 3),
    power=st.floats(0.5, 2),
    decay=st.sampled_from(["power", "exponential"]),
)
def test_doors_agree_with_loops(
    distance: list[float], size: list[float], rate: float, power: float, decay: str
) -> None:
    table, given_ = pairs(distance, size), {"rate": rate, "decay": decay, "size_power": power}
    reached, shares, potential = [], [], []
    for i in range(3):
        pull = []
        for j in range(3):
            d = distance[3 * i + j]
            left = 1 / d**rate if decay == "power" else math.exp(-rate * d)
            pull.append(size[j] ** power * left)
        reached.append(sum(pull))
        shares += [p / sum(pull) if sum(pull) > 0 else np.nan for p in pull]
        potential.append(sum(size[j] / distance[3 * i + j] for j in range(3)))
    np.testing.assert_allclose(cs.hansen_accessibility(table, **given_)["estimate"], reached)
    np.testing.assert_allclose(cs.huff(table, **given_)["estimate"], shares)
    np.testing.assert_allclose(cs.harris_potential(table)["estimate"], potential)


@settings(max_examples=40, deadline=None)
@given(distance=distances, size=sizes.filter(any), scale=st.floats(0.1, 50))
def test_shares_add_up_and_know_no_units(
    distance: list[float], size: list[float], scale: float
) -> None:
    table = pairs(distance, size)
    share = cs.huff(table, rate=2)
    np.testing.assert_allclose(share.groupby("origin")["estimate"].sum(), 1)
    bigger = table.assign(size=table["size"] * scale, distance_km=table["distance_km"] * scale)
    np.testing.assert_allclose(cs.huff(bigger, rate=2)["estimate"], share["estimate"])


@each_door
def test_keys_engines_order_and_input(door: Callable[..., pd.DataFrame]) -> None:
    before = TABLE.copy(deep=True)
    found = door(TABLE)
    keys = [key for key in ("origin", "destination") if key in found]
    assert list(found.columns) == [*keys, "measure", "estimate"]
    assert not found.duplicated(keys).any()
    pd.testing.assert_frame_equal(TABLE, before)
    for other in (
        TABLE.sample(frac=1, random_state=2),
        pl.from_pandas(TABLE),
        duckdb.from_df(TABLE),
    ):
        pd.testing.assert_frame_equal(door(other), found)
    assert "internal distances as the table has them" in found.attrs["definition"]


@each_door
def test_years_are_measured_apart(door: Callable[..., pd.DataFrame]) -> None:
    later = TABLE.assign(size=TABLE["size"] + 30)
    panel = pd.concat([later.assign(year=2020), TABLE.assign(year=2010)])
    found = door(panel)
    assert found.columns[0] == "year"
    for year, alone in {2010: TABLE, 2020: later}.items():
        there = found[found["year"] == year].drop(columns="year").reset_index(drop=True)
        pd.testing.assert_frame_equal(there, door(alone))


def test_internal_distance_is_what_was_asked() -> None:
    table = TABLE.assign(area_km2=np.repeat([math.pi * 9, math.pi * 36, math.pi], 3))
    area = cs.harris_potential(table, internal="area")["estimate"].tolist()
    assert area == pytest.approx([50 / 2 + 20 / 25, 50 / 10 + 20 / 16, 50 / 25 + 20 / (2 / 3)])
    none = cs.harris_potential(TABLE, internal="none")["estimate"].tolist()
    assert none == pytest.approx([20 / 25, 50 / 10 + 20 / 16, 50 / 25])
    others = TABLE[TABLE["origin"] != TABLE["destination"]]
    assert cs.harris_potential(others, internal="none")["estimate"].tolist() == none
    said = cs.harris_potential(table, internal="area").attrs["definition"]
    assert "2/3 sqrt(area_km2 / pi)" in said


def test_pairs_out_of_reach_count_for_nothing_where_declared() -> None:
    near = TABLE[TABLE["distance_km"] < 20]
    found = cs.hansen_accessibility(near, rate=1, absent="zero")["estimate"]
    assert found.tolist() == pytest.approx([50 / 4, 50 / 10 + 20 / 16, 20 / 8])
    with pytest.raises(cs.TableError, match=r"2 pair\(s\) have no row, first origin 'A', destin"):
        cs.hansen_accessibility(near, rate=1)


def test_unknown_and_empty_stay_in_their_own_rows() -> None:
    table = TABLE.copy()
    table.loc[1, "distance_km"] = np.nan
    assert cs.harris_potential(table)["estimate"].isna().tolist() == [True, False, False]
    share = cs.huff(table, rate=1).set_index("origin")["estimate"]
    assert share["A"].isna().all()
    assert share[["B", "C"]].notna().all()
    empty = TABLE.assign(size=0.0)
    assert (cs.harris_potential(empty)["estimate"] == 0).all()
    assert cs.huff(empty, rate=1)["estimate"].isna().all()


@each_door
@pytest.mark.parametrize("option", [cs.Bootstrap(seed=1), cs.Analytic(), "bootstrap"])
def test_inference_is_refused(door: Callable[..., pd.DataFrame], option: object) -> None:
    with pytest.raises(cs.OptionError, match="is deterministic: given its sizes and distances"):
        door(TABLE, inference=option)


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        ({}, {"rate": -1}, "rate=-1 is not a number from 0 up"),
        ({}, {"rate": True}, "rate=True is not a number"),
        ({}, {"size_power": np.nan}, "size_power=nan is not a number"),
        ({}, {"decay": "linear"}, "decay='linear' is not known"),
        ({}, {"internal": "guess"}, "internal='guess' is not known"),
        ({}, {"absent": "drop"}, "absent='drop' is not known"),
        ({}, {"internal": "area"}, "no column 'area_km2'"),
        ({}, {"size": "jobs"}, "no column 'jobs'"),
        ({"distance_km": 0.0}, {}, "'distance_km' is 0 at origin 'A', destination 'A'"),
        ({"distance_km": -1.0}, {}, "'distance_km' is -1 at origin 'A'"),
        ({"size": range(9)}, {}, "column 'size' has several values at destination 'A'"),
        ({"origin": "A"}, {}, "pairs repeat"),
    ],
)
def test_refusals(change: dict[str, object], options: dict[str, object], said: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=said):
        cs.hansen_accessibility(TABLE.assign(**change), **{"rate": 1, **options})


def test_a_distance_of_zero_is_allowed_where_it_does_not_deter_infinitely() -> None:
    table = TABLE.assign(distance_km=0.0)
    found = cs.hansen_accessibility(table, rate=1, decay="exponential")["estimate"]
    assert found.tolist() == [70, 70, 70]
    assert cs.hansen_accessibility(table, rate=0)["estimate"].tolist() == [70, 70, 70]
