"""The bipartite configuration model: presences as random as their margins allow.

Of all laws of a table of zeros and ones whose expected margins are those seen, the one of maximum
entropy: cells are independent, p_ri = x_r y_i / (1 + x_r y_i). Squartini and Garlaschelli (2011),
New Journal of Physics 13, 083001; Saracco, Di Clemente, Gabrielli and Squartini (2015), Scientific
Reports 5, 10595; Saracco et al. (2017), New Journal of Physics 19, 053022.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from clusterstats._types import Array, Mask

__all__ = ["configuration_probabilities"]

SETTLED = 1e-10
"""Largest error of an expected margin, as a share of the longer side."""

MOST = 200
"""Newton steps after which what rounding leaves of the error stays; some ten are usual."""

ROUNDING = 1e-12
"""Fall of the likelihood, as a share, that is rounding; and the shortest step."""


def configuration_probabilities(m: Array) -> Array:
    """Chance of a presence in each cell, given the margins: Saracco et al. 2015, 2017.

    m: presences, 0 or 1, (region, industry). Margins that leave no choice (none, all, or nested)
    give chances of 0 and 1, the limits of the formula as fitnesses go to 0 or infinity.
    """
    chance = np.empty(m.shape)
    waiting = [(np.arange(m.shape[0]), np.arange(m.shape[1]), m.sum(axis=1), m.sum(axis=0))]
    while waiting:
        rows, columns, diversity, ubiquity = waiting.pop()
        if not len(rows) or not len(columns):
            continue
        cut = _forced(diversity, ubiquity)
        if cut is None:
            chance[np.ix_(rows, columns)] = _interior(diversity, ubiquity)
            continue
        high, many = cut
        chance[np.ix_(rows[high], columns[many])] = 1.0
        chance[np.ix_(rows[~high], columns[~many])] = 0.0
        waiting += [
            (rows[high], columns[~many], diversity[high] - many.sum(), ubiquity[~many]),
            (rows[~high], columns[many], diversity[~high], ubiquity[many] - high.sum()),
        ]
    return chance


def _forced(diversity: Array, ubiquity: Array) -> tuple[Mask, Mask] | None:
    """Regions and industries that have all of each other while the others have none, if any.

    By Gale and Ryser, the k most diverse regions have at most k l presences in the l most
    ubiquitous industries and all those of the others; where they have as many, nothing is free.
    """
    order, place = np.argsort(-diversity, kind="stable"), np.argsort(-ubiquity, kind="stable")
    held = np.r_[0.0, np.cumsum(diversity[order])]
    beyond = ubiquity.sum() - np.r_[0.0, np.cumsum(ubiquity[place])]
    slack = np.multiply.outer(np.arange(len(held)), np.arange(len(beyond))) + beyond
    slack -= held[:, None]
    slack[0, -1] = slack[-1, 0] = 1.0  # all of nothing: says nothing
    tight = np.argwhere(slack == 0)
    if not len(tight):
        return None
    most_diverse, most_held = tight[len(tight) // 2]
    high, many = np.zeros(len(diversity), dtype=bool), np.zeros(len(ubiquity), dtype=bool)
    high[order[:most_diverse]], many[place[:most_held]] = True, True
    return high, many


def _interior(diversity: Array, ubiquity: Array) -> Array:
    """Chances from fitnesses that are finite, equal margins solved as one."""
    d, row, rows = np.unique(diversity, return_inverse=True, return_counts=True)
    u, column, columns = np.unique(ubiquity, return_inverse=True, return_counts=True)
    log_x, log_y = _solved(d, rows.astype(np.float64), u, columns.astype(np.float64))
    chance: Array = expit(log_x[:, None] + log_y)[np.ix_(row, column)]
    return chance


def _solved(d: Array, rows: Array, u: Array, columns: Array) -> tuple[Array, Array]:
    """Log fitnesses at which expected margins are d (of so many rows) and u (of columns): Newton.

    The likelihood is concave; x up and y down by the same factor leave it, so that direction is
    filled in. Steps are halved until the likelihood rises.
    """
    total = (rows * d).sum()
    at = np.r_[np.log(d), np.log(u)] - np.log(total) / 2
    weight, margin = np.r_[rows, columns], np.r_[d, u]
    free = np.r_[np.ones(len(d)), -np.ones(len(u))]
    for _ in range(MOST):
        chance = expit(at[: len(d), None] + at[len(d) :])
        expected = np.r_[chance @ columns, rows @ chance]
        if np.abs(expected - margin).max() <= SETTLED * weight.max():
            break
        cross = rows[:, None] * columns * chance * (1 - chance)
        slope = np.diag(np.r_[cross.sum(axis=1), cross.sum(axis=0)]) + np.outer(free, free)
        slope[: len(d), len(d) :] += cross
        slope[len(d) :, : len(d)] += cross.T
        step = np.linalg.solve(slope, weight * (margin - expected))
        at = _raised(at, step, weight * margin, rows, columns)
    return at[: len(d)], at[len(d) :]


def _raised(at: Array, step: Array, sums: Array, rows: Array, columns: Array) -> Array:
    """The first of halved steps that raises the likelihood."""

    def likelihood(where: Array) -> float:
        both = np.logaddexp(0, where[: len(rows), None] + where[len(rows) :])
        return float(sums @ where - rows @ both @ columns)

    before, share = likelihood(at), 1.0
    slack = ROUNDING * abs(before)
    while likelihood(at + share * step) < before - slack and share > ROUNDING:
        share /= 2
    return at + share * step
