"""Which industries decide the effect of imports."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Cell, Made
from ..data import read

TITLE = "Goldsmith-Pinkham, Sorkin and Swift 2020: Rotemberg weights of industries"
PAPER = "Goldsmith-Pinkham, Sorkin and Swift (2020), example of their program, by year and industry"
DATA = "rotemberg_adh"
SAMPLE = "722 commuting zones of the United States, 1990-2000 and 2000-2007"

SPEC, TOP = "top5", 5
COLUMNS = cs.ShiftShareColumns("czone", "ind", "year", "sh_ind_", "trade_")


def make() -> Made:
    """The five largest Rotemberg weights."""
    regions = read("regions", of=DATA)
    controls = [name for name in regions if name.startswith(("reg_", "l_"))]
    fit = cs.shift_share_iv(
        f"d_sh_empl_mfg ~ {' + '.join(controls)} + t2 | d_tradeusch_pw ~ z",
        regions,
        shares=read("shares", of=DATA),
        shocks=read("shocks", of=DATA),
        columns=COLUMNS,
        weights="timepwt48",
        covariance=cs.Clustered("czone"),
    )
    weights = fit.rotemberg_weights("czone").nlargest(TOP, "alpha").rename(columns={"trade_": "g"})
    cells = [
        Cell(SPEC, f"{row.year}_{row.ind}", stat, float(getattr(row, stat)))
        for row in weights.itertuples()
        for stat in ("g", "alpha", "beta")
    ]
    columns = ["year", "ind", "g", "alpha", "beta", "f_statistic"]
    return Made(cells, weights[columns].reset_index(drop=True))
