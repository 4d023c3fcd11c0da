"""Dynamic panels in differences: printed values of other programs, a loop, identities, coverage.

Tolerances: half a unit of the last digit published, or printed by other programs, and a little;
5e-7 where their logarithms are stored in single precision; 1e-8 against a loop over units from the
same formulas.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import clusterstats as cs

TABLE = "n ~ lag(n, 1) + lag(n, 2) + w + lag(w, 1) + k + ys + lag(ys, 1) | year"
A1 = (
    "n ~ lag(n, 1) + lag(n, 2) + w + lag(w, 1) + k + lag(k, 1) + lag(k, 2) "
    "+ ys + lag(ys, 1) + lag(ys, 2) | year"
)
SINGLE = 5e-7
SHORT = "n ~ lag(n, 1) + lag(n, 2) + w + k"


@pytest.fixture(scope="module")
def firms(data_dir: Path) -> pd.DataFrame:
    """Arellano and Bond's firms, in logarithms."""
    data = pd.read_csv(data_dir / "empluk" / "empluk.csv")
    names = {"emp": "n", "wage": "w", "capital": "k", "output": "ys"}
    return data.assign(**{short: np.log(data[name]) for name, short in names.items()})


def fitted(formula: str, data: pd.DataFrame, **options: object) -> cs.Fit:
    return cs.difference_gmm(formula, data, entity="firm", time="year", **options)


def panel(units: int, periods: int, seed: int, rho: float = 0.5) -> pd.DataFrame:
    """A dynamic panel with one regressor that answers to past errors."""
    random = np.random.default_rng(seed)
    effect = random.normal(size=units)
    y = effect / (1 - rho) + random.normal(size=units)
    shock = random.normal(size=units)
    rows = []
    for year in range(periods):
        x = 0.5 * effect + 0.3 * shock + random.normal(size=units)
        shock = random.normal(size=units) * np.sqrt(0.5 + 0.5 * effect**2)
        y = rho * y + x + effect + shock
        rows.append(pd.DataFrame({"unit": range(units), "year": year, "y": y, "x": x}))
    return pd.concat(rows, ignore_index=True)


# --- printed values ---


def test_arellano_bond_table_4b(firms: pd.DataFrame, reference_dir: Path) -> None:
    printed = pd.read_csv(reference_dir / "tables" / "arellano_bond1991_table4b.csv")
    names = {"n(-1)": "lag(n, 1)", "n(-2)": "lag(n, 2)", "w(-1)": "lag(w, 1)"}
    names |= {"ys(-1)": "lag(ys, 1)"}
    fit = fitted(TABLE, firms, windmeijer=False)
    assert len(printed) == 14
    for row in printed.itertuples():
        ours = (fit.params if row.stat == "coef" else fit.bse)[names.get(row.item, row.item)]
        assert round(ours, 3) == pytest.approx(row.published, abs=1e-9), (row.item, row.stat)
        assert ours == pytest.approx(row.reproduced, abs=1.5e-8)  # R plm, as printed
    assert fit.nobs == 611
    assert fit.statistics["units"] == 140
    assert fit.statistics["instruments"] == 38


# plm's summary(pgmm(...)) of the same model: Sargan test chisq(25) = 30.11247, tests of
# autocorrelation without and with robust = TRUE
@pytest.mark.parametrize(
    ("windmeijer", "first", "second"),
    [(False, -2.427829, -0.3325401), (True, -1.53845, -0.2796829)],
)
def test_specification_tests_of_plm(
    firms: pd.DataFrame, windmeijer: bool, first: float, second: float
) -> None:
    found = fitted(TABLE, firms, windmeijer=windmeijer).statistics
    assert found["hansen"] == pytest.approx(30.11247, abs=1.5e-5)
    assert found["hansen_df"] == 25
    assert found["hansen_p_value"] == pytest.approx(0.22011, abs=1e-5)
    assert found["ar1"] == pytest.approx(first, abs=1.5e-5)
    assert found["ar2"] == pytest.approx(second, abs=1.5e-5)


