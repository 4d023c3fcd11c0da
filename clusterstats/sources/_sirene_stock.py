"""Who of SIRENE's stock stood at a date, and why the others are set aside."""

from dataclasses import dataclass

import narwhals.stable.v2 as nw

from clusterstats.sources._origin import Row

__all__ = ["MASK", "Stock", "known"]

MASK, ABROAD = "[ND]", "abroad, or without a commune"


def known(column: str) -> nw.Expr:
    """Values that are not masked."""
    return nw.when(nw.col(column) != MASK).then(nw.col(column))


@dataclass(frozen=True)
class Stock:
    """Which rows to set aside, and why: in the engine and, the same, in Python."""

    region: str
    opened: str
    start: str
    state: str
    date: str | None
    is_active_only: bool

    @property
    def over(self) -> str:
        """Reason: closed."""
        return "closed" if self.date is None else f"closed by {self.date}"

    @property
    def later(self) -> str:
        """Reason: not yet open."""
        return f"opened after {self.date}"

    @property
    def unknown(self) -> str:
        """Reason: one cannot tell."""
        return f"no date that says whether it was open on {self.date}"

    def kept(self) -> list[nw.Expr]:
        """All true of the rows of no reason."""
        return [*self._here(), *(~one for one in self._of_time().values())]

    def is_known(self) -> nw.Expr:
        """True where the state, guarded, is one that is kept; it makes the guard look."""
        return nw.col(self.state).is_in(["A"] if self.is_active_only else ["A", "F"])

    def reasons(self) -> dict[str, nw.Expr]:
        """True of the rows of each reason, of which a row has at most one."""
        is_here = nw.all_horizontal(*self._here(), ignore_nulls=False).fill_null(False)
        others = {reason: is_here & one for reason, one in self._of_time().items()}
        return {ABROAD: ~is_here, **others}

    def _here(self) -> list[nw.Expr]:
        region = nw.col(self.region)
        return [region > "", ~region.str.starts_with("99")]

    def _of_time(self) -> dict[str, nw.Expr]:
        is_closed = (nw.col(self.state) == "F").fill_null(False)
        if self.date is None:
            return {self.over: is_closed} if self.is_active_only else {}
        opened, start = known(self.opened), known(self.start)
        has_begun = (start <= self.date).fill_null(False)
        is_over = is_closed & has_begun
        is_later = ~is_over & (opened > self.date).fill_null(False)
        has_dates = ~opened.is_null() & (~is_closed | ~start.is_null())
        is_sure = has_dates | (~is_closed & has_begun)
        return {
            self.over: is_over,
            self.later: is_later,
            self.unknown: ~is_over & ~is_later & ~is_sure,
        }

    def reason(self, row: Row) -> str | None:
        """Why a row is set aside; None if it is kept."""
        if (row[self.region] or "99").startswith("99"):
            return ABROAD
        is_closed = row[self.state] == "F"
        if self.date is None:
            return self.over if is_closed and self.is_active_only else None
        opened, start = (_unmasked(row[column]) for column in (self.opened, self.start))
        has_begun = start is not None and start <= self.date
        if is_closed and has_begun:
            return self.over
        if opened is not None and opened > self.date:
            return self.later
        has_dates = opened is not None and (not is_closed or start is not None)
        return None if has_dates or (has_begun and not is_closed) else self.unknown


def _unmasked(value: str | None) -> str | None:
    return None if value == MASK else value
