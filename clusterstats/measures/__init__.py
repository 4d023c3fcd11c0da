"""The measures: for each family a folder of kernels, declarations and doors.

A kernel is pure arithmetic on arrays; a declaration says the rest once; a door is what people call.
"""

from clusterstats.measures.concentration.divergence import kl_divergence, theil_concentration
from clusterstats.measures.concentration.indices import (
    herfindahl_concentration,
    hoover_concentration,
    krugman_concentration,
)
from clusterstats.measures.concentration.lorenz import gini_concentration, locational_gini
from clusterstats.measures.declaration import REGISTRY
from clusterstats.measures.difference import difference
from clusterstats.measures.disparities.inequality import atkinson, generalized_entropy, theil
from clusterstats.measures.disparities.spread import gini, williamson
from clusterstats.measures.dynamics.convergence import beta_convergence
from clusterstats.measures.dynamics.shift_share import shift_share
from clusterstats.measures.dynamics.sigma import sigma_convergence
from clusterstats.measures.establishments.coagglomeration import coagglomeration
from clusterstats.measures.establishments.colocation import colocation
from clusterstats.measures.establishments.correlation import location_correlation
from clusterstats.measures.establishments.dartboard import dartboard_test
from clusterstats.measures.establishments.devereux import devereux_griffith_simpson
from clusterstats.measures.establishments.plants import ellison_glaeser, maurel_sedillot
from clusterstats.measures.establishments.scholl_brenner import scholl_brenner
from clusterstats.measures.interaction.accessibility import (
    hansen_accessibility,
    harris_potential,
    huff,
)
from clusterstats.measures.location.cross_industry import (
    cross_industry_location_quotient,
    flegg_location_quotient,
)
from clusterstats.measures.location.litzenberger import litzenberger_sternberg
from clusterstats.measures.location.quotient import location_quotient
from clusterstats.measures.location.shrunken import shrunk_location_quotient
from clusterstats.measures.location.stars import cluster_stars
from clusterstats.measures.partial import tighten
from clusterstats.measures.relatedness.complexity import economic_complexity
from clusterstats.measures.relatedness.counts import diversity_count, ubiquity
from clusterstats.measures.relatedness.density import relatedness_density
from clusterstats.measures.relatedness.entry import entry_exit
from clusterstats.measures.relatedness.fitness import fitness
from clusterstats.measures.relatedness.proximity import proximity, relatedness
from clusterstats.measures.several import measure
from clusterstats.measures.specialization.diversity import entropy, herfindahl
from clusterstats.measures.specialization.hill import hill_number
from clusterstats.measures.specialization.quotients import gini_specialization
from clusterstats.measures.specialization.relative import (
    hachman,
    relative_diversity,
    relative_specialization,
)
from clusterstats.measures.specialization.structures import (
    hoover_specialization,
    krugman_specialization,
    structural_overlap,
)
from clusterstats.measures.specialization.variety import related_variety, unrelated_variety

__all__ = [
    "REGISTRY",
    "atkinson",
    "beta_convergence",
    "cluster_stars",
    "coagglomeration",
    "colocation",
    "cross_industry_location_quotient",
    "dartboard_test",
    "devereux_griffith_simpson",
    "difference",
    "diversity_count",
    "economic_complexity",
    "ellison_glaeser",
    "entropy",
    "entry_exit",
    "fitness",
    "flegg_location_quotient",
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
    "scholl_brenner",
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
