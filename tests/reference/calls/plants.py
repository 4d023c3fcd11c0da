"""Indices that see establishments."""

from __future__ import annotations

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, on_plants

EG = {
    "gamma": "gamma",
    "G": "G",
    "herfindahl": "H",
    "plants": "establishments",
    "var_G": "var_G",
    "z": "statistic",
}
MS = {"gamma": "gamma", "G": "G"}

CALLS: dict[Pair, Call] = {}
for naf in ("naf2", "naf4"):
    CALLS["ellison_glaeser", naf] = Call(
        on_plants(cs.ellison_glaeser, naf, inference=cs.Analytic()), EG, component=True
    )
    CALLS["maurel_sedillot", naf] = Call(on_plants(cs.maurel_sedillot, naf), MS, component=True)
    CALLS["maurel_sedillot", f"{naf}_plant_counts"] = Call(
        on_plants(cs.maurel_sedillot, naf, value="establishments"),
        {"pair_probability": "pair_probability"},
        component=True,
    )
    CALLS["devereux_griffith_simpson", naf] = Call(
        on_plants(cs.devereux_griffith_simpson, naf, plants="employing"),
        {"alpha": "alpha"},
        component=True,
    )

EXCLUDED: dict[Pair, str] = {
    ("ellison_glaeser", "naf2_SUSPECT"): (
        "concentrationMetrics leaves out the Herfindahl term and the regions without the industry"
    ),
}
