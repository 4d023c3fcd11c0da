"""The engine that reads a file when its frame is used: DuckDB, Polars, pandas or Spark."""

import glob
import re
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import narwhals.stable.v2 as nw
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._bytes import is_gzip
from clusterstats.sources._origin import Frame

__all__ = ["Engine", "require_engine", "scan_parquet", "scan_text"]

Engine: TypeAlias = Any
"""`"duckdb"`, `"polars"`, `"pandas"`, or a SparkSession."""

NAMES = ("duckdb", "polars", "pandas")
UNUSED = "\uffff\ufffe\uffff"
"""Null of DuckDB where it is a blank: told so, DuckDB drops blanks beyond the last column."""


def require_engine(engine: Engine) -> None:
    """Raise unless `engine` is one that reads files."""
    if engine in NAMES if isinstance(engine, str) else _is_spark(engine):
        return
    known = ", ".join(map(repr, NAMES))
    raise OptionError(f"engine={engine!r} is not one of {known}, or a SparkSession")


def scan_text(
    path: Path,
    columns: Sequence[str],
    *,
    engine: Engine,
    delimiter: str,
    quote: str = '"',
    null: str = "",
    skip: int = 1,
) -> Frame:
    """Scan delimited UTF-8 text below its first `skip` lines, every column as text.

    A value equal to `null`, quoted or not, is null. ``quote=""`` takes quotes as they come.
    pandas reads now, the others when the frame is used. All refuse lines of another width and
    skip blank ones, but Polars, which fills both with nulls.
    """
    require_engine(engine)
    if engine == "duckdb":
        return _duckdb_text(path, columns, delimiter, quote, null, skip)
    if engine == "polars":
        return _polars_text(path, columns, delimiter, quote, null, skip)
    if engine == "pandas":
        return _pandas_text(path, columns, delimiter, quote, null, skip)
    if skip > 1:
        raise OptionError("Spark reads files whose header is on line 1; use another engine")
    if is_gzip(path) and path.suffix != ".gz":
        raise SourceError(f"{path.name} is gzip, which Spark sees by its name; add .gz to it")
    return _spark_text(engine, path, columns, delimiter, quote, null, skip)


def scan_parquet(path: Path, *, engine: Engine) -> Frame:
    """Scan a Parquet file."""
    require_engine(engine)
    if engine == "duckdb":
        relation = duckdb.read_parquet(glob.escape(str(path)), hive_partitioning=False)
        return nw.from_native(relation)
    if engine == "polars":
        import polars as pl

        return nw.from_native(pl.scan_parquet(path, glob=False, hive_partitioning=False))
    if engine == "pandas":
        return _pandas(pa.parquet.ParquetFile(path).read())
    frame: Frame = nw.from_native(engine.read.parquet(_spark_path(path)))
    return frame


def _is_spark(engine: Engine) -> bool:
    return hasattr(engine, "createDataFrame") and hasattr(engine, "read")


def _duckdb_text(
    path: Path, columns: Sequence[str], delimiter: str, quote: str, null: str, skip: int
) -> Frame:
    marker = null or UNUSED
    relation = duckdb.read_csv(
        glob.escape(str(path)),
        columns=dict.fromkeys(columns, "VARCHAR"),
        auto_detect=False,
        header=False,
        skiprows=skip,
        sep=delimiter,
        quotechar=quote,
        escapechar=quote,
        na_values=marker,
        compression="gzip" if is_gzip(path) else "none",
        hive_partitioning=False,
    )
    if null:
        return nw.from_native(relation)
    names = ('"' + name.replace('"', '""') + '"' for name in columns)
    return nw.from_native(relation.project(", ".join(f"nullif({n}, '') AS {n}" for n in names)))


def _polars_text(
    path: Path, columns: Sequence[str], delimiter: str, quote: str, null: str, skip: int
) -> Frame:
    import polars as pl

    known = signature(pl.scan_csv).parameters
    renamed: dict[str, Any] = {
        "skip_lines" if "skip_lines" in known else "skip_rows": skip,
        "empty_string_is_null": not null,
        "missing_utf8_is_empty_string": bool(null),
    }
    frame = pl.scan_csv(
        path,
        separator=delimiter,
        quote_char=quote or None,
        null_values=[null],
        has_header=False,
        schema=dict.fromkeys(columns, pl.String()),
        glob=False,
        **{name: value for name, value in renamed.items() if name in known},
    )
    return nw.from_native(frame)


def _pandas_text(
    path: Path, columns: Sequence[str], delimiter: str, quote: str, null: str, skip: int
) -> Frame:
    with pa.input_stream(path, compression="gzip" if is_gzip(path) else None) as file:
        table = pa.csv.read_csv(
            file,
            pa.csv.ReadOptions(column_names=list(columns), skip_rows=skip),
            pa.csv.ParseOptions(
                delimiter=delimiter, quote_char=quote or False, newlines_in_values=bool(quote)
            ),
            pa.csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()),
                null_values=[null],
                strings_can_be_null=True,
            ),
        )
    return _pandas(table)


def _pandas(table: Any) -> Frame:
    frame: pd.DataFrame = table.to_pandas(types_mapper=pd.ArrowDtype)
    return nw.from_native(frame).lazy()


def _spark_text(
    session: Any,
    path: Path,
    columns: Sequence[str],
    delimiter: str,
    quote: str,
    null: str,
    skip: int,
) -> Frame:
    frame: Frame = nw.from_native(
        session.read.csv(
            _spark_path(path),
            schema=", ".join(f"`{name.replace('`', '``')}` string" for name in columns),
            sep=delimiter,
            quote=quote,
            escape=quote,
            nullValue="",
            emptyValue="",
            header=bool(skip),
            enforceSchema=True,
            multiLine=bool(quote),
            encoding="UTF-8",
            mode="FAILFAST",
        )
    )
    if not null:
        return frame
    blank = (nw.col(name).fill_null("") for name in columns)  # Spark has one null, the blank
    return frame.select(nw.when(text != null).then(text) for text in blank)


def _spark_path(path: Path) -> str:
    """Address of a file on this machine; Spark would take some letters for a pattern."""
    return "file://" + re.sub(r"([\\*?\[\]{}])", r"\\\1", str(path.resolve()))
