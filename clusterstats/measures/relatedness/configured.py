"""Measures of presence against presences drawn given how many each region and industry has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from clusterstats._types import Array
from clusterstats.inference.intervals import adjusted
from clusterstats.inference.options import Inference, MonteCarlo
from clusterstats.measures.declaration import Declaration
from clusterstats.measures.run import ORDER
from clusterstats.tables import Grid

__all__ = ["PRESENT", "as_presences", "configured", "joined", "of_presences"]

PRESENT = "presences of the table"


def configured(inference: Inference | None) -> MonteCarlo | None:
    """The option, if it asks for this null."""
    is_asked = isinstance(inference, MonteCarlo) and inference.null == "configuration"
    return inference if isinstance(inference, MonteCarlo) and is_asked else None


def as_presences(grid: Grid, m: Array) -> Grid:
    """m: presences (year, region, industry) -> a table of them, each a unit of size 1.

    A year with an unknown cell has none, so that nothing is drawn for it.
    """
    known = ~np.isnan(m).any(axis=(1, 2), keepdims=True)
    place = np.arange(m.size)
    frame = pd.DataFrame({"establishment": place, PRESENT: np.where(known, m, 0.0).ravel()})
    return Grid(grid.years, grid.regions, grid.industries, place, frame, is_records=True)


def of_presences(declared: Declaration) -> Declaration:
    """The declaration of a measure of given presences, its one method this null."""
    return replace(declared, units=(), has_null=True, is_of_presences=True)


def joined(result: pd.DataFrame, chance: pd.DataFrame, option: MonteCarlo) -> pd.DataFrame:
    """A result with the columns of the null beside it, blank where it is unknown itself."""
    known = result["estimate"].notna()
    numbers = {str(name): chance[name].where(known) for name in chance if name not in result}
    if option.adjust is not None:
        numbers["p_adjusted"] = pd.Series(
            adjusted(numbers["p_value"].to_numpy(), option), index=result.index
        )
    both = result.assign(**numbers)
    both = both[[*(c for c in both if c not in ORDER), *(c for c in ORDER if c in both)]]
    both.attrs = {**result.attrs, "inference": repr(option), "estimand": chance.attrs["estimand"]}
    return both
