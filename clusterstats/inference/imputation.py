"""Multiple imputation: several completed tables, each measured, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from clusterstats._types import Alternative, Array
from clusterstats.errors import OptionError
from clusterstats.inference.options import Inference, MonteCarlo, _is_whole

__all__ = ["Combined", "Imputed", "combined"]


@dataclass(frozen=True, kw_only=True)
class Imputed(Inference):
    """Unknown cells drawn within their bands, several times, and combined by Rubin's rules.

    Each draw fills every unknown row evenly between its bounds (``employment_low``,
    ``employment_high``); where `clusterstats.tighten` has written known totals, the table is drawn
    evenly among those that keep them. Each completed table is measured with `inference`; intervals
    hold both its uncertainty and that of the fill. Takes ``level``, ``alternative`` and ``adjust``
    as well.

    Parameters
    ----------
    inference : Analytic, Bootstrap or Jackknife
        How each completed table is measured; it must give a standard error.
    seed : int
        The same seed gives the same bytes. It has no default.
    draws : int
        Number of completed tables, at least 2.

    Notes
    -----
    A band says nothing of what is likely in it: even draws are an assumption, which bounds
    (``estimate_low``, ``estimate_high``, without any option) do without.

    References
    ----------
    Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys, eqs. 3.1.2-3.1.10.

    Examples
    --------
    >>> import clusterstats as cs
    >>> cs.Imputed(inference=cs.Analytic(), seed=1).draws
    20
    """

    inference: Inference
    seed: int
    draws: int = 20

    def __post_init__(self) -> None:
        """Check the options."""
        super().__post_init__()
        for name, number, least in (("seed", self.seed, 0), ("draws", self.draws, 2)):
            if not _is_whole(number) or number < least:
                raise OptionError(f"{name}={number!r} is not a whole number of at least {least}")
        method: object = self.inference
        if not isinstance(method, Inference) or isinstance(method, MonteCarlo | Imputed):
            raise OptionError(
                f"inference={method!r} gives no standard error to combine; use Analytic(), "
                f"Bootstrap(seed=...) or Jackknife()"
            )


@dataclass(frozen=True)
class Combined:
    """What several completed tables say together, each an array shaped as the estimate.

    Attributes
    ----------
    estimate, std_error : array
        Mean of the estimates; root of the variance within and between completed tables.
    freedom : array
        Rubin's degrees of freedom, infinite where the fill makes no difference.
    fraction_missing : array
        Share of the information that the unknown cells take away, from 0 to 1.
    """

    estimate: Array
    std_error: Array
    freedom: Array
    fraction_missing: Array

    def interval(self, level: float) -> tuple[Array, Array]:
        """Interval by Student's law."""
        half = student.ppf((1 + level) / 2, self.freedom) * self.std_error
        return self.estimate - half, self.estimate + half

    def test(self, tested: float, alternative: Alternative) -> tuple[Array, Array]:
        """Statistic and p-value of a tested value."""
        statistic = (self.estimate - tested) / self.std_error
        upper, lower = student.sf(statistic, self.freedom), student.cdf(statistic, self.freedom)
        both = np.minimum(2 * np.minimum(upper, lower), 1)
        result: Array = {"greater": upper, "less": lower, "two-sided": both}[alternative]
        return statistic, result


def combined(estimates: Sequence[Array], errors: Sequence[Array]) -> Combined:
    """Combine completed tables by Rubin's rules, over the first axis (Rubin 1987, 3.1).

    With U the mean squared error within and B the variance between m tables, the variance is
    T = U + (1 + 1/m) B on (m - 1) (1 + 1/r)^2 degrees of freedom, r = (1 + 1/m) B / U.
    """
    values, squares = np.stack(estimates), np.stack(errors) ** 2
    m = len(values)
    within, between = squares.mean(axis=0), values.var(axis=0, ddof=1)
    extra = (1 + 1 / m) * between
    with np.errstate(all="ignore"):
        ratio = extra / within
        freedom = np.where(extra > 0, (m - 1) * (1 + 1 / ratio) ** 2, np.inf)
        missing = np.where(extra > 0, (ratio + 2 / (freedom + 3)) / (ratio + 1), 0.0)
    missing = np.where(np.isposinf(ratio), 1.0, missing)
    error = np.sqrt(within + extra)
    missing = np.where(np.isnan(error), np.nan, missing)
    return Combined(values.mean(axis=0), error, freedom, missing)
