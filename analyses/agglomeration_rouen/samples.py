"""Samples for the regressions: commune by A38 by year, and the long difference."""

from __future__ import annotations

import numpy as np
import pandas as pd

import clusterstats as cs

FULL = "etablissements-et-effectifs-salaries-au-niveau-commune-x-ape-last.rouen.csv.gz"
PARTS_OF_JA = ["60.20A", "audiovisual_core without 60.20A", "JA without audiovisual_core"]
KEYS = ["year", "region", "industry"]
FIRST, LAST = 2006, 2022
LEAST = 10
"""Employees at the start of a cell whose long growth is studied."""


def carried() -> pd.DataFrame:
    """Cells of commune, A38 and year, from the table that the repository carries."""
    table = cs.datasets.load("urssaf_rouen")
    parts = table["industry"].isin(PARTS_OF_JA)
    return _complete(table.assign(industry=table["industry"].mask(parts, "JA")))


def full() -> pd.DataFrame | None:
    """The same from the publisher's whole file, where CLUSTERSTATS_DATA has it."""
    folder = cs.datasets.data_dir()
    path = None if folder is None else folder / "urssaf_rouen_commune_ape" / FULL
    if path is None or not path.is_file():
        return None
    wide = cs.read_urssaf(path, report=lambda report: None).collect("pandas").to_native()
    return _complete(wide.assign(industry=wide["a38"]))


def _complete(table: pd.DataFrame) -> pd.DataFrame:
    """Every cell; unknown counts of employees are left out of sums, absent rows are zeros."""
    columns = [*KEYS, "establishments", "employment"]
    return cs.cells(cs.sum_cells(table[columns], missing="skip"), absent="zero")


def terms(cells: pd.DataFrame) -> pd.DataFrame:
    """The four regressors of each cell and year, in logarithms; `nan` where there is none."""
    combes = cs.mar_jacobs_porter(cells, paper="combes2000")
    glaeser = cs.mar_jacobs_porter(cells, paper="glaeser1992")
    total = cells.groupby(["year", "region"])["employment"].transform("sum")
    result = combes[KEYS].assign(
        log_lq=combes["log_specialization"],
        log_diversity=combes["log_diversity"],
        log_competition=np.log(glaeser["competition"]),
        log_total=np.log(total.where(total > 0)),
    )
    result["employment"] = cells["employment"]
    return result


def yearly(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells with employees in a year and the next and other employing industries in both."""
    lagged = terms(cells)
    later = lagged[[*KEYS, "log_diversity"]].rename(
        columns={"year": "year2", "log_diversity": "log_diversity2"}
    )
    panel = cs.growth(cells).merge(lagged, on=KEYS)
    panel = panel.merge(later, on=["year2", "region", "industry"])
    usable = panel[["growth", "log_diversity", "log_diversity2"]].notna().all(axis=1)
    panel["cell"] = panel["region"] + " " + panel["industry"]
    kept = panel[usable].drop(columns="log_diversity2")
    return kept.sort_values(["cell", "year"], ignore_index=True)


def long(cells: pd.DataFrame) -> pd.DataFrame:
    """Growth over all years of cells that had ten employees or more and have some at the end."""
    grown = cs.growth(cells, horizon=LAST - FIRST).merge(terms(cells), on=KEYS)
    usable = grown[["growth", "log_diversity"]].notna().all(axis=1)
    return grown[usable & (grown["employment"] >= LEAST)].reset_index(drop=True)
