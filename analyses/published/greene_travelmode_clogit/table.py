"""How people travel between cities: a choice among four modes."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Cell, Made, both, named
from ..data import read

TITLE = "Greene: choice of a mode of travel"
PAPER = "Greene, Econometric Analysis, conditional logit of the data of Hensher"
DATA = "travelmode"
SAMPLE = "210 travellers, four modes"

SPEC = "conditional logit"
SHOWN = named("gcost", "wait", "hinc_air", "a_air", "a_train", "a_bus")
LABELS = {
    "chosen": "Mode chosen",
    "gcost": "Generalized cost",
    "wait": "Waiting time",
    "hinc_air": "Income, by air",
    "a_air": "Air",
    "a_train": "Train",
    "a_bus": "Bus",
}


def make() -> Made:
    """McFadden's conditional logit; inverse Hessian."""
    rows = read(DATA)
    modes = {f"a_{mode}": rows["mode"].eq(mode).astype(float) for mode in ("air", "train", "bus")}
    rows = rows.assign(
        **modes,
        hinc_air=modes["a_air"] * rows["income"],
        chosen=rows["choice"].eq("yes").astype(int),
    )
    fit = cs.conditional_logit(f"chosen ~ {' + '.join(SHOWN)}", rows, group="individual")
    cells = [*both(SPEC, fit, SHOWN), Cell(SPEC, "loglik", "llf", fit.llf)]
    stats = ["nobs", "log_likelihood"]
    return Made(cells, cs.table(fit, labels=LABELS, digits=5, stats=stats, title=TITLE))
