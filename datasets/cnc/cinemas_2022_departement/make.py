"""Cinemas of metropolitan France in 2022, by département, beside the population."""

from pathlib import Path

import pandas as pd

SIZES = {"écrans": "screens", "fauteuils": "seats", "entrées 2022": "admissions"}


def cinemas(data: Path) -> pd.DataFrame:
    """Return one row a venue: its département and its sizes, with their squares."""
    folder = data / "cnc_etablissements_cinematographiques_2022"
    path = folder / "etablissements-cinematographiques.csv.gz"
    raw = pd.read_csv(path, sep=";", dtype=str, encoding="utf-8-sig")
    sizes = raw[list(SIZES)].astype("float64").astype("int64").rename(columns=SIZES)
    squares = (sizes**2).add_suffix("_squares")
    return pd.concat([raw["DEP"].rename("region"), sizes, squares], axis=1).assign(venues=1)


def population(data: Path) -> pd.Series:
    """Return the municipal population of each département, 2017.

    Communes only: the arrondissements of Paris, Lyon and Marseille would count twice.
    """
    table = pd.read_parquet(data / "geo_france_2025" / "communes_centroids.parquet")
    communes = table[table["type"] == "COM"]
    return communes.groupby("dep")["pop_municipale_2017"].sum().astype("int64")


def build(data: Path) -> pd.DataFrame:
    """Return one row a département of metropolitan France, sorted by code."""
    names = pd.read_csv(data / "insee_cog_2025" / "departements.csv.gz", dtype=str)
    table = cinemas(data).groupby("region", sort=True).sum()
    table.insert(0, "region_name", names.set_index("DEP")["NOM_DEP"])
    table.insert(1, "population", population(data))
    table.insert(2, "venues", table.pop("venues"))
    return table.reset_index()
