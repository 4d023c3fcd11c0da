"""Bootstrap by establishment at national size: seconds and memory against establishments.

python -m bench.bootstrap [--most 1000000]
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

REGIONS, INDUSTRIES, DRAWS = 300, 700, 999
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
    start = time.perf_counter()
    getattr(cs, measure)(table, inference=cs.Bootstrap(draws=DRAWS, seed=1))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{measure}, {n:,} establishments, {DRAWS} draws: {seconds:.1f} s, {peak:.2f} GB")


def main() -> None:
    """Each size in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one[0], int(given.one[1]))
        return
    for measure in ("location_quotient", "ellison_glaeser"):
        for part in (10, 4, 2, 1):
            size = str(given.most // part)
            command = [sys.executable, "-m", "bench.bootstrap", "--one", measure, size]
            subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
