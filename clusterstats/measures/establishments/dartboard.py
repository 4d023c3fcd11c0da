"""Tests of location against chance: plants as darts thrown at regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from clusterstats._types import Alternative, Array, IntoTable
from clusterstats.errors import TableError, require_choice
from clusterstats.inference.intervals import adjusted, normal_p_value
from clusterstats.inference.options import Adjust, Analytic
from clusterstats.inference.units import units_of
from clusterstats.measures.declaration import Declaration, register
from clusterstats.tables import Grid

__all__ = ["dartboard_test"]

By = Literal["cell", "industry"]
SOURCE = "Guimaraes, Figueiredo and Woodward 2009"
FORMULAS: dict[tuple[By, bool], str] = {
    ("cell", True): "n_ri ~ Binomial(n_i, x_r), exact; estimate n_ri / (n_i x_r)",
    ("cell", False): "z = (LQ - 1) / sqrt(H_i (1 - x_r) / x_r), LQ = s_ri / x_r, H_i = sum_k z_k^2",
    ("industry", True): "G2 = 2 sum_r n_ri ln(n_ri / (n_i x_r)), chi-squared with R - 1 degrees",
    ("industry", False): "X2 = sum_r (s_ri - x_r)^2 / (x_r H_i), chi-squared with R - 1 degrees",
}


@dataclass(frozen=True)
class Darts:
    """One year: plants and their sizes in each cell, and the regions' probabilities."""

    count: Array
    total: Array
    squares: Array
    chance: Array

    @property
    def plants(self) -> Array:
        """Plants of each industry, shape (industry,)."""
        number: Array = self.count.sum(axis=0)
        return number

    @property
    def lumps(self) -> Array:
        """Herfindahl index of each industry's plants, shape (industry,)."""
        index: Array = self.squares.sum(axis=0) / self.total.sum(axis=0) ** 2
        return index

    @property
    def share(self) -> Array:
        """Regions' shares of each industry."""
        share: Array = self.total / self.total.sum(axis=0)
        return share


def _over_chance(observed: Array, expected: Array) -> Array:
    """What is there over what chance gives on average, same shape."""
    return observed / expected


def _declared(by: By, is_counted: bool) -> Declaration:
    """The declaration of one test."""
    is_cell = by == "cell"
    return Declaration(
        name="dartboard_test",
        kernel=_over_chance,
        grain=("region", "industry") if is_cell else ("industry",),
        formula=FORMULAS[by, is_counted],
        reference=SOURCE,
        neutral=1.0 if is_cell else None,
        bounds=(0.0, np.inf),
        estimand="the distribution under chance",
        powers=(0, 1, 2),
        options={"by": by, "value": "establishments" if is_counted else "employment"},
        analytic_note="it is a test itself",
        units=(),
        has_null=False,
        uncertain_note="it is a test itself, with statistic and p_value; leave inference= out",
    )


@register(*(_declared(by, is_counted) for by, is_counted in FORMULAS))
def dartboard_test(
    table: IntoTable,
    *,
    by: By = "cell",
    value: str = "establishments",
    base: str | None = None,
    alternative: Alternative = "two-sided",
    level: float = 0.95,
    adjust: Adjust | None = None,
    inference: None = None,
) -> pd.DataFrame:
    r"""Test whether plants chose regions as darts thrown at the size of regions.

    Use it to say whether a location quotient is more than luck (`by="cell"`), or whether an
    industry as a whole follows the regions' sizes (`by="industry"`). By plants the test of a cell
    is exact, however few they are; by employees it takes in how lumpy plants are.

    .. math:: n_{ri} \sim \mathrm{Binomial}(n_i, x_r),\qquad
        z = \frac{LQ_{ri} - 1}{\sqrt{H_i (1 - x_r) / x_r}}

    Parameters
    ----------
    table : frame
        Establishments, or cells with ``establishments`` (and, for another value,
        ``{value}_squares``; without it plants are taken as equal, a lower bound of chance).
    by : {"cell", "industry"}
        Each region of each industry, or each industry over all regions.
    value : str
        ``"establishments"`` counts plants; ``"employment"`` or another column weighs them.
    base : str, optional
        Column with each region's size, for x_r; by default its share of all of `value`.
    alternative : {"two-sided", "greater", "less"}
        For cells: more, or fewer, than chance. An industry's test has one side.
    level : float
        Probability within ``null_low`` and ``null_high``.
    adjust : {"fdr_bh", "fdr_by", "holm"}, optional
        Multiple testing over all rows: adds ``p_adjusted``.
    inference : None
        Refused: it is a test itself.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region`` (cells), ``industry``, ``measure``, ``estimate`` (the
        quotient, or the chi-squared over its degrees of freedom), ``statistic``, ``p_value``,
        ``null_mean``, ``null_low``, ``null_high``: what chance gives.

    Raises
    ------
    TableError
        Counts of establishments are not to be had, or as in `location_quotient`.
    OptionError
        An option is not one of those above, or inference is asked for.

    Notes
    -----
    A region of size 0 that has a plant is impossible by chance: p is 0 there. An industry without
    plants is `nan`. Without `base` the reference contains the industry itself, which makes the
    test conservative for large ones. A two-sided exact p is twice the smaller tail, at most 1.

    References
    ----------
    Guimarães, P., Figueiredo, O. and Woodward, D. (2009). Dartboard tests for the location
    quotient. Regional Science and Urban Economics 39, 360-364.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> plants = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                        "establishments": [9, 41, 1, 49]})
    >>> cs.dartboard_test(plants)[["region", "industry", "estimate", "p_value"]].round(3).head(2)
      region industry  estimate  p_value
    0      A     film     1.800    0.021
    1      A    other     0.911    0.461
    """
    require_choice("by", by, ("cell", "industry"))
    _declared(by, value == "establishments").refuse(inference)
    option = Analytic(level=level, alternative=alternative, adjust=adjust)
    grid = Grid.of(table, (value,))
    is_counted = value == "establishments"
    years = [_darts(grid, value, base, year) for year in range(grid.shape[0])]
    with np.errstate(all="ignore"):
        tests = {
            ("cell", True): _exact_cells,
            ("cell", False): _sized_cells,
            ("industry", True): _counted_industries,
            ("industry", False): _sized_industries,
        }
        found = [tests[by, is_counted](one, option) for one in years]
    columns = {name: np.stack([one[name] for one in found]) for name in found[0]}
    if adjust is not None:
        columns["p_adjusted"] = adjusted(columns["p_value"], option)
    keys = grid.keys(("region", "industry") if by == "cell" else ("industry",))
    flat = {name: column.ravel() for name, column in columns.items()}
    result = pd.DataFrame({**keys, "measure": "dartboard_test", **flat})
    result.attrs |= _said(by, is_counted, value, base, grid)
    return result


