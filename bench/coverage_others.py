"""Coverage of nominal 95 % intervals of the families that `coverage_shares` does not take.

    python -m bench.coverage_others [REPLICATES]

writes docs/coverage_others.csv. By establishment: pairs of industries, plant indices, pairs of
regions, varieties, shift-share, on the countries of `coverage_shares`. By region: see
`coverage_regions`. An interval is right if it holds the index of the known probabilities (of the
known process).
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

import clusterstats as cs
from bench import coverage_regions
from bench.coverage_shares import DESIGNS, GAMMAS, Design, country, summary, tally
from clusterstats.measures.declaration import REGISTRY

OUT = Path(__file__).resolve().parents[1] / "docs" / "coverage_others.csv"
DRAWS = 99


@dataclass(frozen=True)
class Country:
    """Establishments, and what they were drawn with."""

    table: pd.DataFrame
    joint: np.ndarray

    @property
    def places(self) -> np.ndarray:
        """Probabilities of regions for each industry (region, industry)."""
        return self.joint / self.joint.sum(axis=0)

    @property
    def base(self) -> np.ndarray:
        """Probabilities of regions for all employment."""
        return self.joint.sum(axis=1)

    @property
    def plants(self) -> np.ndarray:
        """Number of establishments of each industry."""
        code = self.table["industry"].str[1:].astype(int)
        return np.bincount(code, minlength=self.joint.shape[1])

    @property
    def lumps(self) -> np.ndarray:
        """Herfindahl index of each industry's establishments."""
        size = self.table.groupby("industry")["employment"].agg(["sum", lambda e: (e**2).sum()])
        return (size.iloc[:, 1] / size.iloc[:, 0] ** 2).to_numpy()


Truth = Callable[[Country], np.ndarray]


@dataclass(frozen=True)
class Case:
    """A measure in one form, and what its estimate estimates."""

    measure: str
    truth: Truth
    options: Mapping[str, object] = field(default_factory=dict)


# --- truths ---------------------------------------------------------------------------------


def upper(square: np.ndarray) -> np.ndarray:
    """Each pair once."""
    return square[np.triu_indices(len(square), 1)]


def pair_covariance(known: Country, x: np.ndarray) -> np.ndarray:
    """Ellison-Glaeser-Kerr index of the probabilities."""
    apart = known.places - x[:, None]
    return upper(apart.T @ apart / (1 - (x**2).sum()))


def pair_probability(known: Country) -> np.ndarray:
    """Maurel-Sédillot index of the probabilities of two industries."""
    p, second = known.places, (known.base**2).sum()
    return upper((p.T @ p - second) / (1 - second))


def plant_covariance(known: Country) -> np.ndarray:
    """Ellison-Glaeser gamma of the probabilities."""
    x = known.base
    return ((known.places - x[:, None]) ** 2).sum(axis=0) / (1 - (x**2).sum())


def plant_probability(known: Country) -> np.ndarray:
    """Maurel-Sédillot gamma of the probabilities."""
    second = (known.base**2).sum()
    return ((known.places**2).sum(axis=0) - second) / (1 - second)


def devereux(known: Country) -> np.ndarray:
    """Mean of alpha over locations, given the sizes: E sum s^2 = H + (1 - H) sum p^2."""
    n = known.plants
    apart = (1 - known.lumps) * (known.places**2).sum(axis=0)
    return apart - 1 / np.minimum(n, len(known.joint)) + 1 / n


def excess(known: Country, reference: str) -> np.ndarray:
    """Mean of CL less the mean of what shuffled sites give."""
    together = known.places.T @ known.places
    if reference == "all":
        return upper(together - (known.base**2).sum())
    n = known.plants.astype(float)
    own = n * (n - 1) * np.diagonal(together)
    total = np.add.outer(n, n)
    sites = np.add.outer(own, own) + 2 * np.outer(n, n) * together
    return upper(together - sites / (total * (total - 1)))


def correlation(known: Country, of: str) -> np.ndarray:
    """Pearson correlation over regions of the probabilities, or of their quotients."""
    y = known.places / known.base[:, None] if of == "location_quotients" else known.joint
    with np.errstate(all="ignore"):
        spread = y.std(axis=0)
        r = np.corrcoef(y.T)
    flat = spread < 1e-12 * y.max()
    r[flat] = r[:, flat] = np.nan
    return upper(r)


def mixes(known: Country) -> np.ndarray:
    """Probabilities of industries for each region that the table has (region, industry)."""
    kept = sorted(known.table["region"].str[1:].astype(int).unique())
    joint = known.joint[kept]
    return joint / joint.sum(axis=1, keepdims=True)


def apart(known: Country) -> np.ndarray:
    """Krugman index of each pair of regions."""
    mix = mixes(known)
    return upper(np.abs(mix[:, None] - mix).sum(axis=-1))


def overlap(known: Country) -> np.ndarray:
    """Common part of each pair of regions."""
    mix = mixes(known)
    return upper(np.minimum(mix[:, None], mix).sum(axis=-1))


def variety(known: Country, is_related: bool) -> np.ndarray:
    """Entropy between sections of two industries each, or the rest of the whole, in bits."""
    mix = mixes(known)
    sections = mix[:, ::2] + mix[:, 1::2]
    between = -(sections * np.log2(sections)).sum(axis=1)
    with np.errstate(all="ignore"):
        whole = -np.where(mix > 0, mix * np.log2(mix), 0.0).sum(axis=1)
    return whole - between if is_related else between


