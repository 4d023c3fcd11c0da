"""The columns that say whose row it is and of which period."""

from __future__ import annotations

import pandas as pd

from clusterstats.errors import TableError
from clusterstats.models.terms import Panel

__all__ = ["require_keys"]


def require_keys(frame: pd.DataFrame, panel: Panel) -> None:
    """Raise unless unit and time are columns without blanks, and each pair is there once."""
    for name in panel:
        if name not in frame:
            listed = ", ".join(map(repr, frame.columns))
            raise TableError(f"no column {name!r}; the table has {listed}")
        if frame[name].isna().any():
            row = frame.index[frame[name].isna()][0]
            raise TableError(f"column {name!r} is blank, first row {row}; leave those rows out")
    keys = frame[list(panel)]
    if (repeated := keys.duplicated()).any():
        first = tuple(keys[repeated].iloc[0])
        raise TableError(
            f"rows repeat the same {panel[0]!r} and {panel[1]!r}, first {first}; sum or drop them"
        )
