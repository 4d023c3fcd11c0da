"""Coagglomeration: whether industries locate together beyond what chance gives their plants."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.intervals import normal_p_value
from clusterstats.inference.options import Inference
from clusterstats.measures.concentration.indices import shares
from clusterstats.measures.declaration import AnalyticInput, AnalyticOutput, Declaration, register
from clusterstats.measures.establishments.groups import PLACES, declared_groups, group_keys
from clusterstats.measures.establishments.pairs import require_room
from clusterstats.measures.establishments.plants import ONE_PLANT
from clusterstats.measures.run import infer
from clusterstats.measures.sides import Side
from clusterstats.tables import Grid

__all__ = ["coagglomeration"]

Reference = Literal["total", "mean_share"]
METHODS = ["ellison_glaeser_kerr", "ellison_glaeser_group", "maurel_sedillot"]


def _compared(x: Array, base: Array | None, reference: str) -> tuple[Array, Array, Array]:
    """Regions' shares s of each industry and x of the reference, and 1 - sum x^2 (..., 1, 1)."""
    s, p = shares(x, base)
    if reference == "mean_share":
        is_there = x.sum(axis=-2, keepdims=True) != 0
        mean = np.sum(s, axis=-1, keepdims=True, where=is_there)
        p = mean / is_there.sum(axis=-1, keepdims=True)
    room = 1 - (p**2).sum(axis=-2, keepdims=True)
    return s, p, np.where(room > ONE_PLANT, room, np.nan)


def _products(u: Array) -> Array:
    """Sums over regions of products of columns: (..., region, industry) -> (..., pair square)."""
    square: Array = np.swapaxes(u, -1, -2) @ u
    return square


def _ellison_glaeser_kerr(x: Array, *, base: Array | None = None, reference: str) -> Array:
    """x: values (..., region, industry) -> (..., industry, industry)."""
    s, p, room = _compared(x, base, reference)
    return _products(s - p) / room


def _maurel_sedillot_pairs(x: Array, *, base: Array | None = None) -> Array:
    """x: values (..., region, industry) -> (..., industry, industry)."""
    s, _, room = _compared(x, base, "total")
    return (_products(s) - (1 - room)) / room


def _group_of_two(x: Array, squares: Array, *, base: Array | None = None) -> Array:
    """Moments (..., region, industry) -> (..., industry, industry, component)."""
    together = _ellison_glaeser_kerr(x, base=base, reference="total")
    total = x.sum(axis=-2)
    lumps = squares.sum(axis=-2) / total**2
    apart = np.where(1 - lumps > ONE_PLANT, 1 - lumps, np.nan)
    alone = total * (np.diagonal(together, axis1=-2, axis2=-1) - lumps) / apart
    both = total[..., :, None] + total[..., None, :]
    mean = (alone[..., :, None] + alone[..., None, :]) / both
    gamma = np.where(np.isnan(mean), np.nan, together)
    return np.stack([gamma, gamma / mean], axis=-1)


# --- tests against chance -------------------------------------------------------------------


def _pair_test(given: AnalyticInput, *, reference: str, is_linear: bool) -> AnalyticOutput:
    """Plants of these sizes thrown at regions with probabilities x: variance of the index.

    (s_a - x)(s_b - x) has mean 0 and variance H_a H_b tr V^2, V = diag(x) - x x'; the index of
    Maurel and Sédillot adds x'(s_a - x) + x'(s_b - x), of variance (H_a + H_b) x'V x.
    """
    x, squares = given.moments[1], given.moments[2]
    _, p, room = _compared(x, given.base, reference)
    lumps = squares.sum(axis=0) / x.sum(axis=0) ** 2
    second, third = (p**2).sum(), (p**3).sum()
    variance = np.outer(lumps, lumps) * (second - 2 * third + second**2)
    if is_linear:
        variance += np.add.outer(lumps, lumps) * (third - second**2)
    error = np.sqrt(np.where(variance > 0, variance, np.nan)) / room
    statistic = given.estimate / error
    p_value = normal_p_value(statistic, given.option.alternative)
    return {"std_error": error, "statistic": statistic, "p_value": p_value}


