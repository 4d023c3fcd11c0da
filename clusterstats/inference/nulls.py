"""From the option that names a null model to the plan that draws from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError
from clusterstats.inference.configuration import configuration_probabilities
from clusterstats.inference.options import MonteCarlo
from clusterstats.inference.plans import (
    Configuration,
    Dartboard,
    Plan,
    RandomLabelling,
    RandomLocation,
)
from clusterstats.inference.units import Units
from clusterstats.tables.checks import numbers
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["null_plan"]


def null_plan(option: MonteCarlo, units: Units, regions: pd.Index[Any], base: Array | None) -> Plan:
    """The null model, made for one year's establishments."""
    if option.null == "random_labelling":
        return RandomLabelling(units)
    if option.null == "configuration":
        return Configuration(configuration_probabilities(units.moments((1,))[1]))
    if option.null == "dartboard":
        return Dartboard(units, _probabilities(option, units, regions, base))
    if option.sites is None:
        return RandomLocation(units)
    return RandomLocation(units, *_sites(option.sites, regions))


def _probabilities(
    option: MonteCarlo, units: Units, regions: pd.Index[Any], base: Array | None
) -> Array:
    """Chance of each region: as given, or its share of the base or of the total."""
    if option.probabilities is None:
        total: Array = units.moments((1,))[1].sum(axis=1) if base is None else base
        shares: Array = total / total.sum()
        return shares
    strangers = sorted(set(option.probabilities) - set(regions))
    if strangers:
        raise OptionError(f"probabilities= has region {strangers[0]!r}, which is not in the table")
    chance: Array = np.array([option.probabilities.get(r, np.nan) for r in regions], dtype=float)
    if np.isnan(chance).any() or (chance < 0).any() or not np.isclose(chance.sum(), 1):
        raise OptionError("probabilities= must give every region one, none negative, and sum to 1")
    given: Array = chance / chance.sum()
    return given


def _sites(sites: IntoTable, regions: pd.Index[Any]) -> tuple[Codes, Array]:
    """Region and probability of each site to draw from."""
    frame = collect(as_lazy(sites))
    if not len(frame):
        raise TableError("sites= has no rows; leave it out to permute the observed sites")
    if "region" not in frame:
        raise TableError("sites= needs a column 'region' for a measure of regions")
    place = regions.get_indexer(pd.Index(frame["region"]))
    if (place < 0).any():
        stranger = frame["region"].to_numpy()[place < 0][0]
        raise TableError(f"sites= has region {stranger!r}, which is not in the table")
    weight = np.ones(len(frame))
    if "weight" in frame:
        weight = numbers(frame, "weight").to_numpy()
        if not (weight >= 0).all() or not weight.sum() > 0:
            raise TableError("sites= has a weight that is blank or negative, or none above 0")
    return place.astype(np.intp), weight / weight.sum()
