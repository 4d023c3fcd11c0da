"""Wages: within persons and across them."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, both, named
from ..data import read

TITLE = "Cornwell and Rupert 1988: wages"
PAPER = "Baltagi, Econometric Analysis of Panel Data, table 7.4 (Cornwell and Rupert 1988)"
DATA = "cornwell_rupert_wages"
SAMPLE = "595 persons, 7 years"

YEARS = 7
VARYING = "wks + so + sm + ms + exp + exp2 + blue + ind + un"
ITEMS = named(*VARYING.split(" + "))
FLAGS = {
    "so": ("south", "yes"),
    "sm": ("smsa", "yes"),
    "ms": ("married", "yes"),
    "blue": ("bluecol", "yes"),
    "un": ("union", "yes"),
    "fem": ("sex", "female"),
    "bl": ("black", "yes"),
}
LABELS = {
    "lwage": "log wage",
    "wks": "Weeks",
    "so": "South",
    "sm": "City",
    "ms": "Married",
    "exp": "Experience",
    "exp2": "Experience²",
    "blue": "Blue collar",
    "ind": "Industry",
    "un": "Union",
    "fem": "Female",
    "bl": "Black",
    "ed": "Schooling",
}


def make() -> Made:
    """Within and pooled estimates; classical errors."""
    rows = read(DATA)
    flags = {name: rows[column].eq(value).astype(float) for name, (column, value) in FLAGS.items()}
    rows = rows.assign(
        **flags, exp2=rows["exp"] ** 2, person=[i // YEARS for i in range(len(rows))]
    )
    within = cs.regress(f"lwage ~ {VARYING} | person", rows)
    pooled = cs.regress(f"lwage ~ {VARYING} + fem + bl + ed", rows)
    everyone = named("Intercept", *ITEMS, "fem", "bl", "ed")
    cells = both("Within", within, ITEMS) + both("OLS", pooled, everyone)
    layout = cs.table(
        within, pooled, headers=["Within", "OLS"], labels=LABELS, digits=4, title=TITLE
    )
    return Made(cells, layout)
