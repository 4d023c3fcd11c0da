"""Inequality by generalized entropy and its kin: Theil's T and L, with groups, and Atkinson."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import Declaration, register
from clusterstats.measures.disparities.members import (
    Over,
    declared_over,
    inferred,
    masked,
    relative_values,
)
from clusterstats.measures.sides import Side, group_sums

__all__ = ["atkinson", "generalized_entropy", "theil"]

# --- generalized entropy, Theil -------------------------------------------------------------


def _generalized_entropy(x: Array, weight: Array, *, order: float) -> Array:
    """x: (..., member) -> (...); order 1 is Theil's T, order 0 his L."""
    share, relative = relative_values(x, weight)
    safe = np.where(relative > 0, relative, 1.0)
    if order == 1:
        index = (share * relative * np.log(safe)).sum(axis=-1)
    elif order == 0:
        index = -(share * np.where(relative > 0, np.log(safe), -np.inf)).sum(axis=-1)
    else:
        index = ((share * relative**order).sum(axis=-1) - 1) / (order * (order - 1))
    return masked(x, np.clip(index, 0, None))


def _theil_parts(x: Array, weight: Array, *, order: float, groups: Codes | None = None) -> Array:
    """x: (..., member) -> (..., total, between, within) or (...) without groups."""
    total = _generalized_entropy(x, weight, order=order)
    if groups is None:
        return total
    weights = np.broadcast_to(weight, x.shape)
    people, money = group_sums(weights, groups), group_sums(weights * x, groups)
    mean = np.where(people > 0, money / people, 0.0)
    between = _generalized_entropy(mean, people, order=order)
    within = np.clip(total - between, 0, None)
    return np.stack([total, between, within], axis=-1)


def _order_formula(order: float) -> str:
    if order == 0:
        return "L = sum_r w_r ln(mean y / y_r)"
    if order == 1:
        return "T = sum_r w_r (y_r / mean y) ln(y_r / mean y)"
    return f"(sum_r w_r (y_r / mean y)^{order:g} - 1) / ({order:g} ({order:g} - 1))"


def _entropy_declared(order: float, over: Over) -> Declaration:
    return declared_over(
        "generalized_entropy",
        partial(_generalized_entropy, order=order),
        over,
        _order_formula(order),
        "Shorrocks 1980",
        bounds=(0.0, np.inf),
        options={"order": order},
    )


def _theil_declared(kind: str, over: Over, within: str | None) -> Declaration:
    order = {"t": 1, "l": 0}[kind]
    split = "; between groups, and within them the rest" if within else ""
    return declared_over(
        "theil",
        partial(_theil_parts, order=order),
        over,
        _order_formula(order) + split,
        "Theil 1967; Shorrocks 1980",
        bounds=(0.0, np.inf),
        components=("total", "between", "within") if within else (),
        options={"kind": kind} | ({"within": within} if within else {}),
    )


