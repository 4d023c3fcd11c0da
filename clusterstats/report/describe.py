"""Descriptive statistics and correlations, as a table to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError
from clusterstats.report.descriptive import correlation_rows, statistic_rows
from clusterstats.report.formats import DASH, number_text
from clusterstats.report.tables.display import DescriptiveTable
from clusterstats.report.tables.grid import Cell, Heading, Row
from clusterstats.report.tables.labels import term_text
from clusterstats.report.tables.numbers import count_text, decimal_text
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["describe"]

HEADINGS = {
    "n": "N",
    "missing": "Missing",
    "mean": "Mean",
    "sd": "SD",
    "sd_between": "SD between",
    "sd_within": "SD within",
    "min": "Min",
    "p25": "25 %",
    "median": "Median",
    "p75": "75 %",
    "max": "Max",
}
COUNTS, ORDERED = ("n", "missing"), ("min", "p25", "median", "p75", "max")
WEIGHTED = (
    "Weighted by {}: the standard deviation divides by the sum of weights, times n/(n - 1); "
    "quartiles are the least values that reach their share of the weight."
)
PARTS = "SD between: of the means of each {0}; SD within: about the mean of the {0}."


def describe(
    frame: IntoTable,
    *,
    columns: Sequence[str] | None = None,
    by: str | None = None,
    weights: str | None = None,
    entity: str | None = None,
    correlations: bool = False,
    labels: Mapping[str, str] | None = None,
    title: str = "",
    digits: int = 3,
) -> DescriptiveTable:
    """Describe the variables of a table: the first table of a paper, or its correlations.

    Parameters
    ----------
    frame : table
        pandas, Polars, DuckDB, Arrow or a reader's frame.
    columns : sequence of str, optional
        The variables, in order; by default every column of numbers that no other option names.
        Flags count as 0 and 1.
    by : str, optional
        A column of groups, described one below the other, in order of their values.
    weights : str, optional
        A column of weights, 0 or more; rows with weight 0 are left out.
    entity : str, optional
        The unit of a panel: adds the standard deviation between and within units.
    correlations : bool
        Give the correlations of the variables instead, over the rows in which all are known.
    labels : mapping of str to str, optional
        Words for columns.
    title : str
        The caption.
    digits : int
        Decimals; ends and quartiles that are whole numbers have none.

    Returns
    -------
    DescriptiveTable
        With `to_latex()`, `to_html()`, `to_markdown()`, `to_docx(path)`, `save(path)`,
        `to_frame()`. Its `numbers` are a frame: the group, `variable`, `n`, `missing`, `mean`,
        `sd`, (`sd_between`, `sd_within`,) `min`, `p25`, `median`, `p75`, `max`; or `variable`, `n`
        and a column a variable.

    Raises
    ------
    TableError
        A column that is missing or no number, an infinite value, a weight that is negative or
        blank, no variable at all.

    Notes
    -----
    Blanks are counted as missing and left out. Standard deviations divide by n - 1; quartiles
    interpolate. Parts of a panel are those of Stata's xtsum: the standard deviation of the means of
    units, each unit once, and that of deviations from them over all rows; their squares do not sum
    to that of the whole. A dash is a number that is not defined.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> firms = pd.DataFrame({"jobs": [1, 2, 6, None], "rail": [True, False, True, True]})
    >>> table = cs.describe(firms, labels={"jobs": "Jobs"})
    >>> table.numbers[["variable", "n", "missing", "mean", "median"]]
      variable  n  missing  mean  median
    0     jobs  3        1  3.00     2.0
    1     rail  4        0  0.75     1.0
    """
    if isinstance(columns, str):
        raise OptionError(f"columns={columns!r} must be a list, such as [{columns!r}]")
    if correlations and entity is not None:
        raise OptionError(f"entity={entity!r} has no meaning for correlations; leave it out")
    if weights is not None and entity is not None:
        raise OptionError("weights and entity do not go together: a unit then has no one weight")
    rows = collect(as_lazy(frame))
    _require(rows, [name for name in (by, weights, entity, *(columns or ())) if name is not None])
    names = _variables(rows, columns, {by, weights, entity})
    rows, notes = _cleaned(rows, by, weights)
    pieces = {
        group: _numbers(part, names, weights, entity, correlations)
        for group, part in _groups(rows, by).items()
    }
    words = dict(labels or {})
    make = _correlation_rows if correlations else _statistic_rows
    shown: list[Row] = []
    for group, numbers in pieces.items():
        if by is not None:
            heading = f"{term_text(by, words)}: {group}"
            shown.append(Row(heading, kind="panel", is_ruled=bool(shown)))
        shown += make(numbers, words, digits)
    notes += _notes(pieces, words, (weights, entity), correlations)
    if any(cell.text == DASH for row in shown for cell in row.cells):
        notes.append(f"{DASH}: not defined.")
    return DescriptiveTable(
        header=(_header(names, next(iter(pieces.values())), correlations),),
        rows=tuple(shown),
        notes=tuple(notes),
        title=title,
        align="right",
        numbers=_together(pieces, by),
    )


def _require(frame: pd.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in frame:
            raise TableError(
                f"no column {name!r}; the table has {', '.join(map(repr, frame.columns))}"
            )


def _variables(
    frame: pd.DataFrame, columns: Sequence[str] | None, others: set[str | None]
) -> list[str]:
    """The columns to describe, numbers and finite."""
    numeric = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    names = [n for n in numeric if n not in others] if columns is None else list(columns)
    if not names:
        raise TableError("no column of numbers to describe; name one in columns")
    for name in names:
        if name not in numeric:
            raise TableError(
                f"column {name!r} is {frame[name].dtype}, not numbers; use pd.to_numeric, or by"
            )
        infinite = np.isinf(frame[name].to_numpy(dtype=float, na_value=np.nan))
        if infinite.any():
            raise TableError(
                f"column {name!r} is infinite in {int(infinite.sum()):,} row(s), first row "
                f"{frame.index[infinite][0]}; make them blank if they are unknown"
            )
    return [str(name) for name in names]


def _cleaned(
    frame: pd.DataFrame, by: str | None, weights: str | None
) -> tuple[pd.DataFrame, list[str]]:
    """Rows that count, and sentences about the others."""
    notes = []
    if weights is not None:
        w = frame[weights].to_numpy(dtype=float, na_value=np.nan)
        bad = ~(w >= 0) | np.isinf(w)
        if bad.any():
            raise TableError(
                f"weights {weights!r} must be known, finite and 0 or more: row "
                f"{frame.index[bad][0]} has {w[bad][0]}"
            )
        frame = frame[w > 0]
        if lost := int((w == 0).sum()):
            notes.append(f"{lost:,} row(s) with weight 0 left out.")
    if by is not None and (lost := int(frame[by].isna().sum())):
        frame = frame[frame[by].notna()]
        notes.append(f"{lost:,} row(s) with a blank {by} are in no group.")
    return frame, notes


def _groups(frame: pd.DataFrame, by: str | None) -> dict[object, pd.DataFrame]:
    if by is None:
        return {"": frame}
    groups: dict[object, pd.DataFrame] = dict(iter(frame.groupby(by, sort=True, observed=True)))
    if not groups:
        raise TableError(f"every row has a blank {by!r}: there is no group to describe")
    return groups


def _numbers(
    frame: pd.DataFrame,
    names: Sequence[str],
    weights: str | None,
    entity: str | None,
    correlations: bool,
) -> pd.DataFrame:
    w = None if weights is None else frame[weights].to_numpy(dtype=float)
    if correlations:
        return correlation_rows(frame, names, w)
    table = statistic_rows(frame, names, w, entity)
    return table[["variable", *(name for name in HEADINGS if name in table)]]


def _header(names: Sequence[str], numbers: pd.DataFrame, correlations: bool) -> tuple[Heading, ...]:
    if correlations:
        return tuple(Heading(f"({place})") for place in range(1, len(names) + 1))
    return tuple(Heading(HEADINGS[name]) for name in numbers if name in HEADINGS)


def _statistic_rows(numbers: pd.DataFrame, words: Mapping[str, str], digits: int) -> list[Row]:
    names = [str(name) for name in numbers if name in HEADINGS]
    return [
        Row(
            term_text(str(row["variable"]), words),
            tuple(Cell(_text(name, float(row[name]), digits)) for name in names),
        )
        for row in numbers.to_dict("records")
    ]


def _text(name: str, value: float, digits: int) -> str:
    if name in COUNTS:
        return count_text(value)
    if name in ORDERED and value == np.round(value):
        return number_text(value)
    return decimal_text(value, digits)


def _correlation_rows(numbers: pd.DataFrame, words: Mapping[str, str], digits: int) -> list[Row]:
    """The lower triangle; rows are numbered as columns are."""
    names = [str(name) for name in numbers["variable"]]
    matrix: Array = numbers[names].to_numpy(dtype=float)
    rows = []
    for place, name in enumerate(names):
        texts = [decimal_text(value, digits) for value in matrix[place, : place + 1]]
        texts += [""] * (len(names) - place - 1)
        rows.append(Row(f"({place + 1}) {term_text(name, words)}", tuple(map(Cell, texts))))
    return rows


def _notes(
    pieces: Mapping[object, pd.DataFrame],
    words: Mapping[str, str],
    options: tuple[str | None, str | None],
    correlations: bool,
) -> list[str]:
    """What the statistics are, where there is more than one definition."""
    weights, entity = options
    notes = []
    if correlations:
        counts = ", ".join(
            f"{group}: {int(table['n'].iloc[0]):,}" if group != "" else f"{table['n'].iloc[0]:,}"
            for group, table in pieces.items()
        )
        notes.append(f"Pearson correlations over the rows in which all are known ({counts}).")
    if weights is not None:
        name = term_text(weights, words)
        notes.append(f"Weighted by {name}." if correlations else WEIGHTED.format(name))
    if entity is not None:
        notes.append(PARTS.format(term_text(entity, words)))
    return notes


def _together(pieces: Mapping[object, pd.DataFrame], by: str | None) -> pd.DataFrame:
    if by is None:
        return next(iter(pieces.values()))
    together = pd.concat(list(pieces.values()), ignore_index=True)
    groups = [group for group, table in pieces.items() for _ in range(len(table))]
    together.insert(0, by, pd.Series(groups))
    return together
