"""Comparing one reference file with our results, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tests.reference.translate import CALLS, Call, Pair, reason

KEYS = ["region", "region2", "industry", "industry2", "year"]
EXACT, PEER = 1e-9, 1e-6  # the formulas, and other programs after their own rounding


@dataclass(frozen=True)
class Verdict:
    """What comparing one (measure, variant) of one file gave."""

    file: str
    pair: Pair
    compared: int
    largest: float
    text: str

    @property
    def failed(self) -> bool:
        """Whether this pair is a failure."""
        return self.text.startswith(("DIFFERS", "NOT TRANSLATED"))


def expected(path: Path) -> pd.DataFrame:
    """A reference file, with codes as text and values as numbers."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    if "value" not in table:  # a list of peers' errors
        return pd.DataFrame(columns=["measure", "variant"])
    table["number"] = pd.to_numeric(table["value"], errors="coerce")
    table["year"] = pd.to_numeric(table["year"], errors="coerce")
    return table


def ours(call: Call, inputs: Path) -> pd.DataFrame:
    """Our result in the reference's long form: keys, stat, value."""
    tidy = call.result(inputs)
    parts = []
    for stat, column in call.columns.items():
        part, name = tidy, "estimate"
        if call.component:
            is_test = column == "statistic"
            first = tidy["component"].iloc[0]
            part = tidy[tidy["component"] == (first if is_test else column)]
            name = "statistic" if is_test else "estimate"
        keys = [key for key in KEYS if key in part]
        parts.append(part[keys].assign(stat=stat, ours=part[name] * call.scale))
    long = pd.concat(parts, ignore_index=True)
    return long if call.digits is None else long.assign(ours=long["ours"].round(call.digits))


def compare_pair(file: str, pair: Pair, rows: pd.DataFrame, inputs: Path) -> Verdict:
    """One pair: wherever both are finite they must agree."""
    if pair not in CALLS:
        doors = {measure for measure, _ in CALLS}
        return Verdict(file, pair, 0, np.nan, reason(pair, doors))
    call = CALLS[pair]
    mine = ours(call, inputs)
    keys = [key for key in [*KEYS, "stat"] if key in mine]
    rows = rows[rows["stat"].isin(list(call.columns))]
    both = rows.merge(mine, on=keys, how="left", validate="m:1")
    known = np.isfinite(both["number"])
    gap = (both["ours"] - both["number"]).abs() / np.maximum(1, both["number"].abs())
    blank = known & both["ours"].isna()
    if file == "formula.csv":  # there, undefined must be undefined for us too, and only then
        wrong = blank | (known & ~(gap <= EXACT))
        wrong |= (both["value"].str.lower() == "nan") & both["ours"].notna()
        return _verdict(file, pair, gap[known], int(wrong.sum()), 0)
    wrong = known & both["ours"].notna() & ~(gap <= PEER)
    return _verdict(file, pair, gap[known], int(wrong.sum()), int(blank.sum()))


def _verdict(file: str, pair: Pair, gaps: pd.Series, wrong: int, blank: int) -> Verdict:
    """Say how a pair came out; a peer's number for 0/0, which we leave undefined, is counted."""
    text = f"DIFFERS in {wrong}" if wrong else "agrees"
    text += f"; {blank} undefined (0/0) here, a number there" if blank else ""
    return Verdict(file, pair, len(gaps) - blank, float(gaps.max()), text)


def compare_file(path: Path, inputs: Path) -> list[Verdict]:
    """Every pair of one reference file."""
    table = expected(path)
    groups = table.groupby(["measure", "variant"], sort=False)
    return [compare_pair(path.name, pair, rows, inputs) for pair, rows in groups]
