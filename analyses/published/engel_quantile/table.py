"""Food and income: the median and the mean."""

from __future__ import annotations

from statsmodels.regression.quantile_regression import QuantReg

import clusterstats as cs

from ..cells import Made, coefficients, foreign
from ..data import read

TITLE = "Engel: expenditure for food by income"
PAPER = "Koenker and Bassett (1982); documentation of R quantreg and statsmodels"
DATA = "engel"
SAMPLE = "235 Belgian households"

SHOWN = {"const": "Intercept", "income": "income"}


def make() -> Made:
    """Median regression by statsmodels; least squares."""
    homes = read(DATA)
    x = homes[["income"]].assign(Intercept=1.0)[["Intercept", "income"]]
    found = QuantReg(homes["foodexp"], x).fit(q=0.5, p_tol=1e-8)
    median = foreign(
        "Median regression",
        "foodexp",
        dict(found.params),
        found.cov_params().to_numpy(),
        nobs=len(homes),
        how="kernel estimate of the density at the median (statsmodels)",
    )
    mean = cs.regress("foodexp ~ income", homes)
    cells = coefficients("q=0.5", median, SHOWN) + coefficients("OLS", mean, SHOWN)
    return Made(
        cells,
        cs.table(
            median, mean, labels={"foodexp": "Food", "income": "Income"}, digits=5, title=TITLE
        ),
    )
