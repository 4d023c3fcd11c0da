"""The cluster index of establishments against loops, and its test against every labelling."""

from __future__ import annotations

from itertools import combinations
from math import asin, cos, exp, hypot, radians, sin, sqrt
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs
from clusterstats.measures.establishments import scholl_brenner as module

TOLERANCE = 1e-9  # rounding of sums in another order


def plants(seed: int, n: int = 14, years: int = 1) -> pd.DataFrame:
    """Made-up establishments on a plane, some at one place, some with nobody."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "establishment": [f"E{k:03d}" for k in range(n)],
            "region": rng.choice(["A", "B"], n),
            "industry": rng.choice(["film", "mill", "shop"], n, p=[0.5, 0.3, 0.2]),
            "employment": rng.geometric(0.2, n) - 1.0,
            "x": rng.integers(-20, 20, n) * 500.0,
            "y": rng.integers(0, 20, n) * 500.0,
        }
    )
    if years == 1:
        return frame
    return pd.concat([frame.assign(year=2000 + k) for k in range(years)], ignore_index=True)


def on_globe(seed: int) -> pd.DataFrame:
    """The same with degrees, across the date line."""
    rng = np.random.default_rng(seed)
    table = plants(seed).drop(columns=["x", "y"])
    lon = (rng.uniform(175, 185, len(table)) + 180) % 360 - 180
    return table.assign(lon=lon, lat=rng.uniform(-60, 60, len(table)))


def far(a: Any, b: Any) -> float:
    """Kilometres between two rows: Pythagoras or haversine."""
    if hasattr(a, "x"):
        return hypot(a.x - b.x, a.y - b.y) / 1000
    lon, lat = radians(b.lon - a.lon), radians(b.lat - a.lat)
    chord = sin(lat / 2) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(lon / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(chord))


DECAYS = {
    "inverse": lambda d: max(d, 2.0) ** -1.5,
    "exponential": lambda d: exp(-d / 2.0),
    "log_logistic": lambda d: 1 / (1 + (d / 2.0) ** 1.5),
}


def by_loops(
    table: pd.DataFrame, decay: str, value: str, cutoff: float | None = None
) -> pd.DataFrame:
    """Nearness to the others of the industry and to all others, pair by pair."""
    rows = list(table.assign(establishments=1.0).itertuples())
    found = []
    for k in rows:
        sums = {True: [0.0, 0.0], False: [0.0, 0.0]}
        for other in rows:
            if other.establishment == k.establishment:
                continue
            d, w = far(k, other), getattr(other, value)
            near = 0.0 if cutoff is not None and d > cutoff else DECAYS[decay](d)
            for kin in {False, other.industry == k.industry}:
                sums[kin][0] += w * near
                sums[kin][1] += w
        ours, alls = (top / bottom if bottom else np.nan for top, bottom in sums.values())
        found.append((ours, ours / alls if alls else np.nan))
    return pd.DataFrame(found, columns=["mean", "relative"])


def options(decay: str) -> dict[str, Any]:
    power = {} if decay == "exponential" else {"power": 1.5}
    return {"decay": decay, "scale_km": 2.0, **power}


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    decay=st.sampled_from(list(DECAYS)),
    value=st.sampled_from(["establishments", "employment"]),
    is_globe=st.booleans(),
    cutoff=st.sampled_from([None, 3.3, 900.0]),
)
def test_the_index_is_its_formula(
    seed: int, decay: str, value: str, is_globe: bool, cutoff: float | None
) -> None:
    table = on_globe(seed) if is_globe else plants(seed)
    expected = by_loops(table, decay, value, cutoff)
    for form in ("relative", "mean"):
        found = cs.scholl_brenner(table, form=form, value=value, cutoff_km=cutoff, **options(decay))
        np.testing.assert_allclose(found["estimate"], expected[form], rtol=1e-7)


def test_four_plants_by_hand() -> None:
    """At 0, 2, 4 and 10 km: a's film is at 2, and the others at 2, 4 and 10."""
    table = pd.DataFrame(
        {
            "establishment": list("abcd"),
            "region": "R",
            "industry": ["film", "film", "other", "other"],
            "x": [0, 2000, 4000, 10_000],
            "y": 0,
        }
    )
    found = cs.scholl_brenner(table)["estimate"]
    assert found[0] == pytest.approx((1 / 2) / ((1 / 2 + 1 / 4 + 1 / 10) / 3))
    assert found[2] == pytest.approx((1 / 6) / ((1 / 4 + 1 / 2 + 1 / 6) / 3))
    nearest = cs.scholl_brenner(table, scale_km=3, form="mean")["estimate"]
    assert nearest[0] == pytest.approx(1 / 3)  # 2 km count as 3


