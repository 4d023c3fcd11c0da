"""Cluster stars: which region's industries are large, specialized and weighty at home."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from numbers import Real

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError
from clusterstats.inference.engine import generator
from clusterstats.inference.options import Bootstrap, Inference
from clusterstats.inference.plans import Resampled
from clusterstats.inference.units import units_of
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["cluster_stars"]

TIE = 1e-12
"""Relative slack: a value that equals a threshold but for rounding reaches it."""

JUMPS = (
    "stars jump where a value crosses a threshold, and a count from 0 to 3 has no interval worth "
    "its name, so conf_low and conf_high are left blank; std_error and the column 'chance' show "
    "how firm the stars are"
)


@dataclass(frozen=True)
class Thresholds:
    """What earns a star, checked when built.

    Attributes
    ----------
    size, focus : float
        Share of the cells at the top, in (0, 1].
    quotient : float or None
        Least location quotient; None for the same top share of each industry as for size.
    least : float
        Value below which a cell gets no star.
    """

    size: float = 0.1
    quotient: float | None = 2.0
    focus: float = 0.1
    least: float = 0.0

    def __post_init__(self) -> None:
        for name, share in (("size_top", self.size), ("focus_top", self.focus)):
            if not _is_number(share) or not 0 < share <= 1:
                raise OptionError(f"{name}={share!r} is not a share above 0, at most 1")
        quotient = self.quotient
        if quotient is not None and not (_is_number(quotient) and 0 < quotient < np.inf):
            raise OptionError(
                f"quotient={quotient!r} is not a number above 0, or None for the top of each "
                f"industry"
            )
        if not _is_number(self.least) or not 0 <= self.least < np.inf:
            raise OptionError(f"least={self.least!r} is not a number from 0 up")

    @property
    def said(self) -> str:
        """The formula, with its numbers."""
        of_all = f"e_ri in the top {self.size:g} of industry i"
        special = f"LQ_ri in the top {self.size:g} of industry i"
        if self.quotient is not None:
            special = f"LQ_ri >= {self.quotient:g}"
        small = f", none where e_ri < {self.least:g}" if self.least else ""
        return (
            f"stars = size + specialization + focus; size: {of_all}; specialization: {special}; "
            f"focus: e_ri / e_r in the top {self.focus:g} of all cells{small}"
        )


def _is_number(given: object) -> bool:
    return isinstance(given, Real) and not isinstance(given, bool)


def _cluster_stars(x: Array, *, thresholds: Thresholds) -> Array:
    """x: values (..., region, industry) -> (..., region, industry, 4), the first the sum."""
    of_region, of_industry = x.sum(axis=-1, keepdims=True), x.sum(axis=-2, keepdims=True)
    share = x / of_region
    is_cell = (of_region != 0) & (of_industry != 0)
    size = _in_top(np.where(is_cell, x, -1.0), thresholds.size)
    quotient = share / of_industry * x.sum(axis=(-2, -1), keepdims=True)
    if thresholds.quotient is None:
        special = _in_top(np.where(is_cell, quotient, -1.0), thresholds.size)
    else:
        special = _at_least(quotient, np.asarray(thresholds.quotient))
    flat = np.where(is_cell, share, -1.0).reshape(*x.shape[:-2], -1, 1)
    focus = _in_top(flat, thresholds.focus).reshape(x.shape)
    earned = np.stack([size, special, focus], axis=-1)
    is_small = (x == 0) | (x < thresholds.least)
    earned = np.where(is_small[..., None], 0.0, earned)
    earned = np.where(is_cell[..., None], earned, np.nan)
    stars: Array = np.concatenate([earned.sum(axis=-1, keepdims=True), earned], axis=-1)
    return stars


def _in_top(values: Array, share: float) -> Array:
    """1 where fewer than a share of the cells of a column are larger, else 0.

    values: (..., cell, column), -1 where there is no cell to count; `nan` blanks its column.
    """
    count = (values >= 0).sum(axis=-2, keepdims=True)
    place = np.maximum(np.ceil(share * count - 1e-9), 1).astype(np.intp) - 1
    ordered = -np.sort(-values, axis=-2)
    least = np.take_along_axis(ordered, place, axis=-2)
    unknown = np.isnan(values).any(axis=-2, keepdims=True)
    return _at_least(values, np.where(unknown, np.nan, least))


def _at_least(values: Array, least: Array) -> Array:
    """1 where a value reaches a threshold, 0 where not, `nan` where either is unknown."""
    reached = (values >= least * (1 - TIE)).astype(np.float64)
    return np.where(np.isnan(values) | np.isnan(least), np.nan, reached)


def _declared(thresholds: Thresholds) -> Declaration:
    """The declaration with some thresholds."""
    return Declaration(
        name="cluster_stars",
        kernel=partial(_cluster_stars, thresholds=thresholds),
        grain=("region", "industry"),
        formula=thresholds.said,
        reference="European Cluster Observatory; European Commission 2011",
        neutral=None,
        bounds=(0.0, 3.0),
        estimand="the stars of regions' and industries' expected employment",
        unit="count",
        components=("stars", "size", "specialization", "focus"),
        options={"quotient": thresholds.quotient},
        scale_free=thresholds.least == 0,
        analytic_note="stars jump at thresholds that depend on all cells",
        unreliable=JUMPS,
    )


PLAIN = Thresholds()


@register(*(_declared(replace(PLAIN, quotient=quotient)) for quotient in (2.0, None)))
def cluster_stars(
    table: IntoTable,
    *,
    value: str = "employment",
    size_top: float = 0.1,
    quotient: float | None = 2.0,
    focus_top: float = 0.1,
    least: float = 0.0,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Stars of the European Cluster Observatory: for size, specialization and focus.

    A first sieve of many regions and industries: one star where the region is among the largest
    of the industry, one where it is specialized in it, one where the industry weighs much in the
    region. Use it to name candidates, and `location_quotient` or `ellison_glaeser` to test them.

    .. math::
        e_{ri} \text{ in the top } 10\,\% \text{ of } i,\qquad
        LQ_{ri} = \frac{e_{ri} / e_r}{e_i / e} \ge 2,\qquad
        rac{e_{ri}}{e_r} \text{ in the top } 10\,\% \text{ of all cells}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine. Industries are meant to
        be cluster categories, groups of industries that belong together.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    size_top : float
        Share of the regions at the top of each industry that get the star for size.
    quotient : float or None
        Least location quotient for the star for specialization; None gives it to the share
        `size_top` of the regions with the largest quotients of each industry instead.
    focus_top : float
        Share of all cells at the top by share of their region that get the star for focus.
    least : float
        Value below which a cell gets no star, so that tiny regions don't shine.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        `Bootstrap` resamples establishments with all their years and adds ``chance``: how often
        each star is earned when plants are drawn again. `MonteCarlo` says how many stars chance
        gives (``null_mean``) and tests for more. Intervals of a count of stars are left blank.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry``, ``component`` (``stars``, 0 to 3, and its
        parts ``size``, ``specialization``, ``focus``, 0 or 1), ``measure``, ``estimate``; the
        inference columns in the rows of ``stars``; with `Bootstrap` ``chance`` in the others.

    Raises
    ------
    TableError, OptionError
        As in `location_quotient`; a threshold is out of its range, or `Analytic()` is asked.

    Notes
    -----
    A cell is in the top 10 % where fewer than 10 % of the cells are larger, so there is always
    one, and ties share the star. Cells of zero count among the cells and get no star; regions
    with nothing and industries that are nowhere are `nan` and do not count. Focus is compared
    over all cells of the year: within one industry its order is that of the quotient. An unknown
    cell leaves the size of its industry unknown, the quotients and focus of its year too.

    Stars depend on which regions and industries are in the table: they are a ranking, and chance
    moves the cells near a threshold over it, which ``chance`` shows.

    References
    ----------
    European Commission (2011). European Cluster Observatory, Methodology: evaluation of regional
    cluster strength. Sölvell, Ö., Ketels, C. and Lindqvist, G. (2008). Industrial specialization
    and regional clusters in the ten new EU member states. Competitiveness Review 18, 104-130.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 10, 3990]})
    >>> stars = cs.cluster_stars(jobs)
    >>> stars[["region", "industry", "component", "estimate"]].head(4)
      region industry       component  estimate
    0      A     film           stars       2.0
    1      A     film            size       1.0
    2      A     film  specialization       1.0
    3      A     film           focus       0.0
    """
    thresholds = Thresholds(size_top, quotient, focus_top, least)
    grid, declared = Grid.of(table, (value,)), _declared(thresholds)
    result = infer(declared, grid, value, inference)
    if isinstance(inference, Bootstrap):
        result["chance"] = _chance(grid, value, inference, thresholds)
    return result


def _chance(grid: Grid, value: str, option: Bootstrap, thresholds: Thresholds) -> Array:
    """How often each star is earned over the draws, for each row of the result."""
    shares = [_earned(grid, value, year, option, thresholds) for year in range(grid.shape[0])]
    chance = np.stack(shares)
    chance[..., 0] = np.nan
    return chance.ravel()


def _earned(grid: Grid, value: str, year: int, option: Bootstrap, thresholds: Thresholds) -> Array:
    """Share of the draws of one year in which stars are earned, of those that tell."""
    units = units_of(grid, value, year, option.unit)
    shape = (*units.shape, len(_declared(thresholds).components))
    total, known = np.zeros(shape), np.zeros(shape)
    plan = Resampled(units)
    with np.errstate(all="ignore"):
        for b in range(option.draws if units.is_drawable else 0):
            drawn = plan.draw(generator(option.seed, b), (1,))
            stars = _cluster_stars(drawn[1], thresholds=thresholds)
            known += ~np.isnan(stars)
            total += np.nan_to_num(stars)
        return total / known
