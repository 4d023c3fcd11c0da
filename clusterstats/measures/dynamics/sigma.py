"""Sigma convergence: whether regions become alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import chdtrc

from clusterstats._types import Array, Codes, IntoTable, Mask
from clusterstats.errors import OptionError, require_choice, warn
from clusterstats.inference.intervals import IDENTITY, Pivot, adjusted
from clusterstats.inference.methods import Columns
from clusterstats.inference.options import Analytic, Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.dynamics.panels import (
    Panel,
    panel_of,
    require_by_region,
    resampled,
    student,
)
from clusterstats.measures.soundness import HELD, LEAST_REGIONS

__all__ = ["sigma_convergence"]

Of = Literal["level", "change", "trend", "relative_trend"]
Dispersion = Literal["sd_log", "cv"]
LEAST: dict[Of, int] = {"level": 1, "change": 2, "trend": 3, "relative_trend": 3}
DISPERSIONS: dict[Dispersion, str] = {
    "sd_log": "standard deviation of logarithms over regions",
    "cv": "coefficient of variation over regions",
}
FORMULAS = {
    "level": "s_t",
    "change": "s_b - s_a and s_b / s_a",
    "trend": "s_t = intercept + slope t, least squares over years",
    "relative_trend": "ln s_t = intercept + slope t, least squares over years",
}
PARTS = {
    "level": (),
    "change": ("difference", "ratio"),
    "trend": ("slope", "intercept"),
    "relative_trend": ("slope", "intercept"),
}
SOURCE = "Barro and Sala-i-Martin 1992; Carree and Klomp 1997"
DRAWN = "the dispersion of the process that drew these regions"
LOG = Pivot(np.log, np.exp)
ORDER = (
    *("estimate", "std_error", "statistic", "p_value", "p_adjusted", "conf_low", "conf_high"),
    *("bias_corrected", "loo_low", "loo_high"),
)


def _usable(panel: Panel, dispersion: str) -> Panel:
    """The regions with values in every year."""
    known = ~np.isnan(panel.values)
    usable = known if dispersion == "cv" else known & (panel.values > 0)
    has: Mask = np.all(usable, axis=0)
    kept = panel.kept(has, "its value is blank (or 0, which has no logarithm) in one of the years")
    kept.require_regions(3, "a dispersion")
    return kept


def _dispersion(values: Array, *, dispersion: str, ddof: int) -> Array:
    """Values (year, region) -> (year,)."""
    if dispersion == "sd_log":
        spread = np.std(np.log(values), axis=-1, ddof=ddof)
    else:
        spread = np.std(values, axis=-1, ddof=ddof) / np.mean(values, axis=-1)
    return np.where(_is_alike(values), 0.0, spread)


def _is_alike(values: Array) -> Mask:
    """Whether all regions have the same value, which rounding of a mean would hide."""
    alike: Mask = np.all(values == values[..., :1], axis=-1)
    return alike


def _solved(
    panel: Panel,
    of: str,
    dispersion: str,
    spread: Callable[[Array], Array],
    inference: Inference | None,
) -> tuple[dict[str, Any], Columns]:
    """Keys and columns of what is asked for."""
    if of == "level":
        return {"year": panel.years}, _level(panel, spread, inference)
    ends = {"year": panel.years[0], "year2": panel.years[-1]}
    keys = {**ends, "component": list(PARTS[of])}
    if of == "change":
        return keys, _change(panel, dispersion, spread, inference)
    return keys, _trend(panel, spread, of == "relative_trend", inference)


def _level(panel: Panel, spread: Callable[[Array], Array], inference: Inference | None) -> Columns:
    """Each year's dispersion."""
    if isinstance(inference, Analytic):
        raise OptionError(
            "sigma_convergence(of='level') has no analytic form (it would take logarithms as "
            "normal); use Bootstrap(unit='region', seed=...) or Jackknife(unit='region')"
        )
    columns: Columns = {"estimate": _quiet(spread, panel.values)}
    if inference is not None:

        def drawn(chosen: Codes) -> Array:
            return _quiet(spread, panel.values[:, chosen])

        columns |= resampled(
            *("sigma_convergence", drawn, panel, inference),
            pivot=LOG,
            bounds=(0.0, np.inf),
            is_biased=True,
        )
    return columns


def _quiet(spread: Callable[[Array], Array], values: Array) -> Array:
    with np.errstate(all="ignore"):
        return spread(values)


def _withheld(columns: Columns, regions: int, inference: Inference) -> Columns:
    """Blank the intervals of few regions, which were found not to hold their level."""
    is_known = not np.isnan(columns["conf_low"]).all()
    if isinstance(inference, Analytic) or regions >= LEAST_REGIONS or not is_known:
        return columns
    warn(
        f"sigma_convergence has no interval over {regions} regions: with fewer than "
        f"{LEAST_REGIONS:g}, {HELD}"
    )
    unknown = np.full_like(columns["conf_low"], np.nan)
    return columns | dict.fromkeys(("conf_low", "conf_high"), unknown)


