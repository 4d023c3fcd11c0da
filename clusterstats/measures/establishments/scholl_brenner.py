"""The cluster index of each establishment: how near to it the rest of its industry is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, require_choice
from clusterstats.inference.engine import BLOCK, STORE, generator
from clusterstats.inference.intervals import adjusted, draw_quantile, tail_p_value
from clusterstats.inference.options import MonteCarlo
from clusterstats.tables import Grid
from clusterstats.tables.checks import numbers, place_of

__all__ = ["scholl_brenner"]

By = Literal["establishment", "region", "industry"]
Form = Literal["relative", "mean"]
EARTH_KM = 6371.0088
DECAYS = {
    "inverse": "f(d) = max(d, {scale:g})^-{power:g}",
    "exponential": "f(d) = exp(-d / {scale:g})",
    "log_logistic": "f(d) = 1 / (1 + (d / {scale:g})^{power:g})",
}
FORMULAS = {
    "relative": "C_k = D_k / B_k, D_k = sum_l w_l f(d_kl) / sum_l w_l over the others l of k's "
    "industry, B_k the same over the others of all industries",
    "mean": "D_k = sum_l w_l f(d_kl) / sum_l w_l over the others l of k's industry",
}
COORDINATES = {("x", "y"): np.inf, ("lon", "lat"): 180.0}


@dataclass(frozen=True)
class Decay:
    """What distance leaves of a neighbour, checked when built."""

    kind: str
    scale: float
    power: float
    cutoff: float | None

    def __post_init__(self) -> None:
        require_choice("decay", self.kind, DECAYS)
        for name, given in (("scale_km", self.scale), ("power", self.power)):
            _require_above_zero(name, given)
        if self.cutoff is not None:
            _require_above_zero("cutoff_km", self.cutoff)
        if self.kind == "exponential" and self.power != 1:
            raise OptionError("power= does not go with decay='exponential'; scale_km= sets it")

    def __call__(self, km: Array) -> Array:
        """Nearness at some distances."""
        if self.kind == "inverse":
            left: Array = np.maximum(km, self.scale) ** -self.power
        elif self.kind == "exponential":
            left = np.exp(-km / self.scale)
        else:
            left = 1 / (1 + (km / self.scale) ** self.power)
        return left

    @property
    def said(self) -> str:
        """The formula, with its numbers."""
        formula = DECAYS[self.kind].format(scale=self.scale, power=self.power)
        return f"{formula}, d in km" + (f", 0 beyond {self.cutoff:g}" if self.cutoff else "")


def _require_above_zero(name: str, given: Any) -> None:
    """Raise unless an option is a finite number above 0."""
    is_number = isinstance(given, Real) and not isinstance(given, bool)
    if not is_number or not 0 < given < np.inf:
        raise OptionError(f"{name}={given!r} is not a number above 0")


@dataclass(frozen=True, eq=False)
class Sites:
    """One year's establishments: places in km, weights and industries.

    `points` has shape (site, 2) on a plane, (site, 3) for the globe, where straight lines
    through the ball stand for distances over ground.
    """

    points: Array
    weight: Array
    industry: Codes

    @cached_property
    def tree(self) -> Any:
        """The sites, sorted by place."""
        return cKDTree(self.points)

    def nearness(self, rows: Codes, decay: Decay) -> Any:
        """Nearness of all sites to some, shape (site, row), dense or sparse; 0 to itself."""
        if decay.cutoff is None:
            near: Any = decay(self._ground(cdist(self.points, self.points[rows])))
            near[rows, np.arange(len(rows))] = 0.0
            return near
        reach = self._chord(decay.cutoff)
        found = cKDTree(self.points[rows]).sparse_distance_matrix(
            self.tree, reach, output_type="ndarray"
        )
        found = found[rows[found["i"]] != found["j"]]
        left = decay(self._ground(found["v"]))
        return csr_array((left, (found["j"], found["i"])), shape=(len(self.weight), len(rows)))

    def _ground(self, chord: Array) -> Array:
        """Distance over ground of a straight line."""
        if self.points.shape[1] == 2:
            return chord
        arc: Array = 2 * EARTH_KM * np.arcsin(np.minimum(chord / (2 * EARTH_KM), 1))
        return arc

    def _chord(self, km: float) -> float:
        """Straight line of a distance over ground."""
        if self.points.shape[1] == 2:
            return km
        return float(2 * EARTH_KM * np.sin(min(km / (2 * EARTH_KM), np.pi / 2)))

    def blocks(self, draws: int) -> Iterator[tuple[int, Codes]]:
        """Sites of one industry at a time, so few that what is held of them stays small."""
        step = max(1, BLOCK // max(len(self.weight), draws))
        order = np.argsort(self.industry, kind="stable")
        ends = np.flatnonzero(np.diff(self.industry[order])) + 1
        for members in np.split(order, ends):
            for start in range(0, len(members), step):
                yield int(self.industry[members[0]]), members[start : start + step]


def _index(sites: Sites, near: Any, rows: Codes, industry: int) -> tuple[Array, Array]:
    """Mean nearness to the others of the industry, and of all industries, shape (row,)."""
    w, own = sites.weight, sites.weight * (sites.industry == industry)
    ours: Array = (near.T @ own) / (own.sum() - own[rows])
    alls: Array = (near.T @ w) / (w.sum() - w[rows])
    return ours, alls


def _by_chance(sites: Sites, near: Any, rows: Codes, picks: Codes) -> Array:
    """Mean nearness to as many others drawn from all sites, shape (draw, row).

    picks: distinct sites in random order, shape (draw, n), n the establishments of the industry.
    The first n - 1 are the others; where the establishment is among them the last stands in.
    """
    w, length, others = sites.weight, len(sites.weight), picks.shape[1] - 1
    result = np.empty((len(picks), len(rows)))
    step = max(1, BLOCK // picks.shape[1])
    for start in range(0, len(picks), step):
        drawn, spare = picks[start : start + step, :-1], picks[start : start + step, -1]
        shape = (len(drawn), length)
        ends = np.arange(len(drawn) + 1) * others
        is_drawn = csr_array((np.ones(drawn.size), drawn.ravel(), ends), shape=shape)
        weighed = csr_array((w[drawn].ravel(), drawn.ravel(), ends), shape=shape)
        own = is_drawn[:, rows].toarray() > 0
        more = np.where(own, w[spare][:, None], 0.0)
        sums = _dense(weighed @ near) + more * _dense(near[spare])
        result[start : start + step] = sums / (
            w[drawn].sum(axis=1)[:, None] + more - np.where(own, w[rows], 0.0)
        )
    return result


def _dense(values: Any) -> Array:
    """An array, whatever it came as."""
    full: Array = values if isinstance(values, np.ndarray) else values.toarray()
    return full


def _picks(sites: Sites, industry: int, option: MonteCarlo) -> Codes:
    """Sites in random order for each draw, as many as the industry has establishments."""
    n, every = int((sites.industry == industry).sum()), len(sites.weight)
    if n * option.draws > STORE:
        raise OptionError(
            f"{option.draws} draws of {n:,} sites do not fit in memory; take "
            f"draws={max(STORE // n, 19)} or fewer"
        )
    rng = generator(option.seed, industry)
    picks = np.empty((option.draws, n), dtype=np.int32)
    for b in range(option.draws):
        picks[b] = rng.choice(every, n, replace=False)
    return picks.astype(np.intp, copy=False)


def _tested(estimate: Array, draws: Array, option: MonteCarlo) -> dict[str, Array]:
    """The estimate among draws by chance, shape (draw, row)."""
    known = ~np.isnan(draws)
    count = known.sum(axis=0)
    mean = np.sum(draws, axis=0, where=known) / count
    spread = np.sqrt(np.sum((draws - mean) ** 2, axis=0, where=known) / (count - 1))
    tail = (1 - option.level) / 2
    blank = np.full_like(estimate, np.nan)
    return {
        "std_error": blank,
        "statistic": np.where(spread > 0, (estimate - mean) / spread, np.nan),
        "p_value": tail_p_value(estimate, draws, option.alternative),
        "conf_low": blank,
        "conf_high": blank,
        "null_mean": mean,
        "null_low": draw_quantile(draws, tail),
        "null_high": draw_quantile(draws, 1 - tail),
    }


def _year(sites: Sites, decay: Decay, form: Form, option: MonteCarlo | None) -> pd.DataFrame:
    """Estimate and test of one year's establishments, in their order."""
    parts, picks, picked = [], np.empty((0, 0), dtype=np.intp), -1
    for industry, rows in sites.blocks(0 if option is None else option.draws):
        near = sites.nearness(rows, decay)
        with np.errstate(all="ignore"):
            ours, alls = _index(sites, near, rows, industry)
            scale = alls if form == "relative" else np.ones_like(alls)
            columns = {"estimate": ours / scale}
            if option is not None:
                if industry != picked:
                    picks, picked = _picks(sites, industry, option), industry
                draws = _by_chance(sites, near, rows, picks) / scale
                columns |= _tested(columns["estimate"], draws, option)
        parts.append(pd.DataFrame(columns, index=rows))
    return pd.concat(parts).sort_index()


