"""Expenditure on schools: one state decides, as HC3 shows."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, coefficients, errors, named
from ..data import read

TITLE = "Public schools: expenditure by income of states"
PAPER = "Cribari-Neto (2004); Greene; documentation of R sandwich (PublicSchools)"
DATA = "publicschools"
SAMPLE = "50 places of the United States, 1979; Wisconsin has no expenditure"

SHOWN = named("Intercept", "Income", "I2")
KINDS = {
    "nonrobust": cs.Classical(),
    "HC0": cs.Robust("HC0"),
    "HC2": cs.Robust("HC2"),
    "HC3": cs.Robust("HC3"),
}


def make() -> Made:
    """A quadratic in income (units of 10,000 dollars) with four kinds of errors."""
    states = read(DATA).dropna(subset=["Expenditure"])
    states = states.assign(Income=states["Income"] / 1e4)
    plain = cs.regress("Expenditure ~ Income + I2", states.assign(I2=states["Income"] ** 2))
    fits = {kind: plain.with_covariance(option) for kind, option in KINDS.items()}
    cells = coefficients("OLS", plain, SHOWN)
    for kind, fit in fits.items():
        cells += errors("OLS", fit, SHOWN, f"se {kind}")
    return Made(
        cells,
        cs.table(
            *fits.values(), headers=list(fits), labels={"I2": "Income²"}, digits=2, title=TITLE
        ),
    )
