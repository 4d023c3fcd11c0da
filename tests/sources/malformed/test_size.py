"""Files that swell: lines without an end and bombs, read in a bounded memory."""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import clusterstats as cs
from tests.sources.malformed.verdicts import refuses

BASE_MB = 250
"""What Python and the packages take before a file is read, with room."""
PROGRAM = """
import sys
import clusterstats as cs
reader, path = sys.argv[1:]
try:
    getattr(cs, reader)(path, report=lambda report: None).collect()
    print("accepted")
except cs.errors.ClusterstatsError as error:
    print(error)
except Exception as error:
    print("another kind of error:", type(error))
status = open("/proc/self/status").read()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""
MB = 1 << 20
MEASURED = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the memory of a process is not told here"
)


def outcome(reader: str, path: Path) -> tuple[str, int]:
    """What is said of a file, and the most memory that it took, in megabytes."""
    command = [sys.executable, "-c", PROGRAM, reader, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=True)
    said, peak = done.stdout.strip().rsplit("\n", 1)
    return said, int(peak)


def endless(path: Path, megabytes: int, head: bytes) -> None:
    """A line of letters after `head`, in gzip if the name says so."""
    with path.open("wb") as file:
        for piece in (head, *(b"a" * MB for _ in range(megabytes))):
            file.write(gzip.compress(piece, 1) if path.suffix == ".gz" else piece)


HEADER = b"region;industry;employment\n01;59.11A;3\n"
SLOW = pytest.mark.slow


@MEASURED
@pytest.mark.parametrize(
    ("name", "megabytes", "head"),
    [
        pytest.param("e.csv", 64, b"", id="header-64"),
        pytest.param("e.csv", 64, HEADER, id="value-64", marks=SLOW),
        pytest.param("e.csv.gz", 64, b"", id="gzip-header-64", marks=SLOW),
        pytest.param("e.csv.gz", 64, HEADER, id="gzip-value-64", marks=SLOW),
        pytest.param("e.csv", 1024, b"", id="header-1024", marks=SLOW),
        pytest.param("e.csv", 1024, HEADER, id="value-1024", marks=SLOW),
        pytest.param("e.csv.gz", 1024, b"", id="gzip-header-1024", marks=SLOW),
        pytest.param("e.csv.gz", 1024, HEADER, id="gzip-value-1024", marks=SLOW),
    ],
)
def test_a_line_without_end(name: str, megabytes: int, head: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    endless(path, megabytes, head)
    said, peak = outcome("read_table", path)
    assert said.startswith(name)
    assert len(said) < 600
    assert peak < BASE_MB + 64


LONG = "a" * 200_000


def test_a_long_text_is_a_text(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(f"region;name;employment\n01;{LONG};3\n", encoding="utf-8")
    assert cs.read_table(path).collect().rows() == [("01", LONG, 3.0)]


@pytest.mark.parametrize(
    "text",
    [LONG, f"{LONG};x\n01;2\n", f"region;name;employment\n01;{LONG};3\n02;x;many\n"],
    ids=["only a header", "a header", "a value above a wrong one"],
)
def test_a_long_text_does_not_hide_what_is_wrong(text: str, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(text, encoding="utf-8")
    refuses(cs.read_table, path)


@MEASURED
@pytest.mark.slow
@pytest.mark.parametrize("reader", ["read_sirene", "read_flores"])
def test_a_zip_bomb(reader: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("a.csv", "w", force_zip64=True) as member,
    ):
        for _ in range(2048):
            member.write(bytes(MB))
    said, peak = outcome(reader, path)
    assert "would swell" in said
    assert peak < BASE_MB + 64
