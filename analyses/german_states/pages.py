"""Measures of the Länder, each with the uncertainty that its table allows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping

import pandas as pd

import clusterstats as cs
from clusterstats.errors import ClusterstatsWarning

from .tables import UNKNOWN, names

SEED = 2015
FIRMS = cs.Bootstrap(seed=SEED)
SPECIALIZATION: Mapping[str, Mapping[str, str]] = {
    "krugman_specialization": {"reference": "rest"},
    "herfindahl": {},
    "entropy": {},
    "hachman": {},
    "gini_specialization": {},
}
CONCENTRATION = ("locational_gini", "hoover_concentration", "kl_divergence")
FIRST, LAST = 2008, 2014
NUMBERS = ["estimate", "std_error", "conf_low", "conf_high", "bias_corrected"]


def specialization(table: pd.DataFrame) -> pd.DataFrame:
    """Each index of each Land, the Land with the highest Krugman index first."""
    parts = [
        getattr(cs, door)(table, inference=FIRMS, **options)
        for door, options in SPECIALIZATION.items()
    ]
    found = pd.concat(parts, ignore_index=True)
    first = parts[0].sort_values("estimate", ascending=False)["region"].tolist()
    found = found.assign(name=found["region"].map(names()), place=found["region"].map(first.index))
    order = found["measure"].map(list(SPECIALIZATION).index)
    found = found.assign(order=order).sort_values(["order", "place"], ignore_index=True)
    result = found[["measure", "region", "name", *NUMBERS]]
    result.attrs = dict(parts[0].attrs)
    return result


def concentration(table: pd.DataFrame) -> pd.DataFrame:
    """Each index of each industry, and the range when one Land is left out."""
    parts = []
    for door in CONCENTRATION:
        drawn = getattr(cs, door)(table, inference=FIRMS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", cs.ClusterstatsWarning)  # only the range is shown
            left = getattr(cs, door)(table, inference=cs.Jackknife(unit="region"))
        ranges = left[["industry", "loo_low", "loo_high"]]
        parts.append(drawn.merge(ranges, on="industry", validate="one_to_one"))
        attrs = drawn.attrs
    result = pd.concat(parts, ignore_index=True)
    result = result[["measure", "industry", *NUMBERS, "loo_low", "loo_high"]]
    result.attrs = dict(attrs)
    return result


def east_and_west(table: pd.DataFrame) -> pd.DataFrame:
    """Theil index of each industry, split into that between east and west and that within them."""
    known = table[table["industry"] != UNKNOWN]
    result = cs.theil_concentration(known, within="part")
    keys = [key for key in ("year", "industry") if key in result]
    wide = result.pivot(index=keys, columns="component", values="estimate").reset_index()
    wide = wide[[*keys, "total", "between", "within"]].rename_axis(columns=None)
    wide = wide.assign(share_between=wide["between"] / wide["total"])
    wide.attrs = dict(result.attrs)
    return wide


def changes(table: pd.DataFrame) -> pd.DataFrame:
    """Change of two indices of each Land, and of the Gini of each industry, 2008 to 2014."""
    known = table[table["industry"] != UNKNOWN]
    pair = (FIRST, LAST)
    against_rest = {"reference": "rest"}
    parts = [
        cs.difference(known, "krugman_specialization", years=pair, options=against_rest),
        cs.difference(known, "herfindahl", years=pair),
        cs.difference(known, "locational_gini", years=pair),
    ]
    named = pd.concat(parts, ignore_index=True)
    named = named.assign(name=named["region"].map(names()))
    both = _without_one(known)
    columns = ["measure", "region", "name", "industry", "estimate"]
    return named[columns].merge(both, on=["measure", "industry"], how="left")


def _without_one(known: pd.DataFrame) -> pd.DataFrame:
    """Least and most change of the Gini of each industry when one Land is left out."""
    left = [
        cs.difference(known[known["region"] != region], "locational_gini", years=(FIRST, LAST))
        for region in sorted(known["region"].unique())
    ]
    groups = pd.concat(left).groupby(["measure", "industry"])["estimate"]
    return groups.agg(loo_low="min", loo_high="max").reset_index()


def growth(table: pd.DataFrame) -> pd.DataFrame:
    """Dunn's shift-share of each Land, 2008 to 2014, as shares of its employees in 2008."""
    known = table[table["industry"] != UNKNOWN]
    result = cs.shift_share(known, years=(FIRST, LAST))
    start = known[known["year"] == FIRST].groupby("region")["employment"].sum()
    wide = result.pivot(index="region", columns="component", values="estimate")
    rates = wide.div(start, axis=0)[
        ["growth", "national_share", "industrial_mix", "regional_share"]
    ]
    rates = rates.rename_axis(columns=None).reset_index()
    rates.insert(1, "name", rates["region"].map(names()))
    rates = rates.sort_values("regional_share", ascending=False, ignore_index=True)
    rates.attrs = dict(result.attrs)
    return rates


def related(table: pd.DataFrame) -> pd.DataFrame:
    """Pairs of industries, those that most often lie in the same Länder first."""
    result = cs.proximity(table, inference=cs.Bootstrap(seed=SEED, unit="region"))
    strength = cs.relatedness(table)[["industry", "industry2", "estimate"]]
    pairs = result[result["industry"] < result["industry2"]].merge(
        strength.rename(columns={"estimate": "association"}), on=["industry", "industry2"]
    )
    order = ["estimate", "association", "industry", "industry2"]
    found = pairs.sort_values(order, ascending=[False, False, True, True], ignore_index=True)
    columns = ["industry", "industry2", "estimate", "std_error", "conf_low", "conf_high"]
    found = found[[*columns, "association"]]
    found.attrs = dict(result.attrs)
    return found


def complexity(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """ECI of Länder and PCI of industries with counts beside, and what the index warns of."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ClusterstatsWarning)
        both = cs.economic_complexity(table, inference=FIRMS)
    fit = cs.fitness(table)
    ours = {"eci": "region", "pci": "industry"}
    counts = {
        "eci": cs.diversity_count(table).set_index("region")["estimate"],
        "pci": cs.ubiquity(table).set_index("industry")["estimate"],
    }
    parts = []
    for component, key in ours.items():
        rows = both[both["component"] == component].sort_values("estimate", ascending=False)
        rows = rows.assign(member=rows[key], count=rows[key].map(counts[component]))
        other = fit[fit[key].notna()].set_index(key)["estimate"]
        parts.append(rows.assign(fitness=rows[key].map(other)))
    columns = ["component", "member", "estimate", "std_error", "conf_low", "conf_high"]
    result = pd.concat(parts, ignore_index=True)[[*columns, "count", "fitness"]]
    result.attrs = dict(both.attrs)
    return result, " ".join(f"{one.message}." for one in said)
