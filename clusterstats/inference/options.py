"""How uncertainty is to be measured: frozen options that check themselves when built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Literal, get_args

from clusterstats._types import Alternative, IntoTable
from clusterstats.errors import OptionError, require_choice

__all__ = ["Analytic", "Bootstrap", "Inference", "Jackknife", "MonteCarlo"]

Adjust = Literal["fdr_bh", "fdr_by", "holm"]
Null = Literal["random_labelling", "random_location", "dartboard", "configuration"]


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


@dataclass(frozen=True, kw_only=True)
class Inference:
    """What every way of measuring uncertainty shares.

    Parameters
    ----------
    level : float
        Probability that an interval holds the estimand, in (0, 1).
    alternative : {"two-sided", "greater", "less"}
        Where the p-value looks; intervals stay two-sided.
    adjust : {"fdr_bh", "fdr_by", "holm"}, optional
        Multiple testing over all rows of the result: adds ``p_adjusted``.
    """

    level: float = 0.95
    alternative: Alternative = "two-sided"
    adjust: Adjust | None = None

    def __post_init__(self) -> None:
        """Check the options that every kind shares."""
        if not _is_number(self.level) or not 0 < self.level < 1:
            raise OptionError(f"level={self.level!r} is not a probability between 0 and 1")
        require_choice("alternative", self.alternative, ["two-sided", "greater", "less"])
        if self.adjust is not None:
            require_choice("adjust", self.adjust, ["fdr_bh", "fdr_by", "holm"])


@dataclass(frozen=True, kw_only=True)
class Analytic(Inference):
    """A closed form, where the measure has one.

    Takes ``level``, ``alternative`` and ``adjust`` as well: see `Inference`.

    Parameters
    ----------
    reference_shares : {"drawn", "fixed"}
        Whether the regions' shares in the reference (all employment) are themselves uncertain,
        being sums over establishments that could have located elsewhere, or known constants.
        A base that is given (population, area) is always held fixed.

    Examples
    --------
    >>> import clusterstats as cs
    >>> cs.Analytic(level=0.9).alternative
    'two-sided'
    """

    reference_shares: Literal["drawn", "fixed"] = "drawn"

    def __post_init__(self) -> None:
        """Check the options."""
        super().__post_init__()
        require_choice("reference_shares", self.reference_shares, ["drawn", "fixed"])


@dataclass(frozen=True, kw_only=True)
class Random(Inference):
    """What the random methods share.

    Parameters
    ----------
    seed : int
        The same seed gives the same bytes, with any number of processes. It has no default.
    draws : int
        Number of draws.
    """

    seed: int
    draws: int = 999

    def __post_init__(self) -> None:
        """Check the options."""
        super().__post_init__()
        if not _is_whole(self.seed) or self.seed < 0:
            raise OptionError(f"seed={self.seed!r} is not a whole number >= 0")
        if not _is_whole(self.draws) or self.draws < 19:
            raise OptionError(
                f"draws={self.draws!r} is not a whole number of at least 19; 999 are usual"
            )


@dataclass(frozen=True, kw_only=True)
class Bootstrap(Random):
    """Resampling with replacement; intervals pivot on what the draws estimate.

    Takes ``seed`` (required), ``draws`` (999), ``level``, ``alternative`` and ``adjust`` as well.

    Parameters
    ----------
    unit : {"establishment", "cell", "region"}
        What is resampled as a whole. An establishment comes with all its years; the regions'
        location probabilities are then held fixed, and the interval is about these regions.
        "cell" takes each region-industry cell as a single establishment, the most cautious view
        of cells without counts. "region" draws the regions too: the interval is about the
        process that made them.

    Examples
    --------
    >>> import clusterstats as cs
    >>> cs.Bootstrap(unit="establishment", draws=199, seed=1).draws
    199
    """

    unit: Literal["establishment", "cell", "region"] = "establishment"

    def __post_init__(self) -> None:
        """Check the options."""
        super().__post_init__()
        require_choice("unit", self.unit, ["establishment", "cell", "region"])


@dataclass(frozen=True, kw_only=True)
class Jackknife(Inference):
    """Leave one out, each in turn: a standard error, and the range that one unit can move.

    Takes ``level``, ``alternative`` and ``adjust`` as well: see `Inference`.

    Parameters
    ----------
    unit : {"establishment", "cell", "region"}
        What is left out. The range ``loo_low``, ``loo_high`` answers whether a single unit makes
        the result.

    Examples
    --------
    >>> import clusterstats as cs
    >>> cs.Jackknife(unit="cell").unit
    'cell'
    """

    unit: Literal["establishment", "cell", "region"] = "establishment"

    def __post_init__(self) -> None:
        """Check the options."""
        super().__post_init__()
        require_choice("unit", self.unit, ["establishment", "cell", "region"])


@dataclass(frozen=True, kw_only=True)
class MonteCarlo(Random):
    """A null model, simulated: p-values and the range under chance, never an interval.

    Takes ``seed`` (required), ``draws`` (999), ``level``, ``alternative`` and ``adjust`` as well.

    Parameters
    ----------
    null : {"random_labelling", "random_location", "dartboard", "configuration"}
        "random_labelling" permutes industry labels over the observed establishments;
        "random_location" draws, for each establishment, a site among all observed sites (or
        `sites`), keeping its size and industry; "dartboard" draws each establishment's region
        independently with given probabilities (default: the regions' shares of the total).
        "configuration" draws which region has which industry, cells independent, each region and
        each industry having as many as seen on average: for measures of presence alone.
    sites : frame, optional
        For "random_location": sites with their ``region`` and, if unequal, ``weight``; drawn
        with replacement. Without it the observed sites are permuted.
    probabilities : mapping of str to float, optional
        For "dartboard": probability of each region; must sum to 1.

    Examples
    --------
    >>> import clusterstats as cs
    >>> cs.MonteCarlo(null="dartboard", draws=99, seed=1).null
    'dartboard'
    """

    null: Null = "random_labelling"
    sites: IntoTable | None = field(default=None, compare=False)
    probabilities: Mapping[str, float] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        """Check the options."""
        super().__post_init__()
        require_choice("null", self.null, get_args(Null))
        if self.sites is not None and self.null != "random_location":
            raise OptionError("sites= goes with null='random_location'")
        if self.probabilities is not None and self.null != "dartboard":
            raise OptionError("probabilities= goes with null='dartboard'")
        if self.probabilities is not None and not _is_mapping(self.probabilities):
            raise OptionError("probabilities= is a mapping from region to probability")
