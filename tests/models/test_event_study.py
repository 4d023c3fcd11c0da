"""Event studies against differences by hand, dummies, and another program's estimates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

EXACT = 1e-9
"""Least squares on small, well-conditioned designs agree to rounding."""

few_clusters = pytest.mark.filterwarnings(
    "ignore:standard errors rest on:clusterstats.ClusterstatsWarning"
)
staggered = pytest.mark.filterwarnings(
    "ignore:units are treated in:clusterstats.ClusterstatsWarning"
)
pytestmark = few_clusters


def panel() -> pd.DataFrame:
    """24 units, 9 years; cohorts 2003, 2005 and 2006, and units never treated; whole arithmetic."""
    rows = []
    for unit in range(24):
        first = [2003, 2005, 2006, None][unit % 4] if unit % 8 else 2003
        for year in range(2000, 2009):
            since = None if first is None else year - first
            effect = 0.0
            if since is not None and since >= 0:
                effect = 1 + 0.5 * since if first == 2003 else 2 - 0.2 * since
            noise = (unit * 37 + (year - 2000) * 101 + (unit * year) % 17 * 13) % 29 / 10
            rows.append(
                {
                    "unit": unit,
                    "year": year,
                    "first": np.nan if first is None else first,
                    "y": unit / 4 + (year - 2000) / 10 + effect + noise,
                    "x": (unit * 7 + year * 3) % 11 / 5,
                    "w": 1 + unit % 3,
                }
            )
    return pd.DataFrame(rows)


def study(data: pd.DataFrame, formula: str = "y ~ 1", **options: object) -> cs.EventStudyFit:
    names = {"unit": "unit", "time": "year"} | (
        {} if "treated" in options else {"first_treated": "first"}
    )
    return cs.event_study(formula, data, **names, **options)  # type: ignore[arg-type]


def one_cohort() -> pd.DataFrame:
    data = panel()
    return data[data["first"].isna() | (data["first"] == 2005)]


@pytest.mark.parametrize("estimator", ["twoway", "sun_abraham"])
def test_one_cohort_is_a_difference_of_differences(estimator: str) -> None:
    data = one_cohort()
    path = study(data, estimator=estimator).path().set_index("event_time")
    means = data.assign(group=data["first"].notna()).pivot_table("y", "year", "group")
    gap = means[True] - means[False]
    assert list(path.index) == list(range(-5, 4))
    for since, row in path.iterrows():
        assert row["estimate"] == pytest.approx(gap[2005 + since] - gap[2004], abs=EXACT)
    assert path.loc[-1, "is_reference"]
    assert path["is_reference"].sum() == 1


def test_two_by_two_with_its_robust_error() -> None:
    """Two units a group and two years: the classical error of a difference in differences."""
    data = pd.DataFrame(
        {
            "unit": [1, 1, 2, 2, 3, 3, 4, 4],
            "year": [1, 2] * 4,
            "first": [2.0] * 4 + [np.nan] * 4,
            "y": [1.0, 4.0, 2.0, 7.0, 0.0, 1.0, 3.0, 3.0],
        }
    )
    changes = {"treated": [3.0, 5.0], "control": [1.0, 0.0]}
    effect = np.mean(changes["treated"]) - np.mean(changes["control"])
    squares = sum(((np.array(each) - np.mean(each)) ** 2).sum() for each in changes.values())
    error = np.sqrt(squares / (4 - 2) * (1 / 2 + 1 / 2))
    for estimator in ("twoway", "sun_abraham"):
        row = study(data, estimator=estimator, covariance=cs.Classical()).tidy().iloc[0]
        assert row["estimate"] == pytest.approx(effect, rel=EXACT)
        assert row["std_error"] == pytest.approx(error, rel=EXACT)


PYFIXEST_SATURATED = {  # pyfixest 0.60.0: event_study(..., estimator="saturated", cluster="unit")
    -6: (0.283333, 0.684573),  # .aggregate(), columns Estimate and Std. Error
    -5: (-0.108333, 0.681425),
    -4: (-0.158333, 0.500708),
    -3: (-0.577778, 0.430821),
    -2: (-0.338889, 0.453992),
    0: (1.361111, 0.436543),
    1: (1.733333, 0.389573),
    2: (1.683333, 0.444148),
    3: (1.358333, 0.491614),
    4: (2.516667, 0.789027),
    5: (2.800000, 0.602508),
}


def test_sun_abraham_is_that_of_pyfixest() -> None:
    rows = study(panel(), estimator="sun_abraham").tidy().set_index("event_time")
    assert list(rows.index) == list(PYFIXEST_SATURATED)
    for since, (estimate, error) in PYFIXEST_SATURATED.items():
        assert rows.loc[since, "estimate"] == pytest.approx(estimate, abs=5.1e-7)
        assert rows.loc[since, "std_error"] == pytest.approx(error, abs=5.1e-7)


@pytest.mark.parametrize("weights", [None, "w"])
def test_sun_abraham_is_the_average_of_a_saturated_regression(weights: str | None) -> None:
    data = panel()
    fit = study(data, "y ~ x", estimator="sun_abraham", weights=weights)
    since = data["year"] - data["first"]
    cells = data.assign(since=since)[since.notna() & (since != -1)]
    cells = cells.assign(cell=1.0 if weights is None else cells["w"])
    size = cells.groupby(["since", "first"])["cell"].sum()
    dummies = pd.DataFrame(
        {
            f"d{place}": ((since == key[0]) & (data["first"] == key[1])).astype(float)
            for place, key in enumerate(size.index)
        }
    )
    whole = cs.regress(
        f"y ~ {' + '.join(dummies)} + x | unit + year",
        pd.concat([data, dummies], axis=1),
        weights=weights,
        covariance=cs.Clustered("unit"),
    )
    rows = fit.tidy().set_index("event_time")
    for time in (-6.0, -2.0, 0.0, 3.0):
        part = (size / size.groupby("since").transform("sum")).to_numpy()
        own = np.where(size.index.get_level_values("since") == time, part, 0.0)
        matrix = np.append(own, 0.0)
        assert rows.loc[time, "estimate"] == pytest.approx(matrix @ whole.estimates, rel=EXACT)
        variance = matrix @ whole.cov_params().to_numpy() @ matrix
        assert rows.loc[time, "std_error"] == pytest.approx(np.sqrt(variance), rel=EXACT)
    assert fit.params["x"] == pytest.approx(whole.params["x"], rel=EXACT)
    effects = fit.cohort_effects()
    assert effects.groupby("event_time")["weight"].sum().to_numpy() == pytest.approx(1)


def test_cohort_effects_are_two_by_two_comparisons_with_the_never_treated() -> None:
    data = panel()
    table = (
        study(data, estimator="sun_abraham").cohort_effects().set_index(["cohort", "event_time"])
    )
    means = data.assign(first=data["first"].fillna(0)).pivot_table("y", "year", "first")
    for cohort, since in [(2003, 2), (2005, -4), (2006, 0)]:
        own = means[cohort] - means[0]
        by_hand = own[cohort + since] - own[cohort - 1]
        assert table.loc[(cohort, since), "estimate"] == pytest.approx(by_hand, abs=EXACT)


def test_only_the_interaction_weighted_estimator_is_free_of_other_periods() -> None:
    """Effects without noise that differ by cohort: two-way leads are not 0."""
    data = panel()
    since = (data["year"] - data["first"]).to_numpy()
    slope = np.where(data["first"] == 2003, 2.0, 0.5)
    data["y"] = np.where(since >= 0, slope * (since + 1), 0.0) + data["unit"] + data["year"]
    with pytest.warns(
        cs.ClusterstatsWarning, match="units are treated in 3 different periods .2003"
    ):
        mixed = study(data)
    assert mixed.path().query("event_time < -1")["estimate"].abs().max() > 0.1
    clean = study(data, estimator="sun_abraham").path().set_index("event_time")
    assert clean.loc[-6:-2, "estimate"].abs().max() < 1e-9
    shares = data[since == 0].groupby("first").size()
    expected = (shares[2003] * 2 + (shares.sum() - shares[2003]) * 0.5) / shares.sum()
    assert clean.loc[0, "estimate"] == pytest.approx(expected, abs=EXACT)


@staggered
def test_twoway_is_the_regression_on_dummies_with_ends_put_together() -> None:
    data = panel()
    fit = study(data, "y ~ x", window=cs.EventWindow(-3, 2), weights="w")
    since = (data["year"] - data["first"]).clip(-3, 2)
    for time in (-3, -2, 0, 1, 2):
        data[f"d{time + 3}"] = (since == time).astype(float)
    other = cs.regress(
        "y ~ d0 + d1 + d3 + d4 + d5 + x + C(unit) + C(year)",
        data,
        weights="w",
        covariance=cs.Clustered("unit"),
        convention=cs.SmallSample(),
    )
    table = fit.tidy()
    assert table["event_time"].tolist()[:5] == [-3, -2, 0, 1, 2]
    np.testing.assert_allclose(
        table["estimate"], other.params[["d0", "d1", "d3", "d4", "d5", "x"]], rtol=1e-8
    )
    assert fit.path().query("is_binned")["event_time"].tolist() == [-3, 2]
    assert np.isnan(table["event_time"].iloc[-1])
    assert table["term"].iloc[-1] == "x"
    assert fit.path()["treated_rows"].sum() == pytest.approx(
        data.loc[since.notna() & (since != -1), "w"].sum()
    )


@staggered
@pytest.mark.parametrize("estimator", ["twoway", "sun_abraham"])
def test_leads_and_average_effect(estimator: str) -> None:
    fit = study(panel(), estimator=estimator)
    leads = fit.test_leads().iloc[0]
    names = [f"event_time::{time}" for time in range(-6, -1)]
    b, v = fit.params[names], fit.cov_params().loc[names, names]
    assert leads["statistic"] == pytest.approx(b @ np.linalg.solve(v, b) / 5, rel=1e-8)
    assert (leads["df1"], leads["df2"]) == (5, 23)
    lags = fit.path().query("event_time >= 0")
    average = fit.average_effect().iloc[0]
    expected = np.average(lags["estimate"], weights=lags["treated_rows"])
    assert average["estimate"] == pytest.approx(expected, rel=EXACT)
    assert average["hypothesis"] == "average effect = 0"
    with pytest.raises(cs.OptionError, match="there is no lead but the reference -1"):
        study(panel(), estimator=estimator, window=cs.EventWindow(-1, 3)).test_leads()


@staggered
@pytest.mark.parametrize("estimator", ["twoway", "sun_abraham"])
@pytest.mark.parametrize("option", [cs.Robust("HC1"), cs.Clustered("unit", correction="CR2")])
def test_another_covariance_keeps_estimates(estimator: str, option: cs.Robust) -> None:
    first = study(panel(), estimator=estimator)
    changed = first.with_covariance(option)
    direct = study(panel(), estimator=estimator, covariance=option)
    pd.testing.assert_series_equal(changed.params, first.params)
    pd.testing.assert_frame_equal(changed.path(), direct.path())
    assert changed.asked == option


@staggered
@pytest.mark.parametrize("estimator", ["twoway", "sun_abraham"])
def test_prediction_of_the_rows_used_is_their_fitted_value(estimator: str) -> None:
    fit = study(panel(), "y ~ x", estimator=estimator)
    np.testing.assert_allclose(fit.predict(panel()), fit.fittedvalues, atol=1e-9)
    assert fit.predict().name == "prediction"


def test_a_column_of_treatment_does_instead_of_dates() -> None:
    data = panel()
    data["on"] = (data["year"] >= data["first"]).astype(int)
    dated = study(data, estimator="sun_abraham")
    switched = study(data, estimator="sun_abraham", treated="on")
    pd.testing.assert_frame_equal(dated.tidy(), switched.tidy())
    data.loc[data.index[-1], "on"] = 0
    data.loc[8, "on"] = 0
    with pytest.raises(cs.TableError, match=r"'on' is 0 after it was 1 in 1 row\(s\), first 0 in"):
        study(data, treated="on")
    with pytest.raises(cs.TableError, match="'x' must be 0 or 1 in every row"):
        study(data, treated="x")
    with pytest.raises(cs.OptionError, match="name one of first_treated= .* and treated="):
        cs.event_study("y ~ 1", data, unit="unit", time="year")


def test_rows_without_a_response_do_not_move_the_date_of_treatment() -> None:
    data = panel()
    data["on"] = (data["year"] >= data["first"]).astype(int)
    data.loc[data["year"] == data["first"], "y"] = np.nan
    with pytest.warns(cs.ClusterstatsWarning, match="have a blank"):
        fit = study(data, estimator="sun_abraham", treated="on")
    assert 0 not in fit.event_times


def test_cohorts_seen_too_late_are_left_out_and_counted() -> None:
    data = panel()
    data.loc[data["unit"] == 5, "first"] = 2000
    with pytest.warns(cs.ClusterstatsWarning, match=r"1 unit\(s\) of the cohorts 2000 are not obs"):
        fit = study(data, estimator="sun_abraham")
    assert fit.glance()["dropped no control"].item() == 9
    assert 2000 not in fit.cohort_effects()["cohort"].to_numpy()


def test_units_treated_last_are_controls_where_none_is_never_treated() -> None:
    data = panel()
    data = data[data["first"].notna()]
    with pytest.warns(
        cs.ClusterstatsWarning, match=r"those treated last \(2006\) are the controls"
    ):
        fit = study(data, estimator="sun_abraham")
    earlier = data[data["year"] < 2006]
    as_never = earlier.assign(first=earlier["first"].where(earlier["first"] < 2006))
    expected = study(as_never, estimator="sun_abraham")
    pd.testing.assert_frame_equal(fit.tidy(), expected.tidy())
    with pytest.raises(cs.OptionError, match="known up to a linear trend only; add such units, or"):
        study(data)
    with pytest.warns(cs.ClusterstatsWarning, match="and no unit is never treated: two-way"):
        study(data, window=cs.EventWindow(-2, 2))
    together = data[data["first"] == 2005]
    with pytest.raises(cs.OptionError, match="all units are treated in 2005 and none later"):
        study(together, estimator="sun_abraham")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(first=np.nan), "no unit is ever treated"),
        (lambda t: t.assign(first=t["first"].fillna(0)), "'first' is 0 in .* leave it blank for"),
        (lambda t: t.assign(first=t["first"].mask(t.index == 1, 2004)), r"differs within 1 unit"),
        (lambda t: t.assign(year=t["year"].astype(str)), "'year' is the time and must be numbers"),
        (lambda t: t.drop(columns="first"), "no column 'first'; the table has 'unit'"),
        (
            lambda t: t[t["year"] - t["first"] != -1],
            "no row is at the reference event time -1; the",
        ),
    ],
)
def test_bad_tables_are_named_with_the_remedy(change, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(cs.TableError, match=message):
        study(change(panel()))


def test_bad_options() -> None:
    with pytest.raises(cs.OptionError, match="estimator='sunab' is not known; use one of"):
        study(panel(), estimator="sunab")
    with pytest.raises(cs.OptionError, match="must have first < last and the reference between"):
        cs.EventWindow(0, 5)
    with pytest.raises(cs.OptionError, match="event_study takes no instruments"):
        study(panel(), "y ~ 1 | x ~ w")
    with pytest.raises(cs.OptionError, match="effects by cohort are those of event_study"):
        study(one_cohort()).cohort_effects()
