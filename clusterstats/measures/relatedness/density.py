"""How near a region's industries are to each industry, those that it has not included."""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, Kernel, register
from clusterstats.measures.relatedness.presence import (
    Presence,
    declared_on_presence,
    inferred,
)
from clusterstats.measures.relatedness.proximity import NORMS, proximity_kernel, relatedness_kernel

__all__ = ["density_kernel", "relatedness_density"]

Norm = Literal["proximity", "association", "cosine", "probability", "jaccard"]


def density_kernel(presence: Presence, norm: str, diagonal: float) -> Kernel:
    """x: values (..., region, industry) -> same shape; `nan` for what is empty or unrelated."""

    def density(x: Array) -> Array:
        m = presence(x)
        near = proximity_kernel(m, diagonal) if norm == "proximity" else relatedness_kernel(m, norm)
        ubiquity = m.sum(axis=-2)[
            ..., None, :
        ]  # unknown stays unknown; what is nowhere is not near
        known = np.where(np.isnan(near) & ~np.isnan(ubiquity), 0.0, near)
        share: Array = np.matmul(m, known) / known.sum(axis=-2)[..., None, :]
        empty = presence.empty(x, -1)[..., :, None] | presence.empty(x, -2)[..., None, :]
        return np.where(empty, np.nan, share)

    return density


def _declared(presence: Presence, norm: str, diagonal: float) -> Declaration:
    """The declaration of one norm and diagonal."""
    options: dict[str, Any] = {"norm": norm}
    if norm == "proximity":
        near = "phi the proximity" + ("" if diagonal == 1 else ", phi_ii = 0")
        reference = "Hidalgo, Klinger, Barabasi and Hausmann 2007, Science 317, eq. 2"
    else:
        near = f"phi_ij = {NORMS[norm][1]}, phi_ii = 0, S_i and T sums of co-occurrences C"
        reference = f"Boschma, Balland and Kogler 2015; {NORMS[norm][2]}"
    if diagonal != 1:
        options["diagonal"] = diagonal
    return declared_on_presence(
        presence,
        f"w_ri = sum_j M_rj phi_ij / sum_j phi_ij, {near}",
        name="relatedness_density",
        kernel=density_kernel(presence, norm, diagonal),
        grain=("region", "industry"),
        reference=reference,
        bounds=(0.0, 1.0),
        estimand="the density of true quotients, regions' probabilities held fixed",
        options=options,
        is_biased=True,
    )


FORMS = [
    _declared(Presence(), "proximity", 1),
    _declared(Presence(), "proximity", 0),
    *(_declared(Presence(), norm, 1) for norm in NORMS),
]


@register(*FORMS)
def relatedness_density(
    table: IntoTable,
    *,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    norm: Norm = "proximity",
    diagonal: Literal[1, 0] = 1,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Share of what is related to an industry that a region already has.

    The regressor of the literature on diversification: regions enter industries near those that
    they have. `entry_exit` puts it beside entries and exits.

    .. math:: \omega_{ri} = \frac{\sum_j M_{rj} \phi_{ij}}{\sum_j \phi_{ij}}

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
    norm : {"proximity", "association", "cosine", "probability", "jaccard"}
        What phi is: `proximity`, or a norm of `relatedness`, whose diagonal is 0.
    diagonal : {1, 0}
        Proximity of an industry to itself. With 1 the region's own presence counts, so that
        industries it has are denser by construction; a regression of entry sees only those it
        has not, where 1 adds 1 to the denominator alone.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        As in `diversity_count`: `MonteCarlo` tests against chance location; `Bootstrap` by
        establishment shows in ``std_error`` how firm a density is, without an interval.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry``, ``measure``, ``estimate`` (0 to 1; other
        programs print percent) and the inference columns.

    Raises
    ------
    TableError
        `binary` holds other numbers than 0 and 1, or as in `location_quotient`.
    OptionError
        `threshold` is not above 0 or comes with `binary`, `diagonal=0` comes with a norm that has
        no diagonal, or a method does not fit.

    Notes
    -----
    An empty region, an industry that is present nowhere, and one related to none are `nan` in
    their own rows. An unknown cell leaves all unknown, since each density sums over all
    industries.

    References
    ----------
    Hidalgo, C. A., Klinger, B., Barabási, A.-L. and Hausmann, R. (2007). Science 317, 482-487.
    Boschma, R., Balland, P.-A. and Kogler, D. F. (2015). Relatedness and technological change in
    cities. Industrial and Corporate Change 24, 223-250.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A"] * 3 + ["B"] * 3 + ["C"] * 3,
    ...                      "industry": ["film", "sound", "steel"] * 3,
    ...                      "employment": [50, 40, 10, 60, 5, 35, 0, 0, 100]})
    >>> density = cs.relatedness_density(jobs)
    >>> density[density["region"] == "B"].round(3)[["region", "industry", "estimate"]]
      region industry  estimate
    3      B     film     0.667
    4      B    sound     0.333
    5      B    steel     0.000
    """
    require_choice("norm", norm, ["proximity", *NORMS])
    if diagonal not in (0, 1):
        raise OptionError(f"diagonal={diagonal!r} is not known; use 1 or 0")
    if norm != "proximity" and diagonal != 1:
        raise OptionError(f"norm={norm!r} has no diagonal; leave diagonal= out")
    declare = partial(_declared, norm=norm, diagonal=diagonal)
    return inferred(declare, threshold, table, value, binary, inference)
