"""Specialization of regions: how their mix of industries differs from others'."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer

__all__ = [
    "hoover_specialization",
    "krugman_specialization",
    "structural_overlap",
]

MIX = "the mix of industries that the region's establishments are drawn from, sizes included"


# --- Krugman --------------------------------------------------------------------------------


def _krugman_specialization(x: Array, *, reference: str, scale: str) -> Array:
    """x: values (..., region, industry) -> (..., region); `nan` for an empty region."""
    share = x / x.sum(axis=-1, keepdims=True)
    total = x.sum(axis=-2, keepdims=True)
    if reference == "total":
        compared = total / total.sum(axis=-1, keepdims=True)
    elif reference == "rest":
        compared = (total - x) / (total - x).sum(axis=-1, keepdims=True)
    else:
        filled = x.sum(axis=-1, keepdims=True) != 0  # an empty region has no mix to be averaged
        sums = np.sum(share, axis=-2, keepdims=True, where=filled)
        compared = (sums - share) / (filled.sum(axis=-2, keepdims=True) - 1)
    apart: Array = np.abs(share - compared).sum(axis=-1)
    return apart * (0.5 if scale == "half" else 1.0)


def _krugman_declared(reference: str, scale: str) -> Declaration:
    """The declaration for one reference and scale."""
    against = {
        "total": "s_i the share of industry i in all regions",
        "rest": "s_i its share in all other regions",
        "mean_of_others": "s_i the unweighted mean of its shares in the other regions",
    }[reference]
    half = scale == "half"
    return Declaration(
        name="krugman_specialization",
        kernel=partial(_krugman_specialization, reference=reference, scale=scale),
        grain=("region",),
        formula=f"K = {'1/2 ' if half else ''}sum_i |s_ri - s_i|, {against}",
        reference="Krugman 1991, Geography and Trade, appendix B; Palan 2010",
        neutral=0.0,
        bounds=(0.0, 1.0 if half else 2.0),
        estimand=f"the index of {MIX}",
        options={"reference": reference, "scale": scale},
        analytic_note="absolute values have a kink where shares agree",
        is_biased=True,
    )


def _apart_in_pairs(x: Array, *, scale: str) -> Array:
    """x: values (..., region, industry) -> (..., region, region)."""
    share = x / x.sum(axis=-1, keepdims=True)
    regions = range(x.shape[-2])
    rows = [np.abs(share - share[..., r : r + 1, :]).sum(axis=-1) for r in regions]
    apart: Array = np.stack(rows, axis=-2)
    return apart * (0.5 if scale == "half" else 1.0)


def _krugman_pairs_declared(scale: str) -> Declaration:
    """The declaration for pairs of regions."""
    whole = _krugman_declared("total", scale)
    return replace(
        whole,
        kernel=partial(_apart_in_pairs, scale=scale),
        grain=("region", "region2"),
        formula=f"K = {'1/2 ' if scale == 'half' else ''}sum_i |s_ri - s_ui|, regions r and u",
        options={"reference": "pairs", "scale": scale},
        estimand=f"the index of the mixes of industries of the two: {MIX}",
    )


KRUGMAN = [
    *(
        _krugman_declared(reference, scale)
        for reference in ("total", "rest", "mean_of_others")
        for scale in ("sum", "half")
    ),
    *(_krugman_pairs_declared(scale) for scale in ("sum", "half")),
]


@register(*KRUGMAN)
def krugman_specialization(
    table: IntoTable,
    *,
    value: str = "employment",
    reference: Literal["total", "rest", "mean_of_others", "pairs"] = "total",
    scale: Literal["sum", "half"] = "sum",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How far a region's mix of industries is from that of the reference.

    0 is the same mix, 2 (or 1, halved) no industry in common. Half the sum is the share of
    employment that would have to change industry. Small regions score high by chance alone:
    `Bootstrap` and `Jackknife` give ``bias_corrected``, `MonteCarlo` the expectation by chance.

    .. math:: K_r = \sum_i |s_{ri} - s_i|

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    reference : {"total", "rest", "mean_of_others", "pairs"}
        s_i in all regions together, in all others together (Krugman's text), its unweighted
        mean over the others (Palan 2010; empty regions left out), or each other region alone.
    scale : {"sum", "half"}
        The sum, 0 to 2, or half of it, 0 to 1.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years; the index has no analytic form.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region`` (and ``region2`` of pairs, each once), ``measure``,
        ``estimate`` and the inference columns;
        p-values only from `MonteCarlo`, since 0 is the least value there is.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; `Analytic()` is refused.

    Notes
    -----
    Zeros count. An empty region is `nan` in its own row. An unknown cell makes its region and
    the reference unknown.

    References
    ----------
    Krugman, P. (1991). Geography and Trade, pp. 75-76. Palan, N. (2010), Measurement of
    specialization, FIW Working Paper 62, eq. 5.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.krugman_specialization(jobs)[["region", "estimate"]]
      region  estimate
    0      A      0.08
    1      B      0.02
    """
    require_choice("reference", reference, ["total", "rest", "mean_of_others", "pairs"])
    require_choice("scale", scale, ["sum", "half"])
    if reference == "pairs":
        return infer(_krugman_pairs_declared(scale), table, value, inference)
    return infer(_krugman_declared(reference, scale), table, value, inference)


