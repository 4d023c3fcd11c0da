"""Location quotients of two industries at once: what regional input-output tables start from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import prod
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.engine import BLOCK, STORE
from clusterstats.inference.intervals import normal_p_value, score_interval
from clusterstats.inference.options import Inference, Jackknife, Random
from clusterstats.measures.declaration import (
    AnalyticInput,
    AnalyticOutput,
    Declaration,
    register,
)
from clusterstats.measures.location.quotient import ROOT
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["cross_industry_location_quotient", "flegg_location_quotient"]

Diagonal = Literal["ratio", "quotient"]
FEW = (
    "resampling sees only the plants that happen to be in a region, so with few or uneven plants "
    "these intervals are too short; Analytic() holds its level there"
)


def _cross_industry(x: Array, *, diagonal: str) -> Array:
    """x: values (..., region, industry) -> (..., region, industry, industry2)."""
    share = x / x.sum(axis=-2, keepdims=True)
    buyer = np.where(share > 0, share, np.nan)
    ratio: Array = share[..., :, None] / buyer[..., None, :]
    if diagonal == "quotient":
        own = np.arange(x.shape[-1])
        ratio[..., own, own] = np.where(np.isnan(buyer), np.nan, _quotient(x))
    return ratio


def _quotient(x: Array) -> Array:
    """Location quotient, same shape."""
    size = x.sum(axis=-1, keepdims=True) / x.sum(axis=(-2, -1), keepdims=True)
    quotient: Array = x / x.sum(axis=-2, keepdims=True) / size
    return quotient


@dataclass(frozen=True)
class Shape:
    """What multiplies the ratio: the region's size, and the buyer's specialization."""

    delta: float = 0.0
    augmented: bool = False

    def scale(self, size: Array) -> Array:
        """Lambda of the regions, from their shares of the whole."""
        scale: Array = np.log2(1 + size) ** self.delta
        return scale

    def more(self, quotient: Array) -> Array:
        """Factor of buyers with these location quotients."""
        return np.log2(1 + np.maximum(quotient, 1)) if self.augmented else np.ones_like(quotient)


def _flegg(x: Array, *, shape: Shape) -> Array:
    """x: values (..., region, industry) -> (..., region, industry, industry2)."""
    size = x.sum(axis=-1) / x.sum(axis=(-2, -1))[..., None]
    ratio = _cross_industry(x, diagonal="quotient")
    adjusted: Array = shape.scale(size)[..., None, None] * ratio
    adjusted *= shape.more(_quotient(x))[..., None, :]
    return adjusted


# --- the closed form ------------------------------------------------------------------------


def _analytic(given: AnalyticInput, *, shape: Shape, is_tested: bool) -> AnalyticOutput:
    """Interval of a function of two industries' shares of a region, which are independent.

    Establishments of fixed sizes choose regions independently, so the share p of an industry in
    a region has variance p (1 - p) H, H the Herfindahl index of its establishments. Score
    intervals of both are joined on the scale of logarithms, the region's share of the whole held
    fixed; the test pools the two shares.
    """
    x, squares = given.moments[1], given.moments[2]
    total = x.sum(axis=0)
    size = x.sum(axis=1, keepdims=True) / x.sum()
    p, lumps = x / total, np.broadcast_to(squares.sum(axis=0) / total**2, x.shape)
    low, high = score_interval(p, lumps, given.option.level)
    scale = shape.scale(size)[:, :, None]

    def bought(q: Array) -> Array:  # logarithm of what the buyer's share makes of the seller's
        return np.log(shape.more(q / size)) - np.log(q)

    fall = np.hypot(*_across(np.log(p) - np.log(low), bought(p) - bought(high)))
    rise = np.hypot(*_across(np.log(high) - np.log(p), bought(low) - bought(p)))
    none = p[:, :, None] == 0
    most = scale * high[:, :, None] * np.exp(bought(low))[:, None, :]
    step = 1e-6
    bend = (bought(p * (1 + step)) - bought(p * (1 - step))) / (2 * step)
    spread = np.sqrt(np.where((p > 0) & (p < 1), (1 - p) / p * lumps, np.nan))
    columns = {
        "std_error": given.estimate * np.hypot(*_across(spread, bend * spread)),
        "conf_low": np.where(none, 0.0, given.estimate * np.exp(-fall)),
        "conf_high": np.where(none, most, given.estimate * np.exp(rise)),
    }
    if is_tested:
        columns |= _equal_shares(given, p, lumps)
    blank = np.isnan(given.estimate) | np.eye(len(total), dtype=bool)
    return {name: np.where(blank, np.nan, column) for name, column in columns.items()}


def _across(seller: Array, buyer: Array) -> tuple[Array, Array]:
    """Numbers of sellers and of buyers, each (region, industry), as (region, seller, buyer)."""
    return seller[:, :, None], buyer[:, None, :]


def _equal_shares(given: AnalyticInput, p: Array, lumps: Array) -> dict[str, Array]:
    """Test that the region's shares of both industries are the same."""
    x = given.moments[1]
    total = x.sum(axis=0)
    pool = (x[:, :, None] + x[:, None, :]) / (total[:, None] + total)
    both = np.add(*_across(lumps, lumps))
    score = np.subtract(*_across(p, p)) / np.sqrt(pool * (1 - pool) * both)
    return {"statistic": score, "p_value": normal_p_value(score, given.option.alternative)}


