"""Relative entropy: how far a spread or a mix is from the reference, and its parts."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.concentration.indices import SPREAD, shares
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer
from clusterstats.measures.sides import Side, group_sums
from clusterstats.measures.specialization.structures import MIX

__all__ = ["kl_divergence", "theil_concentration"]


def _relative_entropy(q: Array, s: Array) -> Array:
    """Sum q ln(q / s) over the last axis; 0 ln 0 is 0; infinite where q is where s is not."""
    safe = np.where(q > 0, q, 1.0)
    against = np.where(q > 0, s, 1.0)
    terms: Array = (q * np.log(safe / against)).sum(axis=-1)
    return np.where(np.abs(terms) < 1e-15, 0.0, terms)  # rounding of two equal spreads


# --- Kullback and Leibler -------------------------------------------------------------------


def _kl_of_industries(x: Array, *, base: Array | None = None) -> Array:
    """x: values (..., region, industry) -> (..., industry)."""
    q, s = shares(x, base)
    return _relative_entropy(np.swapaxes(q, -1, -2), np.swapaxes(s, -1, -2))


def _kl_of_regions(x: Array) -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    total = x.sum(axis=-2, keepdims=True)
    mix, whole = x / x.sum(axis=-1, keepdims=True), total / total.sum(axis=-1, keepdims=True)
    return _relative_entropy(mix, whole)


def _mutual_information(x: Array) -> Array:
    """x: values (..., region, industry) -> (...)."""
    whole = x.sum(axis=(-1, -2))
    weight = x.sum(axis=-2) / whole[..., None]
    of = np.where(weight > 0, _kl_of_industries(x), 0.0)
    total: Array = (weight * of).sum(axis=-1)
    return np.where(whole > 0, total, np.nan)


KL = {
    "industry": Declaration(
        name="kl_divergence",
        kernel=_kl_of_industries,
        grain=("industry",),
        formula="D = sum_r q_ri ln(q_ri / s_r), q_ri = e_ri / e_i, s_r = e_r / e",
        reference="Mori, Nishikimi and Smith 2005, eq. 5",
        neutral=0.0,
        bounds=(0.0, np.inf),
        estimand=f"the index of {SPREAD}",
        options={"of": "industry"},
        analytic_note="0 is its least value, where no normal law holds",
        is_biased=True,
    ),
    "region": Declaration(
        name="kl_divergence",
        kernel=_kl_of_regions,
        grain=("region",),
        formula="D = sum_i s_ri ln(s_ri / s_i), s_ri = e_ri / e_r, s_i = e_i / e",
        reference="Theil 1967; Mori, Nishikimi and Smith 2005",
        neutral=0.0,
        bounds=(0.0, np.inf),
        estimand=f"the index of {MIX}",
        options={"of": "region"},
        analytic_note="0 is its least value, where no normal law holds",
        is_biased=True,
    ),
    "table": Declaration(
        name="kl_divergence",
        kernel=_mutual_information,
        grain=(),
        formula="M = sum_ri p_ri ln(p_ri / (p_r p_i)), the mean of D over industries, or regions",
        reference="Theil and Finizza 1971; Cutrini 2009",
        neutral=0.0,
        bounds=(0.0, np.inf),
        estimand="the index of the joint probabilities of region and industry",
        options={"of": "table"},
        analytic_note="0 is its least value, where no normal law holds",
        is_biased=True,
    ),
}


@register(*KL.values())
def kl_divergence(
    table: IntoTable,
    *,
    of: Literal["industry", "region", "table"] = "industry",
    value: str = "employment",
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Relative entropy of an industry's spread, of a region's mix, or of the whole table.

    0 where they follow the reference. The mean over industries, weighted by size, equals that
    over regions: the mutual information of the table, which is what `of="table"` gives.

    .. math:: D_i = \sum_r q_{ri} \ln \frac{q_{ri}}{s_r}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    of : {"industry", "region", "table"}
        Spread of each industry over regions, mix of each region, or both at once.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    base : str, optional
        Column with a reference size of each region (area), for industries only.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years; few or lumpy ones push the index up by
        chance, by ``bias_corrected`` and ``null_mean``.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry`` or ``region`` (if any), ``measure``, ``estimate`` and the
        inference columns.

    Raises
    ------
    TableError
        As in `location_quotient`.
    OptionError
        `base` comes with regions or the table, or as in `location_quotient`.

    Notes
    -----
    0 ln 0 is 0. An empty region adds nothing; what is empty is `nan` in its own row.

    References
    ----------
    Mori, T., Nishikimi, K. and Smith, T. E. (2005). A divergence statistic for industrial
    localization. Review of Economics and Statistics 87, 635-651.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [50, 0, 0, 50]})
    >>> cs.kl_divergence(jobs)["estimate"].round(3).tolist()
    [0.693, 0.693]
    """
    require_choice("of", of, KL)
    if base is not None and of != "industry":
        raise OptionError("base= is a size of regions; it goes with of='industry'")
    return infer(KL[of], table, value, inference, base)


