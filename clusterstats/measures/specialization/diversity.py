"""Diversity of regions: how evenly their employment is spread over industries."""

from __future__ import annotations

from functools import partial
from math import e, inf, log

import numpy as np
import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer
from clusterstats.measures.specialization.separable import (
    SHANNON,
    SQUARES,
    Shown,
    scaled_analytic,
    scaled_index,
)
from clusterstats.measures.specialization.structures import MIX

__all__ = ["entropy", "herfindahl"]

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
        kernel=partial(scaled_index, index=SQUARES, scaled=scaled),
        grain=("region",),
        formula=formula,
        reference="Herfindahl 1950; Hirschman 1964",
        neutral=None,
        bounds=bounds,
        limits=None if scale == "normalized" else limits,
        estimand=f"the index of {MIX}",
        unit=unit,
        options=options,
        analytic=partial(scaled_analytic, index=SQUARES, scaled=scaled, limits=_herfindahl_limits),
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
        kernel=partial(scaled_index, index=SHANNON, scaled=scaled),
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
        analytic=partial(
            scaled_analytic, index=SHANNON, scaled=scaled, limits=lambda n: (0.0, log(n))
        ),
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