def test_degrees_and_metres_agree_over_short_distances() -> None:
    rng = np.random.default_rng(1)
    table = plants(1, n=40).assign(lon=rng.uniform(0, 0.5, 40), lat=rng.uniform(-0.2, 0.2, 40))
    degree = 6371.0088 * np.pi / 180 * 1000
    flat = table.assign(x=table["lon"] * degree, y=table["lat"] * degree)
    found = cs.scholl_brenner(table.drop(columns=["x", "y"]))["estimate"]
    np.testing.assert_allclose(found, cs.scholl_brenner(flat)["estimate"], rtol=1e-4)


def test_alone_in_its_industry_is_undefined_in_its_own_row() -> None:
    table = plants(3, n=40)
    table.loc[0, "industry"] = "alone"
    found = cs.scholl_brenner(table)["estimate"]
    assert np.isnan(found[0])
    assert found[1:].notna().all()
    means = cs.scholl_brenner(table, by="industry").set_index("industry")["estimate"]
    assert means.isna().tolist() == [industry == "alone" for industry in means.index]


def test_nobody_within_the_cutoff_is_undefined_and_no_kin_is_zero() -> None:
    table = plants(3, n=4).assign(x=[0, 1000, 2000, 90_000], y=0)
    table["industry"] = ["film", "other", "film", "other"]
    found = cs.scholl_brenner(table, cutoff_km=1.5)["estimate"]
    assert found[:3].tolist() == [0, 0, 0]
    assert np.isnan(found[3])
    assert (cs.scholl_brenner(table, cutoff_km=1.5, form="mean")["estimate"] == 0).all()


@pytest.mark.parametrize("value", ["establishments", "employment"])
def test_means_are_over_the_establishments_of_a_region_or_an_industry(value: str) -> None:
    table = plants(5, n=40, years=2)
    single = cs.scholl_brenner(table, value=value)
    for by, keys in (
        ("region", ["year", "region", "industry"]),
        ("industry", ["year", "industry"]),
    ):
        found = cs.scholl_brenner(table, value=value, by=by)  # type: ignore[arg-type]
        assert list(found) == [*keys, "measure", "estimate"]
        for row in found.to_dict("records"):
            here = np.all([single[key] == row[key] for key in keys], axis=0)
            sizes = table.set_index(["year", "establishment"])[["employment"]].assign(
                establishments=1.0
            )
            own = single[here].set_index(["year", "establishment"])["estimate"]
            weight = sizes.loc[own.index, value]
            assert row["estimate"] == pytest.approx(np.average(own, weights=weight))


# --- contract -------------------------------------------------------------------------------


def test_a_year_alone_is_that_year_in_the_panel() -> None:
    panel = plants(2, years=2)
    panel.loc[panel["year"] == 2001, "x"] *= 1.7
    option = cs.MonteCarlo(draws=29, seed=4)
    both = cs.scholl_brenner(panel, inference=option)
    alone = cs.scholl_brenner(panel[panel["year"] == 2001].drop(columns="year"), inference=option)
    there = both[both["year"] == 2001].drop(columns="year").reset_index(drop=True)
    pd.testing.assert_frame_equal(there, alone)
    assert list(both)[:4] == ["year", "establishment", "region", "industry"]
    pd.testing.assert_frame_equal(both, both.sort_values(["year", "establishment"]))


