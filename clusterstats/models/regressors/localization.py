"""Localization net of the own plant, urbanization, diversity and competition."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import TableError
from clusterstats.models.regressors.leave_out import sum_of_others
from clusterstats.models.regressors.panel import grid_of, logged, panel_of, unknown_in
from clusterstats.tables import Grid

__all__ = ["localization"]


def localization(table: IntoTable, *, value: str = "employment") -> pd.DataFrame:
    r"""What surrounds a plant in its region: its industry less itself, and all else.

    For plant k of industry s in region z, year by year, with e its employees:

    .. math::
       loc_k &= \ln(e^{sz} - e_k + 1) \\
       urb_k &= \ln(e^z - e^{sz} + 1) \\
       div_k &= \ln \Bigl( 1 \Big/ \sum_{j \ne s} \Bigl(
                \frac{e^{jz}}{e^z - e^{sz}} \Bigr)^2 \Bigr) \\
       comp_k &= \ln \Bigl( 1 \Big/ \sum_{l \in (s, z)} \Bigl(
                 \frac{e_l}{e^{sz}} \Bigr)^2 \Bigr)

    Parameters
    ----------
    table : frame
        Establishments: establishment, region, industry, employment[, year].
    value : str
        Column of sizes.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``establishment``, ``region``, ``industry``, ``localization``,
        ``urbanization``, ``diversity``, ``competition`` (all natural logarithms); sorted.

    Raises
    ------
    TableError
        The table is of cells, in which no plant can be told from its industry.

    Notes
    -----
    A plant alone in its industry and region has localization ln 1 = 0. A plant of size 0 counts as
    one that adds nothing. Diversity is `nan` where no other industry has employees, competition
    where the plant's own has none. An unknown size (missing or suppressed) leaves `nan` the sums
    that it is in: of its industry for the others there, not its own localization; ``attrs["note"]``
    counts them.

    Firms with several plants in a region are as many neighbours of each other: sum them first, by
    giving the firm as establishment, where that is not meant.

    References
    ----------
    Martin, P., Mayer, T. and Mayneris, F. (2011). Spatial concentration and plant-level
    productivity in France. Journal of Urban Economics 69, 182-195: their variables loc, urb, div
    and comp.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> sites = pd.DataFrame({"establishment": list("abc"), "region": "A",
    ...                       "industry": ["film", "film", "steel"], "employment": [5, 7, 99]})
    >>> cs.localization(sites).drop(columns="region").round(3)
      establishment industry  localization  urbanization  diversity  competition
    0             a     film         2.079         4.605        0.0        0.666
    1             b     film         1.792         4.605        0.0        0.666
    2             c    steel         0.000         2.565        0.0        0.000
    """
    grid = grid_of(table, value)
    if not grid.is_records:
        raise TableError(
            "localization leaves out the own plant, and the table has cells; give establishments "
            "(a column 'establishment'), or use mar_jacobs_porter for cells"
        )
    order = _order(grid)
    flat, size = grid.flat[order], grid.column(value)[order]
    x, squares = grid.array(value), grid.array(value, power=2)
    columns = {
        "localization": logged(_less_own(flat, size) + 1),
        "urbanization": logged(sum_of_others(x) + 1).ravel()[flat],
        "diversity": logged(inverse_herfindahl_of_others(x)).ravel()[flat],
        "competition": logged(_inverse(squares, x)).ravel()[flat],
    }
    frame = grid.frame.iloc[order]
    names = [n for n in ("year", "establishment", "region", "industry") if n in frame]
    return panel_of(
        {name: frame[name].array for name in names},
        columns,
        f"localization: ln(e_sz - e_k + 1), urbanization ln(e_z - e_sz + 1), diversity and "
        f"competition ln of inverse Herfindahl indices of the other industries and of the plants; "
        f"value {value!r} [Martin, Mayer and Mayneris 2011]",
        unknown_in(grid, value),
        grid.frame.attrs.get("source"),
    )


def inverse_herfindahl_of_others(x: Array) -> Array:
    """x: values (..., industry) -> 1 / sum over the others of their squared shares, same shape."""
    return _inverse(sum_of_others(x**2), sum_of_others(x))


def _inverse(squares: Array, total: Array) -> Array:
    """Sum squared over the sum of squares; `nan` where nothing is there."""
    with np.errstate(all="ignore"):
        return np.where(squares > 0, total**2 / squares, np.nan)


def _order(grid: Grid) -> Codes:
    """Rows by year and establishment; they come by establishment and year."""
    if grid.years is None:
        return np.arange(len(grid.frame), dtype=np.intp)
    size = grid.shape[1] * grid.shape[2]
    return np.argsort(grid.flat // size, kind="stable").astype(np.intp)


def _less_own(flat: Codes, size: Array) -> Array:
    """For each row the sum of the others in its cell; `nan` where one of those is unknown."""
    lost = np.isnan(size)
    known = np.nan_to_num(size)
    total = np.bincount(flat, weights=known)[flat] - known
    others = np.bincount(flat, weights=lost)[flat] - lost
    return np.where(others > 0, np.nan, np.maximum(total, 0.0))
