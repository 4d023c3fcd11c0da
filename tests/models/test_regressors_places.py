"""Regressors that use places or plants: localization, rings, market potential."""

from __future__ import annotations

from itertools import pairwise
from math import asin, cos, inf, log, nan, pi, radians, sin, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs
from clusterstats.models.regressors import points

TOLERANCE = 1e-12
EARTH_KM = 6371.0088


def sites(seed: int, n: int = 40, years: tuple[int, ...] = (2010, 2011)) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    one = pd.DataFrame(
        {
            "establishment": [f"e{k:02d}" for k in range(n)],
            "region": rng.choice(["A", "B", "C"], n),
            "industry": rng.choice(["film", "sound", "steel"], n),
            "x": rng.integers(0, 12_000, n),
            "y": rng.integers(0, 12_000, n),
        }
    )
    # some at the same place
    one.loc[1, ["x", "y"]] = one.loc[0, ["x", "y"]]
    return pd.concat(
        [one.assign(year=y, employment=rng.geometric(0.1, n) - 1.0) for y in years],
        ignore_index=True,
    )


# --- localization ---------------------------------------------------------------------------


def slow_localization(table: pd.DataFrame) -> pd.DataFrame:
    """Martin, Mayer and Mayneris's four variables, plant by plant."""
    rows = []
    for _, plant in table.sort_values(["year", "establishment"]).iterrows():
        here = table[(table["year"] == plant["year"]) & (table["region"] == plant["region"])]
        own = here[here["industry"] == plant["industry"]]
        outside = here[here["industry"] != plant["industry"]]["employment"].sum()
        neighbours = own[own["establishment"] != plant["establishment"]]["employment"].sum()
        herfindahl = sum(
            (group["employment"].sum() / outside) ** 2
            for industry, group in here.groupby("industry")
            if industry != plant["industry"] and outside
        )
        total = own["employment"].sum()
        plants = sum((size / total) ** 2 for size in own["employment"]) if total else 0
        rows.append(
            [
                log(neighbours + 1),
                log(outside + 1),
                log(1 / herfindahl) if herfindahl else nan,
                log(1 / plants) if plants else nan,
            ]
        )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("n", [6, 40])
def test_localization_is_its_formula(n: int) -> None:
    table = sites(n, n)
    found = cs.localization(table)
    np.testing.assert_allclose(
        found.iloc[:, 4:].to_numpy(), slow_localization(table).to_numpy(), atol=TOLERANCE
    )
    keys = ["year", "establishment", "region", "industry"]
    assert list(found.columns[:4]) == keys
    assert found[keys].equals(
        table[keys].sort_values(keys[:2]).reset_index(drop=True).astype(found[keys].dtypes)
    )


def test_an_unknown_plant_leaves_its_neighbours_unknown_and_not_itself() -> None:
    table = pd.DataFrame(
        {
            "establishment": list("abcd"),
            "region": ["A", "A", "A", "B"],
            "industry": ["film", "film", "steel", "film"],
            "employment": [nan, 5, 7, 9],
        }
    )
    found = cs.localization(table)
    assert found["localization"].tolist()[0] == log(6)
    assert found["localization"].isna().tolist() == [False, True, False, False]
    assert found["urbanization"].isna().tolist() == [False, False, True, False]
    assert found["competition"].isna().tolist() == [True, True, False, False]
    assert "'employment' is unknown in 1 row(s)" in found.attrs["note"]


def test_localization_needs_plants() -> None:
    cells = pd.DataFrame({"region": ["A"], "industry": ["film"], "employment": [3]})
    with pytest.raises(cs.TableError, match="leaves out the own plant"):
        cs.localization(cells)


# --- rings ----------------------------------------------------------------------------------


