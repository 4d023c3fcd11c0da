"""Regressors made from cells: each against slow loops written from the paper's formula."""

from __future__ import annotations

from collections.abc import Callable
from math import log, nan

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs
from clusterstats.models.regressors.leave_out import sum_of_others, top_of_others

TOLERANCE = 1e-12  # the same sums in another order

YEARS, REGIONS, INDUSTRIES = (2010, 2011), ("R1", "R2", "R3"), tuple("abcdefgh")
AREAS = {"R1": 10.0, "R2": 25.0, "R3": 4.0}


def cells(seed: int, zeros: float = 0.2) -> pd.DataFrame:
    """Cells of establishments with squares, some of them empty."""
    rng = np.random.default_rng(seed)
    rows = []
    for year in YEARS:
        for region in REGIONS:
            for industry in INDUSTRIES:
                plants = [] if rng.random() < zeros else rng.geometric(0.1, rng.integers(1, 5))
                rows.append(
                    {
                        "year": year,
                        "region": region,
                        "industry": industry,
                        "establishments": len(plants),
                        "employment": float(sum(plants)),
                        "employment_squares": float(sum(int(p) ** 2 for p in plants)),
                    }
                )
    return pd.DataFrame(rows)


def places() -> pd.DataFrame:
    return pd.DataFrame({"region": list(AREAS), "area_km2": list(AREAS.values())})


class Slow:
    """One year of cells, by loops."""

    def __init__(self, table: pd.DataFrame, year: int) -> None:
        rows = table[table["year"] == year].set_index(["region", "industry"])
        self.e = rows["employment"].to_dict()
        self.n = rows["establishments"].to_dict()
        self.q = rows["employment_squares"].to_dict()

    def total(
        self, sizes: dict[tuple[str, str], float], region: str = "", industry: str = ""
    ) -> float:
        return sum(
            size for (r, i), size in sizes.items() if region in ("", r) and industry in ("", i)
        )

    def quotient(self, r: str, i: str) -> float:
        own, whole = self.total(self.e, r), self.total(self.e)
        return (self.e[r, i] / own) / (self.total(self.e, "", i) / whole)

    def competition(self, r: str, i: str) -> float:
        if not self.e[r, i]:
            return nan
        nation = self.total(self.n, "", i) / self.total(self.e, "", i)
        return (self.n[r, i] / self.e[r, i]) / nation

    def top5(self, r: str, i: str) -> float:
        others = sorted((self.e[r, j] for j in INDUSTRIES if j != i), reverse=True)
        return sum(others[:5]) / self.total(self.e, r)

    def herfindahl(self, of: Callable[[str], float], i: str) -> float:
        rest = sum(of(j) for j in INDUSTRIES if j != i)
        return sum((of(j) / rest) ** 2 for j in INDUSTRIES if j != i) if rest else nan

    def diversity(self, r: str, i: str) -> float:
        here = self.herfindahl(lambda j: self.e[r, j], i)
        nation = self.herfindahl(lambda j: self.total(self.e, "", j), i)
        return (1 / here) / (1 / nation)

    def plant_competition(self, r: str, i: str) -> float:
        if not self.e[r, i]:
            return nan
        here = self.q[r, i] / self.e[r, i] ** 2
        nation = self.total(self.q, "", i) / self.total(self.e, "", i) ** 2
        return (1 / here) / (1 / nation)


def ln(number: float) -> float:
    return log(number) if number > 0 else nan


def slow_rows(table: pd.DataFrame, paper: str) -> pd.DataFrame:
    rows = []
    for year in YEARS:
        slow = Slow(table, year)
        for r in REGIONS:
            for i in INDUSTRIES:
                lq, size = slow.quotient(r, i), slow.competition(r, i)
                herfindahl = slow.herfindahl(lambda j, r=r, s=slow: s.e[r, j], i)
                own = slow.total(slow.e, r)
                rows.append(
                    {
                        "glaeser1992": {
                            "specialization": lq,
                            "competition": size,
                            "other_top5_share": slow.top5(r, i),
                        },
                        "henderson1995": {
                            "log_own_employment": ln(slow.e[r, i]),
                            "own_share": slow.e[r, i] / own,
                            "herfindahl_of_others": herfindahl,
                        },
                        "combes2000": {
                            "log_specialization": ln(lq),
                            "log_diversity": ln(slow.diversity(r, i)),
                            "log_competition": ln(slow.plant_competition(r, i)),
                            "log_size": ln(1 / size),
                            "log_density": ln(own / AREAS[r]),
                        },
                    }[paper]
                )
    return pd.DataFrame(rows)


