"""What the coefficient would be if location quotients had no effect at all."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd

import clusterstats as cs

REGRESSORS = "log_lq + log_diversity + log_competition + log_total"
POOLED = f"growth ~ {REGRESSORS} | year"
WITHIN = f"growth ~ {REGRESSORS} | cell + year"
WINDOWS = (2, 4, 8, 16)
DRAWS = 19


def coefficient(panel: pd.DataFrame, formula: str = WITHIN) -> float:
    """The coefficient of the location quotient; singletons and collinear terms are expected."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cs.ClusterstatsWarning)
        return float(cs.regress(formula, panel).params["log_lq"])


def by_window(panel: pd.DataFrame, years: int) -> float:
    """Mean coefficient with effects of cells over windows of so many years, weighted by rows."""
    start = panel["year"].min()
    parts = [part for _, part in panel.groupby((panel["year"] - start) // years)]
    weights = [len(part) for part in parts]
    return float(np.average([coefficient(part) for part in parts], weights=weights))


def without_effect(panel: pd.DataFrame, seed: int) -> Iterator[pd.DataFrame]:
    """Panels whose growth owes nothing to the past, with each cell's own lumpiness.

    The sign of each cell's growth, less the mean of its year, is drawn anew; employment, and with
    it the location quotient, follows from what was drawn before. All else is as observed.
    """
    mean = panel.groupby("year")["growth"].transform("mean")
    own = panel["growth"] - mean
    follows = (panel["cell"] == panel["cell"].shift()) & (
        panel["year"] == panel["year"].shift() + 1
    )
    spell = (~follows).cumsum()
    for child in np.random.SeedSequence(seed).spawn(DRAWS):
        sign = np.random.default_rng(child).choice([-1.0, 1.0], len(panel))
        growth = mean + own * sign
        moved = (growth - panel["growth"]).groupby(spell).cumsum()
        before = moved.groupby(spell).shift(fill_value=0.0)
        yield panel.assign(growth=growth, log_lq=panel["log_lq"] + before)


def nickell(panel: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Observed coefficients beside those of panels without any effect, by length of the window."""
    rows: dict[tuple[str, int], list[float]] = {}
    for place, sample in enumerate([panel, *without_effect(panel, seed)]):
        found = {("year", 16): coefficient(sample, POOLED)}
        found |= {("cell and year", years): by_window(sample, years) for years in WINDOWS}
        long, half = found["cell and year", 16], found["cell and year", 8]
        found["cell and year, half-panel jackknife", 16] = 2 * long - half
        for key, value in found.items():
            rows.setdefault(key, []).append(value)
        assert all(len(values) == place + 1 for values in rows.values())
    return pd.DataFrame(
        [
            {
                "effects": effects,
                "years_in_a_window": years,
                "estimate": values[0],
                "null_mean": float(np.mean(values[1:])),
                "null_low": min(values[1:]),
                "null_high": max(values[1:]),
            }
            for (effects, years), values in rows.items()
        ]
    )
