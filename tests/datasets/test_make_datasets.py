"""The scripts: each carried table is what its script makes from the publisher's files."""

import gzip
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from clusterstats import datasets
from clusterstats.datasets import _catalog
from clusterstats.errors import DatasetError

ROOT = Path(__file__).resolve().parents[2]
MADE = [name for name, about in _catalog.catalog().items() if about.made_by]


@pytest.fixture(scope="module")
def making() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_datasets", ROOT / "datasets" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_ten_tables_are_made() -> None:
    assert len(MADE) == 10


@pytest.mark.parametrize("name", MADE)
def test_carried_table_is_the_made_one(name: str, making: ModuleType, data_dir: Path) -> None:
    about = datasets.describe(name)
    content = (about.folder / about.file).read_bytes()
    carried = gzip.decompress(content) if about.file.endswith(".gz") else content
    assert making.to_text(making.build_function(about)(data_dir)) == carried.decode()


def test_data_files_are_small_or_packed() -> None:
    for about in _catalog.catalog().values():
        content = (about.folder / about.file).read_bytes()
        assert b"\r" not in content or about.file.endswith(".gz")
        assert len(content) < 250_000
        assert about.file.endswith(".csv.gz") or len(content) < 150_000


def test_packing_is_repeatable_and_says_when_it_is_needed(making: ModuleType) -> None:
    packed = making.pack("a\n1\n", "a.csv.gz")
    assert packed == making.pack("a\n1\n", "a.csv.gz")
    assert packed[4:8] == bytes(4)  # the time in the header
    with pytest.raises(DatasetError, match=r"name it a\.csv\.gz"):
        making.pack("a" * 200_000, "a.csv")


def test_absent_publishers_files_are_said(
    making: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(tmp_path / "none"))
    with pytest.raises(DatasetError, match="set CLUSTERSTATS_DATA"):
        making.publishers_folder()


def test_licences_table_is_current(making: ModuleType) -> None:
    written = (ROOT / "datasets" / "LICENSES.md").read_text(encoding="utf-8")
    assert written == making.licences(_catalog.catalog().values())


def test_odbl_table_has_its_notice() -> None:
    notice = (ROOT / "datasets" / "urssaf" / "ODbL-NOTICE.md").read_text(encoding="utf-8")
    assert "Source : Urssaf" in notice
    assert datasets.describe("urssaf_rouen").file in notice
