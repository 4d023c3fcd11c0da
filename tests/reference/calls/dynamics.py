"""Shift-share and convergence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, employment, regional

Result = Callable[[Path], pd.DataFrame]
HEAD = {"value": "gdp_pc"}
PARTS = {name: name for name in ("national_share", "industrial_mix", "regional_share")}
FORMULA = {"growth_t1_t": "growth", **PARTS}
REAT = {"growth_t1_t_": "growth", "net_total_shift": "net_total_shift", **PARTS}
REAT_BY_INDUSTRY = {"growth_t1_t_": "growth", "regional_share": "regional_share"}
ESTEBAN = {"growth_t1_t_": "growth", **PARTS, "allocation_effect": "allocation_effect"}
FACTORS = {name: name for name in ("industrial_mix", "regional_share", "net_total_shift")}


# --- shift-share ----------------------------------------------------------------------------


def shift(method: str, by: str = "region", more: float = 0.0, is_steps: bool = False) -> Result:
    """Shift-share of the last two years (all, where they are steps), named by the later year."""

    def result(folder: Path) -> pd.DataFrame:
        cells = employment(folder)
        cells = cells.assign(employment=cells["employment"] + more)
        listed = sorted(cells["year"].unique())
        years = None if is_steps or method == "dynamic" else tuple(listed[-2:])
        found = cs.shift_share(cells, method=method, by=by, years=years)
        return with_net_shift(found.drop(columns="year").rename(columns={"year2": "year"}), method)

    return result


def with_net_shift(found: pd.DataFrame, method: str) -> pd.DataFrame:
    """Add what REAT prints besides: growth less (for factors: over) the national share."""
    keys = [key for key in ("year", "region", "industry") if key in found]
    wide = found.pivot(index=keys, columns="component", values="estimate")
    if method == "gerfin":
        net = wide["growth"] / wide["national_share"]
    else:
        net = wide["growth"] - wide["national_share"]
    rows = net.rename("estimate").reset_index().assign(component="net_total_shift")
    return pd.concat([found, rows], ignore_index=True)


def added(steps: Result) -> Result:
    """Steps from year to year, added up to the last."""

    def result(folder: Path) -> pd.DataFrame:
        found = steps(folder)
        whole = found.groupby(["region", "component"], as_index=False)["estimate"].sum(min_count=1)
        return whole.assign(year=found["year"].max())

    return result


# --- convergence ----------------------------------------------------------------------------


def long(found: pd.DataFrame) -> pd.DataFrame:
    """Every column of a fit as a component of its own: ``beta.std_error``."""
    columns = ["estimate", "std_error", "statistic", "p_value"]
    parts = [
        found[["year2", "component"]].assign(
            component=found["component"] + "." + column, estimate=found[column]
        )
        for column in columns
    ]
    return pd.concat(parts, ignore_index=True).rename(columns={"year2": "year"})


def beta(folder: Path) -> pd.DataFrame:
    """Absolute convergence by least squares, from the first year to the last."""
    found = long(cs.beta_convergence(regional(folder), inference=cs.Analytic(), **HEAD))
    of_beta = found["component"] == "beta.statistic"
    f_value = found[of_beta].assign(
        component="f_value", estimate=found.loc[of_beta, "estimate"] ** 2
    )
    return pd.concat([found, f_value], ignore_index=True)


def conditional(folder: Path) -> pd.DataFrame:
    """Convergence given the logarithm of population."""
    table = regional(folder)
    table = table.assign(lpop=np.log(table["population"]))
    given = {"conditions": ["lpop"], "inference": cs.Analytic()}
    return long(cs.beta_convergence(table, **HEAD, **given))


def dated_or_not(result: Result) -> Result:
    """With the year, which the formula gives, and without, as another program leaves it."""

    def both(folder: Path) -> pd.DataFrame:
        found = result(folder)
        return pd.concat([found, found.assign(year=np.nan)], ignore_index=True)

    return both


def yearless(result: Result) -> Result:
    """Without the year, which peers leave blank."""
    return lambda folder: result(folder).drop(columns="year")


def sigma(ddof: int, is_ends: bool = False) -> Result:
    """Standard deviation of logarithms, year by year."""

    def result(folder: Path) -> pd.DataFrame:
        found = cs.sigma_convergence(regional(folder), ddof=ddof, **HEAD)
        ends = found["year"].isin([found["year"].min(), found["year"].max()])
        return found[ends] if is_ends else found

    return result


def carree_klomp(folder: Path) -> pd.DataFrame:
    """The test statistic, of the first year against the last."""
    given = {"of": "change", "inference": cs.Analytic()}
    found = cs.sigma_convergence(regional(folder), **HEAD, **given).head(1)
    return found.drop(columns="year").rename(columns={"year2": "year"})


def of_logs(folder: Path) -> pd.DataFrame:
    """The table with the logarithm of product per head, whose cv some peers take."""
    table = regional(folder)
    return table.assign(log_gdp_pc=np.log(table["gdp_pc"]))


def two_years(name: str, power: int, **options: object) -> Result:
    """First and last year's dispersion (to a power), and the first over the last."""

    def result(folder: Path) -> pd.DataFrame:
        found = cs.sigma_convergence(of_logs(folder), **options)
        ends = found.iloc[[0, -1]]
        level = (ends["estimate"] ** power).tolist()
        names = [f"{name}_{year}.estimate" for year in ends["year"]]
        return pd.DataFrame(
            {
                "component": [*names, "quotient.estimate"],
                "estimate": [*level, level[0] / level[1]],
            }
        )

    return result


