"""Checks that the engine makes in one pass; only a failure is looked up line by line."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import duckdb
import narwhals.stable.v2 as nw

from clusterstats.errors import SourceError
from clusterstats.sources._origin import Origin, Row
from clusterstats.sources._text import diagnose

__all__ = ["Key", "Pattern", "Rule", "broken", "repeated", "survey"]

JOIN = "\x1f"


@dataclass(frozen=True)
class Pattern:
    """True of a row when each of `columns` matches; a blank matches if `is_blank_allowed`.

    The regular expression has the meaning that Python and RE2 share. If it `is_joint`, it is of
    all the values, those that are not blank, with `JOIN` between.
    """

    columns: tuple[str, ...]
    regex: str
    is_blank_allowed: bool = False
    is_joint: bool = False

    @property
    def whole(self) -> str:
        """Regular expression of all the values joined: one match is much quicker than many."""
        is_one = self.is_joint or len(self.columns) == 1
        some = self.regex if is_one else f"(?:{self.regex})(?:{JOIN}(?:{self.regex}))*"
        return f"(?:{some})?" if self.is_blank_allowed else some

    def expr(self) -> nw.Expr:
        """In the engine, true of the rows that match."""
        columns = [nw.col(column) for column in self.columns]
        joined = nw.concat_str(*columns, separator=JOIN, ignore_nulls=self.is_blank_allowed)
        is_matched = joined.str.contains(f"^(?:{self.whole})$").fill_null(False)
        if len(columns) == 1:
            return is_matched
        values = nw.concat_str(*columns, ignore_nulls=True)
        return is_matched & ~values.str.contains(JOIN, literal=True).fill_null(False)

    def matches(self, row: Row) -> bool:
        """In Python, the same."""
        values = [row[column] for column in self.columns]
        filled = [value for value in values if value is not None]
        if len(filled) < len(values) and not self.is_blank_allowed:
            return False
        if len(values) > 1 and any(JOIN in value for value in filled):
            return False
        return re.fullmatch(self.whole, JOIN.join(filled)) is not None

    def culprit(self, row: Row) -> str:
        """First column of a row that does not match."""
        alone = (replace(self, columns=(column,)) for column in self.columns)
        return next(one.columns[0] for one in alone if not one.matches(row))


@dataclass(frozen=True)
class Rule:
    """A pattern that every row must match, and what to say of a value that does not."""

    pattern: Pattern
    complaint: Callable[[str | None], str]


@dataclass(frozen=True)
class Key:
    """Columns whose codes (dots removed, first `width` characters) identify a row."""

    columns: tuple[str, ...]
    width: int

    def expr(self) -> nw.Expr:
        """In the engine."""
        codes = (
            nw.col(c).str.replace_all(".", "", literal=True).str.slice(0, self.width)
            for c in self.columns
        )
        return nw.concat_str(*codes, separator=JOIN)

    def of(self, row: Row) -> tuple[str, ...]:
        """In Python."""
        return tuple((row[c] or "").replace(".", "")[: self.width] for c in self.columns)


def survey(
    origin: Origin,
    rules: Iterable[Rule],
    *,
    key: Key | None = None,
    aside: Pattern | None = None,
    counts: Mapping[str, nw.Expr] | None = None,
) -> dict[str, int]:
    """Check every row that is not set aside; count `rows`, `aside` and, of the kept, `counts`."""
    rules = list(rules)
    is_aside = aside.expr() if aside else None
    sums = {f"rule {i}": ~rule.pattern.expr() for i, rule in enumerate(rules)} | dict(counts or {})
    found = _aggregate(
        origin,
        rows=nw.len(),
        **({} if is_aside is None else {"aside": is_aside.cast(nw.Int64).sum()}),
        **({} if key is None else {"keys": _unless(is_aside, key.expr()).n_unique()}),
        **{name: _unless(is_aside, expr.cast(nw.Int64)).sum() for name, expr in sums.items()},
    )
    set_aside = found.setdefault("aside", 0)
    if not found["rows"]:
        raise origin.error("a header without rows; export the file again")
    if failed := [rule for i, rule in enumerate(rules) if found[f"rule {i}"]]:
        raise broken(origin, failed, aside)
    # The blank key of the rows set aside counts as one more.
    if key and found["keys"] - bool(set_aside) < found["rows"] - set_aside:
        raise repeated(origin, key, aside)
    return found


def _unless(is_aside: nw.Expr | None, expr: nw.Expr) -> nw.Expr:
    return expr if is_aside is None else nw.when(~is_aside).then(expr)


def _aggregate(origin: Origin, **sums: nw.Expr) -> dict[str, int]:
    try:
        row = origin.frame.select(**sums).collect().row(0)
    except duckdb.Error as error:
        raise diagnose(origin, error) from error
    return {name: int(value or 0) for name, value in zip(sums, row, strict=True)}


def broken(origin: Origin, rules: list[Rule], aside: Pattern | None = None) -> SourceError:
    """Error for the first value that matches no rule; it is looked up row by row."""
    for line, row in origin.rows():
        if aside and aside.matches(row):
            continue
        for rule in rules:
            if not rule.pattern.matches(row):
                column = rule.pattern.culprit(row)
                return origin.error(rule.complaint(row[column]), line=line, column=column)
    return origin.error("a value can't be read; export the file again")


def repeated(origin: Origin, key: Key, aside: Pattern | None = None) -> SourceError:
    """Error for the first row whose key is that of an earlier one; it is looked up row by row."""
    seen: dict[tuple[str, ...], int] = {}
    columns = " and ".join(map(repr, key.columns))
    for line, row in origin.rows():
        if aside and aside.matches(row):
            continue
        first = seen.setdefault(key.of(row), line)
        if first != line:
            return origin.error(
                f"{key.of(row)} in columns {columns} repeats {origin.unit} {first}; "
                "keep one row a pair, or add them up",
                line=line,
            )
    return origin.error(f"columns {columns} repeat a key; keep one row a key")
