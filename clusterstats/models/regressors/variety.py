"""Related and unrelated variety side by side, as regressors."""

from __future__ import annotations

import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.measures import related_variety, unrelated_variety
from clusterstats.models.regressors.panel import panel_of
from clusterstats.tables import Grid

__all__ = ["variety_terms"]


def variety_terms(
    table: IntoTable, *, within: str, value: str = "employment", log_base: float = 2
) -> pd.DataFrame:
    r"""Related and unrelated variety of each region and year, as two columns.

    .. math:: RV_r = \sum_g P_{rg} \sum_{i \in g} \frac{s_{ri}}{P_{rg}}
       \log_2 \frac{P_{rg}}{s_{ri}}, \quad UV_r = \sum_g P_{rg} \log_2 \frac{1}{P_{rg}}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, with detailed industries.
    within : str
        Column with the group of each industry, such as its two-digit code.
    value : str
        Additive column.
    log_base : float
        Above 1: 2 gives bits, as in the paper.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``related_variety``, ``unrelated_variety``; sorted.

    Raises
    ------
    TableError, OptionError
        As in `related_variety`.

    Notes
    -----
    0 log 0 is 0. An empty region, and one with an unknown cell (missing or suppressed), is `nan`.
    Both are moved by chance where establishments are few: `related_variety` with ``inference=``
    says how far.

    References
    ----------
    Frenken, K., van Oort, F. and Verburg, T. (2007). Related variety, unrelated variety and
    regional economic growth. Regional Studies 41, 685-697, eqs. 1-4.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": "A", "industry": ["59.11A", "59.12Z", "62.01Z"],
    ...                      "division": ["59", "59", "62"], "employment": [25, 25, 50]})
    >>> cs.variety_terms(jobs, within="division")
      region  related_variety  unrelated_variety
    0      A              0.5                1.0
    """
    grid = Grid.of(table, (value,))
    doors = {"related_variety": related_variety, "unrelated_variety": unrelated_variety}
    found = {
        name: door(grid, within=within, value=value, log_base=log_base)
        for name, door in doors.items()
    }
    first = found["related_variety"]
    keys = {name: first[name].array for name in ("year", "region") if name in first}
    return panel_of(
        keys,
        {name: result["estimate"].to_numpy() for name, result in found.items()},
        "; ".join(str(result.attrs["definition"]) for result in found.values()),
        source=first.attrs.get("source"),
    )
