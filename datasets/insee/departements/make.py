"""The 101 départements with their région now and before 2016."""

from pathlib import Path

import pandas as pd


def build(data: Path) -> pd.DataFrame:
    """Return one row a département, sorted by code."""
    folder = data / "insee_cog_2025"
    own = pd.read_csv(folder / "departements.csv.gz", dtype=str).set_index("DEP")
    path = folder / "departements_regions_avant_apres_2016.csv.gz"
    both = pd.read_csv(path, dtype=str).sort_values("DEP")
    return pd.DataFrame(
        {
            "department": both["DEP"],
            "name": both["NOM_DEP"],
            "main_town": both["DEP"].map(own["CHEFLIEU"]),
            "region": both["REG"],
            "region_before_2016": both["reg_avant_2016"],
            "is_metropolitan": both["DEP"].str.len() == 2,
        }
    )
