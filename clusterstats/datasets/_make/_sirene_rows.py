"""Establishments of a made SIRENE: one chunk of them as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from clusterstats.datasets._load import load
from clusterstats.datasets._make._plant import Places
from clusterstats.datasets._make._writing import Array

__all__ = ["LAST_DAY", "Plan", "Rows", "bands", "draw", "luhn_key"]

STREAM = 2
CHUNK = 100_000
AT_HOME = 0.5
FIRST_DAY, LAST_DAY = (int(np.datetime64(day).astype(int)) for day in ("1975-01-01", "2024-12-31"))
COMMON = np.array([0.0, 90, 120, 60, 40, 30, 20, 8, 5, 1, 2, 1, 0.5, 0.3, 0.1, 0.05])


@dataclass(frozen=True)
class Plan:
    """What is to be made."""

    places: Places
    establishments: int
    columns: int
    seed: int

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return -(-self.establishments // CHUNK)


@dataclass(frozen=True)
class Rows:
    """Establishments: positions in the plan, flags, and days since 1970.

    `band` is -1 where blank and 0 for NN; `closed` is -1 where it is open; `commune` is -1
    abroad; `firm` is the number of its head office, `rank` its place in the firm.
    """

    commune: Array
    industry: Array
    firm: Array
    rank: Array
    band: Array
    opened: Array
    closed: Array
    is_partial: Array
    is_hidden: Array
    is_old_code: Array
    noise: Array
    """Uniform whole numbers, for what is only looks."""


@cache
def bands() -> pd.DataFrame:
    """Return INSEE's 16 size bands, NN first, in the order of `COMMON`."""
    return load("size_bands")


def draw(plan: Plan, number: int) -> Rows:
    """Draw a chunk; a firm lies within one chunk, its head office first."""
    rng = np.random.default_rng([plan.seed, STREAM, number])
    first = number * CHUNK
    rows = min(CHUNK, plan.establishments - first)
    industry, commune = _placed(plan.places, rows, rng)
    is_head = rng.random(rows) < 0.85
    is_head[0] = True
    own = np.arange(rows)
    head = np.maximum.accumulate(np.where(is_head, own, 0))
    opened = LAST_DAY - ((LAST_DAY - FIRST_DAY) * rng.random(rows) ** 2).astype(np.int64)
    closed = opened + 1 + rng.geometric(1 / 6_000, rows)
    closed = np.where(closed <= LAST_DAY, closed, -1)
    band = np.where(
        rng.random(rows) < 0.7, 0, rng.choice(len(COMMON), rows, p=COMMON / COMMON.sum())
    )
    is_partial = (rng.random(rows) < 0.08) & (plan.columns == 54)
    return Rows(
        commune=np.where(rng.random(rows) < 0.001, -1, commune),
        industry=industry,
        firm=first + head,
        rank=own - head,
        band=np.where((closed >= 0) & (rng.random(rows) < 0.3), -1, band),
        opened=opened,
        closed=closed,
        is_partial=is_partial,
        is_hidden=is_partial & (rng.random(rows) < 0.05),
        is_old_code=(closed >= 0) & (closed < _day("2008-01-01")),
        noise=rng.integers(0, 2**31, rows),
    )


def _day(date: str) -> int:
    return int(np.datetime64(date).astype(int))


def _placed(where: Places, rows: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw industries, then communes: half of a localised industry is in its home communes."""
    industry = _drawn(where.share, rows, rng)
    commune = _drawn(where.pull, rows, rng)
    is_at_home = rng.random(rows) < AT_HOME
    which = rng.integers(0, 2**31, rows)
    table = np.full((len(where.industries), max(map(len, where.homes.values()))), -1)
    for at, homes in where.homes.items():
        table[at] = homes
    home = table[industry, which % table.shape[1]]
    return industry, np.where(is_at_home & (home >= 0), home, commune)


def _drawn(share: Array, rows: int, rng: np.random.Generator) -> Array:
    edges = np.cumsum(share)
    at = np.searchsorted(edges, rng.random(rows) * edges[-1], side="right")
    drawn: Array = np.minimum(at, len(share) - 1)
    return drawn


def luhn_key(body: Array) -> Array:
    """Return the last digit that makes each number pass Luhn's check."""
    total = np.zeros(len(body), np.int64)
    rest, factor = np.asarray(body, np.int64), 2
    while rest.any():
        rest, digit = np.divmod(rest, 10)
        product = digit * factor
        total += np.where(product > 9, product - 9, product)
        factor = 3 - factor
    key: Array = -total % 10
    return key
