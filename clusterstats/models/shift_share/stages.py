"""First stage and reduced form of a shift-share design, and what to know of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clusterstats._types import Array
from clusterstats.models.design import Design
from clusterstats.models.shift_share.exposure import Exposure
from clusterstats.models.solution import Solution
from clusterstats.models.terms import Terms

__all__ = ["SUM", "incomplete", "numbers", "stage"]

SUM = "share_sum"
"""The column that the sums of shares are given to formulas under."""


def stage(design: Design, response: str | None) -> Design:
    """The endogenous variable, or the response, on the controls and the instrument."""
    name = design.instruments[0]
    y = design.y if response is None else design.x[:, -1]
    formula = replace(
        design.formula,
        response=design.formula.response if response is None else response,
        endogenous="",
        instruments="",
    )
    return replace(
        design,
        formula=formula,
        y=y,
        x=np.concatenate([design.x[:, :-1], design.z], axis=1),
        names=(*design.names[:-1], name),
        z=np.empty((design.nobs, 0)),
        instruments=(),
        n_endogenous=0,
        terms=(design.terms[0], Terms((name,), design.z)),
    )


def numbers(exposure: Exposure, solution: Solution, sums: Array) -> dict[str, float]:
    """What `glance()` says of the design."""
    shares = exposure.matrix(solution.design.frame)
    weight = np.asarray(shares.T @ solution.w)
    part = weight / weight.sum()
    return {
        "shocks": int((weight > 0).sum()),
        "effective_shocks": 1 / float(part @ part),
        "shocks_without_shares": int((weight <= 0).sum()),
        "rows_without_shares": int((sums == 0).sum()),
        "share_sum_min": float(sums.min()),
        "share_sum_max": float(sums.max()),
    }


def incomplete(sums: Array) -> str:
    """What incomplete shares mean."""
    return (
        f"shares sum to between {sums.min():.4g} and {sums.max():.4g} and their sum is not "
        f"controlled for: the instrument also compares regions with more and with less exposure to "
        f"shocks; add {SUM} to the formula ({SUM}:C(year) with several years)"
    )
