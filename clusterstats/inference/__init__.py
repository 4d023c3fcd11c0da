"""Uncertainty: options that say what is resampled, and the one engine that does it.

Nothing here knows a measure: the engine is given a statistic, a function from arrays to numbers.
"""

from clusterstats.inference.imputation import Imputed
from clusterstats.inference.options import (
    Analytic,
    Bootstrap,
    Inference,
    Jackknife,
    MonteCarlo,
)
from clusterstats.inference.shrinkage import shrink

__all__ = ["Analytic", "Bootstrap", "Imputed", "Inference", "Jackknife", "MonteCarlo", "shrink"]