@register(*(_entropy_declared(order, "region") for order in (2, 0, 1)))
def generalized_entropy(
    table: IntoTable,
    *,
    order: float,
    value: str = "employment",
    weight: str | None = None,
    over: Over = "region",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Generalized entropy of a quantity over regions (or over the industries of each region).

    Order 0 is Theil's L, the most alert to the poor end, 1 his T, 2 half the squared coefficient
    of variation, the most alert to the rich end.

    .. math:: GE(a) = \frac{1}{a(a-1)} \Bigl[\sum_r w_r (y_r / \bar y)^a - 1\Bigr]

    Parameters
    ----------
    table : frame
        Rows of region[, year][, industry].
    order : float
        a, any number.
    value : str
        Column of the quantity, not negative.
    weight : str, optional
        Column that weighs regions; all alike without it.
    over : {"region", "industry"}
        Over regions, a row for each industry (if any); or over industries, a row for each region.
    inference : Bootstrap or Jackknife, optional
        Over regions with ``unit="region"``, as in `gini`.

    Returns
    -------
    DataFrame
        As in `gini`.

    Raises
    ------
    TableError, OptionError
        As in `gini`.

    Notes
    -----
    Zeros count and are never dropped: with order 0 or less they make the index infinite.

    References
    ----------
    Shorrocks, A. F. (1980). The class of additively decomposable inequality measures.
    Econometrica 48, 613-625.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> income = pd.DataFrame({"region": ["A", "B"], "income": [1.0, 3.0]})
    >>> cs.generalized_entropy(income, order=2, value="income")["estimate"].tolist()
    [0.125]
    """
    require_choice("over", over, ("region", "industry"))
    return inferred(_entropy_declared(order, over), table, value, weight, inference)


@register(
    *(_theil_declared(kind, over, None) for kind in ("t", "l") for over in ("region", "industry")),
    *(_theil_declared(kind, "region", "macro") for kind in ("t", "l")),
)
def theil(
    table: IntoTable,
    *,
    kind: Literal["t", "l"] = "t",
    value: str = "employment",
    weight: str | None = None,
    over: Over = "region",
    within: str | None = None,
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Theil's index of a quantity over regions, split between and within groups of them.

    .. math:: T = \sum_r w_r \frac{y_r}{\bar y} \ln \frac{y_r}{\bar y},\qquad
              L = \sum_r w_r \ln \frac{\bar y}{y_r}

    Parameters
    ----------
    table : frame
        Rows of region[, year][, industry].
    kind : {"t", "l"}
        T weighs regions by their part of the total, L by their part of the weight.
    value : str
        Column of the quantity, not negative.
    weight : str, optional
        Column that weighs regions; all alike without it.
    over : {"region", "industry"}
        Over regions, a row for each industry (if any); or over industries, a row for each region.
    within : str, optional
        Column with a group of each region (its country): adds the parts between the groups'
        means and within groups, which sum to the total. Over regions only.
    inference : Bootstrap or Jackknife, optional
        Over regions with ``unit="region"``, as in `gini`.

    Returns
    -------
    DataFrame
        As in `gini`; with `within` a ``component`` (total, between, within), inference on total.

    Raises
    ------
    TableError, OptionError
        As in `gini`.

    Notes
    -----
    Zeros count and are never dropped: 0 ln 0 is 0 in T; one zero makes L infinite.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory, ch. 4. Shorrocks, A. F. (1980).

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> income = pd.DataFrame({"region": ["A", "B", "C", "D"], "income": [1.0, 1.0, 3.0, 3.0],
    ...                        "country": ["x", "x", "y", "y"]})
    >>> cs.theil(income, value="income", within="country")[["component", "estimate"]].round(3)
      component  estimate
    0     total     0.131
    1   between     0.131
    2    within     0.000
    """
    require_choice("kind", kind, ("t", "l"))
    require_choice("over", over, ("region", "industry"))
    if within is not None and over == "industry":
        raise OptionError("within= groups regions; it does not go with over='industry'")
    sides = {} if within is None else {"groups": Side(within, groups="region")}
    declared = _theil_declared(kind, over, within)
    return inferred(declared, table, value, weight, inference, sides)


# --- Atkinson -------------------------------------------------------------------------------


def _atkinson(x: Array, weight: Array, *, aversion: float) -> Array:
    """x: (..., member) -> (...)."""
    share, relative = relative_values(x, weight)
    if aversion == 1:
        logs = np.where(relative > 0, np.log(np.where(relative > 0, relative, 1.0)), -np.inf)
        equal = np.exp((share * logs).sum(axis=-1))
    else:
        power = 1 - aversion
        equal = (share * relative**power).sum(axis=-1) ** (1 / power)
    return masked(x, np.clip(1 - equal, 0, None))


def _atkinson_declared(aversion: float, over: Over) -> Declaration:
    return declared_over(
        "atkinson",
        partial(_atkinson, aversion=aversion),
        over,
        "1 - exp(sum_r w_r ln(y_r / mean y))"
        if aversion == 1
        else f"1 - (sum_r w_r (y_r / mean y)^{1 - aversion:g})^(1 / {1 - aversion:g})",
        "Atkinson 1970",
        bounds=(0.0, 1.0),
        options={"aversion": aversion},
    )


@register(*(_atkinson_declared(aversion, "region") for aversion in (0.5, 1, 2)))
def atkinson(
    table: IntoTable,
    *,
    aversion: float = 0.5,
    value: str = "employment",
    weight: str | None = None,
    over: Over = "region",
    inference: Inference | None = None,
) -> pd.DataFrame:
    r"""Part of the total that could be given up if the rest were equally shared.

    .. math:: A = 1 - \Bigl[\sum_r w_r (y_r / \bar y)^{1-\varepsilon}\Bigr]^{1/(1-\varepsilon)}

    Parameters
    ----------
    table : frame
        Rows of region[, year][, industry].
    aversion : float
        The aversion to inequality, above 0: the higher, the more the poorest count.
    value : str
        Column of the quantity, not negative.
    weight : str, optional
        Column that weighs regions; all alike without it.
    over : {"region", "industry"}
        Over regions, a row for each industry (if any); or over industries, a row for each region.
    inference : Bootstrap or Jackknife, optional
        Over regions with ``unit="region"``, as in `gini`.

    Returns
    -------
    DataFrame
        As in `gini`.

    Raises
    ------
    TableError
        As in `gini`.
    OptionError
        `aversion` is not above 0, or as in `gini`.

    Notes
    -----
    With an aversion of 1 or more a single zero gives 1.

    References
    ----------
    Atkinson, A. B. (1970). On the measurement of inequality. Journal of Economic Theory 2.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> income = pd.DataFrame({"region": ["A", "B"], "income": [1.0, 3.0]})
    >>> cs.atkinson(income, aversion=2, value="income")["estimate"].tolist()
    [0.25]
    """
    require_choice("over", over, ("region", "industry"))
    if not aversion > 0:
        raise OptionError(f"aversion={aversion!r} is not a number above 0")
    return inferred(_atkinson_declared(aversion, over), table, value, weight, inference)
