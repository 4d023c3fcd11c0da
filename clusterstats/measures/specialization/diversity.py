"""Diversity of regions: how evenly their employment is spread over industries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import e, inf, log

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import AnalyticInput, AnalyticOutput, Declaration, register
from clusterstats.measures.run import infer
from clusterstats.measures.specialization.separable import Separable, Shown, separable_analytic
from clusterstats.measures.specialization.structures import MIX

__all__ = ["entropy", "herfindahl", "hill_number"]

Scaled = Callable[[int], Shown]
"""From the number of industries to what is reported of an index."""
Limits = Callable[[int], tuple[float, float]]
"""From the number of industries to the least and greatest index."""

SQUARES = Separable(
    term=lambda s: s**2, slope=lambda s: 2 * s, curvature=lambda s: np.full_like(s, 2.0)
)
SHANNON = Separable(
    term=lambda s: -s * np.log(s), slope=lambda s: -np.log(s) - 1, curvature=lambda s: -1 / s
)


def _shares(x: Array) -> Array:
    """Each industry's share of its region."""
    share: Array = x / x.sum(axis=-1, keepdims=True)
    return share


def _index(x: Array, *, index: Separable, scaled: Scaled) -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    return scaled(x.shape[-1]).value(index.of(_shares(x)))


def _analytic(
    given: AnalyticInput, *, index: Separable, scaled: Scaled, limits: Limits
) -> AnalyticOutput:
    """The delta method, with the scale that the number of industries gives."""
    return separable_analytic(given, index, scaled(given.moments[1].shape[1]), limits)


# --- Herfindahl -----------------------------------------------------------------------------


def _herfindahl_scale(industries: int, scale: str) -> Shown:
    """The index, its normalized value or its equivalent number of industries."""
    if scale == "normalized":
        room = np.float64(1 - 1 / industries)
        return Shown(lambda h: (h - 1 / industries) / room, lambda h: np.ones_like(h) / room)
    if scale == "equivalent_number":
        return Shown(lambda h: 1 / h, lambda h: h**-2.0)
    return Shown(lambda h: h, np.ones_like)


def _herfindahl_limits(industries: int) -> tuple[float, float]:
    return 1 / industries, 1.0


HERFINDAHL_FORMS = {
    "plain": ("H = sum_i s_ri^2", (0.0, 1.0), "ratio", {}),
    "normalized": (
        "(H - 1/n) / (1 - 1/n), H = sum_i s_ri^2, n the table's industries",
        (0.0, 1.0),
        "ratio",
        {"normalized": True},
    ),
    "equivalent_number": (
        "1 / H, H = sum_i s_ri^2",
        (1.0, inf),
        "industries",
        {"equivalent_number": True},
    ),
}


def _herfindahl_declared(scale: str) -> Declaration:
    """The declaration of one scale."""
    formula, bounds, unit, options = HERFINDAHL_FORMS[scale]
    scaled = partial(_herfindahl_scale, scale=scale)

    def limits(_: int, industries: int) -> tuple[float, float]:
        ends = scaled(industries).value(np.array([1 / industries, 1.0]))
        return float(ends.min()), float(ends.max())

    return Declaration(
        name="herfindahl",
        kernel=partial(_index, index=SQUARES, scaled=scaled),
        grain=("region",),
        formula=formula,
        reference="Herfindahl 1950; Hirschman 1964",
        neutral=None,
        bounds=bounds,
        limits=None if scale == "normalized" else limits,
        estimand=f"the index of {MIX}",
        unit=unit,
        options=options,
        analytic=partial(_analytic, index=SQUARES, scaled=scaled, limits=_herfindahl_limits),
        analytic_powers=(1, 2),
        is_biased=True,
        is_sound_when_sparse=True,
    )


HERFINDAHL = {scale: _herfindahl_declared(scale) for scale in HERFINDAHL_FORMS}


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


# --- entropy --------------------------------------------------------------------------------


def _entropy_declared(log_base: float, normalized: bool) -> Declaration:
    """The declaration of one base, or of the share of its maximum."""

    def scaled(industries: int) -> Shown:
        unit = np.float64(log(industries)) if normalized else np.float64(log(log_base))
        return Shown(lambda h: h / unit, lambda h: np.ones_like(h) / unit)

    def limits(_: int, industries: int) -> tuple[float, float]:
        return 0.0, 1.0 if normalized else log(industries) / log(log_base)

    shown = {e: "ln", 2: "log2", 10: "log10"}.get(log_base, f"log_{log_base:g}")
    options: dict[str, float] = {"normalized": True} if normalized else {}
    options |= {} if log_base == e else {"log_base": log_base}
    return Declaration(
        name="entropy",
        kernel=partial(_index, index=SHANNON, scaled=scaled),
        grain=("region",),
        formula="E = -sum_i s_ri ln s_ri / ln n, n the table's industries"
        if normalized
        else f"E = -sum_i s_ri {shown} s_ri",
        reference="Shannon 1948",
        neutral=None,
        bounds=(0.0, 1.0 if normalized else inf),
        limits=limits,
        estimand=f"the entropy of {MIX}",
        unit="share" if normalized else {e: "nats", 2: "bits"}.get(log_base, shown),
        options=options,
        analytic=partial(_analytic, index=SHANNON, scaled=scaled, limits=lambda n: (0.0, log(n))),
        analytic_powers=(1, 2),
        is_biased=True,
    )


@register(_entropy_declared(e, False), _entropy_declared(2, False), _entropy_declared(e, True))
def entropy(
    table: IntoTable,
    *,
    value: str = "employment",
    log_base: float = e,
    normalized: bool = False,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How diverse a region's mix of industries is: Shannon's entropy.

    0 where all work in one industry, log n where n industries are equal. Few or lumpy
    establishments push it down by chance.

    .. math:: E_r = -\sum_i s_{ri} \log s_{ri}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    log_base : float
        Above 1: e gives nats, 2 bits.
    normalized : bool
        Divide by log n, n all industries of the table: from 0 to 1, in any base.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic`: delta method over the region's establishments, centred on the entropy less
        its bias (with plants of one person, that of Miller and Madow). The others resample
        establishments.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``measure``, ``estimate`` and the inference columns, with
        ``bias_corrected``.

    Raises
    ------
    TableError
        As in `location_quotient`.
    OptionError
        `log_base` is not above 1, or as in `location_quotient`.

    Notes
    -----
    0 log 0 is 0: industries that the region has not do not add, but count in n. An empty region
    is `nan` in its own row, as is one with an unknown cell.

    References
    ----------
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal
    27. Miller, G. A. (1955), Note on the bias of information estimates.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [50, 50, 0, 10]})
    >>> cs.entropy(jobs, log_base=2)[["region", "estimate"]]
      region  estimate
    0      A       1.0
    1      B       0.0
    """
    if not log_base > 1:
        raise OptionError(f"log_base={log_base!r} is not a number above 1; use math.e, 2 or 10")
    return infer(_entropy_declared(log_base, normalized), table, value, inference)


# --- Hill numbers ---------------------------------------------------------------------------


def _hill_ends(x: Array, *, order: float) -> Array:
    """The two orders that are no sum of powers: 0 counts, infinity inverts the largest share."""
    share = _shares(x)
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
        kernel=partial(_index, index=index, scaled=lambda _: shown),
        analytic=partial(_analytic, index=index, scaled=lambda _: shown, limits=limits),
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
