"""A report that also counts what was kept but is not whole: masked, unknown, suppressed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice

from clusterstats.errors import SourceError
from clusterstats.sources._origin import Origin, Row
from clusterstats.sources.report import ReadingReport, SetAside

__all__ = ["Noted", "NotedReport", "first_bad", "placed"]

LOOKED_AT = 100_000


@dataclass(frozen=True)
class Noted:
    """How many rows that were kept have a value that says less than it could.

    Attributes
    ----------
    what : str
        What is masked, unknown or suppressed.
    count : int
        Number of rows.
    """

    what: str
    count: int

    def __str__(self) -> str:
        return f"{self.count:,} kept with {self.what}"


@dataclass(frozen=True)
class NotedReport(ReadingReport):
    """A `ReadingReport` that also says what is not known of rows that were kept.

    Attributes
    ----------
    file, rows, cells
        As in `ReadingReport`.
    noted : tuple of Noted
        What is masked, unknown or suppressed, with the number of rows.
    """

    noted: tuple[Noted, ...] = ()

    def __str__(self) -> str:
        return super().__str__() + "".join(f"\n    {note}" for note in self.noted)


@dataclass(frozen=True)
class Unplaced(SetAside):
    """Set aside so far down the file that the first line was not looked for; it is 0."""

    def __str__(self) -> str:
        return f"{self.count:,} set aside: {self.reason} (below line {LOOKED_AT:,})"


def placed(
    origin: Origin, counts: Mapping[str, int], reason_of: Callable[[Row], str | None]
) -> tuple[SetAside, ...]:
    """Each reason with its count and first line; one short pass over the top of the file."""
    wanted = {reason for reason, count in counts.items() if count}
    lines: dict[str, int] = {}
    top = islice(origin.rows(), LOOKED_AT) if wanted else ()
    for line, row in top:
        reason = reason_of(row)
        if reason in wanted:
            lines[reason] = line
            wanted.remove(reason)
        if not wanted:
            break
    return tuple(
        SetAside(reason, count, lines[reason]) if reason in lines else Unplaced(reason, count, 0)
        for reason, count in counts.items()
        if count
    )


def first_bad(
    origin: Origin, column: str, is_bad: Callable[[Row], bool], say: Callable[[Row], str]
) -> SourceError:
    """Error for the first row that is bad."""
    for line, row in origin.rows():
        if is_bad(row):
            return origin.error(say(row), line=line, column=column)
    return origin.error("a value can't be read; download it again", column=column)
