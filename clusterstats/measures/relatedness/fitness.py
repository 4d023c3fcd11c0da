"""Fitness of regions and complexity of industries: the non-linear map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, IntoTable, Mask
from clusterstats.errors import OptionError, warn
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.relatedness.configured import (
    PRESENT,
    as_presences,
    configured,
    joined,
    of_presences,
)
from clusterstats.measures.relatedness.parts import by_region_and_industry
from clusterstats.measures.relatedness.presence import (
    Presence,
    declared_on_presence,
    located,
    presence_of,
)
from clusterstats.tables import Grid

__all__ = ["fitness"]

SETTLED = 1e-10
"""Largest move of an update after which values count as settled; their mean is 1."""

MOST = 2000
"""Updates after which `iterations="converged"` gives up, and says so."""

PARTS = ("fitness", "complexity")

LEAST = 1e-250
"""Fitness may fall toward 0 without end; it is held here, above what underflows."""


@dataclass(frozen=True)
class Fitness:
    """The kernel, with its rule of presence and number of updates."""

    presence: Presence
    iterations: int | str

    def __call__(self, x: Array) -> Array:
        """x: values (..., region, industry) -> (..., region + industry + last move)."""
        m = self.presence(x)
        lead, (regions, industries) = m.shape[:-2], m.shape[-2:]
        stack = m.reshape(-1, regions, industries)
        unknown = np.isnan(stack).any(axis=(1, 2))
        found = np.full((len(stack), regions + industries + 1), np.nan)
        found[~unknown] = self._updated(stack[~unknown])
        return found.reshape(*lead, regions + industries + 1)

    def _updated(self, m: Array) -> Array:
        """m: (table, region, industry), known."""
        has, held = m.sum(axis=2) > 0, m.sum(axis=1) > 0
        f, q = has.astype(np.float64), held.astype(np.float64)
        moved = np.zeros(len(m))
        until = SETTLED if self.iterations == "converged" else -1.0
        steps = MOST if isinstance(self.iterations, str) else self.iterations
        active = np.arange(len(m))
        part = m
        for _ in range(steps):
            before = f[active], q[active]
            f[active], q[active] = _update(part, *before, has[active], held[active])
            sides = np.abs(f[active] - before[0]), np.abs(q[active] - before[1])
            moved[active] = np.maximum(sides[0].max(axis=1), sides[1].max(axis=1))
            moving = moved[active] > until
            if not moving.all():
                active, part = active[moving], part[moving]
            if not len(active):
                break
        f, q = np.where(has, f, np.nan), np.where(held, q, np.nan)
        return np.concatenate([f, q, moved[:, None]], axis=1)


def _update(m: Array, f: Array, q: Array, has: Mask, held: Mask) -> tuple[Array, Array]:
    """One update of both from the values before, each divided by its mean."""
    new_f = np.matmul(m, q[..., None])[..., 0]
    ease = np.divide(1.0, f, out=np.zeros_like(f), where=has)
    load = np.matmul(ease[..., None, :], m)[..., 0, :]
    new_q = np.divide(1.0, load, out=np.zeros_like(q), where=held)
    return _mean_one(new_f, has), _mean_one(new_q, held)


def _mean_one(values: Array, there: Mask) -> Array:
    """Values with mean 1 over those that are there, held above what underflows."""
    mean = values.sum(axis=-1, keepdims=True) / np.maximum(there.sum(axis=-1, keepdims=True), 1)
    scaled = np.divide(values, mean, out=np.zeros_like(values), where=mean > 0)
    return np.where(there, np.maximum(scaled, LEAST), 0.0)


def _declared(presence: Presence, iterations: int | str) -> Declaration:
    """The declaration of fitness after so many updates."""
    times = "until they settle" if iterations == "converged" else f"{iterations} updates"
    kernel = Fitness(presence, iterations)
    return declared_on_presence(
        presence,
        f"F = M Q, Q = 1 / (M' 1/F), both from the values before (1 at first), each divided by its "
        f"mean; {times}",
        name="fitness",
        kernel=lambda x: kernel(x)[..., : x.shape[-2], None],
        grain=("region",),
        components=("fitness",),
        reference="Tacchella, Cristelli, Caldarelli, Gabrielli and Pietronero 2012, eq. 1",
        bounds=(0.0, np.inf),
        limits=lambda regions, industries: (0.0, float(max(regions, industries))),
        estimand="the fitness of true quotients, regions' probabilities held fixed",
        options={"iterations": iterations},
        is_biased=True,
    )


@register(_declared(Presence(), 20), _declared(Presence(), "converged"))
def fitness(
    table: IntoTable,
    *,
    value: str = "employment",
    threshold: float = 1.0,
    binary: str | None = None,
    iterations: int | Literal["converged"] = 20,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Fitness of regions and complexity of industries, by the non-linear map.

    A fit region has many and complex industries; an industry is complex if no unfit region has
    it. Unlike `economic_complexity` it is meant to rise with diversity.

    .. math::
        \tilde F_r^{(n)} = \sum_i M_{ri} Q_i^{(n-1)}, \quad
        \tilde Q_i^{(n)} = \frac{1}{\sum_r M_{ri} / F_r^{(n-1)}}

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine.
    value : str
        Additive column: ``"employment"``, ``"establishments"``, ...
    threshold : float
        Least location quotient that counts as present, above 0.
    binary : str, optional
        Column of cells that says what is present (1), absent (0) or unknown (blank) in place of
        the quotients.
    iterations : int or "converged"
        Number of updates, at least 1; or as many as it takes until none moves by more than 1e-10
        (values have mean 1), at most 2,000. A fixed number is not convergence: where one region
        outdoes the others their fitness goes on falling toward 0, and only the order settles.
    inference : Bootstrap, Jackknife or MonteCarlo, optional
        As in `diversity_count`: `MonteCarlo` tests against chance location, with
        ``null="configuration"`` against chance given the margins; `Bootstrap` by establishment
        shows in ``std_error`` how firm a value is, without an interval.

    Returns
    -------
    DataFrame
        ``year`` (if any), ``region`` (of ``fitness``), ``industry`` (of ``complexity``),
        ``component``, ``measure``, ``estimate`` and the inference columns.

    Raises
    ------
    TableError
        `binary` holds other numbers than 0 and 1, or as in `location_quotient`.
    OptionError
        `iterations` is neither a number above 0 nor "converged", or as in `diversity_count`.

    Warns
    -----
    ClusterstatsWarning
        ``iterations="converged"`` and the values still move after 2,000 updates.

    Notes
    -----
    Means are over regions and industries that have something present; the others (empty ones among
    them) are `nan` in their own rows. An unknown cell leaves all unknown. Values that fall to 0
    are held at 1e-250.

    References
    ----------
    Tacchella, A., Cristelli, M., Caldarelli, G., Gabrielli, A. and Pietronero, L. (2012). A new
    metrics for countries' fitness and products' complexity. Scientific Reports 2, 723, eq. 1.
    Pugliese, E., Zaccaria, A. and Pietronero, L. (2016). On the convergence of the
    fitness-complexity algorithm. European Physical Journal Special Topics 225, 1893-1911.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> has = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "steel"] * 2,
    ...                     "has": [1, 1, 0, 1]})
    >>> cs.fitness(has, binary="has", iterations=1).round(3)[["component", "estimate"]]
        component  estimate
    0     fitness     1.333
    1     fitness     0.667
    2  complexity     1.333
    3  complexity     0.667
    """
    if iterations != "converged" and (not _is_whole(iterations) or iterations < 1):
        raise OptionError(
            f"iterations={iterations!r} is neither a whole number of at least 1 nor 'converged'"
        )
    presence = presence_of(threshold, binary)
    grid, column = located(table, value, binary)
    declared, option = _whole(presence, iterations), configured(inference)
    method = None if option is not None else inference
    result, moved = by_region_and_industry(declared, grid, column, method, PARTS, 1)
    if option is not None:
        drawn = as_presences(grid, presence(grid.array(column)))
        given = of_presences(_whole(Presence(None), iterations))
        alone = replace(option, adjust=None)
        chance, _ = by_region_and_industry(given, drawn, PRESENT, alone, PARTS, 1)
        result = joined(result, chance, option)
    if iterations == "converged":
        _warn_of_moves(grid, moved["estimate"].to_numpy())
    return result


def _whole(presence: Presence, iterations: int | str) -> Declaration:
    """The declaration of both parts in one."""
    declared, kernel = _declared(presence, iterations), Fitness(presence, iterations)
    return replace(declared, kernel=kernel, components=())


def _is_whole(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)


def _warn_of_moves(grid: Grid, moved: Array) -> None:
    """Say where values have not settled."""
    years: list[Any] = [None] if grid.years is None else grid.years.tolist()
    for year, move in zip(years, moved, strict=True):
        if move > SETTLED:
            when = "" if year is None else f" in {year}"
            warn(
                f"fitness has not settled{when}: values move by up to {move:.1e} after {MOST:,} "
                f"updates; some fall toward 0 and only their order settles"
            )
