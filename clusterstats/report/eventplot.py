"""An event study as a figure: effects by period about the one they are compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from clusterstats._types import Array
from clusterstats.errors import OptionError, require_choice
from clusterstats.models import EventStudyFit
from clusterstats.report.figures import WIDTH
from clusterstats.report.intervals import AIR
from clusterstats.report.style import INK, color_of, style
from clusterstats.report.tables.labels import EVENT
from clusterstats.report.tables.model import models_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["event_plot"]

Kind: TypeAlias = Literal["whiskers", "band"]
HEIGHT = 3.6
MOST_TICKS = 14


def event_plot(
    event_study: Any,
    *,
    variable: str | None = None,
    reference: float | Sequence[float] | None = None,
    kind: Kind = "whiskers",
    level: float = 0.95,
    x_label: str | None = None,
    y_label: str | None = None,
) -> Figure:
    """Draw the effects of an event study by period, with their intervals.

    Parameters
    ----------
    event_study : Fit
        From `event_study`, or with terms of `i(period, ...)`, one for each period, such as
        `period::-2:treated`.
    variable : str, optional
        The variable of periods, where a fit has several.
    reference : float or sequence of float, optional
        The periods left out, with which the others are compared: drawn as 0. Read from the fit of
        `event_study` or from `i(..., ref=...)`, else -1.
    kind : {"whiskers", "band"}
        How intervals are drawn.
    level : float
        Of the intervals, each for its own period.
    x_label, y_label : str, optional
        What to write at the axes.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot, so nothing has to be closed.

    Raises
    ------
    OptionError
        A fit without periods, or with several variables of them; a reference that is estimated or
        not known.

    Notes
    -----
    The dashed line stands half a period behind the last reference period: before it there should
    be no effect. Intervals are pointwise; that all of them cover 0 is not a test of that, which is
    `fit.test_leads()`, or `fit.test("`period::-3` = 0, `period::-2` = 0")`. Ends that stand for all
    periods further away are written ≤ and ≥.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> panel = pd.DataFrame(
    ...     [(f, p) for f in range(40) for p in range(-3, 4)], columns=["firm", "period"]
    ... )
    >>> panel["treated"] = panel["firm"] % 2
    >>> panel["growth"] = panel["treated"] * panel["period"].clip(0) + np.sin(panel.index)
    >>> fit = cs.regress("growth ~ i(period, treated, ref=-1) | firm + period", panel)
    >>> figure = cs.event_plot(fit)
    >>> figure.axes[0].get_xlabel()
    'period'
    """
    from matplotlib.figure import Figure

    require_choice("kind", kind, get_args(Kind))
    points = _points(event_study, variable, reference, level)
    name = str(points.attrs["variable"])
    left_out = points.loc[points["is_reference"], "period"]
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        axes.axhline(0, color=INK, linewidth=0.8, zorder=0.9)
        axes.axvline(
            max(left_out) + 0.5, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0.9
        )
        (_draw_band if kind == "band" else _draw_whiskers)(axes, points)
        _draw_points(axes, points)
        _set_axes(axes, points)
        default = f"Effect and {100 * level:g} % confidence interval"
        axes.set(xlabel=x_label or name.replace("_", " "), ylabel=y_label or default)
    return figure


def _points(
    event_study: Any,
    variable: str | None,
    reference: float | Sequence[float] | None,
    level: float,
) -> pd.DataFrame:
    """Effects by `period`, the reference among them; which ends stand for all beyond them."""
    if isinstance(event_study, EventStudyFit):
        if variable is not None or reference is not None:
            raise OptionError(
                "an event study has its own periods and reference: leave variable= and reference= "
                "out, or estimate it again with window=EventWindow(reference=...)"
            )
        path = event_study.path(level).rename(columns={"event_time": "period"})
        path.attrs["variable"] = "Periods since treatment"
        return path
    (model,) = models_of([event_study], level)
    effects = _effects(model.numbers, variable)
    points = _with_references(effects, _references(effects, reference, model.fit.solution))
    points.attrs["variable"] = effects.attrs["variable"]
    return points.assign(is_binned=False)


def _effects(numbers: pd.DataFrame, variable: str | None) -> pd.DataFrame:
    """Estimates by period, in order of time."""
    rows: dict[str, list[dict[str, float]]] = {}
    for term, row in numbers.iterrows():
        first = re.split(r"(?<!:):(?!:)", str(term))[0]
        found = EVENT.fullmatch(first)
        if found and _is_number(found["level"]):
            ends = {name: float(row[name]) for name in ("estimate", "conf_low", "conf_high")}
            rows.setdefault(found["name"], []).append({"period": float(found["level"]), **ends})
    known = ", ".join(map(repr, rows)) or "none"
    if variable is not None and variable not in rows:
        raise OptionError(f"variable={variable!r} has no terms by period; variables with: {known}")
    if len(rows) != 1 and variable is None:
        raise OptionError(
            f"an event study has terms of one i(period, ...), with numbers as periods; variables "
            f"with such terms: {known}{'; choose one with variable=' if rows else ''}"
        )
    name = next(iter(rows)) if variable is None else variable
    table = pd.DataFrame(rows[name]).sort_values("period", ignore_index=True)
    if table["period"].duplicated().any():
        twice = table.loc[table["period"].duplicated(), "period"].iloc[0]
        raise OptionError(
            f"two terms of {name!r} are of period {twice:g}; draw one group at a time"
        )
    table.attrs["variable"] = name
    return table


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _references(
    effects: pd.DataFrame, given: float | Sequence[float] | None, solution: Any
) -> list[float]:
    """The periods left out: as given, as the formula says, or -1."""
    name, periods = str(effects.attrs["variable"]), effects["period"].tolist()
    if given is not None:
        asked = list(given) if isinstance(given, Sequence) else [given]
    else:
        text = "" if solution is None else solution.design.formula.text
        said = re.search(rf"\bi\(\s*{re.escape(name)}\s*,[^()]*?ref\s*=\s*([-+\d.]+)", text)
        is_relative = min(periods) < -1 < max(periods) or -1.0 in (
            min(periods) - 1,
            max(periods) + 1,
        )
        asked = [float(said[1])] if said else [-1.0] if is_relative else []
    if not asked:
        raise OptionError(f"the reference period of {name!r} is not known; name it: reference=2006")
    estimated = [period for period in asked if period in periods]
    if estimated:
        raise OptionError(
            f"reference={estimated[0]:g} is a period with an estimate of its own; name the one "
            f"left out"
        )
    return [float(period) for period in asked]


def _with_references(effects: pd.DataFrame, references: Sequence[float]) -> pd.DataFrame:
    """The same with the periods left out, at 0 and without an interval."""
    zeros = pd.DataFrame({"period": list(references), "estimate": 0.0, "is_reference": True})
    both = pd.concat([effects.assign(is_reference=False), zeros], ignore_index=True)
    return both.sort_values("period", ignore_index=True)


def _draw_whiskers(axes: Axes, points: pd.DataFrame) -> None:
    shown = points[~points["is_reference"]].dropna(subset=["conf_low", "conf_high"])
    axes.vlines(
        shown["period"], shown["conf_low"], shown["conf_high"], colors=color_of(0), linewidth=1.4
    )


def _draw_band(axes: Axes, points: pd.DataFrame) -> None:
    """Ends joined; at a reference period the band has no width."""
    low = points["conf_low"].mask(points["is_reference"], 0.0)
    high = points["conf_high"].mask(points["is_reference"], 0.0)
    axes.fill_between(points["period"], low, high, color=color_of(0), alpha=0.2, linewidth=0)
    axes.plot(points["period"], points["estimate"], color=color_of(0), linewidth=1.2)


def _draw_points(axes: Axes, points: pd.DataFrame) -> None:
    """Estimates; open markers are the reference, and what has no interval."""
    is_open = points["is_reference"] | points["conf_low"].isna()
    for chosen, face in ((~is_open, color_of(0)), (is_open, "white")):
        axes.plot(
            points.loc[chosen, "period"],
            points.loc[chosen, "estimate"],
            linestyle="",
            marker="o",
            markersize=5,
            color=color_of(0),
            markerfacecolor=face,
            zorder=3,
        )


def _set_axes(axes: Axes, points: pd.DataFrame) -> None:
    periods = points["period"].to_numpy()
    axes.yaxis.grid(visible=True, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    room = max(0.5, AIR * float(np.ptp(periods)))
    axes.set_xlim(periods.min() - room, periods.max() + room)
    whole = np.arange(np.ceil(periods.min()), np.floor(periods.max()) + 1)
    if np.array_equal(periods, np.round(periods)):
        shown = whole[:: -(-len(whole) // MOST_TICKS)]
        binned = points.loc[points["is_binned"], "period"].tolist()
        axes.set_xticks(shown, [_tick(period, binned, periods) for period in shown])


def _tick(period: float, binned: Sequence[float], periods: Array) -> str:
    """A period as it is written at the axis."""
    text = f"{period:g}".replace("-", "\N{MINUS SIGN}")
    if period not in binned:
        return text
    return f"{'≤' if period == periods.min() else '≥'} {text}"
