"""Relatedness, complexity and fitness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

import clusterstats as cs
from tests.reference.calls._tables import Call, Pair, employment, on_cells

ECI, FITNESS = cs.economic_complexity, cs.fitness


def part(
    door: Callable[..., pd.DataFrame], name: str, **options: object
) -> Callable[[Path], pd.DataFrame]:
    """The rows of one component, with its own key alone."""

    def rows(folder: Path) -> pd.DataFrame:
        result = door(employment(folder), **options)
        own = result[result["component"] == name]
        return own.drop(columns=["component", *own.columns[own.isna().all()]])

    return rows


def region_proximity(folder: Path) -> pd.DataFrame:
    """Proximity of regions: regions and industries exchanged."""
    cells = employment(folder)[["region", "industry", "year", "employment"]]
    turned = cells.rename(columns={"region": "industry", "industry": "region"})
    return cs.proximity(turned).rename(columns={"industry": "region", "industry2": "region2"})


def distance(folder: Path) -> pd.DataFrame:
    """What is missing from density to 1."""
    density = cs.relatedness_density(employment(folder), diagonal=0)
    return density.assign(estimate=1 - density["estimate"])


def crossing(column: str) -> Callable[[Path], pd.DataFrame]:
    """Entries or exits from 2019 to 2023, at the later year."""

    def rows(folder: Path) -> pd.DataFrame:
        result = cs.entry_exit(employment(folder), years=(2019, 2023))
        keyed = result.drop(columns="year").rename(columns={"year2": "year"})
        return keyed.assign(estimate=keyed[column])

    return rows


CALLS: dict[Pair, Call] = {
    ("diversity", "count_rca_ge_1"): Call(on_cells(cs.diversity_count)),
    ("diversity", "count_lq_ge_1"): Call(on_cells(cs.diversity_count)),
    ("ubiquity", "count_rca_ge_1"): Call(on_cells(cs.ubiquity)),
    ("ubiquity", "count_lq_ge_1"): Call(on_cells(cs.ubiquity)),
    ("proximity", "industry_min_conditional"): Call(on_cells(cs.proximity)),
    ("proximity", "industry_min_conditional_zero_diagonal"): Call(
        on_cells(cs.proximity, diagonal=0)
    ),
    ("proximity", "region_min_conditional"): Call(region_proximity),
    **{
        ("relatedness", f"{theirs}_cooccurrence_totals"): Call(on_cells(cs.relatedness, norm=ours))
        for theirs, ours in {
            "prob": "probability",
            "association": "association",
            "cosine": "cosine",
            "jaccard": "jaccard",
        }.items()
    },
    ("relatedness_density", "hidalgo_proximity"): Call(on_cells(cs.relatedness_density)),
    ("relatedness_density", "hidalgo_proximity_zero_diagonal"): Call(
        on_cells(cs.relatedness_density, diagonal=0)
    ),
    ("relatedness_density", "hidalgo_proximity_zero_diagonal_percent"): Call(
        on_cells(cs.relatedness_density, diagonal=0), scale=100
    ),
    ("relatedness_density", "percent_rounded_2_prob"): Call(
        on_cells(cs.relatedness_density, norm="probability"), scale=100, digits=2
    ),
    ("relatedness_distance", "hidalgo_proximity_zero_diagonal"): Call(distance),
    ("eci", "eigenvector_zscore_ddof0"): Call(part(ECI, "eci")),
    ("eci", "eigenvector_zscore_ddof1"): Call(part(ECI, "eci", ddof=1)),
    ("eci", "fermi_default"): Call(part(ECI, "eci")),
    ("pci", "eigenvector_zscore_ddof0"): Call(part(ECI, "pci")),
    ("pci", "eigenvector_zscore_ddof1"): Call(part(ECI, "pci", ddof=1)),
    ("pci", "eigenvector_scaled_by_eci_mean_sd"): Call(part(ECI, "pci", scaling="harvard")),
    ("pci", "fermi_default"): Call(part(ECI, "pci")),
    **{
        (measure, f"fitness_{n}_updates"): Call(part(FITNESS, name, iterations=n))
        for n in (1, 5, 19, 20)
        for measure, name in {"fitness": "fitness", "fitness_complexity": "complexity"}.items()
    },
    ("fitness", "fermi_default"): Call(part(FITNESS, "fitness", iterations="converged")),
    ("fitness_complexity", "fermi_default"): Call(
        part(FITNESS, "complexity", iterations="converged")
    ),
    ("entry", "lq_ge_1"): Call(crossing("entry")),
    ("exit", "lq_ge_1"): Call(crossing("exit")),
}

COUNTS = "econcomplex takes counts of regions for S and the number of regions for T"
REFLECTIONS = "a fixed number of reflections, still some percent from the eigenvector: "
SAME_STEP = "econcomplex takes complexity from the fitness of the same step, not of the one before"

EXCLUDED: dict[Pair, str] = {
    ("eci", "kci_sum_to_one_matrix_rounded_4"): (
        "EconGeo rounds the matrix to 4 digits, divides by the sum, and signs by reflections"
    ),
    ("pci", "tci_sum_to_one_matrix_rounded_4"): (
        "EconGeo rounds the matrix to 4 digits, divides by the sum, and signs apart from ECI"
    ),
    ("pci", "eigenvector_zscore_ddof0_SIGN_SUSPECT"): (
        "econcomplex signs PCI by ubiquity, apart from ECI: the same numbers, negative"
    ),
    ("eci", "reflections_19_updates"): f"{REFLECTIONS}18",
    ("pci", "reflections_19_updates"): f"{REFLECTIONS}19",
    ("eci", "reflections_20_zscore_ddof1"): f"{REFLECTIONS}18",
    ("pci", "reflections_20_zscore_ddof1"): f"{REFLECTIONS}19",
    ("eci", "reflections_zscore_ddof0"): f"{REFLECTIONS}20",
    ("pci", "reflections_zscore_ddof0_SIGN_SUSPECT"): f"{REFLECTIONS}20, and the other sign",
    ("fitness", "20_iterations_complexity_from_new_fitness"): SAME_STEP,
    ("fitness_complexity", "20_iterations_complexity_from_new_fitness"): SAME_STEP,
    **{
        ("relatedness", f"{norm}_occurrence_counts"): COUNTS
        for norm in ("probability", "association", "cosine", "jaccard")
    },
    ("proximity", "industry_sqrt"): (
        "C_ij / sqrt(u_i u_j) with a diagonal of 0; the paper divides by the larger of the two"
    ),
}
