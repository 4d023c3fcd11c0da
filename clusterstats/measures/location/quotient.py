"""Location quotients: how much of an industry a region has, against what it would have by size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable, Mask
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.intervals import IDENTITY, Pivot, normal_p_value, score_interval
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import (
    AnalyticInput,
    AnalyticOutput,
    Declaration,
    register,
)
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["location_quotient"]

Form = Literal["plain", "symmetric", "log", "standardized", "additive_industry", "additive_region"]


@dataclass(frozen=True, eq=False)
class Reference:
    """The regions compared with: all, all but the region itself, or those of a list.

    `members` is true for the regions whose sum is the reference; `is_rest` takes the region out.
    """

    members: Array | None = None
    is_rest: bool = False

    def total(self, x: Array) -> Array:
        """Sum over the reference regions, for each region; x has shape (..., region, k)."""
        if self.is_rest:
            rest: Array = x.sum(axis=-2, keepdims=True) - x
            return rest
        chosen = x if self.members is None else x[..., self.members > 0, :]
        total: Array = chosen.sum(axis=-2, keepdims=True)
        return np.broadcast_to(total, x.shape)

    def contains_self(self, regions: int) -> Mask:
        """Whether each region is in its own reference, shape (region, 1)."""
        inside = np.zeros(regions) if self.is_rest else np.ones(regions)
        return (inside if self.members is None else self.members)[:, None] > 0


def _location_quotient(
    x: Array, *, base: Array | None = None, reference: Reference, form: Form
) -> Array:
    """x: values (..., region, industry) -> same shape; `nan` where a margin is empty."""
    size = x.sum(axis=-1, keepdims=True) if base is None else base[..., None]
    reference_ratio = reference.total(x) / reference.total(size)
    size = np.where(size > 0, size, np.nan)  # a region without a base has no quotient
    if form == "additive_region":
        of_region: Array = x / size - reference_ratio
        return of_region
    relative_size = x.sum(axis=-1, keepdims=True) if base is None else base[..., None]
    relative_size = relative_size / reference.total(relative_size)
    if form == "additive_industry":
        of_industry: Array = x / reference.total(x) - relative_size
        return of_industry
    return _in_form(form, x / size / reference_ratio, reference_ratio, relative_size)


def _in_form(form: Form, quotient: Array, reference_ratio: Array, relative_size: Array) -> Array:
    """The location quotient's six scales."""
    if form == "symmetric":
        return (quotient - 1) / (quotient + 1)
    if form == "log":
        return np.log(quotient)
    if form == "additive_region":
        return reference_ratio * (quotient - 1)
    if form == "additive_industry":
        return relative_size * (quotient - 1)
    if form == "standardized":
        mean, deviation = _spread_over_regions(quotient)
        return (quotient - mean) / deviation
    return quotient


def _spread_over_regions(quotient: Array) -> tuple[Array, Array]:
    """Mean and standard deviation (ddof 1) over the regions where it is defined."""
    known = ~np.isnan(quotient)
    n = known.sum(axis=-2, keepdims=True)
    mean: Array = np.sum(quotient, axis=-2, keepdims=True, where=known) / n
    squares: Array = np.sum((quotient - mean) ** 2, axis=-2, keepdims=True, where=known)
    return mean, np.sqrt(squares / (n - 1))


# --- the closed form ------------------------------------------------------------------------


