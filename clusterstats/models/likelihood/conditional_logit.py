"""Conditional logit: choices among alternatives, or binary responses given each group's total."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.absorption import Absorber
from clusterstats.models.covariance import Classical, Clustered, CovarianceOption, Robust
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.design import Design, design_of
from clusterstats.models.fit import Fit
from clusterstats.models.formula import parse
from clusterstats.models.likelihood.conditional import Maximum, maximum
from clusterstats.models.likelihood.irls import identified
from clusterstats.models.likelihood.separation import uniform_levels

__all__ = ["conditional_logit"]


def conditional_logit(
    formula: str,
    data: IntoTable,
    *,
    group: str,
    covariance: CovarianceOption | None = None,
) -> Fit:
    """Logit given how many responses of each group are 1 (McFadden 1974; Chamberlain 1980).

    The effects of groups drop out of the likelihood, so that coefficients have none of the bias
    that a logit with a dummy for each group has. With one chosen row in each group it is McFadden's
    model of choice among alternatives::

        P(i chosen in g) = exp(x_i b) / sum over j in g of exp(x_j b)

    and with several, the same over all ways of choosing so many rows (Chamberlain).

    Parameters
    ----------
    formula : str
        `chosen ~ cost + time`, as in `regress`, without effects and instruments. Regressors that
        do not vary within groups are left out, with a warning: interact them with alternatives.
    data : table
        A row for each alternative of each group; pandas, Polars, DuckDB, Arrow or a reader's frame.
    group : str
        Column that says who chooses (or which firm, in a panel); `a^b` is a group for each pair.
    covariance : Classical, Robust or Clustered, optional
        `Classical()`, the inverse Hessian, if not given. `Robust("HC0")` sums scores by group,
        since its rows go together, and `Robust("HC1")` multiplies that by `G / (G - 1)`.
        `Clustered("column")` sums them over larger clusters, in which groups are nested, with
        `G / (G - 1)` of those (not with `correction="CR0"`).

    Returns
    -------
    Fit
        With `tidy()`, `glance()`, `test()`, `summary()`. Tests are normal. `glance()` has
        `log_likelihood`, `null_log_likelihood` (all coefficients 0), `pseudo_r_squared`, `groups`
        and the rows dropped.

    Raises
    ------
    TableError
        A response that is not 0 or 1 (or False or True), no group with variation, a regressor
        that predicts choices perfectly, or clusters that cut through groups.
    OptionError
        A formula with effects or instruments, or a covariance that has no meaning here.

    Notes
    -----
    Groups whose rows are all 0, or all 1, say nothing of coefficients: they are left out, with a
    warning, and counted in `glance()` as `dropped no variation`. Rows with a blank are left out
    too, which takes that alternative out of the group's choice. Computing time grows with the
    number of groups, and with the square of rows in groups that have several 1s.

    References
    ----------
    McFadden, D. (1974). Conditional logit analysis of qualitative choice behavior. In *Frontiers
    in Econometrics*, 105-142. Equation 12.
    Chamberlain, G. (1980). Analysis of covariance with qualitative data. *Review of Economic
    Studies* 47, 225-238.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> trips = pd.DataFrame(
    ...     {
    ...         "person": [1, 1, 2, 2, 3, 3, 4, 4],
    ...         "cost": [1.0, 3.0, 2.0, 1.0, 2.0, 5.0, 4.0, 1.0],
    ...         "chosen": [1, 0, 0, 1, 0, 1, 0, 1],
    ...     }
    ... )
    >>> fit = cs.conditional_logit("chosen ~ cost", trips, group="person")
    >>> fit.tidy()[["term", "estimate", "std_error"]].round(4)
       term  estimate  std_error
    0  cost   -0.2733     0.4474
    """
    parsed = parse(formula)
    if parsed.effects or parsed.endogenous:
        raise OptionError(
            f"formula {formula!r} has effects or instruments; conditional_logit takes the effects "
            f"of group={group!r} alone, and no instruments"
        )
    option = _allowed(covariance)
    regressors = formula.split("|")[0]
    design = _with_variation(design_of(f"{regressors} | {group}", data))
    design, x = identified(design, Absorber(design.effects).residual(design.x), None)
    clusters = _clusters(design, option)
    scale = np.sqrt((x**2).mean(axis=0))
    best = maximum(design, x / scale)
    factors: dict[str, float] = {}
    if isinstance(option, Classical):
        matrix, name = best.bread, "classical (inverse Hessian)"
    else:
        matrix, name, factors = _sandwich(best, option, clusters)
    made = Covariance(matrix / np.outer(scale, scale), np.full(len(scale), np.inf), name, factors)
    return Fit(
        title="Conditional logit",
        response=parsed.response,
        names=design.names,
        estimates=best.params / scale,
        covariance=made,
        nobs=design.nobs,
        statistics=_statistics(design, best),
        notes=tuple(f"{name} left out: {why}" for name, why in design.omitted.items()),
    )


def _allowed(covariance: CovarianceOption | None) -> CovarianceOption:
    """The covariance, if it has a meaning for groups."""
    option = Classical() if covariance is None else covariance
    is_plain = isinstance(option, Classical)
    is_plain |= isinstance(option, Robust) and option.kind in ("HC0", "HC1")
    if isinstance(option, Clustered):
        is_plain = len(option.columns) == 1 and option.correction in ("CR0", "CR1")
    if not is_plain:
        raise OptionError(
            f"covariance={covariance!r} is not defined for a conditional logit; use Classical(), "
            f"Robust('HC0' or 'HC1'), which sum scores by group, or Clustered('column')"
        )
    return option


def _with_variation(design: Design) -> Design:
    """Leave out groups whose responses are all 0 or all 1."""
    name, other = design.formula.response, ~np.isin(design.y, (0, 1))
    if other.any():
        row = int(np.flatnonzero(other)[0])
        raise TableError(
            f"response {name!r} must be 0 or 1: row {design.frame.index[row]} has "
            f"{design.y[row]:g}; write I({name} == value) for a comparison"
        )
    gone = uniform_levels(design.effects, design.y, [0.0, 1.0])
    (group,) = design.effects.names
    if gone.all():
        raise TableError(f"response {name!r} does not vary within any {group!r}")
    if gone.any():
        warn(f"{int(gone.sum()):,} row(s) left out: {name!r} does not vary within their {group!r}")
    return design.kept(~gone, "no variation")


def _clusters(design: Design, option: CovarianceOption) -> Codes:
    """The cluster of each group."""
    (code,), (size,) = design.effects.codes, design.effects.sizes
    if not isinstance(option, Clustered):
        return np.arange(size)
    (column,) = option.columns
    if column not in design.frame or design.frame[column].isna().any():
        raise TableError(f"cluster column {column!r} is missing, or blank in some row")
    own = pd.factorize(design.frame[column])[0]
    clusters = np.zeros(size, dtype=np.intp)
    clusters[code] = own
    if (clusters[code] != own).any():
        raise TableError(
            f"cluster column {column!r} changes within a {design.effects.names[0]!r}, whose rows "
            f"go together; cluster by it or by something larger"
        )
    if clusters.max() < 1:
        raise TableError(f"cluster column {column!r} has a single cluster; at least 2 are needed")
    return clusters


def _sandwich(
    best: Maximum, option: CovarianceOption, clusters: Codes
) -> tuple[Array, str, dict[str, float]]:
    """Robust covariance from scores summed by cluster."""
    count = int(clusters.max()) + 1
    sums = np.stack([np.bincount(clusters, column, count) for column in best.scores.T], axis=1)
    plain = getattr(option, "kind", "") == "HC0" or getattr(option, "correction", "") == "CR0"
    factor = 1.0 if plain else count / (count - 1)
    if isinstance(option, Clustered):
        name = f"clustered by {option.columns[0]} ({option.correction})"
    else:
        name = f"robust by group ({getattr(option, 'kind', '')})"
    matrix = best.bread @ (sums.T @ sums) @ best.bread * factor
    return matrix, name, {"G": float(count), "factor": factor}


def _statistics(design: Design, best: Maximum) -> dict[str, Any]:
    """The statistics of `glance()`."""
    found: dict[str, Any] = {
        "log_likelihood": best.llf,
        "null_log_likelihood": best.null_llf,
        "pseudo_r_squared": 1 - best.llf / best.null_llf,
        "groups": design.effects.sizes[0],
        "rows_dropped": sum(design.dropped.values()),
    }
    found |= {f"dropped {reason}": count for reason, count in design.dropped.items()}
    return found | {"variables_dropped": len(design.omitted)}
