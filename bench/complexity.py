"""ECI and PCI of 3,000 regions and 700 industries: string keys, tidy in and out, beside peers.

    python bench/complexity.py [FOLDER]

FOLDER holds the peers (`pip install --target FOLDER ecomplexity econcomplex "pandas<3"`); they run
in their own process with it. Figures are seconds of wall time, medians of rounds taken in turn. Set
OPENBLAS_NUM_THREADS=1 to time one thread.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

REGIONS, INDUSTRIES, ROUNDS = 3000, 700, 3
PEERS = {
    "ecomplexity": """
from ecomplexity import ecomplexity
cols = {"time": "year", "loc": "region", "prod": "industry", "val": "employment"}
frame["year"] = 2020
def work():
    return ecomplexity(frame.copy(), cols).drop_duplicates("region").set_index("region")["eci"]
""",
    "econcomplex": """
import econcomplex
def work():
    matrix = frame.pivot(index="region", columns="industry", values="employment")
    return econcomplex.eci_pci(matrix, method="eigenvector")[0]
""",
}
RUN = """
import os, sys, time, warnings
out, sys.stdout = sys.stdout, open(os.devnull, "w")
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
import pandas as pd
frame = pd.read_csv(sys.argv[2], dtype={{"region": str, "industry": str}})
{work}
result = pd.Series(work())
result.astype(float).rename_axis("region").to_csv(sys.argv[3])
for line in sys.stdin:
    start = time.perf_counter()
    work()
    print(time.perf_counter() - start, file=out, flush=True)
"""


def national(seed: int = 1) -> pd.DataFrame:
    """Cells of a made-up country where able regions have demanding industries."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product(
        [
            [f"{r:05d}" for r in range(REGIONS)],
            [f"{i // 10:02d}.{i % 10}Z" for i in range(INDUSTRIES)],
        ],
        names=["region", "industry"],
    )
    frame = keys.to_frame(index=False)
    able, demand = rng.normal(size=REGIONS), rng.normal(size=INDUSTRIES)
    mean = 20 * np.exp(0.6 * np.outer(able, demand) + 0.5 * able[:, None])
    frame["employment"] = rng.poisson(rng.gamma(0.3, mean / 0.3).ravel()).astype(float)
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def ours(cells: pd.DataFrame) -> pd.DataFrame:
    """Our door, checks included."""
    import clusterstats as cs

    return cs.economic_complexity(cells)


def seconds(cells: pd.DataFrame) -> float:
    """Wall time of our door."""
    start = time.perf_counter()
    ours(cells)
    return time.perf_counter() - start


class Peer:
    """A peer in a process of its own, asked for one round at a time."""

    def __init__(self, name: str, packages: str, cells: Path, answer: Path) -> None:
        code = RUN.format(work=PEERS[name])
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", code, packages, str(cells), str(answer)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds(self) -> float:
        """Wall time of one round."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    """Time ours alone, then in turn with each peer."""
    cells = national()
    alone = [seconds(cells) for _ in range(2 * ROUNDS)]
    print(
        f"economic_complexity, {len(cells):,} cells: {median(alone):.2f} s, best {min(alone):.2f}"
    )
    compare(sys.argv[1] if len(sys.argv) > 1 else None, cells)


def compare(packages: str | None, cells: pd.DataFrame | None = None) -> None:
    """Print our time beside each peer's, or that the peers are not there."""
    if packages is None:
        print(f"economic_complexity: no folder with {' and '.join(PEERS)} was named; not compared")
        return
    cells = national() if cells is None else cells
    result = ours(cells)
    eci = result[result["component"] == "eci"].set_index("region")["estimate"]
    with tempfile.TemporaryDirectory() as folder:
        for name in PEERS:
            if (Path(packages) / name).exists():
                against(name, packages, cells, eci, Path(folder))
            else:
                print(f"economic_complexity: {name} is not in {packages}; not compared")


def against(name: str, packages: str, cells: pd.DataFrame, eci: pd.Series, folder: Path) -> None:
    """Ratio of one peer's time to ours, and how far its ECI is from ours."""
    store, answer = folder / "cells.csv", folder / f"{name}.csv"
    if not store.exists():
        cells.to_csv(store, index=False)
    peer = Peer(name, packages, store, answer)
    peer.seconds()
    pairs = [(seconds(cells), peer.seconds()) for _ in range(ROUNDS)]
    peer.close()
    theirs = pd.read_csv(answer, dtype={"region": str}).set_index("region").iloc[:, 0]
    apart = float((theirs - eci).abs().max())
    mine, their = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(b / a for a, b in pairs)
    print(
        f"economic_complexity, {len(cells):,} cells, against {name}: ours {mine:.3f} s, "
        f"peer {their:.3f} s, peer / ours {ratio:.2f} (ECI apart {apart:.1e})"
    )


if __name__ == "__main__":
    main()
