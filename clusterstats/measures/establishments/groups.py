"""Coagglomeration within groups of industries: kernels and declarations behind `within=`."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes
from clusterstats.inference.intervals import normal_p_value
from clusterstats.measures.concentration.indices import shares
from clusterstats.measures.declaration import AnalyticInput, AnalyticOutput, Declaration
from clusterstats.measures.establishments.plants import ONE_PLANT
from clusterstats.tables import Grid

__all__ = ["PLACES", "declared_groups", "group_keys"]

PLACES = (
    "the coagglomeration of the regions' location probabilities for these industries, held fixed; "
    "for the process that drew those probabilities use unit='region'"
)


def _sums(x: Array, groups: Codes) -> Array:
    """Sum the last axis by group; what is unknown stays in its own group."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(groups[order]) > 0])
    sums: Array = np.add.reduceat(x[..., order], starts, axis=-1)
    return sums


def _weights(total: Array, is_member: Array, groups: Codes) -> tuple[Array, Array]:
    """Members' shares w of their group, and 1 - sum w^2 of each group, `nan` if it has no pair."""
    size = np.where(is_member, total, 0.0)
    w = size / _sums(size, groups)[..., groups]
    mixed = 1 - _sums(w**2, groups)
    return w, np.where(mixed > ONE_PLANT, mixed, np.nan)


def _cross(u: Array, w: Array, mixed: Array, groups: Codes) -> Array:
    """Mean over pairs of members, weighted by w_j w_k, of sum_r u_rj u_rk: (..., group)."""
    whole = (_sums(w[..., None, :] * u, groups) ** 2).sum(axis=-2)
    own = _sums(w**2 * (u**2).sum(axis=-2), groups)
    mean: Array = (whole - own) / mixed
    return mean


def _room(p: Array) -> Array:
    """1 - sum x^2, (..., 1); `nan` where one region holds all."""
    room = 1 - (p**2).sum(axis=-2)
    return np.where(room > ONE_PLANT, room, np.nan)


def _members(x: Array, squares: Array) -> tuple[Array, Array]:
    """Plant Herfindahl of each industry, and whether it has a gamma: more plants than one."""
    total = x.sum(axis=-2)
    lumps = squares.sum(axis=-2) / total**2
    return lumps, (total != 0) & ~(1 - lumps <= ONE_PLANT)


def _ellison_glaeser_group(
    x: Array, squares: Array, *, base: Array | None = None, groups: Codes
) -> Array:
    """Moments (..., region, industry) -> (..., group, component)."""
    s, p = shares(x, base)
    room = _room(p)
    lumps, is_member = _members(x, squares)
    u = np.where(is_member[..., None, :], s - p, 0.0)
    w, mixed = _weights(x.sum(axis=-2), is_member, groups)
    gamma_c = _cross(u, w, mixed, groups) / room
    gamma = ((u**2).sum(axis=-2) / room - lumps) / (1 - lumps)
    mean = _sums(np.where(is_member, w * gamma, 0.0), groups)
    return np.stack([gamma_c, gamma_c / mean], axis=-1)


def _maurel_sedillot_group(x: Array, *, base: Array | None = None, groups: Codes) -> Array:
    """x: values (..., region, industry) -> (..., group)."""
    s, p = shares(x, base)
    is_member = x.sum(axis=-2) != 0
    w, mixed = _weights(x.sum(axis=-2), is_member, groups)
    probability = _cross(np.where(is_member[..., None, :], s, 0.0), w, mixed, groups)
    gamma_c: Array = (probability - (p**2).sum(axis=-2)) / _room(p)
    return gamma_c


def _group_test(given: AnalyticInput, *, groups: Codes, is_linear: bool) -> AnalyticOutput:
    """Plants of these sizes thrown at regions with probabilities x: variance of the index.

    With V = diag(x) - x x', the products of members' deviations add
    2 tr V^2 [(sum w^2 H)^2 - sum w^4 H^2], their sums x'V x times 4 sum w^2 (1 - w)^2 H.
    """
    x, squares = given.moments[1], given.moments[2]
    _, p = shares(x, given.base)
    lumps, has_gamma = _members(x, squares)
    is_member = x.sum(axis=0) != 0 if is_linear else has_gamma
    w, mixed = _weights(x.sum(axis=0), is_member, groups)
    h = np.where(is_member, lumps, 0.0)
    second, third = (p**2).sum(), (p**3).sum()
    product = 2 * (_sums(w**2 * h, groups) ** 2 - _sums(w**4 * h**2, groups))
    variance = product * (second - 2 * third + second**2)
    if is_linear:
        variance += 4 * _sums(w**2 * (1 - w) ** 2 * h, groups) * (third - second**2)
    error = np.sqrt(np.where(variance > 0, variance, np.nan)) / (mixed * _room(p))
    statistic = given.estimate / error
    p_value = normal_p_value(statistic, given.option.alternative)
    return {"std_error": error, "statistic": statistic, "p_value": p_value}


def declared_groups(method: str, within: str, groups: Codes) -> Declaration:
    """The declaration of an index of groups, for industries so grouped."""
    is_eg = method == "ellison_glaeser_group"
    return Declaration(
        name="coagglomeration",
        kernel=_ellison_glaeser_group if is_eg else _maurel_sedillot_group,
        grain=("industry",),
        formula="gamma_c = [G / (1 - sum x^2) - H - sum_j gamma_j w_j^2 (1 - H_j)] / "
        "(1 - sum_j w_j^2), lambda = gamma_c / sum_j w_j gamma_j, members j with more than a plant"
        if is_eg
        else "gamma_c = [(sum_r s_r^2 - sum_j w_j^2 sum_r s_rj^2) / (1 - sum_j w_j^2) - "
        "sum_r x_r^2] / (1 - sum_r x_r^2)",
        reference="Ellison and Glaeser 1997" if is_eg else "Maurel and Sédillot 1999",
        neutral=0.0,
        bounds=(-np.inf, np.inf if is_eg else 1.0),
        estimand=PLACES,
        powers=(1, 2) if is_eg else (1,),
        components=("gamma_c", "lambda") if is_eg else (),
        options={"method": method, "within": within},
        analytic=partial(_group_test, groups=groups, is_linear=not is_eg),
        analytic_powers=(1, 2),
        analytic_gives="test",
    )


def group_keys(grid: Grid, labels: pd.Index[Any]) -> dict[str, Any]:
    """Keys of a result with one row for each group and year."""
    years = grid.shape[0]
    keys = {} if grid.years is None else {"year": grid.years.repeat(len(labels))}
    return keys | {"industry": labels.take(np.tile(np.arange(len(labels)), years))}
