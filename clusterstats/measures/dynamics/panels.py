"""One value for each region and year: read, cut to what is usable, resampled by region."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from clusterstats._types import Array, Codes, IntoTable, Mask
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.inference.intervals import IDENTITY, Pivot
from clusterstats.inference.methods import Columns, Problem, solve
from clusterstats.inference.options import Analytic, Bootstrap, Inference, Jackknife
from clusterstats.measures.years import ends
from clusterstats.tables import Grid
from clusterstats.tables.checks import numbers
from clusterstats.tables.frames import as_lazy, require

__all__ = ["Panel", "panel_of", "require_by_region", "resampled", "student"]


@dataclass(frozen=True)
class Panel:
    """Values of shape (year, region), with the regions' other columns in the first year."""

    years: pd.Index[Any]
    regions: pd.Index[Any]
    values: Array
    beside: dict[str, Array]

    @property
    def span(self) -> float:
        """Time from the first year to the last."""
        return float(self.years[-1] - self.years[0])

    def kept(self, usable: Mask, why: str) -> Panel:
        """The usable regions, with a warning that names what is left out."""
        if usable.all():
            return self
        left = self.regions[~usable]
        warn(f"{len(left)} region(s) left out, first {left[0]!r}: {why}")
        beside = {name: column[usable] for name, column in self.beside.items()}
        return replace(
            self, regions=self.regions[usable], values=self.values[:, usable], beside=beside
        )

    def require_regions(self, least: int, what: str) -> None:
        """Raise where too few regions are left."""
        if len(self.regions) < least:
            raise TableError(
                f"{what} needs at least {least} regions with values, the table has "
                f"{len(self.regions)}; give more regions"
            )


def panel_of(
    table: IntoTable,
    value: str,
    years: tuple[Any, Any] | None,
    beside: Sequence[str] = (),
    least: int = 2,
) -> Panel:
    """Values of the years asked for (all, or from the first of a pair to the second)."""
    grid = _coded(table, value, beside)
    if grid.years is None:
        raise TableError("growth needs two years; give a table with a column 'year'")
    if not pd.api.types.is_numeric_dtype(grid.years.dtype):
        raise TableError(
            f"year {grid.years[0]!r} is not a number; growth is by year: give years as numbers"
        )
    first, last = ends(grid.years, years)
    if last - first + 1 < least:
        raise TableError(
            f"{least} years are needed, the table has {last - first + 1}; give cells of more years"
        )
    columns = {name: _of_year(grid, name, first) for name in beside}
    values = grid.array(value)[first : last + 1, :, 0]
    return Panel(grid.years[first : last + 1], grid.regions, values, columns)


def _coded(table: IntoTable, value: str, beside: Sequence[str]) -> Grid:
    """One row for each region and year, coded."""
    if not isinstance(table, Grid):
        frame = as_lazy(table)
        require(frame.collect_schema().names(), ("year", "region", value, *beside))
        return Grid.of(frame.with_columns(industry=nw.lit("all")), (value,))
    if len(table.industries) > 1 or table.is_records:
        raise TableError(
            f"convergence is of one value for each region and year, and the table has "
            f"{len(table.industries):,} industries; sum {value!r} over them first"
        )
    return table


def _of_year(grid: Grid, name: str, year: int) -> Array:
    """A column of one year, of any sign, a number for each region."""
    regions = len(grid.regions)
    found = np.full(regions, np.nan)
    here = np.flatnonzero(grid.flat // regions == year)
    found[grid.flat[here] % regions] = numbers(grid.frame, name).to_numpy(na_value=np.nan)[here]
    return found


# --- inference over regions -----------------------------------------------------------------


def require_by_region(name: str, inference: Inference | None) -> None:
    """Raise unless the inference is None, analytic, or resamples regions."""
    if inference is None or isinstance(inference, Analytic):
        return
    if isinstance(inference, Bootstrap | Jackknife) and inference.unit == "region":
        return
    if not isinstance(inference, Inference):
        raise OptionError(
            f"inference={inference!r} is not an option; use Bootstrap(unit='region', seed=...), "
            f"Jackknife(unit='region') or Analytic()"
        )
    raise OptionError(
        f"{type(inference).__name__} does not fit {name} as asked: its values have no "
        f"establishments to draw; regions are resampled with all their years, with "
        f"Bootstrap(unit='region', seed=...) or Jackknife(unit='region')"
    )


def resampled(
    name: str,
    statistic: Callable[[Codes], Array],
    panel: Panel,
    inference: Inference,
    *,
    neutral: float | None = None,
    pivot: Pivot = IDENTITY,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    is_biased: bool = False,
) -> Columns:
    """Uncertainty of a statistic of chosen regions, each drawn with all its years."""
    estimate = statistic(np.arange(len(panel.regions)))

    def quiet(chosen: Codes) -> Array:
        with np.errstate(all="ignore"):
            return statistic(chosen)

    problem = Problem(
        name=name,
        estimate=estimate,
        statistic=_no_units,
        powers=(1,),
        plug_in=_no_units,
        by_regions=quiet,
        units=_no_units,
        whole={},
        regions=panel.regions,
        base=None,
        pivot=pivot,
        bounds=bounds,
        neutral=neutral,
        is_biased=is_biased,
    )
    return solve(inference, problem)


def _no_units(*_: Any) -> Any:
    """Stand where establishments would be drawn; `require_by_region` keeps them away."""
    raise AssertionError("regions are resampled here")


def student(estimate: Array, std_error: Array, freedom: float, option: Inference) -> Columns:
    """Columns of a t test of 0 and of its interval."""
    with np.errstate(all="ignore"):  # 0/0 where nothing varies
        statistic = estimate / std_error
    lower, upper = (_t_tail(freedom, sign * statistic) for sign in (1, -1))
    both: Array = np.minimum(2 * np.minimum(lower, upper), 1)
    p_value = {"less": lower, "greater": upper, "two-sided": both}[option.alternative]
    half = float(stdtrit(freedom, (1 + option.level) / 2)) * std_error
    return {
        "std_error": std_error,
        "statistic": statistic,
        "p_value": p_value,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }


def _t_tail(freedom: float, t: Array) -> Array:
    tail: Array = np.asarray(stdtr(freedom, t), dtype=np.float64)
    return tail
