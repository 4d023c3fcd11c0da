"""Every (measure, variant) of the reference files, translated to a call of ours."""

from __future__ import annotations

import pkgutil
from importlib import import_module

from tests.reference import calls
from tests.reference.calls._tables import Call, Pair

__all__ = ["CALLS", "EXCLUDED", "Call", "Pair", "reason"]

FAMILIES = [
    import_module(f"{calls.__name__}.{found.name}")
    for found in pkgutil.iter_modules(calls.__path__)
    if not found.name.startswith("_")
]
CALLS: dict[Pair, Call] = {}
EXCLUDED: dict[Pair, str] = {}
for family in FAMILIES:
    CALLS |= family.CALLS
    EXCLUDED |= family.EXCLUDED


def reason(pair: Pair, doors: set[str]) -> str:
    """Why a pair is not compared."""
    if pair in EXCLUDED:
        return EXCLUDED[pair]
    return "NOT TRANSLATED" if pair[0] in doors else "no door yet"
