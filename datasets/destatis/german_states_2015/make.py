"""Persons in employment and firms of the German Länder in 2015, by seven groups of sections."""

from pathlib import Path

import pandas as pd

FILE = Path("reat_examples", "german_states_industries_2015.csv.gz")
GROUPS = {
    "B-E": ["B", "C", "D", "E"],
    "F+L": ["F", "L"],
    "G-I": ["G", "H", "I"],
    "J-K": ["J", "K"],
    "M-N": ["M", "N"],
    "P-Q": ["P", "Q"],
    "R-S": ["R", "S"],
}
EAST = {"BB", "BE", "MV", "SN", "ST", "TH"}


def build(data: Path) -> pd.DataFrame:
    """Return one row a Land and group of sections, each the sum of at least two sections."""
    cells = pd.read_csv(data / FILE)
    group = {f"WZ08-{section}": name for name, held in GROUPS.items() for section in held}
    cells = cells.assign(industry=cells["ind_code"].map(group))
    summed = cells.groupby(["region_code", "industry"], as_index=False)[["firms", "emp_all"]].sum()
    names = cells.drop_duplicates("region_code").set_index("region_code")["region"]
    region = summed["region_code"]
    return pd.DataFrame(
        {
            "region": region,
            "industry": summed["industry"],
            "region_name": region.map(names),
            "part": region.isin(EAST).map({True: "east", False: "west"}),
            "establishments": summed["firms"],
            "employment": summed["emp_all"],
        }
    ).sort_values(["region", "industry"], ignore_index=True)
