"""Concentration beyond that of plants: indices that see establishments and their sizes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.inference.intervals import normal_p_value
from clusterstats.inference.options import Inference
from clusterstats.measures.concentration.indices import shares
from clusterstats.measures.declaration import AnalyticInput, AnalyticOutput, Declaration, register
from clusterstats.measures.run import infer

__all__ = ["ellison_glaeser", "maurel_sedillot"]

ONE_PLANT = 1e-9  # 1 - H below this is rounding of an industry with a single plant
PROPENSITY = (
    "the concentration of the regions' location probabilities for this industry, held fixed; "
    "not the process that drew those probabilities"
)


def lumps(x: Array, squares: Array) -> Array:
    """Herfindahl index of each industry's establishments, shape (..., industry)."""
    index: Array = squares.sum(axis=-2) / x.sum(axis=-2) ** 2
    return index


def _power_sums(s: Array, powers: tuple[int, ...]) -> list[Array]:
    """Sums over regions of powers of the reference shares, each (..., 1)."""
    return [(s**power).sum(axis=-2) for power in powers]


# --- Ellison and Glaeser --------------------------------------------------------------------


def _ellison_glaeser(
    x: Array, squares: Array, count: Array, fourth: Array, *, base: Array | None = None
) -> Array:
    """Moments (..., region, industry) -> (..., industry, component)."""
    q, s = shares(x, base)
    second, third = _power_sums(s, (2, 3))
    herfindahl = lumps(x, squares)
    raw = ((q - s) ** 2).sum(axis=-2)
    gamma = (raw - (1 - second) * herfindahl) / ((1 - second) * (1 - herfindahl))
    quartic = fourth.sum(axis=-2) / x.sum(axis=-2) ** 4
    variance = 2 * (
        herfindahl**2 * (second - 2 * third + second**2)
        - quartic * (second - 4 * third + 3 * second**2)
    )
    gamma = np.where(1 - herfindahl > ONE_PLANT, gamma, np.nan)
    return np.stack([gamma, raw, herfindahl, count.sum(axis=-2), variance], axis=-1)


def _ellison_glaeser_raw(x: Array, *_: Array, base: Array | None = None) -> Array:
    """What draws of establishments estimate: G / (1 - sum x^2), uncorrected."""
    q, s = shares(x, base)
    raw: Array = ((q - s) ** 2).sum(axis=-2) / (1 - (s**2).sum(axis=-2))
    return raw


def _ellison_glaeser_analytic(given: AnalyticInput) -> AnalyticOutput:
    """The test that G is what chance gives plants of these sizes (their variance of G)."""
    moments = [given.moments[power] for power in (1, 2, 0, 4)]
    _, raw, herfindahl, _, variance = np.moveaxis(
        _ellison_glaeser(*moments, base=given.base), -1, 0
    )
    _, s = shares(given.moments[1], given.base)
    expected = (1 - (s**2).sum(axis=-2)) * herfindahl
    statistic = np.where(variance > 0, (raw - expected) / np.sqrt(variance), np.nan)
    p_value = normal_p_value(statistic, given.option.alternative)
    error = np.sqrt(np.where(variance > 0, variance, np.nan))
    scale = (1 - (s**2).sum(axis=-2)) * (1 - herfindahl)
    return {"std_error": error / scale, "statistic": statistic, "p_value": p_value}


EG = Declaration(
    name="ellison_glaeser",
    kernel=_ellison_glaeser,
    grain=("industry",),
    formula="gamma = [G - (1 - sum_r x_r^2) H] / [(1 - sum_r x_r^2) (1 - H)], "
    "G = sum_r (s_r - x_r)^2, H = sum_k z_k^2",
    reference="Ellison and Glaeser 1997, eq. 5",
    neutral=0.0,
    bounds=(-np.inf, np.inf),
    estimand=PROPENSITY,
    powers=(1, 2, 0, 4),
    components=("gamma", "G", "H", "establishments", "var_G"),
    plug_in=_ellison_glaeser_raw,
    analytic=_ellison_glaeser_analytic,
    analytic_powers=(1, 2, 0, 4),
    analytic_gives="test",
)


