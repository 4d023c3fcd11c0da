"""The cluster index: density, stock and size of an industry's establishments at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.location.quotient import ROOT
from clusterstats.measures.run import infer
from clusterstats.measures.sides import Side

__all__ = ["litzenberger_sternberg"]


def _litzenberger_sternberg(x: Array, count: Array, *, area: Array, population: Array) -> Array:
    """Moments (..., region, industry) -> same shape; sizes (..., region).

    Jobs of the stock cancel against those of the size of plants, so that no job means 0, not 0/0.
    """
    return _relative(x, area) * _relative(count, population)


def _relative(x: Array, size: Array) -> Array:
    """Region's share of the industry over its share of a size; `nan` where it has none."""
    share = size / size.sum(axis=-1, keepdims=True)
    share = np.where(share > 0, share, np.nan)
    relative: Array = x / x.sum(axis=-2, keepdims=True) / share[..., None]
    return relative


CLUSTER_INDEX = Declaration(
    name="litzenberger_sternberg",
    kernel=_litzenberger_sternberg,
    grain=("region", "industry"),
    formula="CI = ID IS / BG, ID = (e_ri / a_r) / (e_i / a), IS = (e_ri / p_r) / (e_i / p), "
    "BG = (e_ri / b_ri) / (e_i / b_i); 0 where e_ri = 0",
    reference="Litzenberger and Sternberg 2006",
    neutral=None,
    bounds=(0.0, np.inf),
    estimand="the index of the expected employment and establishments of the region, area and "
    "population held fixed",
    powers=(1, 0),
    options={"area": "area_km2", "population": "population"},
    pivot=ROOT,
    analytic_note="it is a product of sums over the same establishments",
    resampling_note=(
        "resampling sees only the plants that happen to be in a region, so with few plants these "
        "intervals are too short"
    ),
    is_biased=True,
)


@register(CLUSTER_INDEX)
def litzenberger_sternberg(
    table: IntoTable,
    *,
    value: str = "employment",
    area: str = "area_km2",
    population: str = "population",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Cluster index: an industry's density by area and by people, over the size of its plants.

    1 in a region like the whole. Many small plants score higher than one large plant with as
    many jobs.

    .. math::
        CI = \frac{ID \cdot IS}{BG},\quad ID = \frac{e_{ri} / a_r}{e_i / a},\quad
        IS = \frac{e_{ri} / p_r}{e_i / p},\quad BG = \frac{e_{ri} / b_{ri}}{e_i / b_i}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) with ``establishments``, or establishments, with the
        area and population of each region.
    value : str
        Additive column: ``"employment"``, ...
    area, population : str
        Columns with each region's area and inhabitants (one value for each region and year).
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments resampled with all their years, area and population held fixed. Jobs and
        plants enter as a product, which chance pushes up in small cells: ``bias_corrected``.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry``, ``measure``, ``estimate`` and the inference
        columns; p-values only from `MonteCarlo`, since 1 is no value of independence.

    Raises
    ------
    TableError
        A column is missing, a region has several areas or populations or none, or establishments
        are not counted.
    OptionError
        `Analytic()` is refused.

    Notes
    -----
    0 where the region has none of the industry; `nan` where the industry is nowhere, or the
    region has no area or no population. An unknown cell leaves its whole industry unknown.
    Plants with nobody count in b.

    References
    ----------
    Litzenberger, T. and Sternberg, R. (2006), Geographische Zeitschrift 94, 209-224.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> cells = pd.DataFrame({
    ...     "region": ["A", "B"], "industry": "film", "employment": [60, 40],
    ...     "establishments": [12, 4], "area_km2": [100, 300], "population": [1000, 1000]})
    >>> cs.litzenberger_sternberg(cells)[["region", "estimate"]].round(3)
      region  estimate
    0      A     3.600
    1      B     0.267
    """
    sides = {"area": Side(area), "population": Side(population)}
    return infer(CLUSTER_INDEX, table, value, inference, sides=sides)
