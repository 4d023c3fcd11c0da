"""A shift-share regression seen from its shocks (Borusyak, Hull and Jaravel 2022)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from clusterstats._types import Array
from clusterstats.errors import TableError
from clusterstats.models.covariance.akm_parts import off
from clusterstats.models.shift_share.exposure import Exposure
from clusterstats.models.solution import Solution

__all__ = ["COLUMNS", "aggregated", "is_complete", "is_controlled", "shock_rows"]

COLUMNS = ("exposure", "outcome", "treatment")
"""What is added to the table of shocks."""

ROUNDING = 1e-6
"""Sums of shares are complete within this, and controlled for if no more variance is left."""

MISSING = "missing"


def aggregated(values: Array, shares: csr_array, w: Array) -> Array:
    """Averages of values (n,) over rows, weighted by their exposure to each shock, (shocks,)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((shares.T @ (w * values)) / (shares.T @ w))


def shock_rows(solution: Solution, exposure: Exposure, *, missing_industry: bool) -> pd.DataFrame:
    """A row a shock: exposure, outcome and treatment off the controls, averaged by exposure."""
    exposure.require_shocks()
    taken = [name for name in COLUMNS if name in exposure.shocks]
    if taken:
        raise TableError(
            f"the table of shocks has a column {taken[0]!r}, a name that is given to what is "
            f"averaged over regions; rename it"
        )
    frame, w = solution.design.frame, solution.w
    shares = exposure.matrix(frame)
    rows = _averages(solution, shares, exposure.shocks)
    if missing_industry:
        rest = _missing(exposure, frame, shares)
        rows = pd.concat([rows, _averages(solution, *rest)])
    rows["exposure"] = rows["exposure"] / w.sum()
    return rows[rows["exposure"] > 0].reset_index(drop=True)


def is_complete(sums: Array) -> bool:
    """Whether shares sum to 1 in every row."""
    return bool(np.abs(sums - 1).max() <= ROUNDING)


def is_controlled(sums: Array, solution: Solution) -> bool:
    """Whether the sum of the shares is a combination of controls and effects."""
    controls = solution.instruments[:, :-1]
    left = off(solution.absorber.residual(sums), controls, solution.w)
    return float((solution.w * left**2).sum()) <= ROUNDING * float((solution.w * sums**2).sum())


def _averages(solution: Solution, shares: csr_array, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the columns of `COLUMNS`; exposure not yet over the sum of weights."""
    w = solution.w
    both = np.column_stack([solution.response, solution.regressors[:, -1]])
    both = off(both, solution.instruments[:, :-1], w)
    return table.assign(
        exposure=np.asarray(shares.T @ w),
        outcome=aggregated(both[:, 0], shares, w),
        treatment=aggregated(both[:, 1], shares, w),
    )


def _missing(
    exposure: Exposure, frame: pd.DataFrame, shares: csr_array
) -> tuple[csr_array, pd.DataFrame]:
    """What is missing to 1, as an industry (one each year) whose shock is 0."""
    columns = exposure.columns
    rest = np.maximum(1 - np.asarray(shares.sum(axis=1)).ravel(), 0)
    rest[rest <= ROUNDING] = 0
    yearly = columns.year is not None and columns.year in exposure.shock_keys
    label = frame[columns.year] if yearly else pd.Series(0, index=frame.index)
    code, years = pd.factorize(label, sort=True)
    matrix = csr_array((rest, (np.arange(len(rest)), code)), shape=(len(rest), len(years)))
    table = pd.DataFrame(index=range(len(years)))
    for name, column in exposure.shocks.items():
        table[name] = 0 if pd.api.types.is_numeric_dtype(column) else MISSING
    table[columns.industry] = _no_industry(exposure.shocks[columns.industry])
    if yearly:
        table[columns.year] = years
    return matrix, table


def _no_industry(column: pd.Series) -> str | int:
    """A code that no industry has: `missing`, or 0 or the first whole number below it."""
    if not pd.api.types.is_numeric_dtype(column):
        return MISSING
    taken = set(column)
    return next(code for code in range(0, -len(taken) - 1, -1) if code not in taken)
