"""Fits with numbers chosen by hand, so that what a table shows can be written down."""

from collections.abc import Mapping

import numpy as np

from clusterstats.models import Fit
from clusterstats.models.covariance import Covariance

LABELS = {"log_density": "Density (log)", "growth": "Growth & co", "zone": "Zone d'emploi"}


def fit(
    terms: Mapping[str, tuple[float, float]],
    *,
    title: str = "OLS",
    response: str = "growth",
    covariance: str = "classical",
    factors: Mapping[str, float] | None = None,
    notes: tuple[str, ...] = (),
    **statistics: float,
) -> Fit:
    """A fit of these estimates and standard errors, its t-tests normal."""
    errors = np.array([error for _, error in terms.values()])
    return Fit(
        title=title,
        response=response,
        names=tuple(terms),
        estimates=np.array([estimate for estimate, _ in terms.values()]),
        covariance=Covariance(
            np.diag(errors**2), np.full(len(errors), np.inf), covariance, factors or {}
        ),
        nobs=int(statistics.pop("nobs", 25_096)),
        statistics={name.replace("__", " "): value for name, value in statistics.items()},
        notes=notes,
    )


POOLED = fit({"Intercept": (1.5, 0.25), "log_density": (-0.0229, 0.0025)}, r_squared=0.0312)
WITHIN = fit(
    {"log_density": (-0.296, 0.014), "rail_km": (0.00004, 0.00002)},
    covariance="clustered by zone (CR1)",
    factors={"clusters zone": 304.0},
    nobs=24_700,
    r_squared=0.5,
    within_r_squared=0.125,
    levels__zone=304,
    levels__year=16,
)