def test_arellano_bond_table_4_a1_one_step(firms: pd.DataFrame) -> None:
    """Column (a1) as printed: coefficients, robust errors, m2 -0.516, Sargan 65.8 (25)."""
    fit = fitted(A1, firms, steps=1)
    coefficients = [0.686, -0.085, -0.608, 0.393, 0.357, -0.058, -0.020, 0.608, -0.711, 0.106]
    errors = [0.145, 0.056, 0.178, 0.168, 0.059, 0.073, 0.033, 0.172, 0.232, 0.141]
    assert fit.params.to_numpy() == pytest.approx(coefficients, abs=6e-4)
    assert fit.bse.to_numpy() == pytest.approx(errors, abs=6e-4)
    assert fit.statistics["ar2"] == pytest.approx(-0.516, abs=6e-4)
    assert fit.statistics["sargan"] == pytest.approx(65.8, abs=0.05)
    assert fit.statistics["sargan_df"] == 25


# pydynpd, README: 'n L(1:2).n w k | gmm(n, 2:4) gmm(w, 1:3) iv(k) | timedumm nolevel'
PYDYNPD = {
    "lag(n, 1)": (0.2710675, 0.1382542),
    "lag(n, 2)": (-0.0233928, 0.0419665),
    "w": (-0.5668527, 0.2092231),
    "k": (0.3613939, 0.0662624),
}

# xtabond2 n L(1/2).n w k, gmm(n, lag(2 4)) gmm(w, lag(1 3)) iv(k) nolevel twostep robust, as in
# pydynpd's benchmark against it
XTABOND2 = {
    "lag(n, 1)": (0.1700616, 0.1046652),
    "lag(n, 2)": (-0.0113381, 0.0377205),
    "w": (-0.9510582, 0.1277298),
    "k": (0.4637223, 0.0718328),
}


def test_windmeijer_of_pydynpd_with_effects_of_time(firms: pd.DataFrame) -> None:
    lagged = [cs.LagInstruments("n", 2, 4), cs.LagInstruments("w", 1, 3)]
    fit = fitted(f"{SHORT} | year", firms, instruments=lagged)
    for name, (coefficient, error) in PYDYNPD.items():
        assert fit.params[name] == pytest.approx(coefficient, abs=SINGLE)
        assert fit.bse[name] == pytest.approx(error, abs=SINGLE)
    found = fit.statistics
    assert found["instruments"] == 42
    assert found["hansen"] == pytest.approx(32.666, abs=6e-4)
    assert found["hansen_df"] == 32
    assert found["ar1"] == pytest.approx(-1.29, abs=6e-3)
    assert found["ar2_p_value"] == pytest.approx(0.760, abs=6e-4)


def test_windmeijer_of_xtabond2_without_effects_of_time(firms: pd.DataFrame) -> None:
    lagged = [cs.LagInstruments("n", 2, 4), cs.LagInstruments("w", 1, 3)]
    fit = fitted(SHORT, firms, instruments=lagged)
    for name, (coefficient, error) in XTABOND2.items():
        assert fit.params[name] == pytest.approx(coefficient, abs=SINGLE)
        assert fit.bse[name] == pytest.approx(error, abs=SINGLE)
    found = fit.statistics
    assert found["hansen"] == pytest.approx(47.86, abs=6e-3)
    assert found["ar1"] == pytest.approx(-1.19, abs=6e-3)
    assert found["ar2"] == pytest.approx(-0.81, abs=6e-3)
    # xtabond2 divides by n, not n - k, in the variance of Sargan's test
    assert found["sargan"] * 611 / 607 == pytest.approx(91.61, abs=6e-3)


def test_joint_test_that_plm_prints(firms: pd.DataFrame) -> None:
    """Wald test for coefficients: chisq(7) = 142.0353, with robust = TRUE."""
    fit = fitted(TABLE, firms)
    terms = ["lag(n, 1)", "lag(n, 2)", "w", "lag(w, 1)", "k", "ys", "lag(ys, 1)"]
    wald = fit.test("`" + "` = 0, `".join(terms) + "` = 0").iloc[0]
    assert 7 * wald["statistic"] == pytest.approx(142.0353, abs=1e-3)
    assert wald["p_value"] == pytest.approx(chi2.sf(142.0353, 7), rel=1e-3)


# --- the formulas, slowly ---


