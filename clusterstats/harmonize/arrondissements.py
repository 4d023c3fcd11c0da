"""Municipal arrondissements of Paris, Lyon and Marseille, folded into their commune."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import TableError, require_choice
from clusterstats.harmonize._matched import cells_of, summed

__all__ = ["ARRONDISSEMENTS", "fold_arrondissement_codes", "fold_arrondissements"]

ARRONDISSEMENTS = {
    **{f"751{number:02d}": "75056" for number in range(1, 21)},
    **{f"6938{number}": "69123" for number in range(1, 10)},
    **{f"132{number:02d}": "13055" for number in range(1, 17)},
}
"""The 45 arrondissements and the commune of each."""


def fold_arrondissement_codes(codes: Iterable[str]) -> pd.Series[str]:
    """Replace the codes of municipal arrondissements by that of their commune.

    Parameters
    ----------
    codes : iterable of str
        Commune codes; a series keeps its index.

    Returns
    -------
    Series
        The codes, those of an arrondissement replaced; all others, blank ones too, as they were.

    Examples
    --------
    >>> from clusterstats.harmonize import fold_arrondissement_codes
    >>> fold_arrondissement_codes(["75118", "69381", "13216", "93066"]).tolist()
    ['75056', '69123', '13055', '93066']
    """
    given = codes if isinstance(codes, pd.Series) else pd.Series(list(codes), dtype="object")
    return given.where(~given.isin(list(ARRONDISSEMENTS)), given.map(ARRONDISSEMENTS))


def fold_arrondissements(
    table: IntoTable,
    *,
    region: str = "region",
    values: Sequence[str] = (),
    overlap: Literal["error", "sum"] = "error",
) -> pd.DataFrame:
    """Sum the municipal arrondissements of Paris, Lyon and Marseille into their commune.

    Use it where one table counts by arrondissement (SIRENE, CNC) and another by commune; without
    it `to_vintage` keeps arrondissements as they are.

    Parameters
    ----------
    table : frame
        One row for each commune, industry (if any) and year (if any), in any engine.
    region : str
        The column of commune codes.
    values : sequence of str
        Additive columns beside ``establishments``, ``employment`` and any ``*_squares``.
    overlap : {"error", "sum"}
        What to do where a commune has a row of its own beside its arrondissements (in the same
        year and industry): raise, since it may be their total, or add it, if it is the rest.

    Returns
    -------
    DataFrame
        ``year``, ``region``, ``industry`` where they are, and the sums; sorted.

    Raises
    ------
    TableError
        If a commune overlaps its arrondissements, keys repeat, or a value is negative.

    Notes
    -----
    An unknown value (`nan`) makes the sum of its commune unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> from clusterstats.harmonize import fold_arrondissements
    >>> cinemas = pd.DataFrame({"region": ["75105", "75106", "93066"], "screens": [50, 46, 2]})
    >>> fold_arrondissements(cinemas, values=("screens",))
      region  screens
    0  75056     96.0
    1  93066      2.0
    """
    require_choice("overlap", overlap, ("error", "sum"))
    frame, sums = cells_of(table, region, values)
    return summed(folded(frame, sums, overlap), sums)


def folded(frame: pd.DataFrame, sums: Sequence[str], overlap: str) -> pd.DataFrame:
    """Return the rows under their commune's code, after the check for overlap."""
    result = frame.assign(region=fold_arrondissement_codes(frame["region"]))
    keys = [name for name in frame.columns if name not in sums]
    own = result.loc[frame["region"].isin(list(ARRONDISSEMENTS.values())), keys]
    inner = result.loc[frame["region"].isin(list(ARRONDISSEMENTS)), keys].drop_duplicates()
    both = own.merge(inner, on=keys)
    if overlap == "error" and len(both):
        raise TableError(
            f"commune {both['region'].iloc[0]!r} stands beside its own arrondissements in "
            f"{len(both)} row(s): its total would count twice; take it out, or pass "
            "overlap='sum' if it holds what is in no arrondissement"
        )
    return result
