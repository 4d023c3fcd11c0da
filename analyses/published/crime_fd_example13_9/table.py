"""Crime and what deters it, in differences."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, both
from ..data import read

TITLE = "Cornwell and Trumbull 1994: crime in counties, in differences"
PAPER = "Wooldridge, Introductory Econometrics, example 13.9 (Cornwell and Trumbull 1994)"
DATA = "crime4"
SAMPLE = "90 counties of North Carolina, changes 1981-1987"

TERMS = ("lprbarr", "lprbconv", "lprbpris", "lavgsen", "lpolpc")
YEARS = " + ".join(f"d{year}" for year in range(82, 88))
SHOWN = {f"c{term}"[:8]: term for term in TERMS}  # the data set names changes so
LABELS = {
    "lcrmrte": "log crimes per person",
    "lprbarr": "log probability of arrest",
    "lprbconv": "log probability of conviction",
    "lprbpris": "log probability of prison",
    "lavgsen": "log sentence",
    "lpolpc": "log police per person",
}


def make() -> Made:
    """First differences of logs with effects of years; classical errors."""
    fit = cs.panel_model(
        f"lcrmrte ~ {' + '.join(TERMS)} + {YEARS}",
        read(DATA),
        kind="first_difference",
        entity="county",
        time="year",
    )
    return Made(both("FD", fit, SHOWN), cs.table(fit, keep=list(TERMS), labels=LABELS, title=TITLE))
