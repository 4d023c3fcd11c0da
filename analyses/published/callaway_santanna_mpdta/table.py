"""Minimum wages and jobs of teenagers: effects by cohort and year."""

from __future__ import annotations

import pandas as pd

from ..cells import Cell, Made
from ..data import read

TITLE = "Callaway and Sant'Anna 2021: minimum wages and jobs of teenagers"
PAPER = "Documentation of R did: data of Callaway and Sant'Anna (2021), without covariates"
DATA = "mpdta"
SAMPLE = "500 counties of the United States, 2003-2007"

SPEC, EVENTS, OVERALL = "ATT(g,t) no covariates", "event study", "dynamic overall"


def make() -> Made:
    """Differences of cell means against counties that are never treated, and their averages."""
    rows = read(DATA).rename(columns={"first.treat": "cohort"})
    means = rows.pivot_table(index="cohort", columns="year", values="lemp", aggfunc="mean")
    size = rows.drop_duplicates("countyreal")["cohort"].value_counts()
    effects = pd.DataFrame(
        [
            {"cohort": cohort, "year": year, "att": _att(means, cohort, year)}
            for cohort in means.index[means.index > 0]
            for year in means.columns[1:]
        ]
    )
    effects["event"] = effects["year"] - effects["cohort"]
    effects["weight"] = effects["cohort"].map(size)
    events = _averaged(effects)
    cells = [Cell(SPEC, f"{row.cohort},{row.year}", "att", row.att) for row in effects.itertuples()]
    cells += [Cell(EVENTS, str(event), "att", value) for event, value in events.items()]
    cells.append(Cell(OVERALL, "ATT", "att", float(events[events.index >= 0].mean())))
    layout = effects.pivot_table(index="cohort", columns="year", values="att").reset_index()
    layout.columns = [str(name) for name in layout.columns]
    return Made(cells, layout)


def _att(means: pd.DataFrame, cohort: int, year: int) -> float:
    """Change of a cohort less that of the never treated (cohort 0).

    From the year before treatment on, against that year; earlier, against the year before.
    """
    base = (cohort if year >= cohort else year) - 1
    change = means[year] - means[base]
    return float(change.loc[cohort] - change.loc[0])


def _averaged(effects: pd.DataFrame) -> pd.Series:
    """Effects by years since treatment, weighted by the counties of a cohort."""
    total = (effects["att"] * effects["weight"]).groupby(effects["event"]).sum()
    return total / effects.groupby("event")["weight"].sum()
