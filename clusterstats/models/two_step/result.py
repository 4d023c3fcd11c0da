"""Both steps of a two-step estimate."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.models.covariance import (
    Clustered,
    Covariance,
    CovarianceOption,
    Robust,
    SmallSample,
    convention_of,
    covariance_of,
)
from clusterstats.models.fit import Fit
from clusterstats.models.stages import SUMS
from clusterstats.models.two_step.decomposition import decomposed
from clusterstats.models.two_step.first import PlaceEffects
from clusterstats.models.two_step.second import SecondStep

__all__ = ["TwoStepFit", "covariance_shown"]


@dataclass(frozen=True, kw_only=True, repr=False)
class TwoStepFit(Fit):
    """Estimates of a second step, from `two_step`, with the first step they rest on.

    It is the fit of the second step, with everything a `Fit` has but predictions of other rows.

    Attributes
    ----------
    title, response, names, estimates, covariance, nobs, statistics, notes : as in `Fit`
    residual_values, fitted_values, index, solution, convention, asked : as in `Fit`
        Of the second step.
    first : Fit
        The first step: coefficients of covariates within workers and places.
    places : DataFrame
        Area (and time), `effect` relative to the reference, `std_error`, `observations`,
        `workers`, `is_reference`, and the characteristics; a row a place, sorted. The second step
        can be run on it in other ways with `regress`.
    places_covariance : array, shape (places, places)
        Covariance of `effect` in the order of `places`.
    outside : DataFrame
        Area (and time), `rows` and `reason` of the places that are not in the second step.
    reference : tuple
        Area (and time) whose effect is 0.
    effects : PlaceEffects
        The arrays of the first step.
    step : SecondStep
        The arrays of the second step.

    Examples
    --------
    >>> import clusterstats as cs
    >>> issubclass(cs.TwoStepFit, cs.Fit)
    True
    """

    first: Fit
    places: pd.DataFrame
    places_covariance: Array
    outside: pd.DataFrame
    reference: tuple[object, ...]
    effects: PlaceEffects
    step: SecondStep

    def decomposition(self) -> pd.DataFrame:
        """What the variance of the response of the first step is made of.

        Returns
        -------
        DataFrame
            `component` (the response, covariates, each effect, residual), `std_dev` and `variance`
            over rows, `share` (covariance with the response over its variance: parts sum to 1),
            `correlation` with the response, `correlation_place` with the effects of places. Where
            movers are few, variances of effects are too large and their correlation too small
            (Andrews et al. 2008); nothing is corrected here.
        """
        parts = self.effects.parts
        response = np.sum(list(parts.values()), axis=0)
        return decomposed(response, parts, self._place)

    def with_covariance(
        self,
        covariance: CovarianceOption | None = None,
        convention: str | SmallSample | None = None,
    ) -> TwoStepFit:
        """The same estimates with another covariance of the second step.

        Parameters
        ----------
        covariance : option, optional
            As in `two_step`; without, that of the model.
        convention : str or SmallSample, optional
            Small-sample factors; those of this fit if not given.

        Returns
        -------
        TwoStepFit
        """
        used = self.convention if convention is None else convention_of(convention)
        made = covariance_shown(self.step, covariance, used)
        return replace(self, covariance=made, convention=used, asked=covariance)

    @property
    def _place(self) -> str:
        keys = set(self.effects.places.keys)
        return next(name for name in self.effects.parts if set(name.split("^")) == keys)


def covariance_shown(
    step: SecondStep, option: CovarianceOption | None, convention: SmallSample
) -> Covariance:
    """The covariance of the coefficients that are shown."""
    made = step.covariance() if option is None else _sandwich(step, option, convention)
    places = list(step.shown)
    return replace(made, matrix=made.matrix[np.ix_(places, places)], df=made.df[places])


def _sandwich(step: SecondStep, option: CovarianceOption, convention: SmallSample) -> Covariance:
    """Sums of scores, which need no model of the errors; others are refused."""
    plain = isinstance(option, Robust) and option.kind in ("HC0", "HC1")
    plain |= isinstance(option, Clustered) and option.correction in ("CR0", "CR1")
    if not plain and not isinstance(option, SUMS):
        raise OptionError(
            f"covariance={option!r} does not go with a second step, whose errors are correlated by "
            f"the first; leave it out (first-step covariance carried in), or use Robust('HC1'), "
            f"Clustered('area')"
        )
    return covariance_of(step.solution, option, convention)