def _analytic(given: AnalyticInput, *, reference: Reference, form: Form) -> AnalyticOutput:
    """Score interval for the industry's share of each region, over an uncertain reference share.

    With establishments of fixed sizes that choose regions independently, the share p of an
    industry in a region has variance p (1 - p) H, H the Herfindahl index of its establishments;
    so has the share q of all other industries. The two are independent, and every form is a
    function f(p, q): their score intervals are combined by variance recovery.
    """
    inside = reference.contains_self(given.moments[1].shape[0])

    def pooled(moment: Array) -> Array:  # the population that a region's share is taken of
        return reference.total(moment) + np.where(inside, 0, moment)

    x, squares = given.moments[1], given.moments[2]
    of_all = x.sum(axis=1, keepdims=True), squares.sum(axis=1, keepdims=True)
    total, spread = pooled(x), pooled(squares)
    others, other_spread = pooled(of_all[0]) - total, pooled(of_all[1]) - spread
    p, q = x / total, (of_all[0] - x) / others
    lumps, other_lumps = spread / total**2, other_spread / others**2
    weight = total / (total + others)
    fixed = _fixed_share(given, reference, inside, of_all[0])
    if fixed is not None:
        other_lumps = np.zeros_like(other_lumps)
        q = np.broadcast_to(fixed, p.shape)

    def share(p: Array, q: Array) -> Array:
        return q if fixed is not None else weight * p + (1 - weight) * q

    f = _form_of_shares(given, reference, form, inside, share, q)
    level = given.option.level
    p_ends, q_ends = score_interval(p, lumps, level), score_interval(q, other_lumps, level)
    low, high = _recovered(f, p, q, p_ends, q_ends)
    pool = share(p, q)
    score = (p - q) / np.sqrt(pool * (1 - pool) * (lumps + other_lumps))
    error = _delta(f, p, q, lumps, other_lumps)
    tested = {"statistic": score, "p_value": normal_p_value(score, given.option.alternative)}
    if form == "standardized":
        tested = {name: np.full_like(p, np.nan) for name in tested}
    columns = {"std_error": error, **tested, "conf_low": low, "conf_high": high}
    undefined = np.isnan(given.estimate)
    return {name: np.where(undefined, np.nan, column) for name, column in columns.items()}


def _fixed_share(
    given: AnalyticInput, reference: Reference, inside: Mask, size: Array
) -> Array | None:
    """Each region's share of the reference where that is a known constant, shape (region, 1)."""
    if given.base is not None:
        size = given.base[:, None]
    elif given.option.reference_shares == "drawn":
        return None
    fixed: Array = size / (reference.total(size) + np.where(inside, 0, size))
    return fixed


def _form_of_shares(
    given: AnalyticInput,
    reference: Reference,
    form: Form,
    inside: Mask,
    share: Callable[[Array, Array], Array],
    q: Array,
) -> Callable[[Array, Array], Array]:
    """The form as a function of the industry's share p and the other industries' share q."""
    x = given.moments[1]
    size = x.sum(axis=1, keepdims=True) if given.base is None else given.base[:, None]
    ratio = reference.total(x) / reference.total(size)

    def relative(s: Array) -> Array:
        return np.where(inside, s, s / (1 - s)).astype(np.float64)

    p = x / (reference.total(x) + np.where(inside, 0, x))
    mean, deviation = _spread_over_regions(relative(p) / relative(share(p, q)))

    def f(p: Array, q: Array) -> Array:
        within = relative(share(p, q))
        quotient: Array = relative(p) / within
        if form == "standardized":  # mean and deviation over regions are held as they are
            return (quotient - mean) / deviation
        return _in_form(form, quotient, ratio, within)

    return f


def _recovered(
    f: Callable[[Array, Array], Array],
    p: Array,
    q: Array,
    p_ends: tuple[Array, Array],
    q_ends: tuple[Array, Array],
) -> tuple[Array, Array]:
    """Interval of f(p, q), rising in p and falling in q, from those of p and q.

    Variance recovery (Zou and Donner 2008, eq. 6). Where f is minus infinity (log of zero) only
    the upper end is finite, and comes from the ends alone.
    """
    middle = f(p, q)
    low = middle - np.hypot(middle - f(p_ends[0], q), middle - f(p, q_ends[1]))
    high = middle + np.hypot(f(p_ends[1], q) - middle, f(p, q_ends[0]) - middle)
    unbounded = np.isneginf(middle)
    return np.where(unbounded, middle, low), np.where(unbounded, f(p_ends[1], q_ends[0]), high)


def _delta(
    f: Callable[[Array, Array], Array], p: Array, q: Array, lumps: Array, other_lumps: Array
) -> Array:
    """Delta-method standard error; undefined where p is 0 or 1, and has no spread to linearize."""
    step = 1e-6
    in_p = (f(p + step * p, q) - f(p - step * p, q)) / (2 * step * p)
    in_q = (f(p, q + step * q) - f(p, q - step * q)) / (2 * step * q)
    variance = in_p**2 * p * (1 - p) * lumps + np.where(
        other_lumps > 0, in_q**2 * q * (1 - q) * other_lumps, 0
    )
    return np.where((p > 0) & (p < 1), np.sqrt(variance), np.nan)