# --- declarations ---------------------------------------------------------------------------

KERR = Declaration(
    name="coagglomeration",
    kernel=partial(_ellison_glaeser_kerr, reference="total"),
    grain=("industry", "industry2"),
    formula="gamma_ab = sum_r (s_ra - x_r) (s_rb - x_r) / (1 - sum_r x_r^2), x_r the region's "
    "share of the reference",
    reference="Ellison, Glaeser and Kerr 2010; Ellison and Glaeser 1997",
    neutral=0.0,
    bounds=(-np.inf, np.inf),
    estimand=PLACES,
    options={"method": "ellison_glaeser_kerr", "reference": "total"},
    analytic=partial(_pair_test, reference="total", is_linear=False),
    analytic_powers=(1, 2),
    analytic_gives="test",
)
KERRS: dict[Reference, Declaration] = {
    "total": KERR,
    "mean_share": replace(
        KERR,
        kernel=partial(_ellison_glaeser_kerr, reference="mean_share"),
        formula="gamma_ab = sum_r (s_ra - x_r) (s_rb - x_r) / (1 - sum_r x_r^2), x_r the "
        "unweighted mean of s_ri over industries",
        reference="Ellison, Glaeser and Kerr 2010",
        options={"method": "ellison_glaeser_kerr", "reference": "mean_share"},
        analytic=partial(_pair_test, reference="mean_share", is_linear=False),
    ),
}
OTHERS: dict[str, Declaration] = {
    "ellison_glaeser_group": replace(
        KERR,
        kernel=_group_of_two,
        formula="gamma_c = sum_r (s_ra - x_r) (s_rb - x_r) / (1 - sum_r x_r^2), lambda = gamma_c "
        "/ (w_a gamma_a + w_b gamma_b), w their shares of the two, gamma as in ellison_glaeser",
        reference="Ellison and Glaeser 1997, a group of two",
        powers=(1, 2),
        components=("gamma_c", "lambda"),
        options={"method": "ellison_glaeser_group"},
    ),
    "maurel_sedillot": replace(
        KERR,
        kernel=_maurel_sedillot_pairs,
        formula="gamma_ab = (sum_r s_ra s_rb - sum_r x_r^2) / (1 - sum_r x_r^2)",
        reference="Maurel and Sédillot 1999, for two industries",
        bounds=(-np.inf, 1.0),
        options={"method": "maurel_sedillot"},
        is_biased=True,
        analytic=partial(_pair_test, reference="total", is_linear=True),
    ),
}


# --- the door -------------------------------------------------------------------------------


IN_GROUPS = [
    declared_groups(method, "section", np.empty(0, dtype=np.intp))
    for method in ("ellison_glaeser_group", "maurel_sedillot")
]


