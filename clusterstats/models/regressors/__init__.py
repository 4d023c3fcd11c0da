"""Regressors of the agglomeration literature: from tidy cells to tidy panels.

Each builder takes cells or establishments and returns keys and named columns, ready for `regress`;
`attrs["definition"]` says formula and paper. `panel` reads tables and writes results, `leave_out`
sums all but the own, `points` finds what is near.
"""

from clusterstats.models.regressors.density import density
from clusterstats.models.regressors.entry import entry_panel
from clusterstats.models.regressors.externalities import mar_jacobs_porter
from clusterstats.models.regressors.growth import growth
from clusterstats.models.regressors.instrument import (
    ShiftShareInstrument,
    shift_share_instrument,
)
from clusterstats.models.regressors.localization import localization
from clusterstats.models.regressors.potential import market_potential
from clusterstats.models.regressors.rings import rings
from clusterstats.models.regressors.variety import variety_terms

__all__ = [
    "ShiftShareInstrument",
    "density",
    "entry_panel",
    "growth",
    "localization",
    "mar_jacobs_porter",
    "market_potential",
    "rings",
    "shift_share_instrument",
    "variety_terms",
]
