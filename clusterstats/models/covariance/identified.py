"""Where a corrected variance is not identified: what to say, and which numbers to blank."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clusterstats._types import Array
from clusterstats.errors import OptionError, warn
from clusterstats.models.solution import Solution

__all__ = ["blanked", "require_linear", "unidentified"]

SHARE = 1e-6
"""A coefficient's standard error (per unit of s) of which more than this rests on exact fits."""

NAMED = 3


def require_linear(solution: Solution, kind: str, instead: str) -> None:
    """Raise unless the model is linear, as leverages and bias corrections suppose."""
    if solution.family != "linear":
        raise OptionError(
            f"{kind} corrects the residuals of least squares and is not defined for "
            f"family={solution.family!r}; use {instead} or WildBootstrap"
        )


def unidentified(solution: Solution, rests: Array) -> tuple[str, ...]:
    """Names of the coefficients that rest on residuals that are 0 by construction.

    Parameters
    ----------
    solution : Solution
    rests : array, shape (k,)
        Size of the part of each coefficient's weights that lies in directions fitted exactly.
    """
    lost = rests > SHARE * np.sqrt(np.diag(solution.bread))
    return tuple(np.array(solution.design.names, dtype=object)[lost])


def blanked(solution: Solution, matrix: Array, lost: Mapping[str, str], kind: str) -> Array:
    """The matrix, symmetric, with rows and columns of what is not identified as `nan`.

    Parameters
    ----------
    solution : Solution
    matrix : array, shape (k, k)
    lost : mapping of str to str
        Coefficients that one row or one cluster alone identifies, and which one that is; a warning
        names them.
    kind : str
        The correction.
    """
    matrix = (matrix + matrix.T) / 2
    if not lost:
        return matrix
    listed = [f"{who} alone identifies {name!r}" for name, who in lost.items()]
    more = f" and {len(listed) - NAMED:,} more like it" if len(listed) > NAMED else ""
    warn(
        f"{'; '.join(listed[:NAMED])}{more}: a residual that is 0 by construction (leverage 1) "
        f"says nothing of the error, so that the {kind} variance is not identified there and is nan"
    )
    places = [solution.design.names.index(name) for name in lost]
    matrix[places] = np.nan
    matrix[:, places] = np.nan
    return matrix
