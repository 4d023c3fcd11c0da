"""Shift-share: a region's growth split into the nation's, its industries' and its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.inference.intervals import IDENTITY, Pivot
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["shift_share"]

Method = Literal["dunn", "esteban", "gerfin", "dynamic"]
By = Literal["region", "industry"]
Pieces = Callable[[Array, Array, bool], Array]
PARTS = ("growth", "national_share", "industrial_mix", "regional_share")
LOG = Pivot(np.log, np.exp)

# --- kernels --------------------------------------------------------------------------------


def _expected(before: Array, after: Array) -> tuple[Array, Array]:
    """Factor of the nation (..., 1, 1), and cells had they grown with their industry.

    Of an industry that the nation did not have no rate is known: what appears is undefined.
    """
    industry = before.sum(axis=-2, keepdims=True)
    factor = after.sum(axis=-2, keepdims=True) / industry
    born = np.where(after == 0, 0.0, np.nan)
    nation = after.sum(axis=(-2, -1), keepdims=True) / before.sum(axis=(-2, -1), keepdims=True)
    return nation, np.where(industry == 0, born, before * factor)


def _summed(pieces: Sequence[Array], by_region: bool) -> Array:
    """Components on the last axis, added over industries where regions are asked for."""
    cells = np.stack(pieces, axis=-1)
    return cells.sum(axis=-2) if by_region else cells


def _dunn(before: Array, after: Array, by_region: bool) -> Array:
    """Both (..., region, industry) -> (..., region[, industry], component)."""
    nation, expected = _expected(before, after)
    national = before * (nation - 1)
    mix = expected - before * nation
    return _summed((after - before, national, mix, after - expected), by_region)


def _esteban(before: Array, after: Array, by_region: bool) -> Array:
    """As `_dunn`, the regional share on homothetic employment and the rest apart."""
    nation, expected = _expected(before, after)
    share = before.sum(axis=-2, keepdims=True) / before.sum(axis=(-2, -1), keepdims=True)
    homothetic = before.sum(axis=-1, keepdims=True) * share
    ahead = np.where(before > 0, (after - expected) / before, np.nan)
    is_nothing = (homothetic == 0) & (before == 0) & (after == 0)
    ahead = np.where(is_nothing, 0.0, ahead)
    pieces = (
        after - before,
        before * (nation - 1),
        expected - before * nation,
        homothetic * ahead,
        (before - homothetic) * ahead,
    )
    return _summed(pieces, by_region)


def _gerfin(before: Array, after: Array, by_region: bool) -> Array:
    """As `_dunn`, but factors: growth = national share x industrial mix x regional share."""
    nation, expected = _expected(before, after)
    if by_region:
        before, after, expected = (x.sum(axis=-1) for x in (before, after, expected))
        nation = nation[..., 0]
    start = np.where(before > 0, before, np.nan)
    national = np.where(start > 0, nation, np.nan)
    return np.stack((after / start, national, expected / start / nation, after / expected), -1)


@dataclass(frozen=True)
class _Steps:
    """Pieces of each step from year to year, added up; years stand side by side in the regions."""

    pieces: Pieces
    years: int
    by_region: bool

    def __call__(self, x: Array) -> Array:
        years = np.split(x, self.years, axis=-2)
        found = self.pieces(years[0], years[1], self.by_region)
        for before, after in pairwise(years[1:]):
            found = found + self.pieces(before, after, self.by_region)
        return found


# --- declarations ---------------------------------------------------------------------------

ADDITIVE = "growth = e g + e (g_i - g) + e (g_ri - g_i)"
KINDS: dict[str, tuple[Pieces, tuple[str, ...], str, str]] = {
    "dunn": (_dunn, PARTS, ADDITIVE, "Dunn 1960"),
    "dynamic": (_dunn, PARTS, f"{ADDITIVE}, summed over the steps", "Barff and Knight 1988"),
    "esteban": (
        _esteban,
        (*PARTS, "allocation_effect"),
        "growth = e g + e (g_i - g) + h (g_ri - g_i) + (e - h) (g_ri - g_i), h_ri = e_r E_i / E",
        "Esteban-Marquillas 1972",
    ),
    "gerfin": (
        _gerfin,
        PARTS,
        "e'_r / e_r = (E'/E) x (sum_i e_ri E'_i/E_i / e_r / (E'/E)) x (e'_r / sum_i e_ri E'_i/E_i)",
        "Gerfin 1964",
    ),
}


def _declared(method: str, by: str, years: int) -> Declaration:
    """The declaration of one form; all its components are drawn together."""
    pieces, _, formula, reference = KINDS[method]
    is_factor = method == "gerfin"
    return Declaration(
        name="shift_share",
        kernel=_Steps(pieces, years, by == "region"),
        grain=("region",) if by == "region" else ("region", "industry"),
        formula=formula,
        reference=reference,
        neutral=1.0 if is_factor else 0.0,
        bounds=(0.0, np.inf) if is_factor else (-np.inf, np.inf),
        estimand="the component, establishments drawn with all their years",
        unit="ratio" if is_factor else "that of the value",
        options={"method": method, "by": by},
        scale_free=is_factor,
        pivot=LOG if is_factor else IDENTITY,
        analytic_note="its terms are products of sums over the same establishments",
        units=("establishment", "cell"),
        has_null=False,
        uncertain_note=(
            "regions are its keys, and nulls are about one year; establishments are resampled "
            "with all their years, with Bootstrap(seed=...) or Jackknife()"
        ),
    )


# --- door -----------------------------------------------------------------------------------


def shift_share(
    table: IntoTable,
    *,
    method: Method = "dunn",
    by: By = "region",
    years: tuple[Any, Any] | None = None,
    value: str = "employment",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Split the growth of regions into the nation's, that of their industries, and their own.

    The regional share is what a region gained beyond what its industries gained in the nation.

    .. math:: e'_{ri} - e_{ri} = e_{ri} g + e_{ri} (g_i - g) + e_{ri} (g_{ri} - g_i)

    Parameters
    ----------
    table : frame
        Cells (region, industry, year) or establishments with years, in any engine.
    method : {"dunn", "esteban", "gerfin", "dynamic"}
        "dunn": the formula above. "esteban": the regional share on the employment that the region
        would have with the nation's mix, and an allocation effect: whether it is specialized
        where it does well. "gerfin": factors that multiply to e'/e, neutral at 1. "dynamic":
        Dunn's pieces of each step between two years of the table, added up, so that the mix and
        the nation's growth move with the years.
    by : {"region", "industry"}
        A row for each region, or for each industry of each region; but for "gerfin", whose
        pieces are factors, the second adds up to the first.
    years : pair, optional
        The earlier and the later year; if not given, each year of the table and the next in it
        ("dynamic": the first and the last). For "dynamic" all years between them are steps.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    inference : Bootstrap or Jackknife, optional
        Establishments are resampled, each with all its years: one that dies or is born does so in
        the draw too. From cells, which do not say which establishment is which, years are
        drawn independently, and the interval is the wider one. ``p_value`` tests 0 ("gerfin": 1).

    Returns
    -------
    DataFrame
        ``year`` (the earlier), ``year2`` (the later), ``region``, ``industry`` (if asked for),
        ``component``: "growth", "national_share", "industrial_mix", "regional_share" and
        ("esteban") "allocation_effect"; ``measure``, ``estimate`` (in the unit of the value;
        "gerfin": factors) and the inference columns, of every component.

    Raises
    ------
    TableError
        The table has fewer than two years, or as in `location_quotient`.
    OptionError
        An option is not known, a year is not in the table, the two are not in order, or the
        method of inference does not fit.

    Notes
    -----
    A cell that is born (0 to n) is regional share as a whole, and one that dies counts in all its
    pieces. An industry that is new to the nation has no rate to expect: what a region gets of it
    is neither mix nor regional share, and both are `nan` in that cell and in that region's sum
    (growth and national share are not); join it with a kindred industry to have them.
    Esteban's last two pieces need the cell's own rate, so that with a cell of 0 (its industry not
    0 in the nation) they are `nan` in that cell and region; their sum is Dunn's regional share.
    A factor of "gerfin" is `nan` where the region (or cell) starts from 0.
    An unknown cell leaves the nation's growth unknown, and with it every piece but "growth".

    References
    ----------
    Dunn, E. S. (1960). A statistical and analytical technique for regional analysis. Papers of
    the Regional Science Association 6. Esteban-Marquillas, J. M. (1972). Regional and Urban
    Economics 2, 249-261. Gerfin, H. (1964). Kyklos 17. Barff, R. A. and Knight, P. L. (1988).
    Dynamic shift-share analysis. Growth and Change 19, 1-10.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({
    ...     "year": [2012] * 4 + [2022] * 4, "region": ["A", "A", "B", "B"] * 2,
    ...     "industry": ["film", "other"] * 4, "employment": [20, 80, 80, 220, 40, 85, 110, 245],
    ... })
    >>> cs.shift_share(jobs)[["region", "component", "estimate"]].round(6)
      region       component  estimate
    0      A          growth      25.0
    1      A  national_share      20.0
    2      A  industrial_mix      -2.0
    3      A  regional_share       7.0
    4      B          growth      55.0
    5      B  national_share      60.0
    6      B  industrial_mix       2.0
    7      B  regional_share      -7.0
    """
    require_choice("method", method, KINDS)
    require_choice("by", by, ("region", "industry"))
    grid = Grid.of(table, (value,))
    runs = _runs(grid, years, method == "dynamic")
    declared = _declared(method, by, len(runs[0]))
    keys = _keys(grid, runs, declared, KINDS[method][1])
    result = infer(declared, _side_by_side(grid, runs), value, inference, keys=keys)
    result.attrs["sample"] = (
        f"{len(grid.frame):,} rows: {len(grid.regions):,} regions x {len(grid.industries):,} "
        f"industries x {grid.shape[0]:,} years"
    )
    return result


