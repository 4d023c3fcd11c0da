"""Rules for the codes and counts of French files."""

import re

from clusterstats.sources._checks import Pattern, Rule

__all__ = ["ape_rule", "commune_rule", "count_rule", "not_what"]

COMMUNE = "(?:0[1-9]|[13-8][0-9]|2[1-9AB]|9[0-57-8])[0-9]{3}"
APE = r"[0-9]{2}\.?[0-9]{2}[A-Z](?: .*)?"
COUNT = r"[0-9]+(?:\.0*)?"


def commune_rule(column: str) -> Rule:
    """Codes of communes, of departments 01 to 95, 2A, 2B, or overseas 97 and 98."""
    return Rule(Pattern((column,), COMMUNE), _not_a_commune)


def ape_rule(column: str) -> Rule:
    """NAF rev. 2 classes, with or without the dot, alone or before a label."""
    return Rule(Pattern((column,), APE), _not_an_ape)


def count_rule(columns: tuple[str, ...]) -> Rule:
    """Whole numbers of at least 0, or blanks."""
    return Rule(Pattern(columns, COUNT, is_blank_allowed=True), _not_a_count)


def not_what(value: str | None, *, what: str) -> str:
    """Say that a value is not what its column holds."""
    return f"{_quoted(value)} is not {what}; correct it or export the file again"


def _quoted(value: str | None) -> str:
    return "a blank" if value is None else repr(value)


def _not_a_commune(value: str | None) -> str:
    return (
        f"{_quoted(value)} is not a commune code of 5 characters like '01004' or '2A004'; "
        "keep codes as text, with their leading zeros"
    )


def _not_an_ape(value: str | None) -> str:
    return f"{_quoted(value)} is not an APE code like '5911A'; correct it or remove the line"


def _not_a_count(value: str | None) -> str:
    number = re.fullmatch(r"(-?)[0-9]+([.,][0-9]+)?", value or "")
    fault = "not a number" if number is None else "negative" if number[1] else "a fraction"
    return f"{value!r} is {fault}; counts are whole numbers of at least 0, or blank"
