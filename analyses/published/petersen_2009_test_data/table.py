"""One regression under six kinds of standard errors."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, both, coefficients, errors
from ..data import read

TITLE = "Petersen 2009: standard errors of the test data"
PAPER = "Petersen (2009), page of test data; documentation of R sandwich"
DATA = "petersen"
SAMPLE = "simulated: 500 firms in 10 years"

SHOWN = {"const": "Intercept", "x": "x"}
CONVENTION = cs.SmallSample(exact_k=True, multiway="each", repair="eigenvalue")  # Stata's
KINDS = {
    "iid": cs.Classical(),
    "White": cs.Robust("HC1"),
    "cluster firm": cs.Clustered("firm"),
    "cluster year": cs.Clustered("year"),
    "two-way firm,year": cs.Clustered("firm", "year"),
}


def make() -> Made:
    """Least squares with factors of Stata, and Fama-MacBeth."""
    rows = read(DATA)
    plain = cs.regress("y ~ x", rows, convention=CONVENTION)
    fits = {kind: plain.with_covariance(option) for kind, option in KINDS.items()}
    means = cs.panel_model("y ~ x", rows, kind="fama_macbeth", entity="firm", time="year")
    cells = coefficients("OLS", plain, SHOWN)
    for kind, fit in fits.items():
        cells += errors("OLS", fit, SHOWN, f"se {kind}")
    cells += both("Fama-MacBeth", means, SHOWN)
    headers = [*fits, "Fama-MacBeth"]
    return Made(cells, cs.table(*fits.values(), means, headers=headers, digits=4, title=TITLE))
