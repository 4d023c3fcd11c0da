"""The tables: groups of industries that the repository carries, sections where the files are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

import clusterstats as cs

FOLDER = "reat_examples"
UNKNOWN = "unknown"
LABELS = {
    "B-E": "B-E production",
    "F+L": "F+L construction, real estate",
    "G-I": "G-I trade, transport, hospitality",
    "J-K": "J-K information, finance",
    "M-N": "M-N business services",
    "P-Q": "P-Q education, health",
    "R-S": "R-S arts, other services",
    "B": "B mining",
    "C": "C manufacturing",
    "D": "D energy supply",
    "E": "E water, waste",
    "F": "F construction",
    "G": "G trade",
    "H": "H transport",
    "I": "I hospitality",
    "J": "J information",
    "K": "K finance",
    "L": "L real estate",
    "M": "M professional services",
    "N": "N other business services",
    "P": "P education",
    "Q": "Q health, social work",
    "R": "R arts, recreation",
    "S": "S other services",
    "A-F": "A-F goods, construction",
    "G-J": "G-J trade, transport, information",
    "K-N": "K-N finance, business services",
    "O-U": "O-U public, other services",
}


def groups() -> pd.DataFrame:
    """Länder by seven groups of sections, 2015, which the repository carries."""
    return cs.datasets.load("german_states_2015")


def years() -> pd.DataFrame:
    """Länder by four groups of industries, 2008 to 2014, which the repository carries."""
    return cs.datasets.load("german_states_2008_2014")


def names() -> pd.Series:
    """Name of each Land by its abbreviation."""
    return groups().drop_duplicates("region").set_index("region")["region_name"]


def has_files() -> bool:
    """Whether CLUSTERSTATS_DATA has the tables by section and what other programs say of them."""
    folder = cs.datasets.data_dir()
    return folder is not None and (folder / FOLDER).is_dir()


def read(name: str) -> pd.DataFrame:
    """One of the files by section, as it is."""
    folder = cs.datasets.data_dir()
    if folder is None:
        raise cs.errors.DatasetError(f"{FOLDER} is not carried: set CLUSTERSTATS_DATA")
    return pd.read_csv(Path(folder, FOLDER, f"{name}.csv.gz"))


@cache
def _parts() -> pd.Series:
    return groups().drop_duplicates("region").set_index("region")["part"]


def sections() -> pd.DataFrame:
    """Länder by 17 sections, 2015, with what the indices of the other programs need beside."""
    cells = read("german_states_industries_2015")
    return pd.DataFrame(
        {
            "region": cells["region_code"],
            "industry": cells["ind_code"].str[-1],
            "part": cells["region_code"].map(_parts()),
            "establishments": cells["firms"],
            "employment": cells["emp_all"],
            "population": cells["pop"],
            "area_km2": cells["area_sqkm"],
        }
    )