def _points(frame: pd.DataFrame) -> Array:
    """Places in km: metres on a plane, or degrees as points of the globe."""
    pair = next((p for p in COORDINATES if set(p) <= set(frame.columns)), None)
    if pair is None:
        raise TableError(
            "the table says not where establishments are; give columns 'x' and 'y' (metres) or "
            "'lon' and 'lat' (degrees)"
        )
    first, second = (numbers(frame, name).to_numpy() for name in pair)
    for name, column, most in zip(
        pair, (first, second), (COORDINATES[pair], COORDINATES[pair] / 2), strict=True
    ):
        bad = np.flatnonzero(~(np.isfinite(column) & (np.abs(column) <= most)))
        if len(bad):
            at = place_of(frame, int(bad[0]), ["establishment"])
            raise TableError(
                f"{name!r} is {column[bad[0]]:g} in {len(bad):,} row(s), first at {at}; give each "
                f"establishment a place, or take the rows out"
            )
    if pair == ("x", "y"):
        return np.column_stack([first, second]) / 1000
    lon, lat = np.radians(first), np.radians(second)
    ball = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    return EARTH_KM * np.column_stack(ball)


def _weights(grid: Grid, value: str) -> Array:
    """Weight of each establishment; an unknown one is refused."""
    weight = grid.column(value)
    unknown = np.flatnonzero(np.isnan(weight))
    if len(unknown):
        raise TableError(
            f"{value!r} is unknown in {len(unknown):,} row(s), first at "
            f"{place_of(grid.frame, int(unknown[0]), ['establishment'])}; it weighs in the index "
            f"of all others; take value='establishments', or take the rows out"
        )
    return weight


