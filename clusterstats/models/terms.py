"""From the terms of a formula to columns of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import formulaic
import numpy as np
import pandas as pd

from clusterstats._types import Array, Mask
from clusterstats.errors import ClusterstatsError, OptionError, TableError
from clusterstats.models.factors import Factors

__all__ = ["Panel", "Terms", "columns_in", "columns_of", "uses_neighbours"]

Panel = tuple[str, str]
"""The columns of unit and time: any two columns."""

OWN = {"i": "i", "lag": "lag", "l": "lag", "lead": "lead", "f": "lead", "difference": "difference"}
"""Functions that formulas may use beside formulaic's own, and what they are called here."""

CALL = re.compile(r"(?<![\w.])(" + "|".join(OWN) + r")\s*\(")
HIDDEN = "_cs_"  # columns of these names can't hide the functions
INTERACTED = re.compile(rf"[:*]\s*{HIDDEN}i\(|{HIDDEN}i\([^()]*\)\s*[:*]")
LEVELS = re.compile(rf"(?:(?<![\w.])C|{HIDDEN}i)\(\s*`?([^,()`]+)")
MANY_LEVELS = 0.5
PLAIN = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Terms:
    """Columns made of a right-hand side, with what it takes to make them again from other rows.

    `references` says of each reference level of `i(x, ref=...)` which rows have it.
    """

    names: tuple[str, ...]
    values: Array
    spec: Any = None
    text: str = ""
    factors: Factors | None = None
    references: tuple[tuple[str, Mask], ...] = ()


def uses_neighbours(text: str) -> bool:
    """Whether a formula looks at other periods."""
    return any(OWN[name] != "i" for name in CALL.findall(text))


def columns_in(text: str, available: list[str]) -> list[str]:
    """Names of the columns that a part of a formula uses."""
    if not text or text in {"0", "1", "-1"}:
        return []
    _require_no_bare_power(text)
    try:
        wanted = formulaic.Formula(_hidden(text)).required_variables
    except Exception as error:  # formulaic raises errors of several kinds
        raise OptionError(f"{text!r} is not a formula: {error}") from None
    names = [str(name) for name in wanted if not str(name).startswith(HIDDEN)]
    missing = sorted(name for name in names if name not in available)
    if missing:
        raise TableError(
            f"no column {missing[0]!r}; the table has {', '.join(map(repr, available))}"
        )
    return sorted(names)


def columns_of(
    text: str,
    frame: pd.DataFrame,
    panel: Panel | None,
    *,
    constant: bool,
    keep_constant: bool = True,
) -> Terms:
    """Evaluate a right-hand side over a frame; blanks stay blank.

    `constant` says whether dummies are made against one, `keep_constant` whether it stays.
    Text columns become dummies; so do `C(x)` and `i(x, ref=...)`. The constant is `Intercept`.
    """
    if plain := _plain(text, frame, constant and keep_constant):
        return plain
    text = text if constant else f"0 + {text}"
    _require_few_levels(text, frame)
    factors = Factors(keeps_all=not constant or INTERACTED.search(_hidden(text)) is not None)
    try:
        made = formulaic.Formula(_hidden(text)).get_model_matrix(
            _in_floats(text, frame),
            context=_functions(frame, panel, factors),
            na_action="ignore",
            output="pandas",
        )
    except Exception as error:  # formulaic wraps those of our own functions
        if isinstance(error.__cause__, ClusterstatsError):
            raise error.__cause__ from None
        cause = error.__cause__ or error
        raise OptionError(f"{text!r} can't be computed: {cause}") from None
    spec = made.model_spec
    if not keep_constant and "Intercept" in made:
        made = made.drop(columns="Intercept")
    names = tuple(_shown(name) for name in made.columns)
    values = made.to_numpy(dtype=float)
    return Terms(names, values, spec, text, factors, tuple(factors.references))


def again(terms: Terms, frame: pd.DataFrame, panel: Panel | None) -> Array:
    """The same columns from other rows, with the levels that were seen."""
    if terms.spec is None:
        ones = [np.ones(len(frame))] if "Intercept" in terms.names else []
        kept = [name for name in terms.names if name != "Intercept"]
        return np.column_stack([*ones, frame[kept].to_numpy(dtype=float)])
    assert terms.factors is not None
    made = terms.spec.get_model_matrix(
        _in_floats(terms.text, frame),
        context=_functions(frame, panel, terms.factors.seen()),
        na_action="ignore",
        output="pandas",
    )
    every = [_shown(name) for name in made.columns]
    places = [every.index(name) for name in terms.names]
    return np.asarray(made.to_numpy(dtype=float)[:, places])


