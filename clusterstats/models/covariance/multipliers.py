"""Multipliers of wild bootstraps: all of them where they are few, else at random."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import warn
from clusterstats.models.covariance.resampling import WildBootstrap

__all__ = ["is_enumerated", "multipliers", "sample_draws", "warn_very_few"]

TOGETHER = 1000
"""Draws that share a seed."""

VERY_FEW = 6


def is_enumerated(option: WildBootstrap, clusters: int) -> bool:
    """Whether every vector of signs is drawn once."""
    return option.multipliers == "rademacher" and 2**clusters <= option.draws


def multipliers(option: WildBootstrap, clusters: int) -> Iterator[Array]:
    """Blocks of draws, each of shape (clusters, draws)."""
    if is_enumerated(option, clusters):
        for start in range(0, 2**clusters, TOGETHER):
            number = np.arange(start, min(start + TOGETHER, 2**clusters))
            bits = (number >> np.arange(clusters)[:, None]) & 1
            yield 1.0 - 2.0 * bits.astype(np.float64)
        return
    starts = range(0, option.draws, TOGETHER)
    seeds = np.random.SeedSequence(option.seed).spawn(len(starts))
    for start, seed in zip(starts, seeds, strict=True):
        shape = (min(TOGETHER, option.draws - start), clusters)
        yield _drawn(np.random.default_rng(seed), option.multipliers, shape).T


def sample_draws(option: WildBootstrap, clusters: int) -> tuple[int, ...]:
    """Which draws give the sample itself: all signs 1, and all -1, with the null imposed."""
    if option.null_imposed and is_enumerated(option, clusters):
        return (0, 2**clusters - 1)
    return ()


def warn_very_few(option: WildBootstrap, clusters: int) -> None:
    """Warn where p-values take few values."""
    if clusters >= VERY_FEW or option.multipliers == "normal":
        return
    points = 6 if option.multipliers == "webb" else 2
    instead = "" if points == 6 else "; multipliers='webb' gives more"
    warn(
        f"{clusters} clusters of {option.cluster!r} have {points**clusters:,} vectors of "
        f"{option.multipliers} multipliers, so that p-values take few values, the lowest near "
        f"{2 / points**clusters:.2g}{instead}"
    )


def _drawn(random: np.random.Generator, kind: str, shape: tuple[int, int]) -> Array:
    """Independent multipliers with mean 0 and variance 1."""
    if kind == "normal":
        return np.asarray(random.normal(size=shape))
    if kind == "mammen":
        root = float(np.sqrt(5))
        is_low = random.random(shape) < (root + 1) / (2 * root)
        return np.where(is_low, (1 - root) / 2, (1 + root) / 2)
    points = np.array([-1.0, 1.0])
    if kind == "webb":
        points = np.sqrt([0.5, 1.0, 1.5])
        points = np.concatenate([-points, points])
    return np.asarray(points[random.integers(0, len(points), shape)])
