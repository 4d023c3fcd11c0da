"""Time what we do beside its peers; every figure is a ratio taken in one run.

python bench/run.py
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import imdb, location_quotient, measures, sirene

ROUNDS = 7


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(name: str, ours: Callable[[], object], peer: Callable[[], object]) -> None:
    """Print medians of both, and the median of their ratios taken in turn."""
    ours(), peer()  # warm-up
    pairs = [(seconds(ours), seconds(peer)) for _ in range(ROUNDS)]
    mine, theirs = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(peer_s / our_s for our_s, peer_s in pairs)
    print(f"{name}: ours {mine:.2f} s, peer {theirs:.2f} s, peer / ours {ratio:.2f}")


def main() -> None:
    """Run every benchmark."""
    cells = location_quotient.national()
    a, b = location_quotient.ours(cells), location_quotient.plain_pandas(cells)
    assert location_quotient.same(a, b)
    paired(
        f"location_quotient, {len(cells):,} cells, string keys, against plain pandas",
        lambda: location_quotient.ours(cells),
        lambda: location_quotient.plain_pandas(cells),
    )
    assert measures.same(measures.ours(cells), measures.bare_numpy(cells))
    paired(
        f"six measures in one call, {len(cells):,} cells, against numpy with the same coding",
        lambda: measures.ours(cells),
        lambda: measures.bare_numpy(cells),
    )
    sirene.main([])
    imdb.compare()


if __name__ == "__main__":
    main()
