"""One coding for what is counted: the levels of NAF, and sectors as lists of codes."""

from clusterstats.harmonize.naf import NafLevels, naf_level
from clusterstats.harmonize.sectors import SectorDefinition, check_codes, sector_definition

__all__ = ["NafLevels", "SectorDefinition", "check_codes", "naf_level", "sector_definition"]
