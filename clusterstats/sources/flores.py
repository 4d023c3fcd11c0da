"""Establishments and jobs by territory and industry, from INSEE's FLORES."""

import re
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.errors import OptionError
from clusterstats.sources._engines import Engine, require_engine
from clusterstats.sources._flores import TOTAL, is_wide, long_layout, wide_layout
from clusterstats.sources._origin import Frame
from clusterstats.sources._text import open_text
from clusterstats.sources._zip import unzipped
from clusterstats.sources.report import Reporter, deliver

__all__ = ["read_flores"]


def read_flores(
    path: str | Path,
    *,
    geography: str = "COM",
    year: int | None = None,
    member: str | None = None,
    encoding: str = "utf-8",
    engine: Engine = "duckdb",
    report: Reporter | None = None,
) -> Frame:
    r"""Read INSEE's FLORES: establishments and jobs by territory and industry.

    Use it on the files by NA17 or NA88: to 2021 with a column an industry, since 2022 with a
    row a value. CSV with ``;``, plain, gzip, or the zip that INSEE publishes, also with a zip
    inside. The file is checked now, in one pass, and read when the frame is used.

    Parameters
    ----------
    path : str or Path
        The file.
    geography : str
        Kind of territory to keep of a file since 2022, which mixes them: ``"COM"``,
        ``"ZE2020"``, ``"DEP"``, ``"REG"``, ``"UU2020"``, ``"FRANCE"``, ... A file to 2021
        has one kind, which this names, so that its codes can be checked.
    year : int, optional
        Year of a file to 2021, which does not hold it. Without it, that in the name of the
        file (``TD_FLORES2021_NA17_NBSAL.csv``).
    member : str, optional
        Name of the table in a zip that holds several.
    encoding : str
        Encoding of the text.
    engine : {"duckdb", "polars", "pandas"} or pyspark.sql.SparkSession
        What reads the file when the frame is used; the checks are DuckDB's in any case.
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list. Its ``noted``
        counts values that were kept though suppressed, with an attached commune, or blank.

    Returns
    -------
    narwhals.LazyFrame
        Cells, keyed by (region, industry, year), in no promised order:

        - ``region``, ``industry``: codes (``"01004"``; ``"JZ"`` or ``"59"``);
        - ``year``: Int64;
        - ``establishments``, ``employment``: Float64, at 31 December; null where suppressed,
          blank, or not in the file;
        - ``employment_low``, ``employment_high``: both the value where it is known; else 0, and
          the region's total less its known industries, null if that can't be had;
        - ``status``: ``"observed"``, ``"suppressed"`` (either count is), null (blank);
        - ``has_attached_commune``: Boolean, status W: a count includes another commune.

    Raises
    ------
    SourceError
        The file is absent, damaged, in another encoding, delimiter or layout, has no rows,
        or has an impossible code, count or status, or a key twice; the message names line,
        column, value and remedy.
    OptionError
        `geography`, `year` or `member` does not fit the file.

    Notes
    -----
    Totals (``_T``, ``TOT``), single size classes, other geographies and rows of some legal
    forms only are set aside and counted. An observed 0 is a real zero. A combination that the file
    omits is neither 0 nor secret: it has no row. So the upper bound holds whatever omitted
    industries have, and the lower stays 0 even where one industry alone is suppressed. No upper
    bound is drawn in a region with a W, whose total may not include the attached commune,
    nor from a total that is itself not status A. INSEE vouches for places down to the employment
    zone only, and not for comparisons between years.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_flores
    >>> rows = ["GEO;GEO_OBJECT;ACTIVITY;FLORES_MEASURE;OBS_STATUS;TIME_PERIOD;OBS_VALUE"]
    >>> for values in ("_T;EMPL3112;A;2024;50", "59;EMPL3112;K;2024;", "62;EMPL3112;A;2024;38",
    ...                "59;UNIT_LOC;A;2024;2", "62;UNIT_LOC;A;2024;3"):
    ...     rows.append("01004;COM;" + values)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "flores.csv")
    ...     _ = path.write_text("\n".join(rows), encoding="utf-8")
    ...     cells = read_flores(path, report=print).sort("industry").collect("pandas").to_native()
    flores.csv
      rows: 5 read, 4 kept
        1 set aside: a total over industries (first on line 2)
        1 kept with status K (suppressed): null, with bounds
    >>> cells[["industry", "establishments", "employment", "employment_high", "status"]]
      industry  establishments  employment  employment_high      status
    0       59             2.0         NaN             12.0  suppressed
    1       62             3.0        38.0             38.0    observed
    """
    require_engine(engine)
    file = unzipped(path, member=member)
    origin = open_text(file, delimiter=";", encoding=encoding)
    if is_wide(origin):
        long, account = wide_layout(origin, geography, _year(file.name, year), engine)
    elif year is not None:
        problem = f"{file.name} holds its years, leave year= out"
        raise OptionError(f"year={year} is for files to 2021; {problem}")
    else:
        long, account = long_layout(origin, geography, engine)
    deliver(account, report)
    return _cells(long)


def _year(name: str, year: int | None) -> int:
    found = re.search("FLORES_?([0-9]{4})", name, re.IGNORECASE)
    if year is not None:
        return year
    if found is None:
        raise OptionError(f"{name} does not say its year; give year=")
    return int(found[1])


def _cells(long: Frame) -> Frame:
    """One row a cell, from one a value."""
    is_total, is_jobs = nw.col("industry") == TOTAL, nw.col("measure") == "EMPL3112"
    value, status = nw.col("value"), nw.col("status")
    cells = (
        long.filter(~is_total)
        .with_columns(
            establishments=nw.when(~is_jobs).then(value),
            employment=nw.when(is_jobs).then(value),
            secret=(status == "K").cast(nw.Int64),
            attached=(status == "W").cast(nw.Int64),
        )
        .group_by("region", "industry", "year")
        .agg(nw.col("establishments", "employment", "secret", "attached").max())
    )
    totals = long.filter(is_total & is_jobs & (status == "A"))
    known = cells.group_by("region", "year").agg(
        nw.col("employment").sum().alias("known"), nw.col("attached").max().alias("merged")
    )
    left = (
        totals.select("region", "year", nw.col("value").alias("total"))
        .join(known, on=["region", "year"], how="inner")
        .with_columns(left=nw.col("total") - nw.col("known").fill_null(0))
        .filter(nw.col("left") >= 0, nw.col("merged") == 0)
        .select("region", "year", "left")
    )
    return _bounded(cells.join(left, on=["region", "year"], how="left"))


def _bounded(cells: Frame) -> Frame:
    employment, is_secret = nw.col("employment"), nw.col("secret") == 1
    is_known = ~employment.is_null()
    status = nw.when(is_secret).then(nw.lit("suppressed"))
    observed = nw.when(~nw.col("secret").is_null()).then(nw.lit("observed"))
    return cells.select(
        "region",
        "industry",
        "year",
        "establishments",
        "employment",
        nw.when(is_known).then(employment).otherwise(nw.lit(0.0)).alias("employment_low"),
        nw.when(is_known).then(employment).otherwise(nw.col("left")).alias("employment_high"),
        status.otherwise(observed).alias("status"),
        (nw.col("attached") == 1).fill_null(False).alias("has_attached_commune"),
    )
