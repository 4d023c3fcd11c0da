"""The cluster index against its three factors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs


def cells(seed: int = 1) -> pd.DataFrame:
    """Cells with area, people and plants; one is empty."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"region": np.repeat(list("ABCD"), 3), "industry": ["x", "y", "z"] * 4}
    ).assign(employment=rng.integers(1, 60, 12).astype(float))
    frame["establishments"] = np.ceil(frame["employment"] / rng.integers(1, 9, 12))
    frame.loc[4, ["employment", "establishments"]] = 0.0
    frame["area_km2"] = frame["region"].map({"A": 10, "B": 40, "C": 25, "D": 5})
    frame["population"] = frame["region"].map({"A": 900, "B": 500, "C": 700, "D": 100})
    return frame


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_index_is_density_times_stock_over_size(seed: int) -> None:
    table = cells(seed)
    regions = table.drop_duplicates("region")
    a, p = regions["area_km2"].sum(), regions["population"].sum()
    result = cs.litzenberger_sternberg(table)["estimate"].tolist()
    for estimate, row in zip(result, table.itertuples(), strict=True):
        industry = table[table["industry"] == row.industry]
        e, b = industry["employment"].sum(), industry["establishments"].sum()
        if row.employment == 0:
            assert estimate == 0
            continue
        density = (row.employment / row.area_km2) / (e / a)
        stock = (row.employment / row.population) / (e / p)
        size = (row.employment / row.establishments) / (e / b)
        assert estimate == pytest.approx(density * stock / size)


def test_a_region_like_the_whole_has_an_index_of_one() -> None:
    table = cells().assign(employment=6.0, establishments=2.0, area_km2=10.0, population=50.0)
    assert cs.litzenberger_sternberg(table)["estimate"].tolist() == pytest.approx([1.0] * 12)


def test_no_area_and_no_industry_are_undefined_in_their_own_rows() -> None:
    table = cells()
    table.loc[table["region"] == "D", "population"] = 0
    gone = table["industry"] == "z"
    table.loc[gone, ["employment", "establishments"]] = 0.0
    result = cs.litzenberger_sternberg(table).set_index(["region", "industry"])["estimate"]
    undefined = (result.index.get_level_values(0) == "D") | (
        result.index.get_level_values(1) == "z"
    )
    assert result[undefined].isna().all()
    assert result[~undefined].notna().all()


def test_other_columns_can_be_named_and_their_faults_are_told() -> None:
    table = cells()
    renamed = table.rename(columns={"area_km2": "surface", "population": "people"})
    pd.testing.assert_frame_equal(
        cs.litzenberger_sternberg(table),
        cs.litzenberger_sternberg(renamed, area="surface", population="people"),
    )
    with pytest.raises(cs.TableError, match="no column 'area_km2'"):
        cs.litzenberger_sternberg(renamed)
    with pytest.raises(cs.TableError, match="has several values in region 'A'"):
        cs.litzenberger_sternberg(table.assign(area_km2=np.arange(12.0)))
    with pytest.raises(cs.TableError, match="'establishments'"):
        cs.litzenberger_sternberg(table.drop(columns="establishments"))


def test_the_bootstrap_is_by_establishment_and_corrects_the_product_of_jobs_and_plants() -> None:
    rng = np.random.default_rng(3)
    n = 300
    region = rng.choice(list("ABCD"), n, p=[0.4, 0.3, 0.2, 0.1])
    plants = pd.DataFrame(
        {"establishment": [f"e{k:03d}" for k in range(n)], "region": region, "industry": "x"}
    ).assign(employment=rng.geometric(0.1, n))
    plants["area_km2"] = plants["region"].map({"A": 10, "B": 40, "C": 25, "D": 5})
    plants["population"] = plants["region"].map({"A": 900, "B": 500, "C": 700, "D": 100})
    result = cs.litzenberger_sternberg(plants, inference=cs.Bootstrap(draws=199, seed=1))
    assert (result["conf_low"] < result["conf_high"]).all()
    assert (result["bias_corrected"] != result["estimate"]).all()
    assert result["p_value"].isna().all()
