"""The columns of an URSSAF line: what rides along with the two codes, then the counts."""

from __future__ import annotations

from typing import Any

import pandas as pd

from clusterstats.datasets._load import load
from clusterstats.datasets._make._plant import Places, departments, industry_table
from clusterstats.datasets._make._writing import Array, label, text

__all__ = ["HEADERS", "Looks"]

KEYS = (
    "Région;Ancienne région;Département;Zone d'emploi;EPCI;Nom commune;Commune;"
    "Grand secteur d'activité;Secteur NA17;Secteur NA38;Secteur NA88;APE;Code région;"
    "Code ancienne région;Code département;Code zone d'emploi;Code EPCI;Code commune;Code APE"
)
TECHNICAL_KEYS = (
    "region;ancienne_region;departement;zone_d_emploi;epci;intitule_commune;commune;"
    "grand_secteur_d_activite;secteur_na17;secteur_na38;secteur_na88;ape;code_region;"
    "code_ancienne_region;code_departement;code_zone_d_emploi;code_epci;code_commune;code_ape"
)
HEADERS = {
    "labels": (KEYS, "Nombre d'établissements {}", "Effectifs salariés {}"),
    "technical": (TECHNICAL_KEYS, "nombre_d_etablissements_{}", "effectifs_salaries_{}"),
}

SECTORS = {
    "AZ": "GS1 Industrie",
    "FZ": "GS2 Construction",
    "GZ": "GS3 Commerce",
    "IZ": "GS4 Hôtellerie-restauration",
    "OQ": "GS7 Services non marchands",
}
MANUFACTURING = {"C1", "C2", "C3", "C4", "C5", "DE"}


class Looks:
    """How communes and industries are written, in the order of the export's columns."""

    def __init__(self, where: Places) -> None:
        self.of_commune = _of_communes(where.communes)
        self.of_industry = _of_industries(where.industries)

    def columns(self, commune: Array, industry: Array, counts: Array) -> list[Any]:
        """Return the columns of some lines; `counts` (line, column) has -1 where blank."""
        first, end = (commune.min(), commune.max() + 1) if len(commune) else (0, 0)
        near = {name: values[first:end] for name, values in self.of_commune.items()}
        communes = {name: label(values, commune - first) for name, values in near.items()}
        industries = {name: label(values, industry) for name, values in self.of_industry.items()}
        beside = list(communes.values())
        keys = [*beside[:7], *industries.values()]
        keys = [*keys[:-1], *beside[7:], keys[-1]]
        numbers = [text(column, missing=column < 0) for column in counts.T]
        return [*keys, *numbers]


def _of_communes(codes: list[str]) -> dict[str, list[str]]:
    known = departments().reset_index(names="rank").set_index("department")
    rows = known.loc[[code[:2] for code in codes]]
    names = [f"L'Essai-{code}" for code in codes]
    table: dict[str, Any] = {
        "region": rows["region_name"],
        "ancienne_region": rows["region_before_name"],
        "departement": rows["name"],
        "zone_d_emploi": rows["main_town"].map("Zone de {}".format),
        "epci": rows["name"].map("CC d'essai de {}".format),
        "intitule_commune": names,
        "commune": [f"{code} {name}" for code, name in zip(codes, names, strict=True)],
        "code_region": rows["region"],
        "code_ancienne_region": rows["region_before_2016"],
        "code_departement": [code[:2] for code in codes],
        "code_zone_d_emploi": rows["region"] + rows["rank"].map("{:02d}".format),
        "code_epci": rows["rank"].map("2{:08d}".format),
        "code_commune": codes,
    }
    return {name: [str(value) for value in values] for name, values in table.items()}


def _of_industries(codes: list[str]) -> dict[str, list[str]]:
    rows = industry_table().set_index("sub_class", drop=False).loc[codes]
    every = load("naf_rev2_labels")
    table: dict[str, list[str]] = {
        "secteur": [_sector(item) for item in rows["a17"]],
    }
    for level in ("a17", "a38", "a88"):
        said = every[every["level"] == level].set_index("code")["label_fr"]
        table[level] = [f"{item} {said[item]}" for item in rows[level]]
    code = rows["sub_class"].str.replace(".", "", regex=False)
    table["ape"] = (code + " " + rows["label_fr"]).tolist()
    table["code_ape"] = pd.Series(code).tolist()
    return table


def _sector(item: str) -> str:
    if item in MANUFACTURING:
        return SECTORS["AZ"]
    return SECTORS.get(item, "GS5 Autres services marchands hors intérim")
