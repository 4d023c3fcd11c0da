"""Specialization, diversity and competition: MAR, Jacobs and Porter in three papers' terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.measures import location_quotient
from clusterstats.models.regressors.density import density
from clusterstats.models.regressors.leave_out import top_of_others
from clusterstats.models.regressors.localization import inverse_herfindahl_of_others
from clusterstats.models.regressors.panel import grid_of, logged, panel_of, unknown_in
from clusterstats.tables import Grid

__all__ = ["mar_jacobs_porter"]

TOP = 5
"""Other industries whose share stands for a lack of diversity in Glaeser et al. (1992)."""

Paper = Literal["glaeser1992", "henderson1995", "combes2000"]


class Input(NamedTuple):
    """A coded table with its column of sizes, and territories with the column of the area."""

    grid: Grid
    value: str
    territories: IntoTable | None
    area: str

    @property
    def x(self) -> Array:
        """Sizes (year, region, industry)."""
        return self.grid.array(self.value)


def mar_jacobs_porter(
    table: IntoTable,
    *,
    paper: Paper,
    value: str = "employment",
    territories: IntoTable | None = None,
    area: str = "area_km2",
) -> pd.DataFrame:
    r"""Specialization, diversity, competition and the like of each region, industry and year.

    With e employment, n establishments, s shares, r region, i industry, k plants:

    - ``"glaeser1992"``: ``specialization``
      :math:`(e_{ri} / e_r) / (e_i / e)`; ``competition``
      :math:`(n_{ri} / e_{ri}) / (n_i / e_i)`; ``other_top5_share``, the share in e_r of the five
      largest industries other than i: the higher, the less diverse.
    - ``"henderson1995"``: ``log_own_employment`` :math:`\ln e_{ri}`; ``own_share``
      :math:`e_{ri} / e_r`; ``herfindahl_of_others``
      :math:`\sum_{j \ne i} (e_{rj} / (e_r - e_{ri}))^2`: the higher, the less diverse.
    - ``"combes2000"``, all in natural logarithms and but for the density relative to the nation:
      ``log_specialization`` of :math:`(e_{ri} / e_r) / (e_i / e)`; ``log_diversity`` of
      :math:`\bigl[1 / \sum_{j \ne i} (e_{rj} / (e_r - e_{ri}))^2\bigr] \big/
      \bigl[1 / \sum_{j \ne i} (e_j / (e - e_i))^2\bigr]`; ``log_competition`` of
      :math:`\bigl[1 / \sum_{k \in ri} (e_k / e_{ri})^2\bigr] \big/
      \bigl[1 / \sum_{k \in i} (e_k / e_i)^2\bigr]`; ``log_size`` of
      :math:`(e_{ri} / n_{ri}) / (e_i / n_i)`; ``log_density`` of :math:`e_r / a_r`.

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) with ``establishments`` (not for ``"henderson1995"``), or
        establishments.
    paper : {"glaeser1992", "henderson1995", "combes2000"}
        Whose definitions.
    value : str
        Additive column e.
    territories : frame, optional
        For ``"combes2000"``: one row a region with its area.
    area : str
        Its column, above 0.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry`` and the columns named above; sorted.
        ``log_density`` is there if `territories` are given, ``log_competition`` if the table has
        establishments or cells with ``employment_squares`` (``value`` + ``_squares``);
        ``attrs["note"]`` says which is left out.

    Raises
    ------
    OptionError
        `paper` is not known, or `territories` come with one that has no density.
    TableError
        Numbers of establishments are missing, or as in `location_quotient` and `density`.

    Notes
    -----
    The nation is all regions of the table, each region itself included. A cell with 0 employment
    has a specialization of 0 and no competition or size; a logarithm of 0, a ratio over 0 and the
    diversity of a region without other industries are `nan` in their own rows, counted in
    ``attrs["note"]``. An unknown cell (missing or suppressed) leaves `nan` what needs it.

    Glaeser et al. study the six largest industries of each city, so that the five others are the
    rest of the six. Henderson et al. name their Herfindahl index of what is outside the own
    industry; its shares are here of employment outside it.

    References
    ----------
    Glaeser, E. L., Kallal, H. D., Scheinkman, J. A. and Shleifer, A. (1992). Growth in cities.
    Journal of Political Economy 100, 1126-1152. Henderson, V., Kuncoro, A. and Turner, M. (1995).
    Industrial development in cities. Journal of Political Economy 103, 1067-1090. Combes, P.-P.
    (2000). Economic structure and local growth: France, 1984-1993. Journal of Urban Economics 47,
    329-355.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [60, 940, 40, 3960],
    ...                      "establishments": [12, 94, 4, 360]})
    >>> cs.mar_jacobs_porter(jobs, paper="glaeser1992").round(3)
      region industry  specialization  competition  other_top5_share
    0      A     film           3.000        1.250              0.94
    1      A    other           0.959        1.079              0.06
    2      B     film           0.500        0.625              0.99
    3      B    other           1.010        0.981              0.01
    """
    require_choice("paper", paper, PAPERS)
    if territories is not None and paper != "combes2000":
        raise OptionError(f"paper={paper!r} has no density; leave territories= out")
    grid = grid_of(table, value)
    said, builder = PAPERS[paper]
    columns, notes = builder(Input(grid, value, territories, area))
    counts = [value] if paper == "henderson1995" else [value, "establishments"]
    return panel_of(
        grid.keys(("region", "industry")),
        columns,
        f"mar_jacobs_porter(paper={paper!r}): {', '.join(columns)}; value {value!r} [{said}]",
        [*notes, *unknown_in(grid, *counts)],
        grid.frame.attrs.get("source"),
    )


def _glaeser(given: Input) -> tuple[dict[str, Array], list[str]]:
    """Specialization, competition, share of the other top five."""
    x = given.x
    with np.errstate(all="ignore"):
        top = top_of_others(x, TOP) / x.sum(axis=-1, keepdims=True)
        competition = 1 / _relative_size(given)
    columns = {
        "specialization": _quotient(given),
        "competition": np.where(np.isfinite(competition), competition, np.nan),
        "other_top5_share": top,
    }
    return columns, []


def _henderson(given: Input) -> tuple[dict[str, Array], list[str]]:
    """Own employment, own share, Herfindahl index of the others."""
    x = given.x
    with np.errstate(all="ignore"):
        columns = {
            "log_own_employment": logged(x),
            "own_share": x / x.sum(axis=-1, keepdims=True),
            "herfindahl_of_others": 1 / inverse_herfindahl_of_others(x),
        }
    return columns, []


def _combes(given: Input) -> tuple[dict[str, Array], list[str]]:
    """Specialization, diversity, competition, size and density, in logarithms."""
    x, notes = given.x, []
    nation = inverse_herfindahl_of_others(x.sum(axis=-2, keepdims=True))
    columns = {
        "log_specialization": logged(_quotient(given)),
        "log_diversity": logged(inverse_herfindahl_of_others(x) / nation),
    }
    squares = _squares(given)
    if squares is None:
        notes.append(f"log_competition needs a column '{given.value}_squares': left out")
    else:
        columns["log_competition"] = logged(_competition(x, squares))
    columns["log_size"] = logged(_relative_size(given))
    if given.territories is None:
        notes.append("log_density needs territories=: left out")
    else:
        found = density(
            given.grid, value=given.value, territories=given.territories, area=given.area
        )
        by_region = found["density"].to_numpy().reshape(*x.shape[:2], 1)
        columns["log_density"] = np.broadcast_to(logged(by_region), x.shape)
    return columns, notes


def _quotient(given: Input) -> Array:
    """Location quotients, shape (year, region, industry)."""
    estimate = location_quotient(given.grid, value=given.value)["estimate"]
    return estimate.to_numpy().reshape(given.x.shape)


def _relative_size(given: Input) -> Array:
    """Mean size of establishments over that of the industry, shape (year, region, industry)."""
    if not given.grid.has("establishments"):
        raise TableError(
            "numbers of establishments are needed; give a column 'establishments', or "
            "establishments themselves"
        )
    x, n = given.x, given.grid.array("establishments")
    with np.errstate(all="ignore"):
        size = x / n / (x.sum(axis=-2, keepdims=True) / n.sum(axis=-2, keepdims=True))
        return np.where((x > 0) & (n > 0), size, np.nan)


def _squares(given: Input) -> Array | None:
    """Sums of squared sizes of establishments, where the table has them."""
    if given.grid.is_records:
        return given.grid.array(given.value, power=2)
    name = f"{given.value}_squares"
    return given.grid.array(name) if given.grid.has(name) else None


def _competition(x: Array, squares: Array) -> Array:
    """Inverse Herfindahl index of a cell's plants over that of the industry's."""
    total, all_squares = x.sum(axis=-2, keepdims=True), squares.sum(axis=-2, keepdims=True)
    with np.errstate(all="ignore"):
        relative: Array = (x**2 / squares) / (total**2 / all_squares)
    return relative


Builder = Callable[[Input], tuple[dict[str, Array], list[str]]]
PAPERS: dict[str, tuple[str, Builder]] = {
    "glaeser1992": ("Glaeser, Kallal, Scheinkman and Shleifer 1992", _glaeser),
    "henderson1995": ("Henderson, Kuncoro and Turner 1995", _henderson),
    "combes2000": ("Combes 2000", _combes),
}
