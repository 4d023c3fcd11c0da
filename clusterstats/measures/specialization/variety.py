"""Related and unrelated variety: entropy within groups of industries, and between them."""

from __future__ import annotations

from functools import partial
from math import e, inf, log

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer
from clusterstats.measures.sides import Side, group_sums
from clusterstats.measures.specialization.structures import MIX

__all__ = ["related_variety", "unrelated_variety"]


def _entropy(x: Array, log_base: float) -> Array:
    """Entropy of shares: (..., region, member) -> (..., region); `nan` for an empty region."""
    share = x / x.sum(axis=-1, keepdims=True)
    safe = np.where(share > 0, share, 1.0)
    total: Array = -(share * np.log(safe)).sum(axis=-1) / log(log_base)
    return total


def _unrelated(x: Array, *, log_base: float, groups: Codes) -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    return _entropy(group_sums(x, groups), log_base)


def _related(x: Array, *, log_base: float, groups: Codes) -> Array:
    """x: values (..., region, industry) -> (..., region)."""
    within = _entropy(x, log_base) - _unrelated(x, log_base=log_base, groups=groups)
    return np.clip(within, 0, None)


def _declared(kind: str, log_base: float, within: str) -> Declaration:
    """The declaration of one part, in one base."""
    return Declaration(
        name=f"{kind}_variety",
        kernel=partial(_related if kind == "related" else _unrelated, log_base=log_base),
        grain=("region",),
        formula="RV = sum_g P_rg E_rg, E_rg = -sum_{i in g} (s_ri / P_rg) log (s_ri / P_rg)"
        if kind == "related"
        else "UV = -sum_g P_rg log P_rg, P_rg = sum_{i in g} s_ri",
        reference="Frenken, van Oort and Verburg 2007, eqs. 1-4",
        neutral=None,
        bounds=(0.0, inf),
        limits=lambda _, industries: (0.0, log(industries) / log(log_base)),
        estimand=f"the entropy of {MIX}",
        unit={e: "nats", 2: "bits"}.get(log_base, f"log_{log_base:g}"),
        options={"within": within} | ({} if log_base == 2 else {"log_base": log_base}),
        analytic_note="use entropy for the total, which is the sum of both parts",
        is_biased=True,
    )


def _variety(
    kind: str,
    table: IntoTable,
    value: str,
    within: str,
    log_base: float,
    inference: Inference | None,
) -> pd.DataFrame:
    if not log_base > 1:
        raise OptionError(f"log_base={log_base!r} is not a number above 1; use math.e, 2 or 10")
    groups = {"groups": Side(within, groups="industry")}
    declared = _declared(kind, log_base, within)
    return infer(declared, table, value, inference, sides=groups)


@register(_declared("related", 2, "section"), _declared("related", e, "section"))
def related_variety(
    table: IntoTable,
    *,
    within: str,
    value: str = "employment",
    log_base: float = 2,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How diverse a region is within groups of related industries.

    The mean entropy of detailed industries within their group, groups weighted by their share:
    the variety from which knowledge is said to spill over. With `unrelated_variety` it adds up
    to the entropy of detailed industries.

    .. math:: RV_r = \sum_g P_{rg} E_{rg}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, with detailed industries.
    within : str
        Column with the group of each industry, such as its section or two-digit code.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    log_base : float
        Above 1: 2 gives bits, as in the paper, e nats.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years. Few establishments push the entropy of
        detailed industries down by chance: ``bias_corrected`` says how far.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError
        An industry has no group or several, or as in `location_quotient`.
    OptionError
        `log_base` is not above 1, or as in `location_quotient`.

    Notes
    -----
    0 log 0 is 0. An empty region is `nan` in its own row, as is one with an unknown cell.

    References
    ----------
    Frenken, K., van Oort, F. and Verburg, T. (2007). Related variety, unrelated variety and
    regional economic growth. Regional Studies 41, 685-697.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": "A", "industry": ["59.11A", "59.12Z", "62.01Z"],
    ...                      "division": ["59", "59", "62"], "employment": [25, 25, 50]})
    >>> cs.related_variety(jobs, within="division")["estimate"].tolist()
    [0.5]
    >>> cs.unrelated_variety(jobs, within="division")["estimate"].tolist()
    [1.0]
    """
    return _variety("related", table, value, within, log_base, inference)


@register(_declared("unrelated", 2, "section"), _declared("unrelated", e, "section"))
def unrelated_variety(
    table: IntoTable,
    *,
    within: str,
    value: str = "employment",
    log_base: float = 2,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How diverse a region is between groups of industries that have little in common.

    The entropy of groups (sections, two-digit codes): a portfolio that protects from shocks to
    one of them.

    .. math:: UV_r = -\sum_g P_{rg} \log P_{rg}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, with detailed industries.
    within : str
        Column with the group of each industry, such as its section or two-digit code.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    log_base : float
        Above 1: 2 gives bits, as in the paper, e nats.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        Establishments are resampled with all their years.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `related_variety`.

    Notes
    -----
    0 log 0 is 0. An empty region is `nan` in its own row, as is one with an unknown cell.

    References
    ----------
    Frenken, K., van Oort, F. and Verburg, T. (2007). Related variety, unrelated variety and
    regional economic growth. Regional Studies 41, 685-697.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": "A", "industry": ["59.11A", "59.12Z", "62.01Z"],
    ...                      "division": ["59", "59", "62"], "employment": [25, 25, 50]})
    >>> cs.unrelated_variety(jobs, within="division")["estimate"].tolist()
    [1.0]
    """
    return _variety("unrelated", table, value, within, log_base, inference)
