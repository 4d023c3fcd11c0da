"""Regressions: from a formula and a table to estimates with any covariance.

`formula`, `terms` and `design` make arrays; `absorption` takes fixed effects out; an estimator
solves; `covariance` says how uncertain; `fit` is what people read.
"""

from clusterstats.models.binned.means import binned_means
from clusterstats.models.covariance import (
    AKM,
    Classical,
    Clustered,
    Conley,
    DriscollKraay,
    Dyadic,
    NeweyWest,
    RandomizationInference,
    Robust,
    SmallSample,
    WildBootstrap,
)
from clusterstats.models.diagnostics import (
    effective_f,
    endogeneity,
    first_stage,
    hausman,
    overidentification,
)
from clusterstats.models.diagnostics.influence import influence
from clusterstats.models.event_study import EventStudyFit, EventWindow, event_study
from clusterstats.models.fit import Fit
from clusterstats.models.gmm import LagInstruments, difference_gmm
from clusterstats.models.likelihood.conditional_logit import conditional_logit
from clusterstats.models.pairs.door import PairFit, pair_regression
from clusterstats.models.pairs.table import pair_table
from clusterstats.models.panel.door import panel_model
from clusterstats.models.regress import regress
from clusterstats.models.regressors import (
    ShiftShareInstrument,
    density,
    entry_panel,
    growth,
    localization,
    mar_jacobs_porter,
    market_potential,
    rings,
    shift_share_instrument,
    variety_terms,
)
from clusterstats.models.selection.door import SelectionFit, agglomeration_selection
from clusterstats.models.shift_share.columns import ShiftShareColumns
from clusterstats.models.shift_share.door import shift_share_iv
from clusterstats.models.shift_share.result import ShiftShareFit
from clusterstats.models.two_step import TwoStepFit, two_step

__all__ = [
    "AKM",
    "Classical",
    "Clustered",
    "Conley",
    "DriscollKraay",
    "Dyadic",
    "EventStudyFit",
    "EventWindow",
    "Fit",
    "LagInstruments",
    "NeweyWest",
    "PairFit",
    "RandomizationInference",
    "Robust",
    "SelectionFit",
    "ShiftShareColumns",
    "ShiftShareFit",
    "ShiftShareInstrument",
    "SmallSample",
    "TwoStepFit",
    "WildBootstrap",
    "agglomeration_selection",
    "binned_means",
    "conditional_logit",
    "density",
    "difference_gmm",
    "effective_f",
    "endogeneity",
    "entry_panel",
    "event_study",
    "first_stage",
    "growth",
    "hausman",
    "influence",
    "localization",
    "mar_jacobs_porter",
    "market_potential",
    "overidentification",
    "pair_regression",
    "pair_table",
    "panel_model",
    "regress",
    "rings",
    "shift_share_instrument",
    "shift_share_iv",
    "two_step",
    "variety_terms",
]