# --- Theil, as Bruelhart and Traeger --------------------------------------------------------


def _theil_concentration(
    x: Array, *, base: Array | None = None, groups: Codes | None = None, kind: str
) -> Array:
    """x: values (..., region, industry) -> (..., industry[, total, between, within])."""
    if kind == "absolute":
        base = np.broadcast_to(1.0, x.shape[:-1])
    q, s = (np.swapaxes(part, -1, -2) for part in shares(x, base))
    total = _relative_entropy(q, s)
    if groups is None:
        return total
    between = _relative_entropy(group_sums(q, groups), group_sums(s, groups))
    return np.stack([total, between, np.clip(total - between, 0, None)], axis=-1)


def _theil_declared(kind: str, base: str | None, within: str | None) -> Declaration:
    """The declaration of one reference, with or without groups."""
    against = {
        "relative": "x_r the region's share of all employment",
        "topographic": "x_r its share of the area",
        "absolute": "x_r = 1 / n",
    }[kind]
    split = "; between groups of regions, and within them the rest" if within else ""
    options = {"kind": kind} | ({"base": base} if base else {})
    return Declaration(
        name="theil_concentration",
        kernel=partial(_theil_concentration, kind=kind),
        grain=("industry",),
        formula=f"T = sum_r q_ri ln(q_ri / x_r), {against}{split}",
        reference="Bruelhart and Traeger 2005, eqs. 1-6",
        neutral=0.0 if kind == "relative" else None,
        bounds=(0.0, np.inf),
        estimand=f"the index of {SPREAD}",
        components=("total", "between", "within") if within else (),
        options=options | ({"within": within} if within else {}),
        analytic_note="0 is its least value, where no normal law holds",
        is_biased=True,
    )


@register(
    *(
        _theil_declared(kind, "area_km2" if kind == "topographic" else None, within)
        for kind in ("relative", "topographic", "absolute")
        for within in (None, "macro")
    )
)
def theil_concentration(
    table: IntoTable,
    *,
    kind: Literal["relative", "topographic", "absolute"] = "relative",
    value: str = "employment",
    base: str | None = None,
    within: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Theil's index of an industry's spread over regions, split between and within countries.

    Relative: against all employment. Topographic: against area. Absolute: against equal parts.

    .. math:: T_i = \sum_r q_{ri} \ln \frac{q_{ri}}{x_r}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    kind : {"relative", "topographic", "absolute"}
        What x_r is.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    base : str, optional
        Column with the area of each region, for `kind="topographic"`.
    within : str, optional
        Column with a group of each region (its country): adds the parts between groups and
        within them, which sum to the total.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years, or regions with `unit="region"` (the
        authors resample regions and test changes that way: see `difference` for years).

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``component`` (total, between, within) if grouped,
        ``measure``, ``estimate`` and the inference columns on the total.

    Raises
    ------
    TableError
        A region has no group or several, or as in `location_quotient`.
    OptionError
        The topographic kind has no `base`, another has one, or as in `location_quotient`.

    Notes
    -----
    0 ln 0 is 0. An industry that is nowhere is `nan` in its own rows.

    References
    ----------
    Brülhart, M. and Traeger, R. (2005). An account of geographic concentration patterns in
    Europe. Regional Science and Urban Economics 35, 597-624.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "B", "C"], "industry": "film", "nation": list("xyy"),
    ...                      "employment": [50, 50, 0]})
    >>> cs.theil_concentration(jobs, kind="absolute", within="nation")[
    ...     ["component", "estimate"]
    ... ].round(3)
      component  estimate
    0     total     0.405
    1   between     0.059
    2    within     0.347
    """
    require_choice("kind", kind, ("relative", "topographic", "absolute"))
    if (kind == "topographic") != (base is not None):
        raise OptionError("base= names the area of regions: it goes with kind='topographic' only")
    sides = {} if within is None else {"groups": Side(within, groups="region")}
    declared = _theil_declared(kind, base, within)
    return infer(declared, table, value, inference, base, sides=sides)
