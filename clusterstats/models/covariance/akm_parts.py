"""The sums by shock that covariances of shift-share regressions are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr, solve_triangular
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from clusterstats._types import Array
from clusterstats.errors import OptionError, TableError
from clusterstats.models.shift_share.exposure import Exposure
from clusterstats.models.solution import Solution

__all__ = ["Parts", "off", "parts_of", "recovered"]

REPEATS = 1e-6
"""An industry of whose shares less than this is left is a combination of others: shares are often
kept in single precision."""

ZERO = 1e-10

OUTSIDE = 1e-3
"""A variable of whose variance more than this the shares can't make is no shift-share of them."""


@dataclass(frozen=True)
class Parts:
    """What AKM is made of.

    Attributes
    ----------
    place : int
        Of the coefficient.
    scale : float
        Sum of `w z x`, with `z` and `x` off the controls.
    residual : array, shape (clusters,)
        Sums over the shocks of a cluster of `ĝ_k sum of w s_ik u_i`.
    treatment : array, shape (clusters,)
        The same of `x` in place of `u`.
    """

    place: int
    scale: float
    residual: Array
    treatment: Array


def parts_of(
    solution: Solution, exposure: Exposure, variable: str | None, cluster: str | None
) -> Parts:
    """Residuals and treatment, as sums by shock times recovered shocks."""
    place, z, x = _variables(solution, variable)
    w = solution.w
    shares = exposure.matrix(solution.design.frame)
    exposed = np.flatnonzero(np.asarray(shares.sum(axis=0)).ravel() > 0)
    shares = csr_array(shares[:, exposed])
    raw = solution.design.z[:, 0] if solution.is_iv else solution.design.x[:, place]
    labels = exposure.labels[exposed]
    found = recovered(shares, np.column_stack([z, raw, np.ones_like(raw)]), w, labels)
    _require_shift_share(raw, shares @ found[:, 1], shares @ found[:, 2], w)
    growth = found[:, 0]
    code = exposure.clusters(cluster)[exposed]
    _, code = np.unique(code, return_inverse=True)
    both = [np.bincount(code, growth * (shares.T @ (w * v))) for v in (solution.u, x)]
    residual, treatment = (np.asarray(part, dtype=float) for part in both)
    return Parts(place, float((w * z * x).sum()), residual, treatment)


def recovered(shares: csr_array, z: Array, w: Array, labels: Array) -> Array:
    """Coefficients of columns `z` (n, k) on the shares, weighted, shape (shocks, k).

    By blocks of rows and shocks that have nothing in common, such as years.

    Raises
    ------
    OptionError
        Shares of some shocks are combinations of those of others; the first such label is named.
    """
    n, size = shares.shape
    entries = coo_array(shares)
    graph = coo_array((entries.data, (entries.row, entries.col + n)), shape=(n + size, n + size))
    blocks, label = connected_components(graph, directed=False)
    found = np.zeros((size, z.shape[1]))
    for block in range(blocks):
        columns = np.flatnonzero(label[n:] == block)
        rows = np.flatnonzero(label[:n] == block)
        if len(columns):
            own = shares[rows][:, columns].toarray()
            found[columns] = _solved(own, z[rows], w[rows], labels[columns])
    return found


def off(columns: Array, controls: Array, w: Array) -> Array:
    """Columns (n,) or (n, k) less their weighted projection on controls (n, c)."""
    if not controls.shape[1]:
        return columns
    root = np.sqrt(w)
    wide = root[:, None] if columns.ndim == 2 else root
    basis = qr(controls * root[:, None], mode="economic")[0]
    made = columns * wide
    for _ in range(2):
        made = made - basis @ (basis.T @ made)
    return np.asarray(made / wide)


def _variables(solution: Solution, variable: str | None) -> tuple[int, Array, Array]:
    """Place of the coefficient, shift-share and treatment, both off effects and controls."""
    if solution.family != "linear":
        raise OptionError(
            f"AKM is defined for least squares with a shift-share, not for "
            f"family={solution.family!r}; use Clustered"
        )
    names, w = solution.design.names, solution.w
    if solution.is_iv:
        _require_one_instrument(solution, variable)
        controls, z = solution.instruments[:, :-1], solution.instruments[:, -1]
        both = off(np.column_stack([z, solution.regressors[:, -1]]), controls, w)
        return len(names) - 1, both[:, 0], both[:, 1]
    if variable not in names:
        listed = ", ".join(map(repr, names))
        raise OptionError(
            f"AKM is about one shift-share variable, and variable={variable!r} is no "
            f"regressor; name one of {listed}, or use Robust or Clustered"
        )
    place = names.index(variable)
    z = off(solution.regressors[:, place], np.delete(solution.regressors, place, axis=1), w)
    return place, z, z


def _require_one_instrument(solution: Solution, variable: str | None) -> None:
    """Raise unless one endogenous variable has one instrument, the one that is named."""
    design = solution.design
    if design.n_endogenous != 1 or design.z.shape[1] != 1:
        raise OptionError(
            f"AKM is about one endogenous variable with one shift-share instrument; this model has "
            f"{design.n_endogenous} and {design.z.shape[1]}: {', '.join(design.instruments)}; use "
            f"Robust or Clustered"
        )
    if variable not in (None, design.instruments[0]):
        raise OptionError(
            f"variable={variable!r} of AKM is not the instrument {design.instruments[0]!r}"
        )


def _solved(shares: Array, z: Array, w: Array, labels: Array) -> Array:
    """Least squares of `z` on shares; raise where they do not tell industries apart."""
    root = np.sqrt(w)
    made = shares * root[:, None]
    size = np.sqrt((made**2).sum(axis=0))
    basis, upper = qr(made / size, mode="economic")
    if len(upper) < len(size) or np.abs(np.diag(upper)).min() <= REPEATS:
        _refuse(made / size, labels)
    found = solve_triangular(upper, basis.T @ (z * root[:, None]))
    return np.asarray(found / size[:, None])


def _refuse(shares: Array, labels: Array) -> None:
    """Raise, with the number of shocks that shares tell apart and one that they do not."""
    upper, order = qr(shares, mode="r", pivoting=True)
    rank = int((np.abs(np.diag(upper)) > REPEATS).sum())
    first = labels[order[min(rank, len(order) - 1)]]
    raise OptionError(
        f"AKM recovers each shock from the shares, and {shares.shape[0]:,} row(s) tell only "
        f"{rank:,} of {shares.shape[1]:,} shocks apart: the shares of {first!r} are "
        f"a combination of others; put such industries together, or use "
        f"covariance=Robust('HC1') and the errors of shock_level(), which need no such thing"
    )


def _require_shift_share(z: Array, made: Array, ones: Array, w: Array) -> None:
    """Raise where the variable is not a sum of the shares, but for a constant."""
    gap = 1 - ones
    left = z - made
    if (w * gap**2).sum() > ZERO * w.sum():
        left = off(left, gap[:, None], w)
    whole = off(z, np.ones((len(z), 1)), w)
    share = float((w * left**2).sum() / (w * whole**2).sum())
    if share > OUTSIDE:
        raise TableError(
            f"the shift-share variable is not made of these shares: {share:.1%} of its variance is "
            f"left once it is regressed on them; give the shares and the years it was made of"
        )