def two_years_stats(name: str) -> Mapping[str, str]:
    """What REAT names them (F tests of independent samples are not taken over)."""
    names = [f"{name}_2015.estimate", f"{name}_2023.estimate", "quotient.estimate"]
    return {stat: stat for stat in names}


def dispersions(folder: Path) -> pd.DataFrame:
    """Standard deviation, cv and gini of logarithms, year by year."""
    table, head = of_logs(folder), {"value": "log_gdp_pc"}
    parts = {
        "std": cs.sigma_convergence(table, ddof=1, **HEAD),
        "cv": cs.sigma_convergence(table, dispersion="cv", ddof=1, **head),
        "gini": cs.gini(table, **head),
    }
    return pd.concat([part.assign(component=name) for name, part in parts.items()])


def trend(folder: Path) -> pd.DataFrame:
    """Trend of the dispersion over years counted 1, 2, 3, as REAT counts them."""
    table = regional(folder)
    table = table.assign(year=table["year"].rank(method="dense").astype(int))
    found = cs.sigma_convergence(table, of="trend", inference=cs.Analytic(), **HEAD)
    return long(found).drop(columns="year")


def relative_trend(folder: Path) -> pd.DataFrame:
    """Trend of the logarithm of each dispersion over years."""
    table, given = of_logs(folder), {"of": "relative_trend", "inference": cs.Analytic(), "ddof": 1}
    std = long(cs.sigma_convergence(table, **HEAD, **given))
    cv = long(cs.sigma_convergence(table, value="log_gdp_pc", dispersion="cv", **given))
    both = [std.assign(component="std." + std["component"])]
    both.append(cv.assign(component="cv." + cv["component"]))
    return pd.concat(both).drop(columns="year")


def terms(**names: str) -> dict[str, str]:
    """REAT's names of a regression's numbers."""
    numbers = {"estimate": "estimate", "std_error": "std_error"}
    numbers |= {"t_value": "statistic", "pr_t_": "p_value"}
    return {f"{a}.{x}": f"{b}.{y}" for a, b in names.items() for x, y in numbers.items()}


