"""The measures: for each family a file of kernels, declarations and doors.

A kernel is pure arithmetic on arrays; a declaration says the rest once; a door is what people call.
"""

from clusterstats.measures.concentration import hoover_concentration, locational_gini
from clusterstats.measures.declaration import REGISTRY
from clusterstats.measures.establishments import ellison_glaeser, maurel_sedillot
from clusterstats.measures.location import location_quotient
from clusterstats.measures.specialization import herfindahl, krugman_specialization

__all__ = [
    "REGISTRY",
    "ellison_glaeser",
    "herfindahl",
    "hoover_concentration",
    "krugman_specialization",
    "location_quotient",
    "locational_gini",
    "maurel_sedillot",
]
