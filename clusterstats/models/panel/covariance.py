"""Covariances of the models that linearmodels estimates, with our small-sample factors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.absorption import Effects
from clusterstats.models.covariance import (
    CONVENTIONS,
    Classical,
    Clustered,
    Covariance,
    CovarianceOption,
    Robust,
    SmallSample,
)
from clusterstats.models.covariance.clustered import FEW
from clusterstats.models.covariance.dependence import DriscollKraay
from clusterstats.models.design import Design

__all__ = ["Asked", "asked_of", "covariance_from"]

LINEARMODELS_PAIR = 2


@dataclass(frozen=True)
class Asked:
    """What linearmodels is asked for, without any of its small-sample factors but that of groups.

    Attributes
    ----------
    option : CovarianceOption
    settings : mapping
        Arguments of its `fit`.
    clusters : DataFrame, optional
        Codes, a column for each kind of cluster.
    sizes : tuple of int
        Numbers of clusters.
    """

    option: CovarianceOption
    settings: Mapping[str, Any]
    clusters: pd.DataFrame | None = None
    sizes: tuple[int, ...] = field(default_factory=tuple)


def asked_of(kind: str, option: CovarianceOption, design: Design, convention: SmallSample) -> Asked:
    """The covariance of linearmodels that an option means; others are refused with a sentence."""
    if isinstance(option, Classical):
        return Asked(option, {"cov_type": "unadjusted"})
    if isinstance(option, DriscollKraay):
        return _over_time(kind, option, design)
    if kind == "fama_macbeth":
        raise OptionError(
            f"kind='fama_macbeth' takes its variance from the spread of the cross-sections, not "
            f"{option!r}; use Classical(), or DriscollKraay for autocorrelation"
        )
    if isinstance(option, Robust):
        if option.kind not in ("HC0", "HC1"):
            raise OptionError(f"{option.kind} is not there for kind={kind!r}; use Robust('HC1')")
        return Asked(option, {"cov_type": "robust"})
    if isinstance(option, Clustered):
        return _clustered(kind, option, design, convention)
    raise OptionError(
        f"covariance={option!r} is not there for kind={kind!r}; use Classical(), Robust('HC1'), "
        f"Clustered('unit') or DriscollKraay"
    )


def covariance_from(kind: str, result: Any, asked: Asked, convention: SmallSample) -> Covariance:
    """The matrix of linearmodels times our factors, with our degrees of freedom."""
    n, k = int(result.nobs), len(result.params)
    if kind == "fama_macbeth":
        n, k = int(result.all_params.notna().all(axis=1).sum()), 1
        if n < LINEARMODELS_PAIR:
            raise TableError("Fama-MacBeth needs at least 2 periods with a cross-section each")
    if n <= k:
        raise TableError(f"{k} coefficients in {n} observations: nothing is left for a variance")
    factors = _factors(asked, convention, n, k)
    matrix = np.asarray(result.cov, dtype=float) * float(np.prod(list(factors.values())))
    df = np.full(len(result.params), _df(kind, asked, convention, n, k))
    numbers = {"n": float(n), "K": float(k)}
    columns = asked.option.columns if isinstance(asked.option, Clustered) else ("",)
    for name, size in zip(columns, asked.sizes, strict=False):
        numbers[f"clusters {name}" if name else "periods"] = float(size)
    return Covariance(matrix, df, _name(kind, asked), {**numbers, **factors})


def _over_time(kind: str, option: DriscollKraay, design: Design) -> Asked:
    """Driscoll and Kraay's, or for Fama-MacBeth that of a series of cross-sections."""
    if kind.startswith("between"):
        raise OptionError(f"kind={kind!r} has no periods for {option!r}; use Robust('HC1')")
    time = str((design.panel or ("", ""))[1])
    if option.time not in (None, time):
        raise OptionError(f"{option!r} has other periods than time={time!r}; leave out its time")
    periods = int(design.frame[time].nunique()) - (kind == "first_difference")
    lags = int(periods**0.25) if option.lags is None else int(option.lags)
    if lags >= periods:
        raise OptionError(f"lags={lags} needs more than {periods} periods of {time!r}")
    kernel = option.kernel.replace("_", "-")
    settings = {"cov_type": "kernel", "kernel": kernel, "bandwidth": float(lags)}
    sizes = () if kind == "fama_macbeth" else (periods,)
    return Asked(option, settings, sizes=sizes)


