"""Why establishments in large cities are better: agglomeration, or the worst being gone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable, Mask
from clusterstats.errors import warn
from clusterstats.inference import Bootstrap
from clusterstats.models.covariance import Covariance
from clusterstats.models.fit import Fit
from clusterstats.models.selection.quantile_shift import FURTHEST, criterion, shifted
from clusterstats.models.selection.sample import (
    NAMES,
    checked,
    large_cities,
    require_free,
    require_inference,
)
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["SelectionFit", "agglomeration_selection"]

NEUTRAL = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True, kw_only=True, repr=False)
class SelectionFit(Fit):
    """Shift, dilation and truncation, from `agglomeration_selection`.

    A `Fit` whose statistics and p-values test A = 0, D = 1 and S = 0.

    Attributes
    ----------
    title, response, names, estimates, covariance, nobs, statistics, notes : as in `Fit`
    residual_values, fitted_values, index, solution, convention, asked : as in `Fit`
    draws : array, shape (draws, 3)
        A, D and S of each bootstrap sample; no rows without a bootstrap.
    """

    draws: Array

    @property
    def tvalues(self) -> pd.Series:
        """Distances from no difference (A = 0, D = 1, S = 0) over standard errors."""
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = (self.estimates - NEUTRAL) / self.covariance.std_errors
        return pd.Series(ratio, pd.Index(self.names, name="term"), name="statistic")


def agglomeration_selection(
    data: IntoTable,
    *,
    value: str,
    group: str,
    large: object,
    free: Collection[str] = NAMES,
    inference: Bootstrap | None = None,
    area: str | None = None,
) -> SelectionFit:
    r"""How the productivity of establishments in large cities differs: shift, dilation, truncation.

    The quantile comparison of Combes, Duranton, Gobillon, Puga and Roux (2012). Agglomeration
    economies make all establishments of large cities more productive (A, a shift to the right), or
    the productive ones most of all (D, a dilation); tougher selection takes the least productive
    out (S, a truncation on the left). Means can't tell one from the other, quantiles can.

    .. math::
        \lambda_L(r) = D \, \lambda_M(S + (1 - S) r) + A

    with :math:`\lambda` the quantile functions of the large and of the small cities. The estimates
    minimise the sum of the mean squared distance of both sides and that of the same equation
    solved for the small cities,

    .. math::
        \int_0^1 [\lambda_L(r_S(u)) - D \lambda_M(S + (1 - S) r_S(u)) - A]^2 du +
        \int_0^1 [\lambda_M(\tilde r_S(u)) - \tfrac1D \lambda_L(\tfrac{\tilde r_S(u) - S}{1 - S})
        + \tfrac AD]^2 du,

    with ranks where both are defined: :math:`r_S(u) = m + (1 - m) u`,
    :math:`m = \max(0, -S / (1 - S))`, and :math:`\tilde r_S(u) = \max(0, S) + (1 - \max(0, S)) u`.

    Parameters
    ----------
    data : table
        A row an establishment.
    value : str
        Column of log productivity.
    group : str
        Column of two values that tells large from small cities.
    large : object
        The value of `group` that stands for large cities.
    free : collection of {"A", "D", "S"}
        Which of the three are estimated; the others have the value of no difference (0, 1, 0).
    inference : Bootstrap, optional
        `Bootstrap(draws=100, seed=1)` resamples establishments within large and within small
        cities; `unit="region"` resamples areas with all their establishments. Without it there
        are no standard errors.
    area : str, optional
        Column of areas, for `unit="region"`.

    Returns
    -------
    SelectionFit
        A `Fit` of A, D and S (those of `free`): `tidy()` tests A = 0, D = 1, S = 0 against the
        normal. S > 0: a share S of the small cities' distribution is missing in the large cities;
        S < 0: a share -S / (1 - S) of the large cities' in the small ones. `glance()` has
        `r_squared`, one less the criterion over its value at (0, 1, 0), `criterion`,
        `criterion_null`, `establishments_large` and `establishments_small`.

    Raises
    ------
    OptionError
        Names that are not A, D or S; a method that is not a bootstrap of establishments or areas.
    TableError
        A column that is missing, text where numbers are needed, an infinite value, a group that
        has not two values, or fewer than 20 establishments in one of them.

    Warns
    -----
    ClusterstatsWarning
        Rows with a blank, which are left out; a truncation at the end of what is searched (95 % of
        a distribution), which is then undecided.

    Notes
    -----
    For each S the best D and A are found in closed form; S is searched on a grid of 1 % of the
    distribution and then refined. Quantile functions are linear between order statistics, at 1001
    ranks. Exchanging the groups gives D' = 1/D, A' = -A/D, S' = -S/(1 - S).

    A is the shift of an establishment whose log productivity is 0: take the mean of the small
    cities out of `value` before, and A is that of their mean. Outliers weigh heavily on D and A:
    trim the ends of each group first, and say so.

    Productivity that was itself estimated has more noise than the bootstrap knows of.

    References
    ----------
    Combes, P.-P., G. Duranton, L. Gobillon, D. Puga and S. Roux (2012). The productivity advantages
    of large cities: distinguishing agglomeration from firm selection. Econometrica 80, 2543-2594.

    Kondo, K. (2017). Quantile approach for distinguishing agglomeration from firm selection in
    Stata. RIETI Technical Paper 17-T-001.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> small = np.random.default_rng(1).normal(size=2000)
    >>> large = 0.1 + 1.2 * small
    >>> firms = pd.DataFrame(
    ...     {"tfp": np.concatenate([small, large]), "city": ["small"] * 2000 + ["large"] * 2000}
    ... )
    >>> fit = cs.agglomeration_selection(firms, value="tfp", group="city", large="large")
    >>> fit.params.round(3) + 0.0
    term
    A    0.1
    D    1.2
    S    0.0
    Name: estimate, dtype: float64
    """
    require_free(free)
    require_inference(inference, area)
    frame = checked(collect(as_lazy(data)), value, group, area)
    is_large = large_cities(frame, group, large)
    values = frame[value].to_numpy(dtype=float)
    chosen = tuple(name for name in NAMES if name in free)
    found = _estimated(values[is_large], values[~is_large], chosen)
    _warn_of_end(found)
    draws = np.empty((0, 3))
    if inference is not None:
        units = np.arange(len(frame)) if area is None else pd.factorize(frame[area])[0]
        draws = _drawn(values, is_large, units.astype(np.intp), chosen, inference)
    large_values, small_values = np.sort(values[is_large]), np.sort(values[~is_large])
    at, null = (criterion(large_values, small_values, *theta) for theta in (found, NEUTRAL))
    return SelectionFit(
        title="Agglomeration and selection",
        response=value,
        names=NAMES,
        estimates=found,
        covariance=_covariance(draws, chosen, inference),
        nobs=len(frame),
        statistics={
            "r_squared": 1 - at / null if null > 0 else np.nan,
            "criterion": at,
            "criterion_null": null,
            "establishments_large": len(large_values),
            "establishments_small": len(small_values),
            "draws": len(draws),
        },
        notes=tuple(
            f"{name} held at {neutral:g}"
            for name, neutral in zip(NAMES, NEUTRAL, strict=True)
            if name not in chosen
        ),
        draws=draws,
    )


def _estimated(large: Array, small: Array, chosen: tuple[str, ...]) -> Array:
    return np.array(shifted(np.sort(large), np.sort(small), chosen))


def _drawn(
    values: Array,
    is_large: Mask,
    units: Codes,
    chosen: tuple[str, ...],
    inference: Bootstrap,
) -> Array:
    """Estimates of bootstrap samples, (draws, 3)."""
    random = np.random.default_rng(inference.seed)
    sides = [_rows_of(units, np.flatnonzero(side)) for side in (is_large, ~is_large)]
    found = []
    for _ in range(inference.draws):
        large, small = (
            values[np.concatenate([rows[k] for k in random.integers(len(rows), size=len(rows))])]
            for rows in sides
        )
        found.append(_estimated(large, small, chosen))
    return np.array(found)


def _rows_of(units: Codes, rows: Codes) -> list[Codes]:
    """The rows of each unit."""
    order = rows[np.argsort(units[rows], kind="stable")]
    return np.split(order, np.flatnonzero(np.diff(units[order])) + 1)


def _covariance(draws: Array, chosen: tuple[str, ...], inference: Bootstrap | None) -> Covariance:
    """Of the draws; `nan` without them, and of what is not estimated."""
    matrix = np.full((3, 3), np.nan)
    name = "none (no bootstrap)"
    if inference is not None:
        places = [NAMES.index(each) for each in chosen]
        matrix[np.ix_(places, places)] = np.cov(draws[:, places].T, ddof=1)
        name = f"bootstrap by {inference.unit} ({len(draws):,} draws)"
    return Covariance(matrix, np.full(3, np.inf), name)


def _warn_of_end(found: Array) -> None:
    """Warn where the truncation is at the end of what is searched."""
    s = float(found[2])
    cut = s if s >= 0 else -s / (1 - s)
    if cut > FURTHEST - 1e-3:
        warn(
            f"S = {s:.3f} is at the end of what is searched ({FURTHEST:.0%} of a distribution "
            f"gone): the truncation is undecided"
        )
