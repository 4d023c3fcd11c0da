"""What the columns of SIRENE's stock file may hold, and the table that they give."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import narwhals.stable.v2 as nw

from clusterstats.errors import SourceError
from clusterstats.sources._checks import Pattern, Rule
from clusterstats.sources._codes import COMMUNE, DAY
from clusterstats.sources._guards import Guard
from clusterstats.sources._noted import first_bad
from clusterstats.sources._origin import Origin, Row
from clusterstats.sources._sirene_stock import MASK, known

__all__ = [
    "PLACES",
    "columns",
    "guards",
    "is_odd",
    "notes",
    "odd",
    "rules",
]

BANDS: Mapping[str, tuple[float, float | None]] = {
    "00": (0, 0),
    "01": (1, 2),
    "02": (3, 5),
    "03": (6, 9),
    "11": (10, 19),
    "12": (20, 49),
    "21": (50, 99),
    "22": (100, 199),
    "31": (200, 249),
    "32": (250, 499),
    "41": (500, 999),
    "42": (1000, 1999),
    "51": (2000, 4999),
    "52": (5000, 9999),
    "53": (10000, None),
}
"""Least and most employees of a size class; NN, not there, is an unknown number."""

PLACES: Mapping[str, str] = {
    "x": "coordonneeLambertAbscisseEtablissement",
    "y": "coordonneeLambertOrdonneeEtablissement",
    "lon": "longitude",
    "lat": "latitude",
}
NAF2 = r"[0-9]{2}\.?[0-9]{2}[A-Z]"
INDUSTRY = r"[0-9]{2}\.?[0-9]{1,2}[A-Z]?"
NUMBER = r"-?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"
ALLOWED: Mapping[str, tuple[str, bool, str]] = {
    "siret": ("[0-9]{14}", False, "a SIRET of 14 digits; keep codes as text, with their zeros"),
    "diffusion": ("[OPN]", True, "O, P or N; correct it"),
    "opened": (DAY, True, "a date like 2015-01-31; correct it, or leave it blank if unknown"),
    "band": ("|".join(("NN", *BANDS)), True, f"a size class: NN, {', '.join(BANDS)}; correct it"),
    "is_head_office": ("(?i:true|false)", True, "true or false; correct it"),
    "region": (
        f"{COMMUNE}|20[0-9]{{3}}|99[0-9]{{3}}",
        True,
        "a commune code of 5 characters like '01004' or '2A004'; keep codes as text, with their "
        "leading zeros",
    ),
    "start": (DAY, True, "a date like 2015-01-31; correct it, or leave it blank if unknown"),
    "state": ("[AF]", False, "A (active) or F (closed); correct it"),
    "industry": (INDUSTRY, True, "a NAF code like '59.11A'; correct it, or leave it blank"),
    "industry_system": ("[A-Za-z0-9]+", True, "the name of a nomenclature like NAFRev2"),
    **dict.fromkeys(
        ("x", "y", "lon", "lat"), (NUMBER, True, "a number with a decimal point; correct it")
    ),
}
"""Of each column: what it may hold, whether it may be blank, and what to say of the rest."""

QUICK_DAY = "@ GLOB '[12][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND try_cast(@ AS DATE) IS NOT NULL"
QUICK: Mapping[str, str] = {
    "siret": "regexp_matches(@, '^[0-9]{14}$')",
    "diffusion": "@ = 'O' OR @ = 'P'",
    "opened": QUICK_DAY,
    "band": "@ = 'NN' OR " + " OR ".join(f"@ = '{band}'" for band in BANDS),
    "is_head_office": "@ = 'true' OR @ = 'false'",
    "region": "@ GLOB '[0-9][0-9][0-9][0-9][0-9]' AND @ > '01' AND (@ < '96' OR @ > '97') "
    "OR @ = '[ND]' OR @ GLOB '2[AB][0-9][0-9][0-9]'",
    "start": QUICK_DAY,
    "state": "@ = 'A' OR @ = 'F'",
    "industry": "@ GLOB '[0-9][0-9].[0-9][0-9][A-Z]'",
    "industry_system": "@ = 'NAFRev2'",
}
"""DuckDB's SQL that is true of most values that each column may hold, and of no other."""


