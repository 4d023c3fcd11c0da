"""Credits and distinct persons by year and category: ours, checks included, beside bare engines.

python bench/imdb.py [--rows 3000000] [--folder WITH_SPACE] [--gzip]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

ROWS, ROUNDS = 3_000_000, 3
CREDITS_A_WORK = 5.482
MEMORY, LARGEST_FOR_PANDAS = "2GB", 5_000_000
BASICS = [
    "tconst",
    "titleType",
    "primaryTitle",
    "originalTitle",
    "isAdult",
    "startYear",
    "endYear",
    "runtimeMinutes",
    "genres",
]
PRINCIPALS = ["tconst", "ordering", "nconst", "category", "job", "characters"]
Answer = tuple[int, int, int]


def generate(folder: Path, rows: int, *, is_gzip: bool) -> tuple[Path, Path]:
    """Make-believe files of about `rows` principals."""
    from clusterstats.datasets import make_imdb

    works = max(int(rows / CREDITS_A_WORK), 1)
    made = make_imdb(folder / "imdb", works=works, people=max(rows // 10, 16), seed=1)
    files = [made / f"title.{name}.tsv.gz" for name in ("basics", "principals")]
    return tuple(files if is_gzip else map(_plain, files))


def _plain(packed: Path) -> Path:
    with gzip.open(packed) as source, packed.with_suffix("").open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    packed.unlink()
    return packed.with_suffix("")


def bare_duckdb(basics: str, principals: str) -> Answer:
    """What people write in SQL; no checks."""
    import duckdb

    duckdb.sql(f"SET memory_limit = '{MEMORY}'")
    titles, credit = _scanned(basics, BASICS), _scanned(principals, PRINCIPALS)
    rows = duckdb.sql(
        "SELECT startYear::BIGINT AS year, category, count(*), count(DISTINCT nconst) "
        f"FROM {credit} LEFT JOIN {titles} USING (tconst) GROUP BY ALL"
    ).fetchall()
    return len(rows), sum(row[2] for row in rows), sum(row[3] for row in rows)


def _scanned(path: str, columns: list[str]) -> str:
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    return (
        f"read_csv('{path}', columns = {{{types}}}, auto_detect = false, header = true, "
        r"delim = '\t', quote = '', escape = '', nullstr = '\N')"
    )


def bare_polars(basics: str, principals: str) -> Answer:
    """The same in Polars, streaming."""
    import polars as pl

    options = {"separator": "\t", "quote_char": None, "null_values": ["\\N"], "infer_schema": False}
    titles, credit = pl.scan_csv(basics, **options), pl.scan_csv(principals, **options)
    found = (
        credit.join(titles, on="tconst", how="left")
        .group_by(pl.col("startYear").cast(pl.Int64), "category")
        .agg(pl.len(), pl.col("nconst").n_unique())
        .collect(engine="streaming")
    )
    return len(found), int(found["len"].sum()), int(found["nconst"].sum())


def bare_pandas(basics: str, principals: str) -> Answer:
    """The same in pandas, in memory."""
    import pandas as pd

    options = {"sep": "\t", "quoting": 3, "na_values": ["\\N"], "dtype": str}
    titles = pd.read_csv(basics, usecols=["tconst", "startYear"], **options)
    credit = pd.read_csv(principals, usecols=["tconst", "nconst", "category"], **options)
    groups = credit.merge(titles, how="left").groupby(["startYear", "category"], dropna=False)
    found = groups["nconst"].agg(["size", "nunique"])
    return len(found), int(found["size"].sum()), int(found["nunique"].sum())


def ours_now(basics: str, principals: str) -> Answer:
    """Our reader: every value checked before."""
    return _ours(basics, principals, "now")


def ours_used(basics: str, principals: str) -> Answer:
    """Our reader: the values used checked on the way."""
    return _ours(basics, principals, "used")


def _ours(basics: str, principals: str, check: str) -> Answer:
    import duckdb
    import narwhals.stable.v2 as nw

    from clusterstats.sources import read_imdb

    duckdb.sql(f"SET memory_limit = '{MEMORY}'")
    frame = read_imdb(basics=basics, principals=principals, check=check)
    sums = {"credits": nw.len(), "persons": nw.col("person").n_unique()}
    found = frame.group_by("year", "category").agg(**sums).collect("pyarrow")
    return len(found), int(found["credits"].sum()), int(found["persons"].sum())


CONTENDERS: dict[str, Callable[[str, str], Answer]] = {
    "duckdb": bare_duckdb,
    "polars": bare_polars,
    "pandas": bare_pandas,
    "now": ours_now,
    "used": ours_used,
}


def measured(name: str, *paths: Path) -> dict[str, float]:
    """Figures of one contender in a process of its own."""
    command = [sys.executable, __file__, "--contender", name, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  {name}: failed: {done.stderr.strip().splitlines()[-1][:200]}")
        return {}
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def run_contender(name: str, *paths: str) -> None:
    """Do the work of one contender; print its figures as JSON."""
    __import__({"now": "clusterstats.sources", "used": "clusterstats.sources"}.get(name, name))
    start, cpu = time.perf_counter(), time.process_time()
    answer = CONTENDERS[name](*paths)
    figures = {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - cpu,
        "peak_gb": _peak_gb(),
        "answer": answer,
    }
    print(json.dumps(figures))


def _peak_gb() -> float:
    """Highest resident memory; that of `getrusage` starts from the parent's."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024**2


def compare(rows: int = ROWS, *, folder: str | None = None, is_gzip: bool = False) -> None:
    """Print every contender's time and peak memory, and their ratios to bare DuckDB."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        paths = generate(Path(scratch), rows, is_gzip=is_gzip)
        size = sum(path.stat().st_size for path in paths) / 1024**3
        kind = "gzip" if is_gzip else "plain"
        print(f"imdb, {rows:,} credits, {size:.1f} GB {kind}, DuckDB in {MEMORY}, {_cores()} cores")
        print_ratios(paths, [n for n in CONTENDERS if n != "pandas" or rows <= LARGEST_FOR_PANDAS])


def print_ratios(paths: tuple[Path, Path], names: list[str]) -> None:
    """Take contenders in turn, so that what else runs slows all; medians, and of ratios."""
    rounds = [{name: measured(name, *paths) for name in names} for _ in range(ROUNDS)]
    assert len({str(one["answer"]) for turn in rounds for one in turn.values() if one}) == 1
    for name in names:
        turns = [turn for turn in rounds if turn[name]]
        if not turns:
            continue
        wall, cpu = (_ratio(turns, name, unit) for unit in ("seconds", "cpu_seconds"))
        seconds = median(turn[name]["seconds"] for turn in turns)
        peak = max(turn[name]["peak_gb"] for turn in turns)
        ratios = f"{name} / duckdb {wall:.2f} (CPU {cpu:.2f})"
        print(f"  {name}: {seconds:.2f} s, peak {peak:.2f} GB, {ratios}")


def _ratio(turns: list[dict[str, dict[str, float]]], name: str, unit: str) -> float:
    return median(turn[name][unit] / turn["duckdb"][unit] for turn in turns)


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--folder")
    parser.add_argument("--gzip", action="store_true")
    parser.add_argument("--contender", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contender:
        run_contender(*given.contender)
    else:
        compare(given.rows, folder=given.folder, is_gzip=given.gzip)


if __name__ == "__main__":
    main()
