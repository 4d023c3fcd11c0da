"""Cells that the publisher omits: the least and the most that each can hold.

A cell with fewer than 3 establishments is not printed, while totals above it are. What a printed
total has left, after the cells printed below it, lies in the omitted ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

TOTAL = "00"
MOST = 2
"""Establishments that an omitted cell has at most."""
SECTORS = {"31": "31-33", "32": "31-33", "33": "31-33"}
SECTORS |= {"44": "44-45", "45": "44-45", "48": "48-49", "49": "48-49"}


class Ends(NamedTuple):
    """Least and most of a quantity, each a frame of areas x industries."""

    low: pd.DataFrame
    high: pd.DataFrame


class Tree(NamedTuple):
    """Areas x industries with what is printed, what the rest can hold, and one way to fill it.

    `clipped` counts totals that are not what the cells below them add to (less than the printed
    ones, or more with none omitted); `beyond` counts those with more establishments left than
    the omitted cells below them can have.
    """

    printed: pd.DataFrame
    establishments: Ends
    employment: Ends
    filled: pd.DataFrame
    children: dict[str, list[str]]
    clipped: int
    beyond: int

    @property
    def leaves(self) -> list[str]:
        """Industries with none below them: every job is in one of these."""
        return [code for code in self.printed if code not in self.children]


def parent(code: str) -> str:
    """The industry that holds this one; the total holds the sectors."""
    if len(code) == 2 or "-" in code:
        return TOTAL
    return SECTORS.get(code[:2], code[:2]) if len(code) == 3 else code[:-1]


def level(code: str) -> int:
    """Digits of an industry, 0 for the total."""
    return 0 if code == TOTAL else 2 if "-" in code else len(code)


def tree(table: pd.DataFrame) -> Tree:
    """Bounds of all cells of a table of printed ones (region, industry and the two counts).

    Of a total with R left for M omitted cells, each holds R if M = 1, else [0, R]; if no
    establishment is left it holds 0. From the top down, so that R of an omitted total is itself
    a pair of bounds. Nothing tighter follows from these totals. `filled` gives R to the omitted
    cells in proportion to what is printed of their industries in all areas (evenly where
    nothing is).
    """
    number, jobs = (
        table.pivot(index="region", columns="industry", values=value).astype("float64")
        for value in ("establishments", "employment")
    )
    children: dict[str, list[str]] = {}
    for code in jobs.columns.drop(TOTAL):
        children.setdefault(parent(code), []).append(code)
    ends = Ends(number.copy(), number.copy()), Ends(jobs.copy(), jobs.copy())
    filled, clipped, beyond = jobs.copy(), 0, 0
    for code in sorted(children, key=level):
        below = children[code]
        cells = jobs[below].isna().sum(axis=1)
        left = _bound(code, number[below], jobs[below], *ends)
        is_over = (cells == 0) & (left > 0).any(axis=1)
        clipped += int(((left < 0).any(axis=1) | is_over).sum())
        beyond += int((jobs[code].notna() & (left["establishments"] > MOST * cells)).sum())
        filled[below] = _filled(jobs[below], filled[code])
    return Tree(jobs, *ends, filled.copy(), children, clipped, beyond)


def _bound(
    code: str, number: pd.DataFrame, jobs: pd.DataFrame, of_number: Ends, of_jobs: Ends
) -> pd.DataFrame:
    """Write the ends of what is omitted below one total; return the most that it has left."""
    omitted = jobs.isna()
    cells = omitted.sum(axis=1)
    fewest, most = (end[code] - number.sum(axis=1) for end in of_number)
    least, left = (end[code] - jobs.sum(axis=1) for end in of_jobs)
    is_sole = (cells == 1) & (most > 0)
    _put(of_number.low, omitted, (fewest - MOST * (cells - 1)).clip(lower=0))
    _put(of_number.high, omitted, most.clip(lower=0, upper=MOST))
    _put(of_jobs.low, omitted, least.clip(lower=0).where(is_sole, 0))
    _put(of_jobs.high, omitted, left.clip(lower=0).where(most > 0, 0))
    return pd.DataFrame({"establishments": most, "employment": left})


def _put(frame: pd.DataFrame, omitted: pd.DataFrame, value: pd.Series) -> None:
    """Write one value an area into its omitted cells."""
    below = list(omitted)
    frame[below] = frame[below].where(~omitted, pd.concat([value] * len(below), axis=1, keys=below))


def _filled(jobs: pd.DataFrame, total: pd.Series) -> pd.DataFrame:
    """Employment below one total, what it has left given to omitted cells."""
    omitted = jobs.isna()
    weight = omitted.astype("float64").mul(jobs.sum(), axis=1)
    weight = weight.mask(weight.sum(axis=1) == 0, omitted.astype("float64"))
    share = weight.div(weight.sum(axis=1).replace(0, np.nan), axis=0).fillna(0)
    return jobs.where(~omitted, share.mul((total - jobs.sum(axis=1)).clip(lower=0), axis=0))


def cells_of(bounds: Tree, codes: list[str]) -> pd.DataFrame:
    """One row a cell of these industries: its bounds, and how it is known.

    `cell` is ``printed``; ``none`` (no employee is left for it); ``implied`` (the only cell omitted
    below its total, so it holds what is left); or ``bounded``.
    """
    columns = {
        "printed": bounds.printed,
        "establishments_low": bounds.establishments.low,
        "establishments_high": bounds.establishments.high,
        "employment_low": bounds.employment.low,
        "employment_high": bounds.employment.high,
        "total": pd.DataFrame(dict.fromkeys(codes, bounds.printed[TOTAL])),
    }
    regions = bounds.printed.index
    long = pd.DataFrame({"region": regions.repeat(len(codes)), "industry": codes * len(regions)})
    long = long.assign(**{name: frame[codes].to_numpy().ravel() for name, frame in columns.items()})
    known = long["employment_low"] == long["employment_high"]
    kinds = [long["printed"].notna(), long["employment_high"] == 0, known]
    cell = np.select(kinds, ["printed", "none", "implied"], "bounded")
    return long.drop(columns="printed").assign(cell=cell)


class Group(NamedTuple):
    """What one printed total has left, and the industries that may hold it, area by area."""

    left: pd.Series
    is_open: pd.DataFrame


def groups(bounds: Tree) -> list[Group]:
    """Every total's remainder: `left` is 0 where the total itself is omitted."""
    omitted = bounds.printed.isna()
    found = []
    for code, below in bounds.children.items():
        is_open = {}
        for child in below:
            under = [leaf for leaf in bounds.leaves if child in _line(leaf)]
            is_open |= dict.fromkeys(under, omitted[child] & ~omitted[code])
        left = (bounds.printed[code] - bounds.printed[below].sum(axis=1)).clip(lower=0)
        found.append(Group(left.fillna(0), pd.DataFrame(is_open)))
    return found


def _line(code: str) -> list[str]:
    """An industry and all that hold it."""
    return [code] if code == TOTAL else [code, *_line(parent(code))]
