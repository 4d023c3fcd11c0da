"""CR1 by one kind of clusters, where something other than its t-tests is asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.clustered import cluster_codes, factor_of
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import used
from clusterstats.models.solution import Solution

__all__ = ["cr1", "ordered_clusters"]


def ordered_clusters(solution: Solution, name: str) -> Effects:
    """Clusters in the order of their labels, so that draws do not depend on the order of rows."""
    groups = cluster_codes(solution, (name,))
    code = np.zeros(solution.nobs, dtype=np.intp)
    for column in name.split("^"):
        part, levels = pd.factorize(solution.design.frame[column], sort=True)
        code = code * len(levels) + part
    ordered = np.unique(code, return_inverse=True)[1].astype(np.intp, copy=False)
    return Effects(groups.names, (ordered,), groups.sizes)


def cr1(
    solution: Solution, groups: Effects, convention: SmallSample
) -> tuple[Array, int, dict[str, float]]:
    """The matrix, the parameters counted, and the factors; few clusters bring no warning."""
    clusters = groups.sizes[0]
    k = used(solution, convention, groups.codes)
    sums = solution.summed_scores(groups.codes[0], clusters)
    scale = factor_of(solution, convention, k)
    scale *= clusters / (clusters - 1) if convention.adjust_g else 1.0
    matrix = solution.bread @ (sums.T @ sums) @ solution.bread * scale
    name = f"clusters {groups.names[0]}"
    return matrix, k, {"K": float(k), name: float(clusters), "factor of CR1": scale}
