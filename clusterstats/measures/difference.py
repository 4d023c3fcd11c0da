"""How far two values of a measure lie apart, with the uncertainty of the difference itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.intervals import IDENTITY
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import REGISTRY, Declaration, Kernel
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["difference"]

Pair = tuple[Any, Any]


def difference(
    table: IntoTable,
    measure: str | tuple[str, str],
    *,
    years: Pair | None = None,
    regions: Pair | None = None,
    industries: Pair | None = None,
    value: str = "employment",
    base: str | None = None,
    options: Mapping[str, Any] | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Difference of a measure between two years, two regions or industries, or two measures.

    Use it to say whether something changed, or whether one place has more of it than another: two
    intervals that overlap do not answer that. Both values are drawn together, so that an
    establishment seen in both years, or an index that moves with another, is counted once.

    .. math:: \Delta = m(b) - m(a)

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    measure : str or pair of str
        Name of a measure, such as ``"herfindahl"``; a pair ``(a, b)`` compares two measures that
        have the same keys.
    years, regions, industries : pair, optional
        What to compare, ``(a, b)``; exactly one of them, or none with a pair of measures.
    value, base : str
        As in the measure.
    options : mapping, optional
        Options of the measure, such as ``{"form": "log"}``: the difference of log location
        quotients is the log of their ratio.
    inference : Bootstrap or Jackknife, optional
        Establishments are resampled with all their years. From cells, which do not say which
        establishment is which, the two years are drawn independently: the interval is then the
        wider one.

    Returns
    -------
    DataFrame
        Keys that are not compared, ``measure`` (``"herfindahl: 2022 - 2006"``), ``estimate``
        (b less a) and the inference columns; ``p_value`` tests a difference of 0.

    Raises
    ------
    OptionError
        A name is unknown, nothing or more than one thing is compared, the measure has no such
        key, or the method does not fit.
    TableError
        As in the measure.

    Notes
    -----
    Chance moves many indices, the more so the fewer the establishments: where both sides have
    alike numbers of them, that cancels in the difference; elsewhere take a measure that chance
    does not move. A side that is undefined leaves the difference `nan`. Analytic intervals of
    differences are not given: the closed forms know no covariance between years.

    References
    ----------
    Davison, A. C. and Hinkley, D. V. (1997). Bootstrap Methods and their Application, ch. 2.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({
    ...     "year": [2006] * 2 + [2022] * 2, "region": "A", "industry": ["film", "other"] * 2,
    ...     "employment": [50, 50, 90, 10],
    ... })
    >>> cs.difference(jobs, "herfindahl", years=(2006, 2022))[["region", "measure", "estimate"]]
      region                  measure  estimate
    0      A  herfindahl: 2022 - 2006      0.32
    """
    compared = {"years": years, "regions": regions, "industries": industries}
    asked = {name: pair for name, pair in compared.items() if pair is not None}
    if len(asked) + isinstance(measure, tuple) != 1:
        raise OptionError(
            "say what is compared: one of years=(a, b), regions=(a, b), industries=(a, b), or a "
            "pair of measures"
        )
    grid = Grid.of(table, (value,))
    if isinstance(measure, tuple):
        first, second = (_declared(name, options) for name in measure)
        return infer(_of_measures(first, second), grid, value, inference, base)
    declared = _declared(measure, options)
    ((axis, pair),) = asked.items()
    if axis == "years":
        return _between_years(declared, grid, value, pair, base, inference)
    labels = grid.regions if axis == "regions" else grid.industries
    found = _of_members(declared, axis.removesuffix("s").replace("ie", "y"), labels, pair)
    return infer(found, grid, value, inference, base)


def _declared(name: str, options: Mapping[str, Any] | None) -> Declaration:
    """The declaration of a measure in the form that the options ask for."""
    require_choice("measure", name, sorted(REGISTRY))
    forms = REGISTRY[name].declarations
    if forms[0].reads != "cells":
        raise OptionError(f"{name} compares years or regions itself; take two of its results")
    asked = {**forms[0].options, **(options or {})}
    if beside := [key for key in BESIDE if isinstance(asked.get(key), str)]:
        raise OptionError(
            f"a difference takes no form with {beside[0]}=, which names a column beside the "
            f"values; measure both sides, and take the difference of the two results"
        )
    for form in forms:
        if {**forms[0].options, **form.options} == asked:
            return form
    known = "; ".join(str(dict(form.options)) for form in forms)
    raise OptionError(
        f"options={dict(options or {})!r} is no form of {name}; the forms are {known}"
    )


BESIDE = ("within", "weight", "area", "population", "neighbours")
"""Options that name what stands beside the values."""


@dataclass(frozen=True)
class _Measures:
    """The second kernel less the first, each with its own moments."""

    kernels: tuple[Kernel, Kernel]
    moments: tuple[Sequence[int], Sequence[int]]

    def __call__(self, *moments: Array, **given: Any) -> Array:
        first, second = (
            kernel(*[moments[k] for k in places], **given)
            for kernel, places in zip(self.kernels, self.moments, strict=True)
        )
        apart: Array = second - first
        return apart


