"""Solutions of S a = r for the symmetric, positive, mostly singular S of fixed effects.

By size and shape: a dense factor; a banded factor, where a reordering brings the entries close to
the diagonal (moves between neighbours); conjugate gradients with a preconditioner of two levels,
where factors would fill in (moves from anywhere to anywhere).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import cho_solve_banded, cholesky_banded, solve_triangular
from scipy.linalg.lapack import dpstrf
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components, reverse_cuthill_mckee

from clusterstats._types import Array, Codes
from clusterstats.errors import ClusterstatsError

__all__ = ["DENSE", "ConvergenceError", "System", "dense", "iterated", "laplacian"]

Apply: TypeAlias = Callable[[Array], Array]
"""Columns of shape (q, k) to columns of the same shape."""

DENSE = 1500
"""Up to so many unknowns a dense factor is quickest."""

BAND_WORK, BAND_ROOM = 2e10, 5e7
"""Largest numbers of multiplications and of entries for which a banded factor is used."""

BLOCK = 64
TOLERANCE = 1e-12
MOST_STEPS = 1000


class ConvergenceError(ClusterstatsError):
    """An iteration did not arrive within its number of steps."""


@dataclass(frozen=True)
class System:
    """A system that can be solved for many right-hand sides.

    Attributes
    ----------
    solve : callable
        Right-hand sides (q, k) to one solution each.
    rank : int
        Independent unknowns; where `is_exact` is not so, at least one and at most all of the
        redundant ones are left out.
    is_direct : bool
        Whether `solve` is by a factor, and so cheap for many right-hand sides.
    is_exact : bool
        Whether the rank is exact.
    """

    solve: Apply
    rank: int
    is_direct: bool = True
    is_exact: bool = True


def dense(matrix: Array) -> System:
    """Solve by a Cholesky factor with pivots; unknowns beyond the rank are set to 0."""
    size = len(matrix)
    if size == 0:
        return System(lambda right: right, 0)
    diagonal = np.diag(matrix)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    factor, pivots, rank, _ = dpstrf(matrix / scale[:, None] / scale, tol=size * 1e-13, lower=0)
    chosen = pivots[:rank] - 1
    upper = np.triu(factor[:rank, :rank])

    def solve(right: Array) -> Array:
        solution = np.zeros_like(right)
        if rank:
            half = solve_triangular(upper, (right / scale[:, None])[chosen], trans="T")
            solution[chosen] = solve_triangular(upper, half)
        return solution / scale[:, None]

    return System(solve, int(rank))


def laplacian(links: Any) -> System:
    """Solve for the Laplacian of a graph with weights, given its links (symmetric, zero diagonal).

    One unknown of each connected part is redundant.
    """
    links = csr_array(links)
    size = links.shape[0]
    matrix = csr_array(diags_array(np.asarray(links.sum(axis=1)).ravel()) - links)
    if size <= DENSE:
        return dense(matrix.toarray())
    parts, label = connected_components(links, directed=False)
    order = np.asarray(reverse_cuthill_mckee(_narrow(links), True), dtype=np.intp)
    ordered = csr_array(matrix[order][:, order])
    by_factor = _banded(ordered, np.asarray(label[order], dtype=np.intp))
    solve = by_factor or iterated(lambda v: ordered @ v, _two_level(ordered))

    def in_order(right: Array) -> Array:
        solution = np.empty_like(right)
        solution[order] = solve(right[order])
        return solution

    return System(in_order, size - parts, is_direct=by_factor is not None)


def iterated(apply: Apply, precondition: Apply) -> Apply:
    """Conjugate gradients, all right-hand sides at once."""

    def solve(right: Array) -> Array:
        goal = TOLERANCE * np.sqrt((right**2).sum(axis=0))
        solution, residual = np.zeros_like(right), right.copy()
        direction = precondition(residual)
        slope = (residual * direction).sum(axis=0)
        for _ in range(MOST_STEPS):
            image = apply(direction)
            step = _ratio(slope, (direction * image).sum(axis=0))
            solution += step * direction
            residual -= step * image
            if (np.sqrt((residual**2).sum(axis=0)) <= goal).all():
                return solution
            better = precondition(residual)
            fresh = (residual * better).sum(axis=0)
            direction = better + _ratio(fresh, slope) * direction
            slope = fresh
        raise ConvergenceError(
            f"the fixed effects did not converge in {MOST_STEPS:,} steps: some of their levels are "
            f"tied to the others by very few rows; drop small groups, or use coarser effects"
        )

    return solve


def _ratio(above: Array, below: Array) -> Array:
    """Quotient, 0 where a right-hand side is done."""
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _narrow(matrix: Any) -> Any:
    """The same pattern with the index type that the ordering takes."""
    pattern = csr_array(matrix, copy=True)
    pattern.indices = pattern.indices.astype(np.int32)
    pattern.indptr = pattern.indptr.astype(np.int32)
    return pattern


def _banded(matrix: Any, label: Codes) -> Apply | None:
    """A banded Cholesky factor with one correction; None where the band is wide."""
    entries = coo_array(matrix)
    width = int((entries.row - entries.col).max(initial=0))
    size = matrix.shape[0]
    if size * float(width) ** 2 > BAND_WORK or size * (width + 1.0) > BAND_ROOM:
        return None
    band = np.zeros((width + 1, size))
    below = entries.row >= entries.col
    band[(entries.row - entries.col)[below], entries.col[below]] = entries.data[below]
    held = np.unique(label, return_index=True)[1]
    band[0, held] = 2 * band[0, held] + (band[0, held] == 0)  # holds a part's free constant
    factor = cholesky_banded(band, lower=True, overwrite_ab=True)

    def solve(right: Array) -> Array:
        solution = np.asarray(cho_solve_banded((factor, True), right))
        return solution + cho_solve_banded((factor, True), right - matrix @ solution)

    return solve


def _two_level(matrix: Any) -> Apply:
    """Inverses of the blocks along the diagonal, and of the matrix summed over blocks.

    Blocks follow the ordering that keeps neighbours together, so the first level mends what is
    near and the second what is far.
    """
    size = matrix.shape[0]
    blocks = -(-size // BLOCK)
    entries = coo_array(matrix)
    row, column = entries.row // BLOCK, entries.col // BLOCK
    near = row == column
    square = np.zeros((blocks, BLOCK, BLOCK))
    square[row[near], entries.row[near] % BLOCK, entries.col[near] % BLOCK] = entries.data[near]
    diagonal = np.arange(BLOCK)
    own = square[:, diagonal, diagonal]
    square[:, diagonal, diagonal] = np.where(own > 0, own * (1 + 1e-8), 1.0)
    inverse = np.linalg.inv(square)
    coarse = coo_array((entries.data, (row, column)), shape=(blocks, blocks))
    far = dense(coarse.toarray()).solve if blocks <= DENSE else None

    def precondition(right: Array) -> Array:
        padded = np.zeros((blocks * BLOCK, right.shape[1]))
        padded[:size] = right
        cut = padded.reshape(blocks, BLOCK, -1)
        local = inverse @ cut
        if far is not None:
            local += far(cut.sum(axis=1))[:, None, :]
        return np.asarray(local.reshape(blocks * BLOCK, -1)[:size])

    return precondition
