"""Concentration of industries: how unevenly they lie over regions, plants unseen."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer

__all__ = ["herfindahl_concentration", "hoover_concentration", "krugman_concentration"]

SPREAD = "the probabilities with which the industry's employment falls on each region, held fixed"


def shares(x: Array, base: Array | None) -> tuple[Array, Array]:
    """Regions' shares of each industry and of the reference, both (..., region, industry or 1)."""
    of_industry = x / x.sum(axis=-2, keepdims=True)
    size = x.sum(axis=-1) if base is None else base
    of_all = size / size.sum(axis=-1, keepdims=True)
    return of_industry, of_all[..., None]


# --- Hoover ---------------------------------------------------------------------------------


def _hoover_concentration(x: Array, *, base: Array | None = None) -> Array:
    """x: values (..., region, industry) -> (..., industry)."""
    q, s = shares(x, base)
    apart: Array = np.abs(q - s).sum(axis=-2)
    return apart / 2


HOOVER = Declaration(
    name="hoover_concentration",
    kernel=_hoover_concentration,
    grain=("industry",),
    formula="1/2 sum_r |e_ri / e_i - e_r / e|",
    reference="Hoover 1936; Florence 1948 (coefficient of localization)",
    neutral=0.0,
    bounds=(0.0, 1.0),
    estimand=f"the index of {SPREAD}",
    analytic_note="absolute values have a kink where shares agree",
    is_biased=True,
)


