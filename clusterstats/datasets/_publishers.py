"""Files that publishers offer: a registry of where they are, and how one is fetched and checked."""

from __future__ import annotations

import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from clusterstats._files import write_atomic
from clusterstats.datasets._fetch import (
    Progress,
    cache_dir,
    checksum,
    download,
    require_address,
    require_checksum,
)
from clusterstats.errors import DatasetError, OptionError, SourceError

__all__ = ["PublishedFile", "get", "kept", "published", "recorded"]

REGISTRY = Path(__file__).with_name("publishers.toml")
MAGIC = {".gz": b"\x1f\x8b", ".parquet": b"PAR1"}


@dataclass(frozen=True)
class PublishedFile:
    """What is known about a publisher's file; printing it shows all of it.

    Attributes
    ----------
    name, title : str
        The name that `get` takes, and what the file holds.
    publisher, licence, vintage : str
        Who publishes it, under which terms, and of which date it is.
    address, file : str
        Where the publisher has it, and its name in the cache.
    confirmed : bool
        Whether the address stands in independent public programs or documentation; if not, it
        follows the publisher's pattern for a sibling file.
    updated_in_place : bool
        Whether the publisher replaces the file at the same address.
    sha256 : str
        Its checksum; empty where none is known.
    reader : str
        What reads it; empty where nothing in this package takes it as it is.
    notes : str
        What a user of the file should know.
    """

    name: str
    title: str
    publisher: str
    licence: str
    vintage: str
    address: str
    file: str
    confirmed: bool
    updated_in_place: bool
    sha256: str = ""
    reader: str = ""
    notes: str = ""

    def __str__(self) -> str:
        doubt = "" if self.confirmed else " (not confirmed: it may be wrong)"
        return "\n".join(
            [
                f"{self.name}: {self.title}",
                f"{self.publisher}; {self.licence}; {self.vintage}",
                f"address: {self.address}{doubt}",
                f"sha256: {self.sha256 or self._why_none()}",
                f"read by: {self.reader or 'nothing here as it is'}",
                self.notes,
            ]
        )

    def _why_none(self) -> str:
        if self.updated_in_place:
            return "none can be fixed, because the publisher replaces the file in place"
        return "not known here"


def published() -> dict[str, PublishedFile]:
    """Give every publisher's file that `get` knows, by name.

    Returns
    -------
    dict of str to PublishedFile
        The registry, sorted by name.

    Examples
    --------
    >>> from clusterstats import datasets
    >>> events = datasets.published()["insee_commune_events_2025"]
    >>> events.publisher, events.file
    ('INSEE', 'v_mvt_commune_2025.csv')
    """
    return dict(_registry())


@cache
def _registry() -> dict[str, PublishedFile]:
    entries = tomllib.loads(REGISTRY.read_text(encoding="utf-8"))
    return {name: PublishedFile(name=name, **fields) for name, fields in sorted(entries.items())}


def kept(name: str) -> Path | None:
    """Return where the user's cache has a publisher's file; none if it was not fetched."""
    place = cache_dir() / published()[name].file
    return place if place.is_file() else None