@register(EG)
def ellison_glaeser(
    table: IntoTable,
    *,
    value: str = "employment",
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Concentration of an industry beyond what its plants' sizes and chance would give.

    0 where plants choose regions as darts thrown at all employment; positive where natural
    advantages or spillovers draw them together (0.02 to 0.05 is the authors' middle ground).

    .. math::
        \gamma = \frac{G - (1 - \sum_r x_r^2) H}{(1 - \sum_r x_r^2)(1 - H)},\quad
        G = \sum_r (s_r - x_r)^2,\quad H = \sum_k z_k^2

    Parameters
    ----------
    table : frame
        Establishments, or cells with ``establishments`` and ``{value}_squares``.
    value : str
        Size of a plant: ``"employment"``, another additive column, or ``"establishments"``,
        which counts all plants alike.
    base : str, optional
        Column with each region's reference size, for x_r; by default all employment of the table.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic`: the authors' test against chance (normal, with their variance of G), no
        interval. `Bootstrap`: establishments resampled, draws centred on the uncorrected
        G / (1 - sum x^2) that they estimate. `MonteCarlo(null="dartboard")`: the null by
        simulation, with the reference recomputed in each draw unless `base` fixes it.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``component`` (gamma, G, H, establishments, var_G),
        ``measure``, ``estimate``; inference columns on the row of gamma. ``statistic`` of
        `Analytic` is (G - E G) / sd G.

    Raises
    ------
    TableError
        Sizes of establishments are not known, or an interval meets an unknown size.

    Notes
    -----
    Plants with nobody count in ``establishments``, not in H. An industry with one plant (H = 1)
    or nowhere is `nan` in its own rows. Without `base` x contains the industry itself: where that
    is over a tenth of the table, index and `Analytic` test lean toward less concentration, and
    ``attrs["note"]`` says so. From cells, the fourth powers in var_G come from
    establishments that match each cell's count, sum and sum of squares.

    References
    ----------
    Ellison, G. and Glaeser, E. L. (1997), Journal of Political Economy 105, 889-927: eq. 5 for
    gamma, p. 907 for the variance of G.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> plants = pd.DataFrame({
    ...     "establishment": ["1", "2", "3", "4", "5", "6"], "region": list("AAABBC"),
    ...     "industry": ["film"] * 3 + ["other"] * 3, "employment": [10, 20, 30, 40, 50, 60]})
    >>> eg = cs.ellison_glaeser(plants)
    >>> eg[eg["component"] == "gamma"][["industry", "estimate"]].round(3)
      industry  estimate
    0     film     1.307
    5    other    -0.231
    """
    return infer(EG, table, value, inference, base)


# --- Maurel and Sédillot --------------------------------------------------------------------


def _maurel_sedillot(x: Array, squares: Array, *, base: Array | None = None) -> Array:
    """Moments (..., region, industry) -> (..., industry, component)."""
    raw = _maurel_sedillot_raw(x, base=base)
    herfindahl = lumps(x, squares)
    q, _ = shares(x, base)
    apart = np.where(1 - herfindahl > ONE_PLANT, 1 - herfindahl, np.nan)
    pairs = ((q**2).sum(axis=-2) - herfindahl) / apart
    gamma = (raw - herfindahl) / apart
    return np.stack([gamma, raw, herfindahl, pairs], axis=-1)


def _maurel_sedillot_raw(x: Array, *_: Array, base: Array | None = None) -> Array:
    """What draws of establishments estimate: the index without its correction for plants."""
    q, s = shares(x, base)
    second = (s**2).sum(axis=-2)
    raw: Array = ((q**2).sum(axis=-2) - second) / (1 - second)
    return raw


def _maurel_sedillot_analytic(given: AnalyticInput) -> AnalyticOutput:
    """Test against chance: variance of the weighted pairs of plants that share a region.

    The sum over pairs is a U-statistic of independent locations. With v1 the variance of x at
    one plant's region and v2 what remains for a pair, its variance is
    4 v1 sum z^2 (1 - z)^2 + 2 v2 (H^2 - sum z^4).
    """
    x = given.moments[1]
    _, s = shares(x, given.base)
    second, third = _power_sums(s, (2, 3))
    total = x.sum(axis=-2)
    h, cubes, fourth = (given.moments[p].sum(axis=-2) / total**p for p in (2, 3, 4))
    one = third - second**2
    pair = second * (1 - second) - 2 * one
    variance = 4 * one * (h - 2 * cubes + fourth) + 2 * pair * (h**2 - fourth)
    error = np.sqrt(np.where(variance > 0, variance, np.nan)) / ((1 - h) * (1 - second))
    statistic = given.estimate / error
    p_value = normal_p_value(statistic, given.option.alternative)
    return {"std_error": error, "statistic": statistic, "p_value": p_value}


MS = Declaration(
    name="maurel_sedillot",
    kernel=_maurel_sedillot,
    grain=("industry",),
    formula="gamma = (G - H) / (1 - H), G = (sum_r s_r^2 - sum_r x_r^2) / (1 - sum_r x_r^2), "
    "H = sum_k z_k^2",
    reference="Maurel and Sédillot 1999, eq. 8",
    neutral=0.0,
    bounds=(-np.inf, np.inf),
    estimand=PROPENSITY,
    powers=(1, 2),
    components=("gamma", "G", "H", "pair_probability"),
    plug_in=_maurel_sedillot_raw,
    analytic=_maurel_sedillot_analytic,
    analytic_powers=(1, 2, 3, 4),
    analytic_gives="test",
)


@register(MS)
def maurel_sedillot(
    table: IntoTable,
    *,
    value: str = "employment",
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Probability that two plants of an industry locate together, beyond chance.

    Estimates the same parameter as `ellison_glaeser` under the same model, from pairs of plants:
    the weighted share of pairs in one region, against what the reference gives. The two differ
    in a sample, even in sign; print both.

    .. math::
        \hat\gamma = \frac{G - H}{1 - H},\quad
        G = \frac{\sum_r s_r^2 - \sum_r x_r^2}{1 - \sum_r x_r^2}

    Parameters
    ----------
    table : frame
        Establishments, or cells with ``establishments`` and ``{value}_squares``.
    value : str
        Size of a plant: ``"employment"``, another additive column, or ``"establishments"``.
    base : str, optional
        Column with each region's reference size, for x_r; by default all employment of the table.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic`: test against chance with the variance of a weighted count of pairs, no
        interval. `Bootstrap`: establishments resampled, draws centred on the uncorrected G that
        they estimate.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry``, ``component`` (gamma, G, H, pair_probability),
        ``measure``, ``estimate``; inference columns on the row of gamma. ``pair_probability`` is
        the size-weighted share of pairs of plants that lie in one region.

    Raises
    ------
    TableError
        Sizes of establishments are not known, or an interval meets an unknown size.

    Notes
    -----
    As for `ellison_glaeser`: one plant, or none, is `nan` in its own rows.

    References
    ----------
    Maurel, F. and Sédillot, B. (1999), Regional Science and Urban Economics 29, 575-604, eq. 8.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> plants = pd.DataFrame({
    ...     "establishment": ["1", "2", "3", "4", "5", "6"], "region": list("AAABBC"),
    ...     "industry": ["film"] * 3 + ["other"] * 3, "employment": [10, 20, 30, 40, 50, 60]})
    >>> ms = cs.maurel_sedillot(plants)
    >>> ms[ms["component"] == "gamma"][["industry", "estimate"]].round(3)
      industry  estimate
    0     film     1.000
    4    other    -0.117
    """
    return infer(MS, table, value, inference, base)