@register(HOOVER)
def hoover_concentration(
    table: IntoTable,
    *,
    value: str = "employment",
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Share of an industry that would have to move for it to follow the reference.

    .. math:: \tfrac12 \sum_r \left| \frac{e_{ri}}{e_i} - \frac{e_r}{e} \right|

    It grows with the number of regions: compare zonings side by side, never across tables.

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    base : str, optional
        Column with a reference size of each region (population, area); by default the total.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years, or regions with `unit="region"`.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; `Analytic()` is refused.

    Notes
    -----
    Zeros count. An industry that is nowhere is `nan` in its own row.

    References
    ----------
    Hoover, E. M. (1936), Review of Economics and Statistics 18, 162-171.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.hoover_concentration(jobs)[["industry", "estimate"]].round(4)
      industry  estimate
    0     film    0.4000
    1    other    0.0082
    """
    return infer(HOOVER, table, value, inference, base)


# --- Krugman --------------------------------------------------------------------------------


def _krugman_concentration(x: Array, *, base: Array | None = None, reference: str) -> Array:
    """x: values (..., region, industry) -> (..., industry)."""
    q, s = shares(x, base)
    if reference == "mean_of_others":
        there = x.sum(axis=-2, keepdims=True) != 0  # an industry that is nowhere has no spread
        sums = np.sum(q, axis=-1, keepdims=True, where=there)
        s = (sums - q) / (there.sum(axis=-1, keepdims=True) - 1)
    apart: Array = np.abs(q - s).sum(axis=-2)
    return apart


KRUGMAN = {
    reference: replace(
        HOOVER,
        name="krugman_concentration",
        kernel=partial(_krugman_concentration, reference=reference),
        formula=formula,
        reference="Krugman 1991, Geography and Trade, appendix B; Palan 2010",
        bounds=(0.0, 2.0),
        options={"reference": reference},
    )
    for reference, formula in {
        "total": "sum_r |e_ri / e_i - e_r / e|",
        "mean_of_others": "sum_r |q_ri - mean of q_rj over the other industries j|, q_ri = "
        "e_ri / e_i",
    }.items()
}


@register(*KRUGMAN.values())
def krugman_concentration(
    table: IntoTable,
    *,
    value: str = "employment",
    reference: Literal["total", "mean_of_others"] = "total",
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How far an industry's spread over regions is from that of the reference.

    0 is the same spread, 2 no region in common; twice `hoover_concentration` with the total.

    .. math:: K_i = \sum_r \left| \frac{e_{ri}}{e_i} - \frac{e_r}{e} \right|

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    reference : {"total", "mean_of_others"}
        All employment, or the unweighted mean spread of the other industries (those that are
        nowhere left out).
    base : str, optional
        Column with a reference size of each region instead of the total.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years, or regions with `unit="region"`.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError
        As in `location_quotient`.
    OptionError
        `base` comes with the mean of others, or as in `location_quotient`.

    Notes
    -----
    Zeros count. An industry that is nowhere is `nan` in its own row.

    References
    ----------
    Krugman, P. (1991). Geography and Trade. Palan, N. (2010), Measurement of specialization.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> cs.krugman_concentration(jobs)[["industry", "estimate"]].round(4)
      industry  estimate
    0     film    0.8000
    1    other    0.0163
    """
    require_choice("reference", reference, ("total", "mean_of_others"))
    if base is not None and reference != "total":
        raise OptionError("base= takes the place of the total; leave reference out")
    return infer(KRUGMAN[reference], table, value, inference, base)


# --- Herfindahl -----------------------------------------------------------------------------


def _herfindahl_concentration(x: Array, *, scale: str) -> Array:
    """x: values (..., region, industry) -> (..., industry)."""
    share = x / x.sum(axis=-2, keepdims=True)
    index: Array = (share**2).sum(axis=-2)
    least = 1 / np.float64(x.shape[-2])
    if scale == "normalized":
        return (index - least) / (1 - least)
    return 1 / index if scale == "equivalent_number" else index


def _herfindahl_declared(scale: str) -> Declaration:
    """The declaration of one scale."""
    formula, high = {
        "plain": ("H = sum_r q_ri^2, q_ri = e_ri / e_i", 1.0),
        "normalized": ("(H - 1/n) / (1 - 1/n), H = sum_r q_ri^2, n the table's regions", 1.0),
        "equivalent_number": ("1 / H, H = sum_r q_ri^2", np.inf),
    }[scale]
    return replace(
        HOOVER,
        name="herfindahl_concentration",
        is_sound_when_sparse=True,
        kernel=partial(_herfindahl_concentration, scale=scale),
        formula=formula,
        reference="Herfindahl 1950; Hirschman 1964",
        neutral=None,
        bounds=(0.0, high),
        unit="regions" if scale == "equivalent_number" else "ratio",
        options={} if scale == "plain" else {scale: True},
        analytic_note="use Bootstrap(seed=...), which takes in how lumpy establishments are",
    )


@register(*map(_herfindahl_declared, ("plain", "normalized", "equivalent_number")))
def herfindahl_concentration(
    table: IntoTable,
    *,
    value: str = "employment",
    normalized: bool = False,
    equivalent_number: bool = False,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How concentrated an industry is in few regions, whatever their size.

    Probability that two of its employees drawn at random work in the same region.

    .. math:: H_i = \sum_r q_{ri}^2

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    normalized : bool
        (H - 1/n) / (1 - 1/n), from 0 (equal shares) to 1; n counts all regions of the table.
    equivalent_number : bool
        1 / H, the number of equal regions with the same index; not with `normalized`.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years, or regions with `unit="region"`.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; `Analytic()` is refused.

    Notes
    -----
    Zeros count as regions in n. An industry that is nowhere is `nan` in its own row.

    References
    ----------
    Herfindahl, O. C. (1950). Hirschman, A. O. (1964), American Economic Review 54, 761.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [50, 50, 0, 50]})
    >>> cs.herfindahl_concentration(jobs)["estimate"].tolist()
    [1.0, 0.5]
    """
    if normalized and equivalent_number:
        raise OptionError("normalized and equivalent_number exclude each other; give one of them")
    scale = "normalized" if normalized else "equivalent_number" if equivalent_number else "plain"
    return infer(_herfindahl_declared(scale), table, value, inference)
