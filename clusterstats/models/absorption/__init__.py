"""Fixed effects: their codes, and what is left of a variable without them."""

from clusterstats.models.absorption.absorber import Absorber
from clusterstats.models.absorption.effects import Effects, connected_sets, singletons

__all__ = ["Absorber", "Effects", "connected_sets", "singletons"]
