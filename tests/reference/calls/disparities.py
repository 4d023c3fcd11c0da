"""Disparities over regions."""

from __future__ import annotations

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, on_cells, on_regions

PARTS = {"total": "total", "between": "between", "within": "within"}
HEAD = {"value": "gdp_pc"}
PEOPLE = {"value": "gdp_pc", "weight": "population"}

CALLS: dict[Pair, Call] = {
    ("gini", "gdp_pc"): Call(on_regions(cs.gini, **HEAD)),
    ("gini", "gdp_pc_normalised"): Call(on_regions(cs.gini, normalized=True, **HEAD)),
    ("gini", "gdp_pc_population_weighted"): Call(on_regions(cs.gini, **PEOPLE)),
    ("gini", "industry_over_regions"): Call(on_cells(cs.gini)),
    ("gini", "industry_over_regions_normalised"): Call(on_cells(cs.gini, normalized=True)),
    ("gini", "industry_over_regions_rounded_3"): Call(on_cells(cs.gini), digits=3),
    ("gini", "region_over_industries"): Call(on_cells(cs.gini, over="industry")),
    ("gini", "region_over_industries_normalised"): Call(
        on_cells(cs.gini, over="industry", normalized=True)
    ),
    ("theil_t", "gdp_pc"): Call(on_regions(cs.theil, **HEAD)),
    ("theil_t", "gdp_pc_population_weighted"): Call(on_regions(cs.theil, **PEOPLE)),
    ("theil_t", "industry_over_regions"): Call(on_cells(cs.theil)),
    ("theil_t", "region_over_industries_zeros_epsilon"): Call(on_cells(cs.theil, over="industry")),
    ("theil_l", "gdp_pc"): Call(on_regions(cs.theil, kind="l", **HEAD)),
    ("theil_l", "gdp_pc_population_weighted"): Call(on_regions(cs.theil, kind="l", **PEOPLE)),
    ("theil_l", "industry_over_regions_infinite_with_zeros"): Call(on_cells(cs.theil, kind="l")),
    ("theil_t_decomposition", "gdp_pc_by_macro"): Call(
        on_regions(cs.theil, within="macro", **HEAD), PARTS, component=True
    ),
    ("theil_t_decomposition", "gdp_population_weighted_by_macro"): Call(
        on_regions(cs.theil, within="macro", **PEOPLE), PARTS, component=True
    ),
    ("theil_l_decomposition", "gdp_population_weighted_by_macro"): Call(
        on_regions(cs.theil, kind="l", within="macro", **PEOPLE), PARTS, component=True
    ),
    ("generalised_entropy", "industry_over_regions_alpha_2"): Call(
        on_cells(cs.generalized_entropy, order=2)
    ),
    **{
        ("atkinson", f"gdp_pc_eps_{aversion:g}"): Call(
            on_regions(cs.atkinson, aversion=aversion, **HEAD)
        )
        for aversion in (0.5, 1, 2)
    },
    ("atkinson", "industry_over_regions_eps_0.5"): Call(on_cells(cs.atkinson)),
    ("cv", "gdp_pc_population"): Call(on_regions(cs.williamson, weight=None, **HEAD)),
    ("cv", "gdp_pc_sample"): Call(
        on_regions(cs.williamson, weight=None, **HEAD), scale=(12 / 11) ** 0.5
    ),
    ("williamson", "gdp_pc_weighted_mean"): Call(on_regions(cs.williamson, **PEOPLE)),
}

EXCLUDED: dict[Pair, str] = {
    ("gini", "gdp_pc_population_weighted_SUSPECT_gini"): "REAT sorts values without their weights",
    ("theil_l", "gdp_pc_population_weighted_SUSPECT"): (
        "REAT divides by n once more and takes the unweighted mean"
    ),
    ("theil_t", "industry_over_regions_ZEROS_DROPPED_before_mean"): (
        "ineq and concentrationMetrics drop zeros before the mean: T falls by ln(n / n+)"
    ),
    ("williamson", "gdp_pc_unweighted_mean"): (
        "REAT centres on the unweighted mean; the paper takes the national one"
    ),
    ("cv", "industry_over_regions"): "peer's standard deviation with n - 1 is one factor away",
}