# --- declarations ---------------------------------------------------------------------------


def _cross_declared(diagonal: Diagonal) -> Declaration:
    """The declaration of the quotient with one diagonal."""
    own = "" if diagonal == "ratio" else "; CILQ_ii = LQ_ri"
    return Declaration(
        name="cross_industry_location_quotient",
        kernel=partial(_cross_industry, diagonal=diagonal),
        grain=("region", "industry", "industry2"),
        formula="CILQ_ij = LQ_ri / LQ_rj = (e_ri / e_i) / (e_rj / e_j)" + own,
        reference="Schaffer and Chu 1969; Smith and Morrison 1974",
        neutral=1.0,
        bounds=(0.0, np.inf),
        estimand="the ratio of the two industries' probabilities of locating in the region, "
        "establishments' sizes given",
        options={"diagonal": diagonal},
        pivot=ROOT,
        pairs="all",
        analytic=partial(_analytic, shape=Shape(), is_tested=True),
        analytic_powers=(1, 2),
        resampling_note=FEW,
    )


def _flegg_declared(delta: float, augmented: bool) -> Declaration:
    """The declaration of Flegg's quotient, plain or augmented."""
    shape = Shape(delta, augmented)
    more = ", times log2(1 + LQ_rj) where LQ_rj > 1" if augmented else ""
    return replace(
        _cross_declared("quotient"),
        name="flegg_location_quotient",
        kernel=partial(_flegg, shape=shape),
        formula=f"FLQ_ij = lambda_r LQ_ri / LQ_rj, FLQ_ii = lambda_r LQ_ri, "
        f"lambda_r = log2(1 + e_r / e)^{delta:g}{more}",
        reference="Flegg and Webber 2000" if augmented else "Flegg and Webber 1997",
        neutral=None,
        estimand="the quotient of regions' and industries' expected employment",
        options={"delta": delta, "augmented": augmented},
        analytic=partial(_analytic, shape=shape, is_tested=False),
    )


