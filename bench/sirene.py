"""A national SIRENE to commune and NAF cells: the checked reader beside bare engines.

python -m bench.sirene [--rows 5000000] [--folder DIR] [--spark]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import narwhals.stable.v2 as nw

from clusterstats.datasets import make_sirene
from clusterstats.sources import read_sirene

ROWS = 2_000_000
MOST_FOR_PANDAS = 10_000_000
ROOT = Path(__file__).resolve().parents[1]
REGION, INDUSTRY = "codeCommuneEtablissement", "activitePrincipaleEtablissement"
BAND, STATE = "trancheEffectifsEtablissement", "etatAdministratifEtablissement"
LOW = {
    **{"00": 0, "01": 1, "02": 3, "03": 6, "11": 10, "12": 20, "21": 50, "22": 100, "31": 200},
    **{"32": 250, "41": 500, "42": 1000, "51": 2000, "52": 5000, "53": 10000},
}
SQL = f"""
    SELECT nullif({REGION}, '[ND]') AS region, {INDUSTRY} AS industry,
           count(*) AS establishments,
           sum(CASE {BAND} {" ".join(f"WHEN '{b}' THEN {n}" for b, n in LOW.items())} END) AS low
    FROM file
    WHERE {STATE} = 'A' AND {REGION} > '' AND NOT starts_with({REGION}, '99')
    GROUP BY ALL
"""


def cells_of(frame: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """Count the establishments and add up the bounds of a cell, on any engine."""
    return frame.group_by("region", "industry").agg(
        nw.len().alias("establishments"), nw.col("employment_low").sum().alias("low")
    )


def ours(path: Path, check: str, engine: Any = "duckdb") -> Any:
    """Read with `read_sirene`."""
    kwargs: dict[str, Any] = {"check": check, "engine": engine}
    if check == "now":
        kwargs["report"] = lambda report: None
    return cells_of(read_sirene(path, **kwargs)).collect("pyarrow").to_native()


def bare_duckdb(path: Path) -> Any:
    """Read with DuckDB, nothing checked."""
    if path.suffix == ".parquet":
        file = duckdb.read_parquet(str(path))
    else:
        file = duckdb.read_csv(str(path), all_varchar=True, sep=",", quotechar='"', header=True)
    return file.query("file", SQL).to_arrow_table()


def bare_polars(path: Path) -> Any:
    """Read with Polars, nothing checked."""
    import polars as pl

    is_stored = path.suffix == ".parquet"
    file = pl.scan_parquet(path) if is_stored else pl.scan_csv(path, infer_schema=False)
    region = pl.col(REGION)
    cells = (
        file.filter(pl.col(STATE) == "A", region != "", ~region.str.starts_with("99"))
        .with_columns(
            region.replace("[ND]", None),
            low=pl.col(BAND).replace_strict(LOW, default=None, return_dtype=pl.Int64),
        )
        .group_by(REGION, INDUSTRY)
        .agg(pl.len().alias("establishments"), pl.col("low").sum())
    )
    return cells.collect(engine="streaming").to_arrow()


def bare_pandas(path: Path) -> Any:
    """Read with pandas, nothing checked."""
    import pandas as pd
    import pyarrow as pa

    columns = [REGION, INDUSTRY, BAND, STATE]
    if path.suffix == ".parquet":
        file = pd.read_parquet(path, columns=columns, dtype_backend="pyarrow")
    else:
        file = pd.read_csv(path, usecols=columns, dtype="string[pyarrow]")
    is_kept = (file[STATE] == "A") & file[REGION].notna()
    kept = file[is_kept & ~file[REGION].str.startswith("99", na=False)]
    kept = kept.assign(low=kept[BAND].map(LOW), establishments=1)
    kept[REGION] = kept[REGION].where(kept[REGION] != "[ND]")
    sums = kept.groupby([REGION, INDUSTRY], dropna=False)[["establishments", "low"]].sum()
    return pa.Table.from_pandas(sums.reset_index())


def on_spark(path: Path, master: str) -> Any:
    """Read with PySpark through `read_sirene`."""
    from bench import _spark

    with _spark.session(master) as session:
        _spark.warm(session)
        start = time.perf_counter()
        cells = ours(path, "used", session)
        return cells, time.perf_counter() - start


WORK: dict[str, Callable[[Path], Any]] = {
    "bare DuckDB": bare_duckdb,
    "bare Polars": bare_polars,
    "bare pandas": bare_pandas,
    'ours, check="used"': lambda path: ours(path, "used"),
    'ours, check="now"': lambda path: ours(path, "now"),
    'ours, check="used", Polars': lambda path: ours(path, "used", "polars"),
    "ours, PySpark local[2]": lambda path: on_spark(path, "local[2]"),
    "ours, PySpark local-cluster[2,1,1024]": lambda path: on_spark(path, "local-cluster[2,1,1024]"),
}


def child(name: str, path: Path) -> None:
    """Do one piece of work; say how long it took, its memory and what came out."""
    start, processor = time.perf_counter(), time.process_time()
    found = WORK[name](path)
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    if isinstance(found, tuple):
        found, seconds = found
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    sums = [len(found), *(total(found, column) for column in ("establishments", "low"))]
    print(json.dumps({"seconds": seconds, "cpu": processor, "peak": peak, "cells": sums}))


def total(table: Any, column: str) -> int:
    """Total of a column."""
    import pyarrow.compute as pc

    compute: Any = pc
    return int(compute.sum(table[column]).as_py())


def measured(name: str, path: Path) -> dict[str, Any]:
    """Run one piece of work in a fresh process."""
    command = [sys.executable, "-m", "bench.sirene", "--one", name, "--file", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(rows: int, folder: Path, is_spark: bool) -> None:
    """Print each beside bare DuckDB, for Parquet and CSV."""
    names = [name for name in WORK if is_spark or "Spark" not in name]
    names = [name for name in names if rows <= MOST_FOR_PANDAS or "pandas" not in name]
    for ending in ("parquet", "csv"):
        path = folder / f"sirene_{rows}.{ending}"
        if not path.exists():
            make_sirene(path, establishments=rows, seed=1)
        print(f"SIRENE, {rows:,} rows, {ending}, {path.stat().st_size / 1e9:.2f} GB")
        base = measured(names[0], path)  # the first run only fills the disk cache
        base = measured(names[0], path)
        for name in names:
            found = base if name == names[0] else measured(name, path)
            assert found["cells"] == base["cells"], (name, found["cells"], base["cells"])
            ratio = found["seconds"] / base["seconds"]
            print(
                f"  {name}: {found['seconds']:.2f} s, {ratio:.2f} times bare DuckDB; "
                f"processor {found['cpu']:.1f} s; peak {found['peak']:.2f} GB",
                flush=True,
            )


def main(arguments: list[str] | None = None) -> None:
    """Make the files, compare, remove the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder", type=Path, help="where files are kept; else a temporary one")
    parser.add_argument("--spark", action="store_true", help="PySpark too (extra `spark`, Java)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        child(given.one, given.file)
    elif given.folder:
        compare(given.rows, given.folder, given.spark)
    else:
        with tempfile.TemporaryDirectory() as folder:
            compare(given.rows, Path(folder), given.spark)


if __name__ == "__main__":
    main()