def slowly(data: pd.DataFrame, far: int, collapsed: bool) -> dict[str, np.ndarray]:
    """Two steps for y on its lag and exogenous x, unit by unit, from Windmeijer (2005)."""
    blocks = []
    at = {(r.unit, r.year): (r.y, r.x) for r in data.itertuples()}
    years = sorted(data["year"].unique())
    for unit in sorted(data["unit"].unique()):
        rows = []
        for year in years:
            need = [(unit, year - lag) for lag in (0, 1, 2)]
            if not all(key in at for key in need):
                continue
            (y0, x0), (y1, x1), (y2, _) = (at[key] for key in need)
            level = {(year, lag): at.get((unit, year - lag), (0.0, 0.0))[0]
                     for lag in range(2, far + 1)}  # fmt: skip
            rows.append((year, y0 - y1, [y1 - y2, x0 - x1], level))
        blocks.append(rows)
    keys = sorted({lag if collapsed else (year, lag)
                   for rows in blocks for _, _, _, level in rows
                   for (year, lag), value in level.items() if value})  # fmt: skip
    parts = []
    for rows in blocks:
        if not rows:
            continue
        z = np.zeros((len(rows), len(keys) + 1))
        for place, (_, _, x, level) in enumerate(rows):
            z[place, -1] = x[1]
            for (year, lag), value in level.items():
                key = lag if collapsed else (year, lag)
                if key in keys:
                    z[place, keys.index(key)] = value
        apart = np.subtract.outer([row[0] for row in rows], [row[0] for row in rows])
        h = 2.0 * (apart == 0) - (abs(apart) == 1)
        parts.append((np.array([row[1] for row in rows]), np.array([row[2] for row in rows]), z, h))
    zx = sum(z.T @ x for _, x, z, _ in parts)
    zy = sum(z.T @ y for y, _, z, _ in parts)
    a1 = np.linalg.inv(sum(z.T @ h @ z for _, _, z, h in parts))
    m1 = np.linalg.inv(zx.T @ a1 @ zx)
    b1 = m1 @ zx.T @ a1 @ zy
    e1 = [y - x @ b1 for y, x, _, _ in parts]
    w = sum(z.T @ np.outer(e, e) @ z for (_, _, z, _), e in zip(parts, e1, strict=True))
    v1 = m1 @ zx.T @ a1 @ w @ a1 @ zx @ m1
    a2 = np.linalg.inv(w)
    m2 = np.linalg.inv(zx.T @ a2 @ zx)
    b2 = m2 @ zx.T @ a2 @ zy
    ze = zy - zx @ b2
    columns = []
    for j in range(2):
        change = -sum(z.T @ (np.outer(x[:, j], e) + np.outer(e, x[:, j])) @ z
                      for (_, x, z, _), e in zip(parts, e1, strict=True))  # fmt: skip
        columns.append(-m2 @ zx.T @ a2 @ change @ a2 @ ze)
    d = np.column_stack(columns)
    v2 = m2 + d @ m2 + m2 @ d.T + d @ v1 @ d.T
    return {"b1": b1, "v1": v1, "b2": b2, "m2": m2, "v2": v2, "hansen": ze @ a2 @ ze}


@pytest.mark.parametrize("collapsed", [False, True])
def test_against_a_loop_on_a_panel_with_gaps(collapsed: bool) -> None:
    data = panel(60, 7, seed=3).sample(frac=0.85, random_state=2)
    data = data[(data["unit"] > 0) | (data["year"] > 2)]
    lagged = [cs.LagInstruments("y", 2, 4, is_collapsed=collapsed)]
    slow = slowly(data, 4, collapsed)
    options = {"entity": "unit", "time": "year", "instruments": lagged}
    one = cs.difference_gmm("y ~ lag(y, 1) + x", data, steps=1, **options)
    two = cs.difference_gmm("y ~ lag(y, 1) + x", data, **options)
    plain = cs.difference_gmm("y ~ lag(y, 1) + x", data, windmeijer=False, **options)
    assert one.params.to_numpy() == pytest.approx(slow["b1"], abs=1e-8)
    assert one.cov_params().to_numpy() == pytest.approx(slow["v1"], abs=1e-8)
    assert two.params.to_numpy() == pytest.approx(slow["b2"], abs=1e-8)
    assert plain.cov_params().to_numpy() == pytest.approx(slow["m2"], abs=1e-8)
    assert two.cov_params().to_numpy() == pytest.approx(slow["v2"], abs=1e-8)
    assert two.statistics["hansen"] == pytest.approx(slow["hansen"], abs=1e-8)


