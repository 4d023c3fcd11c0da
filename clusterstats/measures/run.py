"""From a declaration and a table to a tidy result: code the keys, compute, add the uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.inference.imputation import Imputed
from clusterstats.inference.intervals import adjusted
from clusterstats.inference.methods import Columns, Problem, solve
from clusterstats.inference.options import Analytic, Bootstrap, Inference, Jackknife, MonteCarlo
from clusterstats.inference.units import Units, units_of
from clusterstats.measures.declaration import AnalyticInput, Declaration
from clusterstats.measures.partial.bounds import bound_columns
from clusterstats.measures.partial.imputing import impute
from clusterstats.measures.sides import Side, Sides
from clusterstats.measures.soundness import judged
from clusterstats.tables import Grid
from clusterstats.tables.checks import place_of

__all__ = ["infer"]

LARGE_SHARE = 0.1
OWN_SHARE = (
    "an industry holds over a tenth of the table, so the reference shares contain much of itself: "
    "the index, its closed-form test and its jackknife lean toward less concentration; the pivot "
    "of Bootstrap and the draws of MonteCarlo(null='dartboard') take that in, and so does base="
)
ALWAYS = ("std_error", "statistic", "p_value", "conf_low", "conf_high")
PRESENCES = (
    "null='configuration' does not fit {name}: it draws which region has which industry, so it is "
    "for measures of presences, such as economic_complexity, fitness and proximity; use "
    "null='random_labelling', 'random_location' or 'dartboard'"
)
ORDER = (
    *("estimate", "std_error", "statistic", "p_value", "p_adjusted", "conf_low", "conf_high"),
    *("bias_corrected", "null_mean", "null_low", "null_high", "loo_low", "loo_high"),
    *("fraction_missing", "estimate_low", "estimate_high"),
)


def infer(
    declaration: Declaration,
    table: IntoTable,
    value: str,
    inference: Inference | None,
    base: str | None = None,
    *,
    sides: Mapping[str, Side] | None = None,
    keys: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """Measure a table: its tidy result, with uncertainty if asked for, and what defines it.

    `sides` names the kernel's further inputs; `base` is short for that of a reference size. `keys`
    labels the result where the grid's own axes do not.
    """
    _require_fitting(declaration, inference)
    grid = Grid.of(table, (value,))
    if isinstance(inference, Imputed):
        inner = partial(infer, declaration, value=value, base=base, sides=sides, keys=keys)
        return impute(declaration, grid, value, inference, inner)
    _warn_of_unknown(grid, value)
    named = ({} if base is None else {"base": Side(base)}) | dict(sides or {})
    beside = Sides.of(grid, named)
    moments = [_moment(grid, value, power) for power in declaration.powers]
    columns: Columns = {"estimate": _quiet(declaration, moments, beside.whole())}
    if inference is not None:
        columns |= _uncertainty(declaration, grid, value, inference, moments, beside, columns)
    lead = _first(declaration, columns["estimate"])
    ends, said = bound_columns(declaration, grid, value, beside.whole(), lead)
    withheld = _withheld(declaration, inference, columns, grid, value)
    labels = grid.keys(declaration.grain) if keys is None else dict(keys)
    result = _tidy(declaration, grid, labels, columns | ends)
    result.attrs |= _attributes(declaration, grid, value, inference, named)
    notes = [note for note in (result.attrs.get("note"), said, withheld) if note]
    if notes:
        result.attrs["note"] = "; ".join(notes)
    return result


def _withheld(
    declaration: Declaration,
    inference: Inference | None,
    columns: Columns,
    grid: Grid,
    value: str,
) -> str:
    """Blank the intervals that were found not to hold their level, and say so."""
    method = inference.inference if isinstance(inference, Imputed) else inference
    if method is None or isinstance(method, MonteCarlo):
        return ""
    shown = columns["conf_low"]
    bad, why = judged(declaration, method, shown, grid, value)
    count = int((bad & ~np.isnan(shown)).sum())
    if not count:
        return ""
    for end in ("conf_low", "conf_high"):
        columns[end] = np.where(bad, np.nan, columns[end])
    others = ["MonteCarlo(seed=...) tests against chance"] if declaration.has_null else []
    is_by_region = getattr(method, "unit", "establishment") == "region"
    has_regions = "region" in declaration.units and not is_by_region
    if has_regions and not {"region", "region2"} & {*declaration.grain}:
        others.append("Bootstrap(unit='region', seed=...) has intervals where regions are many")
    said = "; ".join([why, *others])
    warn(f"{declaration.name} has no interval in {count:,} row(s): {said}")
    return why


def _require_fitting(declaration: Declaration, inference: Inference | None) -> None:
    """Raise if the inference is not an option, or does not fit the measure."""
    if inference is None:
        return
    if not isinstance(inference, Inference):
        raise OptionError(
            f"inference={inference!r} is not an option; use Analytic(), Bootstrap(seed=...), "
            f"Jackknife() or MonteCarlo(seed=...)"
        )
    method = inference.inference if isinstance(inference, Imputed) else inference
    unit = getattr(method, "unit", None)
    null = getattr(method, "null", "")
    if null == "configuration" and not declaration.is_of_presences:
        raise OptionError(PRESENCES.format(name=declaration.name))
    is_refused = isinstance(method, MonteCarlo) and not declaration.has_null
    if is_refused or (unit is not None and unit not in declaration.units):
        raise OptionError(
            f"{type(method).__name__} does not fit {declaration.name} as asked: "
            f"{declaration.uncertain_note}"
        )


def _uncertainty(
    declaration: Declaration,
    grid: Grid,
    value: str,
    inference: Inference,
    moments: Sequence[Array],
    beside: Sides,
    columns: Columns,
) -> Columns:
    """The inference columns, year by year."""
    lead = _first(declaration, columns["estimate"])
    years = []
    for year in range(grid.shape[0]):
        whole = [m[year] for m in moments]
        problem = _problem(declaration, grid, value, year, whole, beside, lead[year])
        if isinstance(inference, Analytic):
            years.append(_analytic(declaration, problem, inference))
        else:
            years.append(solve(inference, problem))
    nothing = np.full_like(lead[0], np.nan)  # a year without establishments of known size
    names = dict.fromkeys([*ALWAYS, *(name for part in years for name in part)])
    found = {name: np.stack([part.get(name, nothing) for part in years]) for name in names}
    if inference.adjust is not None:
        found["p_adjusted"] = adjusted(found["p_value"], inference)
    return found


def _problem(
    declaration: Declaration,
    grid: Grid,
    value: str,
    year: int,
    whole: Sequence[Array],
    beside: Sides,
    estimate: Array,
) -> Problem:
    """One year of a table, as the inference engine takes it."""

    def measured(*moments: Array) -> Array:
        return _first(declaration, _quiet(declaration, moments, beside.at(year)))

    def by_regions(chosen: Codes) -> Array:
        given = beside.chosen(year, chosen)
        return _first(declaration, _quiet(declaration, [m[chosen] for m in whole], given))

    def plug_in(units: Units) -> Array:
        if declaration.plug_in is None:
            return estimate
        moments = units.moments(declaration.powers)
        with np.errstate(all="ignore"):
            return declaration.plug_in(*[moments[p] for p in declaration.powers], **beside.at(year))

    return Problem(
        name=declaration.name,
        estimate=estimate,
        statistic=measured,
        powers=declaration.powers,
        plug_in=plug_in,
        by_regions=None if {"region", "region2"} & {*declaration.grain} else by_regions,
        units=lambda unit: units_of(grid, value, year, unit),
        whole=dict(zip(declaration.powers, whole, strict=True)),
        regions=grid.regions,
        base=beside.base(year),
        pivot=declaration.pivot,
        bounds=declaration.bounds_of(*grid.shape[1:]),
        neutral=declaration.neutral,
        is_biased=declaration.is_biased,
    )


def _analytic(declaration: Declaration, problem: Problem, option: Analytic) -> Columns:
    """The measure's closed form."""
    if declaration.analytic is None:
        raise OptionError(
            f"{declaration.name} has no analytic form ({declaration.analytic_note}); use "
            f"Bootstrap(seed=...), Jackknife() or MonteCarlo(seed=...)"
        )
    units = problem.units("establishment")
    if not units.is_drawable:
        return {}
    moments = units.moments(declaration.analytic_powers)
    given = AnalyticInput(moments, problem.base, problem.estimate, option)
    with np.errstate(all="ignore"):
        columns = dict(declaration.analytic(given))
    ends = {name for name in ("conf_low", "conf_high") if name in columns}
    return columns | {name: np.clip(columns[name], *problem.bounds) for name in ends}


