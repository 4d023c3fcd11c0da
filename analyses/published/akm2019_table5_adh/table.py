"""Confidence intervals that allow for regions with the same industries."""

from __future__ import annotations

import pandas as pd

import clusterstats as cs

from ..adh import CONTROLS, SAMPLE, fit
from ..adh import DATA as DATA
from ..cells import Cell, Made

TITLE = "Adão, Kolesár and Morales 2019: intervals of the effect of imports"
PAPER = "Adão, Kolesár and Morales (2019), Quarterly Journal of Economics 134, table V"

ALL, MANUFACTURING = "d_sh_empl", "d_sh_empl_mfg"
KINDS = {
    "ehw": cs.Robust("HC1"),
    "region": cs.Clustered("statefip"),
    "akm_3digit": cs.AKM(shock_cluster="sic3"),
    "akm0_3digit": cs.AKM(null_imposed=True, shock_cluster="sic3"),
    "akm": cs.AKM(),
    "akm0": cs.AKM(null_imposed=True),
}
STAGES = {"first stage": "FS", "reduced form": "RF", "second stage": "IV"}
SAID = {("IV", "ehw"): " (n-1/n-k corrected)", ("IV", "region"): " (Stata corrected)"}
"""What the source adds to the names of two rows."""
ENDS = {"ci95 low": "conf_low", "ci95 high": "conf_high"}

__all__ = ["DATA", "PAPER", "SAMPLE", "TITLE", "make"]


def make() -> Made:
    """Three equations under six kinds of errors; normal quantiles."""
    fits = {name: fit(name, CONTROLS, weights="weights") for name in (ALL, MANUFACTURING)}
    cells = [
        Cell(ALL, row.equation.replace("second stage", "2SLS"), "beta", float(row.estimate))
        for row in fits[ALL].stages().itertuples()
    ]
    parts = []
    for kind, option in KINDS.items():
        for response, specs in _printed(kind).items():
            found = fits[response].with_covariance(option).stages().assign(errors=kind)
            found = found.assign(response=response, spec=found["equation"].map(STAGES))
            parts.append(found[found["spec"].isin(specs)])
            cells += _intervals(parts[-1])
    rows = pd.concat(parts, ignore_index=True)
    columns = ["equation", "response", "errors", "estimate", "std_error", "conf_low", "conf_high"]
    order = rows["equation"].map(list(STAGES).index)
    return Made(cells, rows.loc[order.argsort(kind="stable"), columns].reset_index(drop=True))


def _printed(kind: str) -> dict[str, list[str]]:
    """The equations printed of each response; AKM without clusters is of manufacturing."""
    if kind in ("akm", "akm0"):
        return {ALL: ["FS"], MANUFACTURING: ["RF", "IV"]}
    return {ALL: list(STAGES.values())}


def _intervals(rows: pd.DataFrame) -> list[Cell]:
    """Ends of the intervals, under the names of the source."""
    cells = []
    for row in rows.itertuples():
        item = row.errors + SAID.get((row.spec, row.errors), "")
        item += f" [{row.response}]" if row.response == MANUFACTURING else ""
        cells += [
            Cell(row.spec, item, stat, float(getattr(row, end))) for stat, end in ENDS.items()
        ]
    return cells