def _runs(grid: Grid, years: tuple[Any, Any] | None, is_dynamic: bool) -> list[range]:
    """Places of the years of each row's steps."""
    if grid.years is None or len(grid.years) < 2:
        raise TableError("shift_share needs two years; give cells with a column 'year'")
    listed = grid.years.tolist()
    if years is None:
        last = len(listed)
        return [range(last)] if is_dynamic else [range(k, k + 2) for k in range(last - 1)]
    if not isinstance(years, tuple | list) or len(years) != 2:
        raise OptionError(f"years={years!r} is not a pair; use years=(earlier, later)")
    for year in years:
        require_choice("years", year, listed)
    first, second = (listed.index(year) for year in years)
    if first >= second:
        raise OptionError(f"years={years!r} are not in order; use years=(earlier, later)")
    return [range(first, second + 1, 1 if is_dynamic else second - first)]


def _side_by_side(grid: Grid, runs: Sequence[range]) -> Grid:
    """A table whose years are the runs, the regions of each year of a run beside one another."""
    assert grid.years is not None
    cells = grid.shape[1] * grid.shape[2]
    year, place = np.divmod(grid.flat, cells)
    rows, flat = [], []
    for k, run in enumerate(runs):
        for j, one in enumerate(run):
            found = np.flatnonzero(year == one)
            rows.append(found)
            flat.append(place[found] + (k * len(run) + j) * cells)
    whole = np.concatenate(flat)
    order = np.argsort(whole, kind="stable")
    taken = np.concatenate(rows)[order]
    kept = grid.frame.drop(columns=["region", "industry"]).iloc[taken].reset_index(drop=True)
    region, industry = np.divmod(place[taken], grid.shape[2])
    frame = kept.assign(
        region=pd.Categorical.from_codes(region, grid.regions),
        industry=pd.Categorical.from_codes(industry, grid.industries),
    )
    names = grid.regions.take(np.tile(np.arange(len(grid.regions)), len(runs[0])))
    spans = pd.Index([f"{grid.years[run[0]]}-{grid.years[run[-1]]}" for run in runs])
    return Grid(spans, names, grid.industries, whole[order], frame, grid.is_records)


def _keys(
    grid: Grid, runs: Sequence[range], declared: Declaration, parts: Sequence[str]
) -> dict[str, Any]:
    """Key columns: years, region, industry and component, the last fastest."""
    assert grid.years is not None
    by_industry = "industry" in declared.grain
    shape = (len(runs), len(grid.regions), len(grid.industries) if by_industry else 1, len(parts))
    run, region, industry, part = np.indices(shape).reshape(4, -1)
    earlier, later = ([one[end] for one in runs] for end in (0, -1))
    return {
        "year": grid.years.take(np.take(earlier, run)),
        "year2": grid.years.take(np.take(later, run)),
        "region": grid.regions.take(region),
        **({"industry": grid.industries.take(industry)} if by_industry else {}),
        "component": pd.Index(parts).take(part),
    }
