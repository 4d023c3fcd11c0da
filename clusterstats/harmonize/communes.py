"""Communes of any vintage, by the dated events that INSEE publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.harmonize._insee import published_codes, published_line
from clusterstats.harmonize._matched import Recoded, cells_of, is_code, spread, summed, warned
from clusterstats.harmonize._timeline import Share, Timeline, timeline
from clusterstats.harmonize.arrondissements import ARRONDISSEMENTS
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["bring", "to_vintage"]

FIRST, LAST = 1943, 2100
MOVES = ("code_from", "code_to", "weight", "weighting")


def to_vintage(
    table: IntoTable,
    *,
    to: int = 2025,
    from_: int | str | None,
    region: str = "region",
    values: Sequence[str] = (),
    events: pd.DataFrame | None = None,
    weights: pd.DataFrame | None = None,
    rounding: Literal["none", "largest_remainder"] = "none",
) -> Recoded:
    r"""Bring a table of communes to the communes of another year, through INSEE's dated events.

    Use it before comparing years, or before joining tables whose communes are of different years.
    Events are walked in date order, forward or backward; what is counted is never lost:

    .. math:: x'_j = \sum_i w_{ij} x_i, \qquad \sum_j w_{ij} = 1

    with :math:`w_{ij}` the part of old commune :math:`i` that goes to :math:`j`.

    Parameters
    ----------
    table : frame
        One row for each commune, industry (if any) and year (if any), in any engine.
    to : int
        The vintage wanted: the communes of 1 January of that year, that day's events included.
    from_ : int, str or None
        The vintage of the codes in the table, or the name of a column that has that of each row,
        such as ``"year"``. None, or a blank in the column, for codes of unknown vintage: a code
        that is a commune at `to` stays; another is taken where it last was one before `to`, or
        else where it first was one after.
    region : str
        The column of commune codes: five characters of text, such as ``"01004"``, ``"2A004"``.
    values : sequence of str
        Additive columns beside ``establishments``, ``employment`` and any ``*_squares``.
    events : DataFrame, optional
        INSEE's table of events (v_mvt_commune: MOD, DATE_EFF, TYPECOM_AV, COM_AV, TYPECOM_AP,
        COM_AP). If not given, INSEE's files of 2025 are read: from ``insee_cog_2025`` in
        `datasets.data_dir()`, else from the user's cache, once ``clusterstats data get`` has
        fetched ``insee_commune_events_2025`` and ``insee_communes_2025``.
    weights : DataFrame, optional
        Columns ``region`` and ``weight`` (such as a population, any scale): a commune that splits,
        or is undone going backward, is shared by them. Where one part has no weight, or none is
        given, the parts are equal.
    rounding : {"none", "largest_remainder"}
        Leave fractions, or give whole numbers by largest remainder (not to ``*_squares``).

    Returns
    -------
    Recoded
        ``table`` (``year``, ``region``, ``industry`` where they are, and the sums), ``unmatched``
        (rows whose code is no commune at `from_`, with the reason) and ``moves`` (the crosswalk
        used, with its weights and how each came about, and a first column ``vintage`` where
        `from_` names one).

    Raises
    ------
    DatasetError
        If `events` is not given and a file is not found.
    TableError
        If keys repeat, a value is negative or not a number, or, with largest remainder, not whole.
    OptionError
        If a vintage is not a year from 1943 to that of the last event of INSEE's file, or
        `rounding` is not one of those above.

    Notes
    -----
    An unknown value (`nan`) makes every sum it enters unknown. Columns that are neither keys nor
    additive (a name, a status) belong to the old commune and are left out. Municipal
    arrondissements of Paris, Lyon and Marseille are kept as they are (`fold_arrondissements`).
    A commune that no event names is taken to exist if INSEE's list of communes has it; with
    `events` handed in, if its code has the form of one. Equal parts are an assumption, not a
    measurement: `moves` shows which rows rest on it.

    References
    ----------
    INSEE, Code officiel géographique: mouvements et événements sur les communes.

    Examples
    --------
    >>> import pandas as pd
    >>> from clusterstats.harmonize import to_vintage
    >>> merger = pd.DataFrame({
    ...     "MOD": "32", "DATE_EFF": "2025-01-01", "TYPECOM_AV": "COM",
    ...     "COM_AV": ["93059", "93066"], "TYPECOM_AP": "COM", "COM_AP": ["93066", "93066"],
    ... })
    >>> jobs = pd.DataFrame({"region": ["93059", "93066"], "employment": [5, 40]})
    >>> to_vintage(jobs, from_=2024, events=merger).table
      region  employment
    0  93066        45.0
    >>> to_vintage(jobs, from_=2024, events=merger).moves
      code_from code_to  weight weighting
    0     93059   93066     1.0     whole
    """
    require_choice("rounding", rounding, ("none", "largest_remainder"))
    whole = collect(as_lazy(table)).reset_index(drop=True)
    frame, sums = cells_of(whole, region, values)
    line = published_line() if events is None else timeline(events)
    listed = published_codes() if events is None else None
    crosswalk = _Crosswalk(line, listed, None, to, _weights(weights))
    if isinstance(from_, str):
        vintages = _vintages(whole, from_)
        return warned(crosswalk.bring_each(frame, vintages, sums, rounding))
    return warned(replace(crosswalk, from_=from_).bring(frame, sums, rounding))


def _vintages(whole: pd.DataFrame, column: str) -> pd.Series[float]:
    """Return the vintage of each row; blank where it is not known."""
    if column not in whole:
        there = ", ".join(map(repr, whole.columns))
        raise OptionError(
            f"from_={column!r} is not a vintage, nor a column; use a year, as 2025, "
            f"or one of {there}"
        )
    vintages: pd.Series[float] = pd.to_numeric(whole[column], errors="coerce").astype("float64")
    strange = whole.loc[vintages.isna() & whole[column].notna() | (vintages % 1 > 0), column]
    if len(strange):
        raise OptionError(
            f"from_={column!r}: {strange.iloc[0]!r} in that column is not a vintage; use a year, "
            "or leave it blank if it is unknown"
        )
    return vintages


def bring(frame: pd.DataFrame, sums: Sequence[str], *, from_: int | None, to: int) -> Recoded:
    """Bring checked cells to another vintage by the published events, without a warning."""
    crosswalk = _Crosswalk(published_line(), published_codes(), from_, to, {})
    return crosswalk.bring(frame, sums, "none")


@dataclass(frozen=True)
class _Crosswalk:
    """What leads from one vintage to another: events, known codes (if listed), weights."""

    line: Timeline
    listed: frozenset[str] | None
    from_: int | None
    to: int
    weights: dict[str, float]

    def bring(self, frame: pd.DataFrame, sums: Sequence[str], rounding: str) -> Recoded:
        """Return the cells at the vintage wanted, what found no place, and the moves."""
        start = None if self.from_ is None else self._position("from_", self.from_)
        end = self._position("to", self.to)
        codes = frame["region"].dropna().unique()
        walks = {code: self._walk(code, start, end) for code in codes}
        pairs = [(code, *share) for code, walk in walks.items() for share in walk]
        links = pd.DataFrame(pairs, columns=list(MOVES)).astype({"weight": "float64"})
        links[list(MOVES[:2])] = links[list(MOVES[:2])].astype("object")
        lost = frame["region"].map(lambda code: not walks.get(code)).astype(bool)
        unmatched = frame[lost].assign(
            reason=[self._reason(code) for code in frame.loc[lost, "region"]]
        )
        moved = (links["code_from"] != links["code_to"]) | (links["weight"] < 1)
        return Recoded(
            summed(spread(frame[~lost], links, sums, rounding=rounding), sums),
            unmatched.reset_index(drop=True),
            links[moved].reset_index(drop=True),
        )

    def bring_each(
        self, frame: pd.DataFrame, vintages: pd.Series[float], sums: Sequence[str], rounding: str
    ) -> Recoded:
        """Return the same for rows of several vintages, each brought from its own."""
        parts = []
        for vintage in np.sort(vintages.unique()) if len(frame) else [float(self.to)]:
            is_blank = bool(np.isnan(vintage))
            rows = frame[vintages.isna() if is_blank else vintages == vintage]
            own = replace(self, from_=None if is_blank else int(vintage))
            part = own.bring(rows.reset_index(drop=True), sums, rounding)
            part.moves.insert(0, "vintage", vintage)
            parts.append(part)
        moves = _stacked([part.moves for part in parts]).astype({"vintage": "Int64"})
        unmatched = _stacked([part.unmatched for part in parts])
        return Recoded(summed(_stacked([part.table for part in parts]), sums), unmatched, moves)

    def _position(self, name: str, year: int) -> int:
        """Return where a vintage lies on the line; the published one ends with its last year."""
        whole = isinstance(year, (int, np.integer)) and not isinstance(year, bool)
        if not whole or not FIRST <= year <= LAST:
            raise OptionError(
                f"{name}={year!r} is not a vintage; use a year from {FIRST} on, as 2025"
            )
        if self.listed is not None and f"{year}-01-01" > self.line.days[-1]:
            raise OptionError(
                f"{name}={year} is after INSEE's events at hand, which end on "
                f"{self.line.days[-1]}; use an earlier vintage or a newer file"
            )
        return self.line.position(int(year))

    def _walk(self, code: object, start: int | None, end: int) -> list[Share]:
        """Return where a code goes; nowhere if it is no commune at its vintage, or has no past."""
        if not isinstance(code, str):
            return []
        if code in ARRONDISSEMENTS:
            return [Share(code, 1.0, "whole")]
        start = self.line.home(code, end) if start is None else start
        is_there = self.line.exists(code, start)
        if is_there is None:
            is_there = is_code(code) if self.listed is None else code in self.listed
        return self.line.trace(code, start, end, self.weights) if is_there else []

    def _reason(self, code: object) -> str:
        """Say why a code found no place."""
        if code is None or code is pd.NA or code != code:
            return "blank code"
        if not is_code(code):
            return "not a commune code: five characters of text, with leading zeros"
        if self.line.exists(str(code), 0) is None:
            return "neither an event nor INSEE's list has this code"
        start = None if self.from_ is None else self.line.position(self.from_)
        if start is not None and not self.line.exists(str(code), start):
            return f"not a commune on 1 January {self.from_}"
        return f"nothing on 1 January {self.to} came before it"


def _stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of all frames; empty ones, whose types mean nothing, are left out."""
    full = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(full, ignore_index=True)


def _weights(weights: pd.DataFrame | None) -> dict[str, float]:
    """Return the weight of each code; blank ones are not known."""
    if weights is None:
        return {}
    absent = [name for name in ("region", "weight") if name not in weights]
    if absent:
        raise TableError(f"the weights have no column {absent[0]!r}; they need region and weight")
    given = weights[["region", "weight"]].dropna()
    if given["region"].duplicated().any():
        code = given.loc[given["region"].duplicated(), "region"].iloc[0]
        raise TableError(f"the weights repeat region {code!r}; keep one row for each")
    if not np.isfinite(given["weight"]).all() or (given["weight"] < 0).any():
        raise TableError("the weights hold a negative or infinite value; they are sizes")
    return dict(zip(given["region"], given["weight"].astype("float64"), strict=True))
