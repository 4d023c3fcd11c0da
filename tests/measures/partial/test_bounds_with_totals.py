"""Bounds where totals of regions and industries are known: they hold, and narrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.measures.declaration import REGISTRY
from tests.measures.partial.test_tighten import all_tables, table_of

MOST = 100.0  # stands for infinity where widths are added up
TOLERANCE = 1e-9  # rounding of sums in another order
pytestmark = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")

TRUTH = np.array([[3.0, 4.0, 10.0], [5.0, 6.0, 2.0], [1.0, 1.0, 8.0]])
OPEN = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]], dtype=bool)
MEASURES = [
    ("location_quotient", {}),
    ("location_quotient", {"reference": "rest"}),
    *(
        ("krugman_specialization", {"reference": reference})
        for reference in ("total", "rest", "mean_of_others", "pairs")
    ),
    ("krugman_concentration", {}),
    ("krugman_concentration", {"reference": "mean_of_others"}),
    ("structural_overlap", {}),
    ("locational_gini", {}),
    ("kl_divergence", {}),
    ("kl_divergence", {"of": "region"}),
    ("theil_concentration", {"kind": "relative"}),
    ("herfindahl", {}),
    ("entropy", {}),
]


def found(name: str, table: pd.DataFrame, options: dict[str, Any]) -> pd.DataFrame:
    return REGISTRY[name].door(table, **options)


def known(cells: np.ndarray) -> pd.DataFrame:
    """A table with nothing withheld."""
    return table_of(cells, np.zeros_like(OPEN), 9)[["region", "industry", "employment"]]


@pytest.mark.parametrize(("name", "options"), MEASURES)
@pytest.mark.parametrize("totals", [["region"], ["industry"], ["region", "industry"]])
def test_bounds_hold_all_tables_with_the_totals_and_narrow_those_without(
    name: str, options: dict[str, Any], totals: list[str]
) -> None:
    wide = table_of(TRUTH, OPEN, 9)
    given = {f"{one}_total": {"region": "row", "industry": "column"}[one] for one in totals}
    bounds = found(name, cs.tighten(wide, **given), options)
    loose = found(name, wide.drop(columns=["row", "column"]), options)
    every = np.array(
        [found(name, known(one), options)["estimate"] for one in all_tables(TRUTH, OPEN, 9)]
    )
    low, high = (bounds[f"estimate_{end}"].to_numpy() for end in ("low", "high"))
    assert (low <= every.min(axis=0) + TOLERANCE).all()
    assert (high >= every.max(axis=0) - TOLERANCE).all()
    assert (low >= loose["estimate_low"] - TOLERANCE).all()
    assert (high <= loose["estimate_high"] + TOLERANCE).all()
    ends = np.minimum(high, MOST) - low, np.minimum(loose["estimate_high"], MOST)
    assert ends[0].sum() < (ends[1] - loose["estimate_low"]).sum()


def test_bounds_say_how_sharp_totals_make_them() -> None:
    tight = cs.tighten(table_of(TRUTH, OPEN, 9), region_total="row", industry_total="column")
    half = cs.tighten(table_of(TRUTH, OPEN, 9), region_total="row")
    linear = "sharp if each band is all that the totals allow"
    outer = "outer: the known totals narrow each band"
    assert linear in cs.location_quotient(tight).attrs["note"]
    assert outer in cs.location_quotient(half).attrs["note"]
    assert outer in cs.krugman_specialization(tight).attrs["note"]


def test_where_no_bounds_are_known_only_years_without_gaps_have_them() -> None:
    full = known(TRUTH).assign(employment_low=np.nan, employment_high=np.nan)
    years = [full.assign(year=1), table_of(TRUTH, OPEN, 9).assign(year=2)]
    table = pd.concat(years)[[*full.columns, "year"]]
    result = cs.relatedness_density(table)
    first = result[result["year"] == 1]
    for end in ("estimate_low", "estimate_high"):
        np.testing.assert_array_equal(first[end], first["estimate"])
        assert result.loc[result["year"] == 2, end].isna().all()


@pytest.mark.parametrize("measure", ["krugman_specialization", "krugman_concentration"])
@pytest.mark.parametrize("is_empty_possible", [True, False])
def test_a_mean_over_others_counts_those_that_may_hold_something(
    measure: str, is_empty_possible: bool
) -> None:
    truth = np.vstack([np.zeros(3), TRUTH])
    is_open = np.zeros((4, 3), dtype=bool)
    is_open[3, : 3 if is_empty_possible else 2] = True
    options = {"reference": "mean_of_others"}
    bounds = found(measure, table_of(truth, is_open, 2).drop(columns=["row", "column"]), options)
    every = []
    for chosen in np.ndindex(*[3] * int(is_open.sum())):
        cells = truth.copy()
        cells[is_open] = chosen
        closed = table_of(cells, np.zeros_like(is_open), 2)
        every.append(found(measure, closed, options)["estimate"].to_numpy())
    least, most = np.fmin.reduce(every), np.fmax.reduce(every)
    told = bounds["estimate_low"].notna().to_numpy() & ~np.isnan(least)
    assert told.any()
    assert (bounds["estimate_low"][told] <= least[told] + TOLERANCE).all()
    assert (bounds["estimate_high"][told] >= most[told] - TOLERANCE).all()
    width = (bounds["estimate_high"] - bounds["estimate_low"])[told]
    is_settled = measure == "krugman_concentration" or not is_empty_possible
    assert (width.max() < 1) == is_settled
