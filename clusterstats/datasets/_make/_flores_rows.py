"""Cells of a made FLORES file: one chunk of communes as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from clusterstats.datasets._load import load
from clusterstats.datasets._make._writing import Array

__all__ = ["SIZES", "Cells", "Plan", "draw", "industries"]

STREAM = 5
CHUNK = 500
SIZES = ("E0", "E1T4", "E5T9", "E10T19", "E20T49", "E50T99")
LOW, HIGH = np.array([0, 1, 5, 10, 20, 50]), np.array([0, 4, 9, 19, 49, 99])
FREQUENCY = np.array([0.30, 0.40, 0.14, 0.08, 0.06, 0.02])
LOCALISED = 20.0


@dataclass(frozen=True)
class Plan:
    """What is to be made: `pull` of communes, `share` of industries, `homes` (industry, home)."""

    communes: list[str]
    year: int
    seed: int
    pull: Array
    share: Array
    homes: Array

    @property
    def chunks(self) -> int:
        """How many chunks of communes there are."""
        return -(-len(self.communes) // CHUNK)


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


@cache
def industries() -> list[str]:
    """Return the 17 items of A17, sorted."""
    return sorted(set(load("naf_rev2")["a17"]))


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
