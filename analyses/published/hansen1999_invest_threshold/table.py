"""Investment and cash flow, with a threshold in debt."""

from __future__ import annotations

import numpy as np
import pandas as pd

import clusterstats as cs
from clusterstats._types import Array

from ..cells import Cell, Made, both
from ..data import read
from .search import Search

TITLE = "Hansen 1999: investment, cash flow and a threshold in debt"
PAPER = "Hansen (1999), Journal of Econometrics 93; Wang (2015), Stata Journal 15, example"
DATA = "hansen1999_invest"
SAMPLE = "565 firms of the United States, 1974-1987"

TRIM, POINTS = 0.01, 400
EXACT = "single, exact search over all values in [1%,99%]"
GRID = "single, 400-point grid"
REGRESSION = "single, gamma=0.01536"
"""The name that the reference values give it; the printed coefficients are those at 0.01538."""
DOUBLE = "double, exact search"
LINEAR = ["q1", "q2", "q3", "d1", "qd1"]
SHOWN = {
    "q1": "q1",
    "d1": "d1",
    "q1*d1": "qd1",
    "c1, d1<=gamma": "c_low",
    "c1, d1>gamma": "c_high",
}
LABELS = {
    "i": "Investment",
    "q1": "Tobin's Q",
    "q2": "Q²",
    "q3": "Q³",
    "d1": "Debt",
    "qd1": "Q × debt",
    "c_low": "Cash flow, debt up to the threshold",
    "c_high": "Cash flow, debt above it",
}


def make() -> Made:
    """Exact and coarse searches for a threshold, the regression at it, and a second threshold."""
    rows = lagged(read("invest", of=DATA))
    x = rows[[*LINEAR, "c1"]].to_numpy(dtype=float)
    firm = pd.factorize(rows["firm"])[0]
    search = Search(firm, rows["i"].to_numpy(), x, rows["c1"].to_numpy(), rows["d1"].to_numpy())
    debt = np.unique(rows["d1"])
    inner = between(rows["d1"].to_numpy())
    exact, coarse = search.best(inner), search.best(grid(debt))
    second = search.given(exact.threshold).best(inner)
    is_low = rows["d1"] <= coarse.threshold
    rows = rows.assign(c_low=rows["c1"] * is_low, c_high=rows["c1"] * ~is_low)
    fit = cs.regress(f"i ~ {' + '.join(LINEAR)} + c_low + c_high | firm", rows)
    cells = [
        Cell(EXACT, "gamma1", "threshold", exact.threshold),
        Cell(GRID, "gamma1", "threshold", coarse.threshold),
        Cell(GRID, "RSS", "rss", float((fit.resid**2).sum())),
        *both(REGRESSION, fit, SHOWN),
        Cell(DOUBLE, "gamma2", "threshold", second.threshold, second.low, second.high),
    ]
    extra = {"Threshold of debt": [coarse.threshold]}
    return Made(cells, cs.table(fit, labels=LABELS, title=TITLE, digits=7, extra=extra))


def lagged(panel: pd.DataFrame) -> pd.DataFrame:
    """Investment with everything else a year earlier."""
    before = panel.assign(year=panel["year"] + 1).drop(columns="i")
    before = before.rename(columns={name: f"{name}1" for name in ("q", "c", "d")})
    rows = panel[["firm", "year", "i"]].merge(before, on=["firm", "year"])
    return rows.assign(
        q2=rows["q1"] ** 2, q3=rows["q1"] ** 3, qd1=rows["q1"] * rows["d1"]
    ).sort_values(["firm", "year"], ignore_index=True)


def between(values: Array) -> Array:
    """Different values without the lowest and highest hundredth of the rows."""
    low, high = np.quantile(values, [TRIM, 1 - TRIM])
    inner = np.unique(values)
    return np.asarray(inner[(inner >= low) & (inner <= high)])


def grid(values: Array) -> Array:
    """The coarse search: 400 of the different values, in order, at equal steps from 1 to 99 %."""
    shares = np.linspace(TRIM, 1 - TRIM, POINTS)
    return np.asarray(values[np.floor(shares * len(values) + 1e-9).astype(int) - 1])
