"""Employers and employees in the employment zone of Rouen, commune by industry by year."""

from pathlib import Path

import pandas as pd

from clusterstats.datasets import load

FILE = "etablissements-et-effectifs-salaries-au-niveau-commune-x-ape-last.rouen.csv.gz"
TV_CHANNELS = "60.20A"
COUNTS = ("establishments", "employment")
KEY = ["region", "region_name", "epci", "epci_name", "industry", "year"]
RENAMED = {
    "Code commune": "region",
    "Nom commune": "region_name",
    "Code EPCI": "epci",
    "EPCI": "epci_name",
}


def industries(table: pd.DataFrame) -> pd.Series:
    """Return A38, with JA in three: general TV channels, other image sector, the rest."""
    ape = table["Code APE"].str[:2] + "." + table["Code APE"].str[2:]
    a38 = table["Secteur NA38"].str.split().str[0]
    definitions = load("sector_definitions").query("definition == 'audiovisual_core'")
    industry = a38.replace("JA", "JA without audiovisual_core")
    industry = industry.mask(ape.isin(definitions["code"]), "audiovisual_core without 60.20A")
    return industry.mask(ape == TV_CHANNELS, TV_CHANNELS)


def by_year(table: pd.DataFrame) -> pd.DataFrame:
    """Return the wide export as one row a commune, APE and year with an establishment."""
    keys = table.rename(columns=RENAMED).assign(industry=industries(table))
    parts = []
    for year in (name[-4:] for name in table if name.startswith("Effectifs")):
        counts = table[[f"Nombre d'établissements {year}", f"Effectifs salariés {year}"]]
        numbers = counts.set_axis(COUNTS, axis=1).astype("float64")
        parts.append(keys[KEY[:-1]].join(numbers).assign(year=int(year)))
    return pd.concat(parts).dropna(subset="establishments")


def build(data: Path) -> pd.DataFrame:
    """Return one row a commune, industry and year with an establishment, sorted."""
    path = data / "urssaf_rouen_commune_ape" / FILE
    cells = by_year(pd.read_csv(path, sep=";", dtype=str, encoding="utf-8-sig"))
    unknown = cells["establishments"].where(cells["employment"].isna(), 0)
    squares = cells["employment"] ** 2 / cells["establishments"]
    cells = cells.assign(establishments_unknown=unknown, employment_squares=squares)
    groups = cells.groupby(KEY, sort=True)
    table = groups[[*COUNTS, "establishments_unknown"]].sum(min_count=1).astype("Int64")
    table["employment_squares"] = groups["employment_squares"].sum(min_count=1).round(3)
    return table.reset_index()
