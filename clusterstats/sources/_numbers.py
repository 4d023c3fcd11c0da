"""Numbers written as text: with a decimal mark, and spaces between groups of three digits."""

import re

import narwhals.stable.v2 as nw

from clusterstats.sources._codes import quoted

__all__ = ["SPACES", "as_number", "not_a_number", "number_regex", "whole_regex"]

SPACES = " \t\u00a0\u202f"


def number_regex(decimal: str) -> str:
    """Regular expression of the numbers that a Float64 can hold."""
    mark = re.escape(decimal)
    digits = f"(?:[0-9]{{1,3}}(?:[{SPACES}][0-9]{{3}}){{1,9}}|[0-9]{{1,30}})"
    return f"[-+]?(?:{digits}(?:{mark}[0-9]*)?|{mark}[0-9]+)(?:[eE][-+]?[0-9]{{1,2}})?"


def whole_regex(decimal: str) -> str:
    """Regular expression of the whole numbers that a Float64 holds exactly."""
    return f"[-+]?[0-9]{{1,15}}(?:[.{decimal}]0*)?"


def not_a_number(value: str | None, *, decimal: str) -> str:
    """Say why a text is not a number, and what to do."""
    other = "," if decimal == "." else "."
    if re.fullmatch(rf"[-+]?[0-9]{{1,3}}(?:{re.escape(other)}[0-9]{{3}})+", value or ""):
        return (
            f"{quoted(value)} may have {other!r} between thousands: take it out of the file; if "
            f"it is a decimal mark, give decimal={other!r}"
        )
    if re.fullmatch("[-+]?[0-9]+", value or ""):
        return f"{quoted(value)} is too large; correct it, or leave it blank if it is unknown"
    if re.fullmatch(number_regex(other), value or ""):
        return f"{quoted(value)} is not a number with decimal={decimal!r}; give decimal={other!r}"
    is_real = re.fullmatch(number_regex(decimal), value or "")
    kind = "a whole number" if is_real else "a number"
    return f"{quoted(value)} is not {kind}; correct it, or leave it blank if it is unknown"


def as_number(text: nw.Expr, target: nw.dtypes.DType, decimal: str) -> nw.Expr:
    """Number of a text that matches."""
    packed = text.str.replace_all(f"[{SPACES}]", "").str.replace_all(decimal, ".", literal=True)
    return packed.cast(nw.Float64).cast(target)
