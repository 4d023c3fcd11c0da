"""Figures, by the data and labels they carry."""

import sys
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from clusterstats.errors import TableError
from clusterstats.report import interval_plot

FRAME = pd.DataFrame(
    {
        "region": ["A", "B", "C", "A", "B", "C"],
        "year": [2006, 2006, 2006, 2022, 2022, 2022],
        "estimate": [1.0, 2.0, np.nan, 0.5, 3.0, 0.0],
        "conf_low": [0.5, np.nan, np.nan, 0.0, 1.0, 0.0],
        "conf_high": [1.5, np.nan, np.nan, 1.0, np.inf, 0.8],
    }
)


def bars(figure: Figure, panel: int = 0) -> np.ndarray:
    lines = [c for c in figure.axes[panel].collections if isinstance(c, LineCollection)]
    return np.array([segment for line in lines for segment in line.get_segments()])


def faces(figure: Figure) -> dict[str, list[float]]:
    """Estimates by face color: white is open."""
    found: dict[str, list[float]] = {"white": [], "filled": []}
    for line in figure.axes[0].lines:
        if line.get_marker() in ("o", "s"):
            kind = "white" if line.get_markerfacecolor() == "white" else "filled"
            found[kind] += list(np.asarray(line.get_xdata(), dtype=float))
    return found


def test_text_runs_down_the_side_in_the_frame_s_order() -> None:
    figure = interval_plot(FRAME.head(3), x="region", reference_line=1, y_label="LQ")
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["A", "B", "C"]
    assert axes.yaxis_inverted()
    assert axes.get_xlabel() == "LQ"
    assert bars(figure)[:, :, 0].tolist() == [[0.5, 1.5]]


def test_point_without_an_interval_is_open() -> None:
    figure = interval_plot(FRAME.head(3), x="region")
    assert faces(figure) == {"white": [2.0], "filled": [1.0]}
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["no interval"]


def test_result_without_inference_has_open_points_only() -> None:
    figure = interval_plot(FRAME[["region", "estimate"]].head(2), x="region")
    assert faces(figure) == {"white": [1.0, 2.0], "filled": []}


def test_numbers_run_along_the_bottom() -> None:
    figure = interval_plot(FRAME[FRAME["region"] == "A"], x="year", y_label="LQ")
    assert figure.axes[0].get_xlabel() == "year"
    assert bars(figure)[:, 0, 0].tolist() == [2006.0, 2022.0]


def test_groups_stand_side_by_side() -> None:
    figure = interval_plot(FRAME.assign(year=FRAME["year"].astype(str)), x="region", by="year")
    places = sorted({round(float(bar[0, 1]), 9) for bar in bars(figure)})
    assert places == [-0.25, 0.25, 1.25, 2.25]
    assert [t.get_text() for t in figure.legends[0].get_texts()][:2] == ["2006", "2022"]


def test_panels_share_their_axes() -> None:
    figure = interval_plot(FRAME, x="region", facet="year")
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["2006", "2022"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert len(bars(figure, 0)) == 1


def test_panels_are_laid_out_without_a_warning() -> None:
    figure = interval_plot(FRAME, x="region", facet="year", by="region", reference_line=1)
    figure.savefig(BytesIO(), format="png")
    widths = [axes.get_position().width for axes in figure.axes]
    assert min(widths) > 0.3


def test_years_are_marked_whole() -> None:
    figure = interval_plot(FRAME, x="year", by="region")
    assert list(figure.axes[0].get_xticks()) == [2006.0, 2022.0]
    long = pd.DataFrame({"year": range(2006, 2023), "estimate": 1.0})
    ticks = interval_plot(long, x="year").axes[0].get_xticks()
    assert list(ticks) == [2006.0, 2009.0, 2012.0, 2015.0, 2018.0, 2021.0]


def test_infinite_and_non_positive_ends_reach_the_edge() -> None:
    figure = interval_plot(FRAME.tail(3), x="region", is_log=True)
    low, high = figure.axes[0].get_xlim()
    assert figure.axes[0].get_xscale() == "log"
    ends = bars(figure)[:, :, 0]
    assert ends[0, 0] == low  # an interval down to zero
    assert ends[1, 1] == high  # an interval without end
    markers = [line.get_marker() for line in figure.axes[0].lines if len(line.get_xdata())]
    assert "<" in markers  # the estimate of zero


def test_settings_outside_and_pyplot_stay_untouched() -> None:
    before = dict(mpl.rcParams)
    interval_plot(FRAME, x="region")
    assert dict(mpl.rcParams) == before
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": "zone"}, "no column 'zone'"),
        ({"x": "region", "y": "conf_mid"}, "no column 'conf_mid'"),
        ({"x": "note"}, "'note' has a blank"),
    ],
)
def test_bad_columns_are_told(change: dict[str, str], message: str) -> None:
    with pytest.raises(TableError, match=message):
        interval_plot(FRAME.assign(note=["a", None] * 3), **change)  # type: ignore[arg-type]


def test_nothing_to_plot_is_told() -> None:
    with pytest.raises(TableError, match="no positive number to plot"):
        interval_plot(FRAME.tail(1), x="region", high="none", is_log=True)
