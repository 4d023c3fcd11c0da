"""Computed numbers against printed ones, to the last digit that was printed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from clusterstats.errors import TableError

__all__ = ["compare"]

RULE = (
    "agrees: |computed - printed| is at most half a unit of the last printed digit "
    "(a value printed with % is compared with 100 times a computed share)"
)
PRINTED = re.compile(
    r"(?P<digits>-?(?:\d{1,3}(?:[,\u0020\u00a0\u2009\u202f]\d{3})+|\d+)(?:\.\d+)?|-?\.\d+)"
    r"(?:e(?P<power>[+-]?\d+))?(?P<percent>\s*%)?",
    re.IGNORECASE,
)
SLACK = 1e-9
"""Part of the last printed digit's half unit that floating-point arithmetic may miss."""


class Printed(NamedTuple):
    """A printed number, in the unit of the computed one, and half a unit of its last digit."""

    value: Decimal
    half_unit: Decimal

    @classmethod
    def read(cls, text: str, where: str) -> Printed:
        """Read the text as printed; thousands may be set apart by a comma or a space."""
        found = PRINTED.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
        if found is None:
            raise TableError(
                f"printed value {text!r} of {where} is not a number; write it as printed, "
                'such as "2.31", "1,900" or "69.565%"'
            )
        shift = int(found["power"] or 0) - (2 if found["percent"] else 0)
        number = Decimal(re.sub(r"[,\s]", "", found["digits"]))
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)  # never "n", "N" or "F": the text has digits only
        return cls(number.scaleb(shift), Decimal(5).scaleb(exponent - 1 + shift))

    def agrees(self, computed: float) -> bool:
        """Tell whether rounding `computed` to the printed digits, half up or even, gives this."""
        if not math.isfinite(computed):
            return False
        gap = abs(Decimal(repr(float(computed))) - self.value)
        slack = self.half_unit * Decimal(SLACK) + 4 * Decimal(math.ulp(computed))
        return gap <= self.half_unit + slack


def compare(
    computed: pd.DataFrame,
    published: pd.DataFrame,
    *,
    on: str | Sequence[str] = "item",
    value: str = "estimate",
    printed: str = "printed",
) -> pd.DataFrame:
    """Compare computed numbers with printed ones, to the last digit that was printed.

    Every printed number stays in the result: one that does not agree, or that nothing was
    computed for, is a row that says so, with the reason that `published` gives.

    Parameters
    ----------
    computed : pandas.DataFrame
        One row for each key, with a column of numbers.
    published : pandas.DataFrame
        One row for each printed number, as text with the digits that were printed (``"2.31"``,
        ``"1,900"``, ``"69.565%"``): read ``published.csv`` with ``dtype=str``. A column ``reason``
        says why a number does not agree; other columns (page, table) ride along.
    on : str or sequence of str
        The columns that identify a number in both frames.
    value, printed : str
        The columns with the computed numbers and the printed texts.

    Returns
    -------
    pandas.DataFrame
        Keys, ``printed``, ``computed``, ``agrees``, ``reason`` (blank where they agree) and the
        other columns of `published`, in its order. ``attrs`` hold the rule and a verdict.

    Raises
    ------
    TableError
        A column is missing, a key is repeated, or a printed text is not a number.

    Notes
    -----
    Half a unit is accepted on both sides, so rounding half up and half to even both agree.
    Trailing zeros count as printed: 20,000 is compared to the unit. A number printed with ``%``
    is compared with a computed share in [0, 1].

    Examples
    --------
    >>> import pandas as pd
    >>> from clusterstats.report import compare
    >>> computed = pd.DataFrame({"item": ["casual share", "grant"], "estimate": [0.69565, 428207]})
    >>> published = pd.DataFrame({"item": ["casual share", "grant"], "printed": ["70%", "400,000"],
    ...                           "reason": [None, "the document prints both"]})
    >>> compare(computed, published)
               item  printed      computed  agrees                    reason
    0  casual share      70%       0.69565    True
    1         grant  400,000  428207.00000   False  the document prints both
    """
    keys = [on] if isinstance(on, str) else list(on)
    _check(computed, keys, value, "computed")
    _check(published, keys, printed, "published")
    pairs = _paired(computed, published, keys, value, printed)
    texts, numbers = pairs[printed].fillna("").astype(str), pairs[value].astype("float64")
    where = [", ".join(map(str, row)) for row in pairs[keys].itertuples(index=False)]
    agrees = [
        Printed.read(text, place).agrees(number)
        for text, place, number in zip(texts, where, numbers, strict=True)
    ]
    others = [column for column in published if column not in {*keys, printed, "reason"}]
    result = pairs[keys].assign(printed=texts, computed=numbers, agrees=agrees)
    result["reason"] = _reasons(published, result)
    result = result.join(published[others].reset_index(drop=True))
    result.attrs = {
        "definition": RULE,
        "sample": f"{len(result):,} printed numbers",
        "note": _verdict(result),
    }
    return result


def _paired(
    computed: pd.DataFrame, published: pd.DataFrame, keys: list[str], value: str, printed: str
) -> pd.DataFrame:
    """Every printed number with what was computed for its key; keys are matched as text."""
    ours, theirs = (frame.astype(dict.fromkeys(keys, str)) for frame in (computed, published))
    return theirs[[*keys, printed]].merge(ours[[*keys, value]], on=keys, how="left")


def _check(frame: pd.DataFrame, keys: Sequence[str], column: str, name: str) -> None:
    missing = [wanted for wanted in (*keys, column) if wanted not in frame]
    if missing:
        raise TableError(f"the {name} numbers have no column {missing[0]!r}")
    repeated = frame.loc[frame.duplicated(list(keys)), list(keys)]
    if len(repeated):
        first = ", ".join(map(str, repeated.iloc[0]))
        raise TableError(f"the {name} numbers repeat {first!r}; give each key once")


def _reasons(published: pd.DataFrame, result: pd.DataFrame) -> pd.Series[str]:
    """The published reason where a number does not agree; what is missing where it has none."""
    given = published.get("reason", pd.Series("", index=published.index)).fillna("").astype(str)
    absent = result["computed"].isna() & given.eq("").to_numpy()
    reasons = given.reset_index(drop=True).mask(absent, "nothing computed for it")
    return reasons.where(~result["agrees"], "")


def _verdict(result: pd.DataFrame) -> str:
    """A sentence: how many agree, how many do not, how many of these without a reason."""
    apart = result[~result["agrees"]]
    said = f"{len(result) - len(apart)} of {len(result)} printed numbers agree to the last digit"
    if apart.empty:
        return f"{said}."
    silent = int(apart["reason"].eq("").sum())
    why = f"{silent} of them without a reason" if silent else "each with its reason"
    return f"{said}; {len(apart)} do{'es' if len(apart) == 1 else ''} not, {why}."
