"""Every measure's draws come out as the same bytes in one process, in two and in threads."""

from __future__ import annotations

import joblib
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.inference import engine
from clusterstats.measures.declaration import Declaration
from tests.measures.test_contract import CASES, YEARS, Door, is_refused, plants

pytestmark = pytest.mark.filterwarnings("ignore::clusterstats.errors.ClusterstatsWarning")

DRAWS, SEED = 19, 5
BLOCK = 160  # numbers: of 16 cells with up to 4 moments, 2 to 10 draws, so several blocks
RANDOM = ["std_error", "statistic", "p_value", "conf_low", "bias_corrected", "null_mean"]
WORKERS = [{"backend": "loky", "n_jobs": 2}, {"backend": "threading", "n_jobs": 3}]
QUICK = [
    cs.Bootstrap(draws=DRAWS, seed=SEED),
    cs.MonteCarlo(null="dartboard", draws=DRAWS, seed=SEED),
]
OTHERS = [
    cs.Bootstrap(unit="cell", draws=DRAWS, seed=SEED),
    cs.Bootstrap(unit="region", draws=DRAWS, seed=SEED),
    cs.MonteCarlo(null="random_labelling", draws=DRAWS, seed=SEED),
    cs.MonteCarlo(null="random_location", draws=DRAWS, seed=SEED),
]


def drawn(options: list[cs.inference.Inference]) -> list[object]:
    """Every measure, in every form, with each of the methods that it takes."""
    return [
        pytest.param(*case.values, option, id=f"{case.id}-{named(option)}")
        for case in CASES
        for option in options
        if not is_refused(case.values[1], option)
    ]


def named(option: cs.inference.Inference) -> str:
    """What is drawn, in a word."""
    return str(getattr(option, "unit", getattr(option, "null", "")))


def check(
    door: Door,
    declaration: Declaration,
    option: cs.inference.Inference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Measure alone and with each kind of worker, in blocks small enough for all to have some."""
    monkeypatch.setattr(engine, "BLOCK", BLOCK)
    assert len(engine._blocks(DRAWS, 16 * len(declaration.powers))) > 1
    table = plants(years=(2020,) if declaration.reads == "cells" else YEARS)
    with joblib.parallel_config(n_jobs=1):
        alone = door(table, inference=option)
    assert alone[[name for name in RANDOM if name in alone]].notna().any(axis=None)
    for workers in WORKERS:
        with joblib.parallel_config(**workers):
            shared = door(table, inference=option)
        pd.testing.assert_frame_equal(alone, shared, check_exact=True)


@pytest.mark.parametrize(("door", "declaration", "option"), drawn(QUICK))
def test_bytes_are_the_same_in_processes_and_threads(
    door: Door,
    declaration: Declaration,
    option: cs.inference.Inference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check(door, declaration, option, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(("door", "declaration", "option"), drawn(OTHERS))
def test_bytes_are_the_same_for_every_other_method(
    door: Door,
    declaration: Declaration,
    option: cs.inference.Inference,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    check(door, declaration, option, monkeypatch)
