"""Resampling plans and null models: each turns a random generator into one drawn table.

A new plan is one class here, and every measure gains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from clusterstats._types import Array, Codes
from clusterstats.inference.units import Moments, Units, moments_of

__all__ = ["Configuration", "Dartboard", "Plan", "RandomLabelling", "RandomLocation", "Resampled"]


class Plan(Protocol):
    """One way to draw a table."""

    def draw(self, rng: np.random.Generator, powers: tuple[int, ...]) -> Moments:
        """Sums of powers of sizes in each cell of one drawn table."""
        ...


@dataclass(frozen=True)
class Resampled:
    """Establishments drawn with replacement, each with all its years."""

    units: Units

    def draw(self, rng: np.random.Generator, powers: tuple[int, ...]) -> Moments:
        """Count how often each establishment is drawn."""
        units = self.units
        if units.n_units and (units.count == 1).all():
            drawn = rng.integers(0, units.n_units, units.n_units)
            times = np.bincount(drawn, minlength=units.n_units)[units.unit].astype(np.float64)
        else:
            times = rng.multinomial(units.total, units.count / units.count.sum()).astype(np.float64)
        return units.moments(powers, times)


@dataclass(frozen=True)
class RandomLabelling:
    """Industry labels permuted over establishments whose places and sizes stay."""

    units: Units

    def draw(self, rng: np.random.Generator, powers: tuple[int, ...]) -> Moments:
        """Permute the industries."""
        region, industry = np.divmod(self.units.cell, self.units.shape[1])
        cell = region * self.units.shape[1] + rng.permutation(industry)
        return moments_of(cell, self.units.size, self.units.count, powers, self.units.shape)


@dataclass(frozen=True)
class RandomLocation:
    """Establishments with their sizes and industries, permuted over sites or drawn among them."""

    units: Units
    site_region: Codes | None = None
    site_probability: Array | None = None

    def draw(self, rng: np.random.Generator, powers: tuple[int, ...]) -> Moments:
        """Give each establishment a site."""
        region, industry = np.divmod(self.units.cell, self.units.shape[1])
        if self.site_region is None:
            place = rng.permutation(region)
        else:
            place = rng.choice(self.site_region, len(industry), p=self.site_probability)
        cell = place * self.units.shape[1] + industry
        return moments_of(cell, self.units.size, self.units.count, powers, self.units.shape)


@dataclass(frozen=True)
class Dartboard:
    """Establishments with their sizes and industries, thrown at regions independently."""

    units: Units
    probability: Array

    def draw(self, rng: np.random.Generator, powers: tuple[int, ...]) -> Moments:
        """Throw each establishment at a region."""
        regions, industries = self.units.shape
        place = rng.choice(regions, len(self.units.cell), p=self.probability)
        cell = place * industries + self.units.cell % industries
        return moments_of(cell, self.units.size, self.units.count, powers, self.units.shape)


@dataclass(frozen=True)
class Configuration:
    """Presences, each cell's drawn by itself with its own probability."""

    probability: Array

    def draw(self, rng: np.random.Generator, powers: tuple[int, ...]) -> Moments:
        """Draw who has what: a 0 or 1 is its own sum, square and count."""
        there = (rng.random(self.probability.shape) < self.probability).astype(np.float64)
        return dict.fromkeys(powers, there)
