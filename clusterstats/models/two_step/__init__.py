"""Wages on workers and places, then the effects of places on what places are like."""

from clusterstats.models.two_step.door import two_step
from clusterstats.models.two_step.result import TwoStepFit

__all__ = ["TwoStepFit", "two_step"]
