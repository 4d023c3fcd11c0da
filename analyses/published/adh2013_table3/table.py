"""Chinese imports and manufacturing jobs of commuting zones."""

from __future__ import annotations

import clusterstats as cs

from ..adh import CONTROLS, SAMPLE, fit
from ..adh import DATA as DATA
from ..cells import Cell, Made

TITLE = "Autor, Dorn and Hanson 2013: imports from China and manufacturing"
PAPER = "Autor, Dorn and Hanson (2013), American Economic Review 103, table 3, columns 1 and 6"

COLUMNS = {"col1": "t2", "col6": CONTROLS}
WEIGHTS = {"unweighted": None, "weighted": "weights"}

__all__ = ["DATA", "PAPER", "SAMPLE", "TITLE", "make"]
LABELS = {
    "d_sh_empl_mfg": "Change of manufacturing employment",
    "shock": "Imports from China per worker",
    "IV": "Imports of other countries",
    "statefip": "state",
}


def make() -> Made:
    """Two-stage least squares with and without weights; errors clustered by state."""
    fits = {
        f"{column} {kind}": fit("d_sh_empl_mfg", controls, weights=weights)
        for column, controls in COLUMNS.items()
        for kind, weights in WEIGHTS.items()
    }
    cells = []
    for spec, found in fits.items():
        first = float(found.first_stage.params["IV"])
        cells.append(Cell(spec, "shock 2SLS", "coef", float(found.params["shock"])))
        cells.append(Cell(spec, "IV first stage", "coef", first))
    panels = {
        "Second stage": list(fits.values()),
        "First stage": [found.first_stage for found in fits.values()],
    }
    layout = cs.table(
        panels=panels,
        headers=list(fits),
        keep=["shock", "IV"],
        labels=LABELS,
        stats=["nobs", "r_squared"],
        digits=7,
        title=TITLE,
    )
    return Made(cells, layout)
