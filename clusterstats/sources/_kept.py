"""Files of the user's cache: where they lie, what names them, and reading reports among them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

from clusterstats.datasets import cache_dir
from clusterstats.errors import OptionError
from clusterstats.sources._noted import Noted
from clusterstats.sources._origin import existing_file
from clusterstats.sources.report import ReadingReport, SetAside, Tally

__all__ = ["canonical", "read_reports", "stamp", "tables_folder", "written_reports"]

ENDS = 1 << 20


def tables_folder() -> Path:
    """Return where parsed tables are kept."""
    return cache_dir() / "tables"


def stamp(path: str | Path) -> list[list[object]]:
    """Tell a file, or the files of a folder, from others: name, size, time, and both ends."""
    place = Path(path)
    files = sorted(place.rglob("*")) if place.is_dir() else [existing_file(place)]
    return [_stamp_of(file) for file in files if file.is_file()]


def _stamp_of(file: Path) -> list[object]:
    about, digest = file.stat(), hashlib.sha256()
    with file.open("rb") as content:
        digest.update(content.read(ENDS))
        content.seek(max(ENDS, about.st_size - ENDS))
        digest.update(content.read(ENDS))
    return [file.name, about.st_size, about.st_mtime_ns, digest.hexdigest()]


def canonical(name: str, value: object) -> object:
    """Return an option as JSON knows it, the same for equal values and unchanged files."""
    if isinstance(value, (str, Path)) and Path(value).is_file():
        return stamp(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (date, Path)):
        return [type(value).__name__, str(value)]
    if isinstance(value, Mapping):
        return {str(key): canonical(name, item) for key, item in sorted(value.items())}
    if isinstance(value, (set, frozenset)):
        return [canonical(name, item) for item in sorted(value)]
    if isinstance(value, Sequence):
        return [canonical(name, item) for item in value]
    raise OptionError(
        f"{name}={value!r} can't be told from another {type(value).__name__}, so that its table "
        "can't be kept; call the reader itself"
    )


def written_reports(reports: Sequence[ReadingReport]) -> str:
    """Write reading reports as JSON."""
    return json.dumps([_plain(report) for report in reports], ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if not is_dataclass(value):
        return value
    parts = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return {"kind": type(value).__name__, **parts}


def read_reports(text: str) -> list[Any]:
    """Read reading reports from JSON; those of another class than written are not made up."""
    kinds = {kind.__name__: kind for kind in (Noted, Tally, *_all(ReadingReport), *_all(SetAside))}
    return [_whole(report, kinds) for report in json.loads(text)]


def _all(kind: Any) -> Iterator[Any]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _all(narrower)


def _whole(value: Any, kinds: Mapping[str, type]) -> Any:
    if isinstance(value, list):
        return tuple(_whole(item, kinds) for item in value)
    if not isinstance(value, dict):
        return value
    parts = {name: _whole(part, kinds) for name, part in value.items() if name != "kind"}
    return kinds[value["kind"]](**parts)
