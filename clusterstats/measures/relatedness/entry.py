"""Industries that enter and leave regions, beside how related they were to what was there."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.relatedness.density import Norm, density_kernel
from clusterstats.measures.relatedness.presence import Presence, located, presence_of
from clusterstats.measures.relatedness.proximity import NORMS
from clusterstats.measures.years import steps
from clusterstats.tables import Grid

__all__ = ["entry_exit"]

TRANSITIONS = np.array(["absent", "entry", "exit", "stay"], dtype=object)
SOURCE = "Neffke, Henning and Boschma 2011; Boschma, Balland and Kogler 2015"


def _change(before: Array, after: Array) -> Array:
    """Presence in two years (..., region, industry) -> 1 where it came, -1 where it went."""
    return after - before


ENTRY_EXIT = Declaration(
    name="entry_exit",
    kernel=_change,
    grain=("region", "industry"),
    formula="M_ri in the later year less the earlier; M_ri = 1 where LQ_ri >= 1, else 0",
    reference=SOURCE,
    neutral=None,
    bounds=(-1.0, 1.0),
    estimand="what is present in the later year and not in the earlier, as observed",
    reads="years",
    analytic_note="presence jumps at the threshold",
    units=(),
    has_null=False,
    uncertain_note="it feeds a regression, whose uncertainty is the one to show: regress entry on "
    "relatedness_density, with errors clustered by region or by industry",
)


@register(ENTRY_EXIT)
def entry_exit(
    table: IntoTable,
    *,
    years: tuple[Any, Any] | None = None,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    norm: Norm = "proximity",
    diagonal: Literal[1, 0] = 1,
    inference: None = None,
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
    inference : None
        Refused: the uncertainty is that of the regression that this table feeds.

    Returns
    -------
    DataFrame
        ``year`` (the earlier), ``year2`` (the later), ``region``, ``industry``; ``measure``,
        ``estimate``: 1 where the industry came, -1 where it went, else 0; ``transition``:
        "absent" (in both), "entry", "exit" or "stay"; ``entry``: 1 or 0, blank where it was
        present already; ``exit``: 1 or 0, blank where it was not present;
        ``relatedness_density`` of the earlier year.

    Raises
    ------
    TableError
        The table has fewer than two years, or as in `relatedness_density`.
    OptionError
        A year is not in the table, the two are not in order, inference is asked for, or as in
        `relatedness_density`.

    Notes
    -----
    No inference here: the uncertainty is that of the regression it feeds, clustered by region
    or by industry. A cell near the threshold may cross it by chance; a higher threshold for the
    later year can be had from two calls of `location_quotient` and ``binary=``. Empty regions and
    industries are absent, so that their first presence is an entry, with a blank density.
    Where either year is unknown, all but the density is blank.

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
    >>> found = cs.entry_exit(has, binary="has")
    >>> found.drop(columns=["year", "year2", "measure", "estimate"])
      region industry transition  entry  exit  relatedness_density
    0      A     film       exit    NaN   1.0             1.000000
    1      A    steel       stay    NaN   0.0             1.000000
    2      B     film      entry    1.0   NaN             0.333333
    3      B    steel       stay    NaN   0.0             0.666667
    """
    ENTRY_EXIT.refuse(inference)
    require_choice("norm", norm, ["proximity", *NORMS])
    if diagonal not in (0, 1) or (norm != "proximity" and diagonal != 1):
        raise OptionError(f"diagonal={diagonal!r} does not go with norm={norm!r}; leave it out")
    presence = presence_of(threshold, binary)
    grid, column = located(table, value, binary)
    earlier, later = (
        list(places) for places in zip(*steps(grid.years, years, "entry_exit"), strict=True)
    )
    x = grid.array(column)
    m = presence(x)
    with np.errstate(all="ignore"):
        density = density_kernel(presence, norm, diagonal)(x[earlier])
    result = _tidy(grid, earlier, later, m, density)
    result.attrs |= _attributes(presence, grid, norm, column)
    return result


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
            "measure": "entry_exit",
            "estimate": _change(before, after),
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
            f"[{SOURCE}]"
        ),
        "sample": f"{len(grid.frame):,} rows: {regions:,} regions x {industries:,} industries x "
        f"{years:,} years",
    }
