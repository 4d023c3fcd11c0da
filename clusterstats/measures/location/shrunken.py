"""Location quotients of counts, shrunken toward what regions or industries have in common."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.inference.shrinkage import LEAST, gamma_poisson
from clusterstats.tables import Grid

__all__ = ["shrunk_location_quotient"]

FORMULA = (
    "(O + a) / (E + b), O the count, E = e_r e_i / e, a and b the shape and rate of a gamma law of "
    "LQ fitted to the counts"
)


def shrunk_location_quotient(
    table: IntoTable,
    *,
    value: str = "establishments",
    over: Literal["region", "industry"] = "region",
    level: float = 0.95,
) -> pd.DataFrame:
    r"""Location quotients of counts, the smaller the cell the nearer to what others have.

    With two establishments expected, one more or less makes a quotient of 1.5 or 0.5: the extremes
    of a map of quotients are its smallest cells. Where quotients of the regions differ as a gamma
    law, the best guess of each lies between its own and their mean.

    .. math:: \hat\theta_{ri} = \frac{O_{ri} + a}{E_{ri} + b}, \qquad
        E_{ri} = \frac{e_r e_i}{e}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        A column of counts of independent things: ``"establishments"``. Employment is not, since
        people come by the plant: use `shrink` on its log quotients with their standard errors.
    over : {"region", "industry"}
        Shrink the regions of each industry toward each other, or the industries of each region.
    level : float
        Probability of the intervals, in (0, 1).

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry``, ``measure``, ``estimate`` (the raw quotient),
        ``expected``, ``shrunk``, ``shrunk_low``, ``shrunk_high`` and ``weight`` E / (E + b).

    Raises
    ------
    OptionError
        An option is not one of those allowed.
    TableError
        The value is not made of whole numbers, or as in `location_quotient`.

    Notes
    -----
    A count of 0 is shrunken like any other. Cells of an empty region or industry are `nan`; so
    are all cells with a total that has an unknown cell, and groups with fewer than 4 cells. Shape
    and rate are taken as known, so that intervals are a little short with few members; margins are
    taken as fixed. Intervals rest on the gamma law: where a few members are far off and the rest
    alike, see `shrink` with ``method="robust"`` on log quotients and their standard errors.

    References
    ----------
    Clayton, D. and Kaldor, J. (1987). Empirical Bayes estimates of age-standardized relative risks
    for use in disease mapping. Biometrics 43, 671-681, section 2.1.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> counts = pd.DataFrame({
    ...     "region": list("ABCDE") * 2, "industry": ["film"] * 5 + ["other"] * 5,
    ...     "establishments": [2, 60, 0, 9, 5, 20, 900, 30, 10, 300],
    ... })
    >>> film = cs.shrunk_location_quotient(counts).query("industry == 'film'")
    >>> film[["region", "estimate", "shrunk", "weight"]].round(2)
      region  estimate  shrunk  weight
    0      A      1.60    1.69    0.80
    2      B      1.10    1.10    0.99
    4      C      0.00    0.33    0.84
    6      D      8.33    6.90    0.77
    8      E      0.29    0.32    0.98
    """
    require_choice("over", over, ["region", "industry"])
    if not 0 < level < 1:
        raise OptionError(f"level={level!r} is not a probability between 0 and 1")
    grid = Grid.of(table, (value,))
    observed = grid.array(value)
    _require_counts(grid, value, observed)
    region, industry = observed.sum(axis=2, keepdims=True), observed.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        expected = region * industry / observed.sum(axis=(1, 2), keepdims=True)
        raw = np.where(expected > 0, observed / expected, np.nan)
    axis = 1 if over == "region" else 2
    columns = _by_group(observed, expected, axis, level)
    names = ("estimate", "expected", "shrunk", "shrunk_low", "shrunk_high", "weight")
    numbers = dict(zip(names, map(np.ravel, (raw, expected, *columns)), strict=True))
    keys = grid.keys(("region", "industry"))
    result = pd.DataFrame({**keys, "measure": "location_quotient", **numbers})
    result.attrs["definition"] = (
        f"shrunk_location_quotient(over={over!r}): {FORMULA} [Clayton and Kaldor 1987, 2.1]; "
        f"value {value!r}"
    )
    return result


def _require_counts(grid: Grid, value: str, observed: Array) -> None:
    """Raise where a cell is no count."""
    broken = np.argwhere(~np.isnan(observed) & (observed != np.round(observed)))
    if len(broken):
        _, region, industry = broken[0]
        raise TableError(
            f"{value!r} is {observed[tuple(broken[0])]:g} at region {grid.regions[region]!r}, "
            f"industry {grid.industries[industry]!r}; this takes counts: shrink(...) takes others"
        )


def _by_group(observed: Array, expected: Array, axis: int, level: float) -> Array:
    """Shrunken values, both ends and weights, group by group along an axis: (4, ...)."""
    result = np.full((4, *observed.shape), np.nan)
    counts, means = np.moveaxis(observed, axis, -1), np.moveaxis(expected, axis, -1)
    shrunk = np.moveaxis(result, axis + 1, -1)
    for place in np.ndindex(counts.shape[:-1]):
        used = np.flatnonzero(means[place] > 0)
        if len(used) >= LEAST:
            ends = gamma_poisson(counts[place][used], means[place][used], level)
            shrunk[(slice(None), *place, used)] = np.stack(ends)
    return result
