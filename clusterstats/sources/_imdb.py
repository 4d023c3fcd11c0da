"""One of IMDb's files: what its columns may hold, checked now or where it is used."""

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw

from clusterstats.errors import SourceError
from clusterstats.sources._bytes import OLD, as_utf8, open_bytes, undecodable
from clusterstats.sources._checks import Key, Pattern, Rule, broken, repeated
from clusterstats.sources._codes import quoted
from clusterstats.sources._engines import Engine, scan_text
from clusterstats.sources._guards import Guard, guarded
from clusterstats.sources._origin import Frame, Origin, existing_file, unique_names
from clusterstats.sources._text import diagnose, refuse_surplus

__all__ = ["BASICS", "CREW", "LISTED", "NAMES", "PRINCIPALS", "Reading"]

DIGITS = "[0-9]{7,15}"
SEVEN = "[0-9]" * 7
PEOPLE = f"nm{DIGITS}(?:,nm{DIGITS})*"
TEXT = r"[^\x00]"
IS_TEXT = "@ <> '' AND NOT contains(@, chr(0))"
OF_FILM = "(?:18[6-9]|19[0-9]|2[01][0-9])[0-9]"
LONGEST_HEADER = 1 << 16


def _id(column: str, letters: str) -> Guard:
    quick = f"@ GLOB '{letters}{SEVEN}'"
    return Guard(column, letters + DIGITS, False, f"an id like '{letters}0000001'", quick)


def _year(column: str, regex: str = "[0-9]{4}") -> Guard:
    return Guard(column, regex, True, r"a year like 2019, or \N")


def _people(column: str) -> Guard:
    quick = f"@ GLOB 'nm{SEVEN}'"
    return Guard(column, PEOPLE, True, r"ids of people with commas between, or \N", quick)


def _label(column: str) -> Guard:
    return Guard(column, f"{TEXT}+", False, "a name of what it is", IS_TEXT)


def _text(column: str) -> Guard:
    return Guard(column, f"{TEXT}*", True, "text, for it has a NUL", IS_TEXT)


BASICS = (
    _id("tconst", "tt"),
    _label("titleType"),
    _year("startYear", OF_FILM),
    _text("primaryTitle"),
    _text("genres"),
)
PRINCIPALS = (
    _id("tconst", "tt"),
    Guard("ordering", "[0-9]{1,9}", False, "a place in a list", "@ GLOB '[0-9]'"),
    _id("nconst", "nm"),
    _label("category"),
    _text("job"),
    _text("characters"),
)
LISTED = ("tconst", "ordering", "nconst", "category")
CREW = (_id("tconst", "tt"), _people("directors"), _people("writers"))
NAMES = (_id("nconst", "nm"), _text("primaryName"), _year("birthYear"))


@dataclass(frozen=True)
class Reading:
    """The engine that reads files, and when they are checked."""

    engine: Engine
    is_checked_now: bool

    def frame(
        self, path: str | Path, guards: Sequence[Guard], *, key: tuple[str, ...] = ()
    ) -> tuple[Frame, int]:
        """Columns of a file, as text, null where blank; and how many rows, 0 if not counted.

        No two rows have the same values in the columns `key`; where a file is checked as used,
        that is told of a key of one column.
        """
        origin = _open(path, guards, is_read=self.is_checked_now or OLD)
        columns = [guard.column for guard in guards]
        texts = origin.on(self.engine).select(*columns)
        if not self.is_checked_now:
            once = _single(texts, *key, columns) if len(key) == 1 else texts
            return guarded(once, guards, origin.name, self.engine), 0
        rows = _survey(origin, guards, key)
        filled = (nw.when(nw.col(c) != "").then(nw.col(c)).alias(c) for c in columns)
        return texts.select(*filled).filter(~nw.col(columns[0]).is_null()), rows


