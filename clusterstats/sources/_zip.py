"""The one table in a zip, also where the zip is in another zip."""

import atexit
import errno
import lzma
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Collection
from functools import cache
from pathlib import Path, PurePosixPath

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._origin import existing_file

__all__ = ["unzipped"]

TABLES = (".csv", ".parquet")
BOMB = 200
"""Tables shrink about 10 times; no honest one shrinks as much as this."""
SMALL = 100 << 20
DEEPEST = 3
LONGEST = 120
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, IndexError, NotImplementedError, OSError, RuntimeError, UnicodeDecodeError),
)
"""What Python raises of a zip that is cut, damaged, locked or packed in a way it can't read."""


def unzipped(path: str | Path, *, member: str | None = None) -> Path:
    """`path` itself, or if it is a zip a copy of its table, which is removed at exit.

    Files named `..._metadata` or `meta_...` are not tables. Where there are several tables,
    `member` says which.
    """
    file = existing_file(path)
    if file.suffix.lower() != ".zip":
        if member is not None:
            raise OptionError(f"member={member!r} is for a zip; leave it out for {file.name}")
        return file
    inside = file
    for _ in range(DEEPEST):
        inside = _inside(inside, member)
        if inside.suffix.lower() != ".zip":
            return inside
        member = None if inside.name == member else member
    raise SourceError(f"{file.name} holds zips within zips; unpack it and give the table")


def _inside(file: Path, member: str | None) -> Path:
    try:
        with zipfile.ZipFile(file) as archive:
            return _extracted(archive, _chosen(archive, file.name, member), file.name)
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            problem = "can't be unpacked, for the disk is full; make room for its table"
        else:
            problem = "is a truncated, damaged or locked zip; download it again, or unpack it"
        raise SourceError(f"{file.name} {problem}") from error


def _chosen(archive: zipfile.ZipFile, file: str, member: str | None) -> zipfile.ZipInfo:
    """The member asked for, else the only table, else the only zip."""
    files = [entry for entry in archive.infolist() if _is_file(entry)]
    entries = {entry.filename: entry for entry in files}
    if len(entries) < len(files):
        raise SourceError(f"{file} holds two files of one name; unpack it and give the table")
    tables = [n for n in entries if n.lower().endswith(TABLES) and not _is_metadata(n)]
    zips = [n for n in entries if n.lower().endswith(".zip")]
    if member is not None and (member in entries or not zips):
        if member not in entries:
            raise OptionError(f"{file} has no member {member!r}; use one of {_few(entries)}")
        return entries[member]
    found = tables or zips
    if not found:
        raise SourceError(
            f"{file} holds no .csv or .parquet but {_few(entries)}; download it again"
        )
    if len(found) > 1:
        raise OptionError(f"{file} holds {len(found)} tables; give member=, one of {_few(found)}")
    return entries[found[0]]


def _is_metadata(name: str) -> bool:
    return "metadata" in name.lower() or PurePosixPath(name).name.lower().startswith("meta_")


def _extracted(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> Path:
    """Copy a member, in pieces; one that would swell beyond all tables is refused."""
    name = _safe(PurePosixPath(entry.filename).name)
    if entry.file_size > max(SMALL, BOMB * entry.compress_size):
        raise SourceError(
            f"{file}: {name} would swell from {entry.compress_size:,} to {entry.file_size:,} "
            "bytes, as no table does; unpack it yourself if you trust it"
        )
    copy = Path(tempfile.mkdtemp(dir=_scratch()), name)
    try:
        with archive.open(entry) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    except BaseException:
        shutil.rmtree(copy.parent, ignore_errors=True)
        raise
    return copy


def _few(names: Collection[str]) -> str:
    """Some of the names, as a list."""
    some = ", ".join(repr(name[-LONGEST:]) for name in list(names)[:6])
    return f"[{some}, …]" if len(names) > 6 else f"[{some}]"


def _is_file(entry: zipfile.ZipInfo) -> bool:
    return bool(entry.filename) and not entry.is_dir()


def _safe(name: str) -> str:
    """A name that any disk takes and any message can hold; its end, where the ending is."""
    return "".join(c if c.isprintable() else "_" for c in name)[-LONGEST:]


@cache
def _scratch() -> Path:
    folder = tempfile.mkdtemp(prefix="clusterstats-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
