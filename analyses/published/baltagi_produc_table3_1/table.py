"""Public capital and the output of states by four panel estimators."""

from __future__ import annotations

import numpy as np

import clusterstats as cs

from ..cells import Made, both, named
from ..data import read

TITLE = "Munnell 1990: public capital and output"
PAPER = "Baltagi, Econometric Analysis of Panel Data, table 3.1 (Baltagi and Pinnoi 1995)"
DATA = "produc"
SAMPLE = "48 states of the United States, 1970-1986"

LOGS = {"ln_output": "gsp", "ln_public": "pcap", "ln_private": "pc", "ln_labour": "emp"}
FORMULA = "ln_output ~ ln_public + ln_private + ln_labour + unemp"
SLOPES = named("ln_public", "ln_private", "ln_labour", "unemp")
SHOWN = {"const": "Intercept"} | SLOPES
LABELS = {
    "ln_output": "log output",
    "ln_public": "log public capital",
    "ln_private": "log private capital",
    "ln_labour": "log jobs",
    "unemp": "Unemployment rate",
}


def make() -> Made:
    """Pooled, between, within and Swamy-Arora estimates; classical errors."""
    rows = read(DATA)
    rows = rows.assign(**{name: np.log(rows[column]) for name, column in LOGS.items()})
    keys = {"entity": "state", "time": "year"}
    fits = {
        "OLS": cs.regress(FORMULA, rows),
        "Between": cs.panel_model(FORMULA, rows, kind="between", **keys),
        "Within": cs.regress(f"{FORMULA} | state", rows),
        "SwamyArora RE": cs.panel_model(FORMULA, rows, kind="random", **keys),
    }
    cells = [
        cell
        for spec, fit in fits.items()
        for cell in both(spec, fit, SLOPES if spec == "Within" else SHOWN)
    ]
    return Made(cells, cs.table(*fits.values(), headers=list(fits), labels=LABELS, title=TITLE))
