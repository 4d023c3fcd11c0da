"""Specification tests of fits: instruments, over-identification, exogeneity, Hausman's contrast."""

from clusterstats.models.diagnostics.exogeneity import endogeneity
from clusterstats.models.diagnostics.hausman_test import hausman
from clusterstats.models.diagnostics.overid import overidentification
from clusterstats.models.diagnostics.weak import effective_f, first_stage

__all__ = ["effective_f", "endogeneity", "first_stage", "hausman", "overidentification"]