@dataclass(frozen=True)
class _Complaint:
    expected: str

    def __call__(self, value: str | None) -> str:
        return f"{'a blank' if value is None else repr(value)} is not {self.expected}"


def guards(layout: Mapping[str, str]) -> list[Guard]:
    """What each column of the file may hold; the mask is allowed except where identity is."""
    made = []
    for role, column in layout.items():
        regex, is_blank_allowed, expected = ALLOWED[role]
        masked = regex if role in {"siret", "state"} else rf"{regex}|\[ND\]"
        made.append(Guard(column, masked, is_blank_allowed, expected, QUICK.get(role, "false")))
    return made


def rules(layout: Mapping[str, str]) -> list[Rule]:
    """Give the same, to find a line by."""
    return [
        Rule(Pattern((one.column,), one.regex, one.is_blank_allowed), _Complaint(one.expected))
        for one in guards(layout)
    ]


def is_odd(layout: Mapping[str, str]) -> nw.Expr:
    """True of rows that say NAF rev. 2 of a code that is not."""
    is_naf2 = nw.col(layout["industry"]).str.contains(rf"^(?:{NAF2}|\[ND\])$")
    return ((nw.col(layout["industry_system"]) == "NAFRev2") & ~is_naf2).fill_null(False)


def notes(layout: Mapping[str, str]) -> dict[str, nw.Expr]:
    """What may be masked or unknown in a row that is kept."""
    masked = {
        f"{MASK} in {column!r}": (nw.col(column) == MASK).fill_null(False)
        for role, column in layout.items()
        if role not in {"siret", "state"}
    }
    band, industry = nw.col(layout["band"]), nw.col(layout["industry"])
    return {
        **masked,
        "no known number of employees (NN or blank)": (band == "NN").fill_null(True),
        "no industry": industry.is_null(),
    }


def odd(origin: Origin, layout: Mapping[str, str]) -> SourceError:
    """Name the first of them."""
    column, system = layout["industry"], layout["industry_system"]

    def is_bad(row: Row) -> bool:
        code = row[column]
        is_naf2 = code in {None, MASK} or re.fullmatch(NAF2, code or "") is not None
        return row[system] == "NAFRev2" and not is_naf2

    def say(row: Row) -> str:
        return f"{row[column]!r} is not a NAF rev. 2 code like '59.11A', as {system!r} says it is"

    return first_bad(origin, column, is_bad, say)


def columns(layout: Mapping[str, str]) -> dict[str, nw.Expr]:
    """The table, from the texts of the file."""
    text = {role: known(column) for role, column in layout.items()}
    siret, code = text["siret"], text["industry"]
    dotted = nw.concat_str(code.str.slice(0, 2), code.str.slice(2), separator=".")
    closed = nw.when(text["state"] == "F").then(text["start"])
    return {
        "establishment": siret,
        "firm": siret.str.slice(0, 9),
        "region": text["region"],
        "industry": nw.when(code.str.slice(2, 1) == ".").then(code).otherwise(dotted),
        "industry_system": text["industry_system"],
        "employment": nw.lit(None, nw.Float64),
        "employment_low": _bound(layout["band"], 0),
        "employment_high": _bound(layout["band"], 1),
        "is_head_office": text["is_head_office"].str.to_lowercase() == "true",
        "opened": text["opened"].str.to_date(format="%Y-%m-%d"),
        "closed": closed.str.to_date(format="%Y-%m-%d"),
        "diffusion": text["diffusion"],
        **{role: text[role].cast(nw.Float64) for role in PLACES if role in text},
    }


def _bound(band: str, end: int) -> nw.Expr:
    value: nw.Expr = nw.lit(None, nw.Float64)
    for code, bounds in reversed(list(BANDS.items())):
        bound = nw.lit(bounds[end], nw.Float64)
        value = nw.when(nw.col(band) == code).then(bound).otherwise(value)
    return nw.when(nw.col(band) < "N").then(value)  # most are NN
