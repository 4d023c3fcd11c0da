"""Defects that the battery found and that are not mended yet: each case fails until it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["known"]

UNQUOTED = "principals|basics"
QUOTED = f"(?!(?:{UNQUOTED})-).*"

DEFECTS: Mapping[str, str] = {
    "(?!principals-).*-a NUL (in|after) a value": "a NUL in a text is read as a letter",
    f"{QUOTED}-(a blank first line|only blank lines|only spaces|gzip of nothing)": (
        "the message on a blank header has no remedy"
    ),
    f"{QUOTED}-(a delimiter too many|values one to the right of theirs)": (
        "DuckDB drops surplus blanks at the end of a line, so that values shift unseen"
    ),
    ".*-line ends of two kinds": "LF after CRLF is told as a stray quote",
    ".*-two numbers with a separator of units in .*": (
        "a value with the separator that joins columns passes the check"
    ),
    f"({UNQUOTED})-Macintosh line ends": "CR alone is no line end, but the message is of names",
    "principals-a row (twice|again at the end)": "credits are said to be keyed and are not checked",
    "(basics|shoots)-year (0000|9999) in .*": "a year is any four digits",
    "shoots-date 2021-02-30 in .*": "a month may have 31 days whatever it is",
}


def known(case: str) -> str | None:
    """Reason why a case, as `reader-mutation`, fails today."""
    return next((why for pattern, why in DEFECTS.items() if re.fullmatch(pattern, case)), None)