KERR = {"method": "ellison_glaeser_kerr"}
CASES = [
    Case("ellison_glaeser", plant_covariance),
    Case("maurel_sedillot", plant_probability),
    Case("devereux_griffith_simpson", devereux),
    Case(
        "coagglomeration",
        lambda known: pair_covariance(known, known.base),
        {**KERR, "reference": "total"},
    ),
    Case(
        "coagglomeration",
        lambda known: pair_covariance(known, known.places.mean(axis=1)),
        {**KERR, "reference": "mean_share"},
    ),
    Case(
        "coagglomeration",
        lambda known: pair_covariance(known, known.base),
        {"method": "ellison_glaeser_group"},
    ),
    Case("coagglomeration", pair_probability, {"method": "maurel_sedillot"}),
    *(
        Case("colocation", partial(excess, reference=name), {"reference": name})
        for name in ("pair", "all")
    ),
    *(
        Case("location_correlation", partial(correlation, of=name), {"of": name})
        for name in ("employment", "location_quotients")
    ),
    Case("krugman_specialization", apart, {"reference": "pairs"}),
    Case("structural_overlap", overlap),
    Case("related_variety", partial(variety, is_related=True), {"within": "section"}),
    Case("unrelated_variety", partial(variety, is_related=False), {"within": "section"}),
]

# --- simulation -----------------------------------------------------------------------------


def methods(seed: int) -> dict[str, cs.inference.Inference]:
    """By establishment."""
    return {"bootstrap": cs.Bootstrap(draws=DRAWS, seed=seed), "jackknife": cs.Jackknife()}


def covered(design: Design, gamma: float, seed: int) -> Iterator[dict[str, object]]:
    """Whether each method's interval of each index holds its truth."""
    table, joint = country(design, gamma, seed)
    section = "S" + (table["industry"].str[1:].astype(int) // 2).astype(str).str.zfill(2)
    known = Country(table.assign(section=section), joint)
    if table["industry"].nunique() < joint.shape[1]:
        return  # a country without one of its industries: its pairs are not those of the truth
    for case in CASES:
        true = case.truth(known)
        for method, option in methods(seed).items():
            result = REGISTRY[case.measure].door(known.table, inference=option, **case.options)
            if "component" in result:
                result = result[result["component"] == result["component"].iloc[0]]
            named = {"measure": case.measure, "options": said(case.options), "component": ""}
            yield {**named, "method": f"{method} by establishment", **tally(result, true)}


def said(options: Mapping[str, object]) -> str:
    """Options as they are typed."""
    return ", ".join(f"{name}={value!r}" for name, value in options.items())


def shifted(design: Design, gamma: float, seed: int) -> Iterator[dict[str, object]]:
    """The same of the pieces of shift-share: plants are born, die and grow as their cell does."""
    table, joint = country(design, gamma, seed)
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    factor = np.exp(rng.normal(0.1, 0.15, joint.shape))
    cell = (table["region"].str[1:].astype(int), table["industry"].str[1:].astype(int))
    size = rng.lognormal(1.5, design.spread, len(table))
    later = size * factor[cell] * rng.lognormal(-0.02, 0.2, len(table))
    there = rng.choice(["both", "first", "last"], len(table), p=[0.8, 0.1, 0.1])
    years = [
        table.assign(year=2010, employment=size)[there != "last"],
        table.assign(year=2020, employment=later)[there != "first"],
    ]
    both = pd.concat(years, ignore_index=True)
    before = joint * (0.9 * len(table) * np.exp(1.5 + design.spread**2 / 2))
    truths = pieces(before, before * factor)
    kept = sorted(cell[0].unique())
    if both["region"].nunique() < len(kept) or both["industry"].nunique() < joint.shape[1]:
        return
    for method, option in methods(seed).items():
        for form, parts in truths.items():
            result = cs.shift_share(both, method=form, inference=option)  # type: ignore[arg-type]
            for name, true in parts.items():
                rows = result[result["component"] == name]
                named = {"measure": "shift_share", "options": f"method={form!r}", "component": name}
                yield {**named, "method": f"{method} by establishment", **tally(rows, true[kept])}


def pieces(before: np.ndarray, after: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Dunn's components of each region and the factors of Gerfin, from the textbook."""
    nation = after.sum() / before.sum()
    expected = (before * (after.sum(axis=0) / before.sum(axis=0))).sum(axis=1)
    start, end = before.sum(axis=1), after.sum(axis=1)
    return {
        "dunn": {
            "growth": end - start,
            "national_share": start * (nation - 1),
            "industrial_mix": expected - start * nation,
            "regional_share": end - expected,
        },
        "gerfin": {
            "growth": end / start,
            "industrial_mix": expected / start / nation,
            "regional_share": end / expected,
        },
    }


def simulate(replicates: int, first: int = 0) -> pd.DataFrame:
    """Coverage by measure, form, component, method, design and gamma."""
    rows: list[dict[str, object]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cs.ClusterstatsWarning)
        for seed in range(first, first + replicates):
            for design in DESIGNS[:4]:
                for gamma in GAMMAS:
                    for simulated in (covered, shifted):
                        lead = {"unit": "establishment", "design": design.name, "gamma": gamma}
                        rows += [lead | row for row in simulated(design, gamma, seed)]
            rows += coverage_regions.covered(coverage_regions.FIRST + seed)
    return summary(rows)


def main() -> None:
    """Simulate, print and write the table."""
    replicates = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    table = simulate(replicates)
    print(table.to_string(index=False))
    table.to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