def _plain(text: str, frame: pd.DataFrame, constant: bool) -> Terms | None:
    """Columns as they are, where a right-hand side is no more than a sum of numeric columns."""
    parts = [part.strip() for part in text.split("+")]
    if parts[0] == "1":
        parts = parts[1:]
    is_plain = all(
        PLAIN.fullmatch(part) and part in frame and pd.api.types.is_numeric_dtype(frame[part])
        for part in parts
    )
    if not is_plain or len(set(parts)) < len(parts):
        return None
    ones = [np.ones(len(frame))] if constant else []
    values = [frame[part].to_numpy(dtype=float, na_value=np.nan) for part in parts]
    stacked = np.empty((len(frame), len(ones) + len(values)), order="F")
    for place, column in enumerate([*ones, *values]):
        stacked[:, place] = column
    return Terms((*["Intercept"] * constant, *parts), stacked)


def _require_few_levels(text: str, frame: pd.DataFrame) -> None:
    """Raise where a column of text, with a level for nearly every row, stands as a regressor."""
    for name in PLAIN.findall(re.sub(r"C\([^)]*\)|i\([^)]*\)", "", text)):
        if name in frame and not pd.api.types.is_numeric_dtype(frame[name]):
            levels = frame[name].nunique()
            if levels > max(10, MANY_LEVELS * len(frame)):
                raise TableError(
                    f"column {name!r} is text with {levels:,} different values in {len(frame):,} "
                    f"rows, first {frame[name].iloc[0]!r}; make it numbers with pd.to_numeric, or "
                    f"put it among the fixed effects"
                )


def _hidden(text: str) -> str:
    """Rename our functions, so that a column named `i` or `l` hides none of them."""
    return CALL.sub(lambda found: f"{HIDDEN}{OWN[found.group(1)]}(", text)


def _shown(name: str) -> str:
    """Names of columns as people know them: `year::2001`, `year::2001:treated`, `lag(x, 1)`."""
    name = re.sub(rf"{HIDDEN}i\([^()]*\)\[(.*?)\]", r"\1", str(name))
    return name.replace(HIDDEN, "").replace("[T.", "[")


def _functions(
    frame: pd.DataFrame, panel: Panel | None, factors: Factors
) -> dict[str, Callable[..., Any]]:
    """The functions of `OWN`, bound to a panel and to the levels of factors."""
    return {
        f"{HIDDEN}i": factors.dummies,
        f"{HIDDEN}lag": partial(_moved, frame, panel, 1),
        f"{HIDDEN}lead": partial(_moved, frame, panel, -1),
        f"{HIDDEN}difference": partial(_change, frame, panel),
    }


def _in_floats(text: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with whole numbers as floats, which do not overflow; levels stay what they are."""
    levels = {found.strip() for found in LEVELS.findall(_hidden(text))}
    whole = [
        name
        for name in frame.columns
        if name in text and name not in levels and pd.api.types.is_integer_dtype(frame[name])
    ]
    return frame.astype(dict.fromkeys(whole, "float64")) if whole else frame


def _require_no_bare_power(text: str) -> None:
    """Raise at a power that a formula does not read as one."""
    outside = text
    while (inner := re.sub(r"\([^()]*\)", "", outside)) != outside:
        outside = inner
    if "^" in text or re.search(r"[\w`]\s*\*\*", outside):
        raise OptionError(f"{text!r} has a power that a formula does not read; write I(x**2)")


def _moved(
    frame: pd.DataFrame, panel: Panel | None, sign: int, values: pd.Series, by: int = 1
) -> pd.Series:
    """The value of the same unit so many periods earlier (or later); blank where there is none."""
    if panel is None:
        raise OptionError(
            "lag(), lead() and difference() need panel=('unit column', 'time column')"
        )
    unit, time = panel
    keys = frame[[unit, time]]
    if keys.duplicated().any():
        first = tuple(keys[keys.duplicated()].iloc[0])
        raise TableError(
            f"rows repeat the same {unit!r} and {time!r}, first {first}; a lag is "
            f"then not defined: sum or drop them"
        )
    if not pd.api.types.is_numeric_dtype(frame[time]):
        raise TableError(
            f"column {time!r} is the time of lags and must be numbers; it is {frame[time].dtype}"
        )
    there = pd.Series(np.asarray(values, dtype=float), index=pd.MultiIndex.from_frame(keys))
    sought = pd.MultiIndex.from_arrays([keys[unit], keys[time] - sign * by])
    return pd.Series(there.reindex(sought).to_numpy(), index=frame.index)


def _change(frame: pd.DataFrame, panel: Panel | None, values: pd.Series, by: int = 1) -> pd.Series:
    """Change since so many periods ago."""
    return pd.Series(np.asarray(values, dtype=float), index=frame.index) - _moved(
        frame, panel, 1, values, by
    )
