"""Options for tests by resampling: wild bootstraps and randomization."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Integral
from typing import Literal, get_args

from clusterstats.errors import OptionError, require_choice
from clusterstats.models.covariance.options import CovarianceOption

__all__ = ["RandomizationInference", "WildBootstrap"]

Multipliers = Literal["rademacher", "webb", "mammen", "normal"]
Statistic = Literal["t", "coefficient"]


@dataclass(frozen=True)
class WildBootstrap(CovarianceOption):
    """Clusters' residuals under the null, given other signs: for few or uneven clusters.

    For each coefficient, and each combination that `fit.test` asks for, the model is estimated
    under the null; responses are drawn as its fitted values plus `v_g` times its residuals, with
    one multiplier `v_g` for each cluster; and the t-statistic by CR1 of each draw is compared with
    that of the sample (WCR, Cameron, Gelbach and Miller 2008).

    Parameters
    ----------
    cluster : str
        Column of clusters; `a^b` is one cluster for each pair.
    draws : int
        Number of draws. Where `2^G` is not more, all of the `2^G` draws of Rademacher signs are
        made instead, and p-values have no simulation error.
    multipliers : {"rademacher", "webb", "mammen", "normal"}
        rademacher: -1 or 1; webb: six points, for fewer than 12 clusters (Webb 2023); mammen: two
        points with third moment 1; normal. All have mean 0 and variance 1.
    null_imposed : bool
        Whether residuals are those under the null (WCR) or of the estimates themselves (WCU),
        which rejects too often.
    level : float
        Of the confidence intervals.
    seed : int
        Of the draws.

    Raises
    ------
    OptionError
        An option out of its range; a test of several equations at once.
    TableError
        A column that is not there, blank in a row of the sample, or with a single cluster.

    Warns
    -----
    ClusterstatsWarning
        Fewer than 6 clusters, with which p-values take few values; an interval without an end.

    Notes
    -----
    p-values are two-sided and symmetric: of all draws made, the share with `|t*| >= |t|`; of random
    ones `(M + 1) / (R + 1)`. Both count the sample: among all draws of signs the two that are all
    1 and all -1 give the sample itself, so that `>=`, not `>`, makes the test exact under
    symmetry, and no p-value is 0. (boottest and wildboottest count `>`, which is lower by 2 draws
    or more.) Draws within 1e-9 of `|t|` are equal to it.

    Intervals hold the values of a coefficient that are not rejected at that level, each tested
    with its own residuals; their ends are found by bisection. Where even a value far away is not
    rejected the end is infinite: with 5 clusters the lowest p-value is 2/32. Standard errors and
    t-statistics are those of CR1.

    Draws cost nothing in rows: statistics of all draws follow from sums of clusters by clusters
    (Roodman et al. 2019), with fixed effects taken out exactly, as in the model with their
    dummies. Multipliers are drawn by blocks of 1,000 with a seed each.

    With instruments, endogenous regressors are drawn with the same multipliers, from first stages
    that include the residuals under the null (WRE, Davidson and MacKinnon 2010, here by clusters
    as in Roodman et al. 2019).

    For Poisson, logit and cloglog scores are perturbed, not responses (Kline and Santos 2012): the
    model is estimated under the null, and `sum of v_g s_g / sqrt(sum of (v_g s_g)^2)` compared
    with the same for `v_g = 1`, `s_g` being the efficient score of a cluster. The observed
    statistic so is that of a score test. Each value tried for an end of an interval is another
    estimate; a p-value is `nan` where there is none under the null.

    References
    ----------
    Cameron, A. C., J. B. Gelbach and D. L. Miller (2008). Bootstrap-based improvements for
    inference with clustered errors. Review of Economics and Statistics 90, 414-427.

    Davidson, R. and J. G. MacKinnon (2010). Wild bootstrap tests for IV regression. Journal of
    Business and Economic Statistics 28, 128-144.

    Kline, P. and A. Santos (2012). A score based approach to wild bootstrap inference. Journal of
    Econometric Methods 1, 23-41.

    Roodman, D., J. G. MacKinnon, M. Ø. Nielsen and M. D. Webb (2019). Fast and wild: bootstrap
    inference in Stata using boottest. Stata Journal 19, 4-60.

    Webb, M. D. (2023). Reworking wild bootstrap-based inference for clustered errors. Canadian
    Journal of Economics 56, 839-858.

    Examples
    --------
    >>> WildBootstrap("region", seed=1).draws
    9999
    """

    cluster: str
    draws: int = 9999
    multipliers: Multipliers = "rademacher"
    seed: int = field(kw_only=True)
    null_imposed: bool = True
    level: float = 0.95

    def __post_init__(self) -> None:
        require_choice("multipliers", self.multipliers, get_args(Multipliers))
        if not isinstance(self.cluster, str) or not self.cluster:
            raise OptionError(
                f"cluster={self.cluster!r} must be the name of one column, as in "
                f"WildBootstrap('region', seed=1); 'a^b' is a cluster for each pair"
            )
        _check_draws(self.draws, self.seed)
        if not 0 < self.level < 1:
            raise OptionError(f"level={self.level!r} must lie between 0 and 1")


@dataclass(frozen=True)
class RandomizationInference(CovarianceOption):
    """How often a treatment given at random to others would matter as much.

    The values of a treatment are permuted over rows (or clusters), within strata if named, the
    rest of the table staying; the p-value is `(M + 1) / (R + 1)` with `M` of `R` permutations
    whose statistic is at least as large in absolute value.

    Parameters
    ----------
    variable : str
        The treatment: a term of the model, a column of the table that is in no other term.
    draws : int
        Permutations `R`.
    cluster : str, optional
        Column of groups that share a treatment, which is permuted over them.
    strata : str, optional
        Column of groups within which treatments are permuted, as they were assigned.
    statistic : {"t", "coefficient"}
        t: with variances robust to heteroskedasticity (HC0), or clustered (CR0), which keeps its
        level where treated and others differ in variance; coefficient: the estimate itself.
    seed : int
        Of the permutations.

    Raises
    ------
    OptionError
        A model with instruments; a variable that is no term, or in several; a test of
        combinations.
    TableError
        A treatment that differs within a cluster, a cluster that lies in several strata, or
        nothing that a permutation would change.

    Notes
    -----
    It tests the sharp null that the treatment changes nothing for anyone, and is exact where
    permutations are as likely as the assignment was, however few rows there are. Other
    coefficients have no p-value (`nan`), and there are no intervals; standard errors are HC1 or
    CR1 for all.

    The response is taken off the other regressors and fixed effects once, the treatment for each
    permutation. For Poisson, logit and cloglog the statistic is that of one step of Fisher scoring
    from the estimates without the treatment (a score test), in the sample as in permutations.

    References
    ----------
    Fisher, R. A. (1935). The Design of Experiments. Oliver and Boyd.

    Young, A. (2019). Channeling Fisher: randomization tests and the statistical insignificance of
    seemingly significant experimental results. Quarterly Journal of Economics 134, 557-598.

    MacKinnon, J. G. and M. D. Webb (2020). Randomization inference for difference-in-differences
    with few treated clusters. Journal of Econometrics 218, 435-450.

    Examples
    --------
    >>> RandomizationInference("treated", draws=999, seed=1, cluster="region").statistic
    't'
    """

    variable: str
    draws: int = 999
    seed: int = field(kw_only=True)
    cluster: str | None = None
    strata: str | None = None
    statistic: Statistic = "t"

    def __post_init__(self) -> None:
        require_choice("statistic", self.statistic, get_args(Statistic))
        _check_draws(self.draws, self.seed)


def _check_draws(draws: object, seed: object) -> None:
    for name, value, least in (("draws", draws, 1), ("seed", seed, 0)):
        if type(value) is bool or not isinstance(value, Integral) or value < least:
            raise OptionError(f"{name}={value!r} must be a whole number of {least} or more")
