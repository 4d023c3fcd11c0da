"""Coverage of nominal 95 % intervals, by simulation with lumpy establishments.

    python bench/coverage.py [REPLICATES]

writes docs/coverage.csv. Establishments of given sizes choose regions independently with the
probabilities p of their industry; an interval is right if it holds the p-functional it is about.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import clusterstats as cs

OUT = Path(__file__).resolve().parents[1] / "docs" / "coverage.csv"
DRAWS = 299


@dataclass(frozen=True)
class Design:
    """One made-up country: an industry of interest among all others."""

    name: str
    regions: int
    plants: int
    spread: float
    others: int = 1500
    is_base_known: bool = True
    """Whether plant indices are given x as a base, or take it from the table."""

    def sizes(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Plant sizes: lognormal, more or less unequal."""
        return np.ceil(np.exp(rng.normal(1.5, self.spread, n)))


DESIGNS = [
    Design("lumpy plants (20 regions, 60 plants, log sd 1.6)", 20, 60, 1.6),
    Design("many small cells (80 regions, 60 plants, log sd 1.0)", 80, 60, 1.0),
    Design("few regions (6 regions, 200 plants, log sd 1.3)", 6, 200, 1.3),
    Design(
        "large industry, x from the table (10 regions, 200 of 400 plants, log sd 1.2)",
        *(10, 200, 1.2),
        others=200,
        is_base_known=False,
    ),
]
GAMMAS = (0.0, 0.05)


def country(design: Design, gamma: float, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Establishments, the industry's probabilities p and the others' probabilities x."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    x = rng.dirichlet(np.full(design.regions, 3.0))
    p = x if gamma == 0 else rng.dirichlet(x * (1 - gamma) / gamma)
    n = design.plants + design.others
    place = np.r_[
        rng.choice(design.regions, design.plants, p=p),
        rng.choice(design.regions, design.others, p=x),
    ]
    table = pd.DataFrame(
        {
            "establishment": [f"{k:05d}" for k in range(n)],
            "region": [f"R{r:03d}" for r in place],
            "industry": np.where(np.arange(n) < design.plants, "film", "other"),
            "employment": design.sizes(rng, n),
        }
    )
    return table.assign(base=x[place]), p, x


def quotients(
    design: Design, gamma: float, seed: int
) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """(measure, method, covered, established) of the industry's location quotients."""
    table, p, x = country(design, gamma, seed)
    cells = cs.cells(table.drop(columns="base"))
    size = table.groupby("industry")["employment"].sum()
    weight = size["film"] / size.sum()
    truth = pd.Series(p / (weight * p + (1 - weight) * x))
    truth.index = [f"R{r:03d}" for r in range(design.regions)]
    counts = cells[cells["industry"] == "film"].set_index("region")["establishments"]
    methods = {
        "analytic, sizes known": (table, cs.Analytic()),
        "analytic, counts only (lower bound)": (
            cells.drop(columns="employment_squares"),
            cs.Analytic(),
        ),
        "bootstrap by establishment": (table, cs.Bootstrap(draws=DRAWS, seed=seed)),
        "jackknife by establishment": (table, cs.Jackknife()),
    }
    for method, (given, option) in methods.items():
        result = cs.location_quotient(given, inference=option)
        film = result[result["industry"] == "film"].set_index("region")
        true, n = truth.reindex(film.index), counts.reindex(film.index)
        covered = ((film["conf_low"] <= true) & (true <= film["conf_high"])).astype(float)
        covered[film["conf_high"].isna()] = np.nan
        yield "location_quotient", method, covered.to_numpy(), n.to_numpy()


def indices(
    design: Design, gamma: float, seed: int
) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """(measure, method, covered, established) of the industry's plant-level indices."""
    table, p, x = country(design, gamma, seed)
    if not design.is_base_known:  # the reference is all employment, the industry's included
        size = table.groupby("industry")["employment"].sum()
        weight = size["film"] / size.sum()
        x = weight * p + (1 - weight) * x
    room = 1 - (x**2).sum()
    truths = {
        cs.ellison_glaeser: ((p - x) ** 2).sum() / room,
        cs.maurel_sedillot: ((p**2).sum() - (x**2).sum()) / room,
    }
    options = {
        "bootstrap by establishment": cs.Bootstrap(draws=DRAWS, seed=seed),
        "jackknife by establishment": cs.Jackknife(),
    }
    for door, truth in truths.items():
        for method, option in options.items():
            base = "base" if design.is_base_known else None
            result = door(table, base=base, inference=option)
            row = result[(result["industry"] == "film") & (result["component"] == "gamma")]
            covered = row["conf_low"].le(truth) & row["conf_high"].ge(truth)
            yield door.__name__, method, covered.to_numpy(dtype=float), np.array([design.plants])


def simulate(replicates: int) -> pd.DataFrame:
    """Coverage by design, gamma, measure and method."""
    rows = []
    for design in DESIGNS:
        for gamma in GAMMAS:
            for seed in range(replicates):
                for simulated in (quotients, indices):
                    for measure, method, covered, n in simulated(design, gamma, seed):
                        rows.append(
                            pd.DataFrame({"covered": covered, "n": n}).assign(
                                design=design.name, gamma=gamma, measure=measure, method=method
                            )
                        )
    return summary(pd.concat(rows, ignore_index=True))


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Shares of intervals that hold the truth, over all cells and over those with 5 plants."""
    keys = ["design", "gamma", "measure", "method"]
    groups = rows.groupby(keys, sort=False)
    cells = rows[(rows["n"] >= 5) & (rows["measure"] == "location_quotient")]
    result = pd.DataFrame(
        {
            "coverage": groups["covered"].mean(),
            "coverage_5_plants": cells.groupby(keys, sort=False)["covered"].mean(),
            "without_interval": groups["covered"].apply(lambda c: c.isna().mean()),
            "intervals": groups["covered"].count(),
        }
    )
    return result.reindex(groups["covered"].mean().index).round(3).reset_index()


def main() -> None:
    """Simulate, print and write the table."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    table = simulate(replicates)
    table.insert(4, "replicates", replicates)
    print(table.to_string(index=False))
    table.to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
