"""Crime in neighbourhoods, which depends on that of the neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

import clusterstats as cs
from clusterstats._types import Array

from ..cells import Cell, Made, both, coefficients, foreign
from ..data import read

TITLE = "Anselin 1988: crime in Columbus, Ohio"
PAPER = "Anselin (1988), Spatial Econometrics, chapter 12"
DATA = "columbus"
SAMPLE = "49 neighbourhoods, 1980"

SHOWN = {"const": "Intercept", "INC": "INC", "HOVAL": "HOVAL"}
LABELS = {
    "CRIME": "Crimes per 1,000 households",
    "INC": "Income",
    "HOVAL": "Value of a house",
    "rho": "Crime of neighbours (rho)",
    "lambda": "Error of neighbours (lambda)",
}


def make() -> Made:
    """Least squares; spatial lag and spatial error by maximum likelihood."""
    places = read(DATA)
    ols = cs.regress("CRIME ~ INC + HOVAL", places)
    x = places[["INC", "HOVAL"]].assign(Intercept=1.0)[list(SHOWN.values())]
    model = Spatial(
        places["CRIME"].to_numpy(dtype=float), x.to_numpy(dtype=float), _weights(len(places))
    )
    cells, fits = both("OLS", ols, SHOWN), [ols]
    for spec, name, in_errors in (("ML lag", "rho", False), ("ML error", "lambda", True)):
        slope, params, llf = model.maximum(in_errors=in_errors)
        fit = foreign(
            spec,
            "CRIME",
            dict(zip(SHOWN.values(), params, strict=True)) | {name: slope},
            model.covariance(slope, params, in_errors=in_errors),
            nobs=len(places),
            how="inverse of the expected information",
            llf=llf,
        )
        cells += coefficients(spec, fit, SHOWN | {name: name})
        cells.append(Cell(spec, "logL", "llf", llf))
        fits.append(fit)
    layout = cs.table(*fits, labels=LABELS, stats=["nobs", "log_likelihood"], title=TITLE)
    return Made(cells, layout)


def _weights(size: int) -> Array:
    """Neighbours of each place, each row summing to 1."""
    pairs: pd.DataFrame = read("neighbours", of=DATA)
    matrix = np.zeros((size, size))
    matrix[pairs["i"] - 1, pairs["j"] - 1] = 1
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


class Spatial:
    """Likelihood of `y = s W y + X b + e` and of `y = X b + u, u = s W u + e`, `e` normal.

    Given `s` the rest is least squares (Ord 1975); `log |I - s W|` is exact.
    """

    def __init__(self, y: Array, x: Array, w: Array) -> None:
        self.y, self.x, self.w = y, x, w
        self.roots = np.linalg.eigvals(w)

    def maximum(self, *, in_errors: bool) -> tuple[float, Array, float]:
        """The spatial coefficient, the other coefficients, and the log-likelihood."""
        low = 1 / float(self.roots.real.min())
        best = minimize_scalar(
            lambda slope: -self.at(slope, in_errors=in_errors)[1],
            bounds=(low + 1e-6, 1 - 1e-6),
            method="bounded",
            options={"xatol": 1e-12},
        )
        params, llf = self.at(float(best.x), in_errors=in_errors)
        return float(best.x), params, llf

    def at(self, slope: float, *, in_errors: bool) -> tuple[Array, float]:
        """Coefficients and log-likelihood, given the spatial coefficient."""
        n = len(self.y)
        y = self.y - slope * self.w @ self.y
        x = self.x - slope * self.w @ self.x if in_errors else self.x
        params = np.linalg.lstsq(x, y, rcond=None)[0]
        variance = float(((y - x @ params) ** 2).mean())
        volume = float(np.log(1 - slope * self.roots).sum().real)
        return params, volume - n / 2 * (np.log(2 * np.pi * variance) + 1)

    def covariance(self, slope: float, params: Array, *, in_errors: bool) -> Array:
        """Of the coefficients and the spatial coefficient: the inverse expected information.

        Anselin (1988), chapter 6; the variance of `e` is estimated with them and left out here.
        """
        n, k = self.x.shape
        spread = np.linalg.inv(np.eye(n) - slope * self.w)
        moved = self.w @ spread
        x = self.x - slope * self.w @ self.x if in_errors else self.x
        y = self.y - slope * self.w @ self.y
        variance = float(((y - x @ params) ** 2).mean())
        shift = np.zeros(n) if in_errors else moved @ (self.x @ params)
        information = np.zeros((k + 2, k + 2))
        information[:k, :k] = x.T @ x / variance
        information[:k, k] = information[k, :k] = x.T @ shift / variance
        information[k, k] = np.trace(moved @ moved + moved.T @ moved) + shift @ shift / variance
        information[k, -1] = information[-1, k] = np.trace(moved) / variance
        information[-1, -1] = n / (2 * variance**2)
        return np.asarray(np.linalg.inv(information)[: k + 1, : k + 1])
