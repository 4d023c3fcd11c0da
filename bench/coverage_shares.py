"""Coverage of nominal 95 % intervals of every index of shares, in four designs.

    python -m bench.coverage_shares [REPLICATES]

writes docs/coverage_shares.csv. Establishments of lumpy sizes fall into cells of a country whose
probabilities are known; an interval is right if it holds the index of those probabilities.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import clusterstats as cs
from clusterstats.measures.declaration import REGISTRY, Declaration

OUT = Path(__file__).resolve().parents[1] / "docs" / "coverage_shares.csv"
DRAWS = 99
GAMMAS = (0.0, 0.05)
FIRST = 5000
"""Seed of the first country."""


@dataclass(frozen=True)
class Design:
    """A made-up country."""

    name: str
    regions: int
    industries: int
    plants: int
    spread: float


DESIGNS = [
    Design("lumpy establishments", 20, 6, 600, 1.6),
    Design("many small cells", 60, 20, 1800, 1.0),
    Design("few regions", 6, 6, 900, 1.3),
    Design("many establishments", 8, 6, 6000, 1.0),
    Design("many lumpy establishments", 8, 6, 12000, 1.6),
]


def probabilities(design: Design, gamma: float, rng: np.random.Generator) -> np.ndarray:
    """Joint probabilities of region and industry; with gamma 0 they have nothing to do."""
    regions = rng.dirichlet(np.full(design.regions, 3.0))
    mix = rng.dirichlet(np.full(design.industries, 3.0))
    if gamma == 0:
        return np.outer(regions, mix)
    places = rng.dirichlet(regions * (1 - gamma) / gamma, design.industries)
    return places.T * mix


def country(design: Design, gamma: float, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Establishments, and the probabilities they were drawn with."""
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    joint = probabilities(design, gamma, rng)
    cell = rng.choice(joint.size, design.plants, p=joint.ravel())
    region, industry = np.divmod(cell, design.industries)
    table = pd.DataFrame(
        {
            "establishment": [f"{k:05d}" for k in range(design.plants)],
            "region": [f"R{r:03d}" for r in region],
            "industry": [f"I{i:03d}" for i in industry],
            "employment": np.ceil(rng.lognormal(1.5, design.spread, design.plants)),
        }
    )
    return table, joint


def forms() -> list[Declaration]:
    """Every form whose kernel takes sums alone: an index of shares, by region or by industry."""
    grains = {("region",), ("industry",), ()}
    return [
        form
        for entry in REGISTRY.values()
        for form in entry.declarations
        if form.reads == "cells"
        and form.powers == (1,)
        and form.grain in grains
        and not form.components
        and not any(isinstance(value, str) and key in SIDES for key, value in form.options.items())
        and "establishment" in form.units
        and not RESCALED & set(map(str, form.options.items()))
    ]


SIDES = ("base", "within", "weight")
RESCALED = {
    *("('scale', 'half')", "('maximum', 1)", "('normalized', True)", "('log_base', 2)"),
    "('equivalent_number', True)",
}
"""Options that multiply an index by a constant, or show it on another scale."""


def truth(form: Declaration, joint: np.ndarray, table: pd.DataFrame) -> pd.Series:
    """The index of the probabilities, for what occurs in the table."""
    regions = np.array([int(name[1:]) for name in sorted(table["region"].unique())])
    industries = np.array([int(name[1:]) for name in sorted(table["industry"].unique())])
    with np.errstate(all="ignore"):
        value = form.kernel(joint)
    if not form.grain:
        return pd.Series([float(value)])
    kept = regions if form.grain == ("region",) else industries
    return pd.Series(value[kept])


def covered(
    design: Design, gamma: float, seed: int, names: Collection[str] = ()
) -> Iterator[dict[str, object]]:
    """Whether each method's interval of each index (of those named, if any) holds its truth."""
    table, joint = country(design, gamma, seed)
    for form in forms():
        if names and form.name not in names:
            continue
        true = truth(form, joint, table)
        options: dict[str, cs.inference.Inference] = {
            "bootstrap": cs.Bootstrap(draws=DRAWS, seed=seed),
            "jackknife": cs.Jackknife(),
        }
        if form.analytic is not None and form.analytic_gives == "interval":
            options["analytic"] = cs.Analytic()
        for method, option in options.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", cs.ClusterstatsWarning)
                result = REGISTRY[form.name].door(table, inference=option, **form.options)
            yield {
                "design": design.name,
                "gamma": gamma,
                "measure": form.name,
                "options": ", ".join(f"{k}={v!r}" for k, v in form.options.items()),
                "method": method,
                **tally(result, true.to_numpy()),
            }


def tally(result: pd.DataFrame, true: np.ndarray) -> dict[str, float]:
    """How many intervals there are, and how many hold what is true."""
    low, high = result["conf_low"].to_numpy(), result["conf_high"].to_numpy()
    known = ~np.isnan(low) & ~np.isnan(true)
    holds = (low - 1e-9 <= true) & (true <= high + 1e-9)
    return {
        "held": int(holds[known].sum()),
        "intervals": int(known.sum()),
        "rows": int((~np.isnan(true)).sum()),
        "width": float((high - low)[known].sum()),
    }


def simulate(replicates: int) -> pd.DataFrame:
    """Coverage by design, gamma, measure, form and method."""
    return summary(
        row
        for design in DESIGNS
        for gamma in GAMMAS
        for seed in range(FIRST, FIRST + replicates)
        for row in covered(design, gamma, seed)
    )


def summary(found: Iterable[dict[str, object]]) -> pd.DataFrame:
    """Shares of intervals that hold the truth, and of rows that have none."""
    rows = pd.DataFrame(found)
    values = ["held", "intervals", "rows", "width"]
    keys = [name for name in rows.columns if name not in values]
    groups = rows.groupby(keys, sort=False, dropna=False)[values]
    sums = groups.sum()
    return pd.DataFrame(
        {
            "replicates": groups.size(),
            "coverage": (sums["held"] / sums["intervals"]).round(3),
            "without_interval": (1 - sums["intervals"] / sums["rows"]).round(3),
            "mean_width": (sums["width"] / sums["intervals"]).round(4),
            "intervals": sums["intervals"],
        }
    ).reset_index()


def main() -> None:
    """Simulate, print and write the table."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    table = simulate(replicates)
    print(table.to_string(index=False))
    table.to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
