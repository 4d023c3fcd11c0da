"""The registry of publishers' files, and how one is fetched, checked, accepted and refused."""

import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clusterstats import datasets
from clusterstats.datasets import _publishers
from clusterstats.datasets._publishers import kept, recorded
from clusterstats.errors import DatasetError, OptionError, SourceError
from tests.serving import Shelf, serving

NAME = "insee_communes_2025"
FILE = "v_commune_2025.csv"
CONTENT = b"TYPECOM,COM\nCOM,93066\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Shelf]:
    """Every file of the registry is asked of this machine; the cache is a new folder."""
    monkeypatch.setenv("CLUSTERSTATS_CACHE", str(tmp_path / "cache"))
    with serving(monkeypatch) as shelf:
        entries = {
            name: replace(file, address=f"{shelf.address}/{file.file}")
            for name, file in datasets.published().items()
        }
        monkeypatch.setattr(_publishers, "_registry", lambda: entries)
        yield shelf


def cache_files(tmp_path: Path) -> set[str]:
    return {file.name for file in (tmp_path / "cache").rglob("*") if file.is_file()}


@pytest.mark.parametrize("file", datasets.published().values(), ids=lambda file: file.name)
def test_entries_are_whole(file: datasets.PublishedFile) -> None:
    assert urlsplit(file.address).scheme == "https"
    assert all((file.title, file.publisher, file.licence, file.vintage, file.notes))
    assert Path(file.file).suffix in {".csv", ".gz", ".parquet", ".zip"}
    assert not (file.updated_in_place and file.sha256)
    if file.reader:
        module, name = file.reader.rsplit(".", 1)
        assert callable(getattr(import_module(f"clusterstats.{module}"), name))


def test_names_and_files_differ() -> None:
    files = datasets.published()
    assert len({file.file for file in files.values()}) == len(files)
    assert not set(files) & set(datasets.list()["name"])


def test_what_is_shown_says_what_is_not_known() -> None:
    files = datasets.published()
    assert "not confirmed: it may be wrong" in str(files["cbp_msa_2019"])
    assert "not confirmed" not in str(files[NAME])
    assert "replaces the file in place" in str(files["sirene_establishments"])
    assert "sha256: not known here" in str(files[NAME])


