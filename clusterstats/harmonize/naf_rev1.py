"""The image sector from NAF rév. 1 (2003-2007) to NAF rév. 2."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError
from clusterstats.harmonize._matched import (
    Recoded,
    cells_of,
    read_codes,
    scaled,
    spread,
    summed,
    warned,
)
from clusterstats.harmonize.sectors import Partial, share_of

__all__ = ["image_sector_to_naf_rev2"]

CROSSWALK = Path(__file__).with_name("naf_rev1_image.csv")
PARTIAL = "72.2A"


def image_sector_to_naf_rev2(
    table: IntoTable,
    *,
    industry: str = "industry",
    values: Sequence[str] = (),
    partial: Partial | None = None,
) -> Recoded:
    """Bring cells of the image sector from NAF rév. 1 (2003-2007) to NAF rév. 2.

    Use it to carry cinema, television, recorded music and games back before 2008.

    Parameters
    ----------
    table : frame
        One row for each industry, region (if any) and year (if any), in any engine.
    industry : str
        The column of NAF rév. 1 codes, with their dot, such as ``"92.1A"``.
    values : sequence of str
        Additive columns beside ``establishments``, ``employment`` and any ``*_squares``.
    partial : {"exclude", "include"} or float, optional
        What to do with 72.2A (software publishing), of which an unknown part is 58.21Z (games):
        leave it out, take it whole, or take this share, in (0, 1]. Needed where the table has it.

    Returns
    -------
    Recoded
        ``table`` by NAF rév. 2 sub-class; ``unmatched``, the rows of other codes and the part of
        72.2A that is not taken, with the reason; ``moves``, the correspondence used: its weight
        is "given" where `partial` made it, else "whole".

    Raises
    ------
    TableError
        If keys repeat, or a value is negative or not a number.
    OptionError
        If the table has 72.2A and `partial` is not given, or is not one of those above.

    Notes
    -----
    What is in `table` and in `unmatched` sums to what came in. The 13 links are this project's
    own, drawn from memory and not checked against INSEE's table of correspondence, which has
    further small links between these codes: treat the break of 2008 with care. Codes outside the
    image sector are not carried.

    References
    ----------
    `requirements.md` 3.3 of this project; decree 2007-1888 for NAF rév. 2.

    Examples
    --------
    >>> import pandas as pd
    >>> from clusterstats.harmonize import image_sector_to_naf_rev2
    >>> jobs = pd.DataFrame({"industry": ["92.1A", "92.2B", "72.2A"], "employment": [5, 7, 40]})
    >>> image_sector_to_naf_rev2(jobs.head(2)).table
      industry  employment
    0   59.11A        12.0
    """
    frame, sums = cells_of(table, industry, values, key="industry")
    links = _links(bool(frame["industry"].isin([PARTIAL]).any()), partial)
    known = frame["industry"].isin(links["code_from"])
    other = frame[~known].assign(reason="no correspondence is carried for this code")
    rest = frame[known].merge(links, left_on="industry", right_on="code_from")
    rest = rest[rest["weight"] < 1]
    rest = scaled(rest, sums, 1 - rest["weight"])
    rest = rest[frame.columns].assign(reason="the part that is outside the image sector")
    taken = links[links["code_from"].isin(frame["industry"]) & (links["weight"] > 0)]
    lost = pd.concat([other, rest]).reset_index(drop=True)
    total = summed(spread(frame, taken, sums, key="industry"), sums)
    return warned(Recoded(total, lost, taken.reset_index(drop=True)), "industry")


def _links(has_partial: bool, partial: Partial | None) -> pd.DataFrame:
    """Return the links with their weights; the partial one has that of `partial`."""
    if has_partial and partial is None:
        raise OptionError(
            f"{PARTIAL} belongs to the image sector only in part and its share is not known; pass "
            'partial="exclude", "include" or a share in (0, 1]'
        )
    share = share_of(partial) or 0.0
    links = read_codes(CROSSWALK).rename(columns={"naf_rev1": "code_from", "naf_rev2": "code_to"})
    is_part = links.pop("relation") == "part"
    weight = is_part.map({True: share, False: 1.0})
    return links.assign(weight=weight, weighting=is_part.map({True: "given", False: "whole"}))
