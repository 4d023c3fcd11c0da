"""Regressions of pairs of industries: why they are found together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import TableError
from clusterstats.models.covariance import CovarianceOption, convention_of
from clusterstats.models.covariance.dyadic import Dyadic
from clusterstats.models.design import Design, design_of
from clusterstats.models.fit import Fit
from clusterstats.models.linear import fit_linear
from clusterstats.models.prediction import predicted
from clusterstats.models.regress import fit_of
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["PairFit", "pair_regression"]

I, J = "industry", "industry2"  # noqa: E741 (as in the papers)


@dataclass(frozen=True, kw_only=True, repr=False)
class PairFit(Fit):
    """A regression of pairs, from `pair_regression`.

    Attributes
    ----------
    title, response, names, estimates, covariance, nobs, statistics, notes : as in `Fit`
    residual_values, fitted_values, index, solution, convention, asked : as in `Fit`
    scales : mapping of str to float
        What variables were divided by; empty where they were not.
    """

    scales: Mapping[str, float] = field(default_factory=dict)

    def predict(self, data: IntoTable | None = None) -> pd.Series:
        """Expected response, of the rows used or of others.

        Parameters
        ----------
        data : table, optional
            Rows with the variables of the model, not divided by anything.

        Returns
        -------
        Series
            Indexed by row; in standard deviations of the response where variables were scaled.
        """
        if data is None or self.solution is None:
            return super().predict(data)
        scale = np.array([self.scales.get(name, 1.0) for name in self.names])
        design = replace(self.solution.design, x=self.solution.design.x * scale)
        plain = replace(self.solution, design=design, params=self.solution.params / scale)
        return predicted(plain, data)


def pair_regression(
    formula: str,
    data: IntoTable,
    *,
    i: str = I,
    j: str = J,
    time: str | None = None,
    covariance: CovarianceOption | None = None,
    standardize: bool = False,
    weights: str | None = None,
) -> PairFit:
    """Regression over pairs of industries, with errors that industries share.

    The regression of Ellison, Glaeser and Kerr (2010): how much two industries coagglomerate, on
    what they share by Marshall's three reasons: workers of the same occupations, goods they buy
    from and sell to each other, and ideas. `pair_table` makes the table from `coagglomeration`.

    Parameters
    ----------
    formula : str
        `coagglomeration ~ labor + input_output + ideas`, with fixed effects and instruments as in
        `regress` (they instrument US proxies by those of the United Kingdom).
    data : table
        A row a pair, in one order only; with `time` a row a pair and period.
    i, j : str
        Columns of the two industries.
    time : str, optional
        Column of periods.
    covariance : CovarianceOption, optional
        `Dyadic(i, j)` if not given: pairs with an industry in common go together. Any of `regress`;
        `Dyadic()` takes its columns from here.
    standardize : bool
        Divide response, regressors and instruments by their standard deviations over the rows
        used, as in the paper's tables: a coefficient is then the change in standard deviations of
        the response with one of the regressor. Variables of 0 and 1 and constants stay as they
        are. It does not allow for these deviations being estimates.
    weights : str, optional
        Column of weights.

    Returns
    -------
    PairFit
        A `Fit`, with the `scales` variables were divided by.

    Raises
    ------
    TableError
        A pair that is there twice, in whichever order; an industry paired with itself; a blank
        industry.
    OptionError
        As in `regress`.

    Notes
    -----
    Rows with a blank are left out, counted and warned of. `Robust("HC1")` takes pairs to be
    independent, which those of the same industry are not: its errors are too small.

    References
    ----------
    Ellison, G., E. L. Glaeser and W. R. Kerr (2010). What causes industry agglomeration? Evidence
    from coagglomeration patterns. American Economic Review 100, 1195-1213.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> names = [f"{number:02d}" for number in range(45)]
    >>> pairs = pd.DataFrame(
    ...     [(a, b) for a in names for b in names if a < b], columns=["industry", "industry2"]
    ... )
    >>> pairs["labor"] = np.cos(np.arange(len(pairs)))
    >>> pairs["coagglomeration"] = 0.1 * pairs["labor"] + np.sin(np.arange(len(pairs)) ** 2)
    >>> fit = cs.pair_regression("coagglomeration ~ labor", pairs)
    >>> fit.covariance.name
    'dyadic-robust by industry and industry2'
    """
    frame = collect(as_lazy(data))
    _require_pairs(frame, i, j, time)
    design = design_of(formula, frame, weights=weights)
    scales: dict[str, float] = {}
    if standardize:
        design, scales = _scaled(design)
    option = Dyadic(i, j) if covariance is None or covariance == Dyadic() else covariance
    fit = fit_of(fit_linear(design), option, convention_of("fixest-0.13"))
    shared = {item.name: getattr(fit, item.name) for item in fields(Fit)}
    return PairFit(**shared, scales=scales)


def _require_pairs(frame: pd.DataFrame, i: str, j: str, time: str | None) -> None:
    """Raise unless rows are pairs of two industries, each there once."""
    wanted = [i, j, *([time] if time is not None else [])]
    for column in wanted:
        if column not in frame:
            listed = ", ".join(map(repr, frame.columns))
            raise TableError(f"no column {column!r}; the table has {listed}")
        if (blank := frame[column].isna()).any():
            raise TableError(
                f"column {column!r} is blank in {int(blank.sum()):,} row(s), first row "
                f"{frame.index[blank][0]}; leave those rows out"
            )
    own = (frame[i] == frame[j]).to_numpy()
    if own.any():
        raise TableError(
            f"{int(own.sum()):,} row(s) pair an industry with itself, first "
            f"{frame.loc[own, i].iloc[0]!r}; leave them out"
        )
    low, high = _low_high(frame, i, j)
    keys = pd.DataFrame({"low": low, "high": high}, index=frame.index)
    if time is not None:
        keys["time"] = frame[time]
    repeated = keys.duplicated()
    if repeated.any():
        first = tuple(keys[repeated].iloc[0].tolist())
        raise TableError(
            f"{int(repeated.sum()):,} pair(s) are there more than once, in one order or the other, "
            f"first {first}; keep one row of each (pair_table combines both orders), or name the "
            f"column of periods in time="
        )


def _low_high(frame: pd.DataFrame, i: str, j: str) -> tuple[Array, Array]:
    """Both members in an order that does not depend on the column."""
    a, b = frame[i].to_numpy(dtype=object), frame[j].to_numpy(dtype=object)
    number, names = pd.factorize(np.concatenate([a, b]))
    first, second = number[: len(a)], number[len(a) :]
    return names[np.minimum(first, second)], names[np.maximum(first, second)]


def _scaled(design: Design) -> tuple[Design, dict[str, float]]:
    """Response, regressors and instruments over their standard deviations."""
    x, of_x = _divided(design.x)
    z, of_z = _divided(design.z)
    of_y = float(design.y.std(ddof=1))
    if not of_y > 0:
        raise TableError(f"{design.formula.response!r} does not vary: it has no deviation of 1")
    scales = {design.formula.response: of_y}
    scales |= dict(zip(design.instruments, of_z, strict=True))
    scales |= dict(zip(design.names, of_x, strict=True))
    return replace(design, y=design.y / of_y, x=x, z=z), scales


def _divided(columns: Array) -> tuple[Array, list[float]]:
    """Columns over their standard deviations, but for those of 0 and 1 and constants."""
    spread = [float(column.std(ddof=1)) for column in columns.T]
    scale = [
        1.0 if np.isin(column, (0.0, 1.0)).all() or not size > 0 else size
        for column, size in zip(columns.T, spread, strict=True)
    ]
    return columns / np.array(scale), scale
