"""What every builder keeps: its input, its keys, its order, its years, any engine."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import clusterstats as cs

TOLERANCE = 1e-12  # sums in another order

YEARS = (2010, 2011, 2012)
REGIONS = ["R1", "R2", "R3", "R4"]
PLACES = pd.DataFrame(
    {
        "region": REGIONS,
        "x": [0, 3_000, 8_000, 1_000],
        "y": [0, 4_000, 1_000, 9_000],
        "area_km2": [10.0, 30.0, 5.0, 50.0],
    }
)


def plants(seed: int = 3, n: int = 80) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    one = pd.DataFrame(
        {
            "establishment": [f"e{k:02d}" for k in range(n)],
            "region": rng.choice(REGIONS, n),
            "industry": rng.choice(["59.11A", "59.12Z", "62.01Z", "47.11F"], n),
            "x": rng.integers(0, 9_000, n),
            "y": rng.integers(0, 9_000, n),
        }
    )
    return pd.concat(
        [one.assign(year=y, employment=rng.geometric(0.1, n) - 0.0) for y in YEARS],
        ignore_index=True,
    )


def cells() -> pd.DataFrame:
    table = cs.cells(plants())
    return table.assign(division=table["industry"].str[:2])


Builder = Callable[[object], pd.DataFrame]
OF_YEARS: dict[str, Builder] = {
    "density": lambda table: cs.density(table, territories=PLACES),
    "market_potential": lambda table: cs.market_potential(table, territories=PLACES),
    "glaeser": lambda table: cs.mar_jacobs_porter(table, paper="glaeser1992"),
    "henderson": lambda table: cs.mar_jacobs_porter(table, paper="henderson1995"),
    "combes": lambda table: cs.mar_jacobs_porter(table, paper="combes2000", territories=PLACES),
    "rings of cells": lambda table: cs.rings(table, bands=(0, 4, 9), territories=PLACES),
    "variety": lambda table: cs.variety_terms(table, within="division"),
}
OVER_YEARS: dict[str, Builder] = {
    "growth": cs.growth,
    "entry": cs.entry_panel,
    "instrument": lambda table: cs.shift_share_instrument(table, base_year=2010).panel,
}
OF_PLANTS: dict[str, Builder] = {
    "rings": lambda table: cs.rings(table, bands=(0, 2, 5)),
    "localization": cs.localization,
}
CASES = [
    *(pytest.param(b, cells, id=name) for name, b in (OF_YEARS | OVER_YEARS).items()),
    *(pytest.param(b, plants, id=name) for name, b in OF_PLANTS.items()),
]
KEYS = ["year", "year2", "establishment", "region", "industry"]


@pytest.mark.parametrize(("builder", "make"), CASES)
def test_result_is_a_tidy_panel(builder: Builder, make: Callable[[], pd.DataFrame]) -> None:
    table = make()
    copy = table.copy()
    result = builder(table)
    pd.testing.assert_frame_equal(table, copy)
    keys = [name for name in KEYS if name in result]
    unique = [name for name in keys if name not in ("region", "industry")] or keys
    if "establishment" not in keys:
        unique = keys
    assert list(result.columns[: len(keys)]) == keys
    assert not result.duplicated(unique).any()
    assert result[unique].equals(result[unique].sort_values(unique, ignore_index=True))
    assert all(result[name].dtype == np.float64 for name in result.columns[len(keys) :])
    assert result.attrs["definition"]


@pytest.mark.parametrize(("builder", "make"), CASES)
def test_rows_may_come_in_any_order_and_engine(
    builder: Builder, make: Callable[[], pd.DataFrame]
) -> None:
    table = make()
    expected = builder(table)
    shuffled = table.sample(frac=1, random_state=1)
    relation = duckdb.from_arrow(pl.from_pandas(shuffled).to_arrow())
    for other in (shuffled, pl.from_pandas(shuffled), relation):
        pd.testing.assert_frame_equal(builder(other), expected, rtol=TOLERANCE, check_dtype=False)


@pytest.mark.parametrize(
    ("builder", "make"),
    [
        *(pytest.param(b, cells, id=name) for name, b in OF_YEARS.items()),
        *(pytest.param(b, plants, id=name) for name, b in OF_PLANTS.items()),
    ],
)
def test_a_year_alone_is_as_in_the_panel(
    builder: Builder, make: Callable[[], pd.DataFrame]
) -> None:
    table = make()
    whole = builder(table)
    for year in YEARS:
        here = whole[whole["year"] == year].reset_index(drop=True)
        alone = builder(table[table["year"] == year])
        pd.testing.assert_frame_equal(alone, here, rtol=TOLERANCE)


def test_shares_and_shocks_are_those_of_a_shift_share_design() -> None:
    """The instrument without leaving out is the exposure that the design computes."""
    exposure = pytest.importorskip("clusterstats.models.shift_share.exposure")
    columns = pytest.importorskip("clusterstats.models.shift_share.columns")
    made = cs.shift_share_instrument(cells(), base_year=2010, leave_out="none")
    shocks = made.shocks.drop(columns="year2")
    design = exposure.exposure_of(made.shares, shocks, columns.ShiftShareColumns())
    found = design.instrument(made.panel)
    np.testing.assert_allclose(found, made.panel["shift_share"], rtol=1e-10)
