"""Covariance of rows that are pairs: those with a member in common go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance.clustered import FEW, factor_of, repaired, summed
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import t_df, used
from clusterstats.models.covariance.options import CovarianceOption
from clusterstats.models.covariance.periods import column_of
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.solution import Solution

__all__ = ["Dyadic", "dyadic"]


@dataclass(frozen=True)
class Dyadic(CovarianceOption):
    """Any correlation between pairs that have a member in common, none between others.

    `(X'WX)^-1 (sum over rows d, e with a member in common of s_d s_e') (X'WX)^-1` with scores `s`
    (Fafchamps and Gubert 2007). A pair of industries shares the shocks of each of its industries
    with all the other pairs they are in, so that errors of pairs that are robust, or clustered by
    one of the two columns, are too small. It is computed as the sum over members of the outer
    product of their rows' scores, less that over pairs, which are counted twice (the multiway
    decomposition of Aronow, Samii and Assenova 2015).

    Parameters
    ----------
    i, j : str, optional
        Columns of the two members, whose values name the same things: the industry `"film"` is one
        member in whichever column it stands. `pair_regression` fills them in.

    Raises
    ------
    OptionError
        Columns that are not named, or the same one twice.
    TableError
        A column that is not there, or blank in a row of the sample; numbers in one and text in the
        other; a single member.

    Warns
    -----
    ClusterstatsWarning
        Fewer than 42 members. A matrix with negative eigenvalues, which is repaired or left as the
        convention says.

    Notes
    -----
    Rows of the same pair, in either order or in several years, share both members and count once;
    a row that pairs a member with itself has one. Order does not matter.

    Small-sample factors are those of clusters, with members as the clusters: `(n - 1) / (n - K)`
    times `G / (G - 1)` under the default convention, where `K` leaves out fixed effects nested in
    a member; tests have `G - 1` degrees of freedom. `SmallSample(adjust_k=False, adjust_g=False)`
    gives the plain sandwich of the papers. For Poisson, logit and cloglog the scores are those of
    the likelihood, and tests are normal.

    The estimate needs many members, not many pairs, and members that are not all linked to one
    (Tabord-Meehan 2019).

    References
    ----------
    Fafchamps, M. and F. Gubert (2007). The formation of risk sharing networks. Journal of
    Development Economics 83, 326-350.

    Cameron, A. C. and D. L. Miller (2014). Robust inference for dyadic data. Working paper,
    University of California, Davis.

    Aronow, P. M., C. Samii and V. A. Assenova (2015). Cluster-robust variance estimation for
    dyadic data. Political Analysis 23, 564-577.

    Tabord-Meehan, M. (2019). Inference with dyadic data: asymptotic behavior of the dyadic-robust
    t-statistic. Journal of Business and Economic Statistics 37, 671-680.

    Examples
    --------
    >>> Dyadic("industry", "industry2")
    Dyadic(i='industry', j='industry2')
    """

    i: str | None = None
    j: str | None = None

    def __post_init__(self) -> None:
        if (self.i is None) != (self.j is None) or (self.i is not None and self.i == self.j):
            raise OptionError(
                f"Dyadic(i={self.i!r}, j={self.j!r}) needs two columns, one for each member of a "
                f"pair, as in Dyadic('industry', 'industry2')"
            )


def dyadic(solution: Solution, option: Dyadic, convention: SmallSample) -> Covariance:
    """Sums of scores by member, less those by pair."""
    first, second, size = _members(solution, option)
    if size < FEW:
        warn(
            f"standard errors rest on {size} members of pairs; below {FEW} they tend to be too "
            f"small: take them as a lower bound"
        )
    both = Effects((str(option.i), str(option.j)), (first, second), (size, size))
    k = used(solution, convention, both.codes)
    is_self = first == second
    scores = solution.scores
    by_member = summed(scores, first, size) + summed(scores[~is_self], second[~is_self], size)
    by_pair = _by_pair(scores[~is_self], first[~is_self], second[~is_self], size)
    meat = by_member.T @ by_member - by_pair.T @ by_pair
    factor = factor_of(solution, convention, k)
    members = size / (size - 1) if convention.adjust_g else 1.0
    matrix = solution.bread @ meat @ solution.bread * factor * members
    matrix, negative = repaired(matrix, convention, "dyadic")
    factors = {
        "K": float(k),
        "members": float(size),
        "pairs": float(len(by_pair)),
        "factor of K": factor,
        "G/(G-1)": members,
    }
    if negative:
        factors["negative eigenvalues set to 0"] = float(negative)
    df = t_df(solution, convention, k, both)
    return Covariance(matrix, df, f"dyadic-robust by {option.i} and {option.j}", factors)


def _members(solution: Solution, option: Dyadic) -> tuple[Codes, Codes, int]:
    """Codes of both members among all members, and how many these are."""
    if option.i is None or option.j is None:
        raise OptionError(
            "Dyadic() needs the columns of both members: Dyadic('industry', 'industry2')"
        )
    columns = [column_of(solution, name, "member of a pair") for name in (option.i, option.j)]
    kinds = [pd.api.types.is_numeric_dtype(column) for column in columns]
    if kinds[0] != kinds[1]:
        number, text = (option.i, option.j) if kinds[0] else (option.j, option.i)
        raise TableError(
            f"column {number!r} has numbers and {text!r} text: the same member would count as two; "
            f"make both of one kind"
        )
    n = len(columns[0])
    code, levels = pd.factorize(np.concatenate([c.to_numpy(dtype=object) for c in columns]))
    if len(levels) < 2:
        raise TableError(f"{option.i!r} and {option.j!r} have a single member: nothing varies")
    return code[:n].astype(np.intp), code[n:].astype(np.intp), len(levels)


def _by_pair(scores: Array, first: Codes, second: Codes, size: int) -> Array:
    """Sums of scores over the rows of each pair, whichever member stands first."""
    key = np.minimum(first, second) * size + np.maximum(first, second)
    levels, code = np.unique(key, return_inverse=True)
    return summed(scores, code, len(levels))
