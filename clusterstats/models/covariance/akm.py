"""Covariances of shift-share regressions: rows with like shares have like residuals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from scipy.stats import norm

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, warn
from clusterstats.models.covariance.akm_parts import Parts, parts_of
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.options import CovarianceOption
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.shift_share.columns import ShiftShareColumns
from clusterstats.models.shift_share.exposure import Exposure, exposure_of
from clusterstats.models.solution import Solution

__all__ = ["AKM", "ConfidenceSet", "akm", "confidence_set"]

Shape = Literal["interval", "two rays", "line"]


@dataclass(frozen=True)
class AKM(CovarianceOption):
    """Errors of regions go together as far as the regions have the same industries.

    For the coefficient of a shift-share variable `z = sum of s_k g_k`, or of an endogenous
    variable with the one instrument `z`, in regressions with weights `w` and controls taken out:
    `V = sum over k of (ĝ_k sum over i of w_i s_ik u_i)^2 / (sum of w z x)^2`, where `ĝ` are the
    coefficients of `z` on the shares. Robust and clustered errors are too small where regions
    that are far apart share industries, and with them unobserved shocks (Adão, Kolesár and
    Morales 2019).

    Parameters
    ----------
    null_imposed : bool
        AKM0: residuals are those under each value tested, so that the interval holds all values
        that are not rejected. It keeps its level better with few or uneven shocks, is not
        symmetric, and may be unbounded.
    shock_cluster : str, optional
        Column of groups of shocks that may go together: of the table of shocks, or without one of
        the table of shares.
    shares, shocks : table, optional
        As in `shift_share_iv`, which fills them in; `regress` needs the shares.
    columns : ShiftShareColumns
        Names of their columns.
    variable : str, optional
        The shift-share regressor. Without, the one instrument.
    level : float
        Of the interval of AKM0.

    Raises
    ------
    OptionError
        No shares; a model that is not linear, has several endogenous variables or several
        instruments; no regressor named where there are no instruments; more industries than
        regions can tell apart.
    TableError
        Shares or shocks that break a rule of `shift_share_iv`; a regressor that is not made of
        these shares.

    Notes
    -----
    Other coefficients have no such variance: theirs are `nan`. No small-sample factor is applied,
    whatever the convention, and tests are against the normal.

    AKM0 gives an interval, or, where the first stage is too weak or shocks too few at that level,
    the whole line or all values but those of a gap: `conf_low` and `conf_high` are then infinite,
    and a warning says so. The standard error of AKM0 is half the interval over the quantile of the
    normal (infinite where unbounded); its p-value tests 0.

    References
    ----------
    Adão, R., M. Kolesár and E. Morales (2019). Shift-share designs: theory and inference.
    Quarterly Journal of Economics 134, 1949-2010 (equations 33 and 36, remark 6).

    Examples
    --------
    >>> AKM(null_imposed=True, shock_cluster="sic3")
    AKM(null_imposed=True, shock_cluster='sic3', variable=None, level=0.95)
    """

    null_imposed: bool = False
    shock_cluster: str | None = None
    shares: IntoTable | Exposure | None = field(default=None, compare=False, repr=False)
    shocks: IntoTable | None = field(default=None, compare=False, repr=False)
    columns: ShiftShareColumns = field(default=ShiftShareColumns(), repr=False)
    variable: str | None = None
    level: float = 0.95

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise OptionError(f"level={self.level!r} of AKM must lie between 0 and 1")

    def exposure(self) -> Exposure:
        """The shares, checked."""
        if self.shares is None:
            raise OptionError(
                "AKM needs the shares: AKM(shares=..., variable='z'), or shift_share_iv, which has "
                "them; without a shift-share variable use Robust or Clustered"
            )
        if isinstance(self.shares, Exposure):
            return self.shares
        return exposure_of(self.shares, self.shocks, self.columns)


@dataclass(frozen=True)
class ConfidenceSet:
    """The values of a coefficient that are not rejected.

    Attributes
    ----------
    shape : {"interval", "two rays", "line"}
    low, high : float
        Ends of the interval; of the gap between two rays; infinite for the line.
    """

    shape: Shape
    low: float
    high: float

    @property
    def hull(self) -> tuple[float, float]:
        """The smallest interval around the set."""
        return (self.low, self.high) if self.shape == "interval" else (-np.inf, np.inf)


def akm(solution: Solution, option: AKM, convention: SmallSample) -> Covariance:
    """Variance of the shift-share coefficient; `nan` for the others."""
    parts = parts_of(solution, option.exposure(), option.variable, option.shock_cluster)
    place, size = parts.place, len(solution.params)
    estimate = float(solution.params[place])
    matrix = np.full((size, size), np.nan)
    df = np.full(size, np.inf)
    factors = {f"clusters {option.shock_cluster or 'shock'}": float(len(parts.residual))}
    by = "" if option.shock_cluster is None else f", shocks clustered by {option.shock_cluster}"
    if not option.null_imposed:
        matrix[place, place] = (parts.residual**2).sum() / parts.scale**2
        return Covariance(matrix, df, f"AKM{by}", factors)
    found = confidence_set(estimate, parts, option.level)
    if found.shape != "interval":
        warn(_unbounded(found, solution.design.names[place], option.level))
        factors |= {"gap from": found.low, "gap to": found.high}
    low, high = found.hull
    matrix[place, place] = ((high - low) / 2 / norm.ppf((1 + option.level) / 2)) ** 2
    ends, p_values = np.full((size, 2), np.nan), np.full(size, np.nan)
    ends[place] = low, high
    under_null = np.sqrt(((parts.residual + estimate * parts.treatment) ** 2).sum())
    p_values[place] = 2 * norm.sf(abs(estimate) * abs(parts.scale) / under_null)
    return Covariance(matrix, df, f"AKM0{by}", factors, p_values, ends, option.level)


def confidence_set(estimate: float, parts: Parts, level: float) -> ConfidenceSet:
    """Values `b` with `(estimate - b)^2 scale^2 <= q^2 sum of (residual - (b - estimate) x)^2`."""
    q = float(norm.ppf((1 + level) / 2))
    square = parts.scale**2 / q**2 - float((parts.treatment**2).sum())
    cross = float((parts.residual * parts.treatment).sum())
    root = cross**2 + square * float((parts.residual**2).sum())
    if root < 0 or square == 0:
        return ConfidenceSet("line", -np.inf, np.inf)
    ends = sorted((estimate + (-cross + sign * np.sqrt(root)) / square) for sign in (-1, 1))
    return ConfidenceSet("interval" if square > 0 else "two rays", ends[0], ends[1])


def _unbounded(found: ConfidenceSet, name: str, level: float) -> str:
    """What an unbounded set means."""
    whole = f"the {level:.0%} confidence set of {name!r} (AKM0) is unbounded: "
    if found.shape == "line":
        return whole + "no value is rejected"
    return whole + f"all values but those between {found.low:.6g} and {found.high:.6g}"
