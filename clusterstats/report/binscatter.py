"""A binned scatter plot: a response by bins of a variable, other variables held at their means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.models.binned.means import binned_means
from clusterstats.models.covariance import CovarianceOption
from clusterstats.report.figures import SHAPES, WIDTH
from clusterstats.report.style import color_of, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["binscatter"]

HEIGHT = 4.0


def binscatter(
    data: IntoTable,
    y: str,
    x: str,
    *,
    controls: str = "",
    bins: int = 20,
    by: str | None = None,
    weights: str | None = None,
    covariance: CovarianceOption | None = None,
    level: float | None = 0.95,
    x_label: str | None = None,
    y_label: str | None = None,
) -> Figure:
    """Draw the mean of a response in bins of a variable, controls held at their means.

    Parameters
    ----------
    data : table
        pandas, Polars, DuckDB, Arrow or a reader's frame.
    y, x : str
        Columns, or expressions such as `log(wage)`.
    controls : str
        The rest of a formula: `size + age | region + year`, with fixed effects behind the bar.
    bins : int
        Number of bins with about as many rows each.
    by : str, optional
        A column of groups, each with its own bins, controls and color.
    weights : str, optional
        Column of weights.
    covariance : CovarianceOption, optional
        Of the intervals; `Robust("HC1")` if not given.
    level : float, optional
        Of the pointwise intervals; none are drawn for None.
    x_label, y_label : str, optional
        What to write at the axes instead of `x` and `y`.

    Returns
    -------
    matplotlib.figure.Figure
        Not known to pyplot, so nothing has to be closed. The numbers are those of `binned_means`.

    Raises
    ------
    OptionError, TableError
        As in `binned_means`.

    Notes
    -----
    See `binned_means` for how controls are taken out: not by plotting residuals on residuals, which
    distorts any relation that is not linear.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> towns = pd.DataFrame({"density": np.arange(200) / 20, "age": np.arange(200) % 7})
    >>> towns["wage"] = np.sqrt(towns["density"]) + towns["age"]
    >>> figure = cs.binscatter(towns, "wage", "density", controls="age", bins=10)
    >>> len(figure.axes[0].lines[0].get_xdata())
    10
    """
    from matplotlib.figure import Figure

    means = binned_means(
        data,
        y,
        x,
        controls=controls,
        bins=bins,
        by=by,
        weights=weights,
        covariance=covariance,
        level=0.95 if level is None else level,
    )
    groups = {"": means} if by is None else dict(iter(means.groupby(by, sort=False)))
    with style():
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.subplots()
        for place, (name, points) in enumerate(groups.items()):
            _draw(axes, points, place, str(name), level is not None)
        axes.grid(visible=True, color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set(
            xlabel=x_label or x.replace("_", " "),
            ylabel=y_label or y.replace("_", " "),
        )
        if by is not None:
            figure.legend(loc="outside upper left", ncols=min(len(groups), 5), title=None)
    return figure


def _draw(axes: Axes, points: pd.DataFrame, place: int, name: str, has_intervals: bool) -> None:
    """One group: bars behind, points before."""
    color = color_of(place)
    axes.plot(
        points["x"],
        points["estimate"],
        linestyle="",
        marker=SHAPES[place % len(SHAPES)],
        markersize=5,
        color=color,
        label=name,
        zorder=3,
    )
    if has_intervals:
        bars = points.dropna(subset=["conf_low", "conf_high"])
        axes.vlines(bars["x"], bars["conf_low"], bars["conf_high"], colors=color, linewidth=1.2)
