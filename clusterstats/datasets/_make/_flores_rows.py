"""Cells of a made FLORES file: one chunk of communes as arrays."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cache

import numpy as np

from clusterstats.datasets._load import load
from clusterstats.datasets._make._writing import Array

__all__ = ["LEVELS", "SIZES", "Cells", "Plan", "draw", "entry", "industries"]

STREAM = 5
CHUNK = 500
LEVELS = ("A17", "A38", "A88")
SIZES = ("E0", "E1T4", "E5T9", "E10T19", "E20T49", "E50T99")
LOW, HIGH = np.array([0, 1, 5, 10, 20, 50]), np.array([0, 4, 9, 19, 49, 99])
FREQUENCY = np.array([0.30, 0.40, 0.14, 0.08, 0.06, 0.02])
LOCALISED = 20.0
HOUSEHOLDS = {"97", "98"}


@dataclass(frozen=True)
class Plan:
    """What is to be made: `pull` of communes, `share` of industries, `homes` (industry, home)."""

    communes: list[str]
    level: str
    year: int
    seed: int
    pull: Array
    share: Array
    homes: Array

    @property
    def chunks(self) -> int:
        """How many chunks of communes there are."""
        return -(-len(self.communes) // CHUNK)

    @property
    def industries(self) -> list[str]:
        """Items of the level."""
        return industries(self.level)

    @property
    def has_sizes(self) -> bool:
        """Whether files of the level show size classes."""
        return self.level != "A88"


@dataclass(frozen=True)
class Cells:
    """Counts by (commune, industry, size) of communes from `first` on.

    `is_secret` and `is_attached` mark (commune, industry): jobs not shown, or status W.
    """

    first: int
    establishments: Array
    employment: Array
    is_secret: Array
    is_attached: Array

    def codes(self, plan: Plan) -> list[str]:
        """Communes of the cells."""
        return plan.communes[self.first : self.first + len(self.establishments)]


@cache
def industries(level: str) -> list[str]:
    """Return the items of a level, sorted; of A88 without households, which FLORES leaves out."""
    return sorted(set(load("naf_rev2")[level.lower()]) - HOUSEHOLDS)


def draw(plan: Plan, number: int) -> Cells:
    """Draw a chunk: Poisson establishments, jobs within the bounds of their size."""
    rng = np.random.default_rng([plan.seed, STREAM, number])
    first = number * CHUNK
    members = np.arange(first, min(first + CHUNK, len(plan.communes)))
    mean = 40.0 * len(plan.communes) * plan.pull[members, None] * plan.share
    for industry, homes in enumerate(plan.homes):
        mean[np.isin(members, homes), industry] *= LOCALISED
    establishments = rng.poisson(mean[:, :, None] * FREQUENCY)
    extra = rng.binomial(establishments * (HIGH - LOW), 0.4)
    shape = establishments.shape[:2]
    total = establishments.sum(axis=2)
    is_secret = (total > 0) & (rng.random(shape) < np.where(total < 3, 0.5, 0.02))
    is_attached = ~is_secret & (rng.random(shape) < 0.01)
    return Cells(first, establishments, establishments * LOW + extra, is_secret, is_attached)


def entry(name: str) -> zipfile.ZipInfo:
    """Describe a member of a zip without a date of today."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info
