"""The pieces that growth is split into: kernels of shift-share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from clusterstats._types import Array

__all__ = ["Pieces", "Steps", "dunn", "esteban", "gerfin", "spatial"]

Pieces = Callable[..., Array]
"""Cells before and after (..., region, industry), and whether to add up industries, to
(..., region[, industry], component)."""


def _expected(before: Array, after: Array) -> Array:
    """Cells had they grown with their industry in the nation.

    Of an industry that the nation did not have no rate is known: what appears is undefined.
    """
    industry = before.sum(axis=-2, keepdims=True)
    factor = after.sum(axis=-2, keepdims=True) / industry
    born = np.where(after == 0, 0.0, np.nan)
    return np.where(industry == 0, born, before * factor)


def _nation(before: Array, after: Array) -> Array:
    """Factor by which the nation grows, (..., 1, 1)."""
    factor: Array = after.sum(axis=(-2, -1), keepdims=True) / before.sum(
        axis=(-2, -1), keepdims=True
    )
    return factor


def _summed(pieces: Sequence[Array], by_region: bool) -> Array:
    """Components on the last axis, added over industries where regions are asked for."""
    if by_region:
        return np.stack([piece.sum(axis=-1) for piece in pieces], axis=-1)
    return np.stack(pieces, axis=-1)


def _against(before: Array, after: Array, expected: Array, by_region: bool) -> Array:
    """Growth; that of the nation; the expected beyond it; and the rest."""
    nation = _nation(before, after)
    national = before * (nation - 1)
    beyond = expected - before * nation
    return _summed((after - before, national, beyond, after - expected), by_region)


def dunn(before: Array, after: Array, by_region: bool) -> Array:
    """The industry's growth in the nation is expected."""
    return _against(before, after, _expected(before, after), by_region)


def spatial(before: Array, after: Array, by_region: bool, *, weights: Array) -> Array:
    """The industry's growth in the neighbours, weights (region, region), is expected.

    Of an industry that no neighbour had no rate is known: what was or appears is undefined.
    """
    near = weights @ before
    nothing = np.where((before == 0) & (after == 0), 0.0, np.nan)
    expected = np.where(near == 0, nothing, before * (weights @ after / near))
    return _against(before, after, expected, by_region)


def esteban(before: Array, after: Array, by_region: bool) -> Array:
    """As `dunn`, the regional share on homothetic employment and the rest apart."""
    nation, expected = _nation(before, after), _expected(before, after)
    share = before.sum(axis=-2, keepdims=True) / before.sum(axis=(-2, -1), keepdims=True)
    homothetic = before.sum(axis=-1, keepdims=True) * share
    ahead = np.where(before > 0, (after - expected) / before, np.nan)
    is_nothing = (homothetic == 0) & (before == 0) & (after == 0)
    ahead = np.where(is_nothing, 0.0, ahead)
    pieces = (
        after - before,
        before * (nation - 1),
        expected - before * nation,
        homothetic * ahead,
        (before - homothetic) * ahead,
    )
    return _summed(pieces, by_region)


def gerfin(before: Array, after: Array, by_region: bool) -> Array:
    """As `dunn`, but factors: growth = national share x industrial mix x regional share."""
    nation, expected = _nation(before, after), _expected(before, after)
    if by_region:
        before, after, expected = (x.sum(axis=-1) for x in (before, after, expected))
        nation = nation[..., 0]
    start = np.where(before > 0, before, np.nan)
    national = np.where(start > 0, nation, np.nan)
    return np.stack((after / start, national, expected / start / nation, after / expected), -1)


@dataclass(frozen=True)
class Steps:
    """Pieces of each step from year to year, added up; years stand side by side in the regions."""

    pieces: Pieces
    years: int
    by_region: bool

    def __call__(self, x: Array) -> Array:
        """x: (..., years x regions, industry) -> (..., region[, industry], component)."""
        years = np.split(x, self.years, axis=-2)
        found = self.pieces(years[0], years[1], self.by_region)
        for before, after in pairwise(years[1:]):
            found = found + self.pieces(before, after, self.by_region)
        return found