def _quiet(
    declaration: Declaration, moments: Sequence[Array], given: Mapping[str, Array | Codes]
) -> Array:
    """Run the kernel with 0/0 quiet: `nan` means undefined, and nothing else."""
    with np.errstate(all="ignore"):
        return declaration.kernel(*moments, **given)


def _first(declaration: Declaration, values: Array) -> Array:
    """The measure itself, without its other components."""
    return values[..., 0] if declaration.components else values


def _moment(grid: Grid, value: str, power: int) -> Array:
    """Sum of a power of establishment sizes in each cell, shape (year, region, industry)."""
    if power == 1 or (value == "establishments" and power > 0):
        return grid.array(value)
    if grid.is_records:
        return grid.array(value, power)
    if power == 0 and grid.has("establishments"):
        return grid.array("establishments")
    if power == 2 and grid.has(f"{value}_squares"):
        return grid.array(f"{value}_squares")
    if not (grid.has(f"{value}_squares") and grid.has("establishments")):
        raise TableError(
            f"this measure needs the sizes of establishments: give establishments, or cells with "
            f"columns 'establishments' and '{value}_squares', or measure value='establishments'"
        )
    years = range(grid.shape[0])
    return np.stack([units_of(grid, value, y).moments((power,))[power] for y in years])


def _warn_of_unknown(grid: Grid, value: str) -> None:
    """Warn that unknown cells leave unknown all that depends on them."""
    unknown = np.isnan(grid.column(value))
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        keys = [key for key in ("year", "region", "industry") if key in grid.frame]
        first = place_of(grid.frame, row, keys)
        warn(
            f"{value!r} is unknown in {int(unknown.sum()):,} row(s), first at {first}: results "
            f"that depend on them are nan; if they were absent rows, name the column in "
            f"cs.cells(..., values=({value!r},), absent='zero'); to count what is known, say so "
            f"with cs.sum_cells(..., missing='skip')"
        )


