"""Generators stream: a file of a million rows takes the memory of a small one."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MOST_MEGABYTES = 60
"""A file five times as long may take this much more, for the allocator keeps what it freed."""
SCRIPT = """
import resource, sys
from clusterstats import datasets

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

path = sys.argv[1]
{small}
before = peak()
{large}
print(peak() - before)
"""
CALLS = {
    "sirene": ("make_sirene(path, establishments={}, seed=1)", 200_000, 1_000_000, "s.csv"),
    "parquet": ("make_sirene(path, establishments={}, seed=1)", 200_000, 1_000_000, "s.parquet"),
    "urssaf": ("make_urssaf(path, communes={}, industries=700, seed=1)", 1_500, 8_000, "u.csv"),
    "flores": ("make_flores(path, communes={}, seed=1)", 4_000, 20_000, "f.zip"),
    "wide": ("make_flores(path, communes={}, layout='wide', seed=1)", 7_000, 35_000, "f.zip"),
    "mesr": ("make_mesr(path, institutions={}, seed=1)", 200, 1_000, "m.csv"),
    "imdb": ("make_imdb(path, works={}, people=100_000, seed=1)", 50_000, 250_000, "imdb"),
}


@pytest.mark.parametrize("source", CALLS)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, source: str) -> None:
    call, few, many, name = CALLS[source]
    lines = (f"datasets.{call.format(count)}" for count in (few, many))
    script = SCRIPT.format(**dict(zip(("small", "large"), lines, strict=True)))
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / name)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) < MOST_MEGABYTES
