"""Estimators by likelihood: Poisson, logit, complementary log-log, conditional logit."""

from clusterstats.models.likelihood.binary import fit_cloglog, fit_logit
from clusterstats.models.likelihood.poisson import fit_poisson

__all__ = ["fit_cloglog", "fit_logit", "fit_poisson"]
