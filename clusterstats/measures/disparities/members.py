"""Indices of values over the members of an axis: regions of an industry, industries of a region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, Kernel
from clusterstats.measures.run import infer
from clusterstats.measures.sides import Side
from clusterstats.tables import Grid
from clusterstats.tables.frames import as_lazy

__all__ = ["Over", "declared_over", "inferred", "masked", "relative_values"]

Over = Literal["region", "industry"]
ALL = "all"
PROCESS = "the index of the process that drew these regions"
NOTE = (
    "an intensive quantity has no establishments to draw; regions are resampled, with "
    "Bootstrap(unit='region', seed=...) or Jackknife(unit='region')"
)
WITHIN = (
    "the regions are keys or weights here; establishments are resampled, with Bootstrap(seed=...) "
    "or Jackknife()"
)


def along(kernel: Callable[..., Array], over: Over) -> Kernel:
    """The kernel of (..., member) on (..., region, industry), over one of the two axes."""

    def on_cells(x: Array, *, weight: Array | None = None, **groups: Codes) -> Array:
        if over == "industry":
            return kernel(x, np.ones(x.shape[-1]), **groups)
        members = np.swapaxes(x, -1, -2)
        weights = np.ones(x.shape[-2]) if weight is None else weight[..., None, :]
        return kernel(members, weights, **groups)

    return on_cells


def declared_over(
    name: str,
    kernel: Callable[..., Array],
    over: Over,
    formula: str,
    reference: str,
    **more: Any,
) -> Declaration:
    """The declaration of an index over regions, or over industries."""
    is_over_regions = over == "region"
    options = {**({} if is_over_regions else {"over": over}), **more.pop("options", {})}
    return Declaration(
        name=name,
        kernel=along(kernel, over),
        grain=("industry",) if is_over_regions else ("region",),
        formula=formula,
        reference=reference,
        neutral=None,
        estimand=PROCESS if is_over_regions else "the index, regions' mixes drawn",
        options=options,
        analytic_note="it is not linear in the values",
        is_biased=True,
        units=("region",) if is_over_regions else ("establishment", "cell"),
        has_null=False,
        uncertain_note=NOTE if is_over_regions else WITHIN,
        **more,
    )


def inferred(
    declared: Declaration,
    table: IntoTable,
    value: str,
    weight: str | None,
    inference: Inference | None,
    sides: dict[str, Side] | None = None,
) -> pd.DataFrame:
    """Measure; a table without industries is one, and the result has no key for it."""
    if weight is not None and declared.grain == ("region",):
        raise OptionError("weight= weighs regions; it does not go with over='industry'")
    beside = dict(sides or {}) | ({} if weight is None else {"weight": Side(weight)})
    if isinstance(table, Grid):
        return infer(declared, table, value, inference, sides=beside)
    frame = as_lazy(table)
    if "industry" in frame.collect_schema().names():
        return infer(declared, table, value, inference, sides=beside)
    single = frame.with_columns(industry=nw.lit(ALL))
    return infer(declared, single, value, inference, sides=beside).drop(columns="industry")


def relative_values(x: Array, weight: Array) -> tuple[Array, Array]:
    """Shares of the weight, and values relative to their weighted mean (1 without weight)."""
    share = np.broadcast_to(weight / weight.sum(axis=-1, keepdims=True), x.shape)
    relative = x / (share * x).sum(axis=-1, keepdims=True)
    return share, np.where(share == 0, 1.0, relative)  # so that 0 times infinity adds nothing


def masked(x: Array, index: Array) -> Array:
    """`nan` where a value is unknown, or all are 0."""
    return np.where(x.sum(axis=-1) > 0, index, np.nan)
