"""From a formula and a panel to equations in first differences."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.formula import Formula, parse
from clusterstats.models.linear import without_collinear
from clusterstats.models.panel.keys import require_keys
from clusterstats.models.terms import Panel, columns_in, columns_of
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["Equations", "Levels", "equations_of", "levels_of"]


@dataclass(frozen=True)
class Levels:
    """A panel sorted by unit and time, each pair once.

    Attributes
    ----------
    formula : Formula
    frame : DataFrame
        Every row of the table.
    panel : (unit, time)
    unit : array, shape (rows,)
        Codes of the units.
    time : array, shape (rows,)
    """

    formula: Formula
    frame: pd.DataFrame
    panel: Panel
    unit: Codes
    time: Array

    def column(self, text: str) -> Array:
        """The values of one expression, `nan` where it has none; shape (rows,)."""
        columns_in(text, list(self.frame.columns))
        made = columns_of(text, self.frame, self.panel, constant=False)
        if len(made.names) != 1:
            raise OptionError(f"{text!r} is {len(made.names)} columns, not one; name a variable")
        return made.values[:, 0]

    def at(self, rows: Codes, lag: int) -> Codes:
        """Places of the same units so many periods earlier; -1 where there is no row."""
        found = np.searchsorted(self._keys, self._keys[rows] - lag)
        found = np.minimum(found, len(self._keys) - 1)
        same = self._keys[found] == self._keys[rows] - lag
        return np.where(same, found, -1)

    @cached_property
    def _keys(self) -> Array:
        """One number for each unit and time; neighbours in time differ by 1."""
        low = self.time.min()
        span = 2 * (self.time.max() - low) + 2
        return np.asarray(self.unit * span + (self.time - low))


@dataclass(frozen=True)
class Equations:
    """Equations in first differences.

    Attributes
    ----------
    levels : Levels
    rows : array, shape (n,)
        Places of the later of the two rows of each equation.
    y : array, shape (n,)
    x : array, shape (n, k)
        Regressors, then a dummy for each period where there are effects of time.
    names : tuple of str
        Of the columns of `x`.
    shown : int
        How many of them are not dummies of time.
    z : array, shape (n, l)
        Differences of the instruments named in the formula.
    n_endogenous : int
        How many of the last shown columns are instrumented by them.
    omitted : dict
        Regressors left out, with the reason.
    """

    levels: Levels
    rows: Codes
    y: Array
    x: Array
    names: tuple[str, ...]
    shown: int
    z: Array
    n_endogenous: int
    omitted: dict[str, str] = field(default_factory=dict)

    @cached_property
    def unit(self) -> Codes:
        """Codes of the units that have an equation, shape (n,)."""
        return np.unique(self.levels.unit[self.rows], return_inverse=True)[1].astype(np.intp)

    def before(self, lag: int) -> Codes:
        """Places among the equations of the same unit's, so many periods earlier; or -1."""
        found = self.levels.at(self.rows, lag)
        place = np.full(len(self.levels.unit) + 1, -1, dtype=np.intp)
        place[self.rows] = np.arange(len(self.rows))
        return np.asarray(place[found])


def levels_of(formula: str, data: IntoTable, panel: Panel) -> Levels:
    """Sort a panel and check its keys."""
    parsed = parse(formula)
    frame = collect(as_lazy(data))
    if not frame.index.is_unique:
        frame = frame.reset_index(drop=True)
    _require_periods(frame, panel)
    extra = [name for name in parsed.effects if name not in panel]
    if extra:
        raise OptionError(
            f"fixed effect {extra[0]!r} is neither {panel[0]!r}, which differences take out, nor "
            f"{panel[1]!r}; put other dummies among the regressors, as C({extra[0]})"
        )
    unit = pd.factorize(frame[panel[0]], sort=True)[0]
    time = frame[panel[1]].to_numpy(dtype=float)
    order = np.lexsort((time, unit))
    return Levels(parsed, frame.iloc[order], panel, unit[order].astype(np.intp), time[order])


