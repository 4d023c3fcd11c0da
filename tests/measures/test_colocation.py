"""Colocation against enumeration of every way to shuffle plants."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

TOLERANCE = 1e-12  # sums of a few dozen terms
PLANTS = [
    ("film", "A", 5),
    ("film", "A", 1),
    ("games", "A", 2),
    ("games", "B", 3),
    ("mill", "C", 4),
    ("mill", "A", 2),
]


def table(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    """Establishments from (industry, region, size)."""
    frame = pd.DataFrame(rows, columns=["industry", "region", "employment"])
    return frame.assign(establishment=[f"e{k}" for k in range(len(rows))])


def part(result: pd.DataFrame, component: str) -> pd.DataFrame:
    return result[result["component"] == component]


def shuffled(rows: list[tuple[str, str, float]], moving: list[int]) -> pd.DataFrame:
    """A year for every way to permute the sites of some plants."""
    years = []
    for year, order in enumerate(permutations(moving)):
        sites = dict(zip(moving, order, strict=True))
        moved = [(i, rows[sites.get(k, k)][1], z) for k, (i, _, z) in enumerate(rows)]
        years.append(table(moved).assign(year=year))
    return pd.concat(years, ignore_index=True)


@pytest.mark.parametrize("value", ["establishments", "employment"])
@pytest.mark.parametrize("pair", [("film", "games"), ("film", "mill"), ("games", "mill")])
@pytest.mark.parametrize("reference", ["pair", "all"])
def test_mean_and_variance_are_those_of_every_permutation(
    value: str, pair: tuple[str, str], reference: str
) -> None:
    everyone = list(range(len(PLANTS)))
    inside = [k for k in everyone if PLANTS[k][0] in pair]
    years = shuffled(PLANTS, inside if reference == "pair" else everyone)
    every = part(cs.colocation(years, value=value), "CL")
    chosen = every[(every["industry"] == pair[0]) & (every["industry2"] == pair[1])]["estimate"]
    found = cs.colocation(table(PLANTS), value=value, reference=reference)
    found = found[(found["industry"] == pair[0]) & (found["industry2"] == pair[1])]
    by_name = found.set_index("component")["estimate"]
    assert by_name["expected"] == pytest.approx(chosen.mean(), abs=TOLERANCE)
    assert by_name["var_CL"] == pytest.approx(chosen.var(ddof=0), abs=TOLERANCE)
    assert by_name["XCL"] == pytest.approx(by_name["CL"] - chosen.mean(), abs=TOLERANCE)


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from(["film", "games", "mill"]), st.sampled_from("ABC"), st.just(1)),
        min_size=2,
        max_size=12,
    )
)
def test_shares_of_pairs_are_counted_one_by_one(rows: list[tuple[str, str, float]]) -> None:
    found = cs.colocation(table(rows))
    for keys, pair in found.groupby(["industry", "industry2"]):
        by_name = pair.set_index("component")["estimate"]
        a, b = ([region for industry, region, _ in rows if industry == name] for name in keys)
        cross = [x == y for x, y in product(a, b)]
        other = [x == y for (i, x), (j, y) in product(enumerate(a + b), repeat=2) if i != j]
        assert by_name["CL"] == pytest.approx(np.mean(cross), abs=TOLERANCE)
        assert by_name["expected"] == pytest.approx(np.mean(other), abs=TOLERANCE)
        assert by_name["var_CL"] >= 0


def test_draws_are_centred_on_their_mean() -> None:
    """Every draw with replacement within each industry; their mean is what the pivot takes."""
    film, games = ["A", "A", "B"], ["A", "C"]
    years = [
        table([*(("film", r, 1.0) for r in f), *(("games", r, 1.0) for r in g)]).assign(year=k)
        for k, (f, g) in enumerate(product(product(film, repeat=3), product(games, repeat=2)))
    ]
    for declared in cs.measures.REGISTRY["colocation"].declarations:
        reference = declared.options["reference"]
        draws = part(cs.colocation(pd.concat(years), reference=reference), "XCL")["estimate"]
        count = np.array([[2.0, 1.0], [1.0, 0.0], [0.0, 1.0]])  # regions A, B, C
        assert declared.plug_in is not None
        centre = declared.plug_in(count, count, count)[0, 1]
        if reference == "pair":
            assert draws.mean() == pytest.approx(centre, abs=TOLERANCE)
        else:  # there all plants are drawn together: every draw of five, for its chance alone
            every = [
                np.mean([i == j for i, j in permutations(drawn, 2)])
                for drawn in product(film + games, repeat=5)
            ]
            together = 2 / 3 * 1 / 2  # both in A
            assert centre == pytest.approx(together - np.mean(every), abs=TOLERANCE)


def test_the_analytic_test_is_the_exact_mean_and_variance_on_a_normal_curve() -> None:
    rows = [("film", r, 1) for r in "AAAABBC"] + [("games", r, 1) for r in "AABBCCCC"]
    result = part(cs.colocation(table(rows), inference=cs.Analytic(alternative="greater")), "XCL")
    plain = cs.colocation(table(rows)).set_index("component")["estimate"]
    statistic = plain["XCL"] / np.sqrt(plain["var_CL"])
    assert result["statistic"].iloc[0] == pytest.approx(statistic)
    option = cs.MonteCarlo(null="random_labelling", draws=1999, seed=1)
    simulated = part(cs.colocation(table(rows), inference=option), "XCL").iloc[0]
    assert simulated["statistic"] == pytest.approx(statistic, abs=0.12)
    assert abs(simulated["null_mean"]) < 4 * np.sqrt(plain["var_CL"] / 1999)


def test_known_cases() -> None:
    apart = cs.colocation(table([("film", "A", 1)] * 2 + [("games", "B", 1)] * 2))
    by_name = apart.set_index("component")["estimate"]
    assert by_name["CL"] == 0
    assert by_name["XCL"] == pytest.approx(-1 / 3)  # of 12 ordered pairs, 4 share a region
    assert by_name["var_CL"] == pytest.approx(1 / 18)  # CL is 0, 1/2, 1/2, 1/2, 1/2, 0
    together = cs.colocation(table([("film", "A", 1)] * 2 + [("games", "A", 1)] * 2))
    assert together.set_index("component")["estimate"]["XCL"] == 0
    test = cs.colocation(
        table([("film", "A", 1)] * 2 + [("games", "A", 1)] * 2), inference=cs.Analytic()
    )
    assert test[["statistic", "p_value"]].isna().all(axis=None)


def test_plants_count_alike_whatever_their_size_unless_weighted() -> None:
    with_nobody = table([*PLANTS, ("film", "B", 0)])
    counted = part(cs.colocation(with_nobody), "CL")["estimate"].iloc[0]
    weighted = part(cs.colocation(with_nobody, value="employment"), "CL")["estimate"].iloc[0]
    assert counted == pytest.approx(3 / 6)
    assert weighted == pytest.approx(6 * 2 / (6 * 5))
    expected = part(cs.colocation(with_nobody, value="employment"), "expected")["estimate"].iloc[0]
    assert expected == pytest.approx((3 * 2 + 2 * 1) / (5 * 4))


def test_an_industry_that_is_nowhere_is_undefined_in_its_own_pairs_only() -> None:
    bare = cs.cells(table(PLANTS))
    empty = bare[bare["industry"] == "mill"].assign(industry="none")
    numbers = ["establishments", "employment", "employment_squares"]
    whole = pd.concat([bare, empty.assign(**dict.fromkeys(numbers, 0.0))], ignore_index=True)
    result = cs.colocation(whole)
    lost = result["industry2"] == "none"
    xcl = result["component"].isin(["XCL", "CL", "expected"])
    assert result.loc[lost & xcl, "estimate"].isna().all()
    kept = result[~lost].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, cs.colocation(bare), rtol=TOLERANCE)


def test_refusals() -> None:
    with pytest.raises(cs.OptionError, match="pair"):
        cs.colocation(table(PLANTS), reference="none")
    cells = cs.cells(table(PLANTS)).drop(columns="establishments")
    with pytest.raises(cs.TableError, match="no column 'establishments'"):
        cs.colocation(cells)
    with pytest.raises(cs.TableError, match="needs the sizes of establishments"):
        cs.colocation(cells.drop(columns="employment_squares"), value="employment")
