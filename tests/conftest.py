"""Where real data and reference values lie; tests that need them skip with a reason."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable, default))
    if not folder.is_dir():
        pytest.skip(f"no folder {folder.name!r}: set {variable} to run this test on real data")
    return folder


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The publishers' files, one folder a data set."""
    return _folder("CLUSTERSTATS_DATA", ROOT.parent / "shared" / "data")


@pytest.fixture(scope="session")
def reference_dir(data_dir: Path) -> Path:
    """What other programs and printed tables say the answers are."""
    return _folder("CLUSTERSTATS_REFERENCE", data_dir.parent / "reference")
