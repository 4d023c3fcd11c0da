"""What the made files share: places, industries, and industries concentrated in few places."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from clusterstats.datasets._load import load
from clusterstats.datasets._make._writing import Array, require_count

__all__ = ["Places", "commune_codes", "departments", "industry_table", "places"]

MOST_COMMUNES = 85_000
HOMES = 3


@cache
def departments() -> pd.DataFrame:
    """Return the 96 départements of metropolitan France with their régions."""
    known = load("departements")
    chosen = known[known["is_metropolitan"]].reset_index(drop=True)
    regions = load("regions")
    now = regions[regions["period"] != "before_2016"].set_index("region")["name"]
    before = regions[regions["period"] == "before_2016"].set_index("region")["name"]
    return chosen.assign(
        region_name=chosen["region"].map(now),
        region_before_name=chosen["region_before_2016"].map(before),
    )


def commune_codes(count: int) -> list[str]:
    """Return made-up commune codes, spread over the départements; Paris by arrondissement."""
    known = departments()["department"].tolist()
    codes = []
    for at in range(count):
        rank, place = divmod(at, len(known))
        first = 101 if known[place] == "75" else 1
        codes.append(f"{known[place]}{first + rank:03d}")
    return sorted(codes)


@cache
def industry_table() -> pd.DataFrame:
    """Return the 732 sub-classes with their aggregates and labels."""
    return load("naf_rev2")


@dataclass(frozen=True)
class Places:
    """A plan of where industries are.

    Attributes
    ----------
    communes, industries : list of str
        Codes, sorted; industries are spread over the classification.
    pull, share : numpy.ndarray
        Shares of communes and of industries, Zipf by a random rank, each summing to 1.
    homes : dict
        For each localised industry, by position, the positions of its home communes.
    """

    communes: list[str]
    industries: list[str]
    pull: Array
    share: Array
    homes: dict[int, Array]

    def named_homes(self) -> dict[str, list[str]]:
        """Return the localised industries and their home communes by code."""
        return {
            self.industries[industry]: sorted(self.communes[at] for at in homes)
            for industry, homes in self.homes.items()
        }


def places(communes: int, industries: int, rng: np.random.Generator) -> Places:
    """Draw the plan: every tenth industry is localised in a few home communes."""
    require_count("communes", communes, most=MOST_COMMUNES)
    codes = industry_table()["sub_class"].tolist()
    require_count("industries", industries, most=len(codes))
    chosen = [codes[at * len(codes) // industries] for at in range(industries)]
    homes = {
        int(at): rng.choice(communes, size=min(HOMES, communes), replace=False)
        for at in range(0, industries, 10)
    }
    pull, share = _zipf(communes, rng), _zipf(industries, rng)
    return Places(commune_codes(communes), chosen, pull, share, homes)


def _zipf(count: int, rng: np.random.Generator) -> Array:
    """Return shares in proportion to 1 / rank, ranks drawn at random."""
    weight = 1.0 / (1.0 + rng.permutation(count))
    share: Array = weight / weight.sum()
    return share