def _require_room(declaration: Declaration, grid: Grid, inference: Inference | None) -> None:
    """Raise, before anything is computed, where all pairs of all regions would not fit."""
    years, regions, industries = grid.shape
    tables = years
    if isinstance(inference, Random):
        tables = max(years, inference.draws)
    elif isinstance(inference, Jackknife):
        cells = prod(grid.shape[1:]) * len(declaration.powers)
        tables = max(years, BLOCK // cells)
    numbers = tables * regions * industries**2
    if numbers > STORE:
        raise OptionError(
            f"{tables} table(s) of {regions:,} regions x {industries:,} x {industries:,} "
            f"industries would take {numbers * 8 / 1e9:.1f} GB; sum industries into sections with "
            f"cs.sum_cells, or take fewer draws or years at a time"
        )


def _require_delta(delta: Any) -> None:
    """Raise unless delta is a number that leaves a share."""
    is_number = isinstance(delta, Real) and not isinstance(delta, bool)
    if not is_number or not 0 <= delta < 1:
        raise OptionError(f"delta={delta!r} is not a number from 0 to below 1; 0.3 is usual")


@register(*(_cross_declared(diagonal) for diagonal in ("ratio", "quotient")))
def cross_industry_location_quotient(
    table: IntoTable,
    *,
    value: str = "employment",
    diagonal: Diagonal = "ratio",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""How large a selling industry is in a region beside an industry that buys from it.

    Below 1 the region has less of the seller than of the buyer, by the whole's proportions, and
    is taken to import the rest: national input coefficients are then multiplied by it.

    .. math:: CILQ_{ij} = \frac{LQ_{ri}}{LQ_{rj}} = \frac{e_{ri} / e_i}{e_{rj} / e_j}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, output, ...
    diagonal : {"ratio", "quotient"}
        What an industry is to itself: 1 by the formula, or its location quotient (Smith and
        Morrison), so that a region short of it imports from the same industry elsewhere.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic` is the method of choice: establishments of given sizes choose regions
        independently, so the shares of two industries are independent, with score intervals
        joined on logarithms. `Bootstrap` draws establishments with all their years.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry`` (seller i), ``industry2`` (buyer j; both ways
        and the diagonal), ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError
        As in `location_quotient`.
    OptionError
        `diagonal` is not known, or the pairs do not fit in memory.

    Notes
    -----
    0 where the region has none of the seller; `nan` where it has none of the buyer, or one of the
    two is nowhere. An unknown cell leaves its industry's pairs unknown (with
    ``diagonal="quotient"`` the diagonal of its year). `Analytic` says nothing of the diagonal,
    which is 1 or for `location_quotient` to say.

    References
    ----------
    Schaffer, W. A. and Chu, K. (1969). Nonsurvey techniques for constructing regional
    interindustry models. Papers in Regional Science 23, 83-101. Smith, P. and Morrison, W. I.
    (1974). Simulating the Urban Economy. Intervals: Zou, G. Y. and Donner, A. (2008), Statistics
    in Medicine 27, 1693-1702.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "sound"] * 2,
    ...                      "employment": [60, 10, 40, 40]})
    >>> pairs = cs.cross_industry_location_quotient(jobs)
    >>> pairs[["region", "industry", "industry2", "estimate"]].head(3)
      region industry industry2  estimate
    0      A     film      film  1.000000
    1      A     film     sound  3.000000
    2      A    sound      film  0.333333
    """
    require_choice("diagonal", diagonal, ("ratio", "quotient"))
    grid, declared = Grid.of(table, (value,)), _cross_declared(diagonal)
    _require_room(declared, grid, inference)
    return infer(declared, grid, value, inference)


@register(*(_flegg_declared(0.3, augmented) for augmented in (False, True)))
def flegg_location_quotient(
    table: IntoTable,
    *,
    value: str = "employment",
    delta: float = 0.3,
    augmented: bool = False,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Cross-industry location quotient, lowered for small regions, which import more.

    The usual start of a regional input-output table without a survey: national input coefficients
    are multiplied by it where it is below 1.

    .. math::
        FLQ_{ij} = \lambda_r \frac{LQ_{ri}}{LQ_{rj}},\quad FLQ_{ii} = \lambda_r LQ_{ri},\quad
        \lambda_r = [\log_2(1 + e_r / e)]^{\delta}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine: all regions, since the
        region's share of the whole sets how much is imported.
    value : str
        Additive column: ``"employment"``, output, ...
    delta : float
        How much small regions import, in [0, 1): 0 leaves the quotients as they are. Studies of
        regions with a surveyed table found 0.2 to 0.4.
    augmented : bool
        Multiply by log2(1 + LQ) of buyers that the region is specialized in (AFLQ), whose
        suppliers are taken to come along.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic` is the method of choice, as in `cross_industry_location_quotient`, with the
        region's share of the whole held fixed; `Bootstrap` draws establishments with all their
        years. `delta` is held fixed in all, though it is often the least certain: compare several.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry`` (seller i), ``industry2`` (buyer j; both ways
        and the diagonal), ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError
        As in `location_quotient`.
    OptionError
        `delta` is not in [0, 1), or the pairs do not fit in memory.

    Notes
    -----
    `Analytic` leaves the diagonal to that of `location_quotient`, of which it is a multiple.
    Values above 1 are left as they are; where they scale input coefficients they count as 1.
    0 where the region has none of the seller; `nan` where it has none of the buyer, or one of the
    two is nowhere. An unknown cell leaves its year unknown.

    References
    ----------
    Flegg, A. T. and Webber, C. D. (1997). On the appropriate use of location quotients in
    generating regional input-output tables: reply. Regional Studies 31, 795-805. Flegg, A. T. and
    Webber, C. D. (2000). Regional size, regional specialization and the FLQ formula. Regional
    Studies 34, 563-569.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "sound"] * 2,
    ...                      "employment": [60, 10, 40, 40]})
    >>> pairs = cs.flegg_location_quotient(jobs, delta=0.25)
    >>> pairs[["region", "industry", "industry2", "estimate"]].head(3).round(3)
      region industry industry2  estimate
    0      A     film      film     1.108
    1      A     film     sound     2.586
    2      A    sound      film     0.287
    """
    _require_delta(delta)
    grid, declared = Grid.of(table, (value,)), _flegg_declared(float(delta), bool(augmented))
    _require_room(declared, grid, inference)
    return infer(declared, grid, value, inference)
