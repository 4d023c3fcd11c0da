"""Balance: regressions of what shocks should not move on shocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from clusterstats.errors import OptionError, TableError
from clusterstats.models.covariance import CovarianceOption, SmallSample
from clusterstats.models.fit import Fit
from clusterstats.models.linear import fit_linear
from clusterstats.models.regress import fit_of, regress

__all__ = ["quoted", "region_balance", "shock_balance"]


def quoted(name: str) -> str:
    """A column's name as a formula needs it."""
    return name if name.isidentifier() else f"`{name}`"


def region_balance(
    reduced_form: Fit, covariates: Sequence[str], option: CovarianceOption
) -> pd.DataFrame:
    """Each covariate in the place of the response of the reduced form."""
    assert reduced_form.solution is not None
    design = reduced_form.solution.design
    rows = []
    for name in covariates:
        _require(design.frame, name, "data")
        if name in design.names:
            raise OptionError(f"{name!r} is a control of the model: balanced by construction")
        values = design.frame[name].to_numpy(dtype=float, na_value=np.nan)
        made = replace(design, y=values, formula=replace(design.formula, response=name))
        solution = fit_linear(made.kept(~np.isnan(values), "missing"))
        rows.append(_row(fit_of(solution, option, reduced_form.convention), name, "region"))
    return pd.DataFrame(rows)


def shock_balance(
    table: pd.DataFrame,
    covariates: Sequence[str],
    shock: str,
    controls: str,
    option: CovarianceOption,
    convention: SmallSample,
) -> pd.DataFrame:
    """Each covariate of the shocks on the shocks, weighted by exposure."""
    rows = []
    first, *effects = controls.split("|")
    right = " | ".join([f"{first.strip()} + {quoted(shock)}", *effects])
    for name in covariates:
        _require(table, name, "shocks")
        known = table[table[name].notna()]
        fit = regress(
            f"{quoted(name)} ~ {right}",
            known,
            weights="exposure",
            covariance=option,
            convention=convention,
        )
        rows.append(_row(fit, name, "shock", shock))
    return pd.DataFrame(rows)


def _require(frame: pd.DataFrame, name: str, table: str) -> None:
    """Raise unless a covariate is a column of numbers."""
    if name not in frame:
        listed = ", ".join(map(repr, frame.columns))
        raise TableError(f"no covariate {name!r} in the {table}, which have {listed}")
    if not pd.api.types.is_numeric_dtype(frame[name]):
        raise TableError(f"covariate {name!r} of the {table} is {frame[name].dtype}, not numbers")
    if np.isinf(frame[name].to_numpy(dtype=float, na_value=np.nan)).any():
        raise TableError(f"covariate {name!r} of the {table} is infinite in some row; leave it out")


def _row(fit: Fit, covariate: str, level: str, term: str | None = None) -> dict[str, object]:
    """The coefficient of the shock, the last unless it is named."""
    table = fit.tidy().set_index("term")
    found = table.iloc[-1] if term is None else table.loc[term]
    numbers = {str(name): value for name, value in found.items() if name != "term"}
    return {"covariate": covariate, "level": level, **numbers, "nobs": fit.nobs}