def _single(texts: Frame, unique: str, columns: Sequence[str]) -> Frame:
    """One row an id; that of a repeated one is spoiled, so that its guard finds it."""
    others = (nw.col(column).max() for column in columns if column != unique)
    once = texts.group_by(unique).agg(*others, nw.len().alias("rows"))
    spoiled = nw.concat_str(nw.col(unique), nw.lit(" (repeated)"))
    is_single = nw.col("rows") == 1
    return once.with_columns(nw.when(is_single).then(nw.col(unique)).otherwise(spoiled))


def _survey(origin: Origin, guards: Sequence[Guard], key: tuple[str, ...]) -> int:
    """Check every value, in one pass by DuckDB whatever the engine; count the rows."""
    is_bad = " OR ".join(map(_is_bad, guards))
    distinct = f"count(DISTINCT hash({', '.join(key)}))" if key else "count(*)"
    sums = f"count(*), count_if({is_bad}), {distinct}"
    try:
        rows, bad, keys = origin.frame.to_native().aggregate(sums).fetchall()[0]
    except duckdb.Error as error:
        raise diagnose(origin, error) from error
    if not rows:
        raise origin.error("a header without rows; download the file again")
    if bad:
        raise broken(origin, [_rule(guard) for guard in guards])
    if keys < rows and _is_repeated(origin, key):
        raise repeated(origin, Key(key, width=64))
    return int(rows)


def _is_repeated(origin: Origin, key: tuple[str, ...]) -> bool:
    """Whether two rows have the same values, and not only the same number made of them."""
    groups = origin.frame.group_by(*key).agg(nw.len().alias("rows")).filter(nw.col("rows") > 1)
    return bool(groups.head(1).collect().rows())


def _is_bad(guard: Guard) -> str:
    """SQL that is true of values that are not allowed."""
    column, blank = guard.column, str(not guard.is_blank_allowed)
    is_quick = guard.quick.replace("@", column)
    is_matched = f"regexp_matches({column}, '^(?:{guard.regex})$')"
    is_blank = f"coalesce({column}, '') = ''"
    return f"CASE WHEN {is_quick} THEN false WHEN {is_blank} THEN {blank} ELSE NOT {is_matched} END"


def _rule(guard: Guard) -> Rule:
    pattern = Pattern((guard.column,), guard.regex, guard.is_blank_allowed)
    return Rule(pattern, partial(_complaint, expected=guard.expected))


def _complaint(value: str | None, *, expected: str) -> str:
    return f"{quoted(value)} is not {expected}; download the file again"


def _open(path: str | Path, guards: Sequence[Guard], *, is_read: bool) -> Origin:
    file = as_utf8(existing_file(path), "utf-8", is_read=is_read)
    header = _header(file)
    scan = partial(_scan, file, header)
    origin = Origin(file.name, scan("duckdb"), header, partial(_lines, file), scan=scan, text=file)
    for guard in guards:
        if guard.column not in header:
            raise origin.missing(guard.column, "give the published file")
    refuse_surplus(origin, "\t")
    return origin


def _scan(file: Path, columns: Sequence[str], engine: Engine) -> Frame:
    return scan_text(file, columns, engine=engine, delimiter="\t", quote="", null="\\N")


def _header(file: Path) -> tuple[str, ...]:
    try:
        with _text_of(file) as text:
            line = text.readline(LONGEST_HEADER)
    except UnicodeDecodeError as error:
        raise undecodable(file, "utf-8") from error
    except (OSError, EOFError, zlib.error):
        as_utf8(file, "utf-8")
        raise
    if "\0" in line:
        raise SourceError(f"{file.name} is not a text file; give the published file")
    names = line.rstrip("\r\n")
    if "\r" in names:
        problem = "the line ends are CR, which this reader does not know; save it with LF"
        raise SourceError(f"{file.name}, line 1: {problem}")
    return unique_names(names.split("\t"), f"{file.name}, line 1")


def _text_of(file: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(open_bytes(file), encoding="utf-8-sig", newline="\n")


def _lines(file: Path) -> Iterator[tuple[int, list[str | None]]]:
    with _text_of(file) as text:
        next(text)
        for number, line in enumerate(text, start=2):
            if values := line.rstrip("\r\n"):
                yield number, [None if v == "\\N" else v for v in values.split("\t")]
