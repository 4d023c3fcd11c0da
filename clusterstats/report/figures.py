"""Figures of tidy results: points with their intervals."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clusterstats.errors import TableError
from clusterstats.report.intervals import Marks, marks_of
from clusterstats.report.style import INK, color_of, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["interval_plot"]

SHAPES = ("o", "s", "D", "^", "v", "P", "X", "p")
WIDTH, ROW, MARGIN = 6.5, 0.28, 1.1
"""Inches: width of a figure, height of a row of text, height of all that is not rows."""
LEGEND, NAME = 90, 34
"""Letters abreast in a legend, and of a row's name before it is broken."""
NO_INTERVAL, OFF_SCALE = "no interval", "beyond the axis"


@dataclass(frozen=True)
class Look:
    """How marks are drawn: where the estimate runs, its scale, its line, its words."""

    is_sideways: bool
    is_log: bool
    reference_line: float | None
    labels: tuple[str, str]


def interval_plot(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str = "estimate",
    low: str = "conf_low",
    high: str = "conf_high",
    by: str | None = None,
    facet: str | None = None,
    reference_line: float | None = None,
    is_log: bool = False,
    x_label: str | None = None,
    y_label: str | None = None,
) -> Figure:
    """Points with their intervals, from a tidy result.

    Use it for any result with an interval: estimates by region, by year, by specification.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a point, in the order in which text is to be shown.
    x : str
        The column to show the points along. Numbers and years run along the bottom; text runs
        down the side, one row a value, where long names can be read.
    y, low, high : str
        The columns of the estimate and the ends of its interval; ``null_low``, ``loo_low`` or
        ``estimate_low`` serve as well. Ends that `frame` has not are unknown.
    by : str, optional
        A column whose values get their own color and shape, side by side.
    facet : str, optional
        A column whose values get their own panel, on the same axes.
    reference_line : float, optional
        The value to compare with, such as 1 for a location quotient.
    is_log : bool
        Show the estimate on a logarithmic scale.
    x_label, y_label : str, optional
        What to write at the axes instead of the columns' names.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot, so nothing has to be closed.

    Raises
    ------
    TableError
        A column is missing, a key is blank, or there is no number to show.

    Notes
    -----
    A point whose interval is `nan` is an open marker; an interval without an estimate is a bar
    without a marker; an undefined row keeps its place and stays empty. Infinite values, and on
    a logarithmic scale those that are not positive, are drawn at the edge as an arrowhead.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> from clusterstats.report import interval_plot
    >>> jobs = pd.DataFrame({
    ...     "region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...     "employment": [60, 940, 40, 3960], "establishments": [6, 90, 5, 400],
    ... })
    >>> lq = cs.location_quotient(jobs, inference=cs.Analytic())
    >>> figure = interval_plot(lq, x="region", by="industry", reference_line=1)
    >>> figure.axes[0].get_xlabel()
    'estimate'
    """
    from matplotlib.figure import Figure

    missing = [name for name in (x, y, by, facet) if name is not None and name not in frame]
    if missing:
        raise TableError(f"the frame has no column {missing[0]!r} to plot; it has {list(frame)}")
    marks = marks_of(frame, x, (y, low, high), by, facet, reference_line, is_log)
    words = (x_label or x.replace("_", " "), y_label or y.replace("_", " "))
    look = Look(bool(marks.names), is_log, reference_line, words)
    with style():
        rows, columns = _arrangement(len(marks.panels))
        figure = Figure(figsize=(WIDTH, _height(marks, rows)), layout="constrained")
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        for axes, panel in zip_longest(panels.flat, marks.panels or [""]):
            _draw_panel(axes, marks, panel, look)
        _write_labels(figure, panels, look)
        _add_legend(figure, marks)
    return figure


