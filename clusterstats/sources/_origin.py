"""A file that has been opened: its name, its rows, and how to speak of a place in it."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias
from unicodedata import combining, normalize

import narwhals.stable.v2 as nw

from clusterstats.errors import SourceError

__all__ = ["Frame", "Origin", "Row", "as_text", "existing_file", "plain", "unique_names"]

Frame: TypeAlias = nw.LazyFrame[Any]
Row: TypeAlias = Mapping[str, str | None]
LARGEST_EXACT = 2.0**53
LONGEST_NAME = 1000


@dataclass(frozen=True)
class Origin:
    """An opened file; `frame` is lazy, `lines` is the slow way, for finding a place to name."""

    name: str
    frame: Frame
    columns: tuple[str, ...]
    lines: Callable[[], Iterator[tuple[int, Sequence[str | None]]]]
    unit: str = "line"
    header_line: int = 1
    scan: Callable[[Any], Frame] | None = None
    """Another engine's `frame`; None where only DuckDB has one."""
    text: Path | None = None
    """The UTF-8 text that is read, if it is text."""

    def on(self, engine: Any) -> Frame:
        """The frame, to be read by `engine`."""
        return self.frame if self.scan is None or engine == "duckdb" else self.scan(engine)

    def rows(self) -> Iterator[tuple[int, Row]]:
        """Each row with its number in the file; a blank is None."""
        for number, values in self.lines():
            yield number, dict(zip(self.columns, [v or None for v in values], strict=False))

    def error(
        self, problem: str, *, line: int | None = None, column: str | None = None
    ) -> SourceError:
        """Say what is wrong, and where."""
        place = [self.name]
        place += [f"{self.unit} {line}"] if line is not None else []
        place += [f"column {column!r}"] if column is not None else []
        return SourceError(f"{', '.join(place)}: {problem}")

    def missing(
        self, column: str, remedy: str = "rename it in the file", known: Collection[str] = ()
    ) -> SourceError:
        """Say that a column is not there, with the nearest name that is and is not `known`."""
        names = {plain(name): name for name in self.columns if name not in known}
        near = get_close_matches(plain(column), names, n=1)
        found = ", ".join(map(repr, self.columns[:6])) + (", …" if len(self.columns) > 6 else "")
        hint = f"the nearest is {names[near[0]]!r}" if near else f"the file has {found}"
        problem = f"column {column!r} is missing; {hint}; {remedy}"
        return self.error(problem, line=self.header_line)

    def technical_names(self) -> dict[str, str]:
        """Columns by technical name, so that labels and technical names are read alike."""
        names: dict[str, str] = {}
        for column in self.columns:
            twin = names.setdefault(plain(column), column)
            if twin != column:
                problem = f"columns {twin!r} and {column!r} have the same meaning; remove one"
                raise self.error(problem, line=self.header_line)
        return names

    def aliased(self, aliases: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """The column of each name, under any of its technical names; all must be there."""
        technical = self.technical_names()
        names: dict[str, str] = {}
        for name, known in aliases.items():
            column = next((technical[alias] for alias in known if alias in technical), None)
            if column is None:
                raise self.missing(known[0])
            names[name] = column
        return names

    def first(self, is_wanted: Callable[[Row], bool], count: int) -> int:
        """Line of the first of `count` rows that are wanted; 0 if there are none."""
        lines = (number for number, row in self.rows() if is_wanted(row))
        return next(lines, 0) if count else 0


def as_text(column: nw.Expr, stored: nw.dtypes.DType) -> nw.Expr:
    """Text of a column however it is stored: whole numbers without `.0`, for codes; NaN is null."""
    text = column.cast(nw.String)
    if not (stored.is_float() or stored.is_decimal()):
        return text
    real = column.cast(nw.Float64)
    is_whole = (real == real.round(0)) & (real.abs() < LARGEST_EXACT)
    whole = nw.when(is_whole).then(real.cast(nw.Int64).cast(nw.String))
    return nw.when(~real.is_nan()).then(whole.otherwise(text))


def plain(name: str) -> str:
    """Spell a header as its technical name: `Code commune` gives `code_commune`."""
    letters = "".join(c for c in normalize("NFKD", name.lower()) if not combining(c))
    return "_".join("".join(c if c.isalnum() else " " for c in letters).split())


def unique_names(names: Iterable[str], place: str) -> tuple[str, ...]:
    """Header names, `column_3` for a blank one; refused if two differ at most in case.

    `place` is the file, and the line or row, if any.
    """
    filled = tuple(name.strip() or f"column_{i}" for i, name in enumerate(names, start=1))
    seen: dict[str, str] = {}
    for name in filled:
        if name.casefold() in seen:
            twins = f"{seen[name.casefold()]!r} and {name!r}"
            raise SourceError(f"{place}: columns {twins} have the same name up to case; rename one")
        if len(name) > LONGEST_NAME:
            problem = f"{name[:40]!r} begins a name of {len(name):,} letters; look for a lost line"
            raise SourceError(f"{place}: {problem} end, or give the column a short name")
        seen[name.casefold()] = name
    return filled


def existing_file(path: str | Path) -> Path:
    """`path`, if it is a file with something in it that may be read."""
    file = Path(path)
    name = _sayable(file)
    try:
        if problem := _unreadable(file):
            raise SourceError(f"{name} {problem}")
    except OSError as error:
        reason = error.strerror or "no access"
        raise SourceError(f"{name} can't be opened ({reason}); give another path") from error
    return file


def _sayable(file: Path) -> str:
    """Name of a file, if it can be said in a line and passed to an engine."""
    if "\n" in file.name or "\r" in file.name or not _is_unicode(str(file)):
        raise SourceError(f"{file.name!r} has a letter that names should not have; rename the file")
    return file.name


def _is_unicode(text: str) -> bool:
    return text.encode(errors="replace").decode() == text


def _unreadable(file: Path) -> str | None:
    """What keeps a file from being read, and what to do."""
    if file.is_dir():
        return "is a folder; give the path of a file in it"
    if not file.exists():
        return f"does not exist; {_hint(file)}"
    if not file.is_file():
        return "is not a file but a device or a pipe; copy what it gives to a file"
    if not os.access(file, os.R_OK):
        return "may not be read by you; copy it, or have its permissions changed"
    if file.stat().st_size == 0:
        return "is empty; download or export it again"
    return None


def _hint(file: Path) -> str:
    if file.is_symlink():
        return "it is a link whose target is gone, give the path of the file itself"
    beside = [p.name for p in file.parent.iterdir()] if file.parent.is_dir() else []
    near = get_close_matches(file.name, beside, n=1)
    return f"did you mean {near[0]!r}?" if near else "check the folder and the spelling"
