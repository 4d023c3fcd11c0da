"""Groups of graduates of a made MESR file, and the names that it uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

__all__ = [
    "DOMAINS",
    "EFFECT",
    "FEWEST",
    "FIELDS",
    "TOTALS",
    "Group",
    "draw",
    "percent",
    "school_number",
    "total",
]

STREAM = 4
LEAVING, EFFECT, LATER, FEWEST = 0.50, -0.20, 0.04, 30
HORIZONS = (18, 30)
DOMAINS = {
    "DEG": "Droit, économie et gestion",
    "SHS": "Sciences humaines et sociales",
    "STS": "Sciences, technologies et santé",
}
TOTALS = {
    "DEG": ("disc01", "Ensemble formations juridiques, économiques et de gestion"),
    "SHS": ("disc07", "Ensemble sciences humaines et sociales"),
    "STS": ("disc12", "Ensemble sciences, technologies et santé"),
}
FIELDS = {
    ("DEG", "disc02"): "Droit",
    ("DEG", "disc03"): "Économie",
    ("DEG", "disc04"): "Gestion",
    ("SHS", "disc08"): "Histoire-géographie",
    ("SHS", "disc10"): "Information communication",
    ("STS", "disc13"): "Sciences de la vie et de la terre",
    ("STS", "disc16"): "Informatique",
}


@dataclass(frozen=True)
class Group:
    """Graduates of a cohort, school and field at a horizon; `employed` and `leaving` of them."""

    cohort: int
    field: str
    horizon: int
    respondents: int
    employed: int
    leaving: int
    is_unavailable: bool

    @property
    def status(self) -> str:
        """Say what the file shows of the share that left."""
        if self.is_unavailable:
            return "nd"
        return "ns" if self.respondents < FEWEST else "observed"

    @property
    def external(self) -> int:
        """Percentage of jobs outside the region, a whole number."""
        return percent(self.leaving, self.employed)


def draw(school: int, years: Sequence[int], seed: int) -> Iterator[Group]:
    rng = np.random.default_rng([seed, STREAM, school])
    size = rng.lognormal(3.8, 0.6)
    for year, (_, field) in product(years, FIELDS):
        respondents = int(1 + rng.poisson(size * rng.uniform(0.5, 1.5)))
        is_unavailable = bool(rng.random() < 0.06)
        for horizon in HORIZONS:
            employed = max(1, int(rng.binomial(respondents, 0.8 + LATER * (horizon == 30))))
            share = LEAVING + EFFECT * (school % 3 == 0) + LATER * (horizon == 30)
            leaving = int(rng.binomial(employed, share))
            yield Group(year, field, horizon, respondents, employed, leaving, is_unavailable)


def total(groups: Sequence[Group], field: str) -> Group:
    one = groups[0]
    return Group(
        one.cohort,
        field,
        one.horizon,
        sum(each.respondents for each in groups),
        sum(each.employed for each in groups),
        sum(each.leaving for each in groups),
        False,
    )


def percent(part: int, whole: int) -> int:
    return (200 * part + whole) // (2 * whole)


def school_number(school: int) -> str:
    """Return a made-up UAI number, with its key."""
    digits = f"{school % 95 + 1:03d}{school:04d}"
    return digits + "ABCDEFGHJKLMNPRSTUVWXYZ"[int(digits) % 23]
