"""Relatedness of industries, from the regions that have both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.relatedness.presence import (
    Presence,
    declared_on_presence,
    inferred,
)

__all__ = ["proximity", "proximity_kernel", "relatedness", "relatedness_kernel"]

PAIRS = "the index of the pair, regions' probabilities of holding each held fixed"


def together(m: Array) -> Array:
    """m: presence (..., region, industry) -> regions that have both, (..., industry, industry)."""
    both: Array = np.matmul(np.swapaxes(m, -1, -2), m)
    return both


# --- proximity ------------------------------------------------------------------------------


def proximity_kernel(m: Array, diagonal: float) -> Array:
    """m: presence (..., region, industry) -> (..., industry, industry)."""
    both = together(m)
    ubiquity = m.sum(axis=-2)
    larger = np.maximum(ubiquity[..., :, None], ubiquity[..., None, :])
    alike = np.where(larger > 0, both / larger, np.nan)
    nowhere = ubiquity == 0
    alike[nowhere[..., :, None] | nowhere[..., None, :]] = np.nan
    own = np.arange(m.shape[-1])
    alike[..., own, own] = np.where(np.isnan(alike[..., own, own]), np.nan, diagonal)
    return alike


def _proximity_declared(presence: Presence, diagonal: float) -> Declaration:
    """The declaration with one diagonal."""
    own = "" if diagonal == 1 else "; phi_ii = 0"
    return declared_on_presence(
        presence,
        f"phi_ij = sum_r M_ri M_rj / max(u_i, u_j), u_i = sum_r M_ri{own}",
        name="proximity",
        kernel=lambda x: proximity_kernel(presence(x), diagonal),
        grain=("industry", "industry2"),
        pairs="all",
        reference="Hidalgo, Klinger, Barabasi and Hausmann 2007, Science 317, 482",
        bounds=(0.0, 1.0),
        estimand=PAIRS,
        options={"diagonal": diagonal},
        is_biased=True,
    )


@register(*(_proximity_declared(Presence(), diagonal) for diagonal in (1, 0)))
def proximity(
    table: IntoTable,
    *,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    diagonal: Literal[1, 0] = 1,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How likely a region that has one industry is to have the other too.

    The smaller of the two conditional probabilities, over regions: the product space. It rises
    with how widespread both are; `relatedness` compares with what their spread would give.

    .. math::
        \phi_{ij} = \min\{P(i \mid j), P(j \mid i)\} = \frac{\sum_r M_{ri} M_{rj}}{\max(u_i, u_j)}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    threshold : float
        Least location quotient that counts as present, above 0.
    binary : str, optional
        Column of cells that says what is present (1), absent (0) or unknown (blank) in place of
        the quotients.
    diagonal : {1, 0}
        What an industry is to itself: 1 by the formula, 0 as some programs have it.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        ``Bootstrap(unit="region")`` draws regions, over which the probabilities are taken: valid
        with some tens of regions, and with `binary` too. By establishment ``std_error`` says how
        far pairs hang on few of them, and intervals are blank (see `diversity_count`).
        `MonteCarlo` tests against establishments that locate by chance; with
        ``null="configuration"`` (and with `binary`) against presences drawn given how many each
        region and each industry has, which widespread industries share by chance alone.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``industry2`` (all pairs, both ways), ``measure``,
        ``estimate`` and the inference columns.

    Raises
    ------
    TableError
        `binary` holds other numbers than 0 and 1, or as in `location_quotient`.
    OptionError
        `threshold` is not above 0 or comes with `binary`, or a method does not fit.

    Notes
    -----
    Zeros are absent. A quotient equal to the threshold but for rounding counts. An industry
    present nowhere is `nan` in its own pairs; empty regions change nothing. An unknown cell leaves
    all quotients unknown, with `binary` the pairs of its own industry.

    References
    ----------
    Hidalgo, C. A., Klinger, B., Barabási, A.-L. and Hausmann, R. (2007). The product space
    conditions the development of nations. Science 317, 482-487.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A"] * 3 + ["B"] * 3 + ["C"] * 3,
    ...                      "industry": ["film", "sound", "steel"] * 3,
    ...                      "employment": [50, 40, 10, 60, 5, 35, 0, 0, 100]})
    >>> cs.proximity(jobs)[["industry", "industry2", "estimate"]].head(3)
      industry industry2  estimate
    0     film      film       1.0
    1     film     sound       0.5
    2     film     steel       0.0
    """
    if diagonal not in (0, 1):
        raise OptionError(f"diagonal={diagonal!r} is not known; use 1 or 0")
    declare = partial(_proximity_declared, diagonal=diagonal)
    return inferred(declare, threshold, table, value, binary, inference)


# --- relatedness ----------------------------------------------------------------------------

Norm = Literal["association", "cosine", "probability", "jaccard"]


