"""How long released prisoners stay out, where some are never seen to return."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

import clusterstats as cs
from clusterstats._types import Array

from ..cells import Cell, Made, both, foreign, named
from ..data import read

TITLE = "Chung, Schmidt and Witte 1991: time until a return to prison"
PAPER = "Wooldridge, Introductory Econometrics, table 17.4 (Chung, Schmidt and Witte 1991)"
DATA = "recid"
SAMPLE = "1,445 prisoners released in North Carolina, 893 of them never seen to return"

SPEC = "log-normal AFT"
TERMS = ("workprg", "priors", "tserved", "felon", "alcohol", "drugs", "black", "married")
SHOWN = named(*TERMS, "educ", "age", "Intercept")
LABELS = {
    "durat": "months",
    "workprg": "Worked in prison",
    "priors": "Prior convictions",
    "tserved": "Months served",
    "felon": "Felon",
    "alcohol": "Alcohol",
    "drugs": "Drugs",
    "black": "Black",
    "married": "Married",
    "educ": "Schooling",
    "age": "Age in months",
}


def make() -> Made:
    """Maximum likelihood of a log-normal duration, censored at the end of observation."""
    people = read(DATA)
    x = people[list(SHOWN)[:-1]].assign(Intercept=1.0).to_numpy(dtype=float)
    likelihood = CensoredNormal(
        np.log(people["durat"].to_numpy(dtype=float)), x, people["cens"].to_numpy() == 1
    )
    found = likelihood.maximum()
    matrix = np.linalg.inv(likelihood.information(found))
    fit = foreign(
        "Censored log-normal",
        "log(durat)",
        dict(zip(SHOWN, found[:-1], strict=True)),
        matrix[:-1, :-1],
        nobs=len(people),
        how="classical (inverse Hessian)",
        llf=likelihood.value(found),
    )
    cells = [*both(SPEC, fit, SHOWN), Cell(SPEC, "sigma", "sigma", float(np.exp(found[-1])))]
    sigma = {"sigma": [float(np.exp(found[-1]))]}
    return Made(cells, cs.table(fit, labels=LABELS, extra=sigma, title=TITLE))


class CensoredNormal:
    """Log-likelihood of a normal response, some of which are only known to be larger.

    Parameters are coefficients and the log of the standard deviation.
    """

    def __init__(self, y: Array, x: Array, is_censored: Array) -> None:
        self.y, self.x, self.is_censored = y, x, is_censored

    def value(self, params: Array) -> float:
        """The log-likelihood."""
        z, log_sigma = self._standard(params), params[-1]
        each = np.where(self.is_censored, norm.logsf(z), norm.logpdf(z) - log_sigma)
        return float(each.sum())

    def gradient(self, params: Array) -> Array:
        """Its first derivatives."""
        z, sigma = self._standard(params), np.exp(params[-1])
        slope, _ = self._derivatives(z)
        beside = np.where(self.is_censored, 0.0, -1.0)
        return np.append(-self.x.T @ slope / sigma, (beside - slope * z).sum())

    def information(self, params: Array) -> Array:
        """Minus its second derivatives."""
        z, sigma = self._standard(params), np.exp(params[-1])
        slope, curve = self._derivatives(z)
        size = len(params)
        second = np.empty((size, size))
        second[:-1, :-1] = self.x.T @ (self.x * curve[:, None]) / sigma**2
        second[:-1, -1] = second[-1, :-1] = self.x.T @ (curve * z + slope) / sigma
        second[-1, -1] = (curve * z**2 + slope * z).sum()
        return -second

    def maximum(self) -> Array:
        """The parameters, by scipy from least squares, then by Newton's steps."""
        start = np.linalg.lstsq(self.x, self.y, rcond=None)[0]
        spread = float(np.std(self.y - self.x @ start))
        first = minimize(
            lambda params: -self.value(params),
            np.append(start, np.log(spread)),
            jac=lambda params: -self.gradient(params),
            hess=self.information,
            method="trust-exact",
        ).x
        for _ in range(3):
            first = first + np.linalg.solve(self.information(first), self.gradient(first))
        return np.asarray(first)

    def _standard(self, params: Array) -> Array:
        return np.asarray((self.y - self.x @ params[:-1]) / np.exp(params[-1]))

    def _derivatives(self, z: Array) -> tuple[Array, Array]:
        """First and second derivatives of each row's log-likelihood by its standardized value."""
        hazard = np.exp(norm.logpdf(z) - norm.logsf(z))
        slope = np.where(self.is_censored, -hazard, -z)
        curve = np.where(self.is_censored, -hazard * (hazard - z), -1.0)
        return slope, curve