def test_no_checksum_is_refused_before_anything_is_asked(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files[FILE] = CONTENT
    with pytest.raises(DatasetError, match=r"no checksum is known for insee_communes_2025: .*acc"):
        datasets.get(NAME)
    with pytest.raises(DatasetError, match="since the publisher replaces it in place"):
        datasets.get("imdb_title_basics")
    assert shelf.asked == []
    assert cache_files(tmp_path) == set()
    assert kept(NAME) is None


def test_an_accepted_file_is_checked_from_then_on(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files[FILE] = CONTENT
    place = datasets.get(NAME, accept=True)
    assert place == tmp_path / "cache" / FILE == kept(NAME)
    assert place.read_bytes() == CONTENT
    assert recorded(place) == SHA256
    assert datasets.get(NAME) == place
    assert shelf.asked == [FILE]
    place.write_bytes(b"damaged")
    assert datasets.get(NAME).read_bytes() == CONTENT
    assert shelf.asked == [FILE, FILE]


def test_a_file_that_changed_is_refused_until_accepted(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files[FILE] = CONTENT
    place = datasets.get(NAME, accept=True)
    place.unlink()
    shelf.files[FILE] = CONTENT + b"COM,75056\n"
    with pytest.raises(SourceError, match=rf"not {SHA256}: the publisher has changed.*--accept"):
        datasets.get(NAME)
    assert cache_files(tmp_path) == {f"{FILE}.sha256"}
    assert datasets.get(NAME, accept=True).read_bytes() == shelf.files[FILE]
    assert recorded(place) == hashlib.sha256(shelf.files[FILE]).hexdigest()


def test_a_checksum_that_is_given_is_required_and_kept(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files[FILE] = CONTENT
    with pytest.raises(SourceError, match=rf"has sha256 {SHA256}, not 0{{64}}"):
        datasets.get(NAME, sha256="0" * 64)
    assert cache_files(tmp_path) == set()
    place = datasets.get(NAME, sha256=SHA256.upper())
    assert recorded(place) == SHA256
    assert datasets.get(NAME) == place


def test_a_file_put_there_by_hand_is_not_asked_for(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / FILE).write_bytes(CONTENT)
    datasets.get(NAME, sha256=SHA256, folder=tmp_path / "mine")
    assert shelf.asked == []
    assert kept(NAME) is None


def test_a_checksum_of_the_registry_needs_no_word(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = {NAME: replace(datasets.published()[NAME], sha256=SHA256)}
    monkeypatch.setattr(_publishers, "_registry", lambda: entries)
    shelf.files[FILE] = CONTENT
    datasets.get(NAME)
    assert cache_files(tmp_path) == {FILE}


PAGE = b"<!DOCTYPE html><html><body>moved</body></html>"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (NAME, PAGE),
        (NAME, b"\xef\xbb\xbf\r\n" + PAGE),
        (NAME, b""),
        ("insee_zonings_2025", PAGE),
        ("insee_zonings_2025", zipped("a.xlsx", b"a" * 5_000)[:3_000]),
        ("imdb_title_crew", PAGE),
        ("sirene_establishments", PAGE),
        ("sirene_establishments", b"PAR1" + b"x" * 1_000),
        ("sirene_establishments", b""),
    ],
)
def test_another_kind_of_file_is_not_accepted(
    shelf: Shelf, tmp_path: Path, name: str, content: bytes
) -> None:
    shelf.files[datasets.published()[name].file] = content
    with pytest.raises(SourceError, match=r"is not a whole \.\w+ file, perhaps a page"):
        datasets.get(name, accept=True)
    assert cache_files(tmp_path) == set()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("insee_zonings_2025", zipped("a.xlsx", b"a")),
        ("imdb_title_crew", gzip.compress(b"tconst\tdirectors\twriters\n")),
        ("sirene_establishments", b"PAR1....PAR1"),
    ],
    ids=["zip", "gzip", "Parquet"],
)
def test_its_own_kind_is_accepted(shelf: Shelf, name: str, content: bytes) -> None:
    shelf.files[datasets.published()[name].file] = content
    assert datasets.get(name, accept=True).read_bytes() == content


def test_a_truncated_download_leaves_what_was(shelf: Shelf, tmp_path: Path) -> None:
    shelf.files[FILE] = CONTENT
    datasets.get(NAME, accept=True)
    shelf.cut.add(FILE)
    with pytest.raises(SourceError, match=r"sent 22 of 122 bytes; try again"):
        datasets.get(NAME, accept=True)
    assert (tmp_path / "cache" / FILE).read_bytes() == CONTENT
    assert cache_files(tmp_path) == {FILE, f"{FILE}.sha256"}


def test_offline(shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(datasets.published()[NAME], address="http://127.0.0.1:9/a.csv")
    monkeypatch.setattr(_publishers, "_registry", lambda: {NAME: entry})
    with pytest.raises(SourceError, match=r"can't be reached .*connect to the network"):
        datasets.get(NAME, accept=True)
    assert cache_files(tmp_path) == set()


def test_an_interruption_leaves_nothing(shelf: Shelf, tmp_path: Path) -> None:
    def stop(received: int, promised: int | None) -> None:
        assert (received, promised) == (len(CONTENT), len(CONTENT))
        raise KeyboardInterrupt("stopped")

    shelf.files[FILE] = CONTENT
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        datasets.get(NAME, accept=True, progress=stop)
    assert cache_files(tmp_path) == set()


def test_bad_arguments(shelf: Shelf) -> None:
    with pytest.raises(DatasetError, match="no publisher's file 'insee_communes'; the nearest is"):
        datasets.get("insee_communes")
    with pytest.raises(OptionError, match="sha256 and accept exclude each other"):
        datasets.get(NAME, sha256=SHA256, accept=True)
    with pytest.raises(OptionError, match="is not 64 hexadecimal characters"):
        datasets.get(NAME, sha256="abc")
    assert shelf.asked == []
