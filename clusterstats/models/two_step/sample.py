"""The rows whose place effects can be compared, and the places that are left outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Codes, Mask
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.absorption import connected_sets
from clusterstats.models.absorption.effects import Effects
from clusterstats.models.design import Design

__all__ = ["NAMED", "Places", "listed", "place_of_area", "places_of", "within_largest_set"]

NAMED = 5
"""So many places are named in a warning; the table of those outside has them all."""


@dataclass(frozen=True)
class Places:
    """The places of a sample: areas, or areas in each period.

    Attributes
    ----------
    keys : tuple of str
        Columns: area, or area and time.
    table : DataFrame
        The keys, a row a place, sorted.
    code : array, shape (n,)
        Row of `table` of each row of the sample.
    """

    keys: tuple[str, ...]
    table: pd.DataFrame
    code: Codes


def places_of(frame: pd.DataFrame, keys: tuple[str, ...]) -> Places:
    """Number the places of a sample in the order of their keys."""
    columns = list(keys)
    code = frame.groupby(columns, sort=True, observed=True).ngroup().to_numpy().astype(np.intp)
    table = frame[columns].drop_duplicates().sort_values(columns).reset_index(drop=True)
    return Places(keys, table, code)


def place_of_area(effects: Effects, keys: tuple[str, ...]) -> int:
    """Which of the fixed effects is that of the places."""
    for place, name in enumerate(effects.names):
        if set(name.split("^")) == set(keys):
            return place
    wanted = "^".join(keys)
    raise OptionError(
        f"the first step needs the effect {wanted!r}, whose estimates the second step explains, "
        f"as in 'log(wage) ~ age | worker + {wanted}'; it has {', '.join(effects.names) or 'none'}"
    )


def within_largest_set(design: Design, keys: tuple[str, ...]) -> tuple[Design, pd.DataFrame]:
    """The rows of the largest connected set, and the places that have none in it.

    Places are connected where levels of each other effect (workers who moved) are found in both.
    The largest set is the one with most rows.

    Returns
    -------
    (Design, DataFrame)
        The table of places outside has the keys, `rows` and `reason`.
    """
    area = place_of_area(design.effects, keys)
    rows = _largest(design.effects, area)
    columns = list(keys)
    lost = design.frame.loc[~rows, columns].value_counts(sort=False).rename("rows").reset_index()
    inside = design.frame.loc[rows, columns].drop_duplicates()
    marked = lost.merge(inside, on=columns, how="left", indicator=True)
    outside = marked[marked["_merge"] == "left_only"].drop(columns="_merge")
    outside = outside.sort_values(columns, ignore_index=True)
    outside = outside.assign(reason="not in the largest connected set")
    links = " or ".join(n for n in design.effects.names if set(n.split("^")) != set(keys))
    if not rows.all():
        warn(
            f"{int((~rows).sum()):,} row(s) lie outside the largest connected set and are left "
            f"out, with {len(outside):,} place(s){listed(outside, keys)}: no {links} links them to "
            f"the others"
        )
    kept = design.kept(rows, "outside the largest connected set")
    if len(inside) < 2:
        raise TableError(
            f"a single place is left in the largest connected set: {'^'.join(keys)!r} has no "
            f"effects to compare"
        )
    return kept, outside


def listed(table: pd.DataFrame, keys: tuple[str, ...]) -> str:
    """The first places of a table, for a message."""
    if table.empty:
        return ""
    names = [" ".join(map(str, row)) for row in table[list(keys)].head(NAMED).to_numpy().tolist()]
    return f" ({', '.join(names)}{', ...' if len(table) > NAMED else ''})"


def _largest(effects: Effects, area: int) -> Mask:
    """Rows that are left once each other effect connects all places."""
    rows = np.ones(len(effects.codes[area]), dtype=bool)
    others = [place for place in range(len(effects.codes)) if place != area]
    is_done = False
    while not is_done:
        is_done = True
        for other in others:
            count, label = connected_sets(effects.kept(rows), area, other)
            if count > 1:
                rows[rows] = label == np.bincount(label).argmax()
                is_done = False
    return rows
