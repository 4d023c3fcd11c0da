"""Demand for gasoline by four panel estimators."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, both, named
from ..data import read

TITLE = "Baltagi and Griffin 1983: demand for gasoline"
PAPER = "Baltagi, Econometric Analysis of Panel Data, table 2.5 (Baltagi and Griffin 1983)"
DATA = "gasoline"
SAMPLE = "18 countries of the OECD, 1960-1978"

FORMULA = "lgaspcar ~ lincomep + lrpmg + lcarpcap"
SHOWN = named("lincomep", "lrpmg", "lcarpcap")
LABELS = {
    "lgaspcar": "log gasoline per car",
    "lincomep": "log income per person",
    "lrpmg": "log relative price",
    "lcarpcap": "log cars per person",
}


def make() -> Made:
    """Pooled, between, within and Swamy-Arora estimates; classical errors."""
    rows = read(DATA)
    keys = {"entity": "country", "time": "year"}
    fits = {
        "OLS": cs.regress(FORMULA, rows),
        "Between": cs.panel_model(FORMULA, rows, kind="between", **keys),
        "Within": cs.regress(f"{FORMULA} | country", rows),
        "SwamyArora": cs.panel_model(FORMULA, rows, kind="random", **keys),
    }
    cells = [cell for spec, fit in fits.items() for cell in both(spec, fit, SHOWN)]
    layout = cs.table(
        *fits.values(), headers=list(fits), keep=list(SHOWN), labels=LABELS, title=TITLE
    )
    return Made(cells, layout)