# --- change ---------------------------------------------------------------------------------


def _change(
    panel: Panel,
    dispersion: str,
    spread: Callable[[Array], Array],
    inference: Inference | None,
) -> Columns:
    """Difference and ratio of the last year and the first."""

    def both(chosen: Codes) -> Array:
        first, last = _quiet(spread, panel.values[[0, -1]][:, chosen])
        return np.array([last - first, np.divide(last, first)])

    with np.errstate(all="ignore"):
        columns: Columns = {"estimate": both(np.arange(len(panel.regions)))}
    if isinstance(inference, Analytic):
        return columns | _carree_klomp(panel, dispersion, inference)
    if inference is not None:
        scales = ((0, 0.0, IDENTITY, -np.inf), (1, 1.0, LOG, 0.0))
        parts = [
            resampled(
                *("sigma_convergence", partial(_part, both, place), panel, inference),
                neutral=neutral,
                pivot=pivot,
                bounds=(low, np.inf),
            )
            for place, neutral, pivot, low in scales
        ]
        columns |= {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return columns


def _part(both: Callable[[Codes], Array], place: int, chosen: Codes) -> Array:
    return both(chosen)[place : place + 1]


def _carree_klomp(panel: Panel, dispersion: str, option: Analytic) -> Columns:
    """Likelihood ratio test of equal variances of logarithms in two years of the same regions."""
    if dispersion != "sd_log" or option.alternative != "two-sided":
        raise OptionError(
            "the test of Carree and Klomp is two-sided and about logarithms: it does not fit "
            f"dispersion={dispersion!r} with alternative={option.alternative!r}; use "
            f"Bootstrap(unit='region', seed=...)"
        )
    matrix = np.cov(np.log(panel.values[[0, -1]]))
    first, last, joint = matrix[0, 0], matrix[1, 1], matrix[0, 1]
    with np.errstate(all="ignore"):
        apart = (first - last) ** 2 / (4 * (first * last - joint**2))
    apart = np.nan if _is_alike(panel.values[[0, -1]]).any() else apart
    ratio = (len(panel.regions) - 2.5) * np.log1p(apart)
    unknown = np.full(2, np.nan)
    return {
        "std_error": unknown,
        "statistic": np.full(2, ratio),
        "p_value": np.full(2, chdtrc(1, ratio)),
        "conf_low": unknown,
        "conf_high": unknown,
    }


# --- trend ----------------------------------------------------------------------------------


def _trend(
    panel: Panel, spread: Callable[[Array], Array], is_relative: bool, inference: Inference | None
) -> Columns:
    """Slope and intercept of the dispersion over years."""
    from statsmodels.regression.linear_model import OLS

    time = panel.years.to_numpy(dtype=np.float64)
    design = np.column_stack([time, np.ones_like(time)])

    def series(chosen: Codes) -> Array:
        level = _quiet(spread, panel.values[:, chosen])
        with np.errstate(all="ignore"):
            return np.log(level) if is_relative else level

    def drawn(chosen: Codes) -> Array:
        level = series(chosen)
        slope = ((time - time.mean()) * level).sum() / ((time - time.mean()) ** 2).sum()
        return np.array([slope, level.mean() - slope * time.mean()])

    every = np.arange(len(panel.regions))
    columns: Columns = {"estimate": drawn(every)}
    if isinstance(inference, Analytic):
        fit = OLS(series(every), design).fit()
        columns |= student(columns["estimate"], fit.bse, fit.df_resid, inference)
    elif inference is not None:
        columns |= resampled("sigma_convergence", drawn, panel, inference, neutral=0.0)
    return columns


# --- door -----------------------------------------------------------------------------------


def _declared(of: Of, dispersion: Dispersion) -> Declaration:
    """The declaration of one form."""
    tests: dict[tuple[Of, Dispersion], Any] = {
        ("change", "sd_log"): _carree_klomp,
        ("change", "cv"): None,
    }
    is_level = of == "level"
    return Declaration(
        name="sigma_convergence",
        kernel=partial(_dispersion, dispersion=dispersion, ddof=0),
        grain=(),
        formula=f"{FORMULAS[of]}, s_t the {DISPERSIONS[dispersion]}",
        reference=SOURCE,
        neutral=None if is_level else 0.0,
        bounds=(0.0 if is_level else -np.inf, np.inf),
        estimand=DRAWN,
        components=PARTS[of],
        options={"of": of, "dispersion": dispersion},
        reads="regions",
        analytic=None if is_level else tests.get((of, dispersion), _trend),
        analytic_gives="test" if of == "change" else "interval",
        analytic_note="it would take logarithms as normal",
        is_biased=is_level,
        units=("region",),
        has_null=False,
    )


@register(*(_declared(of, dispersion) for dispersion in DISPERSIONS for of in LEAST))
def sigma_convergence(
    table: IntoTable,
    *,
    value: str,
    of: Of = "level",
    dispersion: Dispersion = "sd_log",
    ddof: Literal[0, 1] = 0,
    years: tuple[Any, Any] | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Dispersion of a quantity over regions, year by year, and whether it falls.

    .. math:: \sigma_t = \sqrt{\frac{1}{n - ddof} \sum_r (\ln y_{rt} - \overline{\ln y_t})^2}

    Parameters
    ----------
    table : frame
        Rows of region and year, one for each, such as product per head.
    value : str
        Column of the value.
    of : {"level", "change", "trend", "relative_trend"}
        The dispersion of each year; the later year's less and over the earlier one's; or the
        slope of the dispersion, or of its logarithm, over years (at least three).
    dispersion : {"sd_log", "cv"}
        Standard deviation of logarithms, or coefficient of variation (regions unweighted; by
        population: `williamson`).
    ddof : {0, 1}
        Divide squares by n, all regions there are, or by n - 1, a sample of them.
    years : pair, optional
        First and last year; if not given, those of the table. "change" compares these two.
    inference : Bootstrap, Jackknife or Analytic, optional
        ``Bootstrap(unit="region", seed=...)`` and ``Jackknife(unit="region")``: regions with all
        their years, so that a change knows how closely years go together. ``Analytic()``: for
        "change" of "sd_log" the likelihood ratio test of Carree and Klomp, a chi-square with 1
        degree of freedom (two-sided, no interval); for the trends, least squares over years,
        which takes years as independent.

    Returns
    -------
    DataFrame
        "level": ``year``, ``measure``, ``estimate``; else ``year`` (the first), ``year2`` (the
        last), ``component`` ("difference" and "ratio", or "slope" and "intercept"), ``measure``,
        ``estimate``; and the inference columns. ``p_value`` tests no change or a slope of 0.

    Raises
    ------
    TableError
        As in `beta_convergence`; for a trend, fewer than three years.
    OptionError
        An option is not known, or the inference does not fit.

    Notes
    -----
    A region whose value is blank (or, for logarithms, 0) in any of the years is left out of all
    of them with a warning, so that years compare the same regions. Where all regions are alike
    the dispersion is 0, its logarithm undefined. Dispersion of few regions is too low on
    average: ``bias_corrected`` says by how much. Over fewer than 20 regions intervals do not hold
    their level: they are left blank, with a warning. An F test of two independent samples, which
    other programs print, is not valid here: both years hold the same regions.

    References
    ----------
    Barro, R. J. and Sala-i-Martin, X. (1992). Convergence. Journal of Political Economy 100.
    Carree, M. and Klomp, L. (1997). Testing the convergence hypothesis: a comment. Review of
    Economics and Statistics 79, 683-686: (N - 2.5) ln(1 + (s_a - s_b)^2 / (4 (s_a s_b - s_ab^2))),
    with variances s_a, s_b and the covariance s_ab.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> income = pd.DataFrame({"region": ["A", "B", "C"] * 2, "year": [2000] * 3 + [2010] * 3,
    ...                        "gdp_pc": [10.0, 20.0, 40.0, 20.0, 30.0, 50.0]})
    >>> cs.sigma_convergence(income, value="gdp_pc")[["year", "estimate"]].round(4)
       year  estimate
    0  2000    0.5660
    1  2010    0.3749
    >>> test = cs.sigma_convergence(income, value="gdp_pc", of="change", inference=cs.Analytic())
    >>> test[["component", "estimate", "statistic", "p_value"]].round(3).head(1)
        component  estimate  statistic  p_value
    0  difference    -0.191      1.868    0.172
    """
    require_choice("of", of, LEAST)
    require_choice("dispersion", dispersion, DISPERSIONS)
    if ddof not in (0, 1):
        raise OptionError(f"ddof={ddof!r} is not known; use 0 (all regions) or 1 (a sample)")
    require_by_region("sigma_convergence", inference)
    panel = _usable(panel_of(table, value, years, least=LEAST[of]), dispersion)
    spread = partial(_dispersion, dispersion=dispersion, ddof=ddof)
    keys, columns = _solved(panel, of, dispersion, spread, inference)
    if inference is not None:
        columns = _withheld(columns, len(panel.regions), inference)
        unknown = np.full_like(columns["estimate"], np.nan)
        columns = dict.fromkeys(("statistic", "p_value"), unknown) | columns
        if inference.adjust is not None:
            columns["p_adjusted"] = adjusted(columns["p_value"], inference)
    found = {name: columns[name] for name in ORDER if name in columns}
    result = pd.DataFrame({**keys, "measure": "sigma_convergence", **found})
    form = f"of={of!r}, dispersion={dispersion!r}, ddof={ddof}"
    result.attrs = {
        "definition": f"sigma_convergence({form}): {FORMULAS[of]}, s_t the dispersion over "
        f"regions; value {value!r} [{SOURCE}]",
        "sample": f"{len(panel.regions):,} regions, {panel.years[0]} to {panel.years[-1]}",
    }
    if inference is not None:
        result.attrs["inference"] = repr(inference)
        result.attrs["estimand"] = DRAWN
    return result
