"""Industries that enter and leave regions, beside how related they were to what was there."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.measures.relatedness.density import Norm, density_kernel
from clusterstats.measures.relatedness.presence import Presence, located, presence_of
from clusterstats.measures.relatedness.proximity import NORMS
from clusterstats.tables import Grid

__all__ = ["entry_exit"]

TRANSITIONS = np.array(["absent", "entry", "exit", "stay"], dtype=object)


def entry_exit(
    table: IntoTable,
    *,
    years: tuple[Any, Any] | None = None,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    norm: Norm = "proximity",
    diagonal: Literal[1, 0] = 1,
) -> pd.DataFrame:
    r"""Tell which industries entered, left or stayed in each region, and how related they were.

    A table to regress entry (or exit) on relatedness density, with effects of region, industry
    and year: rows where ``entry`` is blank are not at risk of it.

    .. math:: entry_{ri} = 1[LQ_{ri,b} \ge 1] \text{ where } LQ_{ri,a} < 1

    Parameters
    ----------
    table : frame
        Cells (region, industry, year) or establishments with years, in any engine.
    years : pair, optional
        The earlier and the later year; if not given, each year of the table and the next in it.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    threshold : float
        Least location quotient that counts as present, above 0.
    binary : str, optional
        Column of cells that says what is present (1), absent (0) or unknown (blank) in place of
        the quotients.
    norm : {"proximity", "association", "cosine", "probability", "jaccard"}
        What is related, for the density of the earlier year: as in `relatedness_density`.
    diagonal : {1, 0}
        Proximity of an industry to itself, in that density.

    Returns
    -------
    DataFrame
        ``year`` (the earlier), ``year2`` (the later), ``region``, ``industry``; ``transition``:
        "absent" (in both), "entry", "exit" or "stay"; ``entry``: 1 or 0, blank where it was
        present already; ``exit``: 1 or 0, blank where it was not present;
        ``relatedness_density`` of the earlier year.

    Raises
    ------
    TableError
        The table has fewer than two years, or as in `relatedness_density`.
    OptionError
        A year is not in the table, the two are not in order, or as in `relatedness_density`.

    Notes
    -----
    No inference here: the uncertainty is that of the regression it feeds, clustered by region
    or by industry. A cell near the threshold may cross it by chance; a higher threshold for the
    later year can be had from two calls of `location_quotient` and ``binary=``. Empty regions and
    industries are absent, so that their first presence is an entry, with a blank density.
    Where either year is unknown, ``transition``, ``entry`` and ``exit`` are blank.

    References
    ----------
    Neffke, F., Henning, M. and Boschma, R. (2011). How do regions diversify over time? Economic
    Geography 87, 237-265. Boschma, R., Balland, P.-A. and Kogler, D. F. (2015). Industrial and
    Corporate Change 24, 223-250.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> has = pd.DataFrame({"year": [2010] * 4 + [2020] * 4, "region": ["A", "A", "B", "B"] * 2,
    ...                     "industry": ["film", "steel"] * 4, "has": [1, 1, 0, 1, 0, 1, 1, 1]})
    >>> cs.entry_exit(has, binary="has").drop(columns=["year", "year2"])
      region industry transition  entry  exit  relatedness_density
    0      A     film       exit    NaN   1.0             1.000000
    1      A    steel       stay    NaN   0.0             1.000000
    2      B     film      entry    1.0   NaN             0.333333
    3      B    steel       stay    NaN   0.0             0.666667
    """
    require_choice("norm", norm, ["proximity", *NORMS])
    if diagonal not in (0, 1) or (norm != "proximity" and diagonal != 1):
        raise OptionError(f"diagonal={diagonal!r} does not go with norm={norm!r}; leave it out")
    presence = presence_of(threshold, binary)
    grid, column = located(table, value, binary)
    earlier, later = _pairs(grid, years)
    x = grid.array(column)
    m = presence(x)
    with np.errstate(all="ignore"):
        density = density_kernel(presence, norm, diagonal)(x[earlier])
    result = _tidy(grid, earlier, later, m, density)
    result.attrs |= _attributes(presence, grid, norm, column)
    return result


def _pairs(grid: Grid, years: tuple[Any, Any] | None) -> tuple[list[int], list[int]]:
    """Places of the earlier and of the later years."""
    if grid.years is None or len(grid.years) < 2:
        raise TableError("entry and exit need two years; give cells with a column 'year'")
    listed = grid.years.tolist()
    if years is None:
        return list(range(len(listed) - 1)), list(range(1, len(listed)))
    if not isinstance(years, tuple | list) or len(years) != 2:
        raise OptionError(f"years={years!r} is not a pair; use years=(earlier, later)")
    for year in years:
        require_choice("years", year, listed)
    first, second = (listed.index(year) for year in years)
    if first >= second:
        raise OptionError(f"years={years!r} are not in order; use years=(earlier, later)")
    return [first], [second]


def _tidy(
    grid: Grid, earlier: list[int], later: list[int], m: Array, density: Array
) -> pd.DataFrame:
    """One row a pair of years, region and industry."""
    assert grid.years is not None
    before, after = m[earlier].ravel(), m[later].ravel()
    unknown = np.isnan(before) | np.isnan(after)
    code = np.where(unknown, 0, 2 * before + after).astype(np.intp)
    size = grid.shape[1] * grid.shape[2]
    alone = Grid(None, grid.regions, grid.industries, grid.flat, grid.frame)
    keys = alone.keys(("region", "industry"))
    nothing = np.full(len(code), np.nan)
    return pd.DataFrame(
        {
            "year": grid.years.take(earlier).repeat(size),
            "year2": grid.years.take(later).repeat(size),
            **{name: _repeated(labels, len(earlier)) for name, labels in keys.items()},
            "transition": pd.Series(TRANSITIONS[code]).where(~unknown),
            "entry": np.where(unknown | (before == 1), nothing, after),
            "exit": np.where(unknown | (before == 0), nothing, 1 - after),
            "relatedness_density": density.ravel(),
        }
    )


def _repeated(labels: pd.Index[Any], times: int) -> pd.Index[Any]:
    """The labels, so many times over."""
    return labels.take(np.tile(np.arange(len(labels)), times))


def _attributes(presence: Presence, grid: Grid, norm: str, column: str) -> dict[str, str]:
    """What defines the table."""
    years, regions, industries = grid.shape
    return {
        "definition": (
            f"entry_exit(norm={norm!r}): M_ri in the later year against the earlier; "
            f"{presence.said}; relatedness_density of the earlier year; value {column!r} "
            f"[Neffke, Henning and Boschma 2011; Boschma, Balland and Kogler 2015]"
        ),
        "sample": f"{len(grid.frame):,} rows: {regions:,} regions x {industries:,} industries x "
        f"{years:,} years",
    }