@pytest.mark.parametrize("paper", ["glaeser1992", "henderson1995", "combes2000"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_terms_of_three_papers_are_their_formulas(paper: str, seed: int) -> None:
    table = cells(seed)
    areas = places() if paper == "combes2000" else None
    found = cs.mar_jacobs_porter(table, paper=paper, territories=areas)
    expected = slow_rows(table, paper)
    assert list(found.columns[3:]) == list(expected.columns)
    np.testing.assert_allclose(
        found.iloc[:, 3:].to_numpy(), expected.to_numpy(), rtol=TOLERANCE, atol=TOLERANCE
    )
    assert found[["year", "region", "industry"]].equals(table[["year", "region", "industry"]])
    assert paper in found.attrs["definition"]


def test_terms_by_hand() -> None:
    """Two regions, three industries: numbers worked on paper."""
    jobs = pd.DataFrame(
        {
            "region": ["A"] * 3 + ["B"] * 3,
            "industry": ["x", "y", "z"] * 2,
            "employment": [10, 20, 20, 10, 40, 0],
            "establishments": [5, 2, 4, 5, 8, 0],
            "employment_squares": [20, 250, 100, 52, 400, 0],
        }
    )
    areas = pd.DataFrame({"region": ["A", "B"], "area_km2": [5, 10]})
    found = cs.mar_jacobs_porter(jobs, paper="combes2000", territories=areas).iloc[0]
    # LQ (10/50)/(20/100); diversity of A without x: (1/2, 1/2) -> 2; nation (60/80, 20/80) -> 1.6
    # competition 10^2/20 = 5 over 20^2/72; size 2 over 2; density 10
    expected = [0, log(2 / 1.6), log(5 / (400 / 72)), 0, log(10)]
    np.testing.assert_allclose(found.iloc[2:].astype(float), expected, atol=TOLERANCE)


@pytest.mark.parametrize("paper", ["glaeser1992", "henderson1995", "combes2000"])
def test_each_year_is_as_alone(paper: str) -> None:
    table = cells(4)
    both = cs.mar_jacobs_porter(table, paper=paper)
    for year in YEARS:
        alone = cs.mar_jacobs_porter(table[table["year"] == year].drop(columns="year"), paper=paper)
        here = both[both["year"] == year].drop(columns="year").reset_index(drop=True)
        pd.testing.assert_frame_equal(here, alone, rtol=TOLERANCE)


def test_establishments_give_what_their_cells_give() -> None:
    rng = np.random.default_rng(5)
    sites = pd.DataFrame(
        {
            "establishment": [f"e{k:02d}" for k in range(60)],
            "region": rng.choice(REGIONS, 60),
            "industry": rng.choice(INDUSTRIES[:3], 60),
            "employment": rng.geometric(0.1, 60),
        }
    )
    for paper in ("glaeser1992", "henderson1995", "combes2000"):
        ours = cs.mar_jacobs_porter(sites, paper=paper)
        pd.testing.assert_frame_equal(ours, cs.mar_jacobs_porter(cs.cells(sites), paper=paper))


def test_what_is_left_out_is_said() -> None:
    table = cells(6).drop(columns="employment_squares")
    found = cs.mar_jacobs_porter(table, paper="combes2000")
    assert not {"log_competition", "log_density"} & set(found.columns)
    assert "log_competition needs a column 'employment_squares'" in found.attrs["note"]
    assert "log_density needs territories=" in found.attrs["note"]
    zeros = int((table["employment"] == 0).sum())
    assert f"log_specialization is nan in {zeros} of 48 rows" in found.attrs["note"]


def test_an_unknown_cell_leaves_unknown_what_needs_it() -> None:
    table = cells(7, zeros=0)
    table.loc[0, "employment"] = nan
    bare = table.drop(columns="employment_squares")
    found = cs.mar_jacobs_porter(bare, paper="henderson1995")
    found = found[found["year"] == YEARS[0]]
    with pytest.warns(cs.ClusterstatsWarning, match="unknown in 1 row"):
        lq = cs.mar_jacobs_porter(bare, paper="glaeser1992")
    in_region = found[found["region"] == "R1"]
    assert np.isnan(in_region["log_own_employment"].iloc[0])
    assert in_region["log_own_employment"].iloc[1:].notna().all()
    # its own others are known, the others' others hold it
    assert not np.isnan(in_region["herfindahl_of_others"].iloc[0])
    assert in_region["herfindahl_of_others"].iloc[1:].isna().all()
    assert found.loc[found["region"] != "R1", "own_share"].notna().all()
    assert lq.loc[lq["year"] == YEARS[0], "specialization"].isna().all()
    assert "'employment' is unknown in 1 row(s)" in lq.attrs["note"]


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"paper": "combes"}, cs.OptionError, "'combes2000'"),
        ({"paper": "glaeser1992", "territories": places()}, cs.OptionError, "has no density"),
        (
            {"paper": "combes2000", "territories": places().iloc[:2]},
            cs.TableError,
            "not in territories, first 'R3'",
        ),
        (
            {"paper": "combes2000", "territories": pd.concat([places(), places()])},
            cs.TableError,
            "repeat",
        ),
        (
            {"paper": "combes2000", "territories": places().assign(area_km2=[1.0, 0.0, 2.0])},
            cs.TableError,
            "'area_km2' is 0 at region 'R2'",
        ),
    ],
)
def test_bad_calls_are_told(change: dict, error: type, match: str) -> None:
    with pytest.raises(error, match=match):
        cs.mar_jacobs_porter(cells(1), **change)


