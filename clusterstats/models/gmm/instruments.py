"""Lagged levels as instruments of equations in first differences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, hstack

from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.gmm.sample import Equations

__all__ = ["LagInstruments", "instruments_of"]


@dataclass(frozen=True)
class LagInstruments:
    """Levels of a variable, some periods earlier, as instruments of differenced equations.

    Parameters
    ----------
    variable : str
        A column or an expression, such as `log(employment)`, as it stands in the formula.
    first : int
        The nearest lag. For an endogenous variable (correlated with the error of its own period),
        and for the response, 2; for a predetermined one (correlated with earlier errors only), 1.
    last : int, optional
        The farthest lag; all there are if not given.
    is_collapsed : bool
        One instrument for each lag, instead of one for each lag and period.

    Raises
    ------
    OptionError
        Lags that are not whole numbers, below 0, or in the wrong order.

    Notes
    -----
    A level that is missing counts as 0 (Holtz-Eakin, Newey and Rosen 1988), so that it says nothing
    and costs no equation.

    References
    ----------
    Holtz-Eakin, D., W. Newey and H. S. Rosen (1988). Estimating vector autoregressions with panel
    data. Econometrica 56, 1371-1395.

    Roodman, D. (2009). How to do xtabond2. Stata Journal 9, 86-136 (collapsing: section 3.2).

    Examples
    --------
    >>> LagInstruments("wage", first=1, last=3)
    LagInstruments(variable='wage', first=1, last=3, is_collapsed=False)
    """

    variable: str
    first: int = 2
    last: int | None = None
    is_collapsed: bool = False

    def __post_init__(self) -> None:
        ends = [self.first] if self.last is None else [self.first, self.last]
        whole = all(isinstance(lag, int) and not isinstance(lag, bool) for lag in ends)
        if not whole or min(ends) < 0 or ends != sorted(ends):
            raise OptionError(
                f"lags first={self.first!r}, last={self.last!r} are not whole numbers from 0 up, "
                f"the nearest first"
            )
        if not isinstance(self.variable, str) or not self.variable.strip():
            raise OptionError(f"variable={self.variable!r} is not a column or an expression")


def instruments_of(equations: Equations, lagged: Sequence[LagInstruments]) -> tuple[Any, list[str]]:
    """The instruments, sparse (n, l), and their names; columns of zeros are left out.

    Regressors in which no variable of `lagged` stands are exogenous and instrument themselves.
    """
    exogenous = [
        place
        for place, name in enumerate(equations.names)
        if not _is_instrumented(equations, place, name, lagged)
    ]
    for place in exogenous:
        _check_exogenous(equations, equations.names[place], lagged)
    own = np.column_stack([equations.x[:, exogenous], equations.z])
    blocks = [csr_array(own)]
    names = [equations.names[place] for place in exogenous]
    names += [f"instrument {place}" for place in range(equations.z.shape[1])]
    for option in lagged:
        block, labels = _lagged(equations, option)
        blocks.append(block)
        names += labels
    return csr_array(hstack(blocks, format="csr")), names


def _check_exogenous(equations: Equations, term: str, lagged: Sequence[LagInstruments]) -> None:
    """Refuse the last response as its own instrument; warn of interactions of the instrumented."""
    response = equations.levels.formula.response
    last = [f"lag({response})", f"lag({response},1)"]
    if term.replace(" ", "") in [name.replace(" ", "") for name in last]:
        raise OptionError(
            f"{term!r} is related to differenced errors and can't instrument itself; add "
            f"LagInstruments({response!r}) to instruments"
        )
    for option in lagged:
        if re.search(rf"(?<!\w){re.escape(option.variable)}(?!\w)", term):
            warn(
                f"{term!r} holds {option.variable!r}, which has lagged instruments, but is taken "
                f"to be exogenous itself; name it as LagInstruments({term!r}, ...) if it is not"
            )


def _is_instrumented(
    equations: Equations, place: int, name: str, lagged: Sequence[LagInstruments]
) -> bool:
    """Whether a regressor is endogenous by the formula, or a variable of `lagged` or its lag."""
    if equations.shown - equations.n_endogenous <= place < equations.shown:
        return True
    return any(_names(name, option.variable) for option in lagged)


def _names(term: str, variable: str) -> bool:
    """Whether a term is a variable or its lag: `log(x)`, `lag(log(x), 2)`, `l(log(x))`."""
    term, variable = term.replace(" ", ""), variable.replace(" ", "")
    for opening in ("lag(", "l("):
        if term.startswith(opening) and term.endswith(")"):
            inside = term[len(opening) : -1]
            return variable in (inside, inside.rsplit(",", 1)[0])
    return term == variable


def _lagged(equations: Equations, option: LagInstruments) -> tuple[csr_array, list[str]]:
    """Columns of one variable: a lag of one period each, or collapsed a lag each."""
    levels, rows = equations.levels, equations.rows
    values = np.append(levels.column(option.variable), np.nan)
    time = levels.time[rows]
    periods, period = np.unique(time, return_inverse=True)
    farthest = int(time.max() - levels.time.min())
    last = farthest if option.last is None else min(option.last, farthest)
    parts, labels = [], []
    for lag in range(option.first, last + 1):
        there = np.nan_to_num(values[levels.at(rows, lag)], nan=0.0)
        column = np.zeros_like(period) if option.is_collapsed else period
        size = 1 if option.is_collapsed else len(periods)
        block = csr_array((there, (np.arange(len(rows)), column)), shape=(len(rows), size))
        used = np.flatnonzero(np.asarray(abs(block).sum(axis=0)).ravel())
        parts.append(block[:, used])
        of = "" if option.is_collapsed else " at "
        labels += [f"lag({option.variable}, {lag}){of and of + f'{periods[p]:g}'}" for p in used]
    if not labels:
        raise TableError(
            f"no equation has a level of {option.variable!r} {option.first} or more periods "
            f"earlier; name nearer lags, or a variable with a longer history"
        )
    return csr_array(hstack(parts, format="csr")), labels
