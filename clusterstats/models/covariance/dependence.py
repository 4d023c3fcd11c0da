"""Options for errors that go together over time and space."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal, get_args

from clusterstats.errors import OptionError, require_choice
from clusterstats.models.covariance.options import CovarianceOption

__all__ = ["Conley", "DriscollKraay", "NeweyWest"]

TimeKernel = Literal["bartlett", "parzen", "quadratic_spectral"]
SpaceKernel = Literal["uniform", "bartlett"]
Distance = Literal["great_circle", "planar", "fixest_triangular", "fixest_spherical"]


@dataclass(frozen=True)
class DriscollKraay(CovarianceOption):
    """Any correlation within a period, fading over the next ones, whichever units it joins.

    `(X'WX)^-1 (sum over l of k(l) (sum over t of h_t h_(t-l)' + its transpose)) (X'WX)^-1`, with
    `h_t` the sum of the scores of period `t` and `k(0)` one half.

    Parameters
    ----------
    lags : int, optional
        Periods `L` over which correlation reaches. The whole part of `T^(1/4)` if not given, as in
        fixest.
    kernel : {"bartlett", "parzen", "quadratic_spectral"}
        bartlett: `k(l) = 1 - l / (L + 1)`; parzen: with `z = l / (L + 1)`, `1 - 6 z^2 + 6 z^3` up
        to a half, `2 (1 - z)^3` beyond; quadratic_spectral: `3 (sin q / q - cos q) / q^2` with
        `q = 6 pi l / (5 L)`, which reaches over all lags.
    time : str, optional
        Column of periods: numbers, dates or text, in their order. That of `panel=` if not given.

    Raises
    ------
    OptionError
        No column of periods; as many lags as periods.
    TableError
        A column that is not there, blank in a row of the sample, or with a single period.

    Warns
    -----
    ClusterstatsWarning
        Numeric periods that are not evenly spaced: a lag is one step among those that occur.

    Notes
    -----
    It rests on many periods, not many units: with few the standard errors are too small. With
    `lags=0` it is clustering by period. Small-sample factors are those of clusters with `T` in
    place of `G`, and all fixed effects counted unless the convention says otherwise
    (`over_time`); tests have `T - 1` degrees of freedom where those of clusters have `G - 1`.

    References
    ----------
    Driscoll, J. C. and A. C. Kraay (1998). Consistent covariance matrix estimation with spatially
    dependent panel data. Review of Economics and Statistics 80, 549-560.

    Hoechle, D. (2007). Robust standard errors for panel regressions with cross-sectional
    dependence. Stata Journal 7, 281-312.

    Newey, W. K. and K. D. West (1987). A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix. Econometrica 55, 703-708.

    Examples
    --------
    >>> DriscollKraay(lags=2)
    DriscollKraay(lags=2, kernel='bartlett', time=None)
    """

    lags: int | None = None
    kernel: TimeKernel = "bartlett"
    time: str | None = None

    def __post_init__(self) -> None:
        _check_over_time(self.lags, self.kernel)


@dataclass(frozen=True)
class NeweyWest(CovarianceOption):
    """Correlation over time within a unit, none between units.

    As `DriscollKraay`, with scores summed over units after they are multiplied, not before.

    Parameters
    ----------
    lags : int, optional
        Periods over which correlation reaches. The whole part of `T^(1/4)` if not given, as in
        fixest.
    kernel : {"bartlett", "parzen", "quadratic_spectral"}
        As in `DriscollKraay`.
    unit, time : str, optional
        Columns of units and periods. Those of `panel=` if not given.

    Raises
    ------
    OptionError
        No column of units or periods; as many lags as periods.
    TableError
        A column that is not there, blank in a row of the sample, or with a single value.

    Warns
    -----
    ClusterstatsWarning
        Numeric periods that are not evenly spaced: a lag is one step among those that occur.

    Notes
    -----
    Rows of one unit and period are summed. Clustering by unit allows any correlation over time
    and is preferred with many units. Factors and degrees of freedom as in `DriscollKraay`.

    References
    ----------
    Newey, W. K. and K. D. West (1987). A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix. Econometrica 55, 703-708.

    Examples
    --------
    >>> NeweyWest(unit="firm", time="year").lags is None
    True
    """

    lags: int | None = None
    kernel: TimeKernel = "bartlett"
    unit: str | None = None
    time: str | None = None

    def __post_init__(self) -> None:
        _check_over_time(self.lags, self.kernel)


@dataclass(frozen=True)
class Conley(CovarianceOption):
    """Errors of places near one another go together.

    `(X'WX)^-1 (sum over pairs of rows i, j of k(d_ij) s_i s_j') (X'WX)^-1`, with `d_ij` the
    distance of their places. With periods, only pairs of the same period count, and pairs of the
    same unit up to `lags` periods apart, with weight `1 - l / (lags + 1)`.

    Parameters
    ----------
    lon, lat : str
        Columns of longitude and latitude in degrees (east and north positive); with
        `distance="planar"` of coordinates x and y in km.
    cutoff_km : float
        Distance in km beyond which places have nothing to do with one another.
    time : str, optional
        Column of periods. Without, rows go together whatever their period, as in fixest.
    lags : int
        Periods over which rows of a unit go together; needs `time`. The unit is that of `panel=`;
        without, the place.
    kernel : {"uniform", "bartlett"}
        uniform: `k(d) = 1` up to the cutoff, the cutoff itself included; bartlett (triangular):
        `1 - d / cutoff`.
    distance : {"great_circle", "planar", "fixest_triangular", "fixest_spherical"}
        great_circle: on a sphere with a radius of 6371 km; planar: Euclidean. Two more agree with
        fixest's `triangular` (a degree is 111 km, meridians are parallel at the mean latitude of
        the two places) and `spherical` (a radius of 6376 km); they differ by about 1 %.

    Raises
    ------
    OptionError
        A cutoff or number of lags below 0; lags without `time`.
    TableError
        A column that is not there, blank or no number in a row of the sample; a latitude beyond 90
        degrees.

    Warns
    -----
    ClusterstatsWarning
        A matrix with negative eigenvalues, which neither kernel excludes on a map: repaired or
        left as a multiway one is (`SmallSample(repair=...)`).

    Notes
    -----
    No matrix over pairs of rows is made: rows of a place and period are summed first, and places
    compared with those of the blocks around them, at a cost in proportion to the pairs within the
    cutoff. The factor is that of CR1 which counts parameters, as in fixest, and tests have `n - K`
    degrees of freedom.

    References
    ----------
    Conley, T. G. (1999). GMM estimation with cross sectional dependence. Journal of Econometrics
    92, 1-45.

    Hsiang, S. M. (2010). Temperatures and cyclones strongly associated with economic production in
    the Caribbean and Central America. Proceedings of the National Academy of Sciences 107,
    15367-15372 (panels, in its methods).

    Examples
    --------
    >>> Conley("lon", "lat", 25, time="year", lags=2).kernel
    'uniform'
    """

    lon: str
    lat: str
    cutoff_km: float
    time: str | None = None
    lags: int = 0
    kernel: SpaceKernel = "uniform"
    distance: Distance = "great_circle"

    def __post_init__(self) -> None:
        require_choice("kernel", self.kernel, get_args(SpaceKernel))
        require_choice("distance", self.distance, get_args(Distance))
        cutoff: object = self.cutoff_km
        if type(cutoff) is bool or not isinstance(cutoff, Real) or not float(cutoff) > 0:
            raise OptionError(f"cutoff_km={self.cutoff_km!r} must be a distance above 0, in km")
        _check_lags(self.lags)
        if self.lags and self.time is None:
            raise OptionError(f"lags={self.lags} needs the column of periods: Conley(..., time=)")


def _check_over_time(lags: int | None, kernel: str) -> None:
    require_choice("kernel", kernel, get_args(TimeKernel))
    if lags is not None:
        _check_lags(lags)


def _check_lags(lags: object) -> None:
    if type(lags) is bool or not isinstance(lags, Integral) or lags < 0:
        raise OptionError(f"lags={lags!r} must be a whole number of 0 or more")