def test_engines_row_order_and_seeds_change_nothing_and_the_input_stays() -> None:
    table = plants(6, n=30)
    before = table.copy(deep=True)
    option = cs.MonteCarlo(draws=29, seed=4)
    found = cs.scholl_brenner(table, inference=option, value="employment")
    pd.testing.assert_frame_equal(table, before)
    shuffled = table.sample(frac=1, random_state=1)
    for other in (shuffled, pl.from_pandas(shuffled), duckdb.from_df(shuffled)):
        again = cs.scholl_brenner(other, inference=option, value="employment")
        pd.testing.assert_frame_equal(found, again, check_exact=True)


@pytest.mark.parametrize("cutoff", [None, 6.0])
def test_blocks_of_any_size_give_the_same(
    cutoff: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = plants(7, n=60)
    option = cs.MonteCarlo(draws=39, seed=2)

    def found() -> pd.DataFrame:
        return cs.scholl_brenner(
            table, cutoff_km=cutoff, inference=option, value="employment", scale_km=0.5
        )

    whole = found()
    monkeypatch.setattr(module, "BLOCK", 200)
    pd.testing.assert_frame_equal(whole, found(), rtol=TOLERANCE)


def test_sizes_and_distances_in_other_units_change_no_relative_index() -> None:
    table = plants(8, n=30)
    found = cs.scholl_brenner(table, value="employment", scale_km=0.4)
    other = table.assign(
        employment=table["employment"] * 7, x=table["x"] * 10, y=table["y"] * 10 + 3000
    )
    again = cs.scholl_brenner(other, value="employment", scale_km=4)
    pd.testing.assert_frame_equal(found, again, rtol=TOLERANCE)


# --- the test -------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["establishments", "employment"])
@pytest.mark.parametrize("cutoff", [None, 9.0])
def test_the_null_is_every_choice_of_the_others(value: str, cutoff: float | None) -> None:
    table = plants(11, n=9).assign(establishments=1.0)
    table["industry"] = ["film"] * 4 + ["mill"] * 5
    table["employment"] += 1
    draws = 4000
    found = cs.scholl_brenner(
        table,
        value=value,
        cutoff_km=cutoff,
        inference=cs.MonteCarlo(draws=draws, seed=3, alternative="greater"),
    )
    rows = list(table.itertuples())
    for k, row in enumerate(found.itertuples()):
        others = [j for j in range(len(rows)) if j != k]

        def nearness(chosen: Any, k: int = k) -> float:
            far_of = {j: far(rows[k], rows[j]) for j in chosen}
            near = {
                j: 0.0 if cutoff is not None and d > cutoff else 1 / max(d, 1.0)
                for j, d in far_of.items()
            }
            weight = {j: getattr(rows[j], value) for j in chosen}
            return float(sum(weight[j] * near[j] for j in chosen) / sum(weight.values()))

        n = (table["industry"] == rows[k].industry).sum() - 1
        every = np.array([nearness(c) for c in combinations(others, n)]) / nearness(others)
        error = every.std() / np.sqrt(draws)
        assert row.null_mean == pytest.approx(every.mean(), abs=4 * error + 1e-9)
        p_value = (every >= row.estimate - 1e-9).mean()
        slack = 4 * np.sqrt(p_value * (1 - p_value) / draws) + 2 / draws
        assert row.p_value == pytest.approx(p_value, abs=slack)
        assert row.statistic == pytest.approx(
            (row.estimate - every.mean()) / every.std(), rel=0.1, abs=0.1
        )
        if value == "establishments":
            assert every.mean() == pytest.approx(1)


@pytest.mark.slow
def test_five_of_a_hundred_are_rejected_where_labels_are_random() -> None:
    rng = np.random.default_rng(12)
    n = 1500
    angle, spread = rng.uniform(0, 7, n), rng.exponential(5000, n)
    table = pd.DataFrame(
        {
            "establishment": [f"E{k:04d}" for k in range(n)],
            "region": "R",
            "industry": rng.choice([f"I{k:02d}" for k in range(50)], n),
            "employment": rng.pareto(1.5, n) + 1,
            "x": spread * np.cos(angle),  # a city: sites are far from even
            "y": spread * np.sin(angle),
        }
    )
    for value in ("establishments", "employment"):
        found = cs.scholl_brenner(table, value=value, inference=cs.MonteCarlo(draws=199, seed=1))
        assert 0.03 <= (found["p_value"] <= 0.05).mean() <= 0.07


def test_a_cluster_is_found_where_it_is() -> None:
    rng = np.random.default_rng(13)
    n = 300
    table = plants(13, n=n).assign(x=rng.uniform(0, 1e5, n), y=rng.uniform(0, 1e5, n))
    table["industry"] = np.where(np.arange(n) < 30, "film", "other")
    place = table["industry"].eq("film") & (np.arange(n) < 20)
    table.loc[place, ["x", "y"]] = rng.normal(2e4, 1000, (20, 2))
    found = cs.scholl_brenner(
        table, inference=cs.MonteCarlo(draws=199, seed=1, alternative="greater")
    )
    film = found[:30]
    assert (film["p_value"][:20] == 1 / 200).all()
    assert film["estimate"][:20].min() > 5
    assert film["estimate"][20:].median() < 2


def test_p_values_are_adjusted_when_asked() -> None:
    option = cs.MonteCarlo(draws=999, seed=1, adjust="holm")
    found = cs.scholl_brenner(plants(14), inference=option)
    known = found.dropna(subset=["p_value"])
    assert (known["p_adjusted"] >= known["p_value"]).all()
    assert list(found).index("p_adjusted") == list(found).index("p_value") + 1


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"decay": "linear"}, "decay='linear' is not known"),
        ({"form": "sum"}, "form='sum' is not known"),
        ({"by": "country"}, "by='country' is not known"),
        ({"scale_km": 0}, "scale_km=0 is not a number above 0"),
        ({"power": -1}, "power=-1 is not a number above 0"),
        ({"power": True}, "power=True is not a number above 0"),
        ({"cutoff_km": float("inf")}, "cutoff_km=inf is not a number above 0"),
        ({"decay": "exponential", "power": 2}, "power= does not go with decay='exponential'"),
        ({"inference": cs.Bootstrap(seed=1)}, "does not fit scholl_brenner"),
        ({"inference": cs.Analytic()}, "does not fit scholl_brenner"),
        ({"inference": cs.MonteCarlo(null="dartboard", seed=1)}, "does not fit scholl_brenner"),
        ({"inference": cs.MonteCarlo(seed=1), "by": "region"}, "a mean by region is over"),
    ],
)
def test_options_are_refused(option: dict[str, Any], said: str) -> None:
    with pytest.raises(cs.OptionError, match=said):
        cs.scholl_brenner(plants(1), **option)