def equations_of(levels: Levels) -> Equations:
    """Differences between a row and the one a period earlier, where both are complete."""
    parsed, frame = levels.formula, levels.frame
    y = levels.column(parsed.response)
    names, x = _columns(parsed.regressors, levels, constant=True)
    d_names, d = _columns(parsed.endogenous, levels)
    _, z = _columns(parsed.instruments, levels)
    stacked = np.column_stack([y, x, d, z])
    _require_finite(stacked, (parsed.response, *names, *d_names), frame)
    before = levels.at(np.arange(len(y)), 1)
    change = np.where((before >= 0)[:, None], stacked - stacked[before], np.nan)
    kept = np.flatnonzero(~np.isnan(change).any(axis=1))
    if not len(kept):
        raise TableError(
            f"no row has a complete predecessor: differences need two rows of a "
            f"{levels.panel[0]!r} whose {levels.panel[1]!r} differ by 1, with all lags"
        )
    _warn_blank(levels)
    change = change[kept]
    k, e = x.shape[1], d.shape[1]
    made = Equations(
        levels, kept, change[:, 0], change[:, 1 : 1 + k + e], (*names, *d_names), k + e,
        change[:, 1 + k + e :], e,
    )  # fmt: skip
    return _independent(made)


def _columns(text: str, levels: Levels, constant: bool = False) -> tuple[tuple[str, ...], Array]:
    """Names and values of a part of the formula."""
    if text in {"", "0", "1", "-1"}:
        return (), np.empty((len(levels.unit), 0))
    columns_in(text, list(levels.frame.columns))
    made = columns_of(
        text, levels.frame, levels.panel, constant=constant, keep_constant=not constant
    )
    return made.names, made.values


def _independent(made: Equations) -> Equations:
    """With dummies of time, and without the regressors that then say nothing of their own."""
    dummies, labels = _dummies(made)
    together = np.column_stack([dummies, made.x])
    still = np.flatnonzero(np.abs(together).max(axis=0) == 0)
    gone = {*without_collinear(together, None), *still}
    places = sorted(place - len(labels) for place in gone if place >= len(labels))
    named = {made.names[place]: _reason(made, place) for place in places}
    for name, why in named.items():
        warn(f"left out: {name!r} ({why})")
    kept = [place for place in range(made.shown) if place not in places]
    if not kept:
        raise TableError("no regressor is left: none changes over time within a unit")
    first = made.shown - made.n_endogenous
    return Equations(
        made.levels,
        made.rows,
        made.y,
        np.column_stack([made.x[:, kept], dummies]),
        (*(made.names[place] for place in kept), *labels),
        len(kept),
        made.z,
        sum(place >= first for place in kept),
        named,
    )


def _reason(made: Equations, place: int) -> str:
    """Why a regressor is left out."""
    if not made.x[:, place].any():
        return "it does not change over time"
    return "a combination of other regressors and effects of time"


def _dummies(made: Equations) -> tuple[Array, tuple[str, ...]]:
    """A dummy for each period of the equations, where the formula has effects of time."""
    name = made.levels.panel[1]
    if name not in made.levels.formula.effects:
        return np.empty((len(made.rows), 0)), ()
    time = made.levels.time[made.rows]
    periods = np.unique(time)
    return (time[:, None] == periods).astype(float), tuple(f"{name}::{t:g}" for t in periods)


def _require_periods(frame: pd.DataFrame, panel: Panel) -> None:
    """Raise unless unit and time are keys, and periods whole numbers."""
    require_keys(frame, panel)
    time = panel[1]
    if not pd.api.types.is_numeric_dtype(frame[time]):
        raise TableError(
            f"column {time!r} counts periods and must be numbers; it is {frame[time].dtype}"
        )
    if not (frame[time] == frame[time].round()).all():
        raise TableError(f"column {time!r} counts periods and must be whole numbers")


def _require_finite(stacked: Array, names: tuple[str, ...], frame: pd.DataFrame) -> None:
    """Raise where a variable is infinite, naming it and its first row."""
    infinite = np.isinf(stacked)
    if infinite.any():
        row, place = np.argwhere(infinite)[0]
        name = names[place] if place < len(names) else "an instrument"
        raise TableError(
            f"{name!r} is infinite, first row {frame.index[row]}; a logarithm of 0 or a division "
            f"by 0 has no value: leave those rows out"
        )


def _warn_blank(levels: Levels) -> None:
    """Warn of rows with a blank in a column of the formula; those that only lack lags are meant."""
    parsed, available = levels.formula, list(levels.frame.columns)
    parts = (parsed.response, parsed.regressors, parsed.endogenous, parsed.instruments)
    names = sorted({name for part in parts for name in columns_in(part, available)})
    if lost := int(levels.frame[names].isna().any(axis=1).sum()):
        warn(
            f"{lost:,} of {len(levels.frame):,} row(s) have a blank in a variable of the model: "
            f"their differences are left out"
        )