# --- declarations ---------------------------------------------------------------------------

ROOT = Pivot(lambda x: np.sqrt(np.clip(x, 0, None)), lambda y: np.clip(y, 0, None) ** 2)
FROM_LOG = Pivot(lambda x: np.exp(x / 2), lambda y: 2 * np.log(np.clip(y, 0, None)))
FROM_SYMMETRIC = Pivot(
    lambda x: np.sqrt((1 + x) / (1 - x)),
    lambda y: (np.clip(y, 0, None) ** 2 - 1) / (np.clip(y, 0, None) ** 2 + 1),
)

PLAIN = Declaration(
    name="location_quotient",
    kernel=partial(_location_quotient, reference=Reference(), form="plain"),
    grain=("region", "industry"),
    formula="LQ = (e_ri / e_r) / (e_i / e)",
    reference="Florence 1939; Isard 1960",
    neutral=1.0,
    bounds=(0.0, np.inf),
    estimand=(
        "each industry's probability of locating in a region over the region's share of the "
        "reference; region probabilities held fixed, establishments' sizes given"
    ),
    options={"form": "plain"},
    resampling_note=(
        "resampling sees only the plants that happen to be in a region, so with few or uneven "
        "plants these intervals are too short; Analytic() holds its level there"
    ),
    pivot=ROOT,
    analytic=partial(_analytic, reference=Reference(), form="plain"),
    analytic_powers=(1, 2),
)

FORMULAS: dict[Form, tuple[str, str, float | None, tuple[float, float], Pivot]] = {
    "plain": (PLAIN.formula, PLAIN.reference, 1.0, (0.0, np.inf), ROOT),
    "symmetric": (
        "(LQ - 1) / (LQ + 1)",
        "Dalum, Laursen and Villumsen 1998",
        0.0,
        (-1.0, 1.0),
        FROM_SYMMETRIC,
    ),
    "log": ("log LQ", "Vollrath 1991", 0.0, (-np.inf, np.inf), FROM_LOG),
    "standardized": (
        "(LQ - mean over regions) / sd over regions (ddof 1)",
        "O'Donoghue and Gleave 2004",
        None,
        (-np.inf, np.inf),
        IDENTITY,
    ),
    "additive_industry": ("e_ri / e_i - e_r / e", "Hoover 1936", 0.0, (-1.0, 1.0), IDENTITY),
    "additive_region": (
        "e_ri / e_r - e_i / e",
        "Hoen and Oosterhaven 2006",
        0.0,
        (-1.0, 1.0),
        IDENTITY,
    ),
}


def _declared(form: Form, reference: Reference, said: object, base: str | None) -> Declaration:
    """The declaration of one form against one reference."""
    formula, paper, neutral, bounds, pivot = FORMULAS[form]
    against = "e_r, e: base sizes; " if base else ""
    unbounded = base is not None or reference.is_rest or reference.members is not None
    return replace(
        PLAIN,
        kernel=partial(_location_quotient, reference=reference, form=form),
        formula=f"{formula}{'' if form == 'plain' else '; ' + PLAIN.formula}; "
        f"{against}e_i and e of {said}",
        reference=paper if form == "plain" else f"{paper}; {PLAIN.reference}",
        neutral=neutral,
        bounds=(-np.inf, np.inf) if form.startswith("additive") and unbounded else bounds,
        pivot=pivot,
        options={"form": form},
        scale_free=base is None or not form.startswith("additive_region"),
        analytic=partial(_analytic, reference=reference, form=form),
    )


DECLARATIONS = [_declared(form, Reference(), "all regions", None) for form in FORMULAS]


def _referred(grid: Grid, reference: str | Sequence[str]) -> tuple[Reference, str]:
    """The reference regions as an indicator over the table's regions, and what to call them."""
    if reference is None or (isinstance(reference, str) and reference not in ("total", "rest")):
        raise OptionError(
            f"reference={reference!r} is not known; use 'total', 'rest' or a list of regions"
        )
    if isinstance(reference, str):
        is_rest = reference == "rest"
        return Reference(is_rest=is_rest), "all other regions" if is_rest else "all regions"
    regions = list(reference)
    place = grid.regions.get_indexer(pd.Index(regions, dtype=grid.regions.dtype))
    if not regions or (place < 0).any():
        stranger = [r for r, p in zip(regions, place, strict=True) if p < 0][:1]
        raise OptionError(f"reference= names no region of the table: {stranger or regions}")
    members = np.zeros(len(grid.regions))
    members[place] = 1.0
    named = ", ".join(regions) if len(regions) <= 8 else f"{regions[0]} ... {regions[-1]}"
    return Reference(members), f"the {len(regions)} regions {named}"


