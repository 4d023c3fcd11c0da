"""The truth stays within its bounds, from tables with hidden values and from generated files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

REGIONS, INDUSTRIES = ["75118", "93066", "76540", "76351"], ["59.11A", "59.12Z", "62.01Z", "47.11F"]
BOUNDS = ["employment_low", "employment_high"]


class Site(NamedTuple):
    """An establishment, and what is told of its employment."""

    region: str
    industry: str
    truth: int
    below: int
    above: int
    told: str


SITES = st.lists(
    st.builds(
        Site,
        region=st.sampled_from(REGIONS),
        industry=st.sampled_from(INDUSTRIES),
        truth=st.integers(0, 60),
        below=st.integers(0, 9),
        above=st.integers(0, 9),
        told=st.sampled_from(["value", "class", "low", "high", "nothing"]),
    ),
    min_size=1,
    max_size=25,
)


def frames(sites: list[Site]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Establishments as they are told, and as they are."""
    table = pd.DataFrame(sites)
    table["establishment"] = [str(number) for number in range(len(table))]
    told, truth = table.pop("told"), table.pop("truth").astype("float64")
    low, high = (truth - table.pop("below")).clip(lower=0), truth + table.pop("above")
    hidden = table.assign(
        employment=truth.where(told == "value"),
        employment_low=low.where(told.isin(["class", "low"])),
        employment_high=high.where(told.isin(["class", "high"])),
    )
    return hidden, table.assign(employment=truth)


def by_hand(hidden: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Value, bounds and status of each sum, by a loop over its terms."""
    found = {}
    for key, terms in hidden.groupby(keys):
        value, low, high, status = 0.0, 0.0, 0.0, 0
        is_bare = True
        for term in terms.itertuples():
            v, lo, hi = term.employment, term.employment_low, term.employment_high
            lo, hi = (v, v) if v == v else (lo, hi)
            value, high = value + v, high + hi
            low += lo if lo == lo else 0.0
            is_bare &= lo != lo
            status = max(status, 0 if v == v else 1 if lo == lo or hi == hi else 2)
        word = ("observed", "suppressed", None)[status]
        found[tuple(key)] = (value, np.nan if is_bare else low, high, word)
    return found


def within(bounded: pd.DataFrame, truth: pd.DataFrame) -> None:
    """Every true value lies within its bounds, and is them where its status says observed."""
    keys = [name for name in ("year", "region", "industry") if name in truth]
    both = bounded.merge(truth, on=keys, suffixes=("", "_true"), validate="one_to_one")
    assert len(both) == len(bounded) == len(truth)
    true = both["employment_true"]
    assert (both["employment_low"].fillna(0.0) <= true).all()
    assert (true <= both["employment_high"].fillna(np.inf)).all()
    for name in ("employment", *BOUNDS):
        known = both["status"] == "observed"
        assert both.loc[known, name].tolist() == true[known].tolist()


@settings(deadline=None, max_examples=60)
@given(SITES)
def test_sums_are_those_of_a_plain_loop(sites: list[Site]) -> None:
    hidden, _ = frames(sites)
    expected = by_hand(hidden, ["region", "industry"])
    for table in (hidden, pl.from_pandas(hidden), duckdb.from_df(hidden)):
        cells = cs.cells(table)
        cells = cells[cells["establishments"] > 0].set_index(["region", "industry"])
        assert set(cells.index) == set(expected)
        for key, (value, low, high, status) in expected.items():
            row = cells.loc[key]
            np.testing.assert_equal(
                row[["employment", *BOUNDS]].to_numpy(dtype="float64"), [value, low, high]
            )
            assert (row["status"] if pd.notna(row["status"]) else None) == status


@settings(deadline=None, max_examples=60)
@given(SITES, st.permutations(["level", "zoning", "sum"]), st.sampled_from(["propagate", "skip"]))
def test_the_truth_lies_within_its_bounds_after_any_chain(
    sites: list[Site], steps: list[str], missing: Any
) -> None:
    bounded, truth = map(cs.cells, frames(sites))
    for step in steps:
        if step == "level":
            bounded, truth = (cs.to_naf_level(t, level="a88").table for t in (bounded, truth))
        elif step == "zoning":
            bounded, truth = (cs.to_zoning(t, zoning="department").table for t in (bounded, truth))
        else:
            bounded = cs.sum_cells(bounded, missing=missing)
            truth = cs.sum_cells(truth)
        within(bounded, truth)


@pytest.mark.parametrize("seed", [1, 7])
def test_generated_flores_holds_its_truth_to_the_departement(tmp_path: Path, seed: int) -> None:
    path = cs.datasets.make_flores(tmp_path / "DS_FLORES_A17_2024.zip", communes=80, seed=seed)
    truth = cs.datasets.flores_truth(communes=80, seed=seed)
    truth = truth.groupby(["region", "industry"], as_index=False)["employment"].sum()
    cells = cs.cells(cs.read_flores(path, report=lambda report: None), absent="missing")
    assert (cells["status"] == "suppressed").sum() > 10
    both = cells.merge(truth, on=["region", "industry"], how="left", suffixes=("", "_true"))
    true = both["employment_true"].fillna(0)  # the file has a 0 where nothing was planted
    assert (both["employment_low"] <= true).all()
    assert (true <= both["employment_high"].fillna(np.inf)).all()
    for zoning in ("department", "region"):
        zones = cs.to_zoning(cells, zoning=zoning, vintage=None).table
        whole = cs.to_zoning(truth, zoning=zoning, vintage=None).table
        both = zones.merge(whole, on=["region", "industry"], suffixes=("", "_true"))
        assert len(both) == len(whole)
        true = both["employment_true"]
        assert (both["employment_low"] <= true).all()
        assert (true <= both["employment_high"].fillna(np.inf)).all()
        assert (both["status"] == "suppressed").any()


def test_generated_sirene_holds_its_truth(tmp_path: Path) -> None:
    asked: dict[str, Any] = {"establishments": 4000, "seed": 3, "communes": 12, "industries": 6}
    path = cs.datasets.make_sirene(tmp_path / "StockEtablissement.csv", **asked)
    truth = cs.datasets.sirene_truth(**asked).query("nomenclature == 'NAFRev2'")
    truth = truth.dropna(subset="region").query("establishments > 0")
    truth = truth[~truth["region"].str.startswith("99")]  # abroad, which the reader sets aside
    read = cs.read_sirene(path, report=lambda report: None).collect("pandas").to_native()
    read = read[(read["industry_system"] == "NAFRev2") & read["region"].notna()]
    cells = cs.cells(read)
    cells = cells[cells["establishments"] > 0]
    both = cells.merge(truth, on=["region", "industry"], suffixes=("", "_true"))
    assert len(both) == len(cells) == len(truth)
    assert (both["establishments"] == both["establishments_true"]).all()
    low, high = both["employment_low"].fillna(0), both["employment_high"].fillna(np.inf)
    assert low.tolist() == both["employment_low_true"].tolist()
    is_known = both["unknown_size"] == 0
    assert high[is_known].tolist() == both.loc[is_known, "employment_high_true"].tolist()
    assert np.isinf(high[~is_known]).all()
    assert both.loc[~is_known, "status"].isna().all()
