"""The covariances, as frozen options that check themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from clusterstats.errors import OptionError, require_choice

__all__ = ["Classical", "Clustered", "CovarianceOption", "Robust"]

RobustKind = Literal["HC0", "HC1", "HC2", "HC3", "HC4", "HC5"]
Correction = Literal["CR0", "CR1", "CR2", "CR3"]


class CovarianceOption:
    """Base of the covariance options."""


@dataclass(frozen=True)
class Classical(CovarianceOption):
    """One variance for all rows, no correlation: `s^2 (X' W X)^-1`, `s^2 = u' W u / (n - K)`.

    For Poisson, logit and cloglog the inverse Hessian, with no factor. Right where errors have one
    variance and are independent; agglomeration data seldom are so.

    Examples
    --------
    >>> Classical()
    Classical()
    """


@dataclass(frozen=True)
class Robust(CovarianceOption):
    """A variance for each row, no correlation between rows.

    `(X'WX)^-1 (sum of x_i x_i' w_i^2 u_i^2 / (1 - h_i)^d) (X'WX)^-1`, with `h_i` the leverage of a
    row in the model with a dummy for each level of each fixed effect.

    Parameters
    ----------
    kind : {"HC1", "HC0", "HC2", "HC3", "HC4", "HC5"}
        HC0: `d` is 0 (White 1980); HC1: times `n / (n - K)`; HC2: `d` is 1, unbiased where the
        variance is the same for all; HC3: `d` is 2, close to the jackknife; HC4: `d` is
        `min(4, h_i / mean h)`; HC5: `d` is half of `min(h_i / mean h, max(4, 0.7 max h / mean h))`.

    Raises
    ------
    OptionError
        A kind that is not known; HC2 to HC5 of a Poisson, logit or cloglog model, whose residuals
        they were not made for; fixed effects with too many levels beside the largest effect for
        their leverages.

    Notes
    -----
    HC2 and HC3 are preferred in small samples (MacKinnon and White 1985; Long and Ervin 2000).
    Leverages with weights are those of rows times the square roots of their weights. With
    instruments, they are those of the regressors projected on the instruments (as in R ivreg's
    `hatvalues`), so that the second stage is treated as a regression.

    A row alone in a level of a fixed effect has leverage 1 and no say: it is left out. Where a
    row with leverage 1 alone identifies a coefficient, that coefficient's variance is `nan`, with
    a warning that names both.

    References
    ----------
    White, H. (1980). A heteroskedasticity-consistent covariance matrix estimator and a direct test
    for heteroskedasticity. Econometrica 48, 817-838.

    MacKinnon, J. G. and H. White (1985). Some heteroskedasticity-consistent covariance matrix
    estimators with improved finite sample properties. Journal of Econometrics 29, 305-325.

    Cribari-Neto, F. (2004). Asymptotic inference under heteroskedasticity of unknown form.
    Computational Statistics and Data Analysis 45, 215-233 (HC4); Cribari-Neto, F., T. C. Souza and
    K. L. P. Vasconcellos (2007). Inference under heteroskedasticity and leveraged data.
    Communications in Statistics 36, 1877-1888 (HC5).

    Examples
    --------
    >>> Robust("HC3").kind
    'HC3'
    """

    kind: RobustKind = "HC1"

    def __post_init__(self) -> None:
        require_choice("kind", self.kind, get_args(RobustKind))


@dataclass(frozen=True, init=False)
class Clustered(CovarianceOption):
    """Any correlation within groups, none between them; by several columns at once if named.

    `(X'WX)^-1 (sum over groups of s_g s_g') (X'WX)^-1` with `s_g = X_g' W_g A_g u_g`; by several
    columns, the sum over columns less the sum over their intersections (Cameron, Gelbach and
    Miller 2011, section 2).

    Parameters
    ----------
    *columns : str
        Columns of groups; `a^b` is one group for each pair. More than one gives multiway
        clustering.
    correction : {"CR1", "CR0", "CR2", "CR3"}
        CR0: `A_g = I`. CR1: times the small-sample factors of the convention. CR2:
        `A_g = (I - H_gg)^-1/2`, unbiased where errors are independent with variances inverse to
        the weights, tested with Satterthwaite's degrees of freedom for each coefficient and
        combination, several at once by Hotelling's T squared (clubSandwich's HTZ). CR3:
        `A_g = (I - H_gg)^-1`, the jackknife over clusters around the estimate, without its factor
        `(G - 1) / G`. `H` is the hat matrix of the model with a dummy for each level of each fixed
        effect; where a cluster holds whole levels the inverses are generalized.

    Raises
    ------
    OptionError
        No column; CR2 or CR3 with several columns, with a Poisson, logit or cloglog model, or with
        clusters and fixed effects too large for the factors of their hat matrix.
    TableError
        A column that is not there, blank in a row of the sample, or with a single cluster.

    Warns
    -----
    ClusterstatsWarning
        CR0 or CR1 with fewer than 42 clusters in a column (the rule of Angrist and Pischke 2009,
        chapter 8; Cameron and Miller 2015, section VI, put the limit between 20 and 50): such
        standard errors are then too small. A multiway matrix with negative eigenvalues. A
        coefficient that one cluster alone identifies: its variance by CR2 or CR3 is `nan`.

    Notes
    -----
    With instruments, `X` and `H` are of the regressors projected on the instruments, as in
    clubSandwich; degrees of freedom then treat the first stage as known. CR2 equals clubSandwich's
    with `inverse_var = TRUE` where there are weights.

    References
    ----------
    Bell, R. M. and D. F. McCaffrey (2002). Bias reduction in standard errors for linear regression
    with multi-stage samples. Survey Methodology 28, 169-181.

    Pustejovsky, J. E. and E. Tipton (2018). Small-sample methods for cluster-robust variance
    estimation and hypothesis testing in fixed effects models. Journal of Business and Economic
    Statistics 36, 672-683 (CR2 and its tests, here with independent errors as working model).

    Cameron, A. C., J. B. Gelbach and D. L. Miller (2011). Robust inference with multiway
    clustering. Journal of Business and Economic Statistics 29, 238-249.

    Cameron, A. C. and D. L. Miller (2015). A practitioner's guide to cluster-robust inference.
    Journal of Human Resources 50, 317-372.

    Examples
    --------
    >>> Clustered("region", correction="CR2")
    Clustered(columns=('region',), correction='CR2')
    """

    columns: tuple[str, ...]
    correction: Correction

    def __init__(self, *columns: str, correction: Correction = "CR1") -> None:
        require_choice("correction", correction, get_args(Correction))
        if not columns or not all(isinstance(name, str) and name for name in columns):
            raise OptionError("Clustered() needs the name of a column, as in Clustered('region')")
        if len(set(columns)) < len(columns):
            raise OptionError(f"Clustered() names a column twice: {', '.join(columns)}")
        if len(columns) > 1 and correction in ("CR2", "CR3"):
            raise OptionError(
                f"{correction} is defined for one kind of cluster; use correction='CR1' with "
                f"{len(columns)} of them, or WildBootstrap"
            )
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "correction", correction)
