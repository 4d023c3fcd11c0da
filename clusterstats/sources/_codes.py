"""Rules for the codes, counts and years of files, and what to say of a value that breaks one."""

import re
from collections.abc import Mapping

from clusterstats.sources._checks import Pattern, Rule
from clusterstats.sources._origin import Origin

__all__ = [
    "DAY",
    "YEAR",
    "ape_rule",
    "commune_rule",
    "count_rule",
    "not_what",
    "quoted",
    "require_years",
]

COMMUNE = "(?:0[1-9]|[13-8][0-9]|2[1-9AB]|9[0-57-8])[0-9]{3}"
APE = r"[0-9]{2}\.?[0-9]{2}[A-Z](?: .*)?"
COUNT = r"[0-9]{1,15}(?:\.0*)?"
YEAR = "(?:19|20)[0-9]{2}"
LONG, SHORT = "(?:0[13578]|1[02])", "(?:0[469]|11)"
LEAP = "(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:1[26]|2[048])00)"
DAY = (
    f"[12][0-9]{{3}}-(?:{LONG}-(?:0[1-9]|[12][0-9]|3[01])|{SHORT}-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{LEAP}-02-29"
)
LONGEST = 60


def commune_rule(column: str) -> Rule:
    """Codes of communes, of departments 01 to 95, 2A, 2B, or overseas 97 and 98."""
    return Rule(Pattern((column,), COMMUNE), _not_a_commune)


def ape_rule(column: str) -> Rule:
    """NAF rev. 2 classes, with or without the dot, alone or before a label."""
    return Rule(Pattern((column,), APE), _not_an_ape)


def count_rule(columns: tuple[str, ...]) -> Rule:
    """Whole numbers of at least 0, or blanks."""
    return Rule(Pattern(columns, COUNT, is_blank_allowed=True), _not_a_count)


def require_years(origin: Origin, *columns: Mapping[int, str]) -> None:
    """Raise unless the numbers that the headers of `columns` end in can be years."""
    for number, column in ((n, c) for mapping in columns for n, c in mapping.items()):
        if not re.fullmatch(YEAR, str(number)):
            problem = f"{column!r} does not end in a year like 2022; rename the column"
            raise origin.error(problem, line=origin.header_line)


def not_what(value: str | None, *, what: str) -> str:
    """Say that a value is not what its column holds."""
    return f"{quoted(value)} is not {what}; correct it or export the file again"


def quoted(value: str | None) -> str:
    """Write a value in a message, cut if it is long."""
    if value is None:
        return "a blank"
    return repr(value if len(value) <= LONGEST else value[:LONGEST] + "…")


def _not_a_commune(value: str | None) -> str:
    return (
        f"{quoted(value)} is not a commune code of 5 characters like '01004' or '2A004'; "
        "keep codes as text, with their leading zeros"
    )


def _not_an_ape(value: str | None) -> str:
    return f"{quoted(value)} is not an APE code like '5911A'; correct it or remove the line"


def _not_a_count(value: str | None) -> str:
    return (
        f"{quoted(value)} is {_fault(value or '')}; counts are whole numbers of at least 0, or "
        "blank; correct it"
    )


def _fault(value: str) -> str:
    number = re.fullmatch(r"(-?)[0-9]+([.,][0-9]+)?", value)
    if number is None:
        return "not a number"
    return "negative" if number[1] else "a fraction" if number[2] else "too large"
