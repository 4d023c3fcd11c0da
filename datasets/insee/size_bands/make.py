"""The bands of employees of Sirene as intervals."""

from pathlib import Path

import pandas as pd


def build(data: Path) -> pd.DataFrame:
    """Return one row a band, from unknown to the largest."""
    path = data / "insee_formats" / "tranche_effectifs.csv.gz"
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    return pd.DataFrame(
        {
            "size_band": raw["code"],
            "label_fr": raw["libelle"],
            "employment_low": raw["borne_inf"],
            "employment_high": raw["borne_sup"],
            "is_known": raw["borne_inf"] != "",
        }
    )
