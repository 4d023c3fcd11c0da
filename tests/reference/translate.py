"""Every (measure, variant) of the reference files, translated to a call of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pandas as pd

import clusterstats as cs

Pair = tuple[str, str]
SAME: Mapping[str, str] = {"estimate": "estimate"}


@dataclass(frozen=True)
class Call:
    """One call of ours: `result` makes a tidy frame, `columns` says where each stat stands."""

    result: Callable[[Path], pd.DataFrame]
    columns: Mapping[str, str] = field(default_factory=lambda: SAME)
    component: bool = False
    scale: float = 1.0
    digits: int | None = None


def _read(folder: Path, name: str) -> pd.DataFrame:
    codes = ["region", "industry", "naf2", "naf4", "id", "subregion"]
    return pd.read_csv(folder / name, dtype=dict.fromkeys(codes, str))


@cache
def employment(folder: Path) -> pd.DataFrame:
    """Cells with population and a base of equal shares."""
    cells = _read(folder, "employment.csv")
    people = _read(folder, "region_year.csv")[["region", "year", "population"]]
    return cells.merge(people, on=["region", "year"], validate="m:1").assign(equal=1.0)


@cache
def gdp(folder: Path) -> pd.DataFrame:
    """Regional product as the only industry."""
    return _read(folder, "region_year.csv").assign(industry="all")


@cache
def plants(folder: Path, level: str) -> pd.DataFrame:
    """Establishments, with one nomenclature level as the industry."""
    return _read(folder, "firms.csv").rename(columns={"id": "establishment", level: "industry"})


def _on_cells(door: Callable[..., pd.DataFrame], **options: object) -> Callable[..., pd.DataFrame]:
    return lambda folder: door(employment(folder), **options)


def _on_plants(
    door: Callable[..., pd.DataFrame], level: str, **options: object
) -> Callable[..., pd.DataFrame]:
    return lambda folder: door(plants(folder, level), **options)


EG = {
    "gamma": "gamma",
    "G": "G",
    "herfindahl": "H",
    "plants": "establishments",
    "var_G": "var_G",
    "z": "statistic",
}
MS = {"gamma": "gamma", "G": "G"}
LQ, KRUGMAN, HOOVER = cs.location_quotient, cs.krugman_specialization, cs.hoover_concentration

CALLS: dict[Pair, Call] = {
    ("location_quotient", "plain"): Call(_on_cells(LQ)),
    ("location_quotient", "symmetric"): Call(_on_cells(LQ, form="symmetric")),
    ("location_quotient", "additive_share_of_region"): Call(_on_cells(LQ, form="additive_region")),
    ("location_quotient", "additive_share_of_industry"): Call(
        _on_cells(LQ, form="additive_industry")
    ),
    ("location_quotient", "standardised"): Call(_on_cells(LQ, form="standardized")),
    ("rca", "plain"): Call(_on_cells(LQ)),
    ("rca", "rounded_2_digits"): Call(_on_cells(LQ), digits=2),
    ("krugman_specialization", "vs_total_sum_abs"): Call(_on_cells(KRUGMAN)),
    ("krugman_specialization", "vs_total_half_sum_abs"): Call(_on_cells(KRUGMAN, scale="half")),
    ("krugman_specialization", "vs_rest_sum_abs"): Call(_on_cells(KRUGMAN, reference="rest")),
    ("krugman_specialization", "vs_mean_of_other_regions_sum_abs"): Call(
        _on_cells(KRUGMAN, reference="mean_of_others")
    ),
    ("krugman_specialization", "econcomplex"): Call(_on_cells(KRUGMAN)),
    ("herfindahl", "region_over_industries"): Call(_on_cells(cs.herfindahl)),
    ("herfindahl", "region_over_industries_normalised"): Call(
        _on_cells(cs.herfindahl, normalized=True)
    ),
    ("herfindahl", "region_over_industries_equivalent_number"): Call(
        _on_cells(cs.herfindahl, equivalent_number=True)
    ),
    ("locational_gini", "half_scale"): Call(_on_cells(cs.locational_gini)),
    ("locational_gini", "unit_scale"): Call(_on_cells(cs.locational_gini, maximum=1)),
    ("hoover_concentration", "vs_total_half_sum_abs"): Call(_on_cells(HOOVER)),
    ("hoover_concentration", "vs_population_half_sum_abs"): Call(
        _on_cells(HOOVER, base="population")
    ),
    ("hoover_concentration", "gdp_vs_population"): Call(
        lambda folder: HOOVER(gdp(folder), value="gdp", base="population").drop(columns="industry")
    ),
    ("hoover_concentration", "vs_equal_shares"): Call(_on_cells(HOOVER, base="equal")),
    ("hoover_concentration", "vs_total_percent"): Call(_on_cells(HOOVER), scale=100),
    ("hoover_concentration", "vs_population_percent_rounded_2"): Call(
        _on_cells(HOOVER, base="population"), scale=100, digits=2
    ),
}
for naf in ("naf2", "naf4"):
    CALLS["ellison_glaeser", naf] = Call(
        _on_plants(cs.ellison_glaeser, naf, inference=cs.Analytic()), EG, component=True
    )
    CALLS["maurel_sedillot", naf] = Call(_on_plants(cs.maurel_sedillot, naf), MS, component=True)
    CALLS["maurel_sedillot", f"{naf}_plant_counts"] = Call(
        _on_plants(cs.maurel_sedillot, naf, value="establishments"),
        {"pair_probability": "pair_probability"},
        component=True,
    )

EXCLUDED: dict[Pair, str] = {
    ("location_quotient", "standardised_ODonoghue_Gleave_SUSPECT"): (
        "REAT takes means over the wrong margin: its standardized rows do not average 0"
    ),
    ("location_quotient", "standardised_log_Tian_SUSPECT"): (
        "REAT takes means over the wrong margin"
    ),
    ("location_quotient", "binary"): "a threshold applied to LQ, one comparison in pandas",
    ("rca", "binary"): "a threshold applied to LQ, one comparison in pandas",
    ("ellison_glaeser", "naf2_SUSPECT"): (
        "concentrationMetrics leaves out the Herfindahl term and the regions without the industry"
    ),
    ("krugman_specialization", "pair_sum_abs"): "no door yet: pairs of regions",
    ("herfindahl", "industry_over_regions"): "no door yet: herfindahl_concentration",
    ("herfindahl", "industry_over_regions_normalised"): "no door yet: herfindahl_concentration",
}


def reason(pair: Pair, doors: set[str]) -> str:
    """Why a pair is not compared."""
    if pair in EXCLUDED:
        return EXCLUDED[pair]
    if pair[0] in doors:
        return "NOT TRANSLATED"
    return "no door yet"
