"""Pairs of industries: what their number asks of memory."""

from __future__ import annotations

from math import isqrt, prod

from clusterstats.errors import OptionError
from clusterstats.inference.engine import BLOCK, STORE
from clusterstats.inference.options import Inference, Jackknife, Random
from clusterstats.measures.declaration import Declaration
from clusterstats.tables import Grid

__all__ = ["require_room"]


def require_room(declaration: Declaration, grid: Grid, inference: Inference | None) -> None:
    """Raise, before anything is drawn, where all draws of all pairs would not fit in memory."""
    industries = len(grid.industries)
    cells = prod(grid.shape[1:]) * len(declaration.powers)
    if isinstance(inference, Random):
        tables = inference.draws
    elif isinstance(inference, Jackknife):
        tables = max(1, BLOCK // cells)
    else:
        return
    if tables * industries**2 > STORE:
        fewer = isqrt(STORE // tables)
        draws = STORE // industries**2
        ways = [f"keep the rows of at most {fewer} industries"]
        ways += [f"take draws={draws}"] if isinstance(inference, Random) and draws >= 19 else []
        ways += ["use Analytic()"] if declaration.analytic is not None else []
        raise OptionError(
            f"{tables} tables of {industries:,} x {industries:,} pairs of industries would take "
            f"{tables * industries**2 * 8 / 1e9:.1f} GB; {', or '.join(ways)} (where the "
            f"reference is all employment, give its sum by region as base= for fewer industries)"
        )
