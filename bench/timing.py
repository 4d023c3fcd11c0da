"""The clock of every benchmark: wall time of a call, and two calls taken in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

ROUNDS = 7


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(
    name: str, ours: Callable[[], object], peer: Callable[[], object], rounds: int = ROUNDS
) -> None:
    """Print medians of both, and the median of their ratios taken in turn."""
    ours(), peer()  # warm-up
    pairs = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    mine, theirs = (median(side) for side in zip(*pairs, strict=True))
    ratio = median(peer_s / our_s for our_s, peer_s in pairs)
    print(
        f"{name}: ours {mine:.3f} s, peer {theirs:.3f} s, peer / ours {ratio:.2f}",
        flush=True,
    )
