"""Means of a response in bins of a variable, other variables held at their means."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from warnings import catch_warnings

import numpy as np
import pandas as pd
from scipy.stats import t as student

from clusterstats._types import Array, IntoTable
from clusterstats.errors import ClusterstatsWarning, OptionError, TableError, warn
from clusterstats.models.binned.bins import Bins, cut_at_quantiles
from clusterstats.models.covariance import (
    Covariance,
    CovarianceOption,
    Robust,
    SmallSample,
    convention_of,
    covariance_of,
)
from clusterstats.models.design import Design, design_of
from clusterstats.models.formula import parse
from clusterstats.models.linear import fit_linear
from clusterstats.models.solution import Solution
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["binned_means"]

BIN = "bin {}"


def binned_means(
    data: IntoTable,
    y: str,
    x: str,
    *,
    controls: str = "",
    bins: int = 20,
    by: str | None = None,
    weights: str | None = None,
    covariance: CovarianceOption | None = None,
    level: float = 0.95,
    convention: str | SmallSample = "fixest-0.13",
) -> pd.DataFrame:
    """Mean of a response in each bin of a variable, with controls held at their means.

    Parameters
    ----------
    data : table
        pandas, Polars, DuckDB, Arrow or a reader's frame.
    y, x : str
        Columns, or expressions such as `log(wage)`.
    controls : str
        The rest of a formula: `size + age | region + year`, with fixed effects behind the bar.
    bins : int
        Number of bins, 2 or more, cut at quantiles of `x` (by weight, where there are weights).
        Where quantiles coincide there are fewer, with a warning.
    by : str, optional
        A column of groups: a regression of its own for each, at its own means, in its own bins.
    weights : str, optional
        Column of weights.
    covariance : CovarianceOption, optional
        `Robust("HC1")` if not given.
    level : float
        Of the intervals, each for its own bin.
    convention : str or SmallSample
        Small-sample factors, as in `regress`.

    Returns
    -------
    DataFrame
        A row a bin: the group, `bin` (from 1), `x` (mean of `x` in the bin), `x_low`, `x_high`
        (its ends), `n`, `estimate`, `std_error`, `conf_low`, `conf_high`.

    Raises
    ------
    OptionError
        Fewer than 2 bins, instruments among the controls, a covariance that gives no matrix or,
        with fixed effects, one that needs leverages.
    TableError
        A column that is missing, an `x` with a single value or without variation within the fixed
        effects.

    Notes
    -----
    Least squares of `y` on an indicator for each bin, the controls and the fixed effects; a bin's
    estimate is its coefficient plus the controls and effects at their sample means (the
    covariate-adjusted binscatter of Cattaneo, Crump, Farrell and Feng 2024). `x` is not
    residualised: binning the residuals of `x`, as many programs do, gives another curve unless
    the relation is linear. Standard errors take the means of the controls as given.

    Rows with a blank are left out with a warning.

    References
    ----------
    Cattaneo, M. D., R. K. Crump, M. H. Farrell and Y. Feng (2024). On binscatter. American Economic
    Review 114, 1488-1514.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> towns = pd.DataFrame({"density": [1, 2, 3, 4], "wage": [1.0, 3.0, 4.0, 8.0]})
    >>> cs.binned_means(towns, "wage", "density", bins=2)[["x", "n", "estimate"]]
         x  n  estimate
    0  1.5  2       2.0
    1  3.5  2       6.0
    """
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 2:
        raise OptionError(f"bins={bins!r} must be a whole number, 2 or more")
    if not 0 < level < 1:
        raise OptionError(f"level={level!r} must lie between 0 and 1")
    option = Robust("HC1") if covariance is None else covariance
    parsed = parse(f"{y} ~ {controls or '1'}")
    if parsed.instruments:
        raise OptionError(f"controls={controls!r} have instruments; a binned mean takes none")
    effects = f" | {' + '.join(parsed.effects)}" if parsed.effects else ""
    rest = "" if parsed.regressors == "1" else f" + {parsed.regressors}"
    formula = f"{y} ~ {x}{rest}{effects}"
    small = convention_of(convention)

    def make(frame: IntoTable) -> pd.DataFrame:
        return _means(_design(formula, frame, weights, x), x, bins, (option, small, level))

    if by is None:
        return make(data)
    frame = collect(as_lazy(data))
    if by not in frame:
        raise TableError(f"no column {by!r}; the table has {', '.join(map(repr, frame.columns))}")
    if blank := int(frame[by].isna().sum()):
        warn(f"{blank:,} row(s) have a blank in {by!r} and are in no group: left out")
    parts = []
    for group, rows in frame.groupby(by, sort=True, observed=True):
        part = make(rows)
        part.insert(0, by, [group] * len(part))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _design(formula: str, frame: IntoTable, weights: str | None, x: str) -> Design:
    design = design_of(formula, frame, weights=weights)
    if x not in design.names:
        raise TableError(
            f"x={x!r} is not one column of numbers; it gives {', '.join(design.names)}"
        )
    if not design.has_constant:
        raise OptionError("controls take the constant away; bins need it: leave 0 or -1 out")
    return design


def _means(
    design: Design, x: str, bins: int, options: tuple[CovarianceOption, SmallSample, float]
) -> pd.DataFrame:
    """The rows of one group."""
    option, small, level = options
    values = design.x[:, design.names.index(x)]
    cut = cut_at_quantiles(values, design.weights, bins, x)
    try:
        solution = fit_linear(_binned(design, x, cut))
    except TableError as error:
        raise TableError(f"bins of x={x!r}: {error}") from None
    lost = [name for name in _bin_names(cut) if name not in solution.design.names]
    if lost:
        raise TableError(
            f"x={x!r} does not vary apart from the controls or within the fixed effects "
            f"({lost[0]} is a combination of them); leave some out, or use fewer bins"
        )
    estimate, errors, df = _estimates(solution, cut, option, small)
    half = student.ppf((1 + level) / 2, df) * errors
    table = pd.DataFrame(
        {
            "bin": np.arange(1, len(cut.n) + 1),
            "x": cut.mean,
            "x_low": cut.low,
            "x_high": cut.high,
            "n": cut.n.astype(int),
            "estimate": estimate,
            "std_error": errors,
            "conf_low": estimate - half,
            "conf_high": estimate + half,
        }
    )
    table.attrs["definition"] = (
        f"mean of {design.formula.response} in bins of {x}, other regressors and effects at their "
        f"means (Cattaneo, Crump, Farrell and Feng 2024)"
    )
    return table


def _bin_names(cut: Bins) -> list[str]:
    """Names of the indicators: the first bin has none."""
    return [BIN.format(place) for place in range(2, len(cut.n) + 1)]


def _binned(design: Design, x: str, cut: Bins) -> Design:
    """The design with indicators of bins in the place of the variable."""
    place = design.names.index(x)
    others = [name for name in range(len(design.names)) if name != place]
    constant = [name for name in others if design.names[name] == "Intercept"]
    rest = [name for name in others if name not in constant]
    indicators = (cut.code[:, None] == np.arange(1, len(cut.n))).astype(float)
    names = [design.names[name] for name in constant], [design.names[name] for name in rest]
    return replace(
        design,
        x=np.concatenate([design.x[:, constant], indicators, design.x[:, rest]], axis=1),
        names=(*names[0], *_bin_names(cut), *names[1]),
    )


def _estimates(
    solution: Solution, cut: Bins, option: CovarianceOption, small: SmallSample
) -> tuple[Array, Array, float]:
    """Estimates at the means, their standard errors, and degrees of freedom.

    With `b` the coefficients of bins and `s` their shares, the mean at bin `j` is
    `mean(y) + b_j - s'b`, since residuals have mean 0.
    """
    design = solution.design
    first = design.names.index(BIN.format(2))
    size = len(cut.n) - 1
    contrast = np.vstack([np.zeros(size), np.eye(size)]) - cut.share[1:]
    mean = float(np.average(design.y, weights=solution.w))
    estimate = mean + contrast @ solution.params[first : first + size]
    plain = covariance_of(solution, option, small)
    _require_matrix(plain, option, bool(design.effects.codes))
    with catch_warnings(action="ignore", category=ClusterstatsWarning):  # said once, above
        matrix = _with_mean(solution, mean, option, small)
    start = 0 if design.effects.codes else first - 1
    places = [*range(start, start + size), len(matrix) - 1]
    within = matrix[np.ix_(places, places)]
    if design.effects.codes:  # the mean and the effects count the constant twice
        within *= plain.matrix[first, first] / within[0, 0]
    weights = np.column_stack([contrast, np.ones(size + 1)])
    variance = np.einsum("bi,ij,bj->b", weights, within, weights)
    with np.errstate(invalid="ignore"):
        return np.asarray(estimate), np.asarray(np.sqrt(variance)), float(plain.df[first])


def _require_matrix(plain: Covariance, option: Any, has_effects: bool) -> None:
    """Raise for covariances that give no standard errors of combinations here."""
    if plain.conf_int is not None:
        raise OptionError(f"{plain.name} gives no matrix; use Robust('HC1') or Clustered('region')")
    kind = str(getattr(option, "kind", getattr(option, "correction", "")))
    if has_effects and kind in ("HC2", "HC3", "HC4", "HC5", "CR2", "CR3"):
        raise OptionError(
            f"{kind} of binned means is made without fixed effects only; use Robust('HC1') or "
            f"Clustered(..., correction='CR1')"
        )


def _with_mean(
    solution: Solution, mean: float, option: CovarianceOption, small: SmallSample
) -> Array:
    """Covariance of the coefficients but the constant, and of the mean response at the end.

    The same regression about the means of its regressors, so that its constant is the mean.
    """
    names = solution.design.names
    kept = [place for place, name in enumerate(names) if name != "Intercept"]
    about = solution.x[:, kept]
    about = about - np.average(about, axis=0, weights=solution.w)
    x = np.column_stack([about, np.ones(len(about))])
    weighted = x * solution.w[:, None]
    design = replace(
        solution.design, x=x, names=(*(names[place] for place in kept), "mean of the response")
    )
    centred = replace(
        solution,
        design=design,
        params=np.append(solution.params[kept], mean),
        x=x,
        regressors=x,
        instruments=x,
        bread=np.asarray(np.linalg.inv(x.T @ weighted), dtype=float),
    )
    return covariance_of(centred, option, small).matrix.copy()
