"""Which columns hold regions, industries, years, shares and shocks."""

from __future__ import annotations

from dataclasses import dataclass

from clusterstats.errors import OptionError

__all__ = ["ShiftShareColumns"]


@dataclass(frozen=True)
class ShiftShareColumns:
    """Names of the columns of shares, shocks and data in a shift-share design.

    Parameters
    ----------
    region : str
        In the shares and in the data.
    industry : str
        In the shares and in the shocks.
    year : str, optional
        In the shares, the shocks, or both, and then in the data too; a table without it holds for
        every year. `None`: there is none.
    share : str
        In the shares: exposure of a region to an industry, from 0 to 1.
    shock : str
        In the shocks: change common to all regions, in any unit.

    Raises
    ------
    OptionError
        A name that is blank, or that stands for two columns.

    Examples
    --------
    >>> ShiftShareColumns(region="czone", industry="sic", share="employment_share").year
    'year'
    """

    region: str = "region"
    industry: str = "industry"
    year: str | None = "year"
    share: str = "share"
    shock: str = "shock"

    def __post_init__(self) -> None:
        names = [self.region, self.industry, self.share, self.shock]
        names += [] if self.year is None else [self.year]
        if not all(names):
            raise OptionError(f"a name in {self!r} is blank; name every column")
        if len(set(names)) < len(names):
            raise OptionError(f"{self!r} gives one column two meanings")
