"""Cells of NAF rév. 2 sub-classes, summed to a coarser level or into a sector and the rest."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clusterstats import datasets
from clusterstats._types import IntoTable
from clusterstats.harmonize._matched import Recoded, cells_of, spread, summed, warned
from clusterstats.harmonize.naf import naf_level

__all__ = ["into_sector", "to_naf_level"]


def to_naf_level(
    table: IntoTable,
    *,
    level: str,
    industry: str = "industry",
    values: Sequence[str] = (),
) -> Recoded:
    """Sum cells of NAF rév. 2 sub-classes to a coarser level, keeping what has no item.

    Use it to compare a detailed table with one that is published by division or section.

    Parameters
    ----------
    table : frame
        One row for each industry, region (if any) and year (if any), in any engine.
    level : {"class", "group", "a138", "a129", "a88", "a64", "a38", "a21", "a17", "a10", "a5"}
        The level wanted: see `naf_level`.
    industry : str
        The column of sub-classes, with their dot, such as ``"59.11A"``.
    values : sequence of str
        Additive columns beside ``establishments``, ``employment`` and any ``*_squares``. Their
        bounds (``*_low``, ``*_high``) and the ``status`` come along.

    Returns
    -------
    Recoded
        ``table`` (``year``, ``region`` where they are, ``industry`` at the level, and the sums);
        ``unmatched``, the rows whose code has no item there; ``moves``, the item of each code.

    Raises
    ------
    TableError
        If keys repeat, a value is negative or not a number, or bounds contradict it.
    OptionError
        If `level` is not one of those above.

    Notes
    -----
    A sum with an unknown term (`nan`) is unknown; its bounds and its status are those that
    `sum_cells` gives. At level `a138` the sub-classes that national
    accounts split between market and non-market services have no item and are unmatched.

    References
    ----------
    INSEE, NAF rév. 2 (decree 2007-1888) and its aggregations: the dataset `naf_rev2`.

    Examples
    --------
    >>> import pandas as pd
    >>> from clusterstats.harmonize import to_naf_level
    >>> jobs = pd.DataFrame({"region": ["93066", "93066"], "industry": ["59.11A", "59.12Z"],
    ...                      "employment": [5, 40]})
    >>> to_naf_level(jobs, level="a38").table
      region industry  employment
    0  93066       JA        45.0
    """
    frame, sums = cells_of(table, industry, values, key="industry")
    codes = pd.Series(frame["industry"].dropna().astype(str).unique(), dtype="object")
    items = naf_level(codes, level, unmatched="keep").values
    links = pd.DataFrame({"code_from": codes, "code_to": items, "weight": 1.0})
    links = links.assign(weighting="whole").dropna().sort_values("code_from", ignore_index=True)
    lost = frame[~frame["industry"].isin(links["code_from"])]
    lost = lost.assign(reason=f"no {level} item for this code").reset_index(drop=True)
    total = summed(spread(frame, links, sums, key="industry"), sums)
    return warned(Recoded(total, lost, links), "industry")


def into_sector(
    frame: pd.DataFrame, sums: Sequence[str], shares: pd.Series[float], name: str, rest: str
) -> Recoded:
    """Share checked cells between a sector, by the part of each sub-class in it, and the rest."""
    codes = pd.Series(datasets.load("naf_rev2")["sub_class"], dtype="object")
    inside = codes.map(shares).fillna(0.0).astype("float64")
    both = [
        pd.DataFrame({"code_from": codes, "code_to": code, "weight": weight})
        for code, weight in ((name, inside), (rest, 1 - inside))
    ]
    links = pd.concat(both).query("weight > 0")
    links = links[links["code_from"].isin(frame["industry"])]
    links = links.assign(weighting=(links["weight"] < 1).map({True: "given", False: "whole"}))
    links = links.sort_values(["code_from", "code_to"], ignore_index=True)
    lost = frame[~frame["industry"].isin(codes)]
    lost = lost.assign(reason="not a sub-class of NAF rev.2").reset_index(drop=True)
    total = summed(spread(frame, links, sums, key="industry"), sums)
    return warned(Recoded(total, lost, links), "industry")
