"""Pairs and groups of industries: coagglomeration, colocation, correlation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, on_cells, on_plants

COLOCATION = {"CL": "CL", "XCL": "XCL", "estimate": "CL"}


def any_order(result: Callable[[Path], pd.DataFrame]) -> Callable[[Path], pd.DataFrame]:
    """Pairs both ways round: peers name one before the other in the order of their rows."""

    def both(folder: Path) -> pd.DataFrame:
        pairs = result(folder)
        names = {"industry": "industry2", "industry2": "industry"}
        return pd.concat([pairs, pairs.rename(columns=names)], ignore_index=True)

    return both


CALLS: dict[Pair, Call] = {
    **{
        ("ellison_glaeser_kerr", f"{naf}_{name}_reference"): Call(
            on_plants(cs.coagglomeration, naf, reference=reference)
        )
        for naf in ("naf2", "naf4")
        for name, reference in {"total_employment": "total", "mean_share": "mean_share"}.items()
    },
    ("ellison_glaeser_coagglomeration", "group_naf4_in_naf2"): Call(
        on_plants(cs.coagglomeration, "naf4", method="ellison_glaeser_group", within="naf2"),
        {"gamma_c": "gamma_c", "lambda": "lambda"},
        component=True,
    ),
    ("colocation_howard_newman_tarp", "plant_counts"): Call(
        any_order(on_plants(cs.colocation, "naf4")), COLOCATION, component=True
    ),
    **{
        ("location_correlation", of): Call(on_cells(cs.location_correlation, of=of))
        for of in ("employment", "region_shares", "location_quotients")
    },
    ("litzenberger_sternberg", "cluster_index"): Call(on_cells(cs.litzenberger_sternberg)),
}

EXCLUDED: dict[Pair, str] = {
    ("ellison_glaeser_coagglomeration", f"SUSPECT_{subset}"): (
        "REAT adds members' shares unweighted, weighs by shares of the whole table, and sums every "
        "industry's gamma over recycled H: worked out that way its numbers come back, 1997's not"
    )
    for subset in ("pair_subset", "all_industries")
}
