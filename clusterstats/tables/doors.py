"""What people call: `cells`, `establishments`, `sum_cells`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from clusterstats._types import Absent, IntoTable
from clusterstats.errors import TableError, require_choice
from clusterstats.tables.bounds import additive, carried, with_bounds
from clusterstats.tables.checks import check_cells, check_establishments, with_keys
from clusterstats.tables.complete import complete
from clusterstats.tables.frames import as_lazy, collect, keys_of, rename, require
from clusterstats.tables.sums import sum_establishments, summed_by


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
        The columns that count establishments and employees; ``jobs_low``, ``jobs_high`` and
        ``jobs_squares`` are taken along with ``employment="jobs"``.
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
        unknown size has unknown (`nan`) sums. A value with a bound in the table, ``v_low`` or
        ``v_high``, has both, and the row a ``status``: see Notes.

    Raises
    ------
    TableError
        A column is missing or not numeric, a key is blank or repeated, a value or a bound is
        negative or infinite, a known value is not within its bounds, a status is none of those
        below, a sum of squares is impossible, or the grid is incomplete and `absent` is not
        given.

    Notes
    -----
    From establishments only keys and additive columns are kept: what else a row says (a name, a
    base) belongs to the establishment, and is joined to the cells afterwards.

    A value that a publisher withheld, or gave as a size class, is `nan` between ``v_low`` and
    ``v_high``. A blank low bound says nothing, a blank high bound that there is none (not `inf`).
    A known value lies within its bounds; where they are blank it is both of them, if it is
    observed. An interval around a known value (of a rounded one, say) stays.

    - The low bound of a sum is the sum of the low bounds that are known, blank if none is.
    - Its high bound is the sum of the high bounds, blank if one of them is.
    - Where every term equals its bounds, so does the sum, exactly.

    ``status`` is that of the least known: ``"observed"``, ``"imputed"``, ``"suppressed"`` (unknown
    but bounded), blank (missing). So a sum with a term of which nothing is known is blank, though
    it has the low bound of the others. A table without the column has its status from the values
    that are bounded; where it is given, `cells` keeps it, but in a sum a row that is "observed" or
    "imputed" with such a value blank counts as missing. Cells that were absent are observed zeros
    (both bounds 0), or missing (no bounds, no status), as `absent` says.

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

    Size classes, one of them open, and a size that is unknown:

    >>> sites = pd.DataFrame({
    ...     "establishment": list("1234"), "region": list("AABC"), "industry": "59.11A",
    ...     "employment": [5, None, None, None], "employment_low": [None, 10, 10_000, None],
    ...     "employment_high": [None, 19, None, None],
    ... })
    >>> cs.cells(sites)[["employment", "employment_low", "employment_high", "status"]]
       employment  employment_low  employment_high      status
    0         NaN            15.0             24.0  suppressed
    1         NaN         10000.0              NaN  suppressed
    2         NaN             NaN              NaN        None
    """
    if absent is not None:
        require_choice("absent", absent, ["zero", "missing"])
    names = {region: "region", industry: "industry", year: "year"}
    names |= {establishments: "establishments", employment: "employment"}
    frame = rename(as_lazy(table), names)
    columns = frame.collect_schema().names()
    require(columns, ("region", "industry", *values))
    if "establishment" in columns:
        result, absent = sum_establishments(frame, columns, values), "zero"
    else:
        result = collect(frame)
    result = check_cells(result, values)
    result = with_bounds(result, keys_of(columns), additive(columns, values))
    return _with_source(complete(result, absent, values), table)


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
        and every other column; sorted by establishment and year. An unknown size is `nan`. With
        ``employment_low`` or ``employment_high`` (a size class) it has both, and ``status``.

    Raises
    ------
    TableError
        A column is missing, a key is blank or repeated, employment is negative, or its bounds
        contradict it or each other.

    Notes
    -----
    What bounds and status mean, and what is blank in them, is said in `cells`.

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
    frame = check_establishments(collect(rename(as_lazy(table), names)))
    keys = [name for name in ("establishment", "year") if name in frame]
    return with_bounds(frame, keys, ["employment"])


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
        Additive columns beside ``establishments``, ``employment`` and any ``*_squares``. Their
        bounds (``*_low``, ``*_high``) and the ``status`` come along.
    missing : {"propagate", "skip"}
        A sum with an unknown term is unknown, or is the sum of what is known.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry`` and the summed columns; sorted. Only cells
        present in the table: `cells(..., absent=)` fills the grid. ``attrs["note"]`` counts the
        unknown values that were skipped. Where the table has a bound of a summed value, both
        bounds follow, and ``status``.

    Raises
    ------
    TableError
        A column is missing, a code is blank, a value is negative, or bounds contradict it or each
        other.

    Notes
    -----
    Bounds and status are summed as in `cells`. They tell of the whole also with ``"skip"``: what
    is left out counts in the high bound and in the status. The sum of the known terms is then no
    more than the whole; so that it lies within its bounds, the low one leaves out the same terms
    (0 where none is known).

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
    keys, sums = keys_of(columns), additive(columns, values)
    result = summed_by(frame, keys, sums, skip_missing=missing == "skip")
    unknown = {name: int(result[f"unknown_{name}"].sum()) for name in sums}
    result = with_keys(result, keys).sort_values(keys, ignore_index=True)
    result = result[[*keys, *sums, *carried(columns, sums)]]
    skipped = ", ".join(f"{n:,} of {name!r}" for name, n in unknown.items() if n)
    if missing == "skip" and skipped:
        result.attrs["note"] = f"unknown values left out of sums: {skipped}"
    return result
