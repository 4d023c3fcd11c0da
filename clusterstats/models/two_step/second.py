"""Effects of places on what places are like, with the errors of the effects carried in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.linalg import LinAlgError, cholesky, solve_triangular

from clusterstats._types import Array
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance import Covariance
from clusterstats.models.design import Design
from clusterstats.models.linear import fit_linear
from clusterstats.models.solution import Solution

__all__ = ["Method", "SecondStep", "second_step", "with_dummies"]

Method = Literal["fgls", "ols", "wls"]

LEAST = 1e-8
"""Share of the mean sampling variance that stands for a variance estimated as 0 or less."""


@dataclass(frozen=True)
class SecondStep:
    """The second step.

    Attributes
    ----------
    solution : Solution
        Its `x` are the rows that weigh the response, `params = bread x' y`; residuals are those of
        the effects themselves.
    first_stage : Solution
        Least squares or 2SLS without weights, whose first stage is that of the instruments.
    omega : array, shape (places, places)
        `sigma2 I + V`.
    sigma2 : float
        Variance of the errors that places have of their own; may be negative by chance.
    shown : tuple of int
        Places among the coefficients of those that are not dummies of fixed effects.
    """

    solution: Solution
    first_stage: Solution
    omega: Array
    sigma2: float
    shown: tuple[int, ...]

    @property
    def df(self) -> int:
        """Places less coefficients."""
        return self.solution.nobs - len(self.solution.params)

    def covariance(self) -> Covariance:
        """`A Omega A'` with `A = bread x'`; for FGLS that is `(X' Omega^-1 X)^-1`."""
        weights = self.solution.x @ self.solution.bread
        matrix = weights.T @ self.omega @ weights
        return Covariance(
            (matrix + matrix.T) / 2,
            np.full(len(matrix), float(self.df)),
            "first-step covariance carried in",
            {"sigma2": self.sigma2, "N": float(self.solution.nobs), "N - K": float(self.df)},
        )


def second_step(design: Design, spread: Array, method: Method) -> SecondStep:
    """Estimate by OLS, WLS or FGLS, or their 2SLS where there are instruments.

    Parameters
    ----------
    design : Design
        Over places.
    spread : array, shape (places, places)
        Covariance `V` of the effects.
    method : {"fgls", "ols", "wls"}

    Returns
    -------
    SecondStep
    """
    if not design.has_constant:
        raise OptionError(
            "place effects are relative to a reference: the second step needs a constant or fixed "
            "effects; take '0 +' out of it"
        )
    shown, written = design.names, with_dummies(design)
    if written.nobs <= len(written.names):
        raise TableError(
            f"{written.nobs:,} places can't tell {len(written.names):,} coefficients of the second "
            f"step from chance; use fewer characteristics or effects"
        )
    plain = fit_linear(written)
    sigma2 = _own_variance(plain, spread)
    least = LEAST * float(np.diag(spread).mean())
    if sigma2 < least:
        warn(
            f"the variance of the places' own errors is estimated as {sigma2:.3g}: errors of the "
            f"first step explain all that the second leaves, and it is taken to be 0"
        )
    omega = max(sigma2, least) * np.eye(len(spread)) + spread
    solution = _estimated(plain, omega, method)
    places = [place for place, name in enumerate(plain.design.names) if name in shown]
    return SecondStep(solution, plain, omega, sigma2, tuple(places))


def with_dummies(design: Design) -> Design:
    """Fixed effects written out as a constant and dummies, before the regressors."""
    if not design.effects.codes:
        return design
    columns, names = [np.ones(design.nobs)], ["(constant)"]
    for name, code, size in zip(
        design.effects.names, design.effects.codes, design.effects.sizes, strict=True
    ):
        for level in range(1, size):
            columns.append((code == level).astype(float))
            names.append(f"({name} {level})")
    return replace(
        design,
        x=np.concatenate([np.stack(columns, axis=1), design.x], axis=1),
        names=(*names, *design.names),
        effects=Effects((), (), ()),
    )


def _own_variance(plain: Solution, spread: Array) -> float:
    """`(e'e - tr(M V)) / (N - K)` with `M = I - X (X'X)^-1 X'`, of least-squares residuals `e`.

    Unbiased, since `E e'e = sigma2 (N - K) + tr(M V)`. With instruments, `X` are the regressors
    that they predict, and it is consistent.
    """
    df = plain.nobs - len(plain.params)
    taken = float(np.trace(plain.bread @ plain.x.T @ spread @ plain.x))
    return (float(plain.u @ plain.u) - float(np.trace(spread)) + taken) / df


def _estimated(plain: Solution, omega: Array, method: Method) -> Solution:
    """Least squares, or generalised by all or the diagonal of `omega`."""
    design = plain.design
    if method == "ols":
        return plain
    factor = np.diag(np.sqrt(np.diag(omega))) if method == "wls" else _cholesky(omega)
    white = fit_linear(
        replace(
            design,
            y=solve_triangular(factor, design.y, lower=True),
            x=solve_triangular(factor, design.x, lower=True),
            z=solve_triangular(factor, design.z, lower=True),
        )
    )
    u = design.y - design.x @ white.params
    return replace(
        plain,
        params=white.params,
        x=solve_triangular(factor, white.x, lower=True, trans="T"),
        u=u,
        bread=white.bread,
        linear=design.y - u,
        fitted=design.y - u,
        residuals=u,
        llf=float("nan"),
    )


def _cholesky(omega: Array) -> Array:
    """Lower factor."""
    try:
        return np.asarray(cholesky(omega, lower=True))
    except LinAlgError:
        raise TableError(
            "the covariance of the place effects is not positive definite: some places repeat "
            "others; use method='wls' or coarser places"
        ) from None
