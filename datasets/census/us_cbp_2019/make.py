"""Establishments and employees of United States areas, by sector and around motion pictures."""

from pathlib import Path

import pandas as pd

import clusterstats as cs

FOLDER = "us_cbp_2019_cbsa"
LEVELS = (0, 2, 3, 4)
INFORMATION = ("511", "512", "515", "517", "518", "519", "5121", "5122")


def build(data: Path) -> pd.DataFrame:
    """Return one row an area and industry that the publisher prints, sorted."""
    path = data / FOLDER / "cbp_cbsa_naics0-4.parquet"
    levels = [cs.read_cbp(path, level=level).collect("pandas").to_native() for level in LEVELS]
    table = pd.concat(levels, ignore_index=True)
    is_total_or_sector = table["industry"].str.fullmatch(r"\d\d|\d\d-\d\d")
    table = table[is_total_or_sector | table["industry"].isin(INFORMATION)]
    names = pd.read_csv(data / FOLDER / "cbsa_names.csv.gz", dtype=str).set_index("cbsa_code")
    counts = table[["establishments", "employment"]].astype("int64")
    return (
        table[["region", "industry"]]
        .assign(
            region_name=table["region"].map(names["cbsa_name"]),
            region_type=table["region"].map(names["cbsa_type"]),
        )
        .join(counts)
        .sort_values(["region", "industry"], ignore_index=True)
    )
