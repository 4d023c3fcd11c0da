"""Covariances of rows that go together in groups."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.bias_reduced import bias_reduced
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import t_df, used
from clusterstats.models.covariance.options import Clustered
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.solution import Solution

__all__ = ["FEW", "cluster_codes", "clustered", "factor_of", "repaired", "summed", "warn_few"]

FEW = 42
"""Below so many clusters, clustered errors mislead (Angrist and Pischke 2009, chapter 8)."""

NEGATIVE = 1e-10
"""An eigenvalue below minus this share of the largest is negative beyond rounding."""


def clustered(solution: Solution, option: Clustered, convention: SmallSample) -> Covariance:
    """Sums of scores within clusters, by inclusion and exclusion over several kinds of them."""
    groups = cluster_codes(solution, option.columns)
    if option.correction in ("CR2", "CR3"):
        return bias_reduced(solution, groups, option.correction, convention)
    warn_few(solution, groups)
    k = used(solution, convention, groups.codes)
    meat = np.zeros((len(solution.params),) * 2)
    adjust_g = convention.adjust_g and option.correction == "CR1"
    for count in range(1, len(groups.sizes) + 1):
        for chosen in combinations(range(len(groups.sizes)), count):
            code, size = _joint(groups, chosen)
            sums = solution.summed_scores(code, size)
            g = min(groups.sizes) if convention.multiway == "min" else size
            meat += (-1) ** (count + 1) * (g / (g - 1) if adjust_g else 1.0) * (sums.T @ sums)
    factor = factor_of(solution, convention, k) if option.correction == "CR1" else 1.0
    matrix = solution.bread @ meat @ solution.bread * factor
    matrix, negative = repaired(matrix, convention) if len(groups.sizes) > 1 else (matrix, 0)
    smallest = min(groups.sizes)
    factors = {"K": float(k)}
    for name, g in zip(groups.names, groups.sizes, strict=True):
        factors[f"clusters {name}"] = float(g)
    factors["factor of K"] = factor
    if convention.multiway == "min" or len(groups.sizes) == 1:
        factors["G/(G-1)"] = smallest / (smallest - 1) if adjust_g else 1.0
    else:
        factors["G/(G-1) of each"] = float(adjust_g)
    if negative:
        factors["negative eigenvalues set to 0"] = float(negative)
    return Covariance(
        matrix,
        t_df(solution, convention, k, groups),
        f"clustered by {' and '.join(option.columns)} ({option.correction})",
        factors,
    )


def cluster_codes(solution: Solution, columns: tuple[str, ...]) -> Effects:
    """Codes of the clusters; a blank or a single cluster is an error."""
    frame = solution.design.frame
    parts = {}
    for name in columns:
        for column in name.split("^"):
            if column not in frame:
                listed = ", ".join(map(repr, frame.columns))
                raise TableError(f"no column {column!r} to cluster by; the table has {listed}")
            if frame[column].isna().any():
                row = frame.index[frame[column].isna()][0]
                raise TableError(
                    f"cluster column {column!r} is blank in {int(frame[column].isna().sum()):,} "
                    f"row(s) of the sample, first row {row}; fill it or leave those rows out"
                )
        parts[name] = [frame[column] for column in name.split("^")]
    groups = Effects.of(parts)
    if min(groups.sizes) < 2:
        name = groups.names[int(np.argmin(groups.sizes))]
        raise TableError(f"cluster column {name!r} has a single cluster; at least 2 are needed")
    return groups


def warn_few(solution: Solution, groups: Effects) -> None:
    """Warn where clusters are too few for the plain covariance, and name what to use instead."""
    size = min(groups.sizes)
    if size >= FEW:
        return
    name = groups.names[groups.sizes.index(size)]
    instead = f"WildBootstrap by {name!r}"
    if len(groups.sizes) == 1 and solution.family == "linear":
        instead = f"Clustered({name!r}, correction='CR2') or {instead}"
    warn(
        f"standard errors rest on {size} clusters of {name!r}; below {FEW} they tend to be too "
        f"small (Angrist and Pischke 2009; Cameron and Miller 2015): use {instead}"
    )


def repaired(matrix: Array, convention: SmallSample, kind: str = "multiway") -> tuple[Array, int]:
    """A matrix with negative eigenvalues set to 0, where the convention does so.

    Returns
    -------
    (array, int)
        The matrix, and how many eigenvalues were negative and set to 0. A warning says so, or that
        there are such eigenvalues and they were left.
    """
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    negative = int((values < -NEGATIVE * np.abs(values).max()).sum())
    if not negative:
        return matrix, 0
    if convention.repair == "variance" and not (np.diag(matrix) < 0).any():
        warn(
            f"the {kind} covariance is not positive semi-definite: standard errors stand, joint "
            "tests may not; set its negative eigenvalues to 0 with SmallSample(repair='eigenvalue')"
        )
        return matrix, 0
    warn(
        f"the {kind} covariance was not positive semi-definite: {negative} negative "
        f"eigenvalue(s) set to 0 (Cameron, Gelbach and Miller 2011)"
    )
    return np.asarray(vectors * np.maximum(values, 0) @ vectors.T), negative


def summed(scores: Array, code: Codes, size: int) -> Array:
    """Sums of scores by cluster, shape (clusters, k)."""
    return np.stack([np.bincount(code, column, size) for column in scores.T], axis=1)


def factor_of(solution: Solution, convention: SmallSample, k: int) -> float:
    """The factor of CR1 that counts parameters."""
    n = solution.nobs
    unused = solution.family != "linear" and not convention.likelihood_k
    if not convention.adjust_k or convention.cluster_scale == "none" or unused:
        return 1.0
    if n <= k:
        raise OptionError(
            f"{k:,} parameters are counted in {n:,} rows: the factor (n - 1) / (n - K) does not "
            f"exist; use fewer effects, Clustered(correction='CR0'), or a convention that does not "
            f"count effects nested in clusters"
        )
    return (n - 1 if convention.cluster_scale == "n-1" else n) / (n - k)


def _joint(groups: Effects, chosen: tuple[int, ...]) -> tuple[Codes, int]:
    """One code for the clusters that rows share in all chosen kinds."""
    code = groups.codes[chosen[0]]
    size = groups.sizes[chosen[0]]
    for place in chosen[1:]:
        levels, code = np.unique(
            code * groups.sizes[place] + groups.codes[place], return_inverse=True
        )
        size = len(levels)
    return code, size