# --- Hoover ---------------------------------------------------------------------------------


HOOVER = replace(
    _krugman_declared("total", "half"),
    name="hoover_specialization",
    formula="H = 1/2 sum_i |s_ri - s_i|, s_i the share of industry i in all regions",
    reference="Hoover and Giarratani 1971, An Introduction to Regional Economics, 9.2; Florence "
    "1948",
    options={},
)


@register(HOOVER)
def hoover_specialization(
    table: IntoTable, *, value: str = "employment", inference: Inference | None = None
) -> pd.DataFrame:
    r"""Share of a region's employment that would have to change industry to have the whole's mix.

    The coefficient of specialization: half of `krugman_specialization` against the total.

    .. math:: H_r = \frac{1}{2} \sum_i |s_{ri} - s_i|

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        As in `krugman_specialization`.

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
    Florence, P. S. (1948). Investment, Location, and Size of Plant. Hoover, E. M. and Giarratani,
    F. (1971). An Introduction to Regional Economics, ch. 9.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.hoover_specialization(jobs)[["region", "estimate"]]
      region  estimate
    0      A      0.04
    1      B      0.01
    """
    return infer(HOOVER, table, value, inference)


# --- structural overlap ---------------------------------------------------------------------


def _structural_overlap(x: Array) -> Array:
    """x: values (..., region, industry) -> (..., region, region)."""
    return 1 - _apart_in_pairs(x, scale="half")


OVERLAP = Declaration(
    name="structural_overlap",
    kernel=_structural_overlap,
    grain=("region", "region2"),
    formula="O = sum_i min(s_ri, s_ui)",
    reference="Finger and Kreinin 1979",
    neutral=1.0,
    bounds=(0.0, 1.0),
    estimand=f"the index of the mixes of industries of the two: {MIX}",
    analytic_note="the smaller of two shares has a kink where they agree",
    is_biased=True,
)


@register(OVERLAP)
def structural_overlap(
    table: IntoTable, *, value: str = "employment", inference: Inference | None = None
) -> pd.DataFrame:
    r"""What two regions' mixes of industries have in common.

    1 where the mixes are the same, 0 where no industry is in both; 1 less half of
    `krugman_specialization` between the two.

    .. math:: O_{ru} = \sum_i \min(s_{ri}, s_{ui})

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years. Lumpy establishments push it down by
        chance: ``bias_corrected`` and ``null_mean`` say how far.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``region2`` (each pair once), ``measure``, ``estimate`` and
        the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; `Analytic()` is refused.

    Notes
    -----
    Zeros count. An empty region is `nan` in its own pairs.

    References
    ----------
    Finger, J. M. and Kreinin, M. E. (1979). A measure of 'export similarity' and its possible
    uses. Economic Journal 89, 905-912.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.structural_overlap(jobs)[["region", "region2", "estimate"]]
      region region2  estimate
    0      A       B      0.95
    """
    return infer(OVERLAP, table, value, inference)
