"""Files of publishers, downloaded once into the user's cache and checked."""

from __future__ import annotations

import hashlib
import http.client
import os
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeAlias
from urllib.parse import urlsplit

from clusterstats.errors import DatasetError, OptionError, SourceError

__all__ = [
    "Progress",
    "cache_dir",
    "checksum",
    "download",
    "fetch",
    "require_address",
    "require_checksum",
]

BLOCK = 1 << 20
TIMEOUT_SECONDS = 60

Progress: TypeAlias = Callable[[int, int | None], object]
"""Takes the bytes received so far and those promised, if the publisher says how many."""


def cache_dir() -> Path:
    """Return the folder that downloads are kept in; it need not exist yet.

    Returns
    -------
    pathlib.Path
        The folder that the variable ``CLUSTERSTATS_CACHE`` names, else ``clusterstats`` in the
        user's cache: ``LOCALAPPDATA`` on Windows, ``~/Library/Caches`` on macOS, elsewhere
        ``XDG_CACHE_HOME`` or ``~/.cache``.

    Raises
    ------
    DatasetError
        If there is a file where the folder should be.

    Examples
    --------
    >>> from clusterstats.datasets import cache_dir
    >>> cache_dir().is_absolute()
    True
    """
    named = os.environ.get("CLUSTERSTATS_CACHE", "")
    folder = Path(named).absolute() if named else _of_platform() / "clusterstats"
    if folder.exists() and not folder.is_dir():
        hint = "set CLUSTERSTATS_CACHE to a folder"
        raise DatasetError(f"the cache {str(folder)!r} is a file, not a folder; {hint}")
    return folder


def _of_platform() -> Path:
    home = Path.home()
    variables = {
        "win32": ("LOCALAPPDATA", home / "AppData" / "Local"),
        "darwin": ("", home / "Library" / "Caches"),
    }
    variable, default = variables.get(sys.platform, ("XDG_CACHE_HOME", home / ".cache"))
    named = Path(os.environ.get(variable, "")) if variable else default
    return named if named.is_absolute() else default


def fetch(
    name: str,
    address: str,
    sha256: str,
    folder: str | Path | None = None,
    *,
    progress: Progress | None = None,
) -> Path:
    """Download a file once, check it against its checksum and return where it is.

    Use it for data that do not travel with the package; a file that is already there with the
    right checksum is not downloaded again.

    Parameters
    ----------
    name : str
        Name of the file in the folder, without a path.
    address : str
        Where the publisher has it: ``https://...`` or ``http://...``.
    sha256 : str
        Its checksum, 64 hexadecimal characters.
    folder : str or Path, optional
        Where to keep it; by default the folder of `cache_dir`.
    progress : callable, optional
        Called during the download with the bytes received and those promised (None if the
        publisher does not say).

    Returns
    -------
    pathlib.Path
        The file, whole and checked.

    Raises
    ------
    SourceError
        The publisher can't be reached, refuses, sends part of the file or another file.
    DatasetError
        The folder can't be written to.
    OptionError
        The name, the address or the checksum can't be one.

    Notes
    -----
    The file is written under a temporary name beside its place and renamed once it is whole and
    checked, so an interrupted download leaves nothing; it is not resumed.

    Examples
    --------
    >>> import hashlib, pathlib, tempfile
    >>> from clusterstats.datasets import fetch
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.csv").write_bytes(b"already here")
    ...     checksum = hashlib.sha256(b"already here").hexdigest()
    ...     fetch("a.csv", "https://example.org/a.csv", checksum, folder).read_text()
    'already here'
    """
    require_address(name, address)
    wanted = require_checksum(sha256)
    place = (cache_dir() if folder is None else Path(folder)) / name
    if place.is_file() and checksum(place) == wanted:
        return place

    def check(_: Path, found: str) -> None:
        if found != wanted:
            raise SourceError(
                f"{name} from {address} has sha256 {found}, not {wanted}: the publisher "
                "has changed the file, or something on the way did; nothing was kept"
            )

    return download(place, address, check, progress)


def download(
    place: Path,
    address: str,
    check: Callable[[Path, str], None],
    progress: Progress | None = None,
) -> Path:
    """Put what an address sends at a place, whole, once `check` has taken its draft and checksum.

    The draft is written beside the place; whatever fails leaves the place as it was.
    """
    handle, draft = _draft(place)
    try:
        with os.fdopen(handle, "wb") as file:
            found = _downloaded(place.name, address, file, progress)
        check(draft, found)
        draft.chmod(0o644)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    return place


def require_address(name: str, address: str) -> None:
    """Raise unless a file can have this name, and be at this address."""
    if not name or name in {".", ".."} or {"/", "\\", "\0"} & set(name):
        raise OptionError(f"name={name!r} is not the name of a file; leave folders out of it")
    if urlsplit(address).scheme not in {"https", "http"} or not urlsplit(address).netloc:
        raise OptionError(f"address={address!r} does not begin with https:// or http://")


def require_checksum(sha256: str) -> str:
    """Return a checksum in small letters; raise unless it can be one."""
    if len(sha256) != 64 or set(sha256.lower()) - set("0123456789abcdef"):
        raise OptionError(f"sha256={sha256!r} is not 64 hexadecimal characters")
    return sha256.lower()


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _draft(place: Path) -> tuple[int, Path]:
    """Open a temporary file beside the place: its handle and its path."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    except OSError as error:
        raise DatasetError(
            f"can't write to {str(place.parent)!r} ({error.strerror}); "
            "set CLUSTERSTATS_CACHE to a folder that can be written to"
        ) from error
    return handle, Path(draft)


def _downloaded(name: str, address: str, file: IO[bytes], progress: Progress | None) -> str:
    """Copy what the address sends and return its checksum; whatever fails is said in one line."""
    request = urllib.request.Request(address, headers={"User-Agent": "clusterstats"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return _copied(name, address, answer, file, progress)
    except urllib.error.HTTPError as error:
        error.close()
        raise SourceError(
            f"{name}: {address} answers {error.code} {error.reason}; "
            "look whether the publisher has moved it, or try later"
        ) from error
    except urllib.error.URLError as error:
        raise SourceError(
            f"{name}: {_host(address)} can't be reached ({error.reason}); "
            "connect to the network, or point CLUSTERSTATS_DATA to a folder that has the file"
        ) from error
    except (http.client.HTTPException, OSError) as error:
        reason = str(error) or type(error).__name__
        raise SourceError(
            f"{name}: the download from {_host(address)} broke off ({reason}); try again"
        ) from error


def _copied(
    name: str,
    address: str,
    answer: http.client.HTTPResponse,
    file: IO[bytes],
    progress: Progress | None,
) -> str:
    digest, received = hashlib.sha256(), 0
    said = answer.headers.get("Content-Length") or ""
    promised = int(said) if said.isdigit() else None
    while block := answer.read(BLOCK):
        _keep(name, block, file)
        digest.update(block)
        received += len(block)
        if progress is not None:
            progress(received, promised)
    if promised is not None and received != promised:
        raise SourceError(
            f"{name}: {_host(address)} sent {received} of {promised} bytes; try again"
        )
    return digest.hexdigest()


def _keep(name: str, block: bytes, file: IO[bytes]) -> None:
    try:
        file.write(block)
    except OSError as error:
        raise DatasetError(
            f"can't keep {name} ({error.strerror}); make room, or set CLUSTERSTATS_CACHE to a "
            "folder on another disk"
        ) from error


def _host(address: str) -> str:
    return urlsplit(address).netloc
