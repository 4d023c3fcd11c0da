"""Location quotients of 2.1 million cells: string keys, tidy in and out, beside plain pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd

import clusterstats as cs

REGIONS, INDUSTRIES, YEARS = 300, 700, 10


def national(seed: int = 1) -> pd.DataFrame:
    """Cells of a made-up country, in no particular order."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product(
        [
            range(2010, 2010 + YEARS),
            [f"{r:04d}" for r in range(REGIONS)],
            [f"{i // 10:02d}.{i % 10}Z" for i in range(INDUSTRIES)],
        ],
        names=["year", "region", "industry"],
    )
    frame = keys.to_frame(index=False)
    frame["employment"] = rng.poisson(rng.gamma(0.3, 60, len(frame))).astype(float)
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def ours(cells: pd.DataFrame) -> pd.DataFrame:
    """Our door, checks included."""
    return cs.location_quotient(cells)


def plain_pandas(cells: pd.DataFrame) -> pd.DataFrame:
    """What people write: three group sums, then a sort; no checks."""
    value = cells["employment"]
    region = cells.groupby(["year", "region"])["employment"].transform("sum")
    industry = cells.groupby(["year", "industry"])["employment"].transform("sum")
    total = cells.groupby("year")["employment"].transform("sum")
    result = cells[["year", "region", "industry"]].copy()
    result["estimate"] = value / region / (industry / total)
    return result.sort_values(["year", "region", "industry"], ignore_index=True)


def same(a: pd.DataFrame, b: pd.DataFrame) -> bool:
    """Whether both give the same numbers."""
    return np.allclose(a["estimate"], b["estimate"], equal_nan=True)
