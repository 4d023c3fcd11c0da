"""Relative specialization and diversity of regions, against the mix of all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer
from clusterstats.measures.specialization.structures import MIX

__all__ = ["hachman", "relative_diversity", "relative_specialization"]


def _both_shares(x: Array) -> tuple[Array, Array]:
    """Each industry's share of its region and of all, (..., region or 1, industry)."""
    total = x.sum(axis=-2, keepdims=True)
    return x / x.sum(axis=-1, keepdims=True), total / total.sum(axis=-1, keepdims=True)


def _where_known(x: Array, index: Array) -> Array:
    """`nan` for empty regions and those with an unknown cell."""
    size = x.sum(axis=-1)
    return np.where(size > 0, index, np.nan)


# --- Hachman --------------------------------------------------------------------------------


def _hachman(x: Array) -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    own, whole = _both_shares(x)
    index: Array = 1 / np.divide(own**2, whole, where=whole != 0, out=own * 0).sum(axis=-1)
    return _where_known(x, index)


HACHMAN = Declaration(
    name="hachman",
    kernel=_hachman,
    grain=("region",),
    formula="1 / sum_i s_ri^2 / s_i = 1 / sum_i s_ri LQ_ri",
    reference="Hachman 1994",
    neutral=1.0,
    bounds=(0.0, 1.0),
    estimand=f"the index of {MIX}",
    analytic_note="the region is part of the reference, which moves with it",
    is_biased=True,
)


@register(HACHMAN)
def hachman(
    table: IntoTable, *, value: str = "employment", inference: Inference | None = None
) -> pd.DataFrame:
    r"""How close a region's mix of industries is to that of all regions.

    1 where the mix is the same, near 0 where the region lives on industries that are small
    elsewhere: the inverse of its mean location quotient, weighted by its own shares.

    .. math:: H_r = \Bigl(\sum_i s_{ri} LQ_{ri}\Bigr)^{-1}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years. Lumpy establishments push the index
        down by chance: ``bias_corrected`` and ``null_mean`` say how far.

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
    An industry that is nowhere adds nothing. An empty region is `nan` in its own row.

    References
    ----------
    Hachman, F. (1994). Utah Economic and Business Review 54(10): the index of the Bureau of
    Economic and Business Research, University of Utah.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.hachman(jobs).round(3)[["region", "estimate"]]
      region  estimate
    0      A     0.925
    1      B     0.995
    """
    return infer(HACHMAN, table, value, inference)


# --- Duranton and Puga ----------------------------------------------------------------------


def _relative_specialization(x: Array) -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    own, whole = _both_shares(x)
    quotient = np.divide(own, whole, where=whole != 0, out=own * 0)
    return _where_known(x, quotient.max(axis=-1))


def _relative_diversity(x: Array) -> Array:
    """x: values (..., region, industry) -> (..., region); infinite for the mix of all."""
    own, whole = _both_shares(x)
    return _where_known(x, 1 / np.abs(own - whole).sum(axis=-1))


RELATIVE = {
    "specialization": Declaration(
        name="relative_specialization",
        kernel=_relative_specialization,
        grain=("region",),
        formula="RZ = max_i s_ri / s_i",
        reference="Duranton and Puga 2000, eq. 2",
        neutral=1.0,
        bounds=(1.0, np.inf),
        estimand=f"the index of {MIX}",
        analytic_note="a maximum has no derivative where two industries tie",
        is_biased=True,
        is_sound_when_sparse=True,
    ),
    "diversity": Declaration(
        name="relative_diversity",
        kernel=_relative_diversity,
        grain=("region",),
        formula="RD = 1 / sum_i |s_ri - s_i|",
        reference="Duranton and Puga 2000, eq. 4",
        neutral=np.inf,
        bounds=(0.5, np.inf),
        estimand=f"the index of {MIX}",
        analytic_note="absolute values have a kink where shares agree",
        is_biased=True,
        unreliable="it is the inverse of a distance that chance moves, and no interval of it held "
        "its level in simulations; take krugman_specialization",
    ),
}


@register(RELATIVE["specialization"])
def relative_specialization(
    table: IntoTable, *, value: str = "employment", inference: Inference | None = None
) -> pd.DataFrame:
    r"""A region's largest location quotient: how far it stands out in what it does most.

    .. math:: RZ_r = \max_i \frac{s_{ri}}{s_i}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years. A largest of many is high by chance:
        read ``bias_corrected`` and ``null_mean``.

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
    An industry that is nowhere is passed over. An empty region is `nan` in its own row.

    References
    ----------
    Duranton, G. and Puga, D. (2000). Diversity and specialisation in cities: why, where and when
    does it matter? Urban Studies 37, 533-555, eq. 2.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.relative_specialization(jobs).round(3)[["region", "estimate"]]
      region  estimate
    0      A      3.00
    1      B      1.01
    """
    return infer(RELATIVE["specialization"], table, value, inference)


@register(RELATIVE["diversity"])
def relative_diversity(
    table: IntoTable, *, value: str = "employment", inference: Inference | None = None
) -> pd.DataFrame:
    r"""How close a region's mix is to that of all: the inverse of Krugman's index.

    The larger the more diverse; infinite where the mix is that of all regions.

    .. math:: RD_r = \Bigl(\sum_i |s_{ri} - s_i|\Bigr)^{-1}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years; lumpy ones push the index down.

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
    Zeros count. An empty region is `nan` in its own row.

    References
    ----------
    Duranton, G. and Puga, D. (2000). Diversity and specialisation in cities. Urban Studies 37,
    533-555, eq. 4.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.relative_diversity(jobs)[["region", "estimate"]]
      region  estimate
    0      A      12.5
    1      B      50.0
    """
    return infer(RELATIVE["diversity"], table, value, inference)
