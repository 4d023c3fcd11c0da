"""Areas by how narrow their mix of industries is, industries by how few areas they lie in."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

import clusterstats as cs

from .bounds import TOTAL, Tree, cells_of, groups, level, tree

LABELS = {
    "11": "Agriculture, forestry, fishing",
    "21": "Mining, quarrying, oil and gas",
    "22": "Utilities",
    "23": "Construction",
    "31-33": "Manufacturing",
    "42": "Wholesale trade",
    "44-45": "Retail trade",
    "48-49": "Transportation and warehousing",
    "51": "Information",
    "52": "Finance and insurance",
    "53": "Real estate, rental and leasing",
    "54": "Professional, scientific, technical services",
    "55": "Management of companies",
    "56": "Administrative and waste services",
    "61": "Educational services",
    "62": "Health care and social assistance",
    "71": "Arts, entertainment, recreation",
    "72": "Accommodation and food services",
    "81": "Other services",
    "99": "Not classified",
    "511": "Publishing",
    "512": "Motion pictures and sound recording",
    "515": "Broadcasting",
    "517": "Telecommunications",
    "518": "Data processing and hosting",
    "519": "Other information services",
    "5121": "Motion pictures and video",
    "5122": "Sound recording",
}
"""Sectors, and what the sector of information holds."""


def down_to(table: pd.DataFrame, deepest: int) -> pd.DataFrame:
    """The printed cells of industries with at most this many digits."""
    return table[table["industry"].map(level) <= deepest]


def open_share(bounds: Tree) -> float:
    """Share of all employment that no industry is printed for."""
    left = sum(float(group.left.sum()) for group in groups(bounds))
    return left / float(bounds.printed[TOTAL].sum())


def omitted(table: pd.DataFrame, levels: Sequence[int]) -> pd.DataFrame:
    """How cells are known, and the share of employment in omitted ones, by digits of NAICS."""
    rows = []
    for digits in levels:
        bounds = tree(down_to(table, digits))
        cells = cells_of(bounds, [code for code in bounds.printed if level(code) == digits])
        kinds = cells["cell"].value_counts()
        rows.append(
            {
                "digits": digits,
                "industries": cells["industry"].nunique(),
                "cells": len(cells),
                **{kind: kinds.get(kind, 0) for kind in ("printed", "none", "implied", "bounded")},
                "employment_omitted": open_share(bounds),
                "totals_that_disagree": bounds.clipped + bounds.beyond,
            }
        )
    return pd.DataFrame(rows)


def specialization(table: pd.DataFrame, deepest: int, names: pd.DataFrame) -> pd.DataFrame:
    """Krugman and Herfindahl indices of each area, and the ends that omitted cells allow.

    `estimate` fills omitted cells in proportion to the industries' printed employment; the ends
    hold for any other way to fill them. Krugman first, each from the area surest to be highest;
    `names` has a name and a type for each area.
    """
    bounds = tree(down_to(table, deepest))
    wide = bounds.filled[bounds.leaves].reset_index()
    cells = wide.melt(id_vars="region", var_name="industry", value_name="employment")
    parts = []
    for door, ends in [(cs.krugman_specialization, _krugman), (cs.herfindahl, _herfindahl)]:
        result = door(cells).set_index("region")
        low, high = ends(bounds)
        parts.append(result.assign(estimate_low=low, estimate_high=high).reset_index())
    named = pd.concat(parts).merge(names, on="region")
    columns = ["measure", "region", "name", "type", "estimate", "estimate_low", "estimate_high"]
    return _surest(named, "region")[columns]


def _surest(found: pd.DataFrame, key: str) -> pd.DataFrame:
    """The last measure of the alphabet first, each from the highest lower end."""
    order = ["measure", "estimate_low", key]
    return found.sort_values(order, ascending=[False, False, True], ignore_index=True)


def _krugman(bounds: Tree) -> tuple[pd.Series, pd.Series]:
    """Ends of sum_i |s_ai - s_i|.

    What a total has left, a share r of the area, lies in its open industries, whose shares in all
    areas are s_i and sum to s: they add |r - s| at least, and s + |r - m| - m at most, all in the
    smallest, m. The s_i of the filled table miss the true ones by 2 x `open_share` at most.
    """
    size = bounds.printed[TOTAL]
    reference = bounds.filled[bounds.leaves].sum() / size.sum()
    apart = bounds.printed[bounds.leaves].div(size, axis=0).sub(reference).abs().sum(axis=1)
    low, high = apart.copy(), apart.copy()
    for group in groups(bounds):
        share = group.is_open.mul(reference[list(group.is_open)], axis=1)
        left, held = group.left / size, share.sum(axis=1)
        least = share.where(group.is_open).min(axis=1).fillna(0)
        low += (left - held).abs()
        high += held + (left - least).abs() - least
    slack = 2 * open_share(bounds)
    return (low - slack).clip(lower=0), (high + slack).clip(upper=2)


def _herfindahl(bounds: Tree) -> tuple[pd.Series, pd.Series]:
    """Ends of sum_i s_ai^2: each remainder spread evenly over all open industries, or in one."""
    size = bounds.printed[TOTAL]
    squares = bounds.printed[bounds.leaves].div(size, axis=0).pow(2).sum(axis=1)
    low, high = squares.copy(), squares.copy()
    for group in groups(bounds):
        square = (group.left / size) ** 2
        low += square / group.is_open.sum(axis=1).clip(lower=1)
        high += square
    return low, high


def concentration(table: pd.DataFrame) -> pd.DataFrame:
    """Locational Gini and Hoover index of each industry, omitted cells at their least.

    With a share w of an industry's most employment open, its shares of areas q move by w at most
    (half the sum of differences), the Hoover index and the Gini (maximum 0.5) by no more.
    """
    bounds = tree(table)
    cells = cells_of(bounds, [code for code in bounds.printed if code != TOTAL])
    counted = cells.rename(columns={"employment_low": "employment", "total": "area_employment"})
    columns = ["region", "industry", "employment", "area_employment"]
    most = cells.groupby("industry")[["employment_low", "employment_high"]].sum()
    share = 1 - most["employment_low"] / most["employment_high"]
    parts = []
    for door, maximum in [(cs.locational_gini, 0.5), (cs.hoover_concentration, 1.0)]:
        result = door(counted[columns], base="area_employment").set_index("industry")
        rows = pd.DataFrame(
            {
                "measure": result["measure"],
                "employment_low": most["employment_low"],
                "open_share": share,
                "estimate": result["estimate"],
                "estimate_low": (result["estimate"] - share).clip(lower=0),
                "estimate_high": (result["estimate"] + share).clip(upper=maximum),
            }
        )
        parts.append(rows.reset_index())
    found = _surest(pd.concat(parts), "industry")
    return found.assign(label=found["industry"].map(LABELS).fillna(""))
