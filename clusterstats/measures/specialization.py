"""Specialization of regions: how their mix of industries differs, and how narrow it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import ndtri

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import AnalyticInput, AnalyticOutput, Declaration, register
from clusterstats.measures.run import infer

__all__ = ["herfindahl", "krugman_specialization"]

MIX = "the mix of industries that the region's establishments are drawn from, sizes included"


# --- Krugman --------------------------------------------------------------------------------


def _krugman_specialization(
    x: Array, *, base: Array | None = None, reference: str, scale: str
) -> Array:
    """x: values (..., region, industry) -> (..., region); `nan` for an empty region."""
    del base
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


KRUGMAN = [
    _krugman_declared(reference, scale)
    for reference in ("total", "rest", "mean_of_others")
    for scale in ("sum", "half")
]


@register(*KRUGMAN)
def krugman_specialization(
    table: IntoTable,
    *,
    value: str = "employment",
    reference: Literal["total", "rest", "mean_of_others"] = "total",
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
    reference : {"total", "rest", "mean_of_others"}
        s_i in all regions together, in all others together (Krugman's text), or its unweighted
        mean over the others (Palan 2010; empty regions left out).
    scale : {"sum", "half"}
        The sum, 0 to 2, or half of it, 0 to 1.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years; the index has no analytic form.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``measure``, ``estimate`` and the inference columns;
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
    require_choice("reference", reference, ["total", "rest", "mean_of_others"])
    require_choice("scale", scale, ["sum", "half"])
    return infer(_krugman_declared(reference, scale), table, value, inference)


# --- Herfindahl -----------------------------------------------------------------------------


def _herfindahl(x: Array, *, base: Array | None = None, scale: str = "plain") -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    del base
    share = x / x.sum(axis=-1, keepdims=True)
    return _herfindahl_scaled((share**2).sum(axis=-1), x.shape[-1], scale)


def _herfindahl_scaled(index: Array, industries: int, scale: str) -> Array:
    """The index, its normalized value or its equivalent number of industries."""
    if scale == "normalized":
        return (index - 1 / industries) / np.float64(1 - 1 / industries)
    return 1 / index if scale == "equivalent_number" else index


def _herfindahl_analytic(given: AnalyticInput, *, scale: str) -> AnalyticOutput:
    """Delta method over the region's establishments, centred on the index less its bias."""
    x, squares = given.moments[1], given.moments[2]
    size, industries = x.sum(axis=1, keepdims=True), x.shape[1]
    share = x / size
    index = (share**2).sum(axis=1, keepdims=True)
    variance = (squares * (2 * (share - index) / size) ** 2).sum(axis=1)
    lumps = squares / size**2
    bias = (lumps * (1 - 2 * share) + share**2 * lumps.sum(axis=1, keepdims=True)).sum(axis=1)
    centre, error = index[:, 0] - bias, np.sqrt(variance)
    half = float(ndtri((1 + given.option.level) / 2)) * error
    ends = [np.clip(centre + sign * half, 1 / industries, 1.0) for sign in (-1, 1)]
    ends = [_herfindahl_scaled(end, industries, scale) for end in ends]
    slope: Array = np.ones_like(error)
    if scale == "normalized":
        slope = slope / np.float64(1 - 1 / industries)
    elif scale == "equivalent_number":
        slope = index[:, 0] ** -2
    informative = error > 0
    columns = {
        "std_error": error * slope,
        "conf_low": np.minimum(*ends),
        "conf_high": np.maximum(*ends),
    }
    said = {name: np.where(informative, column, np.nan) for name, column in columns.items()}
    corrected = np.clip(centre, 1 / industries, 1.0)
    return said | {"bias_corrected": _herfindahl_scaled(corrected, industries, scale)}


HERFINDAHL_PLAIN = Declaration(
    name="herfindahl",
    kernel=_herfindahl,
    grain=("region",),
    formula="H = sum_i s_ri^2",
    reference="Herfindahl 1950; Hirschman 1964",
    neutral=None,
    bounds=(0.0, 1.0),
    estimand=f"the index of {MIX}",
    analytic=partial(_herfindahl_analytic, scale="plain"),
    analytic_powers=(1, 2),
    is_biased=True,
    limits=lambda _, industries: (1 / industries, 1.0),
)
HERFINDAHL = {
    "plain": HERFINDAHL_PLAIN,
    "normalized": replace(
        HERFINDAHL_PLAIN,
        kernel=partial(_herfindahl, scale="normalized"),
        formula="(H - 1/n) / (1 - 1/n), H = sum_i s_ri^2, n the table's industries",
        options={"normalized": True},
        limits=None,
        analytic=partial(_herfindahl_analytic, scale="normalized"),
    ),
    "equivalent_number": replace(
        HERFINDAHL_PLAIN,
        kernel=partial(_herfindahl, scale="equivalent_number"),
        formula="1 / H, H = sum_i s_ri^2",
        bounds=(1.0, np.inf),
        unit="industries",
        options={"equivalent_number": True},
        limits=lambda _, industries: (1.0, float(industries)),
        analytic=partial(_herfindahl_analytic, scale="equivalent_number"),
    ),
}


@register(*HERFINDAHL.values())
def herfindahl(
    table: IntoTable,
    *,
    value: str = "employment",
    normalized: bool = False,
    equivalent_number: bool = False,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How narrow a region's mix of industries is, whatever the others' is.

    Probability that two employees drawn at random work in the same industry.

    .. math:: H_r = \sum_i s_{ri}^2

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    normalized : bool
        (H - 1/n) / (1 - 1/n), from 0 (equal shares) to 1; n counts all industries of the table.
    equivalent_number : bool
        1 / H, the number of equal industries with the same index; not with `normalized`.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic`: delta method over the region's establishments, centred on the bias-corrected
        index. The others resample establishments.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``measure``, ``estimate`` and the inference columns, with
        ``bias_corrected``: lumpy establishments push the index up by chance. (`Analytic`
        corrects H and then scales it; resampling corrects the scaled index.)

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`.

    Notes
    -----
    Zeros count as industries in n. An empty region is `nan` in its own row, as is one with an
    unknown cell.

    References
    ----------
    Herfindahl, O. C. (1950). Concentration in the U.S. steel industry. Hirschman, A. O. (1964),
    American Economic Review 54, 761.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [50, 50, 0, 10]})
    >>> cs.herfindahl(jobs)[["region", "estimate"]]
      region  estimate
    0      A       0.5
    1      B       1.0
    """
    if normalized and equivalent_number:
        raise OptionError("normalized and equivalent_number exclude each other; give one of them")
    scale = "normalized" if normalized else "equivalent_number" if equivalent_number else "plain"
    return infer(HERFINDAHL[scale], table, value, inference)
