"""Distance and trade in Europe, with no to four effects."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, coefficients, errors
from ..data import read

TITLE = "fixest: trade by distance in Europe"
PAPER = "Bergé, fixest walkthrough (vignette of R fixest)"
DATA = "fixest_trade"
SAMPLE = "15 countries of the European Union, 20 products, 2007-2016"

EFFECTS = ("Year", "Destination", "Origin", "Product")
DISTANCE = {"log dist": "log(dist_km)"}
CLUSTERS = {
    "cluster Origin": cs.Clustered("Origin"),
    "cluster Product": cs.Clustered("Product"),
    "cluster Origin+Destination": cs.Clustered("Origin", "Destination"),
}
TWO_WAY = cs.Clustered("Origin", "Destination")
LABELS = {
    "dist_km": "distance",
}


def make() -> Made:
    """Poisson pseudo-likelihood; clustered errors with the factors of fixest 0.12."""
    rows = read("trade", of=DATA)
    fits = [_fit(rows, EFFECTS[:count]) for count in range(len(EFFECTS) + 1)]
    none, four = fits[0], fits[-1]
    cells = coefficients("Poisson 4 FE", four, DISTANCE)
    for name, option in CLUSTERS.items():
        cells += errors("Poisson 4 FE", four.with_covariance(option), DISTANCE, f"se {name}")
    shown = {"const": "Intercept"} | DISTANCE
    cells += coefficients("Poisson no FE", none, shown)
    cells += errors("Poisson no FE", none, shown, "se two-way")
    by_product = none.with_covariance(CLUSTERS["cluster Product"])
    cells += errors("Poisson no FE", by_product, shown, "se cluster Product")
    for count, fit in enumerate(fits[1:4], start=1):
        spec = f"Euros ~ ld | {' + '.join(EFFECTS[:count])}"
        cells += coefficients(spec, fit, DISTANCE) + errors(spec, fit, DISTANCE, "se two-way")
    return Made(cells, cs.table(*fits, labels=LABELS, title=TITLE, digits=4))


def _fit(rows: object, effects: tuple[str, ...]) -> cs.Fit:
    """Trade by distance with some of the effects, clustered by both countries."""
    formula = "Euros ~ log(dist_km)" + (f" | {' + '.join(effects)}" if effects else "")
    return cs.regress(formula, rows, family="poisson", covariance=TWO_WAY, convention="fixest-0.12")
