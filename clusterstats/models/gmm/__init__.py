"""Dynamic panels in first differences, instrumented by lagged levels."""

from clusterstats.models.gmm.door import difference_gmm
from clusterstats.models.gmm.instruments import LagInstruments

__all__ = ["LagInstruments", "difference_gmm"]
