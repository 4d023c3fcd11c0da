"""Cells drawn within bands, and Rubin's rules."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

import clusterstats as cs
from clusterstats.inference.imputation import combined
from clusterstats.measures.partial.imputing import completed
from clusterstats.tables import Grid


def jobs(**changes: Any) -> pd.DataFrame:
    """Cells, two of them withheld."""
    table = {
        "region": list("AABBCC"),
        "industry": ["film", "other"] * 3,
        "establishments": [3, 90, 2, 20, 4, 50],
        "employment": [None, 940, 40, None, 30, 300],
        "employment_squares": [None, 30000, 900, None, 300, 5000],
        "employment_low": [20, None, None, 500, None, None],
        "employment_high": [90, None, None, 600, None, None],
    }
    return pd.DataFrame(table | changes).astype({"employment": float})


def test_rubins_rules_by_hand() -> None:
    found = combined([np.array([1.0]), np.array([2.0]), np.array([4.5])], [np.array([0.5])] * 3)
    between = ((1 - 2.5) ** 2 + 0.5**2 + 2**2) / 2
    extra = 4 / 3 * between
    ratio = extra / 0.25
    freedom = 2 * (1 + 1 / ratio) ** 2
    assert found.estimate == pytest.approx([2.5])
    assert found.std_error == pytest.approx([np.sqrt(0.25 + extra)])
    assert found.freedom == pytest.approx([freedom])
    assert found.fraction_missing == pytest.approx([(ratio + 2 / (freedom + 3)) / (ratio + 1)])
    half = student.ppf(0.975, freedom) * np.sqrt(0.25 + extra)
    assert np.ravel(found.interval(0.95)) == pytest.approx([2.5 - half, 2.5 + half])


def test_without_unknown_cells_the_fill_makes_no_difference() -> None:
    known = (
        jobs()
        .assign(employment=[60.0, 940, 40, 550, 30, 300])
        .drop(columns=["employment_low", "employment_high", "employment_squares"])
    )
    plain = cs.location_quotient(known, form="log", inference=cs.Analytic())
    imputed = cs.location_quotient(
        known, form="log", inference=cs.Imputed(inference=cs.Analytic(), seed=1)
    )
    for name in ("estimate", "std_error", "statistic"):
        expected = plain["estimate"] / plain["std_error"] if name == "statistic" else plain[name]
        assert np.allclose(imputed[name], expected, rtol=1e-12)
    assert np.allclose(imputed["fraction_missing"], 0.0, atol=1e-12)


def test_unknown_cells_are_drawn_within_their_bands_and_never_zero() -> None:
    option = cs.Imputed(inference=cs.Analytic(), draws=50, seed=1)
    drawn = np.array([f["employment"] for f in completed(Grid.of(jobs()), "employment", option)])
    assert (drawn[:, 0] >= 20).all()
    assert (drawn[:, 0] <= 90).all()
    assert drawn[:, 0].mean() == pytest.approx(55, abs=4 * 70 / np.sqrt(12 * 50))
    assert (drawn[:, [1, 2, 4, 5]] == [940, 40, 30, 300]).all()


def test_result_has_its_columns_and_repeats_its_bytes() -> None:
    option = cs.Imputed(inference=cs.Analytic(), seed=3)
    first, again = (cs.location_quotient(jobs(), inference=option) for _ in range(2))
    pd.testing.assert_frame_equal(first, again, check_exact=True)
    names = ["std_error", "statistic", "p_value", "conf_low", "conf_high", "fraction_missing"]
    assert list(first.columns) == ["region", "industry", "measure", "estimate", *names]
    assert first["fraction_missing"].between(0, 1).all()
    assert "2 unknown row(s) drawn evenly within their bands" in first.attrs["note"]


def test_the_fill_adds_to_the_uncertainty() -> None:
    narrow = jobs(
        employment_low=[54, None, None, 549, None, None],
        employment_high=[56, None, None, 551, None, None],
    )
    option = cs.Imputed(inference=cs.Analytic(), seed=3)
    wide, less = (
        cs.location_quotient(table, inference=option).iloc[0] for table in (jobs(), narrow)
    )
    assert wide["std_error"] > less["std_error"]
    assert wide["fraction_missing"] > 10 * less["fraction_missing"]


def test_known_totals_are_kept() -> None:
    table = pd.DataFrame(
        {
            "region": np.repeat(list("ABC"), 3),
            "industry": ["a", "b", "c"] * 3,
            "employment": [np.nan] * 4 + [np.nan, 7, 5, 6, 9],
            "employment_high": [30.0] * 5 + [np.nan] * 4,
            "row": np.repeat([40.0, 30.0, 20.0], 3),
            "column": [25.0, 30.0, 35.0] * 3,
        }
    )
    tight = cs.tighten(table, region_total="row", industry_total="column", method="exact")
    option = cs.Imputed(inference=cs.Analytic(), draws=200, seed=1)
    frames = list(completed(Grid.of(tight), "employment", option))
    drawn = np.array([frame["employment"] for frame in frames]).reshape(-1, 3, 3)
    assert np.allclose(drawn.sum(axis=2), [40, 30, 20], atol=1e-8)
    assert np.allclose(drawn.sum(axis=1), [25, 30, 35], atol=1e-8)
    low, high = tight["employment_low"].iloc[0], tight["employment_high"].iloc[0]
    spread = (drawn[:, 0, 0] - low) / (high - low)  # one free dimension: even between the ends
    assert spread.min() >= -1e-9
    assert spread.max() <= 1 + 1e-9
    assert spread.mean() == pytest.approx(0.5, abs=4 / np.sqrt(12 * 200))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"inference": cs.MonteCarlo(seed=1)}, "gives no standard error"),
        ({"draws": 1}, "draws=1 is not a whole number of at least 2"),
        ({"seed": -1}, "seed=-1 is not a whole number"),
    ],
)
def test_options_check_themselves(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(cs.OptionError, match=message):
        cs.Imputed(**({"inference": cs.Analytic(), "seed": 1} | changes))


def test_a_cell_without_upper_bound_is_refused() -> None:
    table = jobs(employment_high=[None, None, None, 600, None, None])
    with pytest.raises(cs.TableError, match=r"no 'employment_high' in 1 row.*'A', industry 'film'"):
        cs.location_quotient(table, inference=cs.Imputed(inference=cs.Analytic(), seed=1))
