"""How near a computed number comes to a printed one, and whether that is near enough."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd

from clusterstats.report.compare import Printed

from .printed import KEYS

STATUSES = ("exact", "last_digit", "rel_1e-4", "grid_dependent", "MISMATCH")
"""From best to worst."""
RULE = (
    "exact: rounds to the printed digits; last_digit: within 1.5 units of the last one; rel_1e-4: "
    "within 1e-4 of the value (the printed one came from a solver that stopped earlier); "
    "grid_dependent: the data do not tell the printed value from ours, which depends on the points "
    "that are searched; MISMATCH: none of these. Reached: at least the status recorded for the cell"
)
RELATIVE = Decimal("1e-4")


def compared(cells: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """Every printed value with the computed one, the status it has and whether that suffices."""
    repeated = cells[cells.duplicated(KEYS)]
    if len(repeated):
        raise ValueError(f"computed twice: {tuple(repeated.iloc[0][KEYS])}")
    rows = values.merge(cells, on=KEYS, how="left").rename(columns={"status": "recorded"})
    rows["status"] = [
        status_of(row.published, row.estimate, row.low, row.high) for row in rows.itertuples()
    ]
    worst = {status: place for place, status in enumerate(STATUSES)}
    ours, theirs = rows["status"].map(worst), rows["recorded"].map(worst)
    rows["reached"] = (ours <= theirs) & rows["estimate"].notna()
    return rows[[*KEYS, "published", "estimate", "status", "recorded", "reached"]]


def status_of(text: str, computed: float, low: float = np.nan, high: float = np.nan) -> str:
    """The best status that a computed number has; `low` to `high` is what data can't tell apart."""
    if not math.isfinite(computed):
        return "MISMATCH"
    value = Printed.read(text, "a table")
    gap = abs(Decimal(repr(float(computed))) - value.value)
    if value.agrees(computed):
        return "exact"
    if gap <= 3 * value.half_unit:
        return "last_digit"
    if gap <= RELATIVE * abs(value.value):
        return "rel_1e-4"
    return "grid_dependent" if low <= float(value.value) <= high else "MISMATCH"


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Cells by table: printed, computed, reached, and how many have each status."""
    by = rows.groupby("table", sort=True)
    table = pd.DataFrame(
        {
            "cells": by.size(),
            "computed": by["estimate"].count(),
            "reached": by["reached"].sum().astype(int),
        }
    )
    for status in STATUSES:
        table[status] = rows["status"].eq(status).groupby(rows["table"]).sum().astype(int)
    return table.reset_index()
