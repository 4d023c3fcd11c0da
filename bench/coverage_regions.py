"""Coverage of nominal 95 % intervals that resample regions: the process that drew them is known.

`coverage_others` runs it. Three kinds of process: regions with establishments and a mix of
industries; regions with a quantity per head; regions that grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

import clusterstats as cs
from bench.coverage_shares import tally
from clusterstats.measures.declaration import REGISTRY

DRAWS = 199
GAMMAS = (0.0, 0.05)
FIRST = 7000
"""Seed of the first made-up regions."""
MANY = 20_000
AT_ONCE = 20
"""Replicates that one call takes, as industries of one table."""


@dataclass(frozen=True)
class Design:
    """Made-up regions: their number, plants and industries, and how unequal sizes are."""

    name: str
    regions: int
    industries: int
    plants: int
    spread: float


DESIGNS = [
    Design("lumpy establishments", 20, 6, 30, 1.6),
    Design("many small cells", 60, 20, 30, 1.0),
    Design("few regions", 6, 6, 150, 1.3),
    Design("many regions", 200, 6, 150, 1.0),
]
UNEQUAL = {"few regions": (8, 0.4), "unequal regions": (30, 1.0), "many regions": (100, 0.4)}
"""Of a quantity per head: how many regions, and the standard deviation of its logarithm."""


def methods(seed: int) -> dict[str, cs.inference.Inference]:
    """By region."""
    return {
        "bootstrap by region": cs.Bootstrap(unit="region", draws=DRAWS, seed=seed),
        "jackknife by region": cs.Jackknife(unit="region"),
    }


def covered(seed: int) -> Iterator[dict[str, object]]:
    """Whether each method's interval of each index holds its truth, in every design."""
    for design in DESIGNS:
        for gamma in GAMMAS:
            lead = {"unit": "region", "design": design.name, "gamma": gamma}
            for simulated in (indices, plants):
                yield from (lead | row for row in simulated(design, gamma, seed))
    for name in UNEQUAL:
        lead = {"unit": "region", "design": name, "gamma": np.nan}
        for simulated_growth in (disparities, convergence):
            yield from (lead | row for row in simulated_growth(name, seed))


# --- regions with establishments ------------------------------------------------------------

INDICES: list[tuple[str, dict[str, Any]]] = [
    ("proximity", {"diagonal": 0}),
    ("relatedness", {"norm": "association"}),
    ("relatedness", {"norm": "cosine"}),
    ("location_correlation", {"of": "employment"}),
    ("location_correlation", {"of": "location_quotients"}),
    ("locational_gini", {}),
    ("hoover_concentration", {}),
    ("krugman_concentration", {"reference": "total"}),
    ("theil_concentration", {"kind": "relative"}),
    ("kl_divergence", {"of": "table"}),
]


def process(design: Design, gamma: float, regions: int, seed: int) -> pd.DataFrame:
    """Establishments of regions drawn alike: sizes of regions, mixes around one mix, plants."""
    mix = np.random.default_rng(design.regions).dirichlet(np.full(design.industries, 3.0))
    rng = np.random.default_rng(np.random.SeedSequence([seed, regions]))
    size = rng.gamma(3.0, 1 / 3, regions)[:, None]
    own = mix if gamma == 0 else rng.dirichlet(mix * (1 - gamma) / gamma, regions)
    count = rng.poisson(design.plants * size * own)
    cell = np.repeat(np.arange(count.size), count.ravel())
    region, industry = np.divmod(cell, design.industries)
    employment = np.ceil(rng.lognormal(1.5, design.spread, len(cell)))
    return pd.DataFrame({"region": region, "industry": industry, "employment": employment})


@cache
def truths(design: Design, gamma: float) -> list[np.ndarray]:
    """The indices over very many regions of the process."""
    table = cells(process(design, gamma, MANY, 0))
    return [
        REGISTRY[name].door(table, **options)["estimate"].to_numpy() for name, options in INDICES
    ]


def cells(rows: pd.DataFrame) -> pd.DataFrame:
    """Sums of all regions and industries there are, with their codes as text."""
    square = rows.pivot_table(
        index="region", columns="industry", values="employment", aggfunc="sum", fill_value=0.0
    )
    table = square.reset_index().melt(id_vars="region", value_name="employment")
    region = "R" + table["region"].astype(str).str.zfill(5)
    industry = "I" + table["industry"].astype(str).str.zfill(2)
    return table.assign(region=region, industry=industry)


def indices(design: Design, gamma: float, seed: int) -> Iterator[dict[str, object]]:
    """Indices of industries that don't depend on how many regions there are."""
    table = cells(process(design, gamma, design.regions, seed + 1))
    if table["industry"].nunique() < design.industries:
        return
    for (name, options), true in zip(INDICES, truths(design, gamma), strict=True):
        for method, option in methods(seed).items():
            result = REGISTRY[name].door(table, inference=option, **options)
            yield labelled(name, options, "", method) | tally(result, true)


