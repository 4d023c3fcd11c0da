"""What a column may hold, tested where the column is used: the engine stops at a bad value."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import narwhals.stable.v2 as nw

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._engines import Engine
from clusterstats.sources._origin import Frame

__all__ = ["Guard", "guarded"]

REMEDY = 'check="now" names the line'


@dataclass(frozen=True)
class Guard:
    """What a column of text may hold.

    `quick` is DuckDB's SQL, with ``@`` for the column, and true only of what `regex` matches: it
    spares most values the regular expression.
    """

    column: str
    regex: str
    is_blank_allowed: bool
    expected: str
    quick: str = "false"

    def sql(self, name: str) -> str:
        """SQL of the column, null where blank, that fails at a bad value of file `name`."""
        column = _identifier(self.column)
        said = (f"{_literal(part)}" for part in self.message(name))
        error = "error(" + f" || coalesce({column}, '') || ".join(said) + ")"
        blank = "NULL" if self.is_blank_allowed else error
        return (
            f"CASE WHEN {self._is_quick} THEN {column} WHEN coalesce({column}, '') = '' "
            f"THEN {blank} WHEN {self._is_matched} THEN {column} ELSE {error} END AS {column}"
        )

    def message(self, name: str) -> tuple[str, str]:
        """What to say before the bad value, and after it."""
        return f"{name}, column {self.column!r}: '", f"' is not {self.expected}; {REMEDY}"

    @property
    def _is_quick(self) -> str:
        return f"({self.quick.replace('@', _identifier(self.column))})"

    @property
    def _is_matched(self) -> str:
        return f"regexp_matches({_identifier(self.column)}, {_literal(f'^(?:{self.regex})$')})"


def _identifier(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def guarded(frame: Frame, guards: Iterable[Guard], name: str, engine: Engine) -> Frame:
    """Columns of a lazy frame, null where blank, that raise where used and bad."""
    if isinstance(engine, str) and engine == "pandas":
        raise OptionError('check="used" is not for pandas, which reads now; use check="now"')
    native = frame.to_native()
    if engine == "duckdb":
        guard: Any = native.project(", ".join(one.sql(name) for one in guards))
    elif engine == "polars":
        guard = _polars(native, guards, name)
    else:
        guard = native.select(*(_spark(one, name) for one in guards))
    made: Frame = nw.from_native(guard)
    return made


def _polars(native: Any, guards: Iterable[Guard], name: str) -> Any:
    import polars as pl

    return native.select(
        pl.col(one.column).map_batches(
            partial(_checked, one, name), return_dtype=pl.String(), is_elementwise=True
        )
        for one in guards
    )


def _checked(guard: Guard, name: str, values: Any) -> Any:
    """Give the values of a batch, a blank as null; raise at the first that is bad."""
    filled = values.set(values == "", None)
    is_good = filled.str.contains(f"^(?:{guard.regex})$").fill_null(guard.is_blank_allowed)
    if not is_good.all():
        raise SourceError((values.filter(~is_good)[0] or "").join(guard.message(name)))
    return filled


def _spark(guard: Guard, name: str) -> Any:
    import pyspark.sql.functions as sf

    column = sf.col("`" + guard.column.replace("`", "``") + "`")
    before, after = map(sf.lit, guard.message(name))
    filled = sf.coalesce(column, sf.lit(""))
    error = sf.raise_error(sf.concat(before, filled, after))
    return (
        sf.when(filled == "", sf.lit(None) if guard.is_blank_allowed else error)
        .when(column.rlike(rf"^(?:{guard.regex})\z"), column)
        .otherwise(error)
        .alias(guard.column)
    )
