"""Density: how much there is in a region for its area."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.models.regressors.panel import (
    attributes_of,
    grid_of,
    panel_of,
    require_positive,
    unknown_in,
)

__all__ = ["density"]


def density(
    table: IntoTable,
    *,
    value: str = "employment",
    territories: IntoTable | None = None,
    area: str = "area_km2",
) -> pd.DataFrame:
    r"""Employment or population over area, by region and year.

    The regressor of wages and productivity on agglomeration; usually in logarithms:
    ``cs.regress("log(wage) ~ log(density)", ...)``.

    .. math:: D_{rt} = \frac{\sum_i e_{rit}}{a_r}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]), establishments, or one row a region (and year).
    value : str
        Additive column: ``"employment"``, ``"population"``, ...
    territories : frame, optional
        One row a region with its area; if not given, the area is a column of `table`.
    area : str
        Column of the area, above 0, in any unit; square kilometres by default.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``density`` (value per unit of area); sorted.

    Raises
    ------
    TableError
        A column is not there, an area is blank or not above 0, a region is not in `territories`
        or twice in it, or the table is not one of cells.

    Notes
    -----
    A value of 0 gives 0, of which there is no logarithm: `regress` says so. An unknown cell
    (missing or suppressed) leaves its region and year `nan`; ``attrs["note"]`` counts them. Gross
    area and area that can be built upon are different regressors: name the one used.

    References
    ----------
    Ciccone, A. and Hall, R. E. (1996). Productivity and the density of economic activity. American
    Economic Review 86, 54-70: employment over area, there by county. Their index of a state is the
    mean of its counties' densities to the power theta - 1, weighted by employment.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960]})
    >>> places = pd.DataFrame({"region": ["A", "B"], "area_km2": [10, 500]})
    >>> cs.density(jobs, territories=places)
      region  density
    0      A    100.0
    1      B      8.0
    """
    grid = grid_of(table, value)
    size = grid.array(value).sum(axis=-1)
    if territories is None:
        space = grid.region_array(area)
    else:
        space = attributes_of(territories, grid.regions, [area])[area][None, :]
    require_positive(space, area, grid.regions)
    return panel_of(
        grid.keys(("region",)),
        {"density": size / np.broadcast_to(space, size.shape)},
        f"density: sum_i e_rit / a_r; value {value!r}, area {area!r} [Ciccone and Hall 1996]",
        unknown_in(grid, value),
        grid.frame.attrs.get("source"),
    )
