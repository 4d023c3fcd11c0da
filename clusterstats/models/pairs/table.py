"""The table of pairs of industries that regressions of coagglomeration take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["pair_table"]

I, J = "industry", "industry2"  # noqa: E741 (as in the papers)
LOW, HIGH = "_low", "_high"
Combine = Literal["max", "mean", "sum"]


def pair_table(
    index: IntoTable,
    proxies: Mapping[str, IntoTable],
    *,
    name: str = "coagglomeration",
    combine: Combine = "max",
) -> pd.DataFrame:
    """The table of pairs: an index of coagglomeration beside what the industries share.

    Parameters
    ----------
    index : table
        What `coagglomeration` (or `colocation`) returns: `industry`, `industry2`, `estimate`
        (and `year`), each pair once.
    proxies : mapping of str to table
        For each proxy a table with `industry`, `industry2`, and its value in the column `estimate`
        or in the one column left (and `year`, where it changes). Both orders of a pair may be
        there, as in flows from one industry to the other; absent pairs are blank.
    name : str
        What the index is called in the result.
    combine : {"max", "mean", "sum"}
        How the two orders of a pair become one number. `"max"` is that of Ellison, Glaeser and
        Kerr for flows of goods and citations.

    Returns
    -------
    DataFrame
        `industry`, `industry2`, (`year`,) the index and the proxies; a row a pair of the index, in
        its order.

    Raises
    ------
    TableError
        A column that is missing, a value that is not a number, a pair that is there twice in the
        same order.

    Notes
    -----
    Similarity of labor is the correlation of two industries' shares over occupations:
    `location_correlation` of a table of occupations, called `region`, by industry, with
    `of="region_shares"`. A pair that is there in one order only has that value, whatever
    `combine`; one that is blank in an order is blank. No blank is made 0.

    References
    ----------
    Ellison, G., E. L. Glaeser and W. R. Kerr (2010). What causes industry agglomeration? Evidence
    from coagglomeration patterns. American Economic Review 100, 1195-1213.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": list("AAABBB"), "industry": ["film", "games", "mills"] * 2,
    ...                      "employment": [60, 30, 110, 40, 20, 240]})
    >>> flows = pd.DataFrame({"industry": ["film", "games", "film"],
    ...                       "industry2": ["games", "film", "mills"], "flow": [0.2, 0.3, 0.0]})
    >>> cs.pair_table(cs.coagglomeration(jobs), {"input_output": flows}).round(3)
      industry industry2  coagglomeration  input_output
    0     film     games            0.167           0.3
    1     film     mills           -0.071           0.0
    2    games     mills           -0.071           NaN
    """
    require_choice("combine", combine, get_args(Combine))
    table = collect(as_lazy(index))
    value = _value_column(table, "index")
    keys = [I, J, *_years(table)]
    if taken := sorted({*keys, name} & set(proxies)):
        raise OptionError(f"a proxy can't be called {taken[0]!r}: the table has that column")
    made = _ordered(table[[*keys, value]]).rename(columns={value: name})
    for proxy, given in proxies.items():
        once = _undirected(collect(as_lazy(given)), proxy, combine)
        shared = [key for key in once.columns if key in made]
        made = made.merge(once, on=shared, how="left", validate="many_to_one")
    return made[[*keys, name, *proxies]]


def _undirected(frame: pd.DataFrame, proxy: str, combine: Combine) -> pd.DataFrame:
    """A proxy's value for each pair, whichever order it is in; blank where one order is."""
    value = _value_column(frame, f"proxy {proxy!r}")
    years = _years(frame)
    repeated = frame.duplicated([I, J, *years])
    if repeated.any():
        first = tuple(frame.loc[repeated, [I, J, *years]].iloc[0].tolist())
        raise TableError(
            f"proxy {proxy!r} has the same pair twice in the same order, first {first}; sum or "
            f"choose"
        )
    grouped = _ordered(frame).groupby([LOW, HIGH, *years], sort=False)[value]
    found = grouped.agg([combine, "size", "count"])
    known = found[combine].where(found["size"] == found["count"])
    return known.rename(proxy).reset_index()


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with both members as text, the lower one first."""
    a, b = frame[I].astype(str), frame[J].astype(str)
    return frame.assign(**{LOW: a.where(a <= b, b), HIGH: b.where(a <= b, a)})


def _years(frame: pd.DataFrame) -> list[str]:
    return ["year"] if "year" in frame else []


def _value_column(frame: pd.DataFrame, what: str) -> str:
    """The column of numbers of a table of pairs."""
    for column in (I, J):
        if column not in frame:
            listed = ", ".join(map(repr, frame.columns))
            raise TableError(f"{what} has no column {column!r}; it has {listed}")
    left = [name for name in frame.columns if name not in (I, J, "year", "measure")]
    value = "estimate" if "estimate" in left else left[0] if len(left) == 1 else None
    if value is None:
        raise TableError(f"{what} needs its values in the column 'estimate', or in a single column")
    if not pd.api.types.is_numeric_dtype(frame[value]):
        raise TableError(f"{what} has no numbers in {value!r}; use pd.to_numeric")
    return str(value)