# --- identities ---


def test_only_exogenous_regressors_are_least_squares_in_differences() -> None:
    data = panel(50, 5, seed=1).sample(frac=0.9, random_state=1)
    fit = cs.difference_gmm("y ~ x", data, entity="unit", time="year", instruments=[])
    plain = cs.panel_model(
        "y ~ x",
        data,
        kind="first_difference",
        entity="unit",
        time="year",
        covariance=cs.Clustered("unit", correction="CR0"),
    )
    assert fit.params["x"] == pytest.approx(plain.params["x"], abs=1e-12)
    assert fit.bse["x"] == pytest.approx(plain.bse["x"], abs=1e-12)
    assert fit.statistics["hansen_df"] == 0
    assert np.isnan(fit.statistics["hansen"])


def test_instruments_from_outside_are_2sls_in_differences() -> None:
    data = panel(50, 5, seed=4)
    random = np.random.default_rng(1)
    data["z"] = data["x"] + random.normal(size=len(data))
    fit = cs.difference_gmm("y ~ 1 | | x ~ z", data, entity="unit", time="year", instruments=[])
    changes = data.sort_values(["unit", "year"]).groupby("unit")[["y", "x", "z"]].diff().dropna()
    ratio = (changes["z"] @ changes["y"]) / (changes["z"] @ changes["x"])
    assert fit.params["x"] == pytest.approx(ratio, abs=1e-10)


def test_order_of_rows_and_names_of_units_do_not_matter() -> None:
    data = panel(40, 6, seed=5)
    fit = cs.difference_gmm("y ~ lag(y, 1) + x | year", data, entity="unit", time="year")
    other = data.assign(unit="u" + data["unit"].astype(str)).sample(frac=1, random_state=1)
    again = cs.difference_gmm("y ~ lag(y, 1) + x | year", other, entity="unit", time="year")
    assert again.params.to_numpy() == pytest.approx(fit.params.to_numpy(), abs=1e-10)
    assert again.bse.to_numpy() == pytest.approx(fit.bse.to_numpy(), abs=1e-10)
    assert again.resid.index.isin(other.index).all()


def test_collapsing_leaves_one_instrument_a_lag() -> None:
    data = panel(60, 7, seed=6)
    options = {"entity": "unit", "time": "year"}
    every = cs.difference_gmm("y ~ lag(y, 1) + x", data, **options)
    few = cs.difference_gmm(
        "y ~ lag(y, 1) + x",
        data,
        instruments=[cs.LagInstruments("y", 2, is_collapsed=True)],
        **options,
    )
    # equations of periods 2 to 6 with 1 to 5 lags each, and the difference of x
    assert every.statistics["instruments"] == 15 + 1
    assert few.statistics["instruments"] == 5 + 1


def test_predetermined_and_endogenous_regressors_are_not_their_own_instruments() -> None:
    data = panel(80, 6, seed=7)
    options = {"entity": "unit", "time": "year"}
    y = cs.LagInstruments("y", 2, 2)
    own = cs.difference_gmm("y ~ lag(y, 1) + x", data, instruments=[y], **options)
    other = cs.difference_gmm(
        "y ~ lag(y, 1) + x", data, instruments=[y, cs.LagInstruments("x", 1, 1)], **options
    )
    assert own.statistics["instruments"] == 5 - 1 + 1 + 0 + 0
    assert other.statistics["instruments"] == 4 + 4
    assert own.params["x"] != pytest.approx(other.params["x"], abs=1e-6)


# --- coverage ---


@pytest.mark.slow
def test_windmeijer_errors_are_the_spread_of_estimates() -> None:
    """Two steps on 100 units: corrected errors are right, uncorrected ones far too small."""
    draws = []
    for seed in range(300):
        data = panel(100, 7, seed=1000 + seed)
        lagged = [cs.LagInstruments("y"), cs.LagInstruments("x", 1)]
        options = {"entity": "unit", "time": "year", "instruments": lagged}
        fit = cs.difference_gmm("y ~ lag(y, 1) + x", data, **options)
        plain = cs.difference_gmm("y ~ lag(y, 1) + x", data, windmeijer=False, **options)
        name = "lag(y, 1)"
        draws.append((fit.params[name], fit.bse[name], plain.bse[name]))
    estimate, corrected, plain_error = np.array(draws).T
    spread = estimate.std(ddof=1)  # its own standard error is 4 % of it
    assert corrected.mean() == pytest.approx(spread, rel=0.12)
    assert plain_error.mean() < 0.8 * spread


