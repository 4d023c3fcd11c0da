"""The measures: for each family a file of kernels, declarations and doors.

A kernel is pure arithmetic on arrays; a declaration says the rest once; a door is what people call.
"""

from clusterstats.measures.coagglomeration import coagglomeration
from clusterstats.measures.colocation import colocation
from clusterstats.measures.complexity import economic_complexity
from clusterstats.measures.concentration import (
    gini_concentration,
    herfindahl_concentration,
    hoover_concentration,
    krugman_concentration,
    locational_gini,
)
from clusterstats.measures.convergence import beta_convergence
from clusterstats.measures.correlation import location_correlation
from clusterstats.measures.counts import diversity_count, ubiquity
from clusterstats.measures.dartboard import dartboard_test
from clusterstats.measures.declaration import REGISTRY
from clusterstats.measures.density import relatedness_density
from clusterstats.measures.difference import difference
from clusterstats.measures.disparities import gini, williamson
from clusterstats.measures.divergence import kl_divergence, theil_concentration
from clusterstats.measures.diversity import entropy, herfindahl, hill_number
from clusterstats.measures.entry import entry_exit
from clusterstats.measures.establishments import (
    devereux_griffith_simpson,
    ellison_glaeser,
    maurel_sedillot,
)
from clusterstats.measures.fitness import fitness
from clusterstats.measures.inequality import atkinson, generalized_entropy, theil
from clusterstats.measures.interaction import hansen_accessibility, harris_potential, huff
from clusterstats.measures.litzenberger import litzenberger_sternberg
from clusterstats.measures.location import location_quotient
from clusterstats.measures.partial import tighten
from clusterstats.measures.relatedness import proximity, relatedness
from clusterstats.measures.relative import hachman, relative_diversity, relative_specialization
from clusterstats.measures.several import measure
from clusterstats.measures.shift_share import shift_share
from clusterstats.measures.shrunken import shrunk_location_quotient
from clusterstats.measures.sigma import sigma_convergence
from clusterstats.measures.specialization import (
    gini_specialization,
    hoover_specialization,
    krugman_specialization,
    structural_overlap,
)
from clusterstats.measures.variety import related_variety, unrelated_variety

__all__ = [
    "REGISTRY",
    "atkinson",
    "beta_convergence",
    "coagglomeration",
    "colocation",
    "dartboard_test",
    "devereux_griffith_simpson",
    "difference",
    "diversity_count",
    "economic_complexity",
    "ellison_glaeser",
    "entropy",
    "entry_exit",
    "fitness",
    "generalized_entropy",
    "gini",
    "gini_concentration",
    "gini_specialization",
    "hachman",
    "hansen_accessibility",
    "harris_potential",
    "herfindahl",
    "herfindahl_concentration",
    "hill_number",
    "hoover_concentration",
    "hoover_specialization",
    "huff",
    "kl_divergence",
    "krugman_concentration",
    "krugman_specialization",
    "litzenberger_sternberg",
    "location_correlation",
    "location_quotient",
    "locational_gini",
    "maurel_sedillot",
    "measure",
    "proximity",
    "related_variety",
    "relatedness",
    "relatedness_density",
    "relative_diversity",
    "relative_specialization",
    "shift_share",
    "shrunk_location_quotient",
    "sigma_convergence",
    "structural_overlap",
    "theil",
    "theil_concentration",
    "tighten",
    "ubiquity",
    "unrelated_variety",
    "williamson",
]