def _said(by: By, is_counted: bool, value: str, base: str | None, grid: Grid) -> dict[str, str]:
    """Definition and sample."""
    against = f"base {base!r}" if base else f"shares of all {value!r}"
    years, regions, industries = grid.shape
    note = "" if is_counted else units_of(grid, value, 0).note
    said = {
        "definition": f"dartboard_test(by={by!r}): {FORMULAS[by, is_counted]}, x_r {against} "
        f"[{SOURCE}]",
        "sample": f"{regions:,} regions x {industries:,} industries x {years:,} year(s)",
    }
    return said | ({"note": note} if note else {})


def _darts(grid: Grid, value: str, base: str | None, year: int) -> Darts:
    """Counts, sums and squares of one year."""
    units = units_of(grid, value, year)
    moments: Mapping[int, Array] = units.moments((0, 1, 2))
    if np.isnan(units.size * (units.count > 0)).any():
        raise TableError(
            f"{value!r} is unknown for some establishments, so that chance can't be told; take "
            f"them out or test value='establishments'"
        )
    size = moments[1].sum(axis=1) if base is None else grid.region_array(base)[year]
    with np.errstate(invalid="ignore"):  # a year of nothing has no chances
        return Darts(moments[0], moments[1], moments[2], size / size.sum())


def _exact_cells(darts: Darts, option: Analytic) -> dict[str, Array]:
    """Exact binomial test of each cell."""
    n, x = darts.plants, darts.chance[:, None]
    law: Any = stats.binom(n, x)
    upper, lower = law.sf(darts.count - 1), law.cdf(darts.count)
    p_value = {
        "greater": upper,
        "less": lower,
        "two-sided": np.minimum(2 * np.minimum(upper, lower), 1),
    }[option.alternative]
    tail = (1 - option.level) / 2
    expected = n * x
    columns = {
        "estimate": _over_chance(darts.count, expected),
        "statistic": (darts.count - expected) / np.sqrt(expected * (1 - x)),
        "p_value": p_value,
        "null_mean": np.ones_like(expected),
        "null_low": law.ppf(tail) / expected,
        "null_high": law.ppf(1 - tail) / expected,
    }
    return _where(columns, np.broadcast_to(n > 0, expected.shape))


def _sized_cells(darts: Darts, option: Analytic) -> dict[str, Array]:
    """Normal test of each cell, plants weighed by their size."""
    x = darts.chance[:, None]
    spread = np.sqrt(darts.lumps * (1 - x) / x)
    quotient = _over_chance(darts.share, x)
    statistic = (quotient - 1) / spread
    half = stats.norm.ppf((1 + option.level) / 2) * spread
    columns = {
        "estimate": quotient,
        "statistic": statistic,
        "p_value": normal_p_value(statistic, option.alternative),
        "null_mean": np.ones_like(quotient),
        "null_low": np.clip(1 - half, 0, None),
        "null_high": 1 + half,
    }
    return _where(columns, np.isfinite(quotient))


def _counted_industries(darts: Darts, option: Analytic) -> dict[str, Array]:
    """Likelihood-ratio test of each industry."""
    expected = darts.plants * darts.chance[:, None]
    terms = np.where(darts.count > 0, darts.count * np.log(darts.count / expected), 0.0)
    return _chi_squared(2 * terms.sum(axis=0), darts, option)


def _sized_industries(darts: Darts, option: Analytic) -> dict[str, Array]:
    """Pearson's test of each industry, with 1 / H plants."""
    x = darts.chance[:, None]
    gaps = np.where(x > 0, (darts.share - x) ** 2 / x, np.where(darts.share > 0, np.inf, 0.0))
    return _chi_squared(gaps.sum(axis=0) / darts.lumps, darts, option)


def _chi_squared(statistic: Array, darts: Darts, option: Analytic) -> dict[str, Array]:
    """The statistic over its degrees of freedom, with its test."""
    degrees = max(int((darts.chance > 0).sum()) - 1, 1)
    law: Any = stats.chi2(degrees)
    tail = (1 - option.level) / 2
    columns = {
        "estimate": _over_chance(statistic, np.full_like(statistic, degrees)),
        "statistic": statistic,
        "p_value": law.sf(statistic),
        "null_mean": np.ones_like(statistic),
        "null_low": np.full_like(statistic, law.ppf(tail) / degrees),
        "null_high": np.full_like(statistic, law.ppf(1 - tail) / degrees),
    }
    return _where(columns, darts.plants > 0)


def _where(columns: dict[str, Array], is_there: Any) -> dict[str, Array]:
    """Blank what has no plants."""
    return {name: np.where(is_there, column, np.nan) for name, column in columns.items()}
