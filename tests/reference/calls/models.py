"""Gravity and shift-share regressions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair

MASSES = "log(origin_population) + log(attraction) + log(dist_km)"
TERMS = {
    "intercept": "Intercept",
    "log_origin_population": "log(origin_population)",
    "log_attraction": "log(attraction)",
    "log_dist_km": "log(dist_km)",
}
FACTORED = cs.SmallSample(t_df="normal")
"""ShiftShareSE takes the factors of lm for least squares and none with instruments."""
PLAIN = cs.SmallSample(t_df="normal", adjust_k=False, adjust_g=False)
STATS = ("beta", "se", "p_value", "ci_low", "ci_high")
NAMES = ("estimate", "std_error", "p_value", "conf_low", "conf_high")
METHODS = ("Homoscedastic", "EHW", "Reg. cluster", "AKM", "AKM0")


def long(values: dict[str, float]) -> pd.DataFrame:
    """A row a stat."""
    return pd.DataFrame({"component": list(values), "estimate": list(values.values())})


# --- gravity --------------------------------------------------------------------------------


def gravity(formula: str, family: str, *, positive: bool = False) -> Callable[..., pd.DataFrame]:
    """Coefficients with classical and HC1 errors."""

    def result(folder: Path) -> pd.DataFrame:
        flows = pd.read_csv(folder / "od.csv")
        flows = flows[flows["flow"] > 0] if positive else flows
        fit = cs.regress(formula, flows, family=family)  # type: ignore[arg-type]
        robust = fit.with_covariance(cs.Robust("HC1"))
        values = {}
        for stat, term in TERMS.items():
            if term in fit.names:
                values[f"{stat}.beta"] = fit.params[term]
                values[f"{stat}.se_model"] = fit.bse[term]
                values[f"{stat}.se_hc1"] = robust.bse[term]
        return long(values)

    return result


def gravity_call(formula: str, family: str, *, positive: bool = False) -> Call:
    """All stats of all terms, under the peer's names."""
    stats = [f"{term}.{end}" for term in TERMS for end in ("beta", "se_model", "se_hc1")]
    result = gravity(formula, family, positive=positive)
    return Call(result, {stat: stat for stat in stats}, component=True)


# --- shift-share ----------------------------------------------------------------------------


def option_of(method: str, folder: Path) -> cs.models.covariance.CovarianceOption:
    """The covariance that a method is called here."""
    if not method.startswith("AKM"):
        plain = {"Homoscedastic": cs.Classical(), "EHW": cs.Robust("HC1")}
        return plain.get(method, cs.Clustered("macro"))
    return cs.AKM(
        null_imposed=method == "AKM0",
        shares=pd.read_csv(folder / "ssiv_shares.csv"),
        shocks=pd.read_csv(folder / "ssiv_shocks.csv"),
        columns=cs.ShiftShareColumns(industry="sector"),
        variable="bartik",
    )


def exposed(kind: str, method: str) -> Callable[[Path], pd.DataFrame]:
    """One coefficient with everything that is said of it."""
    formula = "y ~ control | x ~ bartik" if kind == "iv" else "y ~ bartik + control"

    def result(folder: Path) -> pd.DataFrame:
        with warnings.catch_warnings():  # of few regions
            warnings.simplefilter("ignore", cs.ClusterstatsWarning)
            fit = cs.regress(
                formula,
                pd.read_csv(folder / "ssiv_regions.csv"),
                covariance=option_of(method, folder),
                weights="weight" if kind == "wls_on_bartik" else None,
                convention=PLAIN if kind == "iv" else FACTORED,
            )
        row = fit.tidy().set_index("term").loc["x" if kind == "iv" else "bartik"]
        return long({stat: float(row[name]) for stat, name in zip(STATS, NAMES, strict=True)})

    return result


CALLS: dict[Pair, Call] = {
    ("gravity", "ppml"): gravity_call(f"flow ~ {MASSES}", "poisson"),
    ("gravity", "log_ols_positive_flows"): gravity_call(
        f"log(flow) ~ {MASSES}", "linear", positive=True
    ),
    ("gravity", "ppml_origin_destination_effects"): gravity_call(
        "flow ~ log(dist_km) | origin + destination", "poisson"
    ),
} | {
    ("shift_share_regression", f"{kind}_{method}"): Call(
        exposed(kind, method), {stat: stat for stat in STATS}, component=True
    )
    for kind in ("ols_on_bartik", "wls_on_bartik", "iv")
    for method in METHODS
}

EXCLUDED: dict[Pair, str] = {}
