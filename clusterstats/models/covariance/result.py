"""A covariance matrix with what a reader must know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from clusterstats._types import Array

__all__ = ["Covariance"]


@dataclass(frozen=True)
class Covariance:
    """A covariance of estimates.

    Attributes
    ----------
    matrix : array, shape (k, k)
        Rows and columns of a coefficient whose variance is not identified are `nan`.
    df : array, shape (k,)
        Degrees of freedom of each coefficient's t-test; infinite for a normal.
    name : str
        What it is called under a table: `clustered by region (CR1)`.
    factors : mapping of str to float
        The small-sample factors that were used, and the numbers they are made of.
    p_values : array, shape (k,), optional
        Where they do not follow from t (bootstrap, randomization).
    conf_int : array, shape (k, 2), optional
        Likewise, at `level`.
    level : float
    df_of : function, optional
        Degrees of freedom of linear combinations, given their weights (q, k), where they differ by
        combination (CR2). Joint tests then take Hotelling's T squared with so many.
    tested : function, optional
        p-value and interval of a linear combination less its value under the null, given its
        weights (k,) and that value, where they do not follow from t.
    """

    matrix: Array
    df: Array
    name: str
    factors: Mapping[str, float] = field(default_factory=dict)
    p_values: Array | None = None
    conf_int: Array | None = None
    level: float = 0.95
    df_of: Callable[[Array], float] | None = None
    tested: Callable[[Array, float], tuple[float, float, float]] | None = None

    @property
    def std_errors(self) -> Array:
        """Square roots of the diagonal; `nan` where a variance came out negative."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.diag(self.matrix)))

    def df_for(self, restrictions: Array) -> float:
        """Degrees of freedom of a test of linear restrictions.

        Parameters
        ----------
        restrictions : array, shape (q, k)
            A row an equation.

        Returns
        -------
        float
            Those of the combinations, where `df_of` knows them; otherwise the smallest of the
            coefficients involved.
        """
        if self.df_of is not None:
            return self.df_of(restrictions)
        return float(self.df[(restrictions != 0).any(axis=0)].min())
