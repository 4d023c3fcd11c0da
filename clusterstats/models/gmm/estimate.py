"""One and two steps of linear GMM over units, and their covariances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from clusterstats._types import Array
from clusterstats.errors import TableError
from clusterstats.models.gmm.sample import Equations

__all__ = ["Step", "one_step", "two_steps"]


@dataclass(frozen=True)
class Step:
    """An estimate by GMM.

    Attributes
    ----------
    params : array, shape (k,)
    e : array, shape (n,)
        Residuals of the differenced equations.
    weight : array, shape (l, l)
        Weighting matrix of the moments.
    bread : array, shape (k, k)
        `(X'Z A Z'X)^-1`.
    cross : array, shape (l, k)
        `Z'X`.
    sums : sparse array, shape (units, l)
        `Z_i' e_i`.
    covariance : array, shape (k, k)
        Robust to any correlation within units.
    is_singular : bool
        Whether the weighting matrix is a generalized inverse.
    """

    params: Array
    e: Array
    weight: Array
    bread: Array
    cross: Array
    sums: Any
    covariance: Array
    is_singular: bool


def one_step(equations: Equations, z: Any) -> Step:
    """Weights for errors that are independent in levels (Arellano and Bond 1991, equation 9).

    `A = (sum of Z_i' H Z_i)^-1`, `H` 2 on the diagonal and -1 between neighbours in time; the
    covariance is the sandwich with `sum of Z_i' e_i e_i' Z_i` (equation 13).
    """
    before = equations.before(1)
    later = np.flatnonzero(before >= 0)
    neighbours = (z[later].T @ z[before[later]]).toarray()
    middle = 2 * (z.T @ z).toarray() - neighbours - neighbours.T
    weight, is_singular = inverted(middle)
    params, e, bread, cross = _solved(equations, z, weight)
    sums = by_unit(equations, z, e)
    outer = weight @ cross @ bread
    scores = sums @ outer
    return Step(params, e, weight, bread, cross, sums, scores.T @ scores, is_singular)


def two_steps(equations: Equations, z: Any, first: Step, *, windmeijer: bool) -> Step:
    """Weights from the residuals of the first step, `A = (sum of Z_i' e_i e_i' Z_i)^-1`.

    The covariance is `(X'Z A Z'X)^-1`, or with Windmeijer's correction for the residuals being
    estimates (2005, equation 3.6): `V + D V + V D' + D V1 D'`, `V1` that of the first step and
    `D` the derivative of the estimate by the parameters in its weights.
    """
    weight, is_singular = inverted((first.sums.T @ first.sums).toarray())
    params, e, bread, cross = _solved(equations, z, weight)
    sums = by_unit(equations, z, e)
    covariance = bread
    if windmeijer:
        moved = _derivative(equations, z, first, bread @ cross.T @ weight, weight @ (z.T @ e))
        covariance = bread + moved @ bread + bread @ moved.T + moved @ first.covariance @ moved.T
    return Step(params, e, weight, bread, cross, sums, covariance, is_singular)


def by_unit(equations: Equations, z: Any, values: Array) -> Any:
    """Sums within units of the instruments times a variable, sparse (units, l)."""
    n, unit = len(values), equations.unit
    spread = csr_array((values, (unit, np.arange(n))), shape=(int(unit.max()) + 1, n))
    return spread @ z


def inverted(matrix: Array) -> tuple[Array, bool]:
    """The inverse, or Moore and Penrose's where there is none, and whether it is that."""
    matrix = (matrix + matrix.T) / 2
    if np.linalg.matrix_rank(matrix, hermitian=True) < len(matrix):
        return np.asarray(np.linalg.pinv(matrix, hermitian=True), dtype=float), True
    return np.asarray(np.linalg.inv(matrix), dtype=float), False


def _solved(equations: Equations, z: Any, weight: Array) -> tuple[Array, Array, Array, Array]:
    """Estimates, residuals, `(X'Z A Z'X)^-1` and `Z'X`."""
    cross = np.asarray(z.T @ equations.x)
    normal = cross.T @ weight @ cross
    scale = np.sqrt(np.diag(normal))
    if not scale.all() or np.linalg.matrix_rank(normal / scale / scale[:, None]) < len(normal):
        raise TableError(
            f"{z.shape[1]} instrument(s) do not tell {len(normal)} coefficients apart (not "
            f"identified); name more lags in LagInstruments, or fewer regressors"
        )
    bread = np.linalg.inv(normal / scale / scale[:, None]) / scale / scale[:, None]
    params = bread @ cross.T @ weight @ (z.T @ equations.y)
    return params, equations.y - equations.x @ params, bread, cross


def _derivative(equations: Equations, z: Any, first: Step, left: Array, right: Array) -> Array:
    """`D`, a column for each parameter: `M X'Z A (sum of Z_i'(x_j e' + e x_j')Z_i) A Z'e`."""
    columns = []
    along, beside = first.sums @ right, first.sums @ left.T
    for x in equations.x.T:
        mixed = by_unit(equations, z, x)
        columns.append(left @ (mixed.T @ along) + beside.T @ (mixed @ right))
    return np.column_stack(columns)
