"""Free-trade agreements and trade, with effects of countries by year and of pairs."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, coefficients
from ..data import read

TITLE = "Correia, Guimarães and Zylkin 2020: free-trade agreements"
PAPER = "Correia, Guimarães and Zylkin (2020), Stata Journal 20, example 3; help of ppmlhdfe"
DATA = "ppml_trade_fta"
SAMPLE = "35 countries, 1988-2004"

SPEC = "trade~fta | imp#yr exp#yr imp#exp, cl pair"
EFFECTS = "isoimp^year + isoexp^year + isoimp^isoexp"
LABELS = {
    "trade": "Trade",
    "fta": "Free-trade agreement",
    "isoimp": "importer",
    "isoexp": "exporter",
}


def make() -> Made:
    """Poisson pseudo-likelihood with three effects; errors clustered by pair."""
    fit = cs.regress(
        f"trade ~ fta | {EFFECTS}",
        read("trade_fta", of=DATA),
        family="poisson",
        covariance=cs.Clustered("isoimp^isoexp"),
        convention="stata",
    )
    return Made(
        coefficients(SPEC, fit, {"fta": "fta"}), cs.table(fit, labels=LABELS, digits=7, title=TITLE)
    )
