"""How uncertain estimates are: options, small-sample conventions, and the matrices they give."""

from clusterstats.models.covariance.akm import AKM
from clusterstats.models.covariance.compute import Covariance, covariance_of
from clusterstats.models.covariance.convention import CONVENTIONS, SmallSample, convention_of
from clusterstats.models.covariance.dependence import Conley, DriscollKraay, NeweyWest
from clusterstats.models.covariance.dyadic import Dyadic
from clusterstats.models.covariance.options import Classical, Clustered, CovarianceOption, Robust
from clusterstats.models.covariance.resampling import RandomizationInference, WildBootstrap

__all__ = [
    "AKM",
    "CONVENTIONS",
    "Classical",
    "Clustered",
    "Conley",
    "Covariance",
    "CovarianceOption",
    "DriscollKraay",
    "Dyadic",
    "NeweyWest",
    "RandomizationInference",
    "Robust",
    "SmallSample",
    "WildBootstrap",
    "convention_of",
    "covariance_of",
]
