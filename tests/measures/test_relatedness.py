"""Presence, proximity, relatedness, density, entry: loops from the papers, zeros, refusals."""

from __future__ import annotations

from math import nan, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs

BELOW_TIES = 1e-12


def table(values: np.ndarray | list[list[float]], name: str = "employment") -> pd.DataFrame:
    """Cells of regions A, B, ... and industries I, J, ..."""
    x = np.array(values, dtype=float)
    return pd.DataFrame(
        {
            "region": np.repeat([chr(65 + r) for r in range(x.shape[0])], x.shape[1]),
            "industry": [chr(73 + i) for i in range(x.shape[1])] * x.shape[0],
            name: x.ravel(),
        }
    )


def estimate(result: pd.DataFrame) -> np.ndarray:
    return result["estimate"].to_numpy()


def square(result: pd.DataFrame, keys: tuple[str, str] = ("industry", "industry2")) -> np.ndarray:
    return result.pivot(index=keys[0], columns=keys[1], values="estimate").to_numpy()


tables = st.lists(st.integers(0, 9), min_size=20, max_size=20).map(
    lambda x: np.array(x).reshape(5, 4)
)
matrices = st.lists(st.integers(0, 1), min_size=20, max_size=20).map(
    lambda x: np.array(x).reshape(5, 4)
)


class Loops:
    """The papers' formulas, one number at a time; None where a division is by 0."""

    def __init__(self, m: list[list[int]]) -> None:
        self.m = m
        self.regions, self.industries = range(len(m)), range(len(m[0]))

    def both(self, i: int, j: int) -> int:
        return sum(row[i] * row[j] for row in self.m)

    def proximity(self, i: int, j: int) -> float:
        """Hidalgo et al. 2007: the smaller conditional probability."""
        of_i, of_j = self.both(i, i), self.both(j, j)
        if not (of_i and of_j):
            return nan
        return min(self.both(i, j) / of_i, self.both(i, j) / of_j)

    def found(self, i: int) -> int:
        return sum(self.both(i, k) for k in self.industries if k != i)

    def relatedness(self, i: int, j: int, norm: str) -> float:
        """van Eck and Waltman 2009; Steijn 2021."""
        c, s, s2 = self.both(i, j), self.found(i), self.found(j)
        total = sum(self.found(k) for k in self.industries)
        if i == j or not (s and s2):
            return nan
        if norm == "association":
            return c / (s * s2 / total)
        if norm == "cosine":
            return c / sqrt(s * s2)
        if norm == "jaccard":
            return c / (s + s2 - c)
        if total in (s, s2):
            return nan
        drawn = (s / total) * (s2 / (total - s)) + (s2 / total) * (s / (total - s2))
        return c / (drawn * total / 2)

    def density(self, r: int, i: int, norm: str) -> float:
        """Share of what is related to i that r has."""
        near = {
            j: self.proximity(i, j) if norm == "proximity" else self.relatedness(i, j, norm)
            for j in self.industries
        }
        near = {j: phi for j, phi in near.items() if phi == phi}
        whole = sum(near.values())
        return sum(self.m[r][j] * phi for j, phi in near.items()) / whole if whole else nan


@settings(max_examples=60, deadline=None)
@given(values=tables)
def test_presence_is_a_location_quotient_of_at_least_one(values: np.ndarray) -> None:
    x = values.astype(int).tolist()
    total = sum(map(sum, x))
    has = [
        [int(cell * total >= sum(row) * sum(other[i] for other in x)) for i, cell in enumerate(row)]
        for row in x
    ]
    diverse = [nan if sum(row) == 0 else 0 for row in x]
    ubiquitous = [nan if sum(row[i] for row in x) == 0 else 0 for i in range(4)]
    for r in range(5):
        for i in range(4):
            if sum(x[r]) and ubiquitous[i] == ubiquitous[i]:
                diverse[r] += has[r][i]
                ubiquitous[i] += has[r][i]
    np.testing.assert_array_equal(estimate(cs.diversity_count(table(values))), diverse)
    np.testing.assert_array_equal(estimate(cs.ubiquity(table(values))), ubiquitous)