# --- bad input ---


def test_warns_of_more_instruments_than_units() -> None:
    data = panel(12, 8, seed=8)
    with pytest.warns(cs.ClusterstatsWarning) as caught:
        cs.difference_gmm("y ~ lag(y, 1) + x", data, entity="unit", time="year")
    messages = [str(found.message) for found in caught]
    assert any("22 instruments for 12 units of 'unit'" in message for message in messages)
    assert any("22 instruments has no inverse" in message for message in messages)


def test_warns_of_blanks_and_of_what_does_not_change() -> None:
    data = panel(40, 6, seed=9)
    data["size"] = data["unit"] * 1.0
    data.loc[3, "x"] = np.nan
    with pytest.warns(cs.ClusterstatsWarning) as caught:
        fit = cs.difference_gmm("y ~ lag(y, 1) + x + size", data, entity="unit", time="year")
    messages = [str(found.message) for found in caught]
    assert any("1 of 240 row(s) have a blank" in message for message in messages)
    assert any("'size' (it does not change over time)" in message for message in messages)
    assert "size" not in fit.params


@pytest.mark.parametrize(
    ("formula", "options", "message"),
    [
        ("y ~ lag(y, 1) | region", {}, "neither 'unit', which differences take out, nor 'year'"),
        ("y ~ lag(y, 1)", {"steps": 3}, "steps=3"),
        ("y ~ lag(y, 1)", {"instruments": cs.LagInstruments("y")}, "is not a list"),
        ("y ~ lag(y, 1)", {"instruments": [cs.LagInstruments("y", 9)]}, "9 or more periods"),
        ("y ~ x", {"instruments": [cs.LagInstruments("q")]}, "no column 'q'"),
    ],
)
def test_refuses_what_it_cannot_do(formula: str, options: dict, message: str) -> None:
    data = panel(20, 5, seed=1).assign(region=1)
    with pytest.raises(cs.ClusterstatsError, match=message):
        cs.difference_gmm(formula, data, entity="unit", time="year", **options)


def test_a_lag_of_the_response_cannot_instrument_itself() -> None:
    options = {"entity": "unit", "time": "year", "instruments": [cs.LagInstruments("x", 1)]}
    with pytest.raises(cs.OptionError, match=r"'lag\(y, 1\)' is related to differenced errors"):
        cs.difference_gmm("y ~ lag(y, 1) + x", panel(20, 5, seed=1), **options)


def test_warns_of_interactions_of_what_is_instrumented() -> None:
    data = panel(60, 6, seed=1).assign(late=lambda frame: 1.0 * (frame["year"] > 3))
    lagged = [cs.LagInstruments("y", 2, 3), cs.LagInstruments("x", 1, 2)]
    with pytest.warns(cs.ClusterstatsWarning, match="'x:late' holds 'x'"):
        cs.difference_gmm(
            "y ~ lag(y, 1) + x + x:late", data, entity="unit", time="year", instruments=lagged
        )


def test_refuses_keys_that_do_not_identify_rows() -> None:
    data = panel(5, 4, seed=1)
    twice = pd.concat([data, data.head(1)])
    with pytest.raises(cs.TableError, match="rows repeat the same 'unit' and 'year'"):
        cs.difference_gmm("y ~ lag(y, 1)", twice, entity="unit", time="year")
    with pytest.raises(cs.TableError, match="whole numbers"):
        cs.difference_gmm("y ~ x", data.assign(year=data["year"] / 4), entity="unit", time="year")
    with pytest.raises(cs.TableError, match="no row has a complete predecessor"):
        cs.difference_gmm("y ~ x", data.assign(year=2 * data["year"]), entity="unit", time="year")


@pytest.mark.parametrize("lags", [(-1, 2), (3, 2), (1.5, None), (True, None)])
def test_refuses_lags_in_the_wrong_order(lags: tuple) -> None:
    with pytest.raises(cs.OptionError, match="whole numbers from 0 up"):
        cs.LagInstruments("y", *lags)