@register(*KERRS.values(), *OTHERS.values(), *IN_GROUPS)
def coagglomeration(
    table: IntoTable,
    *,
    value: str = "employment",
    method: Literal[
        "ellison_glaeser_kerr", "ellison_glaeser_group", "maurel_sedillot"
    ] = "ellison_glaeser_kerr",
    reference: Reference = "total",
    within: str | None = None,
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Whether plants of different industries are found together beyond what chance gives.

    For all pairs of industries at once, or, with `within`, for groups of industries such as the
    sub-classes of a division. 0 where they locate independently of each other given the
    reference; positive where they share places, negative where they avoid them.

    .. math::
        \gamma_{ab} = \frac{\sum_r (s_{ra} - x_r)(s_{rb} - x_r)}{1 - \sum_r x_r^2},\quad
        \gamma_c = \frac{G / (1 - \sum_r x_r^2) - H - \sum_j \gamma_j w_j^2 (1 - H_j)}
        {1 - \sum_j w_j^2},\quad \lambda = \frac{\gamma_c}{\sum_j w_j \gamma_j}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine. The group index needs
        the sizes of establishments, and so do intervals and tests.
    value : str
        Size of a plant: ``"employment"``, another additive column, or ``"establishments"``.
    method : {"ellison_glaeser_kerr", "ellison_glaeser_group", "maurel_sedillot"}
        The covariance of two industries' shares (2010); gamma_c of a group and lambda, the part
        of its members' own concentration that crosses industries (1997); or the probability that
        two plants of different industries are in one region, beyond that of the reference (1999).
    reference : {"total", "mean_share"}
        x_r of the pairwise index: the region's share of all employment, or the unweighted mean
        over industries of their shares, as in the paper of 2010.
    within : str, optional
        Column with the group of each industry, for the group index and that of Maurel and
        Sédillot. Without it each pair of industries is a group.
    base : str, optional
        Column with each region's reference size, for x_r.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic`: test against plants thrown at x independently (normal, the reference held
        fixed), no interval. `Bootstrap` and `Jackknife`: establishments resampled with all their
        years, valid for an interval since two industries share no plant.
        `MonteCarlo(null="dartboard")`: the same null by simulation, with the reference recomputed
        in each draw unless `base` fixes it; the one to use for groups of few plants.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``industry`` and ``industry2`` (each pair once), or ``industry`` that
        names the group; ``component`` (gamma_c, lambda) of the group method; ``measure``,
        ``estimate`` and the inference columns, on the row of gamma_c.

    Raises
    ------
    TableError
        Sizes of establishments are needed and not known, or an industry has no group or several.
    OptionError
        Options do not go together, or draws of all pairs would not fit in memory: the sentence
        says how many industries to take.

    Notes
    -----
    In gamma_c the plant Herfindahls cancel, so that it is the mean of the pairs' indices weighted
    by w_a w_b. An industry that is nowhere is `nan` in its own pairs and no member of its group;
    with the method of 1997 neither is one with a single plant, which has no gamma of its own. A
    group with fewer than two members is `nan`. Zeros count. An unknown cell makes its industry
    unknown, and the reference, unless `base` gives it. lambda has no inference: its denominator
    may be 0.

    References
    ----------
    Ellison, G. and Glaeser, E. L. (1997), Journal of Political Economy 105, 889-927.
    Ellison, G., Glaeser, E. L. and Kerr, W. R. (2010), American Economic Review 100, 1195-1213.
    Maurel, F. and Sédillot, B. (1999), Regional Science and Urban Economics 29, 575-604.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": list("AAABBB"), "industry": ["film", "games", "mills"] * 2,
    ...                      "employment": [60, 30, 110, 40, 20, 240]})
    >>> cs.coagglomeration(jobs)[["industry", "industry2", "estimate"]].round(3)
      industry industry2  estimate
    0     film     games     0.167
    1     film     mills    -0.071
    2    games     mills    -0.071
    """
    require_choice("method", method, METHODS)
    require_choice("reference", reference, ["total", "mean_share"])
    is_kerr = method == "ellison_glaeser_kerr"
    if within is not None and is_kerr:
        raise OptionError(
            "within= goes with method='ellison_glaeser_group', which is the mean of the pairs of a "
            "group, or 'maurel_sedillot'; 'ellison_glaeser_kerr' is an index of pairs"
        )
    if reference == "mean_share" and (base is not None or not is_kerr):
        raise OptionError(
            "reference='mean_share' goes with method='ellison_glaeser_kerr' and without base="
        )
    grid = Grid.of(table, (value,))
    if within is not None:
        codes, labels = grid.groups("industry", within)
        form = declared_groups(method, within, codes)
        side = {"groups": Side(within, groups="industry")}
        keys = group_keys(grid, labels)
        return infer(form, grid, value, inference, base, sides=side, keys=keys)
    form = KERRS[reference] if is_kerr else OTHERS[method]
    require_room(form, grid, inference)
    return infer(form, grid, value, inference, base)