def _clustered(kind: str, option: Clustered, design: Design, convention: SmallSample) -> Asked:
    """One or two kinds of clusters."""
    if option.correction not in ("CR0", "CR1"):
        raise OptionError(
            f"{option.correction} is not there for kind={kind!r}; use correction='CR1', or "
            f"regress() with fixed effects"
        )
    if len(option.columns) > LINEARMODELS_PAIR:
        raise OptionError(f"kind={kind!r} takes at most 2 kinds of clusters")
    frame, parts = design.frame, {}
    for name in option.columns:
        for column in name.split("^"):
            if column not in frame or frame[column].isna().any():
                what = "is blank in some rows" if column in frame else "is not in the table"
                raise TableError(f"cluster column {column!r} {what}; fill it or name another")
        parts[name] = [frame[column] for column in name.split("^")]
    groups = Effects.of(parts)
    if min(groups.sizes) < LINEARMODELS_PAIR:
        raise TableError(f"{option!r} has a single cluster; at least 2 are needed")
    if (size := min(groups.sizes)) < FEW:
        warn(
            f"standard errors rest on {size} clusters of "
            f"{groups.names[groups.sizes.index(size)]!r}; below {FEW} they tend to be too small "
            f"(Angrist and Pischke 2009)"
        )
    table = pd.DataFrame(dict(zip(groups.names, groups.codes, strict=True)))
    return Asked(
        option,
        {"cov_type": "clustered", "group_debias": _is_each(option, convention)},
        table,
        groups.sizes,
    )


def _is_each(option: CovarianceOption, convention: SmallSample) -> bool:
    """Whether each kind of cluster has its own `G / (G - 1)`, which linearmodels must apply."""
    if not isinstance(option, Clustered) or option.correction == "CR0":
        return False
    return convention.adjust_g and convention.multiway == "each" and len(option.columns) > 1


def _factors(asked: Asked, convention: SmallSample, n: int, k: int) -> dict[str, float]:
    """Our small-sample factors, which its matrix without any is multiplied by."""
    option = asked.option
    if isinstance(option, Clustered | DriscollKraay) and asked.sizes:
        factors = {"factor of groups": 1.0, "factor of K": 1.0}
        if isinstance(option, Clustered) and option.correction == "CR0":
            return factors
        if _is_each(option, convention):  # made with (n - 1) / n as well
            factors["factor of groups"] = n / (n - 1)
        elif convention.adjust_g:
            smallest = min(asked.sizes)
            factors["factor of groups"] = smallest / (smallest - 1)
        if convention.adjust_k and convention.cluster_scale != "none":
            top = n - 1 if convention.cluster_scale == "n-1" else n
            factors["factor of K"] = top / (n - k)
        return factors
    is_plain = isinstance(option, Robust) and option.kind == "HC0"
    return {"factor of K": n / (n - k) if convention.adjust_k and not is_plain else 1.0}


def _df(kind: str, asked: Asked, convention: SmallSample, n: int, k: int) -> float:
    """Degrees of freedom of t-tests."""
    normal = kind.startswith("random") and convention in (CONVENTIONS["stata"], CONVENTIONS["plm"])
    if convention.t_df == "normal" or normal:
        return np.inf
    if asked.sizes and convention.t_df == "min":
        return float(min(asked.sizes) - 1)
    return float(n - k)


def _name(kind: str, asked: Asked) -> str:
    """What is written under a table."""
    option, lags = asked.option, asked.settings.get("bandwidth", 0)
    if kind == "fama_macbeth":
        plain = isinstance(option, Classical)
        return "spread of the cross-sections" + ("" if plain else ", autocorrelation-robust")
    if isinstance(option, Robust):
        return f"heteroskedasticity-robust ({option.kind})"
    if isinstance(option, Clustered):
        return f"clustered by {' and '.join(option.columns)} ({option.correction})"
    if isinstance(option, DriscollKraay):
        return f"Driscoll-Kraay (lags {lags:g})"
    return "classical"