CALLS: dict[Pair, Call] = {
    **{
        ("shift_share", f"dunn{name}"): Call(
            shift("dunn", more=more), FORMULA | REAT, component=True
        )
        for name, more in {"": 0.0, "_on_employment_plus_1": 1.0}.items()
    },
    **{
        ("shift_share", f"esteban{name}"): Call(
            shift("esteban", more=more), ESTEBAN, component=True
        )
        for name, more in {"": 0.0, "_on_employment_plus_1": 1.0}.items()
    },
    **{
        ("shift_share", f"gerfin{name}"): Call(shift("gerfin", more=more), FACTORS, component=True)
        for name, more in {"": 0.0, "_on_employment_plus_1": 1.0}.items()
    },
    **{
        ("shift_share_by_industry", f"dunn{name}"): Call(
            shift("dunn", "industry", more), FORMULA, component=True
        )
        for name, more in {"": 0.0, "_on_employment_plus_1": 1.0}.items()
    },
    **{
        ("shift_share_by_industry", f"{method}{name}_NATIONAL_SHARE_SUSPECT"): Call(
            shift(method, "industry", more), REAT_BY_INDUSTRY, component=True
        )
        for method in ("dunn", "gerfin")
        for name, more in {"": 0.0, "_on_employment_plus_1": 1.0}.items()
    },
    ("shift_share_dynamic", "dunn_on_employment_plus_1"): Call(
        shift("dynamic", more=1.0), FORMULA | REAT, component=True
    ),
    ("shift_share_dynamic", "esteban_on_employment_plus_1"): Call(
        added(shift("esteban", more=1.0, is_steps=True)), ESTEBAN, component=True
    ),
    ("shift_share_dynamic_step", "dunn_on_employment_plus_1"): Call(
        shift("dunn", more=1.0, is_steps=True), REAT, component=True
    ),
    ("shift_share_dynamic_step", "esteban_on_employment_plus_1"): Call(
        shift("esteban", more=1.0, is_steps=True), ESTEBAN, component=True
    ),
    ("shift_share_dynamic_step", "gerfin_on_employment_plus_1"): Call(
        shift("gerfin", more=1.0, is_steps=True), FACTORS, component=True
    ),
    ("beta_convergence", "absolute_ols_annualised"): Call(
        dated_or_not(beta),
        {
            **{name: f"{name}.estimate" for name in ("alpha", "beta", "speed", "half_life")},
            "se_alpha": "alpha.std_error",
            "se_beta": "beta.std_error",
            "r2": "r_squared.estimate",
            "beta_direct": "beta.estimate",
            "se_direct": "beta.std_error",
            "n_obs": "observations.estimate",
        },
        component=True,
    ),
    ("beta_convergence", "absolute_ols"): Call(
        yearless(beta), terms(alpha="alpha", beta="beta"), component=True
    ),
    ("beta_convergence", "conditional_ols_log_population"): Call(
        yearless(conditional), terms(alpha="alpha", beta="beta", lpop="lpop"), component=True
    ),
    ("beta_convergence", "absolute_nls"): Call(
        yearless(beta), terms(alpha="alpha", beta="speed"), component=True
    ),
    ("beta_convergence", "absolute_ols_model"): Call(
        yearless(beta),
        {
            "r_squared.estimate": "r_squared.estimate",
            "r_squared.f_value": "f_value",
            "r_squared.pr_f_": "beta.p_value",
        },
        component=True,
    ),
    **{("sigma_convergence", f"sd_log_ddof{d}"): Call(sigma(d, is_ends=True)) for d in (0, 1)},
    ("sigma_convergence", "carree_klomp_likelihood_ratio"): Call(
        lambda folder: carree_klomp(folder).assign(estimate=lambda x: x["statistic"]),
        {"chi2": "estimate"},
    ),
    ("sigma_convergence", "sd_two_periods"): Call(
        two_years("sd", 1, **HEAD), two_years_stats("sd"), component=True
    ),
    ("sigma_convergence", "var_two_periods"): Call(
        two_years("var", 2, **HEAD), two_years_stats("var"), component=True
    ),
    ("sigma_convergence", "cv_two_periods"): Call(
        two_years("cv", 1, value="log_gdp_pc", dispersion="cv"),
        two_years_stats("cv"),
        component=True,
    ),
    ("sigma_convergence", "dispersion_of_logs"): Call(
        dispersions, {name: name for name in ("std", "cv", "gini")}, component=True
    ),
    ("sigma_convergence", "trend_sd_log"): Call(
        trend, terms(intercept="intercept", time="slope"), component=True
    ),
    ("sigma_convergence", "trend_of_log_dispersion_index"): Call(
        relative_trend,
        {
            "std_slope": "std.slope.estimate",
            "std_se": "std.slope.std_error",
            "std_pvalue": "std.slope.p_value",
            "cv_slope": "cv.slope.estimate",
        },
        component=True,
    ),
}

EXCLUDED: dict[Pair, str] = {
    **{
        ("shift_share_by_industry", f"esteban{name}_NATIONAL_SHARE_SUSPECT"): (
            "REAT takes each industry as the whole nation: homothetic employment is then the "
            "actual one, its allocation effect 0 in every cell and its regional share Dunn's"
        )
        for name in ("", "_on_employment_plus_1")
    },
    ("shift_share_dynamic", "gerfin_on_employment_plus_1"): (
        "REAT averages the steps' factors (R01: mean of 1.100 and 0.959 is its 1.030), which do "
        "not multiply to the growth of the whole"
    ),
}
