"""From a declaration and a table to a tidy result: code the keys, compute, add the uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.inference.intervals import adjusted
from clusterstats.inference.methods import Columns, Problem, solve
from clusterstats.inference.options import Analytic, Bootstrap, Inference, Jackknife, MonteCarlo
from clusterstats.inference.units import Units, units_of
from clusterstats.measures.declaration import AnalyticInput, Declaration
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
ORDER = (
    *("estimate", "std_error", "statistic", "p_value", "p_adjusted", "conf_low", "conf_high"),
    *("bias_corrected", "null_mean", "null_low", "null_high", "loo_low", "loo_high"),
)


def infer(
    declaration: Declaration,
    table: IntoTable,
    value: str,
    inference: Inference | None,
    base: str | None = None,
) -> pd.DataFrame:
    """Measure a table: its tidy result, with uncertainty if asked for, and what defines it."""
    if inference is not None and not isinstance(inference, Inference):
        raise OptionError(
            f"inference={inference!r} is not an option; use Analytic(), Bootstrap(seed=...), "
            f"Jackknife() or MonteCarlo(seed=...)"
        )
    grid = Grid.of(table, (value,))
    _warn_of_unknown(grid, value)
    bases = None if base is None else grid.region_array(base)
    moments = [_moment(grid, value, power) for power in declaration.powers]
    columns: Columns = {"estimate": _quiet(declaration, moments, bases)}
    if inference is not None:
        columns |= _uncertainty(declaration, grid, value, inference, moments, bases, columns)
    result = _tidy(declaration, grid, columns)
    result.attrs |= _attributes(declaration, grid, value, inference, base)
    return result


def _uncertainty(
    declaration: Declaration,
    grid: Grid,
    value: str,
    inference: Inference,
    moments: Sequence[Array],
    bases: Array | None,
    columns: Columns,
) -> Columns:
    """The inference columns, year by year."""
    lead = _first(declaration, columns["estimate"])
    years = []
    for year in range(grid.shape[0]):
        base = None if bases is None else bases[year]
        problem = _problem(
            declaration, grid, value, year, [m[year] for m in moments], base, lead[year]
        )
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
    base: Array | None,
    estimate: Array,
) -> Problem:
    """One year of a table, as the inference engine takes it."""

    def measured(*moments: Array) -> Array:
        return _first(declaration, _quiet(declaration, moments, base))

    def by_regions(chosen: Codes) -> Array:
        bases = None if base is None else base[chosen]
        return _first(declaration, _quiet(declaration, [m[chosen] for m in whole], bases))

    def plug_in(units: Units) -> Array:
        if declaration.plug_in is None:
            return estimate
        moments = units.moments(declaration.powers)
        with np.errstate(all="ignore"):
            return declaration.plug_in(*[moments[p] for p in declaration.powers], base=base)

    return Problem(
        name=declaration.name,
        estimate=estimate,
        statistic=measured,
        powers=declaration.powers,
        plug_in=plug_in,
        by_regions=None if "region" in declaration.grain else by_regions,
        units=lambda unit: units_of(grid, value, year, unit),
        whole=dict(zip(declaration.powers, whole, strict=True)),
        regions=grid.regions,
        base=base,
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


def _quiet(declaration: Declaration, moments: Sequence[Array], base: Array | None) -> Array:
    """Run the kernel with 0/0 quiet: `nan` means undefined, and nothing else."""
    with np.errstate(all="ignore"):
        return declaration.kernel(*moments, base=base)


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


def _tidy(declaration: Declaration, grid: Grid, columns: Columns) -> pd.DataFrame:
    """Keys, component, measure and numbers, sorted by the keys."""
    keys = grid.keys(declaration.grain)
    numbers = {name: columns[name] for name in ORDER if name in columns}
    parts = declaration.components
    if parts:
        length = int(np.prod(columns["estimate"].shape[:-1]))
        keys = {name: labels.repeat(len(parts)) for name, labels in keys.items()}
        keys["component"] = pd.Index(parts).take(np.tile(np.arange(len(parts)), length))
        for name in numbers.keys() - {"estimate"}:
            spread = np.full((length, len(parts)), np.nan)
            spread[:, 0] = numbers[name].ravel()
            numbers[name] = spread
    flat = {name: np.ravel(number) for name, number in numbers.items()}
    return pd.DataFrame({**keys, "measure": declaration.name, **flat}, copy=False)


def _attributes(
    declaration: Declaration, grid: Grid, value: str, inference: Inference | None, base: str | None
) -> dict[str, str]:
    """What a reader must know of a result: definition, sample, estimand, method, notes."""
    years, regions, industries = grid.shape
    over = "" if grid.years is None else f" x {years:,} year{'s' if years > 1 else ''}"
    rows = "establishment rows" if grid.is_records else "cells"
    against = f", base {base!r} held fixed" if base else ""
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
    if notes := _notes(declaration, grid, value, inference, base):
        said["note"] = "; ".join(notes)
    return said


def _notes(
    declaration: Declaration, grid: Grid, value: str, inference: Inference | None, base: str | None
) -> list[str]:
    """How establishments were known, and what the method can't show."""
    notes = []
    unit = getattr(inference, "unit", "establishment")
    uses_sizes = max(declaration.powers) > 1
    if unit != "region" and (uses_sizes or inference is not None):
        notes.append(units_of(grid, value, 0, unit).note)
    if isinstance(inference, Bootstrap | Jackknife):
        notes.append(declaration.resampling_note)
    if base is None and uses_sizes:
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
