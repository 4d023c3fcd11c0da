"""Coverage of intervals and size of tests, by simulation with lumpy establishments."""

from __future__ import annotations

import numpy as np
import pytest

import clusterstats as cs
from bench.coverage import DESIGNS as ALL
from bench.coverage import Design, country, indices, quotients

DESIGNS = [design for design in ALL if design.is_base_known]


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name.split(" (")[0])
@pytest.mark.parametrize("gamma", [0.0, 0.05])
def test_location_quotient_intervals_hold_their_level(design: Design, gamma: float) -> None:
    covered = [
        part[2]
        for seed in range(120)
        for part in quotients(design, gamma, 10_000 + seed)
        if part[1] == "analytic, sizes known"
    ]
    assert 0.94 <= np.nanmean(np.concatenate(covered)) <= 0.995


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name.split(" (")[0])
def test_plant_index_intervals_hold_theirs(design: Design) -> None:
    parts = [part for seed in range(120) for part in indices(design, 0.05, 10_000 + seed)]
    for measure in ("ellison_glaeser", "maurel_sedillot"):
        for method, least in [("jackknife by establishment", 0.88), ("bootstrap by", 0.84)]:
            hits = [p[2] for p in parts if p[0] == measure and p[1].startswith(method)]
            assert np.mean(hits) >= least, (measure, method)  # 120 draws: sd near 0.03


@pytest.mark.slow
@pytest.mark.parametrize("door", [cs.ellison_glaeser, cs.maurel_sedillot])
def test_monte_carlo_rejects_five_in_a_hundred_under_its_null(door: object) -> None:
    rejected = []
    for seed in range(200):
        table, _, _ = country(DESIGNS[0], 0.0, 20_000 + seed)
        option = cs.MonteCarlo(null="dartboard", draws=99, seed=seed)
        result = door(table, base="base", inference=option)  # type: ignore[operator]
        film = result[(result["industry"] == "film") & (result["component"] == "gamma")]
        rejected.append(film["p_value"].iloc[0] <= 0.05)
    assert 0.01 <= np.mean(rejected) <= 0.10  # 200 draws: sd 0.015


def test_location_quotient_test_is_not_liberal() -> None:
    rejected = []
    for seed in range(60):
        table, _, _ = country(DESIGNS[2], 0.0, 30_000 + seed)
        result = cs.location_quotient(table, inference=cs.Analytic())
        rejected.append((result["p_value"] < 0.05).to_numpy())
    assert np.mean(np.concatenate(rejected)) <= 0.09
