"""Specialization of regions."""

from __future__ import annotations

from collections.abc import Callable
from math import e, inf
from pathlib import Path

import pandas as pd

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, employment, on_cells, plants

KRUGMAN = cs.krugman_specialization


def variety(door: Callable[..., pd.DataFrame], **options: object) -> Callable[..., pd.DataFrame]:
    """Variety of regions and of their parts: both kinds of rows are in the reference."""

    def both(folder: Path) -> pd.DataFrame:
        table = plants(folder, "naf4")
        parts = table.drop(columns="region").rename(columns={"subregion": "region"})
        return pd.concat([door(t, within="naf2", **options) for t in (table, parts)])

    return both


def total(door: Callable[..., pd.DataFrame], **options: object) -> Callable[..., pd.DataFrame]:
    """The same without groups."""
    return variety(lambda table, within, **given: door(table, **given), **options)


def decomposition(folder: Path) -> pd.DataFrame:
    """Entropy between and within sections, in nats."""
    parts = {"between": cs.unrelated_variety, "within": cs.related_variety}
    return pd.concat(
        door(employment(folder), within="section", log_base=e).assign(component=name)
        for name, door in parts.items()
    )


CALLS: dict[Pair, Call] = {
    ("krugman_specialization", "vs_total_sum_abs"): Call(on_cells(KRUGMAN)),
    ("krugman_specialization", "vs_total_half_sum_abs"): Call(on_cells(KRUGMAN, scale="half")),
    ("krugman_specialization", "vs_rest_sum_abs"): Call(on_cells(KRUGMAN, reference="rest")),
    ("krugman_specialization", "vs_mean_of_other_regions_sum_abs"): Call(
        on_cells(KRUGMAN, reference="mean_of_others")
    ),
    ("krugman_specialization", "econcomplex"): Call(on_cells(KRUGMAN)),
    ("krugman_specialization", "pair_sum_abs"): Call(on_cells(KRUGMAN, reference="pairs")),
    ("hoover_specialization", "vs_total_half_sum_abs"): Call(on_cells(cs.hoover_specialization)),
    ("hoover_specialization", "econcomplex"): Call(on_cells(cs.hoover_specialization)),
    ("gini_specialization", "of_location_quotients"): Call(on_cells(cs.gini_specialization)),
    ("structural_overlap", "finger_kreinin"): Call(on_cells(cs.structural_overlap)),
    ("herfindahl", "region_over_industries"): Call(on_cells(cs.herfindahl)),
    ("herfindahl", "region_over_industries_normalised"): Call(
        on_cells(cs.herfindahl, normalized=True)
    ),
    ("herfindahl", "region_over_industries_equivalent_number"): Call(
        on_cells(cs.herfindahl, equivalent_number=True)
    ),
    ("entropy", "region_nats"): Call(on_cells(cs.entropy)),
    ("entropy", "region_bits"): Call(on_cells(cs.entropy, log_base=2)),
    ("entropy", "region_normalised"): Call(on_cells(cs.entropy, normalized=True)),
    ("entropy", "region_log2_rounded_3"): Call(on_cells(cs.entropy, log_base=2), digits=3),
    **{
        ("hill_number", f"order_{name}"): Call(on_cells(cs.hill_number, order=order))
        for name, order in {"0": 0, "0.5": 0.5, "1": 1, "2": 2, "Inf": inf}.items()
    },
    ("hachman", "region"): Call(on_cells(cs.hachman)),
    ("hachman", "econcomplex"): Call(on_cells(cs.hachman)),
    ("relative_diversity", "duranton_puga"): Call(on_cells(cs.relative_diversity)),
    ("relative_specialization", "duranton_puga"): Call(on_cells(cs.relative_specialization)),
    ("entropy_decomposition", "by_section_nats"): Call(
        decomposition, {"between": "between", "within": "within"}, component=True
    ),
    **{
        ("variety", f"{part}_{unit}"): Call(door(measured, log_base=base))
        for part, (door, measured) in {
            "related": (variety, cs.related_variety),
            "unrelated": (variety, cs.unrelated_variety),
            "total": (total, cs.entropy),
        }.items()
        for unit, base in {"bits": 2, "nats": e}.items()
    },
}

EXCLUDED: dict[Pair, str] = {
    ("entropy", "industry_over_regions_nats"): "no door: entropy of an industry over regions",
}
