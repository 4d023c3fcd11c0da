"""Certified values of the NIST Statistical Reference Datasets, linear regression."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

DEGREE = {"norris": 1, "pontius": 2, "filip": 10, **{f"wampler{k}": 5 for k in range(1, 6)}}
NAMES = [*DEGREE, "longley", "noint1", "noint2"]

# digits of coefficients that a QR solution in double precision has (the condition of the data
# sets the rest), and of standard errors and sums of squares
DIGITS = {"longley": 10, "filip": 7, "wampler1": 9, "wampler2": 9, "wampler3": 9, "wampler4": 7}
DIGITS |= {"wampler5": 5, "norris": 11, "pontius": 11, "noint1": 13, "noint2": 13}


def formula_of(name: str, columns: list[str]) -> str:
    """The model that NIST certifies."""
    if name in DEGREE:
        powers = [f"I(x**{power})" for power in range(2, DEGREE[name] + 1)]
        return " + ".join(["y ~ x", *powers])
    if name.startswith("noint"):
        return "y ~ 0 + x"
    return "y ~ " + " + ".join(column for column in columns if column != "y")


def digits(value: float, certified: float) -> float:
    """Correct significant digits, 15 at most; of a certified 0 decimal places."""
    error = abs(value - certified) / (abs(certified) or 1.0)
    return float(min(15.0, -np.log10(max(error, 1e-16))))


@pytest.mark.parametrize("name", NAMES)
def test_certified_values(reference_dir: Path, name: str) -> None:
    data = pd.read_csv(reference_dir / "nist" / "data" / f"{name}.csv")
    every = pd.read_csv(reference_dir / "nist" / "certified_linear.csv")
    certified = every[every["dataset"] == name]
    fit = cs.regress(formula_of(name, list(data)), data)
    coefficients = certified[certified["stat"] == "coef"]["certified"].to_numpy()
    assert len(coefficients) == len(fit.params)
    pairs = zip(fit.params, coefficients, strict=True)
    assert min(digits(ours, theirs) for ours, theirs in pairs) >= DIGITS[name]
    errors = certified[certified["stat"] == "se"]["certified"].to_numpy()
    pairs = zip(fit.bse, errors, strict=True)
    least = DIGITS[name] if errors.any() else 6  # an exact fit leaves rounding alone
    assert min(digits(ours, theirs) for ours, theirs in pairs) >= least - 1
    rss = certified[certified["stat"] == "rss"]["certified"].item()
    assert digits(float((fit.resid**2).sum()), rss) >= least - 1
