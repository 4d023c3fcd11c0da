"""Expected responses of rows that were not in the sample."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.models.solution import Solution
from clusterstats.models.terms import again
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["predicted", "response_of"]


def predicted(solution: Solution, data: IntoTable) -> pd.Series:
    """Linear predictor of other rows, with their fixed effects, on the scale of the response."""
    design = solution.design
    frame = collect(as_lazy(data))
    made = [again(terms, frame, design.panel) for terms in design.terms if terms.names]
    every = [name for terms in design.terms for name in terms.names]
    together = np.concatenate(made, axis=1) if made else np.empty((len(frame), 0))
    places = [every.index(name) for name in design.names]
    linear = together[:, places] @ solution.params + _effects(solution, frame)
    return pd.Series(response_of(solution.family, linear), frame.index, name="prediction")


def response_of(family: str, linear: Array) -> Array:
    """From the linear predictor to the expected response."""
    with np.errstate(over="ignore"):
        if family == "poisson":
            return np.asarray(np.exp(linear))
        if family == "logit":
            return np.asarray(1 / (1 + np.exp(-linear)))
        if family == "cloglog":
            return np.asarray(-np.expm1(-np.exp(linear)))
    return linear


def _effects(solution: Solution, frame: pd.DataFrame) -> Array:
    """Sum of the fixed effects of rows; `nan` at a level that the sample did not have."""
    design = solution.design
    total = np.zeros(len(frame))
    if not design.effects.codes:
        return total
    numbers = solution.absorber.coefficients(solution.linear - design.x @ solution.params)
    for name, code, values in zip(design.effects.names, design.effects.codes, numbers, strict=True):
        columns = name.split("^")
        known = design.frame[columns].assign(_effect=values[code]).drop_duplicates(columns)
        merged = frame[columns].merge(known, on=columns, how="left", validate="many_to_one")
        total += merged["_effect"].to_numpy()
    return total
