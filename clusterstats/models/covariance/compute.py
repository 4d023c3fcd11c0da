"""From a solution and an option to a covariance matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from clusterstats.errors import OptionError
from clusterstats.models.covariance.akm import AKM, akm
from clusterstats.models.covariance.clustered import clustered
from clusterstats.models.covariance.conley import conley
from clusterstats.models.covariance.convention import SmallSample
from clusterstats.models.covariance.dependence import Conley, DriscollKraay, NeweyWest
from clusterstats.models.covariance.driscoll_kraay import driscoll_kraay, newey_west
from clusterstats.models.covariance.dyadic import Dyadic, dyadic
from clusterstats.models.covariance.independent import classical, robust
from clusterstats.models.covariance.options import Classical, Clustered, CovarianceOption, Robust
from clusterstats.models.covariance.randomization import randomization
from clusterstats.models.covariance.resampling import RandomizationInference, WildBootstrap
from clusterstats.models.covariance.result import Covariance
from clusterstats.models.covariance.wild import wild_bootstrap
from clusterstats.models.solution import Solution

__all__ = ["Covariance", "covariance_of"]

Compute = Callable[..., Covariance]

COMPUTE: Mapping[type[CovarianceOption], Compute] = {
    Classical: classical,
    Robust: robust,
    Clustered: clustered,
    AKM: akm,
    DriscollKraay: driscoll_kraay,
    NeweyWest: newey_west,
    Conley: conley,
    Dyadic: dyadic,
    WildBootstrap: wild_bootstrap,
    RandomizationInference: randomization,
}

LINEAR_ONLY: Mapping[type[CovarianceOption], str] = {
    DriscollKraay: "Clustered('time column') or Conley",
    NeweyWest: "Clustered('unit column')",
}
"""What likelihoods refuse, and what to use there; corrections of Robust and Clustered that rest on
leverages are refused by those."""


def covariance_of(
    solution: Solution, option: CovarianceOption, convention: SmallSample
) -> Covariance:
    """The covariance that an option asks for; refused with a sentence where it does not fit."""
    if type(option) not in COMPUTE:
        listed = ", ".join(kind.__name__ for kind in COMPUTE)
        raise OptionError(f"covariance={option!r} is not an option; use one of {listed}")
    if solution.family != "linear" and type(option) in LINEAR_ONLY:
        raise OptionError(
            f"{type(option).__name__} is not defined for family={solution.family!r}; use "
            f"{LINEAR_ONLY[type(option)]}"
        )
    return COMPUTE[type(option)](solution, option, convention)