def test_numbers_of_establishments_are_needed() -> None:
    with pytest.raises(cs.TableError, match="numbers of establishments are needed"):
        cs.mar_jacobs_porter(cells(1).drop(columns="establishments"), paper="glaeser1992")


# --- leave one out --------------------------------------------------------------------------

VECTORS = st.lists(st.integers(0, 1000) | st.just(0), min_size=1, max_size=9)


@given(VECTORS, st.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_sums_and_tops_of_others(numbers: list[int], count: int) -> None:
    x = np.array(numbers, dtype=float)
    others = [numbers[:k] + numbers[k + 1 :] for k in range(len(numbers))]
    np.testing.assert_array_equal(sum_of_others(x), [sum(rest) for rest in others])
    tops = [sum(sorted(rest, reverse=True)[:count]) for rest in others]
    np.testing.assert_array_equal(top_of_others(x, count), tops)


def test_sums_of_others_do_not_cancel() -> None:
    x = np.array([1e17, 1.0, 2.0])
    assert sum_of_others(x)[0] == 3
    unknown = np.array([nan, 1.0, 2.0, 3, 4, 5, 6, 7])
    assert sum_of_others(unknown)[0] == 28
    assert top_of_others(unknown, 5)[0] == 25
    assert np.isnan(top_of_others(unknown, 5)[1:]).all()


# --- density, variety -----------------------------------------------------------------------


def test_density_is_employment_over_area() -> None:
    table = cells(8)
    found = cs.density(table, territories=places())
    sums = table.groupby(["year", "region"], as_index=False)["employment"].sum()
    np.testing.assert_array_equal(found["density"], sums["employment"] / sums["region"].map(AREAS))
    assert list(found.columns) == ["year", "region", "density"]
    beside = table.merge(places(), on="region")
    pd.testing.assert_frame_equal(cs.density(beside), found)


def test_density_of_population_without_industries() -> None:
    towns = places().assign(population=[100, 50, 0])
    found = cs.density(towns, value="population")
    assert found["density"].tolist() == [10, 2, 0]
    assert cs.density(pl.from_pandas(towns), value="population").equals(found)


def test_density_of_an_unknown_region_is_unknown() -> None:
    towns = places().assign(population=[100, nan, 0])
    found = cs.density(towns, value="population")
    assert found["density"].isna().tolist() == [False, True, False]
    assert "'population' is unknown in 1 row(s)" in found.attrs["note"]


def test_variety_terms_are_the_two_measures() -> None:
    table = cells(9).assign(group=lambda rows: np.where(rows["industry"] < "d", "first", "second"))
    found = cs.variety_terms(table, within="group")
    for (year, region), rows in table.groupby(["year", "region"]):
        total = rows["employment"].sum()
        related = unrelated = 0.0
        for _, group in rows.groupby("group"):
            share = group["employment"].sum() / total
            unrelated += share * np.log2(1 / share) if share else 0
            for size in group["employment"]:
                if size:
                    related += size / total * np.log2(share / (size / total))
        row = found[(found["year"] == year) & (found["region"] == region)].iloc[0]
        assert row["related_variety"] == pytest.approx(related, abs=1e-12)
        assert row["unrelated_variety"] == pytest.approx(unrelated, abs=1e-12)