def _tidy(
    declaration: Declaration, grid: Grid, keys: dict[str, Any], columns: Columns
) -> pd.DataFrame:
    """Keys, component, measure and numbers, sorted by the keys."""
    numbers = {name: columns[name] for name in ORDER if name in columns}
    keys, numbers = _kept_pairs(declaration, grid, keys, numbers)
    parts = declaration.components
    if parts:
        length = int(np.prod(numbers["estimate"].shape[:-1]))
        keys = {name: labels.repeat(len(parts)) for name, labels in keys.items()}
        keys["component"] = pd.Index(parts).take(np.tile(np.arange(len(parts)), length))
        for name in numbers.keys() - {"estimate"}:
            spread = np.full((length, len(parts)), np.nan)
            spread[:, 0] = numbers[name].ravel()
            numbers[name] = spread
    flat = {name: np.ravel(number) for name, number in numbers.items()}
    return pd.DataFrame({**keys, "measure": declaration.name, **flat}, copy=False)


def _kept_pairs(
    declaration: Declaration, grid: Grid, keys: dict[str, Any], numbers: Columns
) -> tuple[dict[str, Any], Columns]:
    """Leave out the second mention of a pair, and the pair of a member with itself."""
    second = declaration.grain[-1] if declaration.grain else ""
    if not second.endswith("2") or declaration.pairs == "all":
        return keys, numbers
    size = len(grid.regions if second == "region2" else grid.industries)
    above = np.arange(size)[:, None] < np.arange(size)
    kept = above if declaration.pairs == "unordered" else above | above.T
    years = grid.shape[0]
    rows = np.flatnonzero(np.broadcast_to(kept, (years, size, size)))
    cut = {}
    for name, number in numbers.items():
        flat = number.reshape(years * size * size, *number.shape[3:])
        cut[name] = flat[rows]
    return {name: labels.take(rows) for name, labels in keys.items()}, cut


def _attributes(
    declaration: Declaration,
    grid: Grid,
    value: str,
    inference: Inference | None,
    named: Mapping[str, Side],
) -> dict[str, str]:
    """What a reader must know of a result: definition, sample, estimand, method, notes."""
    years, regions, industries = grid.shape
    over = "" if grid.years is None else f" x {years:,} year{'s' if years > 1 else ''}"
    rows = "establishment rows" if grid.is_records else "cells"
    against = "".join(f", {name} {side.column!r} held fixed" for name, side in named.items())
    said = {
        "definition": f"{declaration.definition}; value {value!r}{against}",
        "sample": f"{len(grid.frame):,} {rows}: {regions:,} regions x {industries:,} industries"
        + over,
    }
    if source := grid.frame.attrs.get("source"):
        said["source"] = str(source)
    if inference is not None:
        said["inference"] = _described(inference)
        said["estimand"] = _estimand(declaration, inference)
    if notes := _notes(declaration, grid, value, inference, "base" in named):
        said["note"] = "; ".join(notes)
    return said


def _notes(
    declaration: Declaration, grid: Grid, value: str, inference: Inference | None, has_base: bool
) -> list[str]:
    """How establishments were known, and what the method can't show."""
    notes = []
    unit = getattr(inference, "unit", "establishment")
    uses_sizes = max(declaration.powers) > 1
    is_listed = grid.is_records and unit == "establishment"
    if unit != "region" and not is_listed and (uses_sizes or inference is not None):
        notes.append(units_of(grid, value, 0, unit).note)
    if isinstance(inference, Bootstrap | Jackknife):
        notes.append(declaration.resampling_note)
    if not has_base and uses_sizes:
        total = grid.array(value).sum(axis=1)
        if (total > LARGE_SHARE * total.sum(axis=1, keepdims=True)).any():
            notes.append(OWN_SHARE)
    return [note for note in notes if note]


def _described(inference: Inference) -> str:
    """The option as it would be typed, without a table that it may hold."""
    if isinstance(inference, MonteCarlo) and inference.sites is not None:
        return repr(replace(inference, sites=None)).replace("sites=None", "sites=...")
    return repr(inference)


def _estimand(declaration: Declaration, inference: Inference) -> str:
    """What the interval or the test is about."""
    if isinstance(inference, MonteCarlo):
        return f"the distribution of {declaration.name} under {inference.null}"
    if getattr(inference, "unit", "") == "region":
        return f"{declaration.name} of the process that drew these regions: probabilities drawn"
    return declaration.estimand
