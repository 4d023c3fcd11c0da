"""Location correlations against numpy's, and where they are undefined."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clusterstats as cs


def cells(jobs: np.ndarray) -> pd.DataFrame:
    """Cells from a (region, industry) array."""
    regions, industries = jobs.shape
    return pd.DataFrame(
        {
            "region": np.repeat([f"R{r}" for r in range(regions)], industries),
            "industry": [f"I{i}" for i in range(industries)] * regions,
            "employment": jobs.ravel(),
        }
    )


def pairs(result: pd.DataFrame) -> dict[tuple[str, str], float]:
    keys = zip(result["industry"], result["industry2"], strict=True)
    return dict(zip(keys, result["estimate"], strict=True))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_each_is_numpys_correlation_of_what_it_names(seed: int) -> None:
    rng = np.random.default_rng(seed)
    jobs = rng.poisson(5, (6, 4)) + rng.integers(0, 2, (6, 4)) * 20.0
    jobs[:, 0] += np.arange(6)
    jobs[5] = 0
    size = jobs.sum(axis=1)
    quotients = (jobs[:5] / size[:5, None]) / (jobs.sum(axis=0) / jobs.sum())
    by_hand = {
        "employment": np.corrcoef(jobs.T),
        "region_shares": np.corrcoef((jobs / jobs.sum(axis=0)).T),
        "location_quotients": np.corrcoef(quotients.T),
    }
    for of, expected in by_hand.items():
        for (a, b), estimate in pairs(cs.location_correlation(cells(jobs), of=of)).items():
            assert estimate == pytest.approx(expected[int(a[1]), int(b[1])], abs=1e-9)


def test_an_industry_that_is_the_same_everywhere_has_no_correlation() -> None:
    jobs = np.array([[3.0, 0.1, 1.0], [1.0, 0.1, 2.0], [2.0, 0.1, 9.0]])
    found = pairs(cs.location_correlation(cells(jobs)))
    assert np.isnan([found["I0", "I1"], found["I1", "I2"]]).all()
    assert np.isfinite(found["I0", "I2"])


def test_proportional_regions_have_no_correlation_of_quotients() -> None:
    jobs = np.outer([0.1, 0.7, 1.3], [3.0, 11.0, 7.0])
    quotients = cs.location_correlation(cells(jobs), of="location_quotients")
    assert quotients["estimate"].isna().all()
    assert cs.location_correlation(cells(jobs))["estimate"].tolist() == pytest.approx([1, 1, 1])


@pytest.mark.filterwarnings("ignore:.*is unknown in 1 row")
def test_an_unknown_cell_stays_in_its_industrys_pairs() -> None:
    jobs = np.array([[3.0, 1.0, 1.0], [1.0, 5.0, 2.0], [2.0, np.nan, 9.0]])
    found = pairs(cs.location_correlation(cells(jobs)))
    assert np.isnan([found["I0", "I1"], found["I1", "I2"]]).all()
    assert found["I0", "I2"] == pytest.approx(np.corrcoef(jobs[:, 0], jobs[:, 2])[0, 1])


def test_leaving_out_regions_is_that_correlation_without_them() -> None:
    rng = np.random.default_rng(2)
    jobs = rng.poisson(20, (8, 2)).astype(float)
    table = cells(jobs).assign(establishments=20)  # of one size: regions have enough of each
    result = cs.location_correlation(table, inference=cs.Jackknife(unit="region")).iloc[0]
    by_hand = [np.corrcoef(np.delete(jobs, r, axis=0).T)[0, 1] for r in range(8)]
    assert result["loo_low"] == pytest.approx(min(by_hand))
    assert result["loo_high"] == pytest.approx(max(by_hand))
    boot = cs.location_correlation(
        table, inference=cs.Bootstrap(unit="region", draws=199, seed=1)
    ).iloc[0]
    with pytest.warns(cs.ClusterstatsWarning, match="fewer than 5 effective establishments"):
        blank = cs.location_correlation(cells(jobs), inference=cs.Jackknife(unit="region"))
    assert blank[["conf_low", "conf_high"]].isna().all(axis=None)
    assert -1 <= boot["conf_low"] < boot["estimate"] < boot["conf_high"] <= 1


def test_size_alone_makes_employment_correlate_under_chance() -> None:
    rng = np.random.default_rng(4)
    n = 900
    plants = pd.DataFrame(
        {
            "establishment": [f"e{k}" for k in range(n)],
            "region": rng.choice([f"R{r}" for r in range(12)], n, p=np.arange(1, 13) / 78),
            "industry": rng.choice(["a", "b", "c"], n),
            "employment": 1.0,
        }
    )
    option = cs.MonteCarlo(null="random_labelling", draws=199, seed=2)
    sizes = cs.location_correlation(plants, inference=option)
    assert (sizes["null_mean"] > 0.6).all()
    quotients = cs.location_correlation(plants, of="location_quotients", inference=option)
    assert (quotients["null_mean"] < 0).all()  # of three shares that sum to 1


def test_refusals() -> None:
    table = cells(np.ones((2, 2)))
    with pytest.raises(cs.OptionError, match="location_quotients"):
        cs.location_correlation(table, of="shares")
    with pytest.raises(cs.OptionError, match="no analytic form"):
        cs.location_correlation(table, inference=cs.Analytic())
