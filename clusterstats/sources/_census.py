"""Checking the columns of a detail file against its dictionary."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial

import narwhals.stable.v2 as nw

from clusterstats.sources._checks import Pattern, Rule, survey
from clusterstats.sources._codes import not_what
from clusterstats.sources._dictionary import CODED, FREE, NUMBER, Variable
from clusterstats.sources._noted import Noted, NotedReport, first_bad
from clusterstats.sources._origin import Frame, Origin, Row
from clusterstats.sources.report import Tally

__all__ = ["CensusReport", "Layout", "checked"]

UNSIGNED = r"(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][-+]?[0-9]+)?"
MOST_CODES = 1_000_000
"""More than a dictionary lists: among so many values one is unknown, whatever the rest."""
FEW = 12

Counts = Mapping[str, Mapping[str, int]]
"""Rows by column and value as it stands in the file."""


@dataclass(frozen=True)
class CensusReport(NotedReport):
    """A `NotedReport` that also names the columns whose codes were not checked.

    Attributes
    ----------
    file, rows, cells, noted
        As in `NotedReport`; noted are blanks, special codes, and codes without bounds.
    unchecked : tuple of str
        Columns that the dictionary lacks, or whose codes it does not list.
    """

    unchecked: tuple[str, ...] = ()

    def __str__(self) -> str:
        listed = f"\n    codes not checked: {', '.join(self.unchecked)}" if self.unchecked else ""
        return super().__str__() + listed


@dataclass(frozen=True)
class Layout:
    """Columns of the file that are wanted, their new names, and what the dictionary says."""

    weight: str
    names: Mapping[str, str]
    variables: Mapping[str, Variable]
    bounds: tuple[str, ...] = ()

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Columns whose variable is of a kind, in order."""
        known = (c for c in self.names if c in self.variables)
        return tuple(column for column in known if self.variables[column].kind == kind)

    @property
    def unchecked(self) -> tuple[str, ...]:
        """Columns whose codes the dictionary does not list."""
        checked = {*self.of_kind(CODED), *self.of_kind(NUMBER)}
        return tuple(column for column in self.names if column not in checked)


def checked(origin: Origin, layout: Layout) -> tuple[CensusReport, frozenset[str]]:
    """Check every row; also the columns that have spaces around a code."""
    texts = (nw.col(column).cast(nw.String) for column in (layout.weight, *layout.names))
    frame = origin.frame.select(*texts)
    others = _others(layout)
    found = survey(replace(origin, frame=frame), _rules(layout), counts=others)
    counts = _counts(frame, layout.of_kind(CODED))
    for column, values in counts.items():
        _require_codes(origin, column, layout.variables[column], values)
    rows = found["rows"]
    noted = [Noted(what, found[what]) for what in others if found[what]]
    for column, values in counts.items():
        noted += _noted(layout, column, values, rows)
    report = CensusReport(origin.name, Tally(rows), None, tuple(noted), layout.unchecked)
    spaced = (c for c, values in counts.items() if any(v != v.strip() for v in values))
    return report, frozenset(spaced)


def _rules(layout: Layout) -> list[Rule]:
    weight = "a weight, a number of at least 0; weigh every row"
    number = "a number, or blank"
    rules = [Rule(Pattern((layout.weight,), UNSIGNED), partial(not_what, what=weight))]
    if numbers := layout.of_kind(NUMBER):
        regex = f"(?:[-+]?{UNSIGNED})?"
        rules.append(Rule(Pattern(numbers, regex, True), partial(not_what, what=number)))
    for width, columns in _by_width(layout).items():
        what = f"a text of at most {width} character(s), as the dictionary says"
        regex = f"[^\x1f]{{0,{width}}}"
        rules.append(Rule(Pattern(columns, regex, True), partial(not_what, what=what)))
    return rules


def _by_width(layout: Layout) -> dict[int, tuple[str, ...]]:
    """Free columns by the length that the dictionary gives them."""
    columns: dict[int, tuple[str, ...]] = {}
    for column in layout.of_kind(FREE):
        variable = layout.variables[column]
        if variable.width is not None:
            special = (code for code, said in variable.codes.items() if code and said.is_special)
            width = max(variable.width, *map(len, special), 0)
            columns[width] = (*columns.get(width, ()), column)
    return columns


def _others(layout: Layout) -> dict[str, nw.Expr]:
    """What to count in columns without a list of codes: blanks and special codes."""
    counts = {}
    for column in (*layout.of_kind(NUMBER), *layout.of_kind(FREE)):
        value = nw.col(column)
        counts[f"{column} blank"] = value.is_null() | (value == "")
        for code, said in layout.variables[column].codes.items():
            if code and said.is_special:
                counts[f"{column} {code!r} ({said.label})"] = value == code
    return counts


def _counts(frame: Frame, columns: tuple[str, ...]) -> Counts:
    """One pass for all columns; blanks, which are null, are not counted."""
    counts: dict[str, dict[str, int]] = {column: {} for column in columns}
    if columns:
        long = frame.unpivot(on=list(columns), variable_name="column", value_name="value")
        groups = long.group_by("column", "value").agg(nw.len().alias("rows")).head(MOST_CODES)
        for column, value, rows in groups.collect().rows():
            if value is not None:
                counts[column][value] = int(rows)
    return counts


def _require_codes(
    origin: Origin, column: str, variable: Variable, values: Mapping[str, int]
) -> None:
    """Raise at the first row with a code that the dictionary does not list."""
    bad = {value.strip() for value in values} - {"", *variable.codes}
    if not bad:
        return
    rows = sum(count for value, count in values.items() if value.strip() in bad)

    def code(row: Row) -> str:
        return (row[column] or "").strip()

    def say(row: Row) -> str:
        return (
            f"{code(row)!r} is not a code of {variable.name} in the dictionary, "
            f"{_hint(code(row), variable)} ({rows:,} row(s) have codes it lacks); give the "
            "dictionary of this file and year, or add the code to what read_dictionary gives"
        )

    raise first_bad(origin, column, lambda row: code(row) in bad, say)


def _hint(value: str, variable: Variable) -> str:
    codes = [code for code in variable.codes if code is not None]
    padded = value.zfill(variable.width or 0)
    if padded in codes:
        return f"which has {padded!r}: keep codes as text, with their leading zeros"
    if len(codes) <= FEW:
        return f"which has {', '.join(map(repr, codes))}"
    near = get_close_matches(value, codes, n=1, cutoff=0)
    return f"whose nearest of {len(codes):,} is {near[0]!r}"


def _noted(layout: Layout, column: str, values: Mapping[str, int], rows: int) -> Iterator[Noted]:
    codes = layout.variables[column].codes
    filled: dict[str, int] = {}
    for value, count in values.items():
        if code := value.strip():
            filled[code] = filled.get(code, 0) + count
    if blank := rows - sum(filled.values()):
        reason = f" ({codes[None].label})" if None in codes else ", which the dictionary lacks"
        yield Noted(f"{column} blank{reason}", blank)
    for code, count in sorted(filled.items()):
        said = codes[code]
        if said.is_special:
            yield Noted(f"{column} {code!r} ({said.label})", count)
        elif column in layout.bounds and said.low is None:
            yield Noted(f"{column} {code!r} ({said.label}), a label without bounds", count)
