"""What can be wrong with a text file, by family, and what must then happen."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from tests.sources.malformed.changes import (
    Lines,
    Mutation,
    Outcome,
    by_cells,
    by_lines,
    cell,
    encoded,
    in_line,
    inserted,
    place,
    refused,
    replaced,
    same,
    written,
)
from tests.sources.malformed.goods import TARGET, Good
from tests.sources.malformed.gzips import containers

__all__ = ["Mutation", "Outcome", "mutations"]

NOT_YEARS = ("0000", "20222", "2022.5", "MMXXII", "9999")
NOT_DATES = ("2021-02-30", "2021-13-01", "03/04/2021", "0000-00-00", "hier")


def mutations(good: Good) -> Iterator[Mutation]:
    """All that apply to a good file."""
    for family in OF_TEXT:
        for mutation in family(good):
            yield replace(mutation, is_of_text=True)
    for family in OF_VALUES:
        yield from family(good)


def delimiters(good: Good) -> Iterator[Mutation]:
    for mark, name in ((";", "semicolons"), (",", "commas"), ("\t", "tabs"), ("|", "bars")):
        if mark != good.delimiter:
            change = written(good, mark, csv.QUOTE_MINIMAL)
            if good.finds_delimiter:
                yield same(name, change)
            else:
                yield refused(name, change, "line 1", repr(mark) if good.is_quoted else "")
    if good.needed:
        yield refused("colons", written(good, ":", csv.QUOTE_MINIMAL), "line 1")
        yield refused("fixed width", replaced(good.delimiter.encode(), b"   "), "line 1")


def encodings(good: Good) -> Iterator[Mutation]:
    value = good.value(good.text)
    marked = cell(good, good.text, value + "~")
    yield refused(
        "a cp1252 letter",
        lambda content: marked(content).replace(b"~", b"\xe9"),
        *place(good.text),
        "0xe9",
    )
    yield refused("UTF-16 with a mark", encoded("utf-16"), "UTF-16")
    yield refused("UTF-16 without a mark", encoded("utf-16-le"))
    yield refused("UTF-32", encoded("utf-32"))
    yield refused("a letter cut at the end", lambda content: content + b"\xc3")
    yield same("a mark of UTF-8", encoded("utf-8-sig"))
    yield refused("a NUL in a value", cell(good, good.text, "a\0b"), *place(good.text))
    yield refused("a NUL after a value", cell(good, good.text, value + "\0"), *place(good.text))
    yield refused("a NUL in the header", in_line(1, lambda text: text + "\0"))
    yield refused("NULs after the end", lambda content: content + b"\0" * 512)


def headless(good: Good) -> Iterator[Mutation]:
    """Nothing that can be a header where it should be."""
    yield refused("no rows", by_lines(lambda lines: lines[:1]))
    yield refused("a blank first line", inserted(1, ""), "line 1")
    yield refused("only blank lines", lambda content: b"\n\n\n", "line 1")
    yield refused("only spaces", lambda content: b"   \n", "line 1")
    yield refused("a comment at the top", inserted(1, "# exported in 2024"), "line")
    yield refused("a title at the top", inserted(1, f"Table 1{good.delimiter}2024"), "line")
    yield refused("a line for Excel at the top", inserted(1, f"sep={good.delimiter}"), "line")
    yield refused("a line break in the header", in_line(1, lambda text: '"a\nb"' + text), "line 1")


def names(good: Good) -> Iterator[Mutation]:
    needed, delimiter = good.needed, good.delimiter
    yield refused(
        "two columns of a name",
        in_line(1, lambda text: text.replace(good.columns[0], good.columns[1], 1)),
        "line 1",
        repr(good.columns[1]),
    )
    yield refused(
        "a name twice but for case",
        in_line(1, lambda text: delimiter.join([good.columns[1].swapcase(), *good.columns[1:]])),
        "line 1",
    )
    yield same(
        "spaces around names", in_line(1, lambda text: text.replace(delimiter, f" {delimiter} "))
    )
    yield same("columns in another order", by_cells(good, lambda rows: [r[::-1] for r in rows]))
    if needed:
        wrong = needed + "q"
        change = in_line(1, partial(_renamed, good, wrong))
        yield refused("a name misspelt", change, "line 1", repr(wrong))
        yield refused("a name blank", in_line(1, partial(_renamed, good, "")), "line 1")
        yield refused("no header", by_lines(lambda lines: lines[1:]), "line 1")
        if good.lines[0] not in good.aside:
            yield refused("the header again", by_lines(lambda lines: lines + lines[:1]), "line")
        change = in_line(1, str.swapcase)
        if good.folds_case:
            yield same("names in other case", change)
        else:
            yield refused("names in other case", change, "line 1")


def _renamed(good: Good, name: str, header: str) -> str:
    columns = [name if old == good.needed else old for old in header.split(good.delimiter)]
    return good.delimiter.join(columns)


def shapes(good: Good) -> Iterator[Mutation]:
    mark, line, last = good.delimiter, f"line {TARGET}", f"line {len(good.lines)}"
    yield refused("a value too few", in_line(TARGET, lambda text: text.rsplit(mark, 1)[0]), line)
    yield refused("a value too many", in_line(TARGET, lambda text: text + mark + "x"), line)
    yield refused("a delimiter too many", in_line(TARGET, lambda text: text + mark), line)
    change = by_cells(good, partial(_shifted, good))
    yield refused("values one to the right of theirs", change, line)
    yield refused("a comment between", inserted(TARGET, "# checked"), line)
    yield refused("the last line cut", lambda text: text[: text.rindex(mark.encode())], last)
    yield refused("a note below", lambda content: content + b"Source : Insee.\n")
    yield refused("a control letter at the end", lambda content: content + b"\x1a\n")
    change = by_lines(lambda lines: [each + mark for each in lines])
    yield same("a delimiter at the end of all lines", change)
    change = by_lines(lambda lines: [text for each in lines for text in (each, "")])
    yield same("blank lines between", change)
    yield same("blank lines at the end", lambda content: content + b"\n\n\n")
    yield same("no line end at the end", lambda content: content.rstrip(b"\n"))
    yield same("Windows line ends", replaced(b"\n", b"\r\n"))
    change = replaced(b"\n", b"\r")
    if good.is_quoted:
        yield same("Macintosh line ends", change)
    else:
        yield refused("Macintosh line ends", change, "line 1", "line ends are CR")
    change = by_lines(lambda lines: [lines[0] + "\r", lines[1], *lines[2:]])
    yield refused("line ends of two kinds", change, "line 2", "ends in LF, line 1 in CR LF")


def _shifted(good: Good, rows: list[Lines]) -> list[Lines]:
    """A blank too many in the target line, which ends in a blank as others do."""
    at = rows[0].index(good.text)
    rows = [[*row[:at], *row[at + 1 :], row[at]] for row in rows]
    blank = "" if good.is_quoted else "\\N"
    rows[TARGET - 1] = [*rows[TARGET - 1][:-1], blank, ""]
    return rows


def quotes(good: Good) -> Iterator[Mutation]:
    if not good.is_quoted:
        return
    yield same("all quoted", written(good, good.delimiter, csv.QUOTE_ALL))
    for name, text in (
        ("a line break in quotes", "a\nb"),
        ("a blank line in quotes", "a\n\nb"),
        ("a Windows line break in quotes", "a\r\nb"),
        ("a delimiter in quotes", f"a{good.delimiter}b"),
        ("a doubled quote", 'a"b'),
    ):
        quoted = '"' + text.replace('"', '""') + '"'
        yield Mutation(name, cell(good, good.text, quoted), Outcome.SAME, text=text)
    yield refused("a quote never closed", cell(good, good.text, '"Brume'), f"line {TARGET}")
    yield refused("a quote within quotes", cell(good, good.text, '"Br"ume"'), f"line {TARGET}")
    yield refused("text after a quote", cell(good, good.text, '"Brume" x'), f"line {TARGET}")


def counts(good: Good) -> Iterator[Mutation]:
    for column in good.counts:
        for name, value in _not_counts(good):
            change = cell(good, column, value)
            said = repr(value.strip('"'))[:50]
            yield refused(f"{name} in {column}", change, *place(column), said)


def codes(good: Good) -> Iterator[Mutation]:
    for column, wrong in good.codes.items():
        for name, value in _not_codes(good.value(column), wrong):
            change = cell(good, column, value)
            if column not in good.labelled or value.strip(" ") != good.value(column):
                yield refused(f"{name} in {column}", change, *place(column))
        if column not in good.optional:
            yield refused(f"a blank in {column}", cell(good, column, ""), *place(column))


def values(good: Good) -> Iterator[Mutation]:
    wrong = [(f"an unknown value in {column}", column, v) for column, v in good.closed.items()]
    wrong += [(f"year {v} in {column}", column, v) for column in good.years for v in NOT_YEARS]
    wrong += [(f"date {v} in {column}", column, v) for column in good.dates for v in NOT_DATES]
    for name, column, value in wrong:
        yield refused(name, cell(good, column, value), *place(column), repr(value))


def _not_counts(good: Good) -> Iterator[tuple[str, str]]:
    comma = "3,5" if good.delimiter != "," else '"3,5"'
    yield "letters", "abc"
    yield "a negative number", "-1"
    yield "NaN", "NaN"
    yield "infinity", "inf"
    yield "a number too large", "9" * 400
    yield from [] if good.name == "mesr" else [("a decimal comma", comma)]
    yield from [] if good.name == "mesr" else [("thousands apart", "1 234")]
    yield from [] if good.name == "pseo" else [("an exponent", "1e3")]
    yield from [("an exponent too large", "1e999")] if good.name == "pseo" else []
    yield "two points", "1.234.567"
    yield "digits of another script", "٣٤"
    yield "two numbers with a separator of units", "3\x1f4"


def _not_codes(code: str, wrong: str) -> Iterator[tuple[str, str]]:
    yield "a code cut short", wrong
    yield "a space before the code", f" {code}"
    yield "a space after the code", f"{code} "
    yield "a hard space after the code", f"{code}\u00a0"


def keys(good: Good) -> Iterator[Mutation]:
    if good.key:
        twin = good.lines[TARGET - 1]
        yield refused("a row twice", inserted(TARGET + 1, twin), f"line {TARGET + 1}")
        number = len(good.lines) + 1
        yield refused("a row again at the end", inserted(number, twin), f"line {number}")


def asides(good: Good) -> Iterator[Mutation]:
    for number, text in enumerate(good.aside, start=1):
        name = f"row {number} to set aside"
        yield Mutation(name, inserted(TARGET, text), Outcome.COUNTED, rows=1)


Family: TypeAlias = Callable[[Good], Iterator[Mutation]]
OF_TEXT: Sequence[Family] = (delimiters, encodings, headless, shapes, quotes, containers)
OF_VALUES: Sequence[Family] = (names, counts, codes, values, keys, asides)
