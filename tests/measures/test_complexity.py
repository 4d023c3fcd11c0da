"""Economic complexity and fitness: definitions, signs, connected parts, warnings, draws."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import clusterstats as cs

KEYS = ["year", "region", "industry"]
CHAIN = [[1, 1, 1, 1], [1, 1, 1, 0], [1, 0, 1, 0], [0, 0, 1, 1], [1, 0, 0, 0]]


def table(values: object, name: str = "has") -> pd.DataFrame:
    """Cells of regions R00, R01, ... and industries I00, I01, ..."""
    x = np.array(values, dtype=float)
    return pd.DataFrame(
        {
            "region": np.repeat([f"R{r:03d}" for r in range(x.shape[0])], x.shape[1]),
            "industry": [f"I{i:03d}" for i in range(x.shape[1])] * x.shape[0],
            name: x.ravel(),
        }
    )


def both(result: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the regions and of the industries."""
    regions = result["region"].notna()
    return tuple(result.loc[rows, "estimate"].to_numpy() for rows in (regions, ~regions))  # type: ignore[return-value]


def complexity(values: object, **options: object) -> tuple[np.ndarray, np.ndarray]:
    """ECI and PCI of who has what."""
    return both(cs.economic_complexity(table(values), binary="has", **options))


def by_reflections(m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The paper's way: means of means, many times over, scaled anew so that they do not shrink.

    It starts from any numbers, since diversity may have no part of the second vector.
    """
    d, u = m.sum(axis=1), m.sum(axis=0)
    kc = np.sqrt(np.arange(1.0, len(m) + 1))
    for _ in range(400):
        kc = m @ (m.T @ kc / u) / d
        kc = (kc - (kc * d).sum() / d.sum()) / kc.std()
    kp = m.T @ kc / u
    sign = np.sign(np.corrcoef(kc, d)[0, 1])
    return tuple(sign * (k - k.mean()) / k.std() for k in (kc, kp))  # type: ignore[return-value]


def connected(m: np.ndarray) -> bool:
    """Whether all regions can be reached from the first; slow."""
    shared = np.linalg.matrix_power(m @ m.T + np.eye(len(m)), len(m)) > 0
    return bool(shared.all() and m.sum(axis=0).all() and m.sum(axis=1).all())


def gap(m: np.ndarray) -> tuple[float, float]:
    """Second and third eigenvalue, by the plain non-symmetric problem."""
    d, u = m.sum(axis=1), m.sum(axis=0)
    values = np.sort(np.linalg.eigvals((m / u) @ m.T / d[:, None]).real)
    return values[-2], values[-3]


@settings(max_examples=60, deadline=None)
@given(bits=st.lists(st.integers(0, 1), min_size=30, max_size=30), tall=st.booleans())
def test_vectors_are_those_that_reflections_tend_to(bits: list[int], tall: bool) -> None:
    m = np.array(bits, dtype=float).reshape((6, 5) if tall else (5, 6))
    assume(connected(m))
    second, third = gap(m)
    assume(second > 0.05)
    assume(third < 0.9 * second)
    assume(m.sum(axis=1).std() > 0)
    slow = by_reflections(m)
    assume(np.isfinite(slow[0]).all())  # else diversity has no part in the second vector
    assume(slow[0].std() > 0)
    assume(abs(np.corrcoef(slow[0], m.sum(axis=1))[0, 1]) > 0.01)
    eci, pci = complexity(m)
    np.testing.assert_allclose(eci, slow[0], atol=1e-8)
    np.testing.assert_allclose(pci, slow[1], atol=1e-8)


def test_eci_and_pci_have_one_sign_and_scale() -> None:
    m = np.array(CHAIN, dtype=float)
    eci, pci = complexity(m)
    assert np.corrcoef(eci, m.sum(axis=1))[0, 1] > 0
    assert np.corrcoef(eci, m @ pci / m.sum(axis=1))[0, 1] == pytest.approx(1)
    for scaled in (eci, pci):
        assert scaled.mean() == pytest.approx(0)
        assert scaled.std() == pytest.approx(1)
    for scaled in complexity(m, ddof=1):
        assert scaled.std(ddof=1) == pytest.approx(1)


def test_on_the_harvard_scale_eci_is_the_mean_of_pci() -> None:
    m = np.array(CHAIN, dtype=float)
    eci, pci = complexity(m, scaling="harvard")
    np.testing.assert_allclose(eci, m @ pci / m.sum(axis=1))
    np.testing.assert_allclose(eci, complexity(m)[0])


def test_eigenvalues_and_their_gap_are_told() -> None:
    m = np.array(CHAIN, dtype=float)
    cells = pd.concat([table(m).assign(year=2010), table(m[::-1]).assign(year=2020)])
    result = cs.economic_complexity(cells, binary="has")
    records = result.attrs["eigenvalues"]
    assert [record["year"] for record in records] == [2010, 2020]
    second, third = gap(m)
    for record in records:
        assert record["second"] == pytest.approx(second)
        assert record["third"] == pytest.approx(third)
        assert record["gap"] == pytest.approx(second - third)
    assert list(result.columns) == [*KEYS, "component", "measure", "estimate"]
    assert not result.duplicated(KEYS).any()


def test_long_sides_are_solved_as_short_ones() -> None:
    rng = np.random.default_rng(3)
    able, demand = rng.normal(size=400), rng.normal(size=300)
    m = (rng.normal(size=(400, 300)) < np.outer(able, demand) + 0.5 * able[:, None]).astype(float)
    result = cs.economic_complexity(table(m), binary="has")
    d, u = m.sum(axis=1), m.sum(axis=0)
    values, vectors = np.linalg.eig((m / u) @ m.T / d[:, None])
    order = np.argsort(values.real)
    slow = vectors[:, order[-2]].real
    slow = (slow - slow.mean()) / slow.std() * np.sign(np.corrcoef(slow, d)[0, 1])
    np.testing.assert_allclose(both(result)[0], slow, atol=1e-9)
    assert result.attrs["eigenvalues"][0]["third"] == pytest.approx(values.real[order[-3]])


def test_parts_that_share_nothing_are_named_and_left_out() -> None:
    m = np.zeros((7, 6))
    m[:5, :4] = CHAIN
    m[5:, 4:] = [[1, 1], [1, 1]]
    with pytest.warns(
        cs.ClusterstatsWarning, match=r"nan for 2 region\(s\) \(R005, R006\) and 2 in"
    ):
        eci, pci = complexity(m)
    np.testing.assert_allclose(eci, [*complexity(CHAIN)[0], nan, nan])
    np.testing.assert_allclose(pci, [*complexity(CHAIN)[1], nan, nan])


def test_empty_regions_and_industries_are_undefined_alone_without_a_word() -> None:
    m = np.zeros((6, 5))
    m[:5, :4] = CHAIN
    eci, pci = complexity(m)
    np.testing.assert_allclose(eci, [*complexity(CHAIN)[0], nan])
    np.testing.assert_allclose(pci, [*complexity(CHAIN)[1], nan])
    f, q = both(cs.fitness(table(m), binary="has"))
    np.testing.assert_allclose(f, [*both(cs.fitness(table(CHAIN), binary="has"))[0], nan])
    np.testing.assert_allclose(q, [*both(cs.fitness(table(CHAIN), binary="has"))[1], nan])


def circle(n: int) -> np.ndarray:
    """Each region shares one industry with the next: all directions are alike."""
    return np.eye(n) + np.roll(np.eye(n), 1, axis=1)


def test_equal_eigenvalues_leave_the_index_undefined() -> None:
    for m in (circle(5), np.ones((4, 3))):
        with pytest.warns(cs.ClusterstatsWarning, match="is undefined: second and third eigen"):
            eci, pci = complexity(m)
        assert np.isnan(eci).all()
        assert np.isnan(pci).all()


def test_a_close_third_eigenvalue_is_warned_of() -> None:
    m = np.kron(np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]]), np.ones((3, 3)))
    m[0, 0] = 0
    second, third = gap(m)
    assert 0.95 < third / second < 1 - 1e-6
    with pytest.warns(cs.ClusterstatsWarning, match="ill-conditioned: second and third eigenvalue"):
        eci, _ = complexity(m)
    assert not np.isnan(eci).any()


def test_a_sign_that_nothing_tells_is_warned_of() -> None:
    mirrored = [[1, 1, 0], [1, 0, 1], [0, 0, 1], [0, 1, 0]]
    with pytest.warns(cs.ClusterstatsWarning, match="no sign of its own"):
        eci, _ = complexity(mirrored)
    assert eci[0] > 0
    assert eci[0] == pytest.approx(-eci[1])


def test_rarity_tells_the_sign_where_diversity_does_not() -> None:
    m = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1.0]])
    eci, pci = complexity(m)
    assert m.sum(axis=1).std() == 0
    assert eci[3] == eci.max()  # what region 3 has is had by 2 and 1; region 0's by 3 and 2
    assert pci[3] == pci.max()


def test_unknown_cells_leave_all_unknown() -> None:
    m = np.array(CHAIN, dtype=float)
    m[0, 0] = nan
    for door in (cs.economic_complexity, cs.fitness):
        with pytest.warns(cs.ClusterstatsWarning, match="unknown"):
            result = door(table(m), binary="has")
        assert result["estimate"].isna().all()


def country(n: int = 900) -> pd.DataFrame:
    """Establishments of 9 regions and 7 industries, seen in two years."""
    rng = np.random.default_rng(6)
    able, demand = np.linspace(-1.2, 1.2, 9), np.linspace(-1.2, 1.2, 7)
    odds = np.exp(np.outer(able, demand)).ravel()
    cell = rng.choice(63, n, p=odds / odds.sum())
    frame = pd.DataFrame(
        {
            "establishment": [f"{k:04d}" for k in range(n)],
            "region": [f"R{c // 7}" for c in cell],
            "industry": [f"I{c % 7}" for c in cell],
        }
    )
    parts = [frame.assign(year=y, employment=rng.geometric(0.2, n) * 1.0) for y in (2010, 2020)]
    return pd.concat(parts, ignore_index=True)


def test_draws_have_the_sign_of_the_point_estimate() -> None:
    plants = country()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cs.ClusterstatsWarning)
        result = cs.economic_complexity(plants, inference=cs.Bootstrap(draws=99, seed=3))
        point = cs.economic_complexity(plants)
    pd.testing.assert_frame_equal(result[point.columns.tolist()], point)
    assert result["std_error"].between(0.001, 0.9).all()  # a sign that flips would give about 1
    assert result[["conf_low", "conf_high"]].isna().all(axis=None)
    assert "conf_low and conf_high are left blank" in result.attrs["note"]
    assert result["p_value"].isna().all()
    assert "sign of each draw is that of the point estimate" in result.attrs["inference"]
    assert result.attrs["definition"] == point.attrs["definition"]
    extreme = result[(result["year"] == 2010) & result["region"].isin(["R0", "R8"])]
    assert abs(extreme["estimate"].diff().iloc[-1]) > 4 * extreme["std_error"].max()


def test_chance_gives_eci_no_direction_and_is_refused() -> None:
    with pytest.raises(cs.OptionError, match="no direction that could be compared"):
        cs.economic_complexity(country(), inference=cs.MonteCarlo(seed=1))
    with pytest.raises(cs.OptionError, match="Bootstrap does not fit"):
        cs.economic_complexity(country(), inference=cs.Bootstrap(unit="region", seed=1))


def test_differences_between_years_are_of_eci() -> None:
    plants = country()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cs.ClusterstatsWarning)
        eci = cs.economic_complexity(plants)
    eci = eci[eci["component"] == "eci"].pivot(index="region", columns="year", values="estimate")
    apart = cs.difference(plants, "economic_complexity", years=(2010, 2020))
    np.testing.assert_allclose(apart["estimate"], eci[2020] - eci[2010], atol=1e-12)


def test_several_measures_take_it_along() -> None:
    result = cs.measure(table(CHAIN, "employment"), ["ubiquity", "fitness"])
    assert result["measure"].unique().tolist() == ["ubiquity", "fitness"]


@pytest.mark.parametrize("option", [cs.Bootstrap(draws=19, seed=1), cs.Jackknife()])
@pytest.mark.parametrize("door", [cs.diversity_count, cs.proximity, cs.fitness])
def test_intervals_that_do_not_hold_are_blank_with_a_warning(
    door: Callable[..., pd.DataFrame], option: cs.inference.Inference
) -> None:
    plants = country(200).query("year == 2010")
    with pytest.warns(cs.ClusterstatsWarning, match=r"no interval in .*MonteCarlo"):
        result = door(plants, inference=option)
    assert result[["conf_low", "conf_high"]].isna().all(axis=None)
    assert result["std_error"].notna().any()


# --- fitness --------------------------------------------------------------------------------


def updated(m: list[list[int]], times: int) -> tuple[list[float], list[float]]:
    """Tacchella et al. 2012, eq. 1, one number at a time."""
    regions, industries = range(len(m)), range(len(m[0]))
    f, q = [1.0] * len(m), [1.0] * len(m[0])
    for _ in range(times):
        raised = [sum(m[r][i] * q[i] for i in industries) for r in regions]
        eased = [1 / sum(m[r][i] / f[r] for r in regions) for i in industries]
        f = [one / (sum(raised) / len(raised)) for one in raised]
        q = [one / (sum(eased) / len(eased)) for one in eased]
    return f, q


@pytest.mark.parametrize("times", [1, 2, 7, 20])
def test_updates_take_both_from_the_values_before(times: int) -> None:
    f, q = both(cs.fitness(table(CHAIN), binary="has", iterations=times))
    slow = updated(CHAIN, times)
    np.testing.assert_allclose(f, slow[0], rtol=1e-12)
    np.testing.assert_allclose(q, slow[1], rtol=1e-12)


SETTLING = [[1, 1, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1]]


def test_settled_values_do_not_move() -> None:
    m = np.array(SETTLING, dtype=float)
    f, q = both(cs.fitness(table(m), binary="has", iterations="converged"))
    raised, eased = m @ q, 1 / (m.T @ (1 / f))
    np.testing.assert_allclose(raised / raised.mean(), f, atol=1e-9)
    np.testing.assert_allclose(eased / eased.mean(), q, atol=1e-9)


def test_years_settle_each_on_their_own() -> None:
    fast, slow = np.ones((4, 3)), np.array(SETTLING, dtype=float)
    cells = pd.concat([table(fast).assign(year=2010), table(slow).assign(year=2020)])
    result = cs.fitness(cells, binary="has", iterations="converged")
    alone = cs.fitness(table(slow), binary="has", iterations="converged")
    last = result[result["year"] == 2020].reset_index(drop=True)
    np.testing.assert_array_equal(last["estimate"], alone["estimate"])
    np.testing.assert_allclose(result.loc[result["year"] == 2010, "estimate"], 1)


def test_fitness_that_falls_without_end_stays_finite_and_is_warned_of() -> None:
    nested = np.tril(np.ones((6, 6)))
    with pytest.warns(cs.ClusterstatsWarning, match="has not settled: values move by up to"):
        slow = cs.fitness(table(nested), binary="has", iterations="converged")
    assert np.isfinite(slow["estimate"]).all()
    outdone = [[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0]]
    many = cs.fitness(table(outdone), binary="has", iterations=20_000)
    assert np.isfinite(many["estimate"]).all()
    assert (many["estimate"] > 0).all()


@pytest.mark.parametrize("iterations", [0, -3, 2.5, True, "20"])
def test_iterations_are_whole_numbers_or_converged(iterations: object) -> None:
    with pytest.raises(cs.OptionError, match="neither a whole number of at least 1 nor"):
        cs.fitness(table(CHAIN), binary="has", iterations=iterations)


def test_bad_scalings_are_refused() -> None:
    with pytest.raises(cs.OptionError, match="scaling='atlas' is not known"):
        complexity(CHAIN, scaling="atlas")
    with pytest.raises(cs.OptionError, match="ddof=2 is not known"):
        complexity(CHAIN, ddof=2)
