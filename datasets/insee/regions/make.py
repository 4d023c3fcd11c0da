"""The 18 régions of today and the 27 of before 2016, each with the région it belongs to now."""

from pathlib import Path

import pandas as pd


def build(data: Path) -> pd.DataFrame:
    """Return one row a région and period, sorted."""
    folder = data / "insee_cog_2025"
    now = pd.read_csv(folder / "regions.csv.gz", dtype=str)
    path = folder / "departements_regions_avant_apres_2016.csv.gz"
    old = pd.read_csv(path, dtype=str).drop_duplicates("reg_avant_2016")
    today = pd.DataFrame(
        {"period": "since_2016", "region": now["REG"], "name": now["NOM_REG"]}
    ).assign(region_now=now["REG"])
    before = pd.DataFrame(
        {"period": "before_2016", "region": old["reg_avant_2016"],
         "name": old["nom_reg_avant_2016"], "region_now": old["REG"]}
    )  # fmt: skip
    table = pd.concat([before, today]).sort_values(["period", "region"])
    return table.assign(is_metropolitan=table["region_now"].astype(int) > 6)
