"""What people call: `cells`, `establishments`, `sum_cells`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import narwhals.stable.v2 as nw
import pandas as pd

from clusterstats._types import Absent, IntoTable
from clusterstats.errors import TableError, require_choice
from clusterstats.tables.checks import (
    check_cells,
    check_establishments,
    check_values,
    numbers,
    repeats,
    with_keys,
)
from clusterstats.tables.complete import complete
from clusterstats.tables.frames import (
    SIZES,
    as_lazy,
    collect,
    keys_of,
    known,
    rename,
    require,
    sum_by,
)


def cells(
    table: IntoTable,
    *,
    region: str = "region",
    industry: str = "industry",
    year: str = "year",
    establishments: str = "establishments",
    employment: str = "employment",
    values: Sequence[str] = (),
    absent: Absent | None = None,
) -> pd.DataFrame:
    """One checked row for each region, industry and year, from cells or from establishments.

    Use it to adapt a frame whose columns have other names, to sum establishments into cells, or
    to say what an absent row means. Cells are never summed: see `sum_cells`.

    Parameters
    ----------
    table : frame
        Cells or establishments, in any engine that narwhals accepts (pandas, Polars, DuckDB,
        Arrow, a reader's lazy frame). A column `establishment` makes it establishments.
    region, industry : str
        The columns to use as territory and activity. Codes are text.
    year : str
        The column to use as year; a table without it is one cross-section.
    establishments, employment : str
        The columns that count establishments and employees.
    values : sequence of str
        Further additive columns, such as ``("admissions",)``: summed from establishments, filled
        with zero where `absent="zero"`. A number that is not named here is unknown in rows that
        were absent; a text that belongs to a region or to an industry rides along.
    absent : {"zero", "missing"}, optional
        What an absent (region, industry, year) row means. Needed when cells do not fill their
        grid; establishments do not need it, since an absent cell then holds none of them.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry``, ``establishments``, ``employment``, other
        columns; sorted, one row for each cell of the grid. From establishments, each additive
        column ``v`` brings ``v_squares``, the sum of squared establishment values, with which
        cells carry what an establishment-level interval needs. A cell with an establishment of
        unknown size has unknown (`nan`) sums.

    Raises
    ------
    TableError
        A column is missing or not numeric, a key is blank or repeated, a value is negative or
        infinite, a sum of squares is impossible, or the grid is incomplete and `absent` is not
        given.

    Notes
    -----
    From establishments only keys and additive columns are kept: what else a row says (a name, a
    base) belongs to the establishment, and is joined to the cells afterwards.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({
    ...     "zone": ["A", "A", "B"], "naf": ["59.11A", "47.11F", "47.11F"], "jobs": [30, 70, 100],
    ... })
    >>> cs.cells(jobs, region="zone", industry="naf", employment="jobs", absent="zero")
      region industry  employment
    0      A   47.11F        70.0
    1      A   59.11A        30.0
    2      B   47.11F       100.0
    3      B   59.11A         0.0
    """
    if absent is not None:
        require_choice("absent", absent, ["zero", "missing"])
    names = {region: "region", industry: "industry", year: "year"}
    names |= {establishments: "establishments", employment: "employment"}
    frame = rename(as_lazy(table), names)
    columns = frame.collect_schema().names()
    require(columns, ("region", "industry", *values))
    if "establishment" in columns:
        result = sum_establishments(frame, columns, values)
        return _with_source(complete(check_cells(result, values), "zero", values), table)
    result = complete(check_cells(collect(frame), values), absent, values)
    return _with_source(result, table)


def _with_source(result: pd.DataFrame, table: IntoTable) -> pd.DataFrame:
    """Carry on what the table says of its publisher, and nothing else."""
    source = getattr(table, "attrs", {}).get("source")
    result.attrs = {"source": source} if source else {}
    return result


def establishments(
    table: IntoTable,
    *,
    establishment: str = "establishment",
    region: str = "region",
    industry: str = "industry",
    year: str = "year",
    employment: str = "employment",
) -> pd.DataFrame:
    """One checked row for each establishment (and year), whatever its columns were called.

    Parameters
    ----------
    table : frame
        Any engine that narwhals accepts.
    establishment, region, industry, year, employment : str
        The columns to use as identifier, territory, activity, year (optional) and employees
        (optional). Identifiers and codes are text.

    Returns
    -------
    DataFrame
        ``establishment``, ``year`` (if any), ``region``, ``industry``, ``employment`` (if any)
        and every other column; sorted by establishment and year. An unknown size is `nan`.

    Raises
    ------
    TableError
        A column is missing, a key is blank or repeated, or employment is negative.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> sites = pd.DataFrame({"siret": ["2", "1"], "region": ["A", "B"],
    ...                       "industry": ["59.11A", "59.11A"], "employment": [4, 0]})
    >>> cs.establishments(sites, establishment="siret")
      establishment region industry  employment
    0             1      B   59.11A         0.0
    1             2      A   59.11A         4.0
    """
    names = {establishment: "establishment", region: "region", industry: "industry"}
    names |= {year: "year", employment: "employment"}
    frame = collect(rename(as_lazy(table), names))
    return check_establishments(frame)


def sum_cells(
    table: IntoTable,
    *,
    region: str = "region",
    industry: str = "industry",
    values: Sequence[str] = (),
    missing: Literal["propagate", "skip"] = "propagate",
) -> pd.DataFrame:
    """Sum cells over coarser regions or industries: the one place where cells are added.

    Parameters
    ----------
    table : frame
        Cells, with the coarser codes in columns of their own.
    region, industry : str
        The columns to sum by, such as ``region="epci"``, ``industry="sector"``.
    values : sequence of str
        Additive columns beside ``establishments``, ``employment`` and any ``*_squares``.
    missing : {"propagate", "skip"}
        A sum with an unknown term is unknown, or is the sum of what is known.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry`` and the summed columns; sorted. Only cells
        present in the table: `cells(..., absent=)` fills the grid. ``attrs["note"]`` counts the
        unknown values that were skipped.

    Raises
    ------
    TableError
        A column is missing, a code is blank, or a value is negative.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A1", "A2"], "epci": ["A", "A"],
    ...                      "industry": ["59.11A", "59.11A"], "employment": [3, 4]})
    >>> cs.sum_cells(jobs, region="epci")
      region industry  employment
    0      A   59.11A         7.0
    """
    require_choice("missing", missing, ["propagate", "skip"])
    frame = rename(as_lazy(table), {region: "region", industry: "industry"})
    columns = frame.collect_schema().names()
    require(columns, ("region", "industry", *values))
    if "establishment" in columns:
        raise TableError("the table lists establishments; cs.cells(table) sums those")
    keys = keys_of(columns)
    squares = [name for name in columns if name.endswith("_squares")]
    sums = [name for name in dict.fromkeys([*SIZES, *values, *squares]) if name in columns]
    for name in sums:
        check_numeric(frame, name)
    result = collect(sum_by(frame, keys, sums, skip_missing=missing == "skip"))
    check_least(result, keys, sums)
    unknown = {name: int(result[f"unknown_{name}"].sum()) for name in sums}
    result = with_keys(result, keys).sort_values(keys, ignore_index=True)[keys + sums]
    skipped = ", ".join(f"{n:,} of {name!r}" for name, n in unknown.items() if n)
    if missing == "skip" and skipped:
        result.attrs["note"] = f"unknown values left out of sums: {skipped}"
    return result


def sum_establishments(frame: Any, columns: list[str], values: Sequence[str]) -> pd.DataFrame:
    """Establishments summed in their own engine, with sums of squares."""
    keys = keys_of(columns)
    unique = [*keys[:-2], "establishment"]
    blank = collect(frame.filter(nw.col("establishment").is_null()).head(1))
    if len(blank):
        raise TableError("column 'establishment' is blank in some row; give each an identifier")
    counted = frame.group_by(unique).agg(nw.len().alias("n"))
    repeated = collect(counted.filter(nw.col("n") > 1))
    if len(repeated):
        raise TableError(repeats(repeated, unique, "establishments"))
    sizes = [name for name in dict.fromkeys(["employment", *values]) if name in columns]
    squares = {f"{name}_squares": known(name) * known(name) for name in sizes}
    sums = [column for name in sizes for column in (name, f"{name}_squares")]
    for name in sizes:
        check_numeric(frame, name)
    result = collect(sum_by(frame.with_columns(**squares), keys, sums))
    check_least(result, keys, sizes)
    result["establishments"] = result["rows_"].astype("float64")
    return result[[*keys, "establishments", *sums]]


def check_numeric(frame: Any, name: str) -> None:
    """Raise on what is not a number, before an engine does in its own words."""
    if not frame.collect_schema()[name].is_numeric():
        numbers(collect(frame.select(name)), name)


def check_least(summed: pd.DataFrame, keys: Sequence[str], sums: Sequence[str]) -> None:
    """Raise if any term of a sum was negative."""
    for name in sums:
        terms = summed[list(keys)].assign(**{name: summed[f"least_{name}"]})
        check_values(terms, name, keys)
