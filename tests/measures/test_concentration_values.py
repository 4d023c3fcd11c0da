"""Concentration of industries at values worked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

import clusterstats as cs


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [5 / 8, 1.0]),  # (3/4)^2 + (1/4)^2, all in one
        ({"normalized": True}, [(5 / 8 - 1 / 3) / (2 / 3), 1.0]),
        ({"equivalent_number": True}, [8 / 5, 1.0]),
    ],
)
def test_herfindahl_on_each_scale(options: dict[str, bool], expected: list[float]) -> None:
    jobs = pd.DataFrame(
        {
            "region": ["A", "B", "C"] * 2,
            "industry": ["film"] * 3 + ["steel"] * 3,
            "employment": [30, 10, 0, 0, 0, 7],
        }
    )
    found = cs.herfindahl_concentration(jobs, **options)
    assert found["estimate"].tolist() == pytest.approx(expected)
