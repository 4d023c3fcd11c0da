"""Location quotients: how much of an industry a region has, against what it would have by size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, get_args

import numpy as np
import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.intervals import IDENTITY, Pivot
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.location.forms import Form, Reference, quotient_in_form, score_intervals
from clusterstats.measures.run import infer
from clusterstats.tables import Grid

__all__ = ["location_quotient"]

# --- declarations ---------------------------------------------------------------------------

ROOT = Pivot(lambda x: np.sqrt(np.clip(x, 0, None)), lambda y: np.clip(y, 0, None) ** 2)
FROM_LOG = Pivot(lambda x: np.exp(x / 2), lambda y: 2 * np.log(np.clip(y, 0, None)))
FROM_SYMMETRIC = Pivot(
    lambda x: np.sqrt((1 + x) / (1 - x)),
    lambda y: (np.clip(y, 0, None) ** 2 - 1) / (np.clip(y, 0, None) ** 2 + 1),
)

PLAIN = Declaration(
    name="location_quotient",
    kernel=partial(quotient_in_form, reference=Reference(), form="plain"),
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
    analytic=partial(score_intervals, reference=Reference(), form="plain"),
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
        kernel=partial(quotient_in_form, reference=reference, form=form),
        formula=f"{formula}{'' if form == 'plain' else '; ' + PLAIN.formula}; "
        f"{against}e_i and e of {said}",
        reference=paper if form == "plain" else f"{paper}; {PLAIN.reference}",
        neutral=neutral,
        bounds=(-np.inf, np.inf) if form.startswith("additive") and unbounded else bounds,
        pivot=pivot,
        options={"form": form},
        scale_free=base is None or not form.startswith("additive_region"),
        analytic=partial(score_intervals, reference=reference, form=form),
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
