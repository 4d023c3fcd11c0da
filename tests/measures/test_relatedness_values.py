"""Presence, density, entry, fitness and complexity at their edges, by hand or by loop."""

from __future__ import annotations

from math import nan

import numpy as np
import pandas as pd
import pytest
from scipy.sparse.linalg import ArpackNoConvergence

import clusterstats as cs
from clusterstats.measures.relatedness import spectrum
from clusterstats.measures.relatedness.presence import Presence
from clusterstats.measures.relatedness.spectrum import FURTHER, Complexity

pytestmark = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")

CHAIN = np.array([[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 1, 0], [0, 0, 1, 1], [1, 0, 0, 0.0]])
RARE = np.array(
    [[1, 1, 0, 1, 1], [0, 1, 0, 0, 1], [0, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 1, 1, 0, 0.0]]
)
"""Its second vector goes neither up nor down with diversity, only with rarity."""


def table(values: object, name: str = "has") -> pd.DataFrame:
    """Cells of regions R0, R1, ... and industries I0, I1, ..."""
    x = np.array(values, dtype=float)
    regions, industries = x.shape
    return pd.DataFrame(
        {
            "region": np.repeat([f"R{r}" for r in range(regions)], industries),
            "industry": [f"I{i}" for i in range(industries)] * regions,
            name: x.ravel(),
        }
    )


def of_regions(result: pd.DataFrame) -> np.ndarray:
    """The regions' numbers."""
    return result.loc[result["region"].notna(), "estimate"].to_numpy()


def test_however_low_the_threshold_what_is_there_is_present() -> None:
    counts = cs.diversity_count(table([[5, 1], [0, 3]], "employment"), threshold=1e-12)
    assert counts["estimate"].tolist() == [2, 1]


def test_an_unknown_presence_leaves_other_regions_densities_of_other_industries() -> None:
    m = [[1, 1, 0], [1, 0, 1], [1, 1, nan]]
    density = cs.relatedness_density(table(m), binary="has")["estimate"].to_numpy()
    # phi of I0 and I1 is 2/3, with I2 unknown: I0 is near to I0 (1) and to I1 (2/3)
    expected = [[1, 1], [1 / (5 / 3), 2 / 3 / (5 / 3)]]
    np.testing.assert_allclose(density.reshape(3, 3)[:2, :2], expected)
    assert np.isnan(density.reshape(3, 3)[:, 2]).all()


def test_entry_takes_a_diagonal_with_proximity_only() -> None:
    cells = pd.concat([table(CHAIN[:, ::step]).assign(year=2010 + step) for step in (1, -1)])
    zero = cs.entry_exit(cells, binary="has", diagonal=0)
    earlier = cs.relatedness_density(table(CHAIN[:, ::-1]), binary="has", diagonal=0)
    np.testing.assert_allclose(zero["relatedness_density"], earlier["estimate"])
    with pytest.raises(cs.OptionError, match="diagonal=0 does not go with norm='cosine'"):
        cs.entry_exit(cells, binary="has", norm="cosine", diagonal=0)
    assert len(cs.entry_exit(cells, binary="has", norm="cosine")) == CHAIN.size


def test_entry_is_between_two_different_years() -> None:
    cells = pd.concat([table(CHAIN).assign(year=year) for year in (2010, 2020)])
    with pytest.raises(cs.OptionError, match="are not in order"):
        cs.entry_exit(cells, binary="has", years=(2010, 2010))


def test_the_only_region_with_anything_has_the_mean_fitness() -> None:
    fitness = cs.fitness(table([[1, 0], [0, 0]]), binary="has")["estimate"]
    np.testing.assert_array_equal(fitness, [1, nan, 1, nan])


def test_two_regions_are_enough_for_complexity() -> None:
    result = cs.economic_complexity(table([[1, 1], [0, 1]]), binary="has")
    np.testing.assert_allclose(of_regions(result), [1, -1])


def test_of_parts_alike_in_size_the_first_is_measured() -> None:
    m = np.zeros((5, 5))
    m[:2, :2] = m[2:4, 2:4] = [[1, 1], [0, 1]]
    m[4, 4] = 1
    eci = of_regions(cs.economic_complexity(table(m), binary="has"))
    np.testing.assert_allclose(eci, [1, -1, nan, nan, nan])


def test_rarity_is_the_mean_of_what_a_region_has() -> None:
    eci = of_regions(cs.economic_complexity(table(RARE), binary="has"))
    ubiquity = RARE.sum(axis=0)
    rarity = [-np.mean([u for u, has in zip(ubiquity, row, strict=True) if has]) for row in RARE]
    assert np.corrcoef(eci, RARE.sum(axis=1))[0, 1] == pytest.approx(0, abs=1e-9)
    assert np.corrcoef(eci, rarity)[0, 1] > 0.5


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
def test_the_sign_follows_a_goal_in_any_unit(scale: float) -> None:
    kernel = Complexity(Presence(None), "zscore", 0)
    plain = kernel(CHAIN)[: len(CHAIN)]
    for way in (1, -1):
        toward = scale * (5 + way * plain)
        np.testing.assert_allclose(kernel(CHAIN, toward=toward)[: len(CHAIN)], way * plain)


def test_a_flat_goal_tells_no_sign() -> None:
    kernel = Complexity(Presence(None), "zscore", 0)
    for level in (0.0, 2.0):
        found = kernel(CHAIN, toward=np.full(len(CHAIN), level))
        np.testing.assert_allclose(found[:-FURTHER], kernel(CHAIN)[:-FURTHER])


def test_long_sides_that_do_not_settle_are_solved_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    m = np.tril(np.ones((8, 8)))[:, :7]
    kernel = Complexity(Presence(None), "zscore", 0)
    whole = kernel(m)

    def never(*_: object, **__: object) -> None:
        raise ArpackNoConvergence("no convergence", np.empty(0), np.empty((0, 0)))

    monkeypatch.setattr(spectrum, "DENSE", 2)
    monkeypatch.setattr(spectrum, "eigsh", never)
    np.testing.assert_allclose(kernel(m), whole)


def test_draws_take_their_sign_from_regions_that_the_point_estimate_has() -> None:
    from clusterstats.measures.relatedness.complexity import POINT, _with_point
    from clusterstats.tables import Grid

    grid = Grid.of(table(np.zeros((4, 1))), ("has",))
    point = pd.DataFrame({"component": "eci", "estimate": [1.0, nan, -2.0, 0.0]})
    beside = _with_point(grid, point).frame[POINT]
    np.testing.assert_allclose(beside, [3, 5 / 3, 0, 2])  # unknown: the mean, which pulls nowhere
