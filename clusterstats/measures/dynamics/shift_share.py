"""Shift-share: a region's growth split into the nation's, its industries' and its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.intervals import IDENTITY, Pivot
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.dynamics.neighbours import weights_of
from clusterstats.measures.dynamics.pieces import Pieces, Steps, dunn, esteban, gerfin, spatial
from clusterstats.measures.run import infer
from clusterstats.measures.years import ends, steps
from clusterstats.tables import Grid

__all__ = ["shift_share"]

Method = Literal["dunn", "esteban", "gerfin", "dynamic", "spatial"]
By = Literal["region", "industry"]
PARTS = ("growth", "national_share", "industrial_mix", "regional_share")
LOG = Pivot(np.log, np.exp)

# --- declarations ---------------------------------------------------------------------------

ADDITIVE = "growth = e g + e (g_i - g) + e (g_ri - g_i)"
KINDS: dict[str, tuple[Pieces, tuple[str, ...], str, str]] = {
    "dunn": (dunn, PARTS, ADDITIVE, "Dunn 1960"),
    "dynamic": (dunn, PARTS, f"{ADDITIVE}, summed over the steps", "Barff and Knight 1988"),
    "esteban": (
        esteban,
        (*PARTS, "allocation_effect"),
        "growth = e g + e (g_i - g) + h (g_ri - g_i) + (e - h) (g_ri - g_i), h_ri = e_r E_i / E",
        "Esteban-Marquillas 1972",
    ),
    "gerfin": (
        gerfin,
        PARTS,
        "e'_r / e_r = (E'/E) x (sum_i e_ri E'_i/E_i / e_r / (E'/E)) x (e'_r / sum_i e_ri E'_i/E_i)",
        "Gerfin 1964",
    ),
    "spatial": (
        spatial,
        ("growth", "national_share", "neighbour_nation", "region_neighbour"),
        "growth = e g + e (n_ri - g) + e (g_ri - n_ri), n_ri = sum_s w_rs (e'_si - e_si) / "
        "sum_s w_rs e_si over neighbours s",
        "Nazara and Hewings 2004",
    ),
}


def _declared(method: str, by: str, pieces: Pieces, years: int) -> Declaration:
    """The declaration of one form; all its components are drawn together."""
    _, _, formula, reference = KINDS[method]
    is_factor = method == "gerfin"
    return Declaration(
        name="shift_share",
        kernel=Steps(pieces, years, by == "region"),
        grain=("region",) if by == "region" else ("region", "industry"),
        formula=formula,
        reference=reference,
        neutral=1.0 if is_factor else 0.0,
        bounds=(0.0, np.inf) if is_factor else (-np.inf, np.inf),
        estimand="the component, establishments drawn with all their years",
        unit="ratio" if is_factor else "that of the value",
        options={"method": method, "by": by},
        reads="years",
        beside=("neighbours",) if method == "spatial" else (),
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


DECLARED = [
    replace(_declared(method, by, pieces, 2), components=parts)
    for method, (pieces, parts, _, _) in KINDS.items()
    for by in ("region", "industry")
]

# --- door -----------------------------------------------------------------------------------


@register(*DECLARED)
def shift_share(
    table: IntoTable,
    *,
    method: Method = "dunn",
    by: By = "region",
    neighbours: IntoTable | None = None,
    years: tuple[Any, Any] | None = None,
    value: str = "employment",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Split the growth of regions into the nation's, that of their industries, and their own.

    The regional share is what a region gained beyond what its industries gained in the nation;
    with "spatial", beyond what they gained in its neighbours.

    .. math:: e'_{ri} - e_{ri} = e_{ri} g + e_{ri} (g_i - g) + e_{ri} (g_{ri} - g_i)

    .. math:: e'_{ri} - e_{ri} = e_{ri} g + e_{ri} (n_{ri} - g) + e_{ri} (g_{ri} - n_{ri}), \quad
        n_{ri} = \frac{\sum_s w_{rs} e'_{si} - \sum_s w_{rs} e_{si}}{\sum_s w_{rs} e_{si}}

    Parameters
    ----------
    table : frame
        Cells (region, industry, year) or establishments with years, in any engine.
    method : {"dunn", "esteban", "gerfin", "dynamic", "spatial"}
        "dunn": the first formula above. "esteban": the regional share on the employment that the
        region would have with the nation's mix, and an allocation effect: whether it is
        specialized where it does well. "gerfin": factors that multiply to e'/e, neutral at 1.
        "dynamic": Dunn's pieces of each step between two years of the table, added up, so that
        the mix and the nation's growth move with the years. "spatial": the second formula, with
        `neighbours`.
    by : {"region", "industry"}
        A row for each region, or for each industry of each region; but for "gerfin", whose
        pieces are factors, the second adds up to the first.
    neighbours : frame, optional
        For "spatial": rows of ``region``, ``region2`` (its neighbour) and ``weight`` (0 or more;
        1 for each contiguous region, or less the farther it is). Each region's weights are
        divided by their sum; a pair without a row has weight 0, both ways are given apart.
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
        ("esteban") "allocation_effect"; "spatial": "growth", "national_share",
        "neighbour_nation", "region_neighbour"; ``measure``, ``estimate`` (in the unit of the
        value; "gerfin": factors) and the inference columns, of every component.

    Raises
    ------
    TableError
        The table has fewer than two years, `neighbours` repeats a pair, has a region that is not
        in the table or its own neighbour, or a weight that is blank or below 0, or as in
        `location_quotient`.
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
    With "spatial" the same holds of an industry that no neighbour had: the last two pieces are
    `nan` where the region has it or gets it, and so they are in a region without neighbours (a
    warning names it); wider neighbourhoods or fewer industries help. The weights are fixed: what
    they owe to a choice is not in the intervals.
    An unknown cell leaves the nation's growth unknown, and with it every piece but "growth" (and
    "region_neighbour" far from it).

    References
    ----------
    Dunn, E. S. (1960). A statistical and analytical technique for regional analysis. Papers of
    the Regional Science Association 6. Esteban-Marquillas, J. M. (1972). Regional and Urban
    Economics 2, 249-261. Gerfin, H. (1964). Kyklos 17. Barff, R. A. and Knight, P. L. (1988).
    Dynamic shift-share analysis. Growth and Change 19, 1-10. Nazara, S. and Hewings, G. J. D.
    (2004). Spatial structure and taxonomy of decomposition in shift-share analysis. Growth and
    Change 35, 476-490.

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
    if (neighbours is None) == (method == "spatial"):
        raise OptionError(
            "neighbours= and method='spatial' go together; give rows of region, region2 and weight"
        )
    grid = Grid.of(table, (value,))
    runs = _runs(grid, years, method == "dynamic")
    pieces, parts, _, _ = KINDS[method]
    if neighbours is not None:
        pieces = partial(spatial, weights=weights_of(neighbours, grid.regions))
    declared = _declared(method, by, pieces, len(runs[0]))
    keys = _keys(grid, runs, by == "industry", parts)
    result = infer(declared, grid.paired(runs), value, inference, keys=keys)
    result.attrs["sample"] = (
        f"{len(grid.frame):,} rows: {len(grid.regions):,} regions x {len(grid.industries):,} "
        f"industries x {grid.shape[0]:,} years"
    )
    return result


def _runs(grid: Grid, years: tuple[Any, Any] | None, is_dynamic: bool) -> Sequence[Sequence[int]]:
    """Places of the years of each row's steps."""
    found = steps(grid.years, years, "shift_share")
    if not is_dynamic:
        return found
    assert grid.years is not None
    first, last = ends(grid.years, years)
    return [range(first, last + 1)]


def _keys(
    grid: Grid, runs: Sequence[Sequence[int]], by_industry: bool, parts: Sequence[str]
) -> dict[str, Any]:
    """Key columns: years, region, industry and component, the last fastest."""
    assert grid.years is not None
    shape = (len(runs), len(grid.regions), len(grid.industries) if by_industry else 1, len(parts))
    run, region, industry, part = (
        np.broadcast_to(place, shape).ravel() for place in np.indices(shape, sparse=True)
    )
    earlier, later = ([one[end] for one in runs] for end in (0, -1))
    return {
        "year": grid.years.take(np.take(earlier, run)),
        "year2": grid.years.take(np.take(later, run)),
        "region": grid.regions.take(region),
        **({"industry": grid.industries.take(industry)} if by_industry else {}),
        "component": pd.Index(parts).take(part),
    }