def _association(both: Array, s: Array, s2: Array, total: Array) -> Array:
    return both * total / (s * s2)


def _cosine(both: Array, s: Array, s2: Array, total: Array) -> Array:
    return both / np.sqrt(s * s2)


def _probability(both: Array, s: Array, s2: Array, total: Array) -> Array:
    first, second = s / total * (s2 / (total - s)), s2 / total * (s / (total - s2))
    return both / ((first + second) * total / 2)


def _jaccard(both: Array, s: Array, s2: Array, total: Array) -> Array:
    return both / (s + s2 - both)


NORMS: dict[str, tuple[Callable[..., Array], str, str, tuple[float, float]]] = {
    "association": (
        _association,
        "C_ij T / (S_i S_j)",
        "van Eck and Waltman 2009, eq. 6",
        (0.0, np.inf),
    ),
    "cosine": (_cosine, "C_ij / sqrt(S_i S_j)", "Salton and McGill 1983", (0.0, 1.0)),
    "probability": (
        _probability,
        "C_ij / (T / 2 (S_i / T S_j / (T - S_i) + S_j / T S_i / (T - S_j)))",
        "Steijn 2021, Improvement on the association strength",
        (0.0, np.inf),
    ),
    "jaccard": (_jaccard, "C_ij / (S_i + S_j - C_ij)", "Jaccard 1901", (0.0, 1.0)),
}


def relatedness_kernel(m: Array, norm: str) -> Array:
    """m: presence (..., region, industry) -> (..., industry, industry), its diagonal `nan`."""
    both = together(m)
    own = np.arange(m.shape[-1])
    both[..., own, own] = 0.0
    sums = both.sum(axis=-1)
    total = sums.sum(axis=-1)[..., None, None]
    index = NORMS[norm][0](both, sums[..., :, None], sums[..., None, :], total)
    alone = sums == 0
    index = np.where(alone[..., :, None] | alone[..., None, :], np.nan, index)
    index[..., own, own] = np.nan
    return index


def _relatedness_declared(presence: Presence, norm: str) -> Declaration:
    """The declaration of one norm."""
    _, formula, reference, bounds = NORMS[norm]
    return declared_on_presence(
        presence,
        f"{formula}; C_ij = sum_r M_ri M_rj, C_ii = 0, S_i = sum_j C_ij, T = sum_i S_i",
        name="relatedness",
        kernel=lambda x: relatedness_kernel(presence(x), norm),
        grain=("industry", "industry2"),
        pairs="ordered",
        reference=reference,
        bounds=bounds,
        estimand=PAIRS,
        options={"norm": norm},
        is_biased=True,
    )


@register(*(_relatedness_declared(Presence(), norm) for norm in NORMS))
def relatedness(
    table: IntoTable,
    *,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    norm: Norm = "association",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How often two industries are found together, against how often each is found with any.

    1 (association, probability) is as often as their totals would give; above, they are related.

    .. math::
        \frac{C_{ij} T}{S_i S_j}, \quad C_{ij} = \sum_r M_{ri} M_{rj}, \; C_{ii} = 0, \;
        S_i = \sum_j C_{ij}, \; T = \sum_i S_i

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    threshold : float
        Least location quotient that counts as present, above 0.
    binary : str, optional
        Column of cells that says what is present (1), absent (0) or unknown (blank) in place of
        the quotients.
    norm : {"association", "cosine", "probability", "jaccard"}
        Association strength; C / sqrt(S S); association whose expectation leaves out an industry
        with itself (Steijn); C / (S + S - C).
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        As in `proximity`: ``Bootstrap(unit="region")`` draws regions, `MonteCarlo` tests against
        chance.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``industry2`` (both ways, none with itself),
        ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError, OptionError
        As in `proximity`.

    Notes
    -----
    An industry found with no other (S = 0) is `nan` in its own pairs. S and T are sums of
    co-occurrences without the diagonal, not numbers of regions, as the papers have them.
    For the rest as in `proximity`.

    References
    ----------
    van Eck, N. J. and Waltman, L. (2009). How to normalize cooccurrence data? JASIST 60,
    1635-1651. Steijn, M. P. A. (2021). Improvement on the association strength. Scientometrics
    126, 7249-7279. Salton, G. and McGill, M. J. (1983). Introduction to Modern Information
    Retrieval.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A"] * 3 + ["B"] * 3 + ["C"] * 3,
    ...                      "industry": ["film", "sound", "steel"] * 3, "has":
    ...                      [1, 1, 0, 1, 1, 1, 0, 0, 1]})
    >>> cs.relatedness(jobs, binary="has")[["industry", "industry2", "estimate"]].head(2)
      industry industry2  estimate
    0     film     sound  1.777778
    1     film     steel  1.333333
    """
    require_choice("norm", norm, NORMS)
    declare = partial(_relatedness_declared, norm=norm)
    return inferred(declare, threshold, table, value, binary, inference)