def _arrangement(panels: int) -> tuple[int, int]:
    """Rows and columns of panels, at most three abreast."""
    columns = min(max(panels, 1), 3)
    return -(-max(panels, 1) // columns), columns


def _height(marks: Marks, rows: int) -> float:
    if not marks.names:
        return 3.6 if rows == 1 else 2.4 * rows
    return rows * (MARGIN + ROW * len(marks.names) * max(1.0, len(marks.groups) / 2))


def _draw_panel(axes: Axes, marks: Marks, panel: str | None, look: Look) -> None:
    """One panel: the reference line, then each group's bars and points; unused room is blank."""
    if panel is None:
        axes.set_visible(False)
        return
    if look.reference_line is not None:
        line = axes.axvline if look.is_sideways else axes.axhline
        line(look.reference_line, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0.9)
    shown = marks.points[marks.points["facet"] == panel]
    for place, group in enumerate(marks.groups or [""]):
        _draw_group(
            axes,
            shown[shown["by"] == group],
            look,
            color=color_of(place),
            shape=SHAPES[place % len(SHAPES)],
        )
    _set_axes(axes, marks, panel, look)


def _draw_group(axes: Axes, points: pd.DataFrame, look: Look, *, color: str, shape: str) -> None:
    """Bars, then filled points with an interval, open ones without, arrowheads off the scale."""
    bars = points.dropna(subset=["low", "high"])
    line = axes.hlines if look.is_sideways else axes.vlines
    line(bars["place"], bars["low"], bars["high"], colors=color, linewidth=1.4)
    known = points.dropna(subset=["value"])
    has_interval = known["low"].notna() & known["high"].notna()
    arrows = ("<", ">") if look.is_sideways else ("v", "^")
    kinds = [
        (known["edge"].eq(0) & has_interval, shape, color),
        (known["edge"].eq(0) & ~has_interval, shape, "white"),
        (known["edge"].eq(-1), arrows[0], "white"),
        (known["edge"].eq(1), arrows[1], "white"),
    ]
    for chosen, marker, face in kinds:
        if not chosen.any():  # matplotlib's layout gives way to an empty line that is not clipped
            continue
        along, value = known.loc[chosen, "place"], known.loc[chosen, "value"]
        at = (value, along) if look.is_sideways else (along, value)
        drawn = axes.plot(*at, linestyle="", marker=marker, color=color, markersize=5)
        drawn[0].set(markerfacecolor=face, clip_on=False)


def _set_axes(axes: Axes, marks: Marks, panel: str, look: Look) -> None:
    """Scale, limits, names of the rows and a light grid along the estimate."""
    value_axis = axes.xaxis if look.is_sideways else axes.yaxis
    (axes.set_xscale if look.is_sideways else axes.set_yscale)("log" if look.is_log else "linear")
    if look.is_log:
        _plain_ticks(value_axis)
    (axes.set_xlim if look.is_sideways else axes.set_ylim)(*marks.limits)
    value_axis.grid(visible=True, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_title(panel)
    if look.is_sideways:
        names = [textwrap.fill(name, NAME) for name in marks.names]
        axes.set_yticks(np.arange(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
    elif marks.ticks:
        axes.set_xticks(marks.ticks)


def _plain_ticks(axis: object) -> None:
    """Ticks at 1, 2 and 5 times powers of ten, written as numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))  # type: ignore[attr-defined]
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))  # type: ignore[attr-defined]
    axis.set_minor_formatter(NullFormatter())  # type: ignore[attr-defined]


def _write_labels(figure: Figure, panels: np.ndarray, look: Look) -> None:
    """Words at the outer axes only."""
    along, value = look.labels
    below, beside = (value, "") if look.is_sideways else (along, value)
    if panels.size == 1:
        panels[0, 0].set(xlabel=below, ylabel=beside)
        return
    figure.supxlabel(below, fontsize="medium")
    figure.supylabel(beside, fontsize="medium")


def _add_legend(figure: Figure, marks: Marks) -> None:
    """Groups, and what open markers and arrowheads mean where there are any."""
    from matplotlib.lines import Line2D

    def sign(label: str, color: str, shape: str, face: str, line: str = "") -> Line2D:
        return Line2D([], [], color=color, marker=shape, markerfacecolor=face, ls=line, label=label)

    signs = [
        sign(group, color_of(place), SHAPES[place % len(SHAPES)], color_of(place), "-")
        for place, group in enumerate(marks.groups)
    ]
    if marks.has_open:
        signs.append(sign(NO_INTERVAL, INK, "o", "white"))
    if marks.has_edge:
        signs.append(sign(OFF_SCALE, INK, ">", "white"))
    if signs:
        longest = max(len(str(one.get_label())) for one in signs)
        columns = min(len(signs), max(1, LEGEND // (longest + 6)))
        figure.legend(handles=signs, loc="outside upper left", ncols=columns)
