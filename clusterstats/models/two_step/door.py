"""The door of the two-step estimator."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.models.covariance import Classical, CovarianceOption, SmallSample, convention_of
from clusterstats.models.design import design_of
from clusterstats.models.formula import parse
from clusterstats.models.linear import fit_linear
from clusterstats.models.regress import fit_of
from clusterstats.models.stages import instrument_statistics
from clusterstats.models.statistics import statistics_of
from clusterstats.models.two_step.characteristics import (
    EFFECT,
    all_outside,
    characterised,
    without_characteristics,
)
from clusterstats.models.two_step.decomposition import sorting
from clusterstats.models.two_step.first import PlaceEffects, place_effects
from clusterstats.models.two_step.result import TwoStepFit, covariance_shown
from clusterstats.models.two_step.sample import within_largest_set
from clusterstats.models.two_step.second import Method, SecondStep, second_step

__all__ = ["two_step"]

COUNTED = SmallSample(fixed_effects="full", exact_k=True, t_df="n-k")


def two_step(
    first: str,
    second: str,
    data: IntoTable,
    *,
    area: str,
    time: str | None = None,
    areas: IntoTable | None = None,
    method: Method = "fgls",
    covariance: CovarianceOption | None = None,
) -> TwoStepFit:
    r"""Wages on workers and places, then the effects of places on what places are like.

    The estimator of agglomeration economies that separates them from the sorting of workers
    (Combes, Duranton and Gobillon 2008). The first step takes worker effects, covariates and other
    effects out of wages, and leaves an effect for each area, or area and year, identified by
    workers who move. The second explains these effects by density, market potential and other
    characteristics, and knows how precisely each was estimated, and how their errors go together.

    .. math::
        w_{it} = \beta_{a(i,t)t} + x_{it} b + \theta_i + \varepsilon_{it},\qquad
        \hat\beta_{at} = z_{at} \gamma + \eta_{at} + (\hat\beta_{at} - \beta_{at}),\qquad
        \Omega = \sigma_\eta^2 I + \hat V

    with :math:`\hat V` the covariance matrix of the estimated effects and, from the residuals
    :math:`e` of least squares in the second step with :math:`M = I - Z(Z'Z)^{-1}Z'`,
    :math:`\hat\sigma_\eta^2 = (e'e - \mathrm{tr}(M\hat V)) / (N - K)`, which is unbiased.

    Parameters
    ----------
    first : str
        As in `regress`: `log(wage) ~ age + I(age**2) | worker + area^year + industry`. The effect
        of places, `area` or `area^time`, must be among the effects.
    second : str
        `effect ~ log(density) + log(area_km2) | year`, with instruments as a last part
        (`| log(density) ~ log(population_1831)`). Its response is called `effect`; it needs a
        constant or fixed effects.
    data : table
        A row a worker and period.
    area, time : str
        Columns of `data`. Without `time` a place is an area, with it an area in a period.
    areas : table, optional
        Characteristics: a row an area and time, or an area. Without, they are columns of `data`
        with one value in each place.
    method : {"fgls", "ols", "wls"}
        FGLS weighs by the inverse of all of Omega, WLS by that of its diagonal, OLS not at all.
        With instruments each is two-stage least squares of the variables so weighted.
    covariance : CovarianceOption, optional
        Of the second step. Without, `A Omega A'` for estimates `A beta`: the errors of the first
        step are carried in, whatever the method; for FGLS it is
        :math:`(Z' \hat\Omega^{-1} Z)^{-1}`. `Robust("HC1")`, `Clustered("area")` and other sums of
        scores need no model of the errors, but take them to be independent between groups, which
        the first step does not leave them.

    Returns
    -------
    TwoStepFit
        A `Fit` of the second step, with `first`, `places`, `places_covariance`, `outside`,
        `reference` and `decomposition()`. `glance()` adds `sigma2`, `sampling_variance` (mean
        variance of the effects' errors, relative to the reference), `first_r_squared`,
        `sorting_correlation` (of worker and place effects over rows) and
        `sorting_correlation_places` (of mean worker effect and place effect over places).

    Raises
    ------
    OptionError
        No effect of places in the first step; a response of the second that is not `effect`, or
        no constant in it; a covariance that does not fit; more places than a dense matrix holds.
    TableError
        Areas that repeat; a characteristic with several values in a place; too few places.

    Warns
    -----
    ClusterstatsWarning
        Places outside the largest connected set, not identified, or without characteristics: each
        is counted and named, and is in `outside`. A variance estimated as 0 or less.

    Notes
    -----
    The sample is the connected set with most rows (Abowd, Kramarz and Margolis 1999), for places
    and each other effect. Effects are relative to the place with most rows, whose effect is 0
    without error; slopes, their covariance and sigma2 do not depend on which one it is, the
    constant does.

    The covariance of effects is that of least squares with independent errors of one variance. It
    understates what is uncertain where errors of a worker go together over time; the second
    step's `Clustered("area")` does not mend that.

    Rows with blanks are left out, counted and warned of in either step.

    References
    ----------
    Combes, P.-P., G. Duranton and L. Gobillon (2008). Spatial wage disparities: sorting matters!
    Journal of Urban Economics 63, 723-742.

    Abowd, J. M., F. Kramarz and D. N. Margolis (1999). High wage workers and high wage firms.
    Econometrica 67, 251-333.

    Andrews, M. J., L. Gill, T. Schank and R. Upward (2008). High wage workers and low wage firms:
    negative assortative matching or limited mobility bias? Journal of the Royal Statistical
    Society A 171, 673-697.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> moves = pd.DataFrame(
    ...     {
    ...         "worker": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
    ...         "area": list("ABABBCCDDA"),
    ...         "wage": [1.0, 1.3, 2.0, 2.2, 1.0, 1.5, 3.0, 3.1, 2.0, 1.2],
    ...     }
    ... )
    >>> density = pd.DataFrame({"area": list("ABCD"), "density": [0.0, 1.0, 2.0, 3.0]})
    >>> fit = cs.two_step(
    ...     "wage ~ 1 | worker + area", "effect ~ density", moves, area="area", areas=density
    ... )
    >>> fit.params.round(3)
    term
    Intercept    0.005
    density      0.292
    Name: estimate, dtype: float64
    """
    require_choice("method", method, get_args(Method))
    keys = (area,) if time is None else (area, time)
    _require_response(second)
    design, disconnected = within_largest_set(design_of(first, data), keys)
    solution = fit_linear(design)
    effects = place_effects(solution.design, solution, keys)
    frame, missing = characterised(effects, solution.design, second, areas)
    step_design = design_of(second, frame)
    used = step_design.frame.index.to_numpy()
    blank = without_characteristics(frame[~frame.index.isin(used)], keys)
    outside = all_outside([disconnected, effects.lost, missing, blank], keys)
    spread = effects.covariance[np.ix_(used, used)]
    step = second_step(step_design, spread, method)
    small = convention_of("fixest-0.13")
    at_zero = effects.table.loc[effects.table["is_reference"], list(keys)]
    return TwoStepFit(
        title=_title(method, step),
        response=f"effect of {'^'.join(keys)}",
        names=tuple(step.solution.design.names[place] for place in step.shown),
        estimates=step.solution.params[list(step.shown)],
        covariance=covariance_shown(step, covariance, small),
        nobs=step.solution.nobs,
        statistics=_statistics(step, effects, spread, outside),
        notes=tuple(
            f"{name} left out: {why}" for name, why in step.solution.design.omitted.items()
        ),
        residual_values=step.solution.residuals,
        fitted_values=step.solution.fitted,
        index=step_design.frame.index,
        convention=small,
        asked=covariance,
        first=fit_of(solution, Classical(), COUNTED),
        places=step_design.frame.reset_index(drop=True),
        places_covariance=spread,
        outside=outside,
        reference=tuple(at_zero.iloc[0].tolist()),
        effects=effects,
        step=step,
    )


def _require_response(second: str) -> None:
    if (response := parse(second).response) != EFFECT:
        raise OptionError(
            f"the second step explains the effects of the first: write '{EFFECT} ~ ...', not "
            f"'{response} ~ ...'"
        )


def _title(method: str, step: SecondStep) -> str:
    """What the second step is called."""
    if not step.solution.is_iv:
        return f"Two-step {method.upper()}"
    return "Two-step 2SLS" if method == "ols" else f"Two-step {method.upper()}-IV"


def _statistics(
    step: SecondStep, effects: PlaceEffects, spread: Array, outside: pd.DataFrame
) -> dict[str, Any]:
    """What `glance()` says of both steps."""
    found = statistics_of(step.solution)
    for name in ("log_likelihood", "iterations"):
        found.pop(name)
    found |= instrument_statistics(step.first_stage, Classical(), COUNTED)
    rest, total = effects.parts["residual"], np.sum(list(effects.parts.values()), axis=0)
    place = "^".join(effects.places.keys)
    name = next(part for part in effects.parts if set(part.split("^")) == set(place.split("^")))
    return {
        **found,
        "sigma2": step.sigma2,
        "sampling_variance": float(np.diag(spread).mean()),
        "first_nobs": len(rest),
        "first_r_squared": 1 - float((rest**2).sum() / ((total - total.mean()) ** 2).sum()),
        "places_outside": len(outside),
        **sorting(effects.parts, name, effects.worker, effects.places.code),
    }
