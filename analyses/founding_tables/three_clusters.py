"""The members of the three clusters, with the bounds that the printed shares set."""

from __future__ import annotations

import math
from fractions import Fraction

import pandas as pd

from .claims import Number, ledger
from .derived import MEMBERS

BOUNDED = {"S002-04": "audiovisual production", "S002-07": "in the main agglomeration"}
ABOUT = {"S002-06": "training and research"}
HALF_PERCENT = Fraction(1, 200)
TOGETHER = "the three together"


def facts() -> pd.DataFrame:
    """One row a cluster and quantity: the number if it is printed, whole-number bounds if not."""
    sizes = {_name(claim): (int(Number.of(claim).value), claim) for claim in MEMBERS}
    total = sum(size for size, _ in sizes.values())
    sizes[TOGETHER] = (total, " + ".join(MEMBERS))
    rows = [row for name, (size, claim) in sizes.items() for row in _of_cluster(name, size, claim)]
    return pd.DataFrame(rows)


def _name(claim: str) -> str:
    return str(ledger().loc[claim, "quantity"]).removeprefix("members, ")


def _of_cluster(cluster: str, size: int, claim: str) -> list[dict[str, object]]:
    printed = "the sum of the three" if cluster == TOGETHER else "as printed"
    quote = "" if cluster == TOGETHER else ledger().loc[claim, "quote"]
    members = _row(cluster, "members", size, (size, size), printed, claim, quote)
    more = [_more_than(cluster, size, share, what) for share, what in BOUNDED.items()]
    about = [_about(cluster, size, share, what) for share, what in ABOUT.items()]
    return [members, *more, *about]


def _more_than(cluster: str, size: int, claim: str, what: str) -> dict[str, object]:
    """At least the next whole member above the printed share; at most all."""
    percent = int(ledger().loc[claim, "value_low"])
    least = math.floor(size * Fraction(percent, 100)) + 1
    reading = f"more than {percent}% of {size}, in whole members"
    quote = ledger().loc[claim, "quote"]
    return _row(cluster, what, math.nan, (least, size), reading, claim, quote)


def _about(cluster: str, size: int, claim: str, what: str) -> dict[str, object]:
    """A share printed as "about": as if it were rounded to a whole percent."""
    share = Fraction(int(Number.of(claim).value), 100)
    low, high = share - HALF_PERCENT, share + HALF_PERCENT
    ends = math.ceil(size * low), math.floor(size * high)
    reading = (
        f"{float(low):.1%} to {float(high):.1%} of {size}, in whole members: "
        "the tightest reading of “about”"
    )
    quote = ledger().loc[claim, "quote"]
    return _row(cluster, what, float(size * share), ends, reading, claim, quote)


def _row(
    cluster: str,
    quantity: str,
    estimate: float,
    ends: tuple[int, int],
    reading: str,
    claim: str,
    quote: str,
) -> dict[str, object]:
    return {
        "cluster": cluster,
        "quantity": quantity,
        "estimate": estimate,
        "estimate_low": ends[0],
        "estimate_high": ends[1],
        "reading": reading,
        "claim": claim,
        "quote": quote,
    }
