"""Small-sample factors: what other programs multiply by, under their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from clusterstats.errors import OptionError, require_choice

__all__ = ["CONVENTIONS", "SmallSample", "convention_of"]

Counted = Literal["nonnested", "full", "none", "classical", "none if any nested", "none if nested"]
ClusterScale = Literal["n-1", "n", "none"]
TestDf = Literal["min", "n-k", "residual", "residual or min", "normal"]


@dataclass(frozen=True)
class SmallSample:
    """Which small-sample factors are applied, and the degrees of freedom of tests.

    With `n` rows, `K` parameters counted, and `G` clusters: classical variances divide the sum of
    squares by `n - K`; HC1 multiplies by `n / (n - K)`; CR1 by `(n - 1) / (n - K)` times
    `G / (G - 1)`. HC0, HC2 to HC5, CR0, CR2 and CR3 are what their papers say: no factor is
    applied to them.

    Attributes
    ----------
    adjust_k : bool
        Apply the factors with `K`; without, they are 1, and classical variances divide by `n`.
    cluster_scale : {"n-1", "n", "none"}
        The factor with `K` of CR1: `(n - 1) / (n - K)`, `n / (n - K)`, or 1.
    fixed_effects : str
        Which fixed effects count in `K`. `"nonnested"`: those not nested in a cluster, and one
        constant for those that are; `"full"`: all; `"none"`; `"classical"`: all in classical
        variances, none in others; `"none if any nested"`: all, or only a constant as soon as one
        of them is nested in a cluster; `"none if nested"`: all, or only a constant where there is
        a single effect, nested in every cluster. An effect is nested where each of its levels lies
        in one cluster.
    exact_k : bool
        Count independent dummies exactly; otherwise one dummy is taken to be redundant for each
        effect after the first, which is one too few for each further connected set.
    adjust_g : bool
        Multiply CR1 by `G / (G - 1)`.
    multiway : {"min", "each"}
        With several columns of clusters: the smallest `G` for all parts, or each its own.
    t_df : {"min", "n-k", "residual", "residual or min", "normal"}
        Degrees of freedom of t-tests: `G - 1` of the column with fewest clusters (without
        clusters `n - K`); `n - K`; `n` less all coefficients and independent dummies; the
        same, or `G - 1` if that is less and an effect is nested in a cluster; or infinite. CR2 has
        its own, by coefficient. Likelihoods are always tested against the normal.
    likelihood_k : bool
        Whether the factors with `K` are applied to Poisson, logit and cloglog too. If not, HC1 is
        multiplied by `n / (n - 1)` and CR1 by `G / (G - 1)` alone. (Their classical variance is
        the inverse Hessian under every convention.)
    over_time : {"full", "nonnested"}
        Which fixed effects count in `K` of covariances over time (Driscoll-Kraay): all, or those
        that are not nested in a unit or period.
    repair : {"variance", "eigenvalue"}
        A multiway covariance may come out with negative eigenvalues; they are set to 0 (Cameron,
        Gelbach and Miller 2011) where a variance is negative, or wherever there is
        one.

    Raises
    ------
    OptionError
        A value that is not one of these.

    References
    ----------
    Cameron, A. C., J. B. Gelbach and D. L. Miller (2011). Robust inference with multiway
    clustering. Journal of Business and Economic Statistics 29, 238-249.

    Examples
    --------
    >>> SmallSample(fixed_effects="full").t_df  # areg, and lm with dummies
    'min'
    """

    adjust_k: bool = True
    cluster_scale: ClusterScale = "n-1"
    fixed_effects: Counted = "nonnested"
    exact_k: bool = False
    adjust_g: bool = True
    multiway: Literal["min", "each"] = "min"
    t_df: TestDf = "min"
    likelihood_k: bool = True
    over_time: Literal["full", "nonnested"] = "full"
    repair: Literal["variance", "eigenvalue"] = "variance"

    def __post_init__(self) -> None:
        require_choice("cluster_scale", self.cluster_scale, get_args(ClusterScale))
        require_choice("fixed_effects", self.fixed_effects, get_args(Counted))
        require_choice("multiway", self.multiway, ("min", "each"))
        require_choice("t_df", self.t_df, get_args(TestDf))
        require_choice("over_time", self.over_time, ("full", "nonnested"))
        require_choice("repair", self.repair, ("variance", "eigenvalue"))


CONVENTIONS: Mapping[str, SmallSample] = MappingProxyType(
    {
        "fixest-0.13": SmallSample(),
        "fixest-0.12": SmallSample(over_time="nonnested"),
        "stata": SmallSample(exact_k=True, likelihood_k=False, repair="eigenvalue"),
        "linearmodels": SmallSample(
            cluster_scale="n", fixed_effects="none if nested", adjust_g=False, t_df="residual"
        ),
        "plm": SmallSample(
            cluster_scale="none",
            fixed_effects="classical",
            exact_k=True,
            adjust_g=False,
            t_df="residual",
        ),
        "lm": SmallSample(
            fixed_effects="full", exact_k=True, multiway="each", t_df="n-k", likelihood_k=False
        ),
        "lfe": SmallSample(
            fixed_effects="none if any nested",
            exact_k=True,
            multiway="each",
            t_df="residual or min",
            repair="eigenvalue",
        ),
    }
)
"""Defaults of other programs.

`fixest-0.13`, `fixest-0.12`: R fixest and pyfixest; their defaults differ in covariances over time
only. `stata`: regress, xtreg, reghdfe, and ivreg2 or ivreghdfe with `small` (areg counts all
effects: `SmallSample(fixed_effects="full", exact_k=True)`). `linearmodels`: PanelOLS with a
constant and `debiased=True`, its default. `plm`: R plm with vcovHC, which by default has no factor
for clusters. `lm`: R lm with a dummy for each level, sandwich::vcovHC and vcovCL. `lfe`: R felm.
With three effects or more, reghdfe and felm take a bound where dummies are counted exactly here.
"""


def convention_of(name: str | SmallSample) -> SmallSample:
    """The convention that a name stands for.

    Parameters
    ----------
    name : str or SmallSample
        One of `CONVENTIONS`, or a convention of one's own, which is returned as it is.

    Returns
    -------
    SmallSample

    Raises
    ------
    OptionError
        A name that is not known; those that are, are listed.

    Examples
    --------
    >>> convention_of("lfe").multiway
    'each'
    """
    if isinstance(name, SmallSample):
        return name
    if name not in CONVENTIONS:
        listed = ", ".join(map(repr, CONVENTIONS))
        raise OptionError(
            f"convention={name!r} is not known; use one of {listed}, or SmallSample()"
        )
    return CONVENTIONS[name]
