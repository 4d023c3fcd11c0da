"""The look of every figure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["INK", "color_of", "style"]

INK = "#333333"
"""The color of all that is not data."""


def color_of(place: int) -> str:
    """The color of a group, to be asked for inside `style`: "C0" would be looked up when drawn."""
    from matplotlib.colors import to_hex

    return to_hex(f"C{place}")


@contextmanager
def style() -> Iterator[None]:
    """Draw with this package's style inside a ``with``; the settings outside stay as they were.

    The font comes with matplotlib and the palette is safe for colour-blind readers, so a figure
    looks the same everywhere.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from clusterstats.report import style
    >>> with style():
    ...     axes = Figure(layout="constrained").subplots()
    >>> axes.spines["top"].get_visible()
    False
    """
    import matplotlib as mpl
    import seaborn as sns
    from cycler import cycler

    settings = {
        **sns.axes_style("ticks"),
        **sns.plotting_context("paper"),
        "font.family": ["DejaVu Sans"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": INK,
        "axes.linewidth": 0.8,
        "axes.titleweight": "bold",
        "axes.prop_cycle": cycler(color=sns.color_palette("colorblind")),
        "legend.frameon": False,
        "savefig.facecolor": "white",
    }
    with mpl.rc_context(settings):
        yield
