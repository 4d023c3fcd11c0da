"""Figures of estimates and event studies, by the data and labels they carry."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

import clusterstats as cs
from clusterstats.errors import OptionError
from tests.report.tables_data import LABELS, POOLED, WITHIN, fit

STUDY = fit({"t::2": (0.5, 0.1), "t::-3": (0.1, 0.2), "t::-2": (-0.1, np.nan), "size": (9.0, 1.0)})


def bars(figure: Figure) -> np.ndarray:
    lines = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    return np.array([segment for line in lines for segment in line.get_segments()])


def markers(figure: Figure) -> dict[str, list[list[float]]]:
    """Points by face color: white is open."""
    found: dict[str, list[list[float]]] = {"white": [], "filled": []}
    for line in figure.axes[0].lines:
        if line.get_marker() == "o":
            kind = "white" if line.get_markerfacecolor() == "white" else "filled"
            found[kind] += np.asarray(line.get_xydata(), dtype=float).tolist()
    return found


def test_a_row_a_term_and_a_color_a_model() -> None:
    figure = cs.coefplot(POOLED, WITHIN, labels=LABELS, names=["Pooled", "Within"])
    axes = figure.axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["Density (log)", "rail_km"]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["Pooled", "Within"]
    # density pooled; density and rail within: estimates less and plus 1.96 standard errors
    z = 1.959963984540054
    assert_allclose(
        bars(figure)[:, :, 0],
        [
            [-0.0229 - z * 0.0025, -0.0229 + z * 0.0025],
            [-0.296 - z * 0.014, -0.296 + z * 0.014],
            [4e-5 - z * 2e-5, 4e-5 + z * 2e-5],
        ],
    )
    assert axes.get_xlabel() == "Estimate and 95 % confidence interval"


def test_constant_is_shown_if_asked_for() -> None:
    axes = cs.coefplot(POOLED, keep=["Intercept", "log*"], order=["Intercept"]).axes[0]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["Constant", "log_density"]


def test_color_of_the_first_model_stays_the_first() -> None:
    figure = cs.coefplot(WITHIN, POOLED, order=["log_density"], keep=["rail_km", "log_density"])
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["(1)", "(2)"]


def test_marks_and_bars_have_one_color() -> None:
    from matplotlib.colors import to_hex

    axes = cs.coefplot(POOLED).axes[0]
    marked = {to_hex(line.get_color()) for line in axes.lines if line.get_marker() == "o"}
    (drawn,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    assert marked == {to_hex(color) for color in drawn.get_color()}
    assert marked == {"#0173b2"}  # the first of the palette for color-blind readers


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"names": ["a"]}, "a name of its own for each model"),
        ({"names": ["a", "a"]}, "a name of its own for each model"),
        ({"keep": ["rail"]}, "keep has 'rail', which is no term"),
        ({"level": 2.0}, "between 0 and 1"),
    ],
)
def test_bad_options_are_told(given: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        cs.coefplot(POOLED, WITHIN, **given)  # type: ignore[arg-type]


def test_no_fit_is_told() -> None:
    with pytest.raises(OptionError, match="give the fits to draw"):
        cs.coefplot()


def test_event_study_runs_over_time_with_its_reference_at_0() -> None:
    figure = cs.event_plot(STUDY)
    assert markers(figure) == {
        "filled": [[-3.0, 0.1], [2.0, 0.5]],
        "white": [[-2.0, -0.1], [-1.0, 0.0]],  # no interval; reference
    }
    z = 1.959963984540054
    assert_allclose(
        bars(figure)[:, :, 1], [[0.1 - z * 0.2, 0.1 + z * 0.2], [0.5 - z * 0.1, 0.5 + z * 0.1]]
    )
    axes = figure.axes[0]
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert [line.get_xdata()[0] for line in dashed] == [-0.5]
    assert list(axes.get_xticks()) == [-3, -2, -1, 0, 1, 2]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("t", "Effect and 95 % confidence interval")


def test_band_closes_at_the_reference() -> None:
    figure = cs.event_plot(fit({"t::-2": (1.0, 0.5), "t::0": (2.0, 0.5)}), kind="band", level=0.9)
    (band,) = [c for c in figure.axes[0].collections if isinstance(c, PolyCollection)]
    points = band.get_paths()[0].vertices
    assert sorted({y for x, y in points if x == -1.0}) == [0.0]
    assert_allclose(max(y for x, y in points if x == 0.0), 2 + 1.6448536269514722 * 0.5)


def test_reference_is_read_from_the_formula() -> None:
    i = np.arange(400)
    data = pd.DataFrame({"year": 2000 + i % 5, "firm": i // 5, "treated": (i // 5) % 2})
    data["y"] = data["treated"] * (data["year"] - 2000) + np.sin(i)
    model = cs.regress("y ~ i(year, treated, ref=2002) | firm + year", data)
    points = markers(cs.event_plot(model))
    assert points["white"] == [[2002.0, 0.0]]
    assert [x for x, _ in points["filled"]] == [2000.0, 2001.0, 2003.0, 2004.0]


def stations() -> cs.EventStudyFit:
    i = np.arange(600)
    data = pd.DataFrame({"town": i // 10, "year": 2010 + i % 10})
    data["opened"] = np.where(data["town"] % 2 == 0, np.nan, 2015)
    data["jobs"] = 0.5 * (data["year"] - data["opened"]).clip(0).fillna(0) + np.sin(i * i)
    window = cs.EventWindow(-3, 2)
    return cs.event_study(
        "jobs ~ 1", data, unit="town", time="year", first_treated="opened", window=window
    )


def test_event_study_has_its_own_reference_and_ends() -> None:
    study = stations()
    figure = cs.event_plot(study)
    path = study.path().set_index("event_time")
    assert markers(figure)["white"] == [[-1.0, 0.0]]
    drawn = dict(markers(figure)["filled"])
    assert drawn == path.loc[~path["is_reference"], "estimate"].to_dict()
    assert len(bars(figure)) == len(drawn)
    ticks = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert ticks == ["≤ −3", "−2", "−1", "0", "1", "≥ 2"]
    with pytest.raises(OptionError, match="has its own periods and reference"):
        cs.event_plot(study, reference=-2)


def test_event_study_stands_in_a_table_in_order() -> None:
    table = cs.table(stations(), stats=[])
    names = [row.label for row in table.rows if row.kind == "estimate"]
    assert names == [f"Event time: {time}" for time in ("−3", "−2", "0", "1", "2")]


def test_references_are_given() -> None:
    figure = cs.event_plot(STUDY, reference=[-1, -4])
    assert [x for x, _ in markers(figure)["white"]] == [-4.0, -2.0, -1.0]


def test_one_of_several_variables_is_chosen() -> None:
    both = fit({"t::0": (1.0, 0.1), "t::-2": (1.0, 0.1), "s::1": (1.0, 0.1), "s::2": (1.0, 0.1)})
    with pytest.raises(OptionError, match="variables with such terms: 't', 's'; choose one"):
        cs.event_plot(both)
    assert cs.event_plot(both, variable="s", reference=0).axes[0].get_xlabel() == "s"


@pytest.mark.parametrize(
    ("model", "given", "message"),
    [
        (POOLED, {}, "variables with such terms: none"),
        (STUDY, {"variable": "year"}, "has no terms by period; variables with: 't'"),
        (STUDY, {"reference": -3}, "reference=-3 is a period with an estimate of its own"),
        (STUDY, {"kind": "line"}, "use one of 'whiskers', 'band'"),
        (fit({"t::2001": (1.0, 1.0)}), {}, "not known; name it: reference=2006"),
        (fit({"t::1:a": (1.0, 1.0), "t::1:b": (1.0, 1.0)}), {}, "two terms of 't' are of period 1"),
    ],
)
def test_bad_event_studies_are_told(model: cs.Fit, given: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        cs.event_plot(model, **given)  # type: ignore[arg-type]
