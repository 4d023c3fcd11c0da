"""Employment of firms that depends on its own past."""

from __future__ import annotations

import numpy as np

import clusterstats as cs

from ..cells import Made, both
from ..data import read

TITLE = "Arellano and Bond 1991: employment of firms"
PAPER = "Arellano and Bond (1991), Review of Economic Studies 58, table 4, column (b)"
DATA = "empluk"
SAMPLE = "140 firms of the United Kingdom, 1976-1984"

LOGS = {"n": "emp", "w": "wage", "k": "capital", "ys": "output"}
SHOWN = {
    "n(-1)": "lag(n, 1)",
    "n(-2)": "lag(n, 2)",
    "w": "w",
    "w(-1)": "lag(w, 1)",
    "k": "k",
    "ys": "ys",
    "ys(-1)": "lag(ys, 1)",
}
LABELS = {
    "n": "log employment",
    "w": "log wage",
    "k": "log capital",
    "ys": "log output of the sector",
}


def make() -> Made:
    """Two steps of GMM in differences, effects of years, errors without correction."""
    firms = read(DATA)
    firms = firms.assign(**{name: np.log(firms[column]) for name, column in LOGS.items()})
    fit = cs.difference_gmm(
        f"n ~ {' + '.join(SHOWN.values())} | year",
        firms,
        entity="firm",
        time="year",
        instruments=[cs.LagInstruments("n", first=2)],
        windmeijer=False,
    )
    return Made(both("two-step GMM", fit, SHOWN), cs.table(fit, labels=LABELS, title=TITLE))
