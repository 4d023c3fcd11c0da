"""Hill numbers of regions: how many equal industries would be as diverse."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import inf, log

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer
from clusterstats.measures.specialization.separable import (
    SHANNON,
    Separable,
    Shown,
    scaled_analytic,
    scaled_index,
    shares,
)
from clusterstats.measures.specialization.structures import MIX

__all__ = ["hill_number"]


def _hill_ends(x: Array, *, order: float) -> Array:
    """The two orders that are no sum of powers: 0 counts, infinity inverts the largest share."""
    share = shares(x)
    if order == 0:
        count: Array = (share > 0).sum(axis=-1) + 0.0 * share.sum(axis=-1)
        return count
    largest: Array = 1 / share.max(axis=-1)
    return largest


def _powers(order: float) -> tuple[Separable, Shown]:
    """Sum of shares to a power, and the number of equal industries that gives it."""
    if order == 1:
        return SHANNON, Shown(np.exp, np.exp)
    index = Separable(
        term=lambda s: s**order,
        slope=lambda s: order * s ** (order - 1),
        curvature=lambda s: order * (order - 1) * s ** (order - 2),
    )
    root = 1 / (1 - order)
    return index, Shown(lambda t: t**root, lambda t: root * t ** (root - 1))


def _hill_declared(order: float) -> Declaration:
    """The declaration of one order."""
    made = Declaration(
        name="hill_number",
        kernel=partial(_hill_ends, order=order),
        grain=("region",),
        formula={
            0: "D = number of industries present",
            1: "D = exp(-sum_i s_ri ln s_ri)",
            inf: "D = 1 / max_i s_ri",
        }.get(order, f"D = (sum_i s_ri^{order:g})^(1 / (1 - {order:g}))"),
        reference="Hill 1973, eq. 3",
        neutral=None,
        bounds=(0.0, inf),
        limits=lambda _, industries: (1.0, float(industries)),
        estimand=f"the number of {MIX}",
        unit="industries",
        options={"order": order},
        analytic_note="a count and a largest share have no derivative",
        is_biased=True,
    )
    if order in (0, inf):
        return made
    index, shown = _powers(order)

    def limits(industries: int) -> tuple[float, float]:
        if order == 1:
            return 0.0, log(industries)
        ends = (1.0, float(industries) ** (1 - order))
        return min(ends), max(ends)

    return replace(
        made,
        kernel=partial(scaled_index, index=index, scaled=lambda _: shown),
        analytic=partial(scaled_analytic, index=index, scaled=lambda _: shown, limits=limits),
        analytic_powers=(1, 2),
        analytic_note="",
    )


@register(*(_hill_declared(order) for order in (1, 0, 2, inf)))
def hill_number(
    table: IntoTable,
    *,
    value: str = "employment",
    order: float = 1,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Effective number of industries of a region: that of equal ones with the same diversity.

    Order 0 counts industries, 1 is the exponential of the entropy, 2 the inverse of the
    Herfindahl index, infinity the inverse of the largest share: the higher, the less small
    industries count.

    .. math:: D_r = \Bigl(\sum_i s_{ri}^q\Bigr)^{1/(1-q)}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    order : float
        q, from 0 to infinity (``math.inf``).
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic` (not for orders 0 and infinity): delta method over the region's
        establishments. The others resample establishments. Of order 0 no interval tells how many
        industries were not seen.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError
        As in `location_quotient`.
    OptionError
        `order` is negative, or as in `location_quotient`.

    Notes
    -----
    An empty region is `nan` in its own row.

    References
    ----------
    Hill, M. O. (1973). Diversity and evenness: a unifying notation and its consequences. Ecology
    54, 427-432, eq. 3.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [50, 50, 0, 10]})
    >>> cs.hill_number(jobs, order=2)[["region", "estimate"]]
      region  estimate
    0      A       2.0
    1      B       1.0
    """
    if not order >= 0:
        raise OptionError(f"order={order!r} is not a number from 0 up")
    return infer(_hill_declared(order), table, value, inference)
