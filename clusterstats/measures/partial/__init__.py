"""Cells that are only known to lie in a band: bounds of measures, narrower bands, imputation."""

from clusterstats.measures.partial.bounds import bound_columns
from clusterstats.measures.partial.tighten import tighten

__all__ = ["bound_columns", "tighten"]
