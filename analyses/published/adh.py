"""The data of Autor, Dorn and Hanson, which two tables share."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

import clusterstats as cs

from .data import file, read

DATA = "adh_shiftshare"
SAMPLE = "722 commuting zones of the United States, 1990-2000 and 2000-2007"
CONTROLS = (
    "t2 + l_shind_manuf_cbp + l_sh_popedu_c + l_sh_popfborn + l_sh_empl_f + l_sh_routine33 + "
    "l_task_outsource + C(division)"
)


@cache
def regions() -> pd.DataFrame:
    """A row a commuting zone and period."""
    table = read("regions", of=DATA)
    return table.assign(year=table["t2"].astype(int)).rename(columns={"czone": "region"})


@cache
def shares() -> pd.DataFrame:
    """Employment share of each industry in each zone and period, and the group of industries."""
    with np.load(file(DATA, "shares_matrix.npz")) as stored:
        matrix = stored["W"]
    sectors, places = read("sectors", of=DATA), regions()
    row, column = np.nonzero(matrix)
    return pd.DataFrame(
        {
            "region": places["region"].to_numpy()[row],
            "year": places["year"].to_numpy()[row],
            "industry": sectors["column"].to_numpy()[column],
            "sic3": sectors["sic3"].to_numpy()[column],
            "share": matrix[row, column],
        }
    )


def fit(
    response: str, controls: str, *, weights: str | None, covariance: object = None
) -> cs.ShiftShareFit:
    """Two-stage least squares of a response on imports, by those of other countries."""
    return cs.shift_share_iv(
        f"{response} ~ {controls} | shock ~ IV",
        regions(),
        shares=shares(),
        weights=weights,
        covariance=covariance or cs.Clustered("statefip"),
        convention=cs.SmallSample(t_df="normal"),
    )
