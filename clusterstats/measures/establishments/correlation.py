"""Correlation over regions of where industries are."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable, Mask
from clusterstats.errors import require_choice
from clusterstats.inference.intervals import Pivot
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.establishments.pairs import require_room
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["location_correlation"]

Of = Literal["employment", "region_shares", "location_quotients"]
CONSTANT = 1e-12  # a spread below this share of the largest value is rounding
EDGE = 1 - 1e-9  # keeps a perfect correlation finite on Fisher's scale
FISHER = Pivot(lambda r: np.arctanh(np.clip(r, -EDGE, EDGE)), np.tanh)


def _location_correlation(x: Array, *, of: str) -> Array:
    """x: values (..., region, industry) -> (..., industry, industry)."""
    size = x.sum(axis=-1, keepdims=True)
    is_counted = np.ones_like(size, dtype=bool)
    if of == "region_shares":
        x = x / x.sum(axis=-2, keepdims=True)
    elif of == "location_quotients":
        is_counted = size != 0
        x = x / np.where(is_counted, size, 1.0) / x.sum(axis=-2, keepdims=True)
    z = _standardized(x, is_counted)
    correlation: Array = np.swapaxes(z, -1, -2) @ z
    return np.clip(correlation, -1, 1)


def _standardized(x: Array, is_counted: Mask) -> Array:
    """Deviations from the mean over the regions counted, scaled to squares that sum to 1."""
    n = is_counted.sum(axis=-2, keepdims=True)
    mean = np.sum(x, axis=-2, keepdims=True, where=is_counted) / n
    deviation = np.where(is_counted, x - mean, 0.0)
    length = np.sqrt((deviation**2).sum(axis=-2, keepdims=True))
    largest = np.abs(x).max(axis=-2, keepdims=True)
    return deviation / np.where(length <= CONSTANT * n * largest, np.nan, length)


PULLED = (
    "plants drawn by chance pull a correlation of sizes toward 0, and away from 1 where industries "
    "follow regions' size, so that no interval by establishment or cell held the truth 90 times "
    "in 100 in simulations (docs: inference) and conf_low and conf_high are left blank"
)
WHAT: dict[Of, tuple[str, str]] = {
    "employment": ("e_ri", "Porter 2003"),
    "region_shares": ("s_ri = e_ri / e_i", "Ellison, Glaeser and Kerr 2010"),
    "location_quotients": (
        "LQ_ri = (e_ri / e_r) / (e_i / e), empty regions left out",
        "Porter 2003; Delgado, Porter and Stern 2016",
    ),
}


def _declared(of: Of) -> Declaration:
    """The declaration for what is correlated."""
    what, paper = WHAT[of]
    return Declaration(
        name="location_correlation",
        kernel=partial(_location_correlation, of=of),
        grain=("industry", "industry2"),
        formula=f"Pearson correlation over regions of industries' {what}",
        reference=paper,
        neutral=None,
        bounds=(-1.0, 1.0),
        estimand="the correlation of what the two industries' plants are drawn from in each region",
        options={"of": of},
        pivot=FISHER,
        analytic_note="regions are neither normal nor of one size",
        is_biased=True,
        needs_full_cells=True,
        unreliable="" if of == "location_quotients" else PULLED,
    )


DECLARED = {of: _declared(of) for of in WHAT}


@register(*DECLARED.values())
def location_correlation(
    table: IntoTable,
    *,
    value: str = "employment",
    of: Of = "employment",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Correlation over regions of two industries' employment, shares or location quotients.

    The locational correlation behind cluster definitions: industries that rise and fall together
    over regions. Employment correlates in large regions by their size alone; location quotients
    do not.

    .. math:: r_{ab} = \operatorname{corr}_r (y_{ra}, y_{rb})

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    of : {"employment", "region_shares", "location_quotients"}
        y: the values; each region's share of the industry, which has the same correlation; or
        location quotients.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        `Bootstrap(unit="region")` for an interval that generalizes over regions; by
        establishment for one about these regions, where few plants pull the correlation toward 0
        (``bias_corrected`` says how far). `MonteCarlo` gives the correlation by chance, which is
        not 0 for employment, and its p-value. Intervals are made on Fisher's scale.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``industry2`` (each pair once), ``measure``, ``estimate``
        and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; `Analytic()` is refused, and draws of more pairs than fit in
        memory.

    Notes
    -----
    Zeros count: a region without the industry is a 0, one without any industry too, except for
    location quotients, which it does not have. An industry that is the same everywhere, or
    nowhere, is `nan` in its own pairs; so is one with an unknown cell.

    References
    ----------
    Porter, M. E. (2003), Regional Studies 37, 549-578. Delgado, M., Porter, M. E. and Stern, S.
    (2016), Journal of Economic Geography 16, 1-38.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": list("ABC") * 2, "industry": ["film"] * 3 + ["games"] * 3,
    ...                      "employment": [60, 30, 10, 50, 40, 0]})
    >>> cs.location_correlation(jobs)[["industry", "industry2", "estimate"]].round(3)
      industry industry2  estimate
    0     film     games     0.901
    """
    require_choice("of", of, list(WHAT))
    grid = Grid.of(table, (value,))
    require_room(DECLARED[of], grid, inference)
    return infer(DECLARED[of], grid, value, inference)