def test_ties_with_the_threshold_count_whatever_the_rounding() -> None:
    sizes, mix = np.array([3.0, 7.0, 11.0]), np.array([0.1, 0.3, 0.7, 1.1, 1.3])
    assert estimate(cs.diversity_count(table(np.outer(sizes, mix)))).tolist() == [5, 5, 5]


def test_threshold_is_of_the_quotient() -> None:
    x = np.array([[60, 940], [40, 3960]])
    quotients = cs.location_quotient(table(x))["estimate"]
    for threshold in (0.1, 0.5, 0.9, 1.0, 1.02, 2.0, 2.9, 3.1):
        counts = cs.diversity_count(table(x), threshold=threshold)
        expected = (quotients.to_numpy().reshape(2, 2) >= threshold).sum(axis=1)
        np.testing.assert_array_equal(estimate(counts), expected)
    assert "LQ_ri >= 2" in cs.ubiquity(table(x), threshold=2).attrs["definition"]


@settings(max_examples=60, deadline=None)
@given(values=matrices)
def test_pairs_and_densities_agree_with_loops(values: np.ndarray) -> None:
    cells, slow = table(values, "has"), Loops(values.tolist())
    pairs = [(i, j) for i in range(4) for j in range(4)]
    phi = square(cs.proximity(cells, binary="has"))
    np.testing.assert_allclose(phi.ravel(), [slow.proximity(i, j) for i, j in pairs])
    for norm in ("association", "cosine", "probability", "jaccard"):
        result = cs.relatedness(cells, binary="has", norm=norm)
        expected = [slow.relatedness(i, j, norm) for i, j in pairs if i != j]
        np.testing.assert_allclose(estimate(result), expected)
    for norm in ("proximity", "association", "cosine", "probability", "jaccard"):
        result = cs.relatedness_density(cells, binary="has", norm=norm)
        expected = [slow.density(r, i, norm) for r in range(5) for i in range(4)]
        np.testing.assert_allclose(estimate(result), expected, atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(values=tables)
def test_quotients_and_their_presence_as_a_column_agree(values: np.ndarray) -> None:
    values = values + 1  # no empty region or industry
    quotients = cs.location_quotient(table(values))["estimate"]
    cells = table(values).assign(has=(quotients >= 1 - BELOW_TIES).astype(float))
    for door in (cs.proximity, cs.relatedness, cs.relatedness_density, cs.ubiquity):
        np.testing.assert_allclose(estimate(door(cells)), estimate(door(cells, binary="has")))


@settings(max_examples=30, deadline=None)
@given(values=tables)
def test_proximity_is_symmetric_and_its_diagonal_is_chosen(values: np.ndarray) -> None:
    one, zero = (square(cs.proximity(table(values), diagonal=d)) for d in (1, 0))
    np.testing.assert_array_equal(one, one.T)
    there = ~np.isnan(np.diag(one))
    assert (np.diag(one)[there] == 1).all()
    assert (np.diag(zero)[there] == 0).all()
    off = ~np.eye(4, dtype=bool)
    np.testing.assert_array_equal(one[off], zero[off])


def test_zero_diagonal_leaves_the_own_industry_out_of_density() -> None:
    has = [[1, 1, 0], [1, 0, 1], [0, 0, 1]]
    result = cs.relatedness_density(table(has, "has"), binary="has", diagonal=0)
    # phi: I-J 1/2, I-K 1/2, J-K 0
    np.testing.assert_allclose(estimate(result), [0.5, 1, 1, 0.5, 1, 1, 0.5, 0, 0])


def test_empty_regions_and_industries_stay_in_their_own_rows() -> None:
    x = np.array([[5, 1, 0, 2], [1, 4, 0, 3], [0, 0, 0, 0], [2, 2, 0, 9]])
    density = estimate(cs.relatedness_density(table(x))).reshape(4, 4)
    assert np.isnan(density[2]).all()
    assert np.isnan(density[:, 2]).all()
    bare = np.delete(np.delete(x, 2, axis=0), 2, axis=1)
    inner = estimate(cs.relatedness_density(table(bare))).reshape(3, 3)
    np.testing.assert_allclose(np.delete(np.delete(density, 2, axis=0), 2, axis=1), inner)
    phi = square(cs.proximity(table(x)))
    assert np.isnan(phi[2]).all()
    np.testing.assert_allclose(
        np.delete(np.delete(phi, 2, axis=0), 2, axis=1), square(cs.proximity(table(bare)))
    )


def test_unknown_cells_stay_unknown() -> None:
    x = np.array([[5, 1, 0], [1, nan, 3], [2, 2, 9]])
    with pytest.warns(cs.ClusterstatsWarning, match="unknown in 1 row"):
        assert np.isnan(estimate(cs.diversity_count(table(x)))).all()
    has = np.array([[1, 1, 0], [1, nan, 0], [0, 1, 1]])
    with pytest.warns(cs.ClusterstatsWarning, match="unknown"):
        counts = cs.diversity_count(table(has, "has"), binary="has")
    np.testing.assert_array_equal(estimate(counts), [2, nan, 2])
    with pytest.warns(cs.ClusterstatsWarning, match="unknown"):
        phi = square(cs.proximity(table(has, "has"), binary="has"))
    np.testing.assert_array_equal(np.isnan(phi), [[0, 1, 0], [1, 1, 1], [0, 1, 0]])


def test_relatedness_of_one_is_chance() -> None:
    everywhere = table(np.ones((4, 3)), "has")
    result = cs.relatedness(everywhere, binary="has", norm="probability")
    np.testing.assert_allclose(estimate(result), 1.0)  # each pair as often as any other
    assert len(result) == 6


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 0}, "threshold=0 is not a number above 0"),
        ({"threshold": nan}, "threshold=nan is not a number above 0"),
        ({"binary": "has", "threshold": 2}, "does not go with binary="),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    cells = table(np.ones((2, 2)), "has").assign(employment=1.0)
    for door in (cs.diversity_count, cs.proximity, cs.relatedness, cs.relatedness_density):
        with pytest.raises(cs.OptionError, match=message):
            door(cells, **options)


