"""Plant-level indices where arithmetic is delicate, and what their notes say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

DOORS = [cs.ellison_glaeser, cs.maurel_sedillot]


def gamma(result: pd.DataFrame, industry: str) -> pd.Series:
    return result[(result["component"] == "gamma") & (result["industry"] == industry)].iloc[0]


@pytest.mark.parametrize("door", DOORS)
def test_one_plant_left_is_undefined_with_fractional_sizes(door: object) -> None:
    plants = pd.DataFrame(
        {
            "establishment": list("123456"),
            "region": list("AABBCC"),
            "industry": ["film"] * 2 + ["other"] * 4,
            "employment": [0.6, 0.5, 1, 2, 3, 4.0],
        }
    )
    film = gamma(door(plants, inference=cs.Jackknife()), "film")  # type: ignore[operator]
    assert np.isfinite(film["estimate"])
    assert film[["std_error", "conf_low", "conf_high"]].isna().all()
    ranges = film[["loo_low", "loo_high"]].dropna()  # a plant of the other industry left out
    assert ranges.abs().lt(10).all()


@pytest.mark.parametrize("door", DOORS)
def test_leaving_cells_out_leaves_their_plants_out(door: object) -> None:
    plants = pd.DataFrame(
        {
            "establishment": [f"e{k}" for k in range(30)],
            "region": list("ABC") * 10,
            "industry": ["film"] * 12 + ["other"] * 18,
            "employment": np.arange(1.0, 31),
        }
    )
    film = gamma(door(plants, inference=cs.Jackknife(unit="cell")), "film")  # type: ignore[operator]
    by_hand = []
    for key in plants.groupby(["region", "industry"]).groups:
        kept = plants[(plants["region"] != key[0]) | (plants["industry"] != key[1])]
        by_hand.append(gamma(door(kept), "film")["estimate"])  # type: ignore[operator]
    assert np.isclose(film["loo_low"], min(by_hand))
    assert np.isclose(film["loo_high"], max(by_hand))


def test_a_large_industry_is_told_that_the_reference_contains_it() -> None:
    plants = pd.DataFrame(
        {
            "establishment": [str(k) for k in range(40)],
            "region": list("ABCD") * 10,
            "industry": ["film"] * 20 + ["other"] * 20,
            "employment": 1.0,
        }
    )
    assert "contain much of itself" in cs.ellison_glaeser(plants).attrs["note"]
    based = cs.ellison_glaeser(plants.assign(people=25.0), base="people")
    assert "note" not in based.attrs


def test_one_industry_alone_has_a_herfindahl_of_one() -> None:
    table = pd.DataFrame(
        {"region": ["A", "B"], "industry": "x", "employment": [3, 4], "establishments": [1, 2]}
    )
    result = cs.herfindahl(table, inference=cs.Analytic())
    assert (result["estimate"] == 1).all()
    assert result["conf_low"].isna().all()
