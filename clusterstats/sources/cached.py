"""What a reader read, kept as Parquet, so that a file is parsed and checked once."""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

from clusterstats import __version__
from clusterstats._files import write_atomic
from clusterstats.errors import DatasetError, OptionError, SourceError
from clusterstats.sources._engines import scan_parquet
from clusterstats.sources._kept import (
    canonical,
    read_reports,
    stamp,
    tables_folder,
    written_reports,
)
from clusterstats.sources._origin import Frame
from clusterstats.sources.report import ReadingReport, deliver

__all__ = ["cached"]

MARK = b"PAR1"


def cached(
    reader: Callable[..., Frame],
    path: str | Path | Mapping[str, str | Path],
    *,
    folder: str | Path | None = None,
    **options: Any,
) -> Frame:
    r"""Run a reader once and keep its table; later calls scan what was kept.

    Use it on large files that are read more than once: a stock of SIRENE is checked and parsed in
    minutes, and its Parquet file opened in no time.

    Parameters
    ----------
    reader : callable
        A reader of this package, or a function of a module that takes a path and gives a lazy
        frame.
    path : str, Path or mapping of str to Path
        The file or folder that the reader takes first; for `read_imdb` its files by name:
        ``{"basics": ..., "principals": ...}``.
    folder : str or Path, optional
        Where to keep the table; by default ``tables`` in the user's cache.
    **options
        Options of the reader. Those that are text, numbers, dates, paths or collections of them
        tell tables apart; ``report`` receives the report, of the first reading too.

    Returns
    -------
    narwhals.LazyFrame
        The table that the reader gives, in no promised order of rows, from a Parquet file.

    Raises
    ------
    SourceError
        The file is absent or changes while it is read, or the reader refuses it; nothing is kept
        then.
    OptionError
        The reader has no name of its own, or an option can't be told from another.
    DatasetError
        The folder can't be written to.

    Notes
    -----
    A table is found by the reader's name, its options, the version of this package, and of each
    file the name, size, time of change and content of the first and last megabyte, which is all
    that a later call reads of it. A file that is changed in its middle alone, with size and time
    kept, is taken for the same. An interrupted or failed reading leaves nothing. Tables of files
    that have changed since stay: the folder may be emptied at any time.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from clusterstats.sources import cached, read_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "zones.csv")
    ...     _ = path.write_text("region,employment\n0056,12\n", encoding="utf-8")
    ...     for _ in range(2):
    ...         table = cached(read_table, path, folder=folder)
    ...     print(table.collect("pandas").to_native())
      region  employment
    0   0056        12.0
    """
    report = options.pop("report", None)
    paths = dict(path) if isinstance(path, Mapping) else {"": path}
    place = (tables_folder() if folder is None else Path(folder)) / _name(reader, paths, options)
    beside = place.with_suffix(".json")
    if not (_is_whole(place) and beside.is_file()):
        frame, reports = _read(reader, paths, options)
        with _draft(place) as draft:
            _write(frame, draft)
            if _name(reader, paths, options) != place.name:
                raise SourceError(f"{_said(paths)} changed while it was read; read it again")
            write_atomic(beside, written_reports(reports))
            draft.replace(place)
    for one in read_reports(beside.read_text(encoding="utf-8")):
        deliver(one, report)
    return scan_parquet(place, engine=options.get("engine", "duckdb"))


def _name(
    reader: Callable[..., Frame], paths: Mapping[str, str | Path], options: Mapping[str, Any]
) -> str:
    """Name the file of a table by all that decides what is in it."""
    name = getattr(reader, "__qualname__", "")
    if not name or "<lambda>" in name:
        raise OptionError(f"reader={reader!r} has no name of its own; define it with def")
    known = {option: canonical(option, value) for option, value in options.items()}
    files = {role: stamp(path) for role, path in paths.items()}
    said = [__version__, reader.__module__, name, known, files]
    key = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return f"{reader.__name__}-{key[:32]}.parquet"


def _is_whole(place: Path) -> bool:
    if not place.is_file() or place.stat().st_size < 2 * len(MARK):
        return False
    with place.open("rb") as file:
        start = file.read(len(MARK))
        file.seek(-len(MARK), 2)
        return start == file.read() == MARK


def _read(
    reader: Callable[..., Frame], paths: Mapping[str, str | Path], options: Mapping[str, Any]
) -> tuple[Frame, list[ReadingReport]]:
    """Run the reader; its reports are gathered where it gives any."""
    reports: list[ReadingReport] = []
    given = dict(options)
    if "report" in signature(reader).parameters:
        given["report"] = reports.append
    frame = reader(paths[""], **given) if "" in paths else reader(**paths, **given)
    return frame, reports


@contextmanager
def _draft(place: Path) -> Iterator[Path]:
    """Give a path on the same disk, of which nothing is left at the end unless it was moved."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = tempfile.TemporaryDirectory(dir=place.parent, prefix=f".{place.stem}.")
    except OSError as error:
        raise DatasetError(
            f"can't write to {str(place.parent)!r} ({error.strerror}); give another folder=, or "
            "set CLUSTERSTATS_CACHE to one that can be written to"
        ) from error
    with scratch as name:
        yield Path(name, place.name)


def _said(paths: Mapping[str, str | Path]) -> str:
    return ", ".join(Path(path).name for path in paths.values())


def _write(frame: Frame, draft: Path) -> None:
    """Write a table as Parquet, without the index that pandas would add as a column."""
    if frame.implementation.is_pandas():
        frame.collect("pandas").to_native().to_parquet(draft, index=False)
    else:
        frame.sink_parquet(draft)
