"""Location quotients."""

from __future__ import annotations

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, on_cells

LQ = cs.location_quotient

CALLS: dict[Pair, Call] = {
    ("location_quotient", "plain"): Call(on_cells(LQ)),
    ("location_quotient", "symmetric"): Call(on_cells(LQ, form="symmetric")),
    ("location_quotient", "additive_share_of_region"): Call(on_cells(LQ, form="additive_region")),
    ("location_quotient", "additive_share_of_industry"): Call(
        on_cells(LQ, form="additive_industry")
    ),
    ("location_quotient", "standardised"): Call(on_cells(LQ, form="standardized")),
    ("rca", "plain"): Call(on_cells(LQ)),
    ("rca", "rounded_2_digits"): Call(on_cells(LQ), digits=2),
}

EXCLUDED: dict[Pair, str] = {
    ("location_quotient", "standardised_ODonoghue_Gleave_SUSPECT"): (
        "REAT takes means over the wrong margin: its standardized rows do not average 0"
    ),
    ("location_quotient", "standardised_log_Tian_SUSPECT"): (
        "REAT takes means over the wrong margin"
    ),
    ("location_quotient", "binary"): "a threshold applied to LQ, one comparison in pandas",
    ("rca", "binary"): "a threshold applied to LQ, one comparison in pandas",
}
