"""The motion picture industry by area: quotients, their bounds, and what these decide."""

from __future__ import annotations

import numpy as np
import pandas as pd

import clusterstats as cs

from .bounds import cells_of, tree

FILM = "5121"
COUNTS = ("establishments_low", "establishments_high", "employment_low", "employment_high")


def quotients(table: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """Location quotient of motion pictures by area, highest first, with what omission leaves open.

    `estimate` counts printed cells; `estimate_low` and `estimate_high` are its ends over all that
    omitted cells can hold, here and elsewhere; ranks are those that the same bounds allow. `names`
    has a name and a type for each area.
    """
    cells = cells_of(tree(table), [FILM]).rename(columns={"total": "area_employment"})
    given = cells.assign(
        employment=cells["employment_low"], establishments=cells["establishments_low"]
    )
    columns = ["region", "industry", "establishments", "employment", "area_employment"]
    measured = cs.location_quotient(given[columns], base="area_employment", inference=cs.Analytic())
    result = measured.merge(cells, on=["region", "industry"])
    is_open = result["cell"] == "bounded"
    numbers = ["estimate", "std_error", "conf_low", "conf_high"]
    said = result.assign(**{name: result[name].mask(is_open) for name in numbers})
    whole = said.join(_ends(said)).join(_ranks(said)).merge(names, on="region")
    whole = whole.assign(by_bounds=_side(whole["estimate_low"], whole["estimate_high"]))
    order = ["estimate", "estimate_high", "region"]
    whole = whole.sort_values(order, ascending=[False, False, True], ignore_index=True)
    whole.attrs = measured.attrs
    ends = ["estimate_low", "estimate_high", "by_bounds", "rank_best", "rank_worst"]
    return whole[["region", "name", "type", "cell", *numbers, *ends, *COUNTS, "area_employment"]]


def _ends(cells: pd.DataFrame) -> pd.DataFrame:
    """Sharp ends of the quotient: its own cell at one end, all the others at the other."""
    low, high = cells["employment_low"], cells["employment_high"]
    relative = cells["area_employment"] / cells["area_employment"].sum()
    return pd.DataFrame(
        {
            "estimate_low": low / (low + (high.sum() - high)) / relative,
            "estimate_high": high / (high + (low.sum() - low)) / relative,
        }
    )


def _ranks(cells: pd.DataFrame) -> pd.DataFrame:
    """Best and worst rank by share of the area's employment, which orders as the quotient does."""
    low, high = (cells[name] / cells["area_employment"] for name in COUNTS[2:])
    lows, highs = np.sort(low), np.sort(high)
    return pd.DataFrame(
        {
            "rank_best": 1 + len(cells) - np.searchsorted(lows, high, side="right"),
            "rank_worst": len(cells) - np.searchsorted(highs, low, side="left"),
        }
    )


def _side(low: pd.Series, high: pd.Series) -> np.ndarray:
    """What an interval says of a quotient; a blank one says nothing."""
    return np.select([low > 1, high < 1, low.isna()], ["more", "less", ""], "undecided")


def decided(lq: pd.DataFrame) -> pd.DataFrame:
    """Areas by how their cell is known: those above 1, below 1, or undecided by the bounds."""
    sampled = _side(lq["conf_low"], lq["conf_high"])
    both = np.where(lq["by_bounds"] == sampled, sampled, "undecided")
    marks = lq.assign(is_both=both).groupby("cell")
    rows = []
    for cell, group in [*marks, ("all", lq.assign(is_both=both))]:
        by_bounds, by_both = group["by_bounds"].value_counts(), group["is_both"].value_counts()
        rows.append(
            {
                "cell": cell,
                "areas": len(group),
                **{side: by_bounds.get(side, 0) for side in ("more", "less", "undecided")},
                "more_beyond_chance": by_both.get("more", 0),
                "less_beyond_chance": by_both.get("less", 0),
                "area_employment": group["area_employment"].sum(),
            }
        )
    return pd.DataFrame(rows)


def top(lq: pd.DataFrame, rows: int) -> pd.DataFrame:
    """The highest quotients twice: with their sampling interval and with their bounds."""
    first = lq.head(rows)
    bounds = {"conf_low": first["estimate_low"], "conf_high": first["estimate_high"]}
    kinds = {"95 % by chance": first, "bounds of omitted cells": first.assign(**bounds)}
    return pd.concat([part.assign(interval=kind) for kind, part in kinds.items()])
