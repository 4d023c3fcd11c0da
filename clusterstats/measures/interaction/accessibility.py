"""Interaction over distance: potentials, accessibility, and where customers go."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.measures.interaction.pulls import Absent, Decay, Form, Internal

__all__ = ["hansen_accessibility", "harris_potential", "huff"]


def harris_potential(
    table: IntoTable,
    *,
    size: str = "size",
    distance: str = "distance_km",
    internal: Internal = "table",
    absent: Absent = "error",
    inference: None = None,
) -> pd.DataFrame:
    r"""Market potential: the sizes of all places, each over its distance.

    .. math:: P_i = \sum_j \frac{m_j}{d_{ij}}

    Parameters
    ----------
    table : frame
        Rows of pairs: origin, destination[, year], distance, size of the destination.
    size : str
        Column of the destination's size: income, sales, people.
    distance : str
        Column of the distance, in any unit above 0.
    internal : {"table", "area", "none"}
        A place's distance to itself: in the table; two thirds of the radius of a disk of
        ``area_km2`` (a column, the origin's; distances then in km); or itself left out.
    absent : {"error", "zero"}
        A pair without a row is an error, or counts for nothing (out of reach).
    inference : None
        Refused: a potential is computed from the table, not estimated.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``origin``, ``measure``, ``estimate`` (size over distance).

    Raises
    ------
    TableError
        A column is not there, pairs repeat or are absent, a size or distance is negative, a
        destination has two sizes, or a distance of 0 makes the potential infinite.
    OptionError
        An option is not known, or inference is asked for.

    Notes
    -----
    The internal distance weighs much where the own size is large: state it. Sizes of 0 count as
    they are. An unknown size or distance leaves the origins that need it `nan`, others not.

    References
    ----------
    Harris, C. D. (1954). The market as a factor in the localization of industry in the United
    States. Annals of the Association of American Geographers 44, 315-348. Internal distance:
    Head, K. and Mayer, T. (2010), Illusory border effects.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> pairs = pd.DataFrame({"origin": ["A", "A", "B", "B"], "destination": ["A", "B"] * 2,
    ...                       "distance_km": [5, 20, 20, 10], "size": [100, 40] * 2})
    >>> cs.harris_potential(pairs)[["origin", "estimate"]]
      origin  estimate
    0      A      22.0
    1      B       9.0
    """
    form = Form("harris_potential", "power", 1.0, 1.0, internal, absent)
    return _summed(form, table, size, distance, inference, "sum_j m_j / d_ij", "Harris 1954")


def hansen_accessibility(
    table: IntoTable,
    *,
    rate: float,
    decay: Decay = "power",
    size_power: float = 1.0,
    size: str = "size",
    distance: str = "distance_km",
    internal: Internal = "table",
    absent: Absent = "error",
    inference: None = None,
) -> pd.DataFrame:
    r"""Accessibility: the sizes within reach of each place, less the farther they are.

    .. math:: A_i = \sum_j a_j^{\gamma} f(d_{ij}), \quad f(d) = d^{-\lambda} \text{ or }
       e^{-\lambda d}

    Parameters
    ----------
    table : frame
        As in `harris_potential`.
    rate : float
        How fast distance deters, lambda, 0 or more: a choice of yours (or of a gravity model).
    decay : {"power", "exponential"}
        Form of f.
    size_power : float
        Power of the size, gamma.
    size, distance : str
        As in `harris_potential`.
    internal : {"table", "area", "none"}
        As in `harris_potential`.
    absent : {"error", "zero"}
        As in `harris_potential`.
    inference : None
        Refused: accessibility is computed from the table, not estimated.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``origin``, ``measure``, ``estimate``.

    Raises
    ------
    TableError, OptionError
        As in `harris_potential`; a rate below 0 is refused.

    Notes
    -----
    As in `harris_potential`; with exponential decay a distance of 0 is allowed.

    References
    ----------
    Hansen, W. G. (1959). How accessibility shapes land use. Journal of the American Institute of
    Planners 25, 73-76.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> pairs = pd.DataFrame({"origin": ["A", "A", "B", "B"], "destination": ["A", "B"] * 2,
    ...                       "distance_km": [5, 20, 20, 10], "size": [100, 40] * 2})
    >>> cs.hansen_accessibility(pairs, rate=2)[["origin", "estimate"]]
      origin  estimate
    0      A      4.10
    1      B      0.65
    """
    form = Form("hansen_accessibility", decay, rate, size_power, internal, absent)
    formula = "sum_j a_j^gamma f(d_ij)"
    return _summed(form, table, size, distance, inference, formula, "Hansen 1959")


def huff(
    table: IntoTable,
    *,
    rate: float,
    decay: Decay = "power",
    size_power: float = 1.0,
    size: str = "size",
    distance: str = "distance_km",
    internal: Internal = "table",
    absent: Absent = "error",
    inference: None = None,
) -> pd.DataFrame:
    r"""Share of each origin's customers that each destination draws, by its size and distance.

    .. math:: p_{ij} = \frac{a_j^{\gamma} f(d_{ij})}{\sum_k a_k^{\gamma} f(d_{ik})}

    Parameters
    ----------
    table : frame
        As in `harris_potential`.
    rate : float
        As in `hansen_accessibility`.
    decay : {"power", "exponential"}
        As in `hansen_accessibility`.
    size_power : float
        As in `hansen_accessibility`.
    size, distance : str
        As in `harris_potential`.
    internal : {"table", "area", "none"}
        As in `harris_potential`.
    absent : {"error", "zero"}
        As in `harris_potential`.
    inference : None
        Refused: the shares are computed from the table, not estimated.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``origin``, ``destination``, ``measure``, ``estimate`` (shares that sum
        to 1 over destinations).

    Raises
    ------
    TableError, OptionError
        As in `hansen_accessibility`.

    Notes
    -----
    Where all sizes within reach are 0 the origin's shares are `nan`, as where one is unknown.

    References
    ----------
    Huff, D. L. (1962). Determination of intra-urban retail trade areas. University of California.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> pairs = pd.DataFrame({"origin": ["A", "A"], "destination": ["A", "B"],
    ...                       "distance_km": [5, 10], "size": [100, 200]})
    >>> cs.huff(pairs, rate=1)[["origin", "destination", "estimate"]]
      origin destination  estimate
    0      A           A       0.5
    1      A           B       0.5
    """
    form = Form("huff", decay, rate, size_power, internal, absent)
    pairs = form.pairs(table, size, distance, inference)
    with np.errstate(all="ignore"):
        share = pairs.pull / pairs.total()[pairs.place]
    keys = pairs.keys(("origin", "destination"))
    formula = "p_ij = a_j^gamma f(d_ij) / sum_k a_k^gamma f(d_ik)"
    return form.tidy(keys, share, formula, "Huff 1962", size)


def _summed(
    form: Form,
    table: IntoTable,
    size: str,
    distance: str,
    inference: object,
    formula: str,
    reference: str,
) -> pd.DataFrame:
    """Pulls added up by origin."""
    pairs = form.pairs(table, size, distance, inference)
    keys = pairs.keys(("origin",)).drop_duplicates()
    return form.tidy(keys, pairs.total(), formula, reference, size)
