"""The formula: response, regressors, fixed effects, endogenous variables and instruments."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clusterstats.errors import OptionError

__all__ = ["Formula", "parse"]

NONE = {"", "0", "1", "-1"}
STEPWISE = re.compile(r"\b(c?sw0?|mvsw|csw)\s*\(")


@dataclass(frozen=True)
class Formula:
    """A formula in its parts, each as it was written.

    Attributes
    ----------
    text : str
        The whole.
    response : str
    regressors : str
        Right-hand side without effects and instruments; `1` where there is none.
    effects : tuple of str
        Fixed effects; `a^b` is one.
    endogenous, instruments : str
        Both blank without instruments.
    """

    text: str
    response: str
    regressors: str
    effects: tuple[str, ...] = ()
    endogenous: str = ""
    instruments: str = ""


def parse(text: str) -> Formula:
    """Take a formula apart: `y ~ x | fe1 + fe2 | endogenous ~ instrument`.

    Of the parts behind the first, the one with `~` is that of the instruments, so that
    `y ~ x | d ~ z`, `y ~ x | | d ~ z` and `y ~ x | 0 | d ~ z` are the same.
    """
    if not isinstance(text, str) or "~" not in text:
        raise OptionError(f"formula {text!r} has no '~'; write 'y ~ x | fixed effects'")
    if found := STEPWISE.search(text):
        raise OptionError(
            f"formula has {found.group(1)}(), which stands for several models; give one formula "
            f"each, and set the fits side by side with cs.table(fit1, fit2)"
        )
    response, rest = (part.strip() for part in text.split("~", 1))
    regressors, *others = (part.strip() for part in _split(rest, "|"))
    with_instruments = [part for part in others if "~" in part]
    without = [part for part in others if "~" not in part]
    if not response or len(with_instruments) > 1 or len(without) > 1:
        raise OptionError(
            f"formula {text!r} is not 'y ~ x | fixed effects | endogenous ~ instruments', with "
            f"the last two parts optional"
        )
    endogenous, instruments = "", ""
    if with_instruments:
        endogenous, instruments = (part.strip() for part in with_instruments[0].split("~", 1))
        if not endogenous or instruments in NONE:
            raise OptionError(f"formula {text!r} names no instrument; write '| endogenous ~ z'")
    effects = "" if not without else without[0]
    named = () if effects in NONE else tuple(_effect(part) for part in _split(effects, "+"))
    return Formula(text, response, regressors or "1", named, endogenous, instruments)


def _split(text: str, mark: str) -> list[str]:
    """Cut at a mark that stands outside brackets and quotes."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"`":
            quote = sign
        depth += (sign in "([{") - (sign in ")]}") if not quote else 0
        if sign == mark and depth == 0 and not quote:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _effect(text: str) -> str:
    """A fixed effect: a column, or several joined by `^`."""
    name = re.sub(r"\s*\^\s*", "^", text.strip()).replace("`", "")
    if found := re.fullmatch(r"(?:C|factor)\((.*)\)", name):
        name = found.group(1).strip()
    if not name or re.search(r"[\[\]():*]", name):
        raise OptionError(
            f"fixed effect {text.strip()!r} is not a column or columns joined by '^'; slopes that "
            f"vary by group go among the regressors, as in x:C(group)"
        )
    return name
