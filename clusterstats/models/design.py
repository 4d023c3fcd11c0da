"""From a formula and a table to arrays: rows kept and dropped are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable, Mask
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.absorption import Effects, singletons
from clusterstats.models.formula import Formula, parse
from clusterstats.models.terms import Panel, Terms, columns_in, columns_of, uses_neighbours
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["Design", "design_of"]


@dataclass(frozen=True)
class Design:
    """A model's arrays.

    Attributes
    ----------
    formula : Formula
    frame : DataFrame
        The rows that are used, with every column of the table, under their own index (positions,
        where the table has none or repeats it).
    y : array, shape (n,)
    x : array, shape (n, k)
        Regressors: exogenous, then endogenous.
    names : tuple of str
        Of the columns of `x`.
    z : array, shape (n, l)
        Excluded instruments, `l` 0 without any; named in `instruments`.
    n_endogenous : int
        How many of the last columns of `x` are endogenous.
    effects : Effects
    weights : array, shape (n,), optional
    dropped : mapping of str to int
        Rows left out, by reason.
    omitted : mapping of str to str
        Regressors and instruments left out, each with the reason.
    panel : (unit, time), optional
    terms : Terms
        What makes the exogenous columns again.
    """

    formula: Formula
    frame: pd.DataFrame
    y: Array
    x: Array
    names: tuple[str, ...]
    z: Array
    instruments: tuple[str, ...]
    n_endogenous: int
    effects: Effects
    weights: Array | None
    weights_name: str | None
    panel: Panel | None
    terms: tuple[Terms, Terms]
    dropped: Mapping[str, int] = field(default_factory=dict)
    omitted: Mapping[str, str] = field(default_factory=dict)

    @property
    def nobs(self) -> int:
        """Number of rows used."""
        return len(self.y)

    @property
    def has_constant(self) -> bool:
        """Whether a constant or fixed effects are among the regressors."""
        return "Intercept" in self.names or bool(self.effects.codes)

    def kept(self, rows: Mask, reason: str) -> Design:
        """The design over some of its rows; the others are counted under a reason."""
        lost = int((~rows).sum())
        if not lost:
            return self
        return replace(
            self,
            frame=self.frame[rows],
            y=self.y[rows],
            x=self.x[rows],
            z=self.z[rows],
            effects=self.effects.kept(rows),
            weights=None if self.weights is None else self.weights[rows],
            dropped={**self.dropped, reason: self.dropped.get(reason, 0) + lost},
        )

    def without(self, places: Sequence[int], reason: str) -> Design:
        """The design less some regressors."""
        gone = set(places)
        kept = [place for place in range(self.x.shape[1]) if place not in gone]
        exogenous = self.x.shape[1] - self.n_endogenous
        return replace(
            self,
            x=self.x[:, kept],
            names=tuple(self.names[place] for place in kept),
            n_endogenous=sum(place >= exogenous for place in kept),
            omitted={**self.omitted, **{self.names[place]: reason for place in sorted(gone)}},
        )


def design_of(
    formula: str,
    data: IntoTable,
    *,
    weights: str | None = None,
    panel: Panel | None = None,
    drop_singletons: bool = False,
) -> Design:
    """Evaluate a formula over a table.

    Rows with a blank in any variable of the formula are left out, counted and warned of; infinite
    values are an error, since they come from a logarithm or a division that was not meant.
    """
    parsed = parse(formula)
    frame = _with_numbers(collect(as_lazy(data)))
    if not frame.index.is_unique:
        frame = frame.reset_index(drop=True)
    names = _columns_used(parsed, frame, weights, panel)
    blank = frame[names].isna().any(axis=1).to_numpy()
    if not uses_neighbours(formula) and blank.any():
        frame = frame[~blank]
    cut = len(blank) - len(frame)
    if not len(frame):
        raise TableError(f"no row has all of {', '.join(map(repr, names))}")
    y, exogenous, endogenous, z = _evaluated(parsed, frame, panel)
    stacked = [y.values, exogenous.values, endogenous.values, z.values]
    _require_finite(stacked, [y, exogenous, endogenous, z], frame)
    known = ~np.any([np.isnan(part).any(axis=1) for part in stacked], axis=0)
    known &= frame[names].notna().all(axis=1).to_numpy()
    weight = _weights(frame, weights)
    used = known if weight is None else known & (weight > 0)
    _require_references([y, exogenous, endogenous, z], used)
    if lost := len(blank) - int(known.sum()):
        warn(f"{lost:,} of {len(blank):,} row(s) have a blank in a variable of the model: left out")
    design = Design(
        formula=parsed,
        frame=frame,
        y=y.values[:, 0],
        x=np.concatenate([exogenous.values, endogenous.values], axis=1)
        if endogenous.names
        else exogenous.values,
        names=exogenous.names + endogenous.names,
        z=z.values,
        instruments=z.names,
        n_endogenous=len(endogenous.names),
        effects=_effects(parsed, frame),
        weights=weight,
        weights_name=weights,
        panel=panel,
        terms=(exogenous, endogenous),
        dropped={"missing": cut} if cut else {},
    ).kept(known, "missing")
    if not design.nobs:
        raise TableError("no row is left once rows with blanks are left out")
    if weight is not None:
        design = design.kept(np.asarray(design.weights) > 0, "zero weight")
    if drop_singletons and design.effects.codes:
        design = design.kept(~singletons(design.effects), "singleton")
    return design


def _with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of Python numbers as numbers: a blank among them makes a column of objects."""
    kinds = {"integer", "floating", "mixed-integer-float", "decimal"}
    objects = [name for name in frame.columns if frame[name].dtype == object]
    numbers = [
        name for name in objects if pd.api.types.infer_dtype(frame[name], skipna=True) in kinds
    ]
    return frame.astype(dict.fromkeys(numbers, float)) if numbers else frame