def test_draws_that_do_not_fit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STORE", 200)
    with pytest.raises(cs.OptionError, match="99 draws of 14 sites do not fit in memory"):
        cs.scholl_brenner(
            plants(1).assign(industry="film"), inference=cs.MonteCarlo(draws=99, seed=1)
        )


def test_tables_are_refused() -> None:
    table = plants(1)
    with pytest.raises(cs.TableError, match="needs establishments, one row each"):
        cs.scholl_brenner(cs.cells(table))
    with pytest.raises(cs.TableError, match="give columns 'x' and 'y'"):
        cs.scholl_brenner(table.drop(columns="y"))
    table.loc[3, "x"] = np.nan
    with pytest.raises(
        cs.TableError, match="'x' is nan in 1 row.s., first at establishment 'E003'"
    ):
        cs.scholl_brenner(table)
    with pytest.raises(cs.TableError, match="'lat' is 95 in 1 row.s."):
        cs.scholl_brenner(table.drop(columns="x").assign(lon=0, lat=[95.0] + [0.0] * 13))
    unknown = plants(1).assign(employment=[np.nan] + [1.0] * 13)
    with pytest.raises(cs.TableError, match="'employment' is unknown in 1 row"):
        cs.scholl_brenner(unknown, value="employment")


def test_the_definition_says_which_index_it_is() -> None:
    said = cs.scholl_brenner(plants(1), decay="log_logistic", power=5, cutoff_km=60).attrs
    assert "after Scholl and Brenner 2016" in said["definition"]
    assert "f(d) = 1 / (1 + (d / 1)^5), d in km, 0 beyond 60" in said["definition"]