def plants(design: Design, gamma: float, seed: int) -> Iterator[dict[str, object]]:
    """Plant indices: Ellison and Glaeser's process, whose gamma is known, with base known."""
    rng = np.random.default_rng(np.random.SeedSequence([seed, 3]))
    x = rng.dirichlet(np.full(design.regions, 3.0))
    parts = []
    for k in range(AT_ONCE):
        p = x if gamma == 0 else rng.dirichlet(x * (1 - gamma) / gamma)
        region = rng.choice(design.regions, design.plants * 4, p=p)
        size = np.ceil(rng.lognormal(1.5, design.spread, len(region)))
        parts.append(pd.DataFrame({"region": region, "industry": f"I{k:02d}", "employment": size}))
    parts.append(pd.DataFrame({"region": range(design.regions), "industry": "else"}))
    table = pd.concat(parts, ignore_index=True).fillna({"employment": 1.0})
    table = table.assign(base=x[table["region"]], region="R" + table["region"].astype(str))
    table = table.assign(establishment=[f"{k:05d}" for k in range(len(table))])
    for door in (cs.ellison_glaeser, cs.maurel_sedillot):
        for method, option in methods(seed).items():
            result = door(table, base="base", inference=option)
            rows = result[(result["industry"] != "else") & (result["component"] == "gamma")]
            yield labelled(door.__name__, {}, "", method) | tally(rows, np.full(AT_ONCE, gamma))


def labelled(name: str, options: dict[str, Any], component: str, method: str) -> dict[str, object]:
    """Keys of a row."""
    said = ", ".join(f"{key}={value!r}" for key, value in options.items())
    return {"measure": name, "options": said, "component": component, "method": method}


# --- regions with a quantity per head -------------------------------------------------------


def disparities(name: str, seed: int) -> Iterator[dict[str, object]]:
    """Inequality of lognormal values, whose indices are known (Aitchison and Brown 1957)."""
    regions, s = UNEQUAL[name]
    rng = np.random.default_rng(np.random.SeedSequence([seed, 4]))
    table = pd.DataFrame(
        {
            "region": np.repeat([f"R{r:03d}" for r in range(regions)], AT_ONCE),
            "industry": [f"I{k:02d}" for k in range(AT_ONCE)] * regions,
            "income": np.exp(rng.normal(3, s, regions * AT_ONCE)),
            "people": np.repeat(rng.gamma(3.0, 1.0, regions), AT_ONCE),
        }
    )
    spread = np.sqrt(np.exp(s**2) - 1)
    known: list[tuple[str, dict[str, Any], float]] = [
        ("gini", {}, 2 * norm.cdf(s / np.sqrt(2)) - 1),
        ("gini", {"normalized": True}, 2 * norm.cdf(s / np.sqrt(2)) - 1),
        ("theil", {"kind": "t"}, s**2 / 2),
        ("theil", {"kind": "l"}, s**2 / 2),
        ("generalized_entropy", {"order": 2}, spread**2 / 2),
        ("atkinson", {"aversion": 0.5}, 1 - np.exp(-(s**2) / 4)),
        ("atkinson", {"aversion": 1}, 1 - np.exp(-(s**2) / 2)),
        ("williamson", {"weight": None}, spread),
        ("williamson", {"weight": "people"}, spread),
    ]
    for measure, options, true in known:
        for method, option in methods(seed).items():
            result = REGISTRY[measure].door(table, value="income", inference=option, **options)
            yield labelled(measure, options, "", method) | tally(result, np.full(AT_ONCE, true))


# --- regions that grow ----------------------------------------------------------------------

BETA, YEARS = -0.02, (2000, 2010)


def convergence(name: str, seed: int) -> Iterator[dict[str, object]]:
    """Beta and sigma convergence; errors are less equal where regions are."""
    regions, s = UNEQUAL[name]
    rng = np.random.default_rng(np.random.SeedSequence([seed, 5]))
    start = rng.normal(3, s, regions)
    uneven = np.where(start > 3, 1.5, 0.5) / np.sqrt(1.25) if name == "unequal regions" else 1.0
    error = rng.normal(0, 0.1, regions) * uneven
    end = start + 10 * (0.08 + BETA * start) + error
    table = pd.DataFrame(
        {
            "region": [f"R{r:03d}" for r in range(regions)] * 2,
            "year": np.repeat(YEARS, regions),
            "income": np.exp(np.r_[start, end]),
        }
    )
    later = np.sqrt((1 + 10 * BETA) ** 2 * s**2 + 0.1**2)
    speed = -np.log(1 + 10 * BETA) / 10
    for method, option in {"analytic": cs.Analytic(), **methods(seed)}.items():
        found = cs.beta_convergence(table, value="income", inference=option)
        for part, true in {"beta": BETA, "speed": speed, "half_life": np.log(2) / speed}.items():
            row = found[found["component"] == part]
            yield labelled("beta_convergence", {}, part, method) | tally(row, np.array([true]))
    for method, option in methods(seed).items():
        for ddof in (0, 1):
            options: dict[str, Any] = {"of": "level", "ddof": ddof}
            found = cs.sigma_convergence(table, value="income", inference=option, **options)
            row = labelled("sigma_convergence", options, "", method)
            yield row | tally(found, np.array([s, later]))
        found = cs.sigma_convergence(table, value="income", of="change", inference=option)
        for part, true in {"difference": later - s, "ratio": later / s}.items():
            rows = found[found["component"] == part]
            keys = labelled("sigma_convergence", {"of": "change"}, part, method)
            yield keys | tally(rows, np.array([true]))
