"""Concentration of industries."""

from __future__ import annotations

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, on_cells, regional

PARTS = {"total": "total", "between": "between", "within": "within"}
HOOVER = cs.hoover_concentration

CALLS: dict[Pair, Call] = {
    ("locational_gini", "half_scale"): Call(on_cells(cs.locational_gini)),
    ("locational_gini", "unit_scale"): Call(on_cells(cs.locational_gini, maximum=1)),
    ("hoover_concentration", "vs_total_half_sum_abs"): Call(on_cells(HOOVER)),
    ("hoover_concentration", "vs_population_half_sum_abs"): Call(
        on_cells(HOOVER, base="population")
    ),
    ("hoover_concentration", "gdp_vs_population"): Call(
        lambda folder: HOOVER(
            regional(folder).assign(industry="all"), value="gdp", base="population"
        ).drop(columns="industry")
    ),
    ("hoover_concentration", "vs_equal_shares"): Call(on_cells(HOOVER, base="equal")),
    ("hoover_concentration", "vs_total_percent"): Call(on_cells(HOOVER), scale=100),
    ("hoover_concentration", "vs_population_percent_rounded_2"): Call(
        on_cells(HOOVER, base="population"), scale=100, digits=2
    ),
    ("krugman_concentration", "vs_total_sum_abs"): Call(on_cells(cs.krugman_concentration)),
    ("krugman_concentration", "vs_mean_of_other_industries_sum_abs"): Call(
        on_cells(cs.krugman_concentration, reference="mean_of_others")
    ),
    ("herfindahl", "industry_over_regions"): Call(on_cells(cs.herfindahl_concentration)),
    ("herfindahl", "industry_over_regions_normalised"): Call(
        on_cells(cs.herfindahl_concentration, normalized=True)
    ),
    ("gini_concentration", "of_location_quotients"): Call(on_cells(cs.gini_concentration)),
    ("kl_divergence_concentration", "industry_vs_total"): Call(on_cells(cs.kl_divergence)),
    ("kl_divergence_specialization", "region_vs_total"): Call(
        on_cells(cs.kl_divergence, of="region")
    ),
    ("mutual_information", "regions_x_industries"): Call(
        on_cells(cs.kl_divergence, of="table"), {"M": "estimate", "estimate": "estimate"}
    ),
    ("theil_concentration", "relative_by_macro"): Call(
        on_cells(cs.theil_concentration, within="macro"), PARTS, component=True
    ),
    ("theil_concentration", "absolute_by_macro"): Call(
        on_cells(cs.theil_concentration, kind="absolute", within="macro"), PARTS, component=True
    ),
    ("theil_concentration", "topographic_by_macro"): Call(
        on_cells(cs.theil_concentration, kind="topographic", base="area_km2", within="macro"),
        PARTS,
        component=True,
    ),
}

EXCLUDED: dict[Pair, str] = {
    ("mutual_information", "macro_between"): "no door: mutual information of groups of regions",
    ("mutual_information", "regions_within_macro"): "no door: mutual information within groups",
}
