"""A shift-share design from the side of its shocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from clusterstats.errors import OptionError, require_choice
from clusterstats.models.covariance import AKM, Clustered, CovarianceOption, Robust
from clusterstats.models.covariance.clustered import cluster_codes
from clusterstats.models.fit import Fit
from clusterstats.models.regress import regress
from clusterstats.models.shift_share.balance import quoted, region_balance, shock_balance
from clusterstats.models.shift_share.exposure import Exposure
from clusterstats.models.shift_share.rotemberg import rotemberg, summarized
from clusterstats.models.shift_share.shock_level import shock_rows
from clusterstats.models.shift_share.summary import effective
from clusterstats.models.solution import Solution

__all__ = ["ShockViews", "completed"]


@dataclass(frozen=True, kw_only=True)
class ShockViews(Fit):
    """What `ShiftShareFit` says of shocks; its attributes are described there."""

    first_stage: Fit
    reduced_form: Fit
    exposure: Exposure
    is_complete: bool

    @property
    def treatment(self) -> str:
        """The endogenous variable."""
        return self.names[-1]

    @property
    def instrument(self) -> str:
        """The shift-share."""
        return self.first_stage.names[-1]

    def shock_data(self, *, missing_industry: bool | None = None) -> pd.DataFrame:
        """The design as a table of shocks (Borusyak, Hull and Jaravel 2022, proposition 1).

        Parameters
        ----------
        missing_industry : bool, optional
            Whether what shares lack to 1 stands as an industry (one each year, where shocks have
            years) with shock 0. Without an answer: where shares are incomplete and their sum is
            not controlled for, so that regressions over shocks give the estimate of 2SLS.

        Returns
        -------
        DataFrame
            A row a shock: the columns of the shocks, `exposure` (average share over rows, by
            weight), `outcome` and `treatment` (off the controls, averaged by exposure). For the
            missing industry, numbers of other columns are 0, its code too if that is free, and
            text is `missing`.
        """
        missing = not self.is_complete if missing_industry is None else missing_industry
        return shock_rows(self._solution, self.exposure, missing_industry=missing)

    def shock_level(
        self,
        controls: str = "1",
        *,
        covariance: CovarianceOption | None = None,
        missing_industry: bool | None = None,
    ) -> Fit:
        """The equivalent regression over shocks: outcome on treatment, the shock as instrument.

        Parameters
        ----------
        controls : str
            Of the shocks, as in a formula, fixed effects behind a bar: `"skill + C(year)"`,
            `"1 | sic2 + year"`.
        covariance : CovarianceOption, optional
            `Robust("HC1")` if not given; `Clustered("sector")` lets the shocks of a sector go
            together.
        missing_industry : bool, optional
            As in `shock_data`.

        Returns
        -------
        Fit
            Its `treatment` is the estimate of 2SLS, as long as the controls of shocks, averaged
            by share, are controls of regions too; its errors allow for regions with like shares.
        """
        rows = self.shock_data(missing_industry=missing_industry)
        formula = f"outcome ~ {controls} | treatment ~ {quoted(self.exposure.columns.shock)}"
        option = Robust("HC1") if covariance is None else covariance
        return regress(
            formula, rows, weights="exposure", covariance=option, convention=self.convention
        )

    def shock_summary(
        self, cluster: str | None = None, *, missing_industry: bool = False
    ) -> pd.DataFrame:
        """How many shocks there are, effectively, and how they spread.

        Parameters
        ----------
        cluster : str, optional
            Column of groups of shocks.
        missing_industry : bool
            Whether what shares lack to 1 counts as an industry.

        Returns
        -------
        DataFrame
            One row: `shocks`, `effective_shocks` (inverse Herfindahl of exposures that sum to 1),
            `largest_exposure`, `mean`, `std_dev` and `interquartile_range` of the shocks by
            exposure; with clusters also `clusters`, `effective_clusters`,
            `largest_cluster_exposure`.
        """
        rows = self.shock_data(missing_industry=missing_industry)
        return effective(rows, self.exposure.columns.shock, cluster)

    def rotemberg_weights(self, cluster: str | None = None) -> pd.DataFrame:
        """What each shock adds to the estimate (Goldsmith-Pinkham, Sorkin and Swift 2020).

        Parameters
        ----------
        cluster : str, optional
            Column of the data to cluster the first-stage F by; robust (HC1) without.

        Returns
        -------
        DataFrame
            A row a shock: the columns of the shocks, `exposure`, `alpha` (Rotemberg weight; they
            sum to 1), `beta` (the estimate with that share as the one instrument; alpha times beta
            sums to the estimate) and `f_statistic` (its first-stage F). `beta` and `f_statistic`
            are `nan` where no row has a share.
        """
        codes = None
        if cluster is not None:
            codes = cluster_codes(self._solution, Clustered(cluster).columns).codes[0]
        return rotemberg(self._solution, self.exposure, codes)

    def rotemberg_summary(self, top: int = 5) -> pd.DataFrame:
        """Rotemberg weights in sum: positive, negative, and the largest.

        Parameters
        ----------
        top : int
            How many of the largest to put together.

        Returns
        -------
        DataFrame
            Columns `component`, `shocks`, `alpha_sum`, `alpha_mean`, `alpha_share` (of the sum of
            absolute weights), `beta` (average by alpha). Many negative weights: where effects
            differ by region, the estimate may then lie outside their range.
        """
        if top < 1:
            raise OptionError(f"top={top!r} must be at least 1")
        return summarized(self.rotemberg_weights(), top)

    def balance(
        self,
        covariates: Sequence[str],
        *,
        level: str = "region",
        controls: str = "1",
        covariance: CovarianceOption | None = None,
    ) -> pd.DataFrame:
        """Whether shocks go with what they should not go with.

        Parameters
        ----------
        covariates : sequence of str
            Columns of the data (lagged outcomes, say) for `level="region"`, of the shocks for
            `level="shock"`.
        level : {"region", "shock"}
            Region: each covariate on the instrument and the controls of the model; shock: each
            on the shock and `controls`, weighted by exposure.
        controls : str
            As in `shock_level`, for `level="shock"`.
        covariance : CovarianceOption, optional
            That of this fit for regions, `Robust("HC1")` for shocks.

        Returns
        -------
        DataFrame
            A row a covariate: `covariate`, `level`, `estimate` (per unit of instrument or shock),
            `std_error`, `statistic`, `p_value`, `conf_low`, `conf_high`, `nobs`.
        """
        require_choice("level", level, ("region", "shock"))
        if level == "shock":
            rows = self.shock_data(missing_industry=False)
            shock = self.exposure.columns.shock
            option = Robust("HC1") if covariance is None else covariance
            return shock_balance(rows, covariates, shock, controls, option, self.convention)
        if controls != "1":
            raise OptionError("controls= is for level='shock'; regions have those of the model")
        option = (self.asked or AKM()) if covariance is None else covariance
        option = completed(option, self.exposure, self.instrument)
        return region_balance(self.reduced_form, covariates, option)

    @property
    def _solution(self) -> Solution:
        assert self.solution is not None
        return self.solution


def completed(option: CovarianceOption, exposure: Exposure, variable: str) -> CovarianceOption:
    """An AKM with the shares of the design; other options as they are."""
    if not isinstance(option, AKM) or option.shares is exposure:
        return option
    if option.shares is not None:
        raise OptionError("AKM() needs no shares here: it takes those of the design")
    return replace(option, shares=exposure, variable=variable)
