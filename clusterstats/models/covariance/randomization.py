"""Randomization inference: a treatment permuted over those it might have been given to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.errors import OptionError, TableError
from clusterstats.models.absorption import Absorber
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.counting import t_df, used
from clusterstats.models.covariance.cr1 import cr1, ordered_clusters
from clusterstats.models.covariance.independent import robust
from clusterstats.models.covariance.inversion import TIE
from clusterstats.models.covariance.options import Robust
from clusterstats.models.covariance.periods import column_of
from clusterstats.models.covariance.resampling import RandomizationInference
from clusterstats.models.covariance.restricted import restricted
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.solution import Solution

__all__ = ["randomization"]

NUMBERS = 4_000_000
"""Most numbers in the permuted treatments that are held at once."""

ABSORBED = 1e-9
"""A treatment of which less than this share is left has no coefficient."""


def randomization(
    solution: Solution, option: RandomizationInference, convention: SmallSample
) -> Covariance:
    """p-value of a treatment by permutation; HC1 or CR1 for standard errors."""
    place = _place(solution, option.variable)
    if option.cluster is None:
        unit, count = np.arange(solution.nobs), solution.nobs
        plain = robust(solution, Robust("HC1"), convention)
        matrix, factors = plain.matrix, dict(plain.factors)
        df = t_df(solution, convention, used(solution, convention))
    else:
        groups = ordered_clusters(solution, option.cluster)
        unit, count = groups.codes[0], groups.sizes[0]
        matrix, k, factors = cr1(solution, groups, convention)
        df = t_df(solution, convention, k, groups)
    statistic = _statistic(solution, place, option, unit, count)
    treatment = solution.design.x[:, place]
    observed = abs(float(statistic(treatment[:, None])[0]))
    drawn = np.concatenate(
        [np.abs(statistic(some)) for some in _permuted(solution, option, treatment, unit)]
    )
    larger = int((drawn >= observed * (1 - TIE)).sum())
    size = len(solution.params)
    p_values, ends = np.full(size, np.nan), np.full((size, 2), np.nan)
    p_values[place] = (larger + 1) / (option.draws + 1)
    return Covariance(
        matrix,
        df,
        f"randomization of {option.variable} ({option.statistic}, {option.draws:,} draws)",
        factors | {"permutations": float(option.draws), "as large": float(larger)},
        p_values=p_values,
        conf_int=ends,
    )


def _place(solution: Solution, variable: str) -> int:
    """Which coefficient is the treatment's."""
    if solution.is_iv:
        raise OptionError(
            "RandomizationInference permutes a treatment, which an instrumented model has not at "
            "random; permute the instrument in the reduced form, or use WildBootstrap"
        )
    names = solution.design.names
    if variable not in names:
        raise OptionError(
            f"RandomizationInference permutes a term of the model, not {variable!r}; it has "
            f"{', '.join(map(repr, names))}"
        )
    word = re.compile(rf"(?<![\w.]){re.escape(variable)}(?![\w.])")
    beside = [name for name in names if name != variable and word.search(name)]
    if beside:
        raise OptionError(
            f"{variable!r} is in {', '.join(map(repr, beside))} too, which would have to change "
            f"with it; RandomizationInference permutes a variable that is in one term"
        )
    return names.index(variable)


@dataclass(frozen=True)
class _Statistic:
    """Coefficients or t-statistics of treatments (n, b), one step from the null.

    Rows are times the square roots of the weights `w`, which are those under the null.
    """

    absorber: Absorber
    root: Array
    others: Array
    residual: Array
    unit: Codes
    count: int
    is_t: bool

    def __call__(self, treatments: Array) -> Array:
        left = self.absorber.residual(np.asfortranarray(treatments)) * self.root[:, None]
        left = left - self.others @ (self.others.T @ left)
        size = (left**2).sum(axis=0)
        before = ((treatments * self.root[:, None]) ** 2).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (left.T @ self.residual) / size
            if self.is_t:
                scores = left * (self.residual[:, None] - left * found)
                if self.count < len(self.root):
                    scores = np.stack(
                        [np.bincount(self.unit, one, self.count) for one in scores.T], axis=1
                    )
                found = found * size / np.sqrt((scores**2).sum(axis=0))
        return np.where(size > ABSORBED**2 * before, found, np.inf)


def _statistic(
    solution: Solution, place: int, option: RandomizationInference, unit: Codes, count: int
) -> _Statistic:
    """The statistic, with the model estimated without the treatment."""
    kept = np.arange(len(solution.params)) != place
    if solution.family == "linear":
        x, w, u = solution.regressors, solution.w, solution.response
    else:
        x, w, u = restricted(solution, np.eye(len(kept))[place], 0.0)
    root = np.sqrt(w)
    others = np.linalg.qr(root[:, None] * x[:, kept])[0]
    residual = root * u
    residual = residual - others @ (others.T @ residual)
    absorber = solution.absorber
    if solution.family != "linear":
        absorber = Absorber(solution.design.effects, w)
    return _Statistic(absorber, root, others, residual, unit, count, option.statistic == "t")


def _permuted(
    solution: Solution, option: RandomizationInference, treatment: Array, unit: Codes
) -> Iterator[Array]:
    """Permuted treatments, a few columns at a time; a seed for each."""
    count = int(unit.max()) + 1
    value = _by_unit(treatment, unit, count, f"treatment {option.variable!r}", option)
    strata = np.zeros(count)
    if option.strata is not None:
        code = pd.factorize(column_of(solution, option.strata, "strata"))[0].astype(float)
        strata = _by_unit(code, unit, count, f"strata {option.strata!r}", option)
    base = np.argsort(strata, kind="stable")
    spread = np.diff(value[base])[np.diff(strata[base]) == 0]
    if not spread.any():
        raise TableError(
            f"treatment {option.variable!r} is the same throughout every stratum or the whole "
            f"sample: there is nothing to permute"
        )
    seeds = np.random.SeedSequence(option.seed).spawn(option.draws)
    step = max(NUMBERS // len(treatment), 1)
    for start in range(0, option.draws, step):
        columns = []
        for seed in seeds[start : start + step]:
            drawn = np.empty(count)
            drawn[base] = value[np.lexsort((np.random.default_rng(seed).random(count), strata))]
            columns.append(drawn[unit])
        yield np.stack(columns, axis=1)


def _by_unit(
    values: Array, unit: Codes, count: int, what: str, option: RandomizationInference
) -> Array:
    """The value of each cluster, the same in all its rows."""
    found = np.empty(count)
    found[unit] = values
    if (found[unit] != values).any():
        row_unit = int(unit[found[unit] != values][0])
        raise TableError(
            f"{what} differs within a cluster of {option.cluster!r} (number {row_unit + 1}); name "
            f"a column of clusters that share it"
        )
    return found
