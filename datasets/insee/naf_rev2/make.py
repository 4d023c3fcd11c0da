"""Every sub-class of NAF rév. 2 with its item at each of INSEE's levels."""

from pathlib import Path

import pandas as pd

RENAMED = {
    "sous_classe": "sub_class",
    "libelle_sous_classe": "label_fr",
    "classe": "class",
    "groupe": "group",
}
LEVELS = ["class", "group", "a138", "a129", "a88", "a64", "a38", "a21", "a17", "a10", "a5"]


def a138_items(folder: Path) -> pd.Series:
    """Return the A138 item of each A129 item that national accounts do not split."""
    path = folder / "raw_niv_agreg_naf_rev_2.csv.gz"
    raw = pd.read_csv(path, sep=";", dtype=str, encoding="cp1252", keep_default_na=False)
    raw = raw.rename(columns=str.strip).apply(lambda column: column.str.strip())
    whole = raw[(raw["A129"] != "") & (raw["A138"] != "")]
    return whole.set_index("A129")["A138"]


def build(data: Path) -> pd.DataFrame:
    """Return one row a sub-class, sorted."""
    folder = data / "insee_naf_rev2"
    path = folder / "naf_rev2_sous_classes.csv.gz"
    table = pd.read_csv(path, dtype=str, keep_default_na=False).rename(columns=RENAMED)
    table["a138"] = table["a129"].map(a138_items(folder))
    return table[["sub_class", "label_fr", *LEVELS]].sort_values("sub_class")
