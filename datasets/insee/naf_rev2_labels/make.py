"""The label of every item of NAF rév. 2, in French and, where INSEE gives it, in English."""

from pathlib import Path

import pandas as pd

ORDER = ["a5", "a10", "a17", "a21", "a38", "a64", "a88", "a129", "a138", "group", "class"]
ORDER = [*ORDER, "sub_class"]
RENAMED = {"groupe": "group", "classe": "class", "sous_classe": "sub_class"}
IMPUTED_RENTS = ["LI", "LI0"]
"""Items of national accounts ("of which") that no sub-class belongs to."""
MARKET_SERVICES = ("GU", "Commerce, transports et services divers", "Trade, transport and services")
"""The one A5 item that is not an A10 item; these two labels are ours."""


def long_labels(folder: Path) -> pd.DataFrame:
    """Return the labels that INSEE lists code by code."""
    table = pd.read_csv(folder / "naf_rev2_libelles.csv.gz", dtype=str, keep_default_na=False)
    table = table[~table["code"].isin(IMPUTED_RENTS)]
    level = table["niveau"].replace(RENAMED).str.lower()
    return pd.DataFrame(
        {"level": level, "code": table["code"], "label_fr": table["libelle"],
         "label_en": table["label_en"]}
    )  # fmt: skip


def aggregate_labels(folder: Path) -> pd.DataFrame:
    """Return the labels of A129 and A138, from INSEE's table of aggregates."""
    path = folder / "raw_niv_agreg_naf_rev_2.csv.gz"
    raw = pd.read_csv(path, sep=";", dtype=str, encoding="cp1252", keep_default_na=False)
    raw = raw.rename(columns=lambda name: name.strip().lower())
    raw = raw.apply(lambda column: column.str.split().str.join(" "))
    parts = [
        pd.DataFrame({"level": level, "code": raw[level], "label_fr": raw["intitulés"]})
        for level in ("a129", "a138")
    ]
    table = pd.concat(parts)
    return table[table["code"] != ""].assign(label_en="")


def five_items(labels: pd.DataFrame) -> pd.DataFrame:
    """Return the labels of A5: four are A10 items, the fifth is named here."""
    same = labels[(labels["level"] == "a10") & labels["code"].isin(["AZ", "BE", "FZ", "OQ"])]
    code, french, english = MARKET_SERVICES
    other = pd.DataFrame({"code": [code], "label_fr": [french], "label_en": [english]})
    return pd.concat([same, other]).assign(level="a5")


def build(data: Path) -> pd.DataFrame:
    """Return one row an item, from the coarsest level to the finest."""
    folder = data / "insee_naf_rev2"
    labels = long_labels(folder)
    table = pd.concat([labels, aggregate_labels(folder), five_items(labels)])
    rank = table["level"].map(ORDER.index)
    return table.assign(rank=rank).sort_values(["rank", "code"]).drop(columns="rank")
