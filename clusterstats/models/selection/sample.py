"""What the comparison of large and small cities takes: options and rows, checked."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from clusterstats._types import Mask
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.inference import Bootstrap

__all__ = ["NAMES", "checked", "large_cities", "require_free", "require_inference"]

NAMES = ("A", "D", "S")
LEAST = 20
"""Quantile functions of fewer establishments say nothing of truncation."""


def require_free(free: Collection[str]) -> None:
    """Raise unless it names parameters."""
    unknown = sorted(set(free) - set(NAMES))
    if unknown or not free or isinstance(free, str):
        raise OptionError(f"free={free!r} must be some of 'A', 'D', 'S', as in free=('A', 'S')")


def require_inference(inference: Bootstrap | None, area: str | None) -> None:
    """Raise unless it is a bootstrap of establishments, or of areas that are named."""
    if inference is None:
        return
    if not isinstance(inference, Bootstrap) or inference.unit == "cell":
        raise OptionError(
            f"inference={inference!r} does not go with quantiles; use Bootstrap(seed=1) of "
            f"establishments, or Bootstrap(unit='region', seed=1) with area="
        )
    if (inference.unit == "region") != (area is not None):
        raise OptionError("Bootstrap(unit='region') and area= go together: give both or neither")


def checked(frame: pd.DataFrame, value: str, group: str, area: str | None) -> pd.DataFrame:
    """Rows without blanks."""
    columns = [value, group, *([] if area is None else [area])]
    for name in columns:
        if name not in frame:
            listed = ", ".join(map(repr, frame.columns))
            raise TableError(f"no column {name!r}; the table has {listed}")
    if not pd.api.types.is_numeric_dtype(frame[value]):
        raise TableError(f"column {value!r} is not numbers but {frame[value].dtype}")
    blank = frame[columns].isna().any(axis=1)
    if blank.any():
        warn(f"{int(blank.sum()):,} of {len(frame):,} row(s) have a blank: left out")
    kept = frame.loc[~blank, columns]
    infinite = np.isinf(kept[value].to_numpy(dtype=float))
    if infinite.any():
        raise TableError(
            f"{value!r} is infinite in {int(infinite.sum()):,} row(s), first row "
            f"{kept.index[infinite][0]}; a productivity of 0 has no logarithm: leave those out"
        )
    return kept


def large_cities(frame: pd.DataFrame, group: str, large: object) -> Mask:
    """Which rows are in large cities."""
    levels = sorted(map(str, frame[group].unique()))
    is_large = (frame[group] == large).to_numpy()
    if len(levels) != 2 or not is_large.any():
        raise TableError(
            f"column {group!r} must have two values, one of them large={large!r}; it has "
            f"{', '.join(map(repr, levels[:5]))}"
        )
    for name, count in (("large", int(is_large.sum())), ("small", int((~is_large).sum()))):
        if count < LEAST:
            raise TableError(
                f"{count} establishment(s) in {name} cities are too few for quantiles; at least "
                f"{LEAST} are needed"
            )
    return is_large
