"""INSEE's tables of communes: from the folder of larger data, or as INSEE publishes them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
import python_calamine

from clusterstats.errors import SourceError
from clusterstats.harmonize._matched import publishers_file, read_codes
from clusterstats.harmonize._timeline import NEEDED, Timeline, timeline
from clusterstats.sources._origin import Frame, existing_file
from clusterstats.sources._text import open_text
from clusterstats.sources.cached import cached
from clusterstats.tables.frames import collect

__all__ = ["EPCI", "ZONES", "CodeTable", "published_codes", "published_line"]

SHEET, KEY = "COM", "CODGEO"
ZONED = ("EPCI", "ZE2020", "UU2020", "AAV2020")
HEAD = 30


@dataclass(frozen=True)
class CodeTable:
    """A table of codes: its file in the folder of larger data, else what `data get` fetches.

    Attributes
    ----------
    folder, file : str
        Where it lies in the folder that CLUSTERSTATS_DATA names.
    name : str
        The publisher's file, as `datasets.get` knows it.
    what : str
        What it is, for a message.
    reader : callable
        Reads the publisher's file with the columns of the other one.
    """

    folder: str
    file: str
    name: str
    what: str
    reader: Callable[[Path], Frame]

    def path(self) -> Path:
        """Return where the table is, or say both ways to get it."""
        return publishers_file(self.folder, self.file, self.name, self.what)

    def read(self, path: Path) -> pd.DataFrame:
        """Return the table, all text; the publisher's own file is parsed once and kept."""
        return read_codes(path) if path.name == self.file else collect(cached(self.reader, path))


def read_events(path: Path) -> Frame:
    """Read v_mvt_commune: a row an event and pair of communes."""
    return _columns(path, NEEDED)


def read_communes(path: Path) -> Frame:
    """Read v_commune: communes alone, without the arrondissements and communes inside them."""
    rows = _columns(path, ("TYPECOM", "COM"))
    return rows.filter(nw.col("TYPECOM") == "COM").select(nw.col("COM").alias("DEPCOM"))


def _columns(path: Path, needed: Sequence[str]) -> Frame:
    origin = open_text(path, delimiter=",", encoding="utf-8")
    for column in needed:
        if column not in origin.columns:
            raise origin.missing(column, "download INSEE's file again")
    return origin.frame.select(*needed)


def read_zonings(path: Path) -> Frame:
    """Read the workbook of table-appartenance-geo-communes, also in its zip."""
    cells = _sheet(path)
    start = next((i for i, row in enumerate(cells[:HEAD]) if KEY in row), None)
    if start is None:
        raise SourceError(
            f"{path.name}: the first {HEAD} rows hold no header with {KEY!r}; download INSEE's "
            "file again"
        )
    absent = [name for name in ZONED if name not in cells[start]]
    if absent:
        raise SourceError(
            f"{path.name}, row {start + 1}: column {absent[0]!r} is missing; get the table of 2025"
        )
    whole = pd.DataFrame(cells[start + 1 :], columns=cells[start], dtype="object")
    zones = whole.loc[whole[KEY] != "", [KEY, *ZONED]].astype("str")
    frame = zones.where(zones != "", None).rename(columns={KEY: "DEPCOM"})
    return nw.from_native(frame).lazy()


def _sheet(path: Path) -> list[list[Any]]:
    """Return the rows of the sheet of communes."""
    try:
        book = python_calamine.load_workbook(io.BytesIO(_workbook(existing_file(path))))
        name = SHEET if SHEET in book.sheet_names else book.sheet_names[0]
        rows: list[list[Any]] = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceError(
            f"{path.name} is truncated or damaged ({error}); download it again"
        ) from error
    return rows


def _workbook(path: Path) -> bytes:
    """Return the bytes of the workbook: the only one in a zip, or the file itself."""
    with zipfile.ZipFile(path) as archive:
        books = [name for name in archive.namelist() if name.lower().endswith(".xlsx")]
        if len(books) == 1:
            return archive.read(books[0])
    return path.read_bytes()


EVENTS = CodeTable(
    "insee_cog_2025",
    "mvtcommunes.csv.gz",
    "insee_commune_events_2025",
    "INSEE's table of commune events",
    read_events,
)
COMMUNES = CodeTable(
    "insee_cog_2025",
    "communes.csv.gz",
    "insee_communes_2025",
    "INSEE's list of communes",
    read_communes,
)
ZONES = CodeTable(
    "insee_zonages_2025",
    "table_passage_communes_zonages.csv.gz",
    "insee_zonings_2025",
    "INSEE's table of zones",
    read_zonings,
)
EPCI = CodeTable(
    "insee_cog_2025",
    "communes.csv.gz",
    "insee_zonings_2025",
    "INSEE's table of EPCI",
    read_zonings,
)


def published_line() -> Timeline:
    """Return the line of INSEE's own events."""
    path = EVENTS.path()
    return _line_of(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _line_of(path: Path, changed: int) -> Timeline:
    """Read the events once, and again when the file has `changed`."""
    return timeline(EVENTS.read(path))


def published_codes() -> frozenset[str]:
    """Return the codes of INSEE's list of communes."""
    path = COMMUNES.path()
    return _codes_of(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _codes_of(path: Path, changed: int) -> frozenset[str]:
    """Read the list once, and again when the file has `changed`."""
    return frozenset(COMMUNES.read(path)["DEPCOM"])
