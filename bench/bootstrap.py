"""Bootstrap by establishment at national size: seconds and memory against establishments.

    python -m bench.bootstrap [--most 1000000]

Wall time is that of one process on a machine that may be busy; processor time is what it used.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

import clusterstats as cs
from bench.plants import bare_numpy

REGIONS, INDUSTRIES, DRAWS = 300, 700, 999
SHARES = (0.1, 0.3, 1.0)
ROOT = Path(__file__).resolve().parents[1]


def plants(n: int, seed: int = 1) -> pd.DataFrame:
    """Made-up establishments: Zipf-like industries and regions, lognormal sizes."""
    rng = np.random.default_rng(seed)
    regions = np.array([f"{r:04d}" for r in range(REGIONS)])
    industries = np.array([f"{i // 10:02d}.{i % 10}Z" for i in range(INDUSTRIES)])
    place = np.minimum(rng.pareto(1.0, n) * 5, REGIONS - 1).astype(int)
    kind = np.minimum(rng.pareto(0.8, n) * 10, INDUSTRIES - 1).astype(int)
    return pd.DataFrame(
        {
            "establishment": [f"E{k:07d}" for k in range(n)],
            "region": regions[place],
            "industry": industries[kind],
            "employment": np.ceil(rng.lognormal(1, 1.2, n)),
        }
    )


def one(measure: str, n: int) -> None:
    """Measure once in this process; print seconds and the peak of memory."""
    table = plants(n)
    start, processor = time.perf_counter(), time.process_time()
    getattr(cs, measure)(table, inference=cs.Bootstrap(draws=DRAWS, seed=1))
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{measure}, {n:,} establishments, {DRAWS} draws: {seconds:.1f} s, "
        f"processor {processor:.1f} s, peak {peak:.2f} GB",
        flush=True,
    )


def ours(table: pd.DataFrame, draws: int) -> pd.DataFrame:
    """Our draws, with the interval and the test they give."""
    return cs.ellison_glaeser(table, inference=cs.Bootstrap(draws=draws, seed=1))


def plain_pandas(table: pd.DataFrame, draws: int) -> pd.DataFrame:
    """What people write: sample rows, measure without a check, draw after draw."""
    samples = (table.sample(frac=1, replace=True, random_state=k) for k in range(draws))
    return pd.DataFrame([bare_numpy(sample) for sample in samples])


def curve(most: int = 1_000_000) -> None:
    """Each size in a process of its own."""
    for measure in ("location_quotient", "ellison_glaeser"):
        for share in SHARES:
            size = str(round(most * share))
            command = [sys.executable, "-m", "bench.bootstrap", "--one", measure, size]
            subprocess.run(command, cwd=ROOT, check=True)


def main() -> None:
    """Print the curve of both measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one[0], int(given.one[1]))
    else:
        curve(given.most)


if __name__ == "__main__":
    main()
