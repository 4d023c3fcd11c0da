"""Tables of the founding documents, each row with the claim and the words it comes from."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

import clusterstats as cs
from clusterstats import harmonize

from .claims import ledger

POLES = "competitiveness pôle"
DATED = ("year", "year-month", "decade")
FIRST_YEAR = 1000
"""A claim in years below this is a duration, not a date."""


def clusters_by_country() -> pd.DataFrame:
    """The counts as printed, then their total with and without the pôles."""
    table = cs.datasets.load("clusters_by_country")
    table["quote"] = ledger().loc[table["claim"], "quote"].to_numpy()
    is_pole = table["kind"] == POLES
    totals = pd.DataFrame(
        {
            "country_name": ["Total", "Total"],
            "kind": ["all kinds", f"all but {POLES}"],
            "clusters": [table["clusters"].sum(), table.loc[~is_pole, "clusters"].sum()],
            "claim": ["S003-01 to S003-11", "S003-01 to S003-11, without S003-06"],
            "note": ["a check of the copy: the countries count different things"] * 2,
        }
    )
    columns = ["country_name", "kind", "clusters", "claim", "quote", "note"]
    return pd.concat([table[columns], totals], ignore_index=True)[columns]


def key_success_factors() -> pd.DataFrame:
    """The 28 lines, word for word, with the measurement that we propose."""
    table = cs.datasets.load("key_success_factors").rename(columns={"line": "quote"})
    qualified = table["direction"] + ": " + table["direction_note"]
    table["direction"] = qualified.fillna(table["direction"])
    return table.drop(columns="direction_note")


def sector_counts() -> pd.DataFrame:
    """One row a definition: how many codes, how many only in part, and how sure."""
    codes = cs.datasets.load("sector_definitions")
    by = codes.groupby("definition", sort=True)
    table = by.agg(
        codes=("code", "size"),
        partial=("weight", lambda weight: int(weight.isna().sum())),
        domains=("domain", "nunique"),
        is_mapped_by_us=("is_mapped_by_us", "any"),
        confidence=("confidence", lambda said: ", ".join(said.unique())),
        source=("source", lambda said: "; ".join(said.unique())),
    ).reset_index()
    counts = [
        str(harmonize.sector_definition(name, partial="include")) for name in table["definition"]
    ]
    table.insert(1, "count", [text.split(": ", 1)[1] for text in counts])
    return table


def sector_codes() -> pd.DataFrame:
    """Every code of every definition; who defines them is in `sector_counts`."""
    codes = cs.datasets.load("sector_definitions")
    return codes[["definition", "system", "code", "label", "domain", "weight", "confidence"]]


def timeline() -> pd.DataFrame:
    """Dated claims, earliest first."""
    claims = ledger().reset_index().rename(columns={"id": "claim"})
    claims = claims[claims["unit"].isin(DATED)]
    month = pd.to_numeric(claims["value"].str.extract(r"^(\d{4})-\d{2}$")[0])
    claims["from_year"] = claims["value_low"].fillna(month).astype("Int64")
    claims["to_year"] = claims["value_high"].fillna(month).astype("Int64")
    claims = claims[claims["from_year"] >= FIRST_YEAR]
    claims = claims.sort_values(["from_year", "to_year", "value", "claim"], ignore_index=True)
    columns = ["value", "from_year", "to_year", "quantity", "territory", "claim", "quote"]
    return claims[columns].rename(columns={"value": "printed"})


def contradictions() -> pd.DataFrame:
    """One row a conflict: what the documents say, and what they say elsewhere."""
    claims = ledger().dropna(subset="conflict_group").reset_index()
    return pd.DataFrame([_conflict(*pair) for pair in claims.groupby("conflict_group")])


def _conflict(group: str, claims: pd.DataFrame) -> dict[str, object]:
    """Both sides of a conflict; where they are one claim, its note quotes the other side."""
    first, last = claims.iloc[0], claims.iloc[-1]
    other = last["quote"]
    if len(claims) == 1:
        other = re.findall(r"'([^']+)'", first["note"])[-1]
    return {
        "conflict_group": group,
        "claim": first["id"],
        "value": f"{first['value']} {first['unit']}",
        "quote": first["quote"],
        "other_claim": last["id"],
        "other_value": f"{last['value']} {last['unit']}" if len(claims) > 1 else "",
        "other_quote": other,
        "note": "; ".join(claims["note"].dropna()) or np.nan,
    }


def counted_items() -> pd.DataFrame:
    """The numbers that the documents do not print but list, counted by us."""
    table = claims()
    columns = ["claim", "quantity", "value", "unit", "territory", "quote", "note"]
    return table.loc[table["kind"] == "counted", columns].reset_index(drop=True)


def claims() -> pd.DataFrame:
    """Every claim with its interval and quotation."""
    table = ledger().reset_index().rename(columns={"id": "claim"})
    columns = ["claim", "quantity", "value", "value_low", "value_high", "unit", "year"]
    return table[[*columns, "territory", "kind", "quote", "reading", "note"]]
