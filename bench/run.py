"""Time what we do beside its peers; every figure is a ratio taken in one run.

    python bench/run.py [--peers FOLDER] [--only NAME]

FOLDER holds the peers that need an older pandas (see `bench/complexity.py`).
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import clusterstats as cs
from bench import (
    bootstrap,
    coagglomeration,
    complexity,
    imdb,
    location_quotient,
    measures,
    plants,
    sirene,
)
from bench.timing import paired


def of_cells() -> None:
    """Location quotients, and six measures in one call."""
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


def of_plants() -> None:
    """Plant indices, from registers that are sorted by identifier and shuffled."""
    listed = plants.register()
    for order in ("sorted", "shuffled"):
        table = listed if order == "sorted" else listed.sample(frac=1, random_state=1)
        table = table.reset_index(drop=True)
        assert plants.same(plants.ours(table), plants.bare_numpy(table))
        for door in (cs.ellison_glaeser, cs.maurel_sedillot):
            paired(
                f"{door.__name__}, {len(table):,} establishments, {order}, against numpy that "
                f"checks identifiers",
                partial(door, table),
                partial(plants.bare_numpy, table, is_checked=True),
            )


def of_pairs() -> None:
    """Coagglomeration of all pairs."""
    cells = coagglomeration.national()
    peer = coagglomeration.bare_numpy(cells)
    for method in ("ellison_glaeser_kerr", "ellison_glaeser_group", "maurel_sedillot"):
        paired(
            f"coagglomeration {method}, {len(peer):,} pairs, against numpy's product for "
            f"ellison_glaeser_kerr",
            partial(cs.coagglomeration, cells, method=method),
            partial(coagglomeration.bare_numpy, cells),
        )


def of_draws(establishments: int = 1_000_000, draws: int = 19) -> None:
    """Bootstrap by establishment."""
    table = bootstrap.plants(establishments)
    paired(
        f"ellison_glaeser, {establishments:,} establishments, {draws} bootstrap draws, against "
        f"pandas that samples rows and numpy",
        partial(bootstrap.ours, table, draws),
        partial(bootstrap.plain_pandas, table, draws),
        rounds=3,
    )


def main() -> None:
    """Run every benchmark, or one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", help="folder with the peers that need an older pandas")
    works = {
        "cells": of_cells,
        "plants": of_plants,
        "pairs": of_pairs,
        "complexity": lambda: complexity.compare(given.peers),
        "draws": of_draws,
        "sirene": lambda: sirene.main([]),
        "imdb": imdb.compare,
    }
    parser.add_argument("--only", choices=works, help="one benchmark instead of all")
    given = parser.parse_args()
    for name, work in works.items():
        if given.only in (None, name):
            work()


if __name__ == "__main__":
    main()
