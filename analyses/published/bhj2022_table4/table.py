"""The effect of imports as a regression over industries."""

from __future__ import annotations

from functools import cache

import pandas as pd

import clusterstats as cs

from ..cells import Made, coefficients, errors
from ..data import read

TITLE = "Borusyak, Hull and Jaravel 2022: the effect of imports, by shocks"
PAPER = "Borusyak, Hull and Jaravel (2022), Review of Economic Studies 89, table 4"
DATA = "bhj_shiftshare"
SAMPLE = "397 industries, 1990-2000 and 2000-2007; 722 commuting zones"

COLUMNS = cs.ShiftShareColumns("czone", "sic87dd", "year", "ind_share", "g")
CONTROLS = (
    "reg_midatl + reg_encen + reg_wncen + reg_satl + reg_escen + reg_wscen + reg_mount + reg_pacif "
    "+ l_sh_popedu_c + l_sh_popfborn + l_sh_empl_f + l_sh_routine33 + l_task_outsource + t2"
)
REGIONS = {
    1: (f"{CONTROLS} + l_shind_manuf_cbp", "1"),
    2: (f"{CONTROLS} + Lsh_manuf", "1"),
    3: (f"{CONTROLS} + Lsh_manuf * t2", "1 | year"),
    4: ("Lsh_manuf * t2", "1 | year"),
}
"""Columns made from the regions: their controls, and those of the shocks."""
AVERAGED = {5: "1 | year + sicgroup", 6: "1 | year", 7: "1 | year + sic87dd"}
"""Columns made from the authors' averages over regions, whose controls are not all at hand."""
GROUPED = cs.Clustered("sic3", correction="CR0")
LABELS = {
    "treatment": "Imports from China per worker",
    "outcome": "Change of manufacturing employment",
    "sic87dd": "industry",
    "sicgroup": "group of industries",
    "sic3": "3-digit industry",
}
STAT = "se exposure-robust, cluster sic3"


def make() -> Made:
    """Two-stage least squares over shocks, weighted by exposure; clusters of 3-digit industries."""
    fits = {column: _from_regions(column) for column in REGIONS}
    fits |= {column: _from_averages(column) for column in AVERAGED}
    cells = []
    for column, fit in fits.items():
        cells += coefficients(f"column {column}", fit, {"x": "treatment"})
        cells += errors(f"column {column}", fit, {"x": "treatment"}, STAT)
    layout = cs.table(
        *(fits[column] for column in sorted(fits)), keep=["treatment"], labels=LABELS, title=TITLE
    )
    return Made(cells, layout)


def _from_regions(column: int) -> cs.Fit:
    """A column by the door of shift-share instruments."""
    controls, of_shocks = REGIONS[column]
    regions, shares, shocks = _tables()
    fit = cs.shift_share_iv(
        f"y ~ {controls} | x ~ z",
        regions,
        shares=shares,
        shocks=shocks,
        columns=COLUMNS,
        weights="wei",
        covariance=cs.Robust("HC1"),
    )
    return fit.shock_level(of_shocks, covariance=GROUPED)


def _from_averages(column: int) -> cs.Fit:
    """A column from averages over regions; with effects of industries, Stata's factors."""
    rows = read("industry_level_aggregates", of=DATA)
    rows = rows.rename(columns={f"y{column}": "outcome", f"x{column}": "treatment"})
    is_within = "sic87dd" in AVERAGED[column]
    return cs.regress(
        f"outcome ~ {AVERAGED[column]} | treatment ~ g",
        rows,
        weights="s_n",
        covariance=cs.Clustered("sic3") if is_within else GROUPED,
        convention="stata",
    )


@cache
def _tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Regions (the instrument is made anew), shares, and shocks with groups of industries."""
    shocks = read("shocks", of=DATA).merge(read("industries", of=DATA), on="sic87dd")
    return read("locations", of=DATA).drop(columns="z"), read("shares", of=DATA), shocks
