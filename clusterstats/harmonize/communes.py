"""Communes of any vintage, by the dated events that INSEE publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.harmonize._matched import (
    Recoded,
    cells_of,
    is_code,
    publishers_file,
    read_codes,
    spread,
    summed,
    warned,
)
from clusterstats.harmonize._timeline import Share, Timeline, timeline
from clusterstats.harmonize.arrondissements import ARRONDISSEMENTS

__all__ = ["bring", "to_vintage"]

FIRST, LAST = 1943, 2100
FOLDER = "insee_cog_2025"
MOVES = ("code_from", "code_to", "weight", "weighting")


def to_vintage(
    table: IntoTable,
    *,
    to: int = 2025,
    from_: int | None,
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
    from_ : int or None
        The vintage of the codes in the table. None for codes of unknown or mixed vintage: a code
        that is a commune at `to` stays; another is taken where it last was one before `to`, or
        else where it first was one after.
    region : str
        The column of commune codes: five characters of text, such as ``"01004"``, ``"2A004"``.
    values : sequence of str
        Additive columns beside ``establishments``, ``employment`` and any ``*_squares``.
    events : DataFrame, optional
        INSEE's table of events (v_mvt_commune: MOD, DATE_EFF, TYPECOM_AV, COM_AV, TYPECOM_AP,
        COM_AP). If not given, it is read from ``insee_cog_2025`` in `datasets.data_dir()`.
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
        used, with its weights and how each came about).

    Raises
    ------
    DatasetError
        If `events` is not given and the file is not found.
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
    frame, sums = cells_of(table, region, values)
    line = _published_line() if events is None else timeline(events)
    listed = _published_codes() if events is None else None
    crosswalk = _Crosswalk(line, listed, from_, to, _weights(weights))
    return warned(crosswalk.bring(frame, sums, rounding))


def bring(frame: pd.DataFrame, sums: Sequence[str], *, from_: int | None, to: int) -> Recoded:
    """Bring checked cells to another vintage by the published events, without a warning."""
    crosswalk = _Crosswalk(_published_line(), _published_codes(), from_, to, {})
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


def _published_line() -> Timeline:
    """Return the line of INSEE's own events."""
    path = publishers_file(FOLDER, "mvtcommunes.csv.gz", "INSEE's table of commune events")
    return _line_of(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _line_of(path: Path, changed: int) -> Timeline:
    """Read the events once, and again when the file has `changed`."""
    return timeline(read_codes(path))


def _published_codes() -> frozenset[str]:
    """Return the codes of INSEE's list of communes."""
    path = publishers_file(FOLDER, "communes.csv.gz", "INSEE's list of communes")
    return _codes_of(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _codes_of(path: Path, changed: int) -> frozenset[str]:
    """Read the list once, and again when the file has `changed`."""
    return frozenset(read_codes(path)["DEPCOM"])
