"""Works and people of made IMDb files: one chunk of them as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterstats.datasets._make._writing import Array

__all__ = ["CATEGORIES", "KINDS", "TEAM", "Credits", "Plan", "Works", "credited", "draw"]

STREAM = 3
CHUNK = 50_000
TEAM = 8
CATEGORIES = (
    "actor",
    "actress",
    "director",
    "writer",
    "producer",
    "composer",
    "cinematographer",
    "editor",
    "self",
)
DIRECTOR, WRITER, SELF = (CATEGORIES.index(name) for name in ("director", "writer", "self"))
KINDS = ("movie", "short", "tvSeries", "tvEpisode", "video")


@dataclass(frozen=True)
class Plan:
    """What is to be made."""

    works: int
    people: int
    seed: int

    @property
    def teams(self) -> int:
        """How many teams of `TEAM` people there are; the last people are in none."""
        return self.people // TEAM

    @property
    def chunks(self) -> int:
        """How many chunks of works there are."""
        return -(-self.works // CHUNK)


@dataclass(frozen=True)
class Works:
    """Works by number: year (-1 unknown), kind, and `people` (work, slot), -1 where empty.

    The first `TEAM` slots are the team's, two are outsiders', the last is a second credit of
    the director, as writer.
    """

    number: Array
    year: Array
    kind: Array
    team: Array
    people: Array
    noise: Array


@dataclass(frozen=True)
class Credits:
    """Credits in the order of the file; `work` is the place in the chunk."""

    work: Array
    ordering: Array
    person: Array
    category: Array
    slot: Array


def draw(plan: Plan, chunk: int) -> Works:
    """Draw a chunk of works: each has part of one team, and at most two outsiders."""
    rng = np.random.default_rng([plan.seed, STREAM, chunk])
    first = chunk * CHUNK
    rows = min(CHUNK, plan.works - first)
    team = (plan.teams * rng.random(rows) ** 2).astype(np.int64)
    slots = np.arange(TEAM)
    members = team[:, None] * TEAM + (rng.integers(0, TEAM, rows)[:, None] + slots) % TEAM
    cast = np.where(rng.random(rows) < 0.05, 0, rng.integers(2, TEAM + 1, rows))
    members = np.where(slots < cast[:, None], members, -1)
    is_double = (cast > DIRECTOR) & (rng.random(rows) < 0.2)
    second = np.where(is_double, members[:, DIRECTOR], -1)
    return Works(
        number=first + np.arange(rows) + 1,
        year=np.where(rng.random(rows) < 0.03, -1, 2024 - rng.geometric(1 / 20, rows) % 120),
        kind=rng.integers(0, len(KINDS), rows),
        team=team,
        people=np.column_stack([members, _outsiders(plan, team, cast > 0, rng), second]),
        noise=rng.integers(0, 2**31, rows),
    )


def _outsiders(plan: Plan, team: Array, is_open: Array, rng: np.random.Generator) -> Array:
    """Draw two people from other teams for some works, twice the same for none."""
    drawn = rng.integers(0, plan.people, (len(team), 2))
    drawn = np.where(drawn // TEAM == team[:, None], (drawn + TEAM) % plan.people, drawn)
    is_there = is_open[:, None] & (rng.random(drawn.shape) < 0.3)
    is_there[:, 1] &= drawn[:, 0] != drawn[:, 1]
    outsiders: Array = np.where(is_there, drawn, -1)
    return outsiders


def credited(works: Works) -> Credits:
    """List the credits of a chunk of works, numbered from 1 within each."""
    is_there = works.people >= 0
    ordering = np.cumsum(is_there, axis=1)
    work, slot = np.nonzero(is_there)
    category = np.array([*range(TEAM), SELF, SELF, WRITER])[slot]
    return Credits(work, ordering[work, slot], works.people[work, slot], category, slot)
