"""All 267,546 pairs of 732 sub-classes over 300 zones, from tidy frame to tidy frame.

    python bench/coagglomeration.py

Each index beside numpy that codes the same keys and takes the same matrix product.
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import clusterstats as cs
from bench.timing import ROUNDS, seconds

REGIONS, INDUSTRIES = 300, 732


def national(seed: int = 1) -> pd.DataFrame:
    """Cells of a made-up country, in no particular order."""
    rng = np.random.default_rng(seed)
    codes = [f"{i // 10:02d}.{i % 10}Z" for i in range(INDUSTRIES)]
    zones = [f"{r:04d}" for r in range(REGIONS)]
    keys = pd.MultiIndex.from_product([zones, codes], names=["region", "industry"])
    frame = keys.to_frame(index=False)
    jobs = rng.poisson(rng.gamma(0.3, 60, len(frame))).astype(float)
    plants = np.ceil(jobs / 8)
    frame = frame.assign(employment=jobs, establishments=plants)
    frame["employment_squares"] = np.minimum(jobs**2, 1.2 * jobs**2 / np.maximum(plants, 1))
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def bare_numpy(cells: pd.DataFrame) -> pd.DataFrame:
    """The index of 2010 without a check."""
    (region, regions), (industry, industries) = (
        pd.factorize(cells[key], sort=True) for key in ("region", "industry")
    )
    shape = (len(regions), len(industries))
    flat = region * shape[1] + industry
    x = np.bincount(flat, weights=cells["employment"], minlength=np.prod(shape)).reshape(shape)
    p = x.sum(axis=1, keepdims=True) / x.sum()
    u = x / x.sum(axis=0) - p
    together = u.T @ u / (1 - (p**2).sum())
    first, second = np.triu_indices(shape[1], 1)
    keys = {"industry": industries.take(first), "industry2": industries.take(second)}
    return pd.DataFrame({**keys, "estimate": together[first, second]})


def main() -> None:
    """Print the time of each index, and as a share of numpy's."""
    cells = national()
    peer = bare_numpy(cells)
    assert np.allclose(cs.coagglomeration(cells)["estimate"], peer["estimate"], atol=1e-12)
    print(f"{len(peer):,} pairs")
    works = {
        "numpy, nothing checked": lambda: bare_numpy(cells),
        "ellison_glaeser_kerr": lambda: cs.coagglomeration(cells),
        "ellison_glaeser_group": lambda: cs.coagglomeration(cells, method="ellison_glaeser_group"),
        "maurel_sedillot": lambda: cs.coagglomeration(cells, method="maurel_sedillot"),
        "with Analytic()": lambda: cs.coagglomeration(cells, inference=cs.Analytic()),
        "colocation": lambda: cs.colocation(cells),
        "location_correlation": lambda: cs.location_correlation(cells, of="location_quotients"),
    }
    times = [{name: seconds(work) for name, work in works.items()} for _ in range(ROUNDS)]
    for name in works:
        ratio = median(t[name] / t["numpy, nothing checked"] for t in times)
        middle, least = median(t[name] for t in times), min(t[name] for t in times)
        print(f"{name}: {middle:.3f} s (least {least:.3f}), ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
