"""Accessibility and the shares of customers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, read

COLUMNS = {"size": "attraction", "distance": "dist_km"}


def on_pairs(door: Callable[..., pd.DataFrame], **options: object) -> Callable[..., pd.DataFrame]:
    """A door on the pairs, origins and destinations as regions."""

    def result(folder: Path) -> pd.DataFrame:
        found = door(read(folder, "od.csv"), **COLUMNS, **options)
        return found.rename(columns={"origin": "region", "destination": "region2"})

    return result


CALLS: dict[Pair, Call] = {
    ("accessibility_hansen", "power_gamma1_lambda-1.5"): Call(
        on_pairs(cs.hansen_accessibility, rate=1.5)
    ),
    ("accessibility_hansen", "exponential_lambda-0.01"): Call(
        on_pairs(cs.hansen_accessibility, decay="exponential", rate=0.01)
    ),
    ("huff", "power_lambda-1.5"): Call(on_pairs(cs.huff, rate=1.5)),
}

EXCLUDED: dict[Pair, str] = {}