@register(*DECLARATIONS)
def location_quotient(
    table: IntoTable,
    *,
    value: str = "employment",
    form: Form = "plain",
    reference: Literal["total", "rest"] | Sequence[str] = "total",
    base: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Share of an industry in a region over its share in the reference.

    The first question of any cluster study: does a region have more of an industry than its size
    would give it? 1 is proportional; 2 is twice as much. It says nothing of why, and with few or
    uneven establishments it is imprecise, which `inference` shows.

    .. math:: LQ_{ri} = \frac{e_{ri} / e_{r}}{e_{i} / e}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        What is shared out: ``"employment"`` (people), ``"establishments"`` (count), or any
        other column that is additive and not negative.
    form : {"plain", "symmetric", "log", "standardized", "additive_industry", "additive_region"}
        LQ; (LQ - 1)/(LQ + 1); log LQ; LQ in standard deviations from its mean over regions;
        the share of the industry less the share of all; the share of the region less that of all.
    reference : {"total", "rest"} or list of str
        Compare with all regions, with all others, or with the sum of the regions named.
    base : str, optional
        Column with a reference size of each region (population, area) that takes the place of
        e_r and e; the same number in all rows of a region and year. Held fixed.
    inference : Analytic, Bootstrap, Jackknife or MonteCarlo, optional
        `Analytic` is the method of choice: score intervals in which establishments of given
        sizes choose regions independently. Coverage by simulation is in the documentation,
        Inference, Coverage.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region``, ``industry``, ``measure``, ``estimate``; with inference
        ``std_error``, ``statistic``, ``p_value``, ``conf_low``, ``conf_high``; Monte Carlo
        ``null_mean``, ``null_low``, ``null_high``; jackknife ``loo_low``, ``loo_high``.

    Raises
    ------
    TableError
        The table breaks a rule of cells (see `cells`), or lacks what the inference needs.
    OptionError
        An option is not known, or `reference` names a region that the table has not.

    Notes
    -----
    0 is a quotient (the region has none of the industry): its analytic interval is [0, u].
    `nan` is undefined: an empty region, an industry that is nowhere. An unknown cell makes its
    region, its industry and the total unknown, hence the year.

    Without sizes of establishments (`value` with no ``value_squares``), cells are spread evenly
    over their establishments and the uncertainty is a lower bound, as ``attrs["note"]`` says.
    `Bootstrap` intervals pivot on the square root of LQ; a cell in which resampling changes
    nothing gets none. `standardized` holds the mean and deviation over regions as they are, and
    tests nothing.

    References
    ----------
    Florence, P. S. (1939). Report on the Location of Industry. Wilson, E. B. (1927), JASA 22,
    209-212 (score interval). Zou, G. Y. and Donner, A. (2008), Statistics in Medicine 27,
    1693-1702, eq. 6. Forms: Dalum, Laursen and Villumsen (1998), International Review of
    Applied Economics 12, 423-443; O'Donoghue and Gleave (2004), Regional Studies 38, 419-427;
    Hoen and Oosterhaven (2006), Annals of Regional Science 40, 677-691.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({
    ...     "region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...     "employment": [60, 940, 40, 3960], "establishments": [6, 90, 5, 400],
    ... })
    >>> lq = cs.location_quotient(jobs, inference=cs.Analytic())
    >>> lq[["region", "industry", "estimate", "conf_low", "conf_high"]].round(2)
      region industry  estimate  conf_low  conf_high
    0      A     film      3.00      1.58       4.18
    1      A    other      0.96      0.94       0.99
    2      B     film      0.50      0.22       0.84
    3      B    other      1.01      1.00       1.02
    """
    require_choice("form", form, get_args(Form))
    grid = Grid.of(table, (value,))
    chosen, said = _referred(grid, reference)
    declaration = _declared(form, chosen, said, base)
    return infer(declaration, grid, value, inference, base)
