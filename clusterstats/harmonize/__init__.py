"""One coding for what is counted: communes, zonings, levels of NAF, and sectors as lists of codes.

What can't be matched is returned and counted (`Recoded`), never dropped.
"""

from clusterstats.harmonize._matched import Recoded
from clusterstats.harmonize.arrondissements import fold_arrondissement_codes, fold_arrondissements
from clusterstats.harmonize.communes import to_vintage
from clusterstats.harmonize.naf import NafLevels, naf_level
from clusterstats.harmonize.naf_cells import to_naf_level
from clusterstats.harmonize.naf_rev1 import image_sector_to_naf_rev2
from clusterstats.harmonize.sectors import SectorDefinition, check_codes, sector_definition
from clusterstats.harmonize.zonings import to_zoning

__all__ = [
    "NafLevels",
    "Recoded",
    "SectorDefinition",
    "check_codes",
    "fold_arrondissement_codes",
    "fold_arrondissements",
    "image_sector_to_naf_rev2",
    "naf_level",
    "sector_definition",
    "to_naf_level",
    "to_vintage",
    "to_zoning",
]
