"""Binned means against binsreg and dummy regressions by statsmodels; the figure by its marks."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from matplotlib.collections import LineCollection
from numpy.testing import assert_allclose

import clusterstats as cs
from clusterstats.errors import ClusterstatsWarning, OptionError, TableError

DIGITS = 1e-9  # two exact solutions of the same least squares; binsreg's were printed to 10 digits


def towns() -> pd.DataFrame:
    i = np.arange(200.0)
    data = pd.DataFrame({"x": 3 * np.sin(1.7 * i) + np.cos(i), "g": (i % 25).astype(int)})
    data["w"] = np.cos(0.9 * i) + np.sin(1.7 * i)
    data["y"] = data["x"] ** 2 + data["w"] + np.sin(i * i)
    data["zone"] = (i % 45).astype(int)
    data["weight"] = 1 + i % 3
    return data


def dummy_regression(
    data: pd.DataFrame, means: pd.DataFrame, columns: list[str], effects: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """All bins, and everything else about its mean: the coefficients of bins are the answer."""
    ends = means["x_high"].to_numpy()
    code = np.searchsorted(ends[:-1], data["x"], side="left")
    bins = (code[:, None] == np.arange(len(means))).astype(float)
    dummies = [pd.get_dummies(data[name]).iloc[:, 1:].to_numpy(dtype=float) for name in effects]
    others = np.column_stack([data[columns].to_numpy(), *dummies])
    return bins, others


def test_equals_binsreg() -> None:
    # binsreg 3.2.1 for Python: binsreg("y", "x", w=["w"], nbins=6, dots=(0, 0), ci=(0, 0),
    # at="mean", vce="HC1"); its intervals over twice the normal quantile.
    means = cs.binned_means(towns(), "y", "x", controls="w", bins=6)
    assert list(means["n"]) == [34, 33, 33, 34, 33, 33]
    expected = {
        "x": [-3.195290329, -1.937520937, -0.7357413795, 0.7427707413, 1.973613338, 3.190073679],
        "estimate": [
            10.44729049,
            3.840073127,
            0.7666184326,
            0.6346317878,
            3.919859476,
            10.45555787,
        ],
        "std_error": [
            0.541729151,
            0.2557334947,
            0.16624022,
            0.159465946,
            0.2872520274,
            0.5424967106,
        ],
    }
    for name, values in expected.items():
        assert_allclose(means[name], values, rtol=DIGITS)


def test_without_controls_it_is_the_mean_of_each_bin() -> None:
    data = towns()
    means = cs.binned_means(data, "y", "x", bins=4)
    parts = [data[data["x"].between(low, high)] for low, high in means[["x_low", "x_high"]].values]
    assert_allclose(means["estimate"], [part["y"].mean() for part in parts], rtol=DIGITS)
    assert [len(part) for part in parts] == [50] * 4
    assert means["x_low"].is_monotonic_increasing


@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize(
    ("option", "kind", "keywords"),
    [
        (cs.Robust("HC1"), "HC1", {}),
        (cs.Classical(), "nonrobust", {}),
        (cs.Clustered("zone"), "cluster", {"groups": "zone"}),
    ],
)
@pytest.mark.parametrize("effects", [[], ["g"]])
def test_equals_the_regression_on_all_dummies(
    weights: str | None,
    option: cs.Robust | cs.Classical | cs.Clustered,
    kind: str,
    keywords: dict[str, str],
    effects: list[str],
) -> None:
    data = towns()
    controls = "w + weight" + (" | " + " + ".join(effects) if effects else "")
    means = cs.binned_means(
        data, "y", "x", controls=controls, bins=5, weights=weights, covariance=option
    )
    bins, others = dummy_regression(data, means, ["w", "weight"], effects)
    w = np.ones(len(data)) if weights is None else data[weights].to_numpy()
    x = np.column_stack([bins, others - np.average(others, axis=0, weights=w)])
    groups = {"groups": data["zone"]} if keywords else {}
    fit = sm.WLS(data["y"].to_numpy(), x, weights=w).fit(cov_type=kind, cov_kwds=groups, use_t=True)
    assert_allclose(means["estimate"], fit.params[:5], rtol=1e-9)
    assert_allclose(means["std_error"], fit.bse[:5], rtol=1e-8)
    df = len(data) - x.shape[1] if not keywords else data["zone"].nunique() - 1
    from scipy.stats import t

    half = t.ppf(0.975, df) * fit.bse[:5]
    assert_allclose(means["conf_high"], fit.params[:5] + half, rtol=1e-8)


def test_leverages_agree_with_the_dummy_regression_without_effects() -> None:
    data = towns()
    means = cs.binned_means(data, "y", "x", controls="w", bins=5, covariance=cs.Robust("HC3"))
    bins, others = dummy_regression(data, means, ["w"], [])
    fit = sm.OLS(data["y"].to_numpy(), np.column_stack([bins, others - others.mean(axis=0)])).fit(
        cov_type="HC3"
    )
    assert_allclose(means["std_error"], fit.bse[:5], rtol=1e-9)
    with pytest.raises(OptionError, match="HC3 of binned means is made without fixed effects"):
        cs.binned_means(data, "y", "x", controls="| g", bins=5, covariance=cs.Robust("HC3"))


def test_curve_is_found_where_residuals_on_residuals_lose_it() -> None:
    # x is the control plus a little; y is x squared: residuals of x know nothing of its size.
    i = np.arange(400.0)
    data = pd.DataFrame({"w": 3 * np.sin(1.3 * i)})
    data["x"] = data["w"] + 0.1 * np.cos(2.1 * i)
    data["y"] = data["x"] ** 2
    means = cs.binned_means(data, "y", "x", controls="w", bins=10)
    assert_allclose(means["estimate"], means["x"] ** 2, atol=0.6)
    assert np.ptp(means["x"]) > 5


def test_groups_have_regressions_of_their_own() -> None:
    data = towns()
    together = cs.binned_means(data, "y", "x", controls="w", bins=4, by="weight")
    alone = cs.binned_means(data[data["weight"] == 2], "y", "x", controls="w", bins=4)
    pd.testing.assert_frame_equal(
        together[together["weight"] == 2].drop(columns="weight").reset_index(drop=True), alone
    )
    assert list(together.columns[:2]) == ["weight", "bin"]


def test_rows_without_a_group_are_told() -> None:
    data = towns()
    data["side"] = np.where(data["g"] > 3, None, "west")
    with pytest.warns(ClusterstatsWarning, match=r"168 row\(s\) have a blank in 'side'"):
        means = cs.binned_means(data, "y", "x", bins=3, by="side")
    assert means["n"].sum() == 32


def test_bins_are_cut_by_weight() -> None:
    data = pd.DataFrame({"x": [1.0, 2, 3, 4], "y": [1.0, 2, 4, 6], "w": [3.0, 1, 1, 1]})
    means = cs.binned_means(data, "y", "x", bins=2, weights="w", covariance=cs.Classical())
    assert means[["x_low", "x_high", "n", "estimate"]].values.tolist() == [
        [1.0, 1.0, 1.0, pytest.approx(1.0)],
        [2.0, 4.0, 3.0, pytest.approx(4.0)],
    ]


def test_few_clusters_are_told_once() -> None:
    with pytest.warns(ClusterstatsWarning, match="25 clusters of 'g'") as said:
        cs.binned_means(towns(), "y", "x", controls="w", covariance=cs.Clustered("g"))
    assert len(said) == 1


def test_expressions_and_any_engine() -> None:
    import duckdb

    relation = duckdb.from_df(towns().assign(x=lambda d: np.exp(d["x"])))
    means = cs.binned_means(relation, "y", "log(x)", controls="w", bins=6)
    assert_allclose(
        means["estimate"], cs.binned_means(towns(), "y", "x", controls="w", bins=6)["estimate"]
    )


def test_repeated_values_give_fewer_bins_and_say_so() -> None:
    data = towns().assign(x=lambda d: d["g"] % 3)
    with pytest.warns(ClusterstatsWarning, match="'x' repeats values: 3 bins instead of 20"):
        means = cs.binned_means(data, "y", "x")
    assert_allclose(means["estimate"], data.groupby("x")["y"].mean())


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"bins": 1}, OptionError, "whole number, 2 or more"),
        ({"level": 1.0}, OptionError, "between 0 and 1"),
        ({"controls": "w | | g ~ zone"}, OptionError, "instruments"),
        ({"controls": "0 + w"}, OptionError, "take the constant away"),
        ({"by": "region"}, TableError, "no column 'region'"),
        ({"x": "g", "controls": "| g"}, TableError, "bins of x='g': .*absorbed by the fixed eff"),
        ({"x": "top", "controls": "| g"}, TableError, r"does not vary apart .*\(bin 5 is a combin"),
        ({"x": "one"}, TableError, "one value only"),
        ({"x": "text"}, TableError, "not one column of numbers"),
    ],
)
@pytest.mark.filterwarnings("ignore:left out")
def test_bad_input_is_told(given: dict[str, object], error: type[Exception], message: str) -> None:
    data = towns().assign(one=1.0, text=lambda d: d["g"].astype(str).str[-1])
    data["top"] = data["x"].mask(data["g"] < 5, 10 + data["w"])  # a fifth of the rows, whole groups
    with pytest.raises(error, match=message):
        cs.binned_means(data, "y", **({"x": "x", "bins": 5} | given))  # type: ignore[arg-type]


def test_figure_has_a_point_and_a_bar_a_bin() -> None:
    data = towns()
    means = cs.binned_means(data, "y", "x", controls="w", bins=6)
    axes = cs.binscatter(data, "y", "x", controls="w", bins=6, x_label="Density").axes[0]
    assert_allclose(axes.lines[0].get_xydata(), means[["x", "estimate"]])
    (bars,) = [c for c in axes.collections if isinstance(c, LineCollection)]
    ends = np.array(bars.get_segments())[:, :, 1]
    assert_allclose(ends, means[["conf_low", "conf_high"]])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Density", "y")


def test_figure_without_intervals_and_by_group() -> None:
    figure = cs.binscatter(towns(), "y", "x", bins=4, by="weight", level=None)
    assert not figure.axes[0].collections
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["1.0", "2.0", "3.0"]
    assert len({line.get_color() for line in figure.axes[0].lines}) == 3
