"""The return to schooling, with nearness of a college as instrument."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, both, named
from ..data import read

TITLE = "Card 1995: the return to schooling"
PAPER = "Wooldridge, Introductory Econometrics, table 15.1 (Card 1995)"
DATA = "card"
SAMPLE = "3,010 men of the National Longitudinal Survey, 1976"

CONTROLS = "exper + expersq + black + smsa + south + smsa66 + " + " + ".join(
    f"reg66{region}" for region in range(2, 10)
)
SHOWN = named("educ", "exper", "expersq", "black", "smsa", "south")
LABELS = {
    "lwage": "log wage",
    "educ": "Schooling",
    "exper": "Experience",
    "expersq": "Experience²",
    "black": "Black",
    "smsa": "City",
    "south": "South",
    "nearc4": "College near",
}


def make() -> Made:
    """Least squares, two-stage least squares and the first stage; classical errors."""
    men = read(DATA)
    ols = cs.regress(f"lwage ~ educ + {CONTROLS}", men)
    iv = cs.regress(f"lwage ~ {CONTROLS} | | educ ~ nearc4", men)
    first = cs.regress(f"educ ~ nearc4 + {CONTROLS}", men)
    cells = both("OLS", ols, SHOWN) + both("2SLS", iv, SHOWN)
    cells += both("first stage", first, named("nearc4"))
    layout = cs.table(ols, iv, first, keep=[*SHOWN, "nearc4"], labels=LABELS, title=TITLE)
    return Made(cells, layout)
