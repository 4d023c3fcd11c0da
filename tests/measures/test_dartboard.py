"""The dartboard test: exact tails by enumeration, its size under chance, lumpy plants."""

from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clusterstats as cs

COUNTS = pd.DataFrame(
    {
        "region": ["A", "A", "B", "B", "C", "C"],
        "industry": ["film", "other"] * 3,
        "establishments": [6, 20, 1, 50, 0, 30],
        "size": [2.0, 2.0, 5.0, 5.0, 3.0, 3.0],
    }
)


def test_cells_are_binomial_tails_by_enumeration() -> None:
    found = cs.dartboard_test(COUNTS, base="size", alternative="greater")
    row = found[(found["region"] == "A") & (found["industry"] == "film")].iloc[0]
    tail = sum(comb(7, k) * 0.2**k * 0.8 ** (7 - k) for k in range(6, 8))
    assert row["p_value"] == pytest.approx(tail, abs=1e-14)
    assert row["estimate"] == pytest.approx(6 / (7 * 0.2))
    less = cs.dartboard_test(COUNTS, base="size", alternative="less")
    both = cs.dartboard_test(COUNTS, base="size")
    assert less["p_value"].iloc[4] == pytest.approx(0.7**7)  # none in C
    doubled = 2 * np.minimum(found["p_value"], less["p_value"])
    np.testing.assert_allclose(both["p_value"], np.minimum(doubled, 1))


def test_an_industry_is_a_likelihood_ratio() -> None:
    found = cs.dartboard_test(COUNTS, by="industry", base="size").set_index("industry")
    observed, expected = np.array([6, 1, 0]), 7 * np.array([0.2, 0.5, 0.3])
    g2 = 2 * sum(o * np.log(o / x) for o, x in zip(observed, expected, strict=True) if o)
    assert found.loc["film", "statistic"] == pytest.approx(g2)
    assert found.loc["film", "p_value"] == pytest.approx(stats.chi2(2).sf(g2))


def test_equal_plants_weigh_as_many_plants() -> None:
    sized = COUNTS.assign(
        employment=COUNTS["establishments"] * 4.0,
        employment_squares=COUNTS["establishments"] * 16.0,
    )
    by_size = cs.dartboard_test(sized, value="employment", base="size")
    by_count = cs.dartboard_test(sized, base="size")
    np.testing.assert_allclose(by_size["estimate"], by_count["estimate"])
    np.testing.assert_allclose(by_size["statistic"], by_count["statistic"])
    pearson = cs.dartboard_test(sized, by="industry", value="employment", base="size")
    observed, expected = np.array([6, 1, 0]), 7 * np.array([0.2, 0.5, 0.3])
    by_hand = ((observed - expected) ** 2 / expected).sum()
    assert pearson["statistic"].iloc[0] == pytest.approx(by_hand)


def test_lumpy_plants_need_more_to_be_more_than_chance() -> None:
    sized = COUNTS.assign(
        employment=COUNTS["establishments"] * 4.0,
        employment_squares=np.where(
            COUNTS["establishments"] > 1, 0.6 * (4 * COUNTS["establishments"]) ** 2, 16.0
        )
        * (COUNTS["establishments"] > 0),
    )
    lumpy = cs.dartboard_test(sized, value="employment", base="size")
    even = cs.dartboard_test(
        sized.assign(employment_squares=COUNTS["establishments"] * 16.0),
        value="employment",
        base="size",
    )
    film = lumpy["industry"] == "film"
    assert (lumpy.loc[film, "p_value"] > even.loc[film, "p_value"]).all()
    assert (lumpy["null_high"] > even["null_high"]).all()


@pytest.mark.parametrize("by", ["cell", "industry"])
@pytest.mark.parametrize("value", ["establishments", "employment"])
def test_chance_is_rejected_five_in_a_hundred(by: str, value: str) -> None:
    rng = np.random.default_rng(7)
    chance = np.array([0.1, 0.2, 0.3, 0.4])
    plants = pd.DataFrame(
        {
            "establishment": np.arange(60_000).astype(str),
            "region": rng.choice(list("ABCD"), 60_000, p=chance),
            "industry": np.repeat([f"I{k:03d}" for k in range(600)], 100),
            "employment": rng.lognormal(1, 0.5, 60_000),
        }
    )
    plants["size"] = plants["region"].map(dict(zip("ABCD", chance, strict=True)))
    found = cs.dartboard_test(plants, by=by, value=value, base="size")
    assert 0.02 <= (found["p_value"] <= 0.05).mean() <= 0.08


def test_empty_industry_and_region_of_size_zero() -> None:
    table = COUNTS.assign(
        size=[2.0, 2.0, 0.0, 0.0, 3.0, 3.0],
        establishments=[0, 20, 0, 50, 0, 30],
    )
    found = cs.dartboard_test(table, base="size").set_index(["region", "industry"])
    assert found.loc[("A", "film"), "p_value"] != found.loc[("A", "film"), "p_value"]  # nan
    assert found.loc[("B", "other"), "p_value"] == 0
    adjusted = cs.dartboard_test(table, base="size", adjust="holm")
    assert (adjusted["p_adjusted"].dropna() >= adjusted["p_value"].dropna()).all()


def test_unknown_sizes_and_wrong_options_are_said() -> None:
    with pytest.raises(cs.OptionError, match="by='region' is not known"):
        cs.dartboard_test(COUNTS, by="region")  # type: ignore[arg-type]
    with pytest.raises(cs.TableError, match="needs establishments"):
        cs.dartboard_test(
            COUNTS.drop(columns="establishments").assign(employment=1.0), value="employment"
        )
