"""The full grid: every region, industry and year, absent rows filled as the caller says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Absent
from clusterstats.errors import TableError
from clusterstats.tables.frames import SIZES, keys_of


def complete(frame: pd.DataFrame, absent: Absent | None, values: Sequence[str]) -> pd.DataFrame:
    """Every cell of the grid, sorted; absent rows are filled as `absent` says."""
    keys = keys_of(frame.columns)
    frame = frame.sort_values(keys, ignore_index=True)
    frame = frame[keys + [name for name in frame.columns if name not in keys]]
    axes = [pd.Index(frame[name].unique()).sort_values() for name in keys]
    size = int(np.prod([len(axis) for axis in axes]))
    if size == len(frame):
        return frame
    if absent is None:
        raise TableError(incomplete(frame, axes, size))
    grid = pd.MultiIndex.from_product(axes, names=keys).to_frame(index=False)
    added = grid.merge(frame[keys].assign(present_=True), on=keys, how="left")
    added = added.loc[added.pop("present_").isna(), keys]
    for name in frame.columns.difference(keys, sort=False):
        added[name] = _fill(frame, added, str(name), absent, values)
    whole: pd.DataFrame = pd.concat([frame, added])
    return whole.sort_values(keys, ignore_index=True)


def _fill(
    frame: pd.DataFrame, added: pd.DataFrame, name: str, absent: Absent, values: Sequence[str]
) -> Any:
    """What a column holds in rows that were absent."""
    if name in SIZES or name in values or name.endswith(("_squares", "_low", "_high")):
        return 0.0 if absent == "zero" else np.nan
    if name == "status":
        return "observed" if absent == "zero" else None
    for key in ("region", "industry"):  # attributes of a region or an industry ride along
        known = frame.drop_duplicates([key, name])
        if not known[key].duplicated().any():
            return added[key].map(known.set_index(key)[name]).to_numpy()
    return None


def incomplete(frame: pd.DataFrame, axes: Sequence[pd.Index[Any]], size: int) -> str:
    """Say what is absent, with an example, and how to say what it means."""
    keys = keys_of(frame.columns)
    present = pd.MultiIndex.from_frame(frame[keys])
    first = next(key for key in pd.MultiIndex.from_product(axes) if key not in present)
    return (
        f"{size - len(frame):,} of {size:,} ({', '.join(keys)}) rows are absent, first {first}; "
        f"say what absence means: cs.cells(table, absent='zero') or absent='missing'"
    )
