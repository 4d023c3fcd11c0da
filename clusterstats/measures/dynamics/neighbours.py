"""Who is whose neighbour: a tidy table of weights as a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import TableError, warn
from clusterstats.tables.checks import check_values, numbers, place_of, repeats, with_keys
from clusterstats.tables.frames import as_lazy, collect, require

__all__ = ["weights_of"]

PAIR = ["region", "region2"]


def weights_of(neighbours: IntoTable, regions: pd.Index[Any]) -> Array:
    """Weight of each neighbour (column) of each region (row), rows summing to 1."""
    frame = collect(as_lazy(neighbours))
    require(frame.columns, (*PAIR, "weight"))
    frame = with_keys(frame[[*PAIR, "weight"]], PAIR)
    frame["weight"] = numbers(frame, "weight")
    check_values(frame, "weight", PAIR)
    repeated = frame.duplicated(PAIR)
    if repeated.any():
        raise TableError(repeats(frame[repeated], PAIR, "neighbours"))
    rows, columns = (regions.get_indexer(pd.Index(frame[name])) for name in PAIR)
    weight = frame["weight"].to_numpy()
    _refuse(frame, np.isnan(weight), "has no weight; give one, or take the row out")
    unknown = (rows < 0) | (columns < 0)
    _refuse(frame, unknown, "names a region that the table has not; take the row out")
    own = (rows == columns) & (weight > 0)
    _refuse(frame, own, "makes a region its own neighbour; take the row out")
    matrix = np.zeros((len(regions), len(regions)))
    matrix[rows, columns] = weight
    sums = matrix.sum(axis=1, keepdims=True)
    if (sums == 0).any():
        alone = regions[sums[:, 0] == 0]
        warn(
            f"{len(alone)} region(s) have no neighbour in neighbours=, first {alone[0]!r}: what "
            f"is against their neighbours is nan"
        )
    weights: Array = matrix / np.where(sums == 0, 1.0, sums)
    return weights


def _refuse(frame: pd.DataFrame, bad: Any, fault: str) -> None:
    """Raise on the first row of the weights that is at fault."""
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise TableError(f"the row of neighbours= at {place_of(frame, row, PAIR)} {fault}")
