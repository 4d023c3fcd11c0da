"""What a reader read, kept and set aside."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from clusterstats.errors import warn

__all__ = ["ReadingReport", "Reporter", "SetAside", "Tally", "deliver"]


@dataclass(frozen=True)
class SetAside:
    """How many things a reader left out for one reason, and the line of the first."""

    reason: str
    count: int
    first_line: int

    def __str__(self) -> str:
        return f"{self.count:,} set aside: {self.reason} (first on line {self.first_line})"


@dataclass(frozen=True)
class Tally:
    """Things read and, by reason, set aside; the rest is kept."""

    read: int
    set_aside: tuple[SetAside, ...] = ()

    @property
    def kept(self) -> int:
        """Things read and not set aside."""
        return self.read - sum(part.count for part in self.set_aside)

    def __str__(self) -> str:
        parts = "".join(f"\n    {part}" for part in self.set_aside)
        return f"{self.read:,} read, {self.kept:,} kept{parts}"


@dataclass(frozen=True)
class ReadingReport:
    """What a reader read, kept and set aside, and why; every reader can give one.

    Ask for it with ``report=``: ``report=print`` shows it, ``report=reports.append`` keeps it.
    Without ``report``, rows that are set aside raise a `ClusterstatsWarning`, so that none
    is lost in silence.

    Attributes
    ----------
    file : str
        Name of the file, without its folder.
    rows : Tally
        Rows of the file below its header: ``rows.read``, ``rows.kept``, ``rows.set_aside``.
        A line without anything in it is not a row.
    cells : Tally or None
        (row, year) cells of a file with columns by year; its kept cells are the rows
        of the result. None where a row of the file is a row of the result.

    Examples
    --------
    >>> from clusterstats.sources.report import ReadingReport, SetAside, Tally
    >>> blank = SetAside("both counts blank", 3, first_line=2)
    >>> print(ReadingReport("communes.csv", Tally(10), Tally(20, (blank,))))
    communes.csv
      rows: 10 read, 10 kept
      (row, year) cells: 20 read, 17 kept
        3 set aside: both counts blank (first on line 2)
    """

    file: str
    rows: Tally
    cells: Tally | None = None

    def __str__(self) -> str:
        cells = f"\n  (row, year) cells: {self.cells}" if self.cells else ""
        return f"{self.file}\n  rows: {self.rows}{cells}"


Reporter: TypeAlias = Callable[[ReadingReport], object]
"""Takes the report of a reader: `print`, the `append` of a list, a function."""


def deliver(report: ReadingReport, to: Reporter | None) -> None:
    """Give the report to who asked for it; else warn of rows that were set aside."""
    if to is not None:
        to(report)
    elif report.rows.set_aside:
        parts = "; ".join(str(part) for part in report.rows.set_aside)
        warn(f"{report.file}: rows {parts}; pass report= to receive the account yourself")
