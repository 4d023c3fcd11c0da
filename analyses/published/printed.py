"""The printed values, read from the folder of reference values; none of them is kept here."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

import clusterstats as cs

REMEDY = "set CLUSTERSTATS_REFERENCE to the folder of reference values"
KEYS = ["table", "spec", "item", "stat"]


def folder() -> Path | None:
    """The folder `tables` of reference values: CLUSTERSTATS_REFERENCE, or beside the data."""
    named, data = os.environ.get("CLUSTERSTATS_REFERENCE", ""), cs.datasets.data_dir()
    if named and not Path(named).is_dir():
        raise cs.errors.DatasetError(
            f"CLUSTERSTATS_REFERENCE={named!r} is not a folder; correct it or unset it"
        )
    if not named and data is None:
        return None
    found = (Path(named) if named else data.parent / "reference") / "tables"
    return found if found.is_dir() else None


def printed(table: str) -> pd.DataFrame | None:
    """What a table prints, and the status each value is to reach; nothing without the folder."""
    place = folder()
    if place is None or not (place / f"{table}.csv").exists():
        return None
    columns = [*KEYS, "published", "status"]
    return pd.read_csv(place / f"{table}.csv", dtype=str, usecols=columns)[columns]