def _averaged(result: pd.DataFrame, keys: list[str], weight: Array) -> pd.DataFrame:
    """Weighted means of the establishments that have an index, in each group."""
    known = result["estimate"].notna().to_numpy()
    sums = pd.DataFrame(
        {"w": weight * known, "we": np.where(known, weight * result["estimate"], 0.0)}
    )
    found = sums.groupby([result[key] for key in keys]).sum()
    return (found["we"] / found["w"].where(found["w"] > 0)).rename("estimate").reset_index()


def _require_fitting(by: str, inference: MonteCarlo | None) -> None:
    """Raise unless the method is a random labelling of single establishments."""
    if inference is None:
        return
    if not isinstance(inference, MonteCarlo) or inference.null != "random_labelling":
        raise OptionError(
            f"inference={inference!r} does not fit scholl_brenner, which is about the places of "
            f"an industry among all sites; use MonteCarlo(null='random_labelling', seed=...)"
        )
    if by != "establishment":
        raise OptionError(
            f"a mean by {by} is over establishments that are each other's neighbours, which no "
            f"draw for one of them tells of; test with by='establishment', or the whole industry "
            f"with ellison_glaeser or maurel_sedillot"
        )


def scholl_brenner(
    table: IntoTable,
    *,
    value: str = "establishments",
    form: Form = "relative",
    by: By = "establishment",
    decay: Literal["inverse", "exponential", "log_logistic"] = "inverse",
    scale_km: float = 1.0,
    power: float = 1.0,
    cutoff_km: float | None = None,
    inference: MonteCarlo | None = None,
) -> pd.DataFrame:
    r"""How near to each establishment the rest of its industry is, against all industries.

    A cluster index without regions, hence without the borders that regions draw through clusters:
    each establishment has its own. 2 is an establishment whose industry is twice as near as the
    others are. By region or industry it is the mean of their establishments.

    .. math::
        C_k = \frac{D_k}{B_k},\qquad
        D_k = \frac{\sum_{l \ne k,\, i(l) = i(k)} w_l f(d_{kl})}{\sum_{l \ne k,\, i(l) = i(k)} w_l}

    and B the same over the establishments of all industries.

    Parameters
    ----------
    table : frame
        Establishments with ``x`` and ``y`` (metres on a plane; used if both are there) or ``lon``
        and ``lat`` (degrees; distances over the globe), in any engine.
    value : str
        Weight w of the neighbours: ``"establishments"`` (1 each), ``"employment"`` or any other
        column that is not negative.
    form : {"relative", "mean"}
        C, or the mean nearness D alone.
    by : {"establishment", "region", "industry"}
        A row for each establishment, or means over those of each region and industry, or each
        industry, weighted by `value`.
    decay : {"inverse", "exponential", "log_logistic"}
        f: d to the power -`power`, distances below `scale_km` counting as that; exp(-d / scale);
        1 / (1 + (d / scale) to the `power`).
    scale_km, power : float
        Scale and power of f, above 0.
    cutoff_km : float, optional
        Farther neighbours count as 0 (they stay in the weights): far faster with many sites.
    inference : MonteCarlo, optional
        ``null="random_labelling"``: the establishment stays, and as many others as its industry
        has are drawn from all other sites, with their sizes. No other method: nothing else is
        drawn here.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``establishment``, ``region``, ``industry`` (or the keys of `by`),
        ``measure``, ``estimate``; with inference ``statistic``, ``p_value``, ``null_mean``,
        ``null_low``, ``null_high`` (``std_error``, ``conf_low`` and ``conf_high`` are blank).

    Raises
    ------
    TableError
        The table lists no establishments, or one has no place or no known weight.
    OptionError
        An option is not one of those above, or a method does not fit.

    Notes
    -----
    An establishment that is alone in its industry, whose others weigh 0, or that has nobody of
    any industry within the cutoff, is `nan` in its own row; means are over the rest. Weights of 0
    count as nobody near. Establishments at one place
    are at distance 0: the inverse needs its least distance, on which the index depends much.

    With equal weights C is exactly 1 on average by chance. Built are the mean nearness of an
    establishment, by number or size, and its ratio to the benchmark; the authors' other
    benchmarks are not.

    References
    ----------
    After Scholl, T. and Brenner, T. (2016). Detecting spatial clustering using a firm-level
    cluster index. Regional Studies 50, 1054-1068. Log-logistic decay: de Vries, J. J., Nijkamp,
    P. and Rietveld, P. (2009), Environment and Planning A 41, 461-480.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> sites = pd.DataFrame({"establishment": list("abcd"), "region": "R",
    ...                       "industry": ["film", "film", "other", "other"],
    ...                       "x": [0, 2000, 4000, 10_000], "y": 0})
    >>> cs.scholl_brenner(sites)[["establishment", "industry", "estimate"]].round(3)
      establishment industry  estimate
    0             a     film     1.765
    1             b     film     1.333
    2             c    other     0.545
    3             d    other     1.277
    """
    require_choice("form", form, FORMULAS)
    require_choice("by", by, ("establishment", "region", "industry"))
    shape = Decay(decay, scale_km, power, cutoff_km)
    _require_fitting(by, inference)
    grid = Grid.of(table)
    if not grid.is_records:
        raise TableError("scholl_brenner needs establishments, one row each, with their places")
    points, weight = _points(grid.frame), _weights(grid, value)
    years, regions, industries = grid.shape
    year, industry = grid.flat // (regions * industries), grid.flat % industries
    parts = []
    for one in range(years):
        here = np.flatnonzero(year == one)
        sites = Sites(points[here], weight[here], industry[here])
        parts.append(_year(sites, shape, form, inference).set_axis(here))
    columns = pd.concat(parts).sort_index()
    keys = [*([] if grid.years is None else ["year"]), "establishment", "region", "industry"]
    order = np.lexsort((np.arange(len(year)), year))
    result = pd.concat([grid.frame[keys], columns], axis=1).iloc[order].reset_index(drop=True)
    if by != "establishment":
        keys = [key for key in keys if key in ("year", "industry") or key == by]
        result = _averaged(result, keys, weight[order])
    elif inference is not None and inference.adjust is not None:
        place = list(result).index("p_value") + 1
        result.insert(place, "p_adjusted", adjusted(result["p_value"].to_numpy(), inference))
    result.insert(len(keys), "measure", "scholl_brenner")
    result.attrs |= _said(grid, value, form, by, shape, inference)
    return result


def _said(
    grid: Grid, value: str, form: Form, by: str, decay: Decay, inference: MonteCarlo | None
) -> dict[str, str]:
    """Definition, sample and method."""
    mean = "" if by == "establishment" else f"; means by {by}"
    said = {
        "definition": f"scholl_brenner(form={form!r}, by={by!r}, decay={decay.kind!r}): "
        f"{FORMULAS[form]}; {decay.said}; w {value!r}{mean} [after Scholl and Brenner 2016]",
        "sample": f"{len(grid.frame):,} establishment rows: {len(grid.industries):,} industries",
    }
    if inference is not None:
        said["inference"] = repr(inference)
        said["estimand"] = "the index of each establishment where labels of industries are random"
    return said
