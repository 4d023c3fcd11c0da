"""One panel regression with the standard errors of five programs."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Cell, Made, errors
from ..data import read

TITLE = "fixest: standard errors of other programs"
PAPER = "Bergé, On standard errors (vignette of R fixest); Stata's values as quoted there"
DATA = "grunfeld"
SAMPLE = "10 firms, 1935-1954"

SPEC, PLAIN = "capital|firm+year", "OLS inv~capital"
SHOWN = {"capital": "capital"}
BOTH = {"const": "Intercept"} | SHOWN
PANEL = ("firm", "year")
KINDS = {
    "iid (lm, plm, xtreg, fixest)": (cs.Classical(), "fixest-0.12"),
    "cluster firm (Stata xtreg/reghdfe, fixest)": (cs.Clustered("firm"), "stata"),
    "cluster firm (lm + vcovCL HC1)": (cs.Clustered("firm"), "lm"),
    "cluster firm (plm vcovHC)": (cs.Clustered("firm"), "plm"),
    "two-way firm+year (fixest default G min)": (cs.Clustered("firm", "year"), "fixest-0.12"),
    "two-way firm+year (lfe, G conventional)": (cs.Clustered("firm", "year"), "lfe"),
    "Newey-West (fixest default)": (cs.NeweyWest(), "fixest-0.12"),
    "Driscoll-Kraay (fixest default)": (cs.DriscollKraay(), "fixest-0.12"),
}
LABELS = {
    "inv": "Investment",
    "capital": "Capital",
}


def make() -> Made:
    """Two-way effects under eight covariances and conventions; pooled least squares."""
    rows = read(DATA)
    within = cs.regress("inv ~ capital | firm + year", rows, panel=PANEL)
    cells: list[Cell] = []
    fits = []
    for kind, (option, convention) in KINDS.items():
        fits.append(within.with_covariance(option, convention))
        cells += errors(SPEC, fits[-1], SHOWN, f"se {kind}")
    plain = cs.regress("inv ~ capital", rows)
    robust = plain.with_covariance(cs.Robust("HC1"))
    cells += errors(PLAIN, plain, BOTH, "se iid") + errors(PLAIN, robust, BOTH, "se HC1")
    headers = list(KINDS)
    return Made(
        cells,
        cs.table(*fits, headers=headers, labels=LABELS, stats=["nobs"], digits=8, title=TITLE),
    )
