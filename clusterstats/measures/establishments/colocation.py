"""Colocation of plants of two industries, against shuffled plants, exactly."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import require_choice
from clusterstats.inference.intervals import normal_p_value
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import AnalyticInput, AnalyticOutput, Declaration, register
from clusterstats.measures.establishments.pairs import require_room
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["colocation"]

Reference = Literal["pair", "all"]


def _products(a: Array, b: Array) -> Array:
    """Sums over regions of products of columns: two (..., region, industry) -> (..., square)."""
    square: Array = np.swapaxes(a, -1, -2) @ b
    return square


def _sites(count: Array, reference: str) -> tuple[Array, Array, Array]:
    """Over the plants that are shuffled, falling powers of their number in each region, summed.

    n, sum_r m_r (m_r - 1) and sum_r m_r (m_r - 1) (m_r - 2), each (..., industry, industry) or
    with axes of length 1. For two industries (a + b) falls by the binomial theorem.
    """
    if reference == "all":
        m = count.sum(axis=-1)
        falling = m, m * (m - 1), m * (m - 1) * (m - 2)
        n, second, third = (part.sum(axis=-1)[..., None, None] for part in falling)
        return n, second, third
    second, third = count * (count - 1), count * (count - 1) * (count - 2)
    one, two, three = (_both(part.sum(axis=-2)) for part in (count, second, third))
    thrice = _products(second, count)
    crossed = thrice + np.swapaxes(thrice, -1, -2)
    return one, two + 2 * _products(count, count), three + 3 * crossed


def _both(x: Array) -> Array:
    """Sums of a row's and a column's value: (..., industry) -> (..., industry, industry)."""
    return x[..., :, None] + x[..., None, :]


def _chance(wanted: Array, n: Array, drawn: int) -> Array:
    """Share of the ordered choices of so many different plants out of n."""
    choices = np.prod([n - k for k in range(drawn)], axis=0)
    return np.where(choices > 0, wanted / np.where(choices > 0, choices, 1.0), 0.0)


def _variance(count: Array, lumps: Array, reference: str) -> tuple[Array, Array]:
    """Exact mean and variance of CL over all ways to shuffle the plants' sites.

    Two cross pairs of plants share both plants with weight H_a H_b, one plant with H_a (1 - H_b)
    or (1 - H_a) H_b, none otherwise: the chance that 2, 3, and twice 2 plants share a region.
    """
    n, second, third = _sites(count, reference)
    two, three = _chance(second, n, 2), _chance(third, n, 3)
    twice_two = _chance(second**2 - 4 * third - 2 * second, n, 4)
    h, g = lumps[..., :, None], lumps[..., None, :]
    square = h * g * two + (h + g - 2 * h * g) * three + (1 - h) * (1 - g) * twice_two
    return two, np.clip(square - two**2, 0, None)


def _colocation(x: Array, squares: Array, count: Array, *, reference: str) -> Array:
    """Moments (..., region, industry) -> (..., industry, industry, component)."""
    share = x / x.sum(axis=-2, keepdims=True)
    together = _products(share, share)
    lumps = squares.sum(axis=-2) / x.sum(axis=-2) ** 2
    expected, variance = _variance(count, lumps, reference)
    expected = np.where(np.isnan(together), np.nan, expected)
    return np.stack([together - expected, together, expected, variance], axis=-1)


def _drawn(x: Array, _: Array, count: Array, *, reference: str) -> Array:
    """What draws of plants estimate: a plant drawn twice is in one region with itself."""
    share, place = (part / part.sum(axis=-2, keepdims=True) for part in (x, count))
    n = count.sum(axis=-2)
    if reference == "all":
        shares = count.sum(axis=-1) / n.sum(axis=-1)[..., None]
        expected = (shares**2).sum(axis=-1)[..., None, None]
    else:
        own = n * (n - 1) * (place**2).sum(axis=-2)
        cross = n[..., :, None] * n[..., None, :] * _products(place, place)
        total = _both(n)
        expected = (_both(own) + 2 * cross) / (total * (total - 1))
    drawn: Array = _products(share, share) - expected
    return drawn


def _colocation_test(given: AnalyticInput, *, reference: str) -> AnalyticOutput:
    """The normal test with the exact mean and variance of CL."""
    x, squares, count = (given.moments[power] for power in (1, 2, 0))
    variance = _colocation(x, squares, count, reference=reference)[..., 3]
    error = np.sqrt(np.where(variance > 1e-15, variance, np.nan))
    statistic = given.estimate / error
    p_value = normal_p_value(statistic, given.option.alternative)
    return {"std_error": error, "statistic": statistic, "p_value": p_value}


def _declared(reference: Reference) -> Declaration:
    """The declaration for one set of plants to shuffle."""
    plants = {"pair": "the two industries", "all": "the whole table"}[reference]
    return Declaration(
        name="colocation",
        kernel=partial(_colocation, reference=reference),
        grain=("industry", "industry2"),
        formula="XCL = CL - sum_r m_r (m_r - 1) / [n (n - 1)], CL = sum_r n_ra n_rb / (n_a n_b), "
        f"m_r the plants of {plants} in r, n in all",
        reference="Howard, Newman and Tarp 2016, expectation in closed form",
        neutral=0.0,
        bounds=(-1.0, 1.0),
        estimand="the excess for the regions' location probabilities of the two industries, held "
        "fixed",
        powers=(1, 2, 0),
        components=("XCL", "CL", "expected", "var_CL"),
        options={"reference": reference},
        plug_in=partial(_drawn, reference=reference),
        analytic=partial(_colocation_test, reference=reference),
        analytic_powers=(1, 2, 0),
        analytic_gives="test",
    )


DECLARED: dict[Reference, Declaration] = {"pair": _declared("pair"), "all": _declared("all")}


@register(*DECLARED.values())
def colocation(
    table: IntoTable,
    *,
    value: str = "establishments",
    reference: Reference = "pair",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Share of pairs of plants of two industries that are in one region, beyond chance.

    CL is the share of cross pairs in one region; XCL what it exceeds its mean by when plants
    are shuffled over their sites. The authors simulate that mean; here it is exact, and so is the
    variance of CL, for all pairs of industries at once.

    .. math::
        XCL = \frac{\sum_r n_{ra} n_{rb}}{n_a n_b} -
        \frac{\sum_r m_r (m_r - 1)}{n (n - 1)}

    Parameters
    ----------
    table : frame
        Establishments, or cells with ``establishments``.
    value : str
        ``"establishments"`` counts all pairs alike, as in the paper; an additive column weights
        them by the product of the plants' sizes (cells then need ``{value}_squares``).
    reference : {"pair", "all"}
        Plants whose sites are shuffled: those of the two industries, or of the whole table.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic`: test with the exact mean and variance of CL under shuffling (normal), no
        interval. `Bootstrap` and `Jackknife`: establishments resampled, valid for an interval.
        `MonteCarlo(null="random_location")` shuffles the sites of the whole table.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``industry2`` (each pair once), ``component`` (XCL, CL,
        expected, var_CL), ``measure``, ``estimate``; inference columns on the row of XCL.

    Raises
    ------
    TableError
        Establishments, or their sizes where `value` weights them, are not known.
    OptionError
        Draws of all pairs would not fit in memory; the sentence says how many industries to take.

    Notes
    -----
    Shuffling sites among plants and shuffling industry labels are the same where plants count
    alike. With p2, p3, p22 the chances that two plants, three plants and each of two couples
    share a region, Var CL = H_a H_b p2 + (H_a + H_b - 2 H_a H_b) p3 + (1 - H_a)(1 - H_b) p22 -
    p2^2; H = 1 / n where plants count alike. Plants of size 0 weigh nothing, but their sites
    count. An industry that is nowhere is `nan` in its own pairs; one in every region is not
    special. With one plant in each industry, or all plants in one region, chance has no spread
    and the test is `nan`.

    References
    ----------
    Howard, E., Newman, C. and Tarp, F. (2016), Journal of Economic Geography 16, 1055-1078.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> plants = pd.DataFrame({
    ...     "establishment": ["1", "2", "3", "4", "5", "6"], "region": list("AABABB"),
    ...     "industry": ["film"] * 3 + ["games"] * 3})
    >>> cs.colocation(plants)[["component", "estimate"]].round(3)
      component  estimate
    0       XCL     0.044
    1        CL     0.444
    2  expected     0.400
    3    var_CL     0.018
    """
    require_choice("reference", reference, ["pair", "all"])
    grid = Grid.of(table, (value,))
    require_room(DECLARED[reference], grid, inference)
    return infer(DECLARED[reference], grid, value, inference)