def test_bad_names_and_columns_are_refused() -> None:
    cells = table([[1, 2], [3, 0]])
    with pytest.raises(cs.OptionError, match="norm='lift' is not known"):
        cs.relatedness(cells, norm="lift")
    with pytest.raises(cs.OptionError, match="diagonal=2 is not known"):
        cs.proximity(cells, diagonal=2)
    with pytest.raises(cs.OptionError, match="norm='cosine' has no diagonal"):
        cs.relatedness_density(cells, norm="cosine", diagonal=0)
    with pytest.raises(cs.TableError, match="'employment' holds 2 at region 'A', industry 'J'"):
        cs.proximity(cells, binary="employment")
    plants = cells.assign(establishment=list("abcd"))
    with pytest.raises(cs.TableError, match="lists establishments; give cells"):
        cs.proximity(plants, binary="employment")


def test_a_column_of_presence_has_regions_to_draw_but_no_establishments() -> None:
    rng = np.random.default_rng(4)
    cells = table(rng.integers(0, 2, (30, 4)), "has")
    drawn = cs.Bootstrap(unit="region", draws=99, seed=1)
    result = cs.proximity(cells, binary="has", inference=drawn)
    apart = result[result["industry"] != result["industry2"]]
    assert (apart["std_error"] > 0).all()
    assert (apart["conf_low"] < apart["conf_high"]).all()
    with pytest.raises(cs.OptionError, match="has no establishments to draw"):
        cs.proximity(cells, binary="has", inference=cs.Bootstrap(seed=1))
    with pytest.raises(cs.OptionError, match="has no establishments to draw"):
        cs.diversity_count(cells, binary="has", inference=drawn)