def _columns_used(
    parsed: Formula, frame: pd.DataFrame, weights: str | None, panel: Panel | None
) -> list[str]:
    """Every column that the model uses."""
    available = list(frame.columns)
    names: set[str] = set()
    for part in (parsed.response, parsed.regressors, parsed.endogenous, parsed.instruments):
        names.update(columns_in(part, available))
    others = [name for effect in parsed.effects for name in effect.split("^")]
    others += [weights] if weights is not None else []
    others += list(panel) if panel is not None and uses_neighbours(parsed.text) else []
    missing = [name for name in others if name not in available]
    if missing:
        listed = ", ".join(map(repr, available))
        raise TableError(f"no column {missing[0]!r}; the table has {listed}")
    return sorted(names | set(others))


def _evaluated(
    parsed: Formula, frame: pd.DataFrame, panel: Panel | None
) -> tuple[Terms, Terms, Terms, Terms]:
    """Response, exogenous and endogenous regressors, instruments."""
    column = frame.get(parsed.response)
    is_text = column is not None and not pd.api.types.is_numeric_dtype(column)
    if is_text or len((y := columns_of(parsed.response, frame, panel, constant=False)).names) != 1:
        raise TableError(
            f"the response {parsed.response!r} is text, not one column of numbers; use "
            f"pd.to_numeric, or a comparison such as I(column == 'value')"
        )
    constant = not parsed.effects and parsed.regressors not in {"0", "-1"}
    text = parsed.regressors
    if text.replace(" ", "").startswith(("0+", "-1+")) or text.replace(" ", "").endswith("-1"):
        constant = False
    if parsed.effects:  # dummies are made against a constant, which the effects then absorb
        exogenous = columns_of(text, frame, panel, constant=True, keep_constant=False)
    elif text in {"0", "1", "-1"}:
        ones = np.ones((len(frame), 1))
        exogenous = Terms(("Intercept",), ones) if constant else _no_terms(frame)
    else:
        exogenous = columns_of(text, frame, panel, constant=constant)
    if not parsed.endogenous:
        return y, exogenous, _no_terms(frame), _no_terms(frame)
    endogenous = columns_of(parsed.endogenous, frame, panel, constant=False)
    return y, exogenous, endogenous, columns_of(parsed.instruments, frame, panel, constant=False)


def _no_terms(frame: pd.DataFrame) -> Terms:
    return Terms((), np.empty((len(frame), 0)))


def _require_references(terms: list[Terms], used: Mask) -> None:
    """Raise where no row is left, or none with the reference level of a factor."""
    if not used.any():
        raise TableError("no row is left once rows with blanks and weights of 0 are left out")
    for term in terms:
        for name, rows in term.references:
            if not (rows & used).any():
                raise TableError(
                    f"the reference level of {name} is in no row that is used (blanks, lags and "
                    f"weights of 0 take rows away); name another level"
                )


def _require_finite(parts: list[Array], terms: list[Terms], frame: pd.DataFrame) -> None:
    """Raise where a variable is infinite, naming it and its first row."""
    for values, term in zip(parts, terms, strict=True):
        infinite = np.isinf(values)
        if infinite.any():
            row, place = np.argwhere(infinite)[0]
            name = term.names[place]
            raise TableError(
                f"{name!r} is infinite in {int(infinite[:, place].sum()):,} row(s), first row "
                f"{frame.index[row]}; a logarithm of 0 or a division by 0 has no value: leave "
                f"those rows out, or use family='poisson' for a response with zeros"
            )


def _weights(frame: pd.DataFrame, name: str | None) -> Array | None:
    """The weights, none of them negative."""
    if name is None:
        return None
    if not pd.api.types.is_numeric_dtype(frame[name]):
        raise TableError(f"weights {name!r} are not numbers but {frame[name].dtype}")
    values = frame[name].to_numpy(dtype=float, na_value=np.nan)
    if (values < 0).any() or np.isinf(values).any():
        row = int(np.flatnonzero((values < 0) | np.isinf(values))[0])
        raise TableError(
            f"weights {name!r} must be 0 or more, and finite: row {frame.index[row]} has "
            f"{values[row]}"
        )
    return values


def _effects(parsed: Formula, frame: pd.DataFrame) -> Effects:
    """Code the fixed effects; rows with a blank get a code too, and are dropped with the others."""
    if len(set(parsed.effects)) < len(parsed.effects):
        raise OptionError(f"a fixed effect is named twice in {parsed.text!r}")
    parts = {name: [_filled(frame[c]) for c in name.split("^")] for name in parsed.effects}
    return Effects.of(parts)


def _filled(column: pd.Series) -> pd.Series:
    """The column with blanks as a level of their own."""
    return column.astype(object).fillna("\0") if column.isna().any() else column
