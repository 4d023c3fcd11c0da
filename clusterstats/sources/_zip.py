"""The one table in a zip, also where the zip is in another zip."""

import atexit
import shutil
import tempfile
import zipfile
import zlib
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


def unzipped(path: str | Path, *, member: str | None = None) -> Path:
    """`path` itself, or if it is a zip a copy of its table, which is removed at exit.

    Files with `metadata` in their name are not tables. Where there are several tables, `member`
    says which.
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
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceError(
            f"{file.name} is a truncated, damaged or locked zip ({error}); download it again"
        ) from error


def _chosen(archive: zipfile.ZipFile, file: str, member: str | None) -> zipfile.ZipInfo:
    """The member asked for, else the only table, else the only zip."""
    entries = {entry.filename: entry for entry in archive.infolist() if not entry.is_dir()}
    tables = [n for n in entries if n.lower().endswith(TABLES) and "metadata" not in n.lower()]
    zips = [n for n in entries if n.lower().endswith(".zip")]
    if member is not None and (member in entries or not zips):
        if member not in entries:
            raise OptionError(f"{file} has no member {member!r}; use one of {list(entries)}")
        return entries[member]
    found = tables or zips
    if not found:
        some = list(entries)[:6]
        raise SourceError(f"{file} holds no .csv or .parquet but {some}; download it again")
    if len(found) > 1:
        raise OptionError(f"{file} holds {len(found)} tables; give member=, one of {found}")
    return entries[found[0]]


def _extracted(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> Path:
    """Copy a member, in pieces; one that would swell beyond all tables is refused."""
    name = PurePosixPath(entry.filename).name
    if entry.file_size > max(SMALL, BOMB * entry.compress_size):
        raise SourceError(
            f"{file}: {name} would swell from {entry.compress_size:,} to {entry.file_size:,} "
            "bytes, as no table does; unpack it yourself if you trust it"
        )
    copy = Path(tempfile.mkdtemp(dir=_scratch()), name)
    with archive.open(entry) as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return copy


@cache
def _scratch() -> Path:
    folder = tempfile.mkdtemp(prefix="clusterstats-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