# --- entry and exit -------------------------------------------------------------------------


def years(*matrices: list[list[float]]) -> pd.DataFrame:
    parts = [table(m, "has").assign(year=2000 + 10 * k) for k, m in enumerate(matrices)]
    return pd.concat(parts, ignore_index=True)


def test_each_cell_enters_leaves_stays_or_is_absent() -> None:
    cells = years([[1, 1], [0, 0]], [[1, 0], [1, 0]])
    result = cs.entry_exit(cells, binary="has")
    assert result["transition"].tolist() == ["stay", "exit", "entry", "absent"]
    np.testing.assert_array_equal(result["entry"], [nan, nan, 1, 0])
    np.testing.assert_array_equal(result["exit"], [0, 1, nan, nan])
    assert list(result.columns[:4]) == ["year", "year2", "region", "industry"]


def test_density_is_that_of_the_earlier_year() -> None:
    rng = np.random.default_rng(2)
    cells = years(*(rng.integers(0, 9, (5, 4)) + 1 for _ in range(3))).rename(
        columns={"has": "employment"}
    )
    for norm in ("proximity", "association"):
        result = cs.entry_exit(cells, norm=norm)
        density = cs.relatedness_density(cells[cells["year"] < 2020], norm=norm)
        np.testing.assert_allclose(result["relatedness_density"], density["estimate"])
    assert result[["year", "year2"]].drop_duplicates().to_numpy().tolist() == [
        [2000, 2010],
        [2010, 2020],
    ]
    alone = cs.entry_exit(cells, years=(2000, 2020))
    assert alone[["year", "year2"]].drop_duplicates().to_numpy().tolist() == [[2000, 2020]]
    quotients = cs.location_quotient(cells)
    first, last = (quotients.loc[quotients["year"] == y, "estimate"] for y in (2000, 2020))
    came = (first.to_numpy() < 1 - BELOW_TIES) & (last.to_numpy() >= 1 - BELOW_TIES)
    np.testing.assert_array_equal(alone["transition"] == "entry", came)


def test_births_are_entries_and_unknown_cells_have_no_transition() -> None:
    cells = years([[0, 0], [1, 1]], [[1, 0], [nan, 1]])
    result = cs.entry_exit(cells, binary="has")
    assert result["transition"].isna().tolist() == [False, False, True, False]
    assert result["transition"].tolist()[:2] == ["entry", "absent"]
    assert result["exit"].isna().tolist() == [True, True, True, False]
    new_region = years([[0, 0], [3, 1]], [[2, 1], [1, 1]]).rename(columns={"has": "employment"})
    born = cs.entry_exit(new_region)
    assert born["transition"].tolist()[0] == "entry"
    assert born["relatedness_density"].isna().tolist() == [True, True, False, False]


def test_entry_needs_two_years_in_order() -> None:
    cells = years([[1, 0]], [[0, 1]])
    with pytest.raises(cs.TableError, match="needs two years"):
        cs.entry_exit(cells[cells["year"] == 2000], binary="has")
    with pytest.raises(cs.TableError, match="needs two years"):
        cs.entry_exit(table([[1, 0]], "has"), binary="has")
    with pytest.raises(cs.OptionError, match="are not in order"):
        cs.entry_exit(cells, binary="has", years=(2010, 2000))
    with pytest.raises(cs.OptionError, match="1999 is not known"):
        cs.entry_exit(cells, binary="has", years=(1999, 2000))
    with pytest.raises(cs.OptionError, match="is not a pair"):
        cs.entry_exit(cells, binary="has", years=(2000,))