@dataclass(frozen=True)
class _Lead:
    """A kernel's first component, which is the measure itself."""

    kernel: Kernel
    has_components: bool

    def __call__(self, *moments: Array, **given: Any) -> Array:
        result = self.kernel(*moments, **given)
        return result[..., 0] if self.has_components else result


@dataclass(frozen=True)
class _Members:
    """One member of an axis less another."""

    kernel: Kernel
    axis: int
    pair: tuple[int, int]

    def __call__(self, *moments: Array, **given: Any) -> Array:
        result = self.kernel(*moments, **given)
        first, second = (np.take(result, place, axis=self.axis) for place in self.pair)
        apart: Array = np.subtract(second, first)
        return apart


@dataclass(frozen=True)
class _Years:
    """The later half of the regions less the earlier."""

    kernel: Kernel

    def __call__(self, *moments: Array, **given: Any) -> Array:
        half = moments[0].shape[-2] // 2
        sides = (
            self.kernel(
                *[moment[..., cut, :] for moment in moments],
                **{name: side[..., cut] for name, side in given.items()},
            )
            for cut in (slice(None, half), slice(half, None))
        )
        first, second = sides
        apart: Array = second - first
        return apart


def _lead(form: Declaration) -> _Lead:
    return _Lead(form.kernel, bool(form.components))


def _apart(form: Declaration, label: str, **changes: Any) -> Declaration:
    """The declaration of a difference."""
    return replace(
        form,
        name=f"{form.name}: {label}",
        neutral=0.0,
        bounds=(-np.inf, np.inf),
        limits=None,
        pivot=IDENTITY,
        components=(),
        analytic=None,
        bounding=None,
        is_sound_when_sparse=True,
        analytic_note="closed forms know no covariance of the two",
        estimand=f"the difference of {form.estimand}",
        has_null=False,
        uncertain_note="nulls are about a table, and regions of two years are not drawn together; "
        "use Bootstrap(seed=...) or Jackknife() by establishment",
        **changes,
    )


def _of_measures(first: Declaration, second: Declaration) -> Declaration:
    """One measure less another on the same keys."""
    if first.grain != second.grain:
        raise OptionError(
            f"{first.name} is by {' x '.join(first.grain)}, {second.name} by "
            f"{' x '.join(second.grain)}; compare measures with the same keys"
        )
    powers = tuple(dict.fromkeys((*first.powers, *second.powers)))
    places = tuple([powers.index(p) for p in form.powers] for form in (first, second))
    kernel = _Measures((_lead(first), _lead(second)), places)  # type: ignore[arg-type]
    plug_in = None
    if first.plug_in or second.plug_in:
        plugs = tuple(form.plug_in or _lead(form) for form in (first, second))
        plug_in = _Measures(plugs, places)  # type: ignore[arg-type]
    label = f"{second.name} - {first.name}"
    found = _apart(first, label, kernel=kernel, powers=powers, plug_in=plug_in)
    return replace(found, name=label, formula=f"({second.formula}) - ({first.formula})")


def _of_members(form: Declaration, axis: str, labels: pd.Index[Any], pair: Pair) -> Declaration:
    """One region or industry less another."""
    if axis not in form.grain:
        raise OptionError(f"{form.name} has no key {axis!r}; it is by {' x '.join(form.grain)}")
    for member in pair:
        require_choice(axis, member, labels)
    listed = labels.tolist()
    places = (listed.index(pair[0]), listed.index(pair[1]))
    at = list(form.grain).index(axis) - len(form.grain)
    grain = tuple(key for key in form.grain if key != axis)
    plug_in = None if form.plug_in is None else _Members(form.plug_in, at, places)
    return _apart(
        form,
        f"{pair[1]} - {pair[0]}",
        kernel=_Members(_lead(form), at, places),
        plug_in=plug_in,
        grain=grain,
        units=("establishment", "cell"),
    )


def _between_years(
    form: Declaration,
    grid: Grid,
    value: str,
    pair: Pair,
    base: str | None,
    inference: Inference | None,
) -> pd.DataFrame:
    """A later year less an earlier one."""
    if grid.years is None:
        raise OptionError("years= compares years, and the table has no column 'year'")
    for year in pair:
        require_choice("years", year, grid.years)
    listed = grid.years.tolist()
    places = [listed.index(year) for year in pair]
    both = grid.paired([places])
    plug_in = None if form.plug_in is None else _Years(form.plug_in)
    found = _apart(
        form,
        f"{pair[1]} - {pair[0]}",
        kernel=_Years(_lead(form)),
        plug_in=plug_in,
        units=("establishment", "cell"),
    )
    alone = Grid(None, grid.regions, grid.industries, both.flat, both.frame, both.is_records)
    result = infer(found, both, value, inference, base, keys=alone.keys(form.grain))
    regions, industries = len(grid.regions), len(grid.industries)
    result.attrs["sample"] = (
        f"{len(both.frame):,} rows of two years: {regions:,} regions x {industries:,} industries"
    )
    return result