def get(
    name: str,
    *,
    sha256: str | None = None,
    accept: bool = False,
    folder: str | Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch a publisher's file into the user's cache, checked, and return where it is.

    Use it for data that do not travel with the package. A file that is there with the right
    checksum is not fetched again.

    Parameters
    ----------
    name : str
        One of the names that `published` gives.
    sha256 : str, optional
        The checksum that the file must have, 64 hexadecimal characters. By default that of the
        registry, else the one that an earlier `get` recorded.
    accept : bool
        Take the file as the publisher sends it today, also over one that is there, and record
        its checksum, so that later calls check against it.
    folder : str or Path, optional
        Where to keep it; by default the folder of `cache_dir`, where `harmonize` looks.
    progress : callable, optional
        Called during the download with the bytes received and those promised (None if the
        publisher does not say).

    Returns
    -------
    pathlib.Path
        The file, whole and checked. A checksum that is not in the registry lies beside it, in
        a file of the same name with ``.sha256``, as ``sha256sum --check`` reads it.

    Raises
    ------
    DatasetError
        No file has this name, no checksum is known and `accept` is false, or the folder can't be
        written to.
    SourceError
        The publisher can't be reached, refuses, or sends part of the file or another file.
    OptionError
        `sha256` is not a checksum, or comes with `accept`.

    Notes
    -----
    What fails or is interrupted leaves the folder as it was. An accepted checksum says that the
    file is the same as then, not that it was right then. A compressed file must look like one
    and a text not like a web page, since publishers answer with a page where a file has moved.

    Examples
    --------
    >>> import hashlib, pathlib, tempfile
    >>> from clusterstats import datasets
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "title.crew.tsv.gz").write_bytes(b"already here")
    ...     checksum = hashlib.sha256(b"already here").hexdigest()
    ...     datasets.get("imdb_title_crew", sha256=checksum, folder=folder).name
    'title.crew.tsv.gz'
    """
    entry = _entry(name)
    if accept and sha256 is not None:
        raise OptionError("sha256 and accept exclude each other; leave one out")
    require_address(entry.file, entry.address)
    place = (cache_dir() if folder is None else Path(folder)) / entry.file
    known = sha256 or (None if accept else entry.sha256 or recorded(place))
    wanted = None if known is None else require_checksum(known)
    if wanted is None and not accept:
        raise DatasetError(_no_checksum(entry))
    if wanted is not None and place.is_file() and checksum(place) == wanted:
        _record(entry, place, wanted)
        return place
    try:
        return download(place, entry.address, _check_of(entry, place, wanted), progress)
    except SourceError as error:
        if entry.confirmed:
            raise
        raise SourceError(f"{error} (the address of {name} is not confirmed)") from error


def _entry(name: str) -> PublishedFile:
    known = published()
    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        raise DatasetError(f"no publisher's file {name!r}{hint}; there are {', '.join(known)}")
    return known[name]


def _no_checksum(entry: PublishedFile) -> str:
    why = ", since the publisher replaces it in place" if entry.updated_in_place else ""
    return (
        f"no checksum is known for {entry.name}{why}: give the one that the file must have "
        "(--sha256, in Python sha256=), or take it as the publisher sends it and check later "
        "downloads against that (--accept, in Python accept=True)"
    )


def _check_of(entry: PublishedFile, place: Path, wanted: str | None) -> Callable[[Path, str], None]:
    """Return what a draft and its checksum go through before the file is put in its place."""

    def check(draft: Path, found: str) -> None:
        if wanted is not None and found != wanted:
            raise SourceError(
                f"{entry.name} from {entry.address} has sha256 {found}, not {wanted}: the "
                "publisher has changed the file, or something on the way did; nothing was kept "
                "(--accept, in Python accept=True, takes the new one)"
            )
        if not _looks_right(draft, Path(entry.file).suffix):
            raise SourceError(
                f"{entry.name}: what {entry.address} sent is not a whole "
                f"{Path(entry.file).suffix} file, perhaps a page that says why; look at the "
                "address; nothing was kept"
            )
        _record(entry, place, found)

    return check


def _looks_right(draft: Path, suffix: str) -> bool:
    """Say if a file begins, and where that is cheap ends, as its kind does."""
    if suffix == ".zip":
        return zipfile.is_zipfile(draft)
    with draft.open("rb") as file:
        start = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
        file.seek(max(0, draft.stat().st_size - 4))
        end = file.read()
    if suffix == ".parquet":
        return start[:4] == end == MAGIC[suffix]
    return start.startswith(MAGIC[suffix]) if suffix in MAGIC else start[:1] not in (b"", b"<")


def _beside(place: Path) -> Path:
    return place.with_name(f"{place.name}.sha256")


def recorded(place: Path) -> str | None:
    """Return the checksum that an earlier `get` recorded beside a file; none if there is none."""
    beside = _beside(place)
    words = beside.read_text(encoding="utf-8").split() if beside.is_file() else []
    return words[0] if words and len(words[0]) == 64 else None


def _record(entry: PublishedFile, place: Path, found: str) -> None:
    """Keep a checksum that the registry has not, before the file: a stop between asks again."""
    if found not in (entry.sha256, recorded(place)):
        write_atomic(_beside(place), f"{found}  {place.name}\n")
