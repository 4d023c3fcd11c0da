"""Gini indices of regions: how uneven their location quotients are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer
from clusterstats.measures.specialization.structures import MIX

__all__ = ["gini_of_quotients", "gini_specialization"]


def gini_of_quotients(x: Array) -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    total = x.sum(axis=-2, keepdims=True)
    quotient = (x / x.sum(axis=-1, keepdims=True)) / (total / total.sum(axis=-1, keepdims=True))
    nowhere = np.broadcast_to(total == 0, x.shape)  # an industry that is nowhere has no quotient
    ordered = np.sort(np.where(nowhere, np.inf, quotient), axis=-1)
    n = (~nowhere).sum(axis=-1, keepdims=True)
    rank = np.arange(1, x.shape[-1] + 1)
    counted = rank <= n
    listed = np.where(counted, ordered, 0.0)
    mean = listed.sum(axis=-1, keepdims=True) / n
    apart = np.where(counted, rank * (listed - mean), 0.0).sum(axis=-1)
    index: Array = 2 / (n[..., 0] ** 2 * mean[..., 0]) * apart
    return index


GINI = Declaration(
    name="gini_specialization",
    kernel=gini_of_quotients,
    grain=("region",),
    formula="G = 2 / (n^2 mean LQ) sum_i k_i (LQ_ri - mean LQ), k_i the rank of LQ_ri",
    reference="Schaetzl 2000, Wirtschaftsgeographie 2, as in REAT's gini.spec",
    neutral=0.0,
    bounds=(0.0, 1.0),
    estimand=f"the index of {MIX}",
    analytic_note="its order of industries changes with the draw",
    is_biased=True,
)


@register(GINI)
def gini_specialization(
    table: IntoTable, *, value: str = "employment", inference: Inference | None = None
) -> pd.DataFrame:
    r"""Gini index of a region's location quotients, industries counted alike.

    0 where the region has the mix of the whole, near 1 where it has one small industry only. Each
    industry weighs the same, whatever its size: `krugman_specialization` weighs by size.

    .. math::
        G_r = \frac{2}{n^2 \overline{LQ}_r} \sum_i k_i (LQ_{ri} - \overline{LQ}_r)

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; `Analytic()` is refused.

    Notes
    -----
    An industry that the region has not counts with 0; one that is nowhere is left out of n. An
    empty region is `nan` in its own row. There is no factor n / (n - 1).

    References
    ----------
    Schätzl, L. (2000). Wirtschaftsgeographie 2: Empirie, 3rd ed.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.gini_specialization(jobs).round(3)[["region", "estimate"]]
      region  estimate
    0      A     0.258
    1      B     0.169
    """
    return infer(GINI, table, value, inference)
