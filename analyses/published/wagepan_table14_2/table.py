"""Wages of young men: pooled, random effects, fixed effects."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, both, named
from ..data import read

TITLE = "Vella and Verbeek 1998: wages of young men"
PAPER = "Wooldridge, Introductory Econometrics, table 14.2 (data of Vella and Verbeek 1998)"
DATA = "wagepan"
SAMPLE = "545 men, 1980-1987"

YEARS = " + ".join(f"d{year}" for year in range(81, 88))
ALL = "lwage ~ educ + black + hisp + exper + expersq + married + union"
SHOWN = named("educ", "black", "hisp", "exper", "expersq", "married", "union")
VARYING = named("expersq", "married", "union")
LABELS = {
    "lwage": "log wage",
    "educ": "Schooling",
    "black": "Black",
    "hisp": "Hispanic",
    "exper": "Experience",
    "expersq": "Experience²",
    "married": "Married",
    "union": "Union",
    "nr": "man",
}


def make() -> Made:
    """Three estimators, each with effects of years; classical errors."""
    men = read(DATA)
    keys = {"entity": "nr", "time": "year"}
    fits = {
        "Pooled OLS": cs.regress(f"{ALL} + {YEARS}", men),
        "Random effects": cs.panel_model(f"{ALL} + {YEARS}", men, kind="random", **keys),
        "Fixed effects": cs.regress("lwage ~ expersq + married + union | nr + year", men),
    }
    cells = [
        cell
        for spec, fit in fits.items()
        for cell in both(spec, fit, VARYING if spec == "Fixed effects" else SHOWN)
    ]
    layout = cs.table(
        *fits.values(), headers=list(fits), keep=list(SHOWN), labels=LABELS, title=TITLE
    )
    return Made(cells, layout)