def great_circle(a: pd.Series, b: pd.Series) -> float:
    """Haversine, from the formula."""
    lat1, lat2 = radians(a["lat"]), radians(b["lat"])
    half = sin((lat2 - lat1) / 2) ** 2
    half += cos(lat1) * cos(lat2) * sin(radians(b["lon"] - a["lon"]) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def straight(a: pd.Series, b: pd.Series) -> float:
    return sqrt((a["x"] - b["x"]) ** 2 + (a["y"] - b["y"]) ** 2) / 1000


def slow_rings(table: pd.DataFrame, edges: tuple[float, ...]) -> np.ndarray:
    rows = []
    distance = straight if "x" in table else great_circle
    ordered = table.sort_values([c for c in ("year", "establishment") if c in table])
    for _, k in ordered.iterrows():
        sums = np.zeros(2 * (len(edges) - 1))
        for _, j in ordered.iterrows():
            if j["establishment"] == k["establishment"] or j.get("year") != k.get("year"):
                continue
            far = distance(k, j)
            for band, (low, high) in enumerate(pairwise(edges)):
                if low < far <= high or (far == 0 == low):
                    other = (j["industry"] != k["industry"]) * (len(edges) - 1)
                    sums[band + other] += j["employment"]
        rows.append(sums)
    return np.array(rows)


@pytest.mark.parametrize("edges", [(0, 1, 5, 10), (2, 4), (0, 0.5, 20)])
def test_rings_around_establishments_are_their_formula(
    edges: tuple[float, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = sites(11, 30)
    whole = cs.rings(table, bands=edges)
    np.testing.assert_array_equal(whole.iloc[:, 4:].to_numpy(), slow_rings(table, edges))
    monkeypatch.setattr(points, "PAIRS", 50)  # many blocks
    pd.testing.assert_frame_equal(cs.rings(table, bands=edges), whole)


def test_rings_on_the_globe() -> None:
    rng = np.random.default_rng(12)
    table = sites(12, 25, (2010,)).drop(columns=["x", "y", "year"])
    table["lon"], table["lat"] = rng.uniform(2.2, 2.5, 25), rng.uniform(48.8, 49.0, 25)
    found = cs.rings(table, bands=(0, 3, 10))
    np.testing.assert_array_equal(found.iloc[:, 3:].to_numpy(), slow_rings(table, (0, 3, 10)))


def test_rings_across_the_date_line() -> None:
    table = pd.DataFrame(
        {
            "establishment": ["a", "b"],
            "region": "A",
            "industry": "film",
            "employment": [3, 4],
            "lon": [179.99, -179.99],
            "lat": [0.0, 0.0],
        }
    )
    found = cs.rings(table, bands=(0, 2, 3))  # 0.02 degrees of the equator: 2.224 km
    assert found["own_2_3_km"].tolist() == [4, 3]
    assert found["own_0_2_km"].tolist() == [0, 0]


@given(st.integers(0, 10_000), st.integers(2, 12))
@settings(max_examples=25, deadline=None)
def test_rings_partition_what_is_within_the_last_edge(seed: int, n: int) -> None:
    table = sites(seed, n, (2010,))
    fine, coarse = cs.rings(table, bands=(0, 2, 5, 9)), cs.rings(table, bands=(0, 9))
    for kind in ("own", "other"):
        parts = fine.filter(like=f"{kind}_").sum(axis=1)
        assert parts.tolist() == coarse[f"{kind}_0_9_km"].tolist()
    everywhere = cs.rings(table, bands=(0, 100)).filter(like="_km").sum(axis=1)
    sizes = table.sort_values("establishment")["employment"]
    assert everywhere.tolist() == (sizes.sum() - sizes).tolist()


def test_an_unknown_size_leaves_its_rings_unknown() -> None:
    table = pd.DataFrame(
        {
            "establishment": list("abc"),
            "region": "A",
            "industry": ["film", "film", "steel"],
            "employment": [nan, 5, 7],
            "x": [0, 500, 3000],
            "y": 0,
        }
    )
    found = cs.rings(table, bands=(0, 1, 5))
    assert found["own_0_1_km"].isna().tolist() == [False, True, False]
    assert found["other_1_5_km"].isna().tolist() == [False, False, True]
    assert found["own_0_1_km"].iloc[0] == 5


def cells_and_places(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    regions = [f"r{k}" for k in range(9)]
    keys = pd.MultiIndex.from_product(
        [(2010, 2011), regions, ["film", "sound", "steel"]], names=["year", "region", "industry"]
    )
    table = pd.DataFrame({"employment": rng.poisson(5, len(keys)).astype(float)}, keys)
    places = pd.DataFrame(
        {
            "region": regions,
            "x": rng.integers(0, 20_000, 9),
            "y": rng.integers(0, 20_000, 9),
            "area_km2": rng.uniform(5, 50, 9),
        }
    )
    return table.reset_index(), places


def test_rings_around_regions_are_their_formula() -> None:
    table, places = cells_and_places(13)
    edges = (0, 6, 14)
    found = cs.rings(table, bands=edges, territories=places)
    at = places.set_index("region")
    for row in found.itertuples():
        for low, high in ((0, 6), (6, 14)):
            own = other = 0.0
            for cell in table[table["year"] == row.year].itertuples():
                far = straight(at.loc[row.region], at.loc[cell.region])
                if cell.region != row.region and (low < far <= high or far == 0 == low):
                    own += cell.employment * (cell.industry == row.industry)
                    other += cell.employment * (cell.industry != row.industry)
            assert getattr(row, f"own_{low}_{high}_km") == own
            assert getattr(row, f"other_{low}_{high}_km") == other


@pytest.mark.parametrize("bands", [(1,), (5, 1), (-1, 2), (0, inf), "ab", 3, (0, nan)])
def test_bands_that_are_no_rings(bands: object) -> None:
    with pytest.raises(cs.OptionError, match="not edges of rings"):
        cs.rings(sites(1), bands=bands)


def test_places_that_are_none() -> None:
    table = sites(1)
    with pytest.raises(cs.TableError, match="no coordinates"):
        cs.rings(table.drop(columns="x"), bands=(0, 1))
    with pytest.raises(cs.TableError, match=r"'x' is blank .* year 2010, establishment 'e03'"):
        cs.rings(table.assign(x=table["x"].where(table.index != 3)), bands=(0, 1))
    with pytest.raises(cs.TableError, match="metres go in columns 'x' and 'y'"):
        cs.rings(table.rename(columns={"x": "lon", "y": "lat"}), bands=(0, 1))
    with pytest.raises(cs.TableError, match="give those of regions by territories="):
        cs.rings(cs.cells(table), bands=(0, 1))
    with pytest.raises(cs.TableError, match="leave territories= out"):
        cs.rings(table, bands=(0, 1), territories=table)


# --- market potential -----------------------------------------------------------------------


@pytest.mark.parametrize("internal", ["none", "area"])
def test_market_potential_is_harris_formula(internal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table, places = cells_and_places(14)
    found = cs.market_potential(table, territories=places, internal=internal)
    at = places.set_index("region")
    sizes = table.groupby(["year", "region"])["employment"].sum()
    for row in found.itertuples():
        total = 0.0
        for region in at.index:
            far = straight(at.loc[row.region], at.loc[region])
            if region == row.region:
                far = 2 / 3 * sqrt(at.loc[region, "area_km2"] / pi) if internal == "area" else inf
            total += sizes[row.year, region] / far
        assert row.market_potential == pytest.approx(total, rel=TOLERANCE)
    monkeypatch.setattr("clusterstats.models.regressors.potential.PAIRS", 10)
    again = cs.market_potential(table, territories=places, internal=internal)
    pd.testing.assert_frame_equal(again, found, rtol=TOLERANCE)


@pytest.mark.parametrize("internal", ["none", "area"])
def test_given_distances_are_used(internal: str) -> None:
    table, places = cells_and_places(15)
    pairs = places.merge(places, how="cross", suffixes=("", "2"))
    pairs = pairs[pairs["region"] != pairs["region2"]]
    far = np.hypot(pairs["x"] - pairs["x2"], pairs["y"] - pairs["y2"]) / 1000
    distances = pd.DataFrame(
        {"origin": pairs["region"], "destination": pairs["region2"], "distance_km": far}
    )
    found = cs.market_potential(table, territories=places, internal=internal, distances=distances)
    lines = cs.market_potential(table, territories=places, internal=internal)
    pd.testing.assert_frame_equal(found, lines, rtol=TOLERANCE)
    with pytest.raises(cs.TableError, match=r"1 pair\(s\) of regions have no row in distances"):
        cs.market_potential(table, territories=places, distances=distances.iloc[1:])


def test_an_unknown_size_leaves_the_others_unknown() -> None:
    table, places = cells_and_places(16)
    table.loc[0, "employment"] = nan
    found = cs.market_potential(table, territories=places)
    first = found[found["year"] == 2010].set_index("region")["market_potential"]
    assert not np.isnan(first["r0"])
    assert first.drop("r0").isna().all()
    assert found.loc[found["year"] == 2011, "market_potential"].notna().all()
    whole = cs.market_potential(table, territories=places, internal="area")
    assert whole.loc[whole["year"] == 2010, "market_potential"].isna().all()


def test_two_regions_at_one_place_are_told() -> None:
    table, places = cells_and_places(17)
    places.loc[1, ["x", "y"]] = places.loc[0, ["x", "y"]]
    with pytest.raises(cs.TableError, match="'r0' and 'r1' lie at the same place"):
        cs.market_potential(table, territories=places)


def test_territories_are_needed_for_places_and_areas() -> None:
    table, places = cells_and_places(18)
    pairs = places.merge(places, how="cross", suffixes=("", "2"))
    distances = pd.DataFrame(
        {"origin": pairs["region"], "destination": pairs["region2"], "distance_km": 2.0}
    )
    found = cs.market_potential(table, distances=distances)
    total = table.groupby(["year"])["employment"].sum()
    own = table.groupby(["year", "region"])["employment"].sum()
    assert found["market_potential"].tolist() == ((total - own) / 2).tolist()
    with pytest.raises(cs.OptionError, match="needed for the areas"):
        cs.market_potential(table, distances=distances, internal="area")
    with pytest.raises(cs.OptionError, match="needed for the coordinates"):
        cs.market_potential(table)
