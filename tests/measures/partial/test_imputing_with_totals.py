"""Cells drawn within bands keep the totals that are known, of either axis and of each year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.measures.partial.imputing import completed
from clusterstats.tables import Grid

pytestmark = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")

KEYS = {"region": ["year", "region"], "industry": ["year", "industry"]}


def jobs() -> pd.DataFrame:
    """Two years of three regions and three industries, all but region C open to 40."""
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(
        [(y, r, i) for y in (2010, 2020) for r in "ABC" for i in ("film", "games", "steel")],
        columns=["year", "region", "industry"],
    )
    frame["employment"] = rng.integers(5, 30, len(frame)).astype(float)
    for axis, keys in KEYS.items():
        frame[f"of_{axis}"] = frame.groupby(keys)["employment"].transform("sum")
    return frame.assign(establishments=4, employment_squares=frame["employment"] ** 2 / 3)


def withheld() -> pd.DataFrame:
    is_open = jobs()["region"] != "C"
    blank = {name: jobs()[name].mask(is_open) for name in ("employment", "employment_squares")}
    high = np.where(is_open, 40.0, np.nan)
    return jobs().assign(**blank, employment_low=0.0 * high, employment_high=high)


@pytest.mark.parametrize("axes", [["region"], ["industry"], ["region", "industry"]])
def test_every_fill_keeps_the_totals(axes: list[str]) -> None:
    tight = cs.tighten(withheld(), **{f"{axis}_total": f"of_{axis}" for axis in axes})
    option = cs.Imputed(inference=cs.Analytic(), draws=6, seed=2)
    fills = list(completed(Grid.of(tight), "employment", option))
    assert len({tuple(fill["employment"].round(6)) for fill in fills}) == 6
    for fill in fills:
        assert fill["employment"].between(0, 40).all()
        for axis in axes:
            sums = fill.groupby(KEYS[axis])["employment"].sum()
            expected = jobs().groupby(KEYS[axis])["employment"].sum()
            pd.testing.assert_series_equal(sums, expected, rtol=1e-6)


def test_an_imputed_result_has_its_keys_measure_and_numbers_once() -> None:
    tight = cs.tighten(withheld(), industry_total="of_industry")
    option = cs.Imputed(inference=cs.Analytic(), draws=5, seed=2)
    found = cs.location_quotient(tight, inference=option)
    assert found.columns[:5].tolist() == ["year", "region", "industry", "measure", "estimate"]
    assert found.columns.is_unique
