"""Which sectors lie in the same areas, among them motion pictures, and what orders the areas.

An area has an industry if its location quotient is 1 or more. An omitted cell may leave that
undecided: it is then what the proportional filling says, and the ends are those of all answers.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd

import clusterstats as cs
from clusterstats.errors import ClusterstatsWarning

from .bounds import TOTAL, tree
from .film import FILM
from .mix import LABELS

SEED = 2019
NOT_CLASSIFIED = "99"


class Presence(NamedTuple):
    """Areas x industries: has it (1) or not (0), as filled, at least and at most."""

    filled: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame

    @property
    def undecided(self) -> float:
        """Share of cells that omission leaves undecided."""
        return float((self.low != self.high).to_numpy().mean())


def presence(table: pd.DataFrame) -> Presence:
    """Presence of the sectors, and of motion pictures beside the sector that holds them."""
    bounds = tree(table)
    sectors = [code for code in bounds.children[TOTAL] if code != NOT_CLASSIFIED]
    codes = sorted([*sectors, FILM])
    size = bounds.printed[TOTAL]
    share = size / size.sum()
    filled, low, high = (
        frame[codes] for frame in (bounds.filled, bounds.employment.low, bounds.employment.high)
    )
    quotients = (
        _quotient(filled, filled.sum() - filled, share),
        _quotient(low, high.sum() - high, share),
        _quotient(high, low.sum() - low, share),
    )
    return Presence(*[(x >= 1).astype("int64") for x in quotients])


def _quotient(own: pd.DataFrame, others: pd.DataFrame, share: pd.Series) -> pd.DataFrame:
    """Location quotient of each cell, from its employment and that of the industry elsewhere."""
    return (own / (own + others)).div(share, axis=0).fillna(0)


def _cells(has: pd.DataFrame) -> pd.DataFrame:
    return has.reset_index().melt("region", var_name="industry", value_name="has")


def related(here: Presence) -> pd.DataFrame:
    """Proximity of the pairs of industries, nearest first, with the ends that omission allows."""
    options = cs.Bootstrap(seed=SEED, unit="region", draws=399)
    result = cs.proximity(_cells(here.filled), binary="has", inference=options)
    low, high = _ends(here)
    pairs = result[result["industry"] < result["industry2"]]
    places = [pairs[key].map(here.filled.columns.get_loc) for key in ("industry", "industry2")]
    ends = {"estimate_low": low[tuple(places)], "estimate_high": high[tuple(places)]}
    names = {f"label{n}": pairs[f"industry{n}"].map(LABELS) for n in ("", "2")}
    order = ["estimate", "industry", "industry2"]
    found = pairs.assign(**ends, **names).sort_values(
        order, ascending=[False, True, True], ignore_index=True
    )
    keys = ["industry", "label", "industry2", "label2"]
    numbers = ["estimate", "std_error", "conf_low", "conf_high", "estimate_low", "estimate_high"]
    found = found[[*keys, *numbers]]
    found.attrs = dict(result.attrs)
    return found


def _ends(here: Presence) -> tuple[np.ndarray, np.ndarray]:
    """Ends of sum_r M_ri M_rj / max(u_i, u_j): outer, for each part takes its own end."""
    low, high = (part.to_numpy(dtype=float) for part in (here.low, here.high))
    fewest, most = (np.maximum.outer(x.sum(axis=0), x.sum(axis=0)) for x in (low, high))
    with np.errstate(invalid="ignore", divide="ignore"):
        return low.T @ low / most, np.minimum(high.T @ high / fewest, 1)


def complexity(here: Presence, names: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """ECI of areas and PCI of industries, also with all undecided cells absent, or present.

    Motion pictures are left out: they are a part of the sector of information.
    """
    columns, attrs, told = {}, {}, []
    kinds = {"estimate": here.filled, "if_absent": here.low, "if_present": here.high}
    for name, has in kinds.items():
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", ClusterstatsWarning)
            result = cs.economic_complexity(_cells(has.drop(columns=FILM)), binary="has")
        member = result["region"].fillna(result["industry"])
        keyed = result.assign(member=member).set_index(["component", "member"])
        columns[name] = keyed["estimate"]
        attrs[name] = dict(result.attrs)
        told += [f"{name}: {one.message}." for one in said]
    found = pd.DataFrame(columns)
    found = found.reset_index()
    known = {**LABELS, **names["name"].to_dict()}
    found.insert(2, "name", found["member"].map(known))
    order = ["component", "estimate", "member"]
    found = found.sort_values(order, ascending=[True, False, True], ignore_index=True)
    found.attrs = attrs["estimate"]
    return found, " ".join(told)
