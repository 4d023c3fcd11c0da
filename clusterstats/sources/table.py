"""Any tidy table: text, Parquet, Excel or Stata."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.errors import OptionError, SourceError, require_choice
from clusterstats.sources._checks import Pattern, Rule, survey
from clusterstats.sources._noted import first_bad
from clusterstats.sources._numbers import (
    SPACES,
    as_number,
    not_a_number,
    number_regex,
    whole_regex,
)
from clusterstats.sources._origin import Frame, Origin, Row, as_text
from clusterstats.sources._stored import EXCEL, open_excel, open_parquet, open_stata
from clusterstats.sources._text import open_text
from clusterstats.sources.report import ReadingReport, Reporter, Tally, deliver

__all__ = ["read_table"]

TEXT = (".csv", ".tsv", ".txt")
INTEGERS = frozenset({"year", "cohort", "horizon_months"})
NUMBERS = frozenset({"establishments", "employment", "weight", "flow", "distance_km"})
NUMBERS |= {"population", "area_km2", "x", "y", "lon", "lat", "retained", "respondents"}
EXACT = (nw.Int8(), nw.Int16(), nw.Int32(), nw.Int64())


def read_table(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    numeric: Sequence[str] = (),
    delimiter: str | None = None,
    encoding: str = "utf-8",
    decimal: str = ".",
    sheet: str | int = 0,
    header_row: int = 1,
    report: Reporter | None = None,
) -> Frame:
    r"""Read a tidy table, with codes as text and counts as numbers.

    Use it on a file with a row a cell, territory, flow, ... and a column a variable. The file
    is checked now, in one pass; text and Parquet are read when the frame is used.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.txt`` (each also ``.gz``), ``.parquet``, ``.dta`` or
        ``.xlsx`` (and ``.xlsm``, ``.xlsb``, ``.xls``, ``.ods``).
    columns : mapping of str to str, optional
        New names of columns, from those of the file to those of the tables:
        ``{"zone": "region", "ape": "industry"}``. Other columns ride along.
    numeric : sequence of str
        Columns, by new name, that are Float64 besides those that always are: see Returns.
    delimiter : str, optional
        Text files: one character; without it the one of ``;``, ``,``, tab and ``|`` that
        the header has most of.
    encoding : str
        Text files: ``"utf-8"``, with or without a mark, or what Python knows, such as
        ``"cp1252"``; ``"latin-1"`` is read as its superset CP1252.
    decimal : {".", ","}
        Decimal mark of numbers written as text. Spaces, also hard ones, between groups of
        three digits are accepted.
    sheet : str or int
        Excel: name of the sheet, or position counted from 0.
    header_row : int
        Text and Excel: line of the header, counted from 1; what is above is skipped.
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list.

    Returns
    -------
    narwhals.LazyFrame
        The columns of the file in its order, in no promised order of rows. Int64: ``year``,
        ``cohort``, ``horizon_months``. Float64, in the units of the file where the name has
        none: ``establishments``, ``employment``, ``population``, ``area_km2``, ``x``, ``y``,
        ``lon``, ``lat``, ``retained``, ``respondents``, ``weight``, ``flow``,
        ``distance_km``, names that end in ``_squares``, ``_low`` or ``_high``, and
        `numeric`. All others are text, so that codes keep their leading zeros.

    Raises
    ------
    SourceError
        The file is absent, damaged, in another encoding or delimiter, has no rows, lacks a
        column or has a text where a number should be; the message says where.
    OptionError
        An option has a value that it can't take.

    Notes
    -----
    Blank, and NaN in Parquet and Stata, is null. Where a code was stored as a number, whole
    numbers become text without ``.0``; zeros lost before that can't be restored. Spaces
    around a text are removed, dates become ISO text, Stata value labels are not applied.
    Rows without any value are not rows. Keys are checked by the tables, not here.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_table
    >>> text = "zone;ape;year;employment\n0056;59.11A;2022;1 204,5\n2815;59.11A;2022;\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "zones.csv")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     names = {"zone": "region", "ape": "industry"}
    ...     cells = read_table(path, columns=names, decimal=",")
    ...     print(cells.sort("region").collect("pandas").to_native())
      region industry  year  employment
    0   0056   59.11A  2022      1204.5
    1   2815   59.11A  2022         NaN
    """
    require_choice("decimal", decimal, (".", ","))
    if header_row < 1:
        raise OptionError(f"header_row={header_row} is not a line; the first is 1")
    origin = _open(path, delimiter, encoding, sheet, header_row)
    _require_names(origin)
    names = _renamed(origin, columns or {})
    types = _types(origin, names, numeric)
    cleaned = _cleaned(origin, types)
    texts = _numbers_in_text(cleaned, types)
    found = survey(
        cleaned, _rules(texts, types, decimal), counts=_infinite(cleaned) | _read(cleaned)
    )
    _require_finite(cleaned, found)
    deliver(ReadingReport(origin.name, Tally(found["rows"])), report)
    parsed = {column: as_number(nw.col(column), types[column], decimal) for column in texts}
    return cleaned.frame.select(
        *(parsed.get(column, nw.col(column)).alias(name) for column, name in names.items())
    )


def _open(
    path: str | Path, delimiter: str | None, encoding: str, sheet: str | int, header_row: int
) -> Origin:
    suffix = Path(Path(path).name.lower().removesuffix(".gz")).suffix
    if suffix == ".parquet":
        return open_parquet(path)
    if suffix == ".dta":
        return open_stata(path)
    if suffix in EXCEL:
        return open_excel(path, sheet=sheet, header_row=header_row)
    if suffix in TEXT or Path(path).is_dir():
        return open_text(path, delimiter=delimiter, encoding=encoding, header_line=header_row)
    known = ", ".join((*TEXT, ".parquet", ".dta", *EXCEL))
    raise SourceError(f"{Path(path).name} has an ending that is not known; use one of {known}")


def _require_names(origin: Origin) -> None:
    """Raise if the header names its first column alone, as a title does."""
    blank = tuple(f"column_{number}" for number in range(2, len(origin.columns) + 1))
    if len(blank) > 1 and origin.columns[1:] == blank:
        problem = f"{origin.columns[0]!r} looks like a title, not a header; give header_row="
        raise origin.error(problem, line=origin.header_line)


def _renamed(origin: Origin, columns: Mapping[str, str]) -> dict[str, str]:
    """Column of the file to name in the table, in the order of the file."""
    for column in columns.keys() - set(origin.columns):
        raise origin.missing(column, "correct columns=")
    names = {column: columns.get(column, column) for column in origin.columns}
    folded = [name.casefold() for name in names.values()]
    for column, name in columns.items():
        if folded.count(name.casefold()) > 1:
            raise OptionError(
                f"columns= gives {column!r} the name {name!r}, which another column of "
                f"{origin.name} has; give that one another name"
            )
    return names


def _types(
    origin: Origin, names: Mapping[str, str], numeric: Collection[str]
) -> dict[str, nw.dtypes.DType]:
    """Type that each column of the file is to have."""
    for name in set(numeric) - set(names.values()):
        raise origin.missing(name, "correct numeric=")
    return {column: _type(name, numeric) for column, name in names.items()}


def _type(name: str, numeric: Collection[str]) -> nw.dtypes.DType:
    if name in INTEGERS:
        return nw.Int64()
    is_number = name in NUMBERS or name in numeric or name.endswith(("_squares", "_low", "_high"))
    return nw.Float64() if is_number else nw.String()


def _cleaned(origin: Origin, types: Mapping[str, nw.dtypes.DType]) -> Origin:
    """Numbers that are stored as numbers typed, all else trimmed text; blank rows out."""
    schema = origin.frame.collect_schema()
    for column, stored in schema.items():
        if stored.is_nested():
            problem = "holds lists or records; keep one value a row"
            raise origin.error(problem, column=column)
    frame = origin.frame.select(
        *(_clean(nw.col(c), schema[c], target).alias(c) for c, target in types.items())
    )
    is_blank = nw.all_horizontal(*(nw.col(c).is_null() for c in types), ignore_nulls=True)
    return replace(origin, frame=frame.filter(~is_blank))


def _clean(column: nw.Expr, stored: nw.dtypes.DType, target: nw.dtypes.DType) -> nw.Expr:
    is_real = stored.is_float() or stored.is_decimal()
    if target == nw.Float64 and is_real:
        return _known(column.cast(nw.Float64))
    if target != nw.String and stored in EXACT:
        return column.cast(target)
    text = as_text(column, stored)
    if stored.is_temporal():
        text = text.str.replace_all(" 00:00:00$", "")
    trimmed = text.str.strip_chars(SPACES + "\r\n")
    return nw.when(trimmed != "").then(trimmed)


def _known(real: nw.Expr) -> nw.Expr:
    return nw.when(~real.is_nan()).then(real)


def _numbers_in_text(origin: Origin, types: Mapping[str, nw.dtypes.DType]) -> list[str]:
    schema = origin.frame.collect_schema()
    return [c for c, target in types.items() if target != nw.String and schema[c] == nw.String]


def _infinite(origin: Origin) -> dict[str, nw.Expr]:
    """True of the rows where a column that is stored as a real number is infinite."""
    schema = origin.frame.collect_schema()
    reals = [column for column, stored in schema.items() if stored == nw.Float64]
    return {f"infinite {c}": ~nw.col(c).is_finite() for c in reals}


def _read(origin: Origin) -> dict[str, nw.Expr]:
    """True of no row, but found by reading what is stored, so that damage is found too."""
    schema = origin.frame.collect_schema() if origin.text is None else {}
    others = [column for column, stored in schema.items() if stored != nw.Float64]
    return {f"read {c}": nw.col(c).cast(nw.String).str.len_chars() < 0 for c in others}


def _require_finite(origin: Origin, found: Mapping[str, int]) -> None:
    for column in origin.columns:
        if found.get(f"infinite {column}"):
            is_bad, say = partial(_is_infinite, column=column), partial(_say_bad, column=column)
            raise first_bad(origin, column, is_bad, say)


def _is_infinite(row: Row, *, column: str) -> bool:
    return row[column] in {"inf", "-inf"}


def _say_bad(row: Row, *, column: str) -> str:
    return f"{row[column]!r} is not a number; correct it, or leave it blank if it is unknown"


def _rules(
    texts: Collection[str], types: Mapping[str, nw.dtypes.DType], decimal: str
) -> list[Rule]:
    whole = tuple(column for column in texts if types[column] == nw.Int64)
    real = tuple(column for column in texts if types[column] == nw.Float64)
    complaint = partial(not_a_number, decimal=decimal)
    return [
        Rule(Pattern(columns, regex, is_blank_allowed=True), complaint)
        for columns, regex in ((whole, whole_regex(decimal)), (real, number_regex(decimal)))
        if columns
    ]
