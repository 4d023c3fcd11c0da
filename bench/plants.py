"""Plant indices from a million establishments, and where the time goes.

    python bench/plants.py

String keys in, tidy frames out, beside pandas and numpy that code the same keys and do the same
arithmetic without a check. Tables come sorted by identifier, as registers do, and shuffled.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import clusterstats as cs
from bench.timing import ROUNDS, seconds
from clusterstats.tables import Grid
from clusterstats.tables.checks import check_establishments

REGIONS, INDUSTRIES, PLANTS = 300, 700, 1_000_000


def register(seed: int = 1, plants: int = PLANTS) -> pd.DataFrame:
    """Establishments of a made-up country, sorted by an identifier of 14 digits."""
    rng = np.random.default_rng(seed)
    regions = np.array([f"{r:04d}" for r in range(REGIONS)])
    industries = np.array([f"{i // 10:02d}.{i % 10}Z" for i in range(INDUSTRIES)])
    return pd.DataFrame(
        {
            "establishment": [f"{k:014d}" for k in range(plants)],
            "region": regions[rng.integers(0, REGIONS, plants)],
            "industry": industries[rng.integers(0, INDUSTRIES, plants)],
            "employment": np.ceil(np.exp(rng.normal(1.5, 1.3, plants))),
        }
    )


def ours(plants: pd.DataFrame) -> pd.DataFrame:
    """Our door, checks included."""
    return cs.ellison_glaeser(plants)


def bare_numpy(plants: pd.DataFrame, *, is_checked: bool = False) -> pd.Series:
    """Gamma alone, without a check, or with the one that no identifier repeats."""
    if is_checked:
        assert plants["establishment"].is_unique
    (region, regions), (industry, industries) = (
        pd.factorize(plants[key], sort=True) for key in ("region", "industry")
    )
    z = plants["employment"].to_numpy()
    shape = (len(regions), len(industries))
    x = np.bincount(region * shape[1] + industry, weights=z, minlength=np.prod(shape))
    x = x.reshape(shape)
    total = x.sum(axis=0)
    lumps = np.bincount(industry, weights=z**2) / total**2
    p = x.sum(axis=1) / x.sum()
    room = 1 - (p**2).sum()
    raw = ((x / total - p[:, None]) ** 2).sum(axis=0)
    return pd.Series((raw - room * lumps) / (room * (1 - lumps)), index=industries)


def same(a: pd.DataFrame, b: pd.Series) -> bool:
    """Whether both give the same numbers."""
    return np.allclose(a.loc[a["component"] == "gamma", "estimate"], b)


def steps(plants: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """What a door does, one step at a time."""
    grid = Grid.of(plants, ("employment",))
    return {
        "check_establishments": lambda: check_establishments(plants),
        "Grid.of (with the check)": lambda: Grid.of(plants, ("employment",)),
        "sums of four powers": lambda: [grid.array("employment", p) for p in (1, 2, 0, 4)],
        "ellison_glaeser on a grid": lambda: cs.ellison_glaeser(grid),
        "ellison_glaeser": lambda: cs.ellison_glaeser(plants),
        "maurel_sedillot": lambda: cs.maurel_sedillot(plants),
        "numpy, nothing checked": lambda: bare_numpy(plants),
        "numpy, identifiers checked": partial(bare_numpy, plants, is_checked=True),
    }


def main() -> None:
    """Print the time of each step, sorted and shuffled, and as a share of checked numpy."""
    listed = register()
    assert same(ours(listed), bare_numpy(listed))
    for order, plants in {
        "sorted": listed,
        "shuffled": listed.sample(frac=1, random_state=1, ignore_index=True),
    }.items():
        works = steps(plants)
        times = [{name: seconds(work) for name, work in works.items()} for _ in range(ROUNDS)]
        for name in works:
            ratio = median(t[name] / t["numpy, identifiers checked"] for t in times)
            middle, least = median(t[name] for t in times), min(t[name] for t in times)
            print(f"{order}, {name}: {middle:.3f} s (least {least:.3f}), ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
