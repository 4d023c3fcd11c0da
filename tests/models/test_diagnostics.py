"""Specification tests: other programs' printed and computed values, brute force, identities.

Tolerances: half a unit of the last printed digit; 1e-8 relative against linearmodels and against
matrices written out here.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ncx2

import clusterstats as cs
from clusterstats.models.covariance.dependence import Conley, DriscollKraay, NeweyWest
from clusterstats.models.covariance.resampling import WildBootstrap

CARD = "lwage ~ exper + expersq + black + smsa + south"
NEAR = 1e-8


@pytest.fixture(scope="module")
def card(data_dir: Path) -> pd.DataFrame:
    return pd.read_csv(next((data_dir / "card").glob("*.csv*")))


def sample(seed: int = 0, n: int = 400, groups: int = 50) -> pd.DataFrame:
    """Two endogenous regressors, four instruments, errors that go together within groups."""
    random = np.random.default_rng(seed)
    group = np.arange(n) % groups
    z = random.normal(size=(n, 4))
    common = random.normal(size=(groups, 3))[group]
    u = random.normal(size=n) * (1 + z[:, 0] ** 2) / 2 + common[:, 0]
    d1 = z @ [1, 0.5, 0, 0.2] + u + random.normal(size=n) + common[:, 1]
    d2 = z @ [0, 0.5, 1, 0.3] - u + random.normal(size=n) + common[:, 2]
    x = random.normal(size=n)
    data = pd.DataFrame({"y": 1 + d1 - d2 + x + u, "d1": d1, "d2": d2, "x": x, "group": group})
    data["w"] = random.uniform(0.5, 2, size=n)
    data["year"] = (np.arange(n) * 7) % 11
    return data.assign(**{f"z{place + 1}": z[:, place] for place in range(4)})


def iv(data: pd.DataFrame, d: str = "d1", z: str = "z1 + z2 + z3", **options: object) -> cs.Fit:
    return cs.regress(f"y ~ x | | {d} ~ {z}", data, **options)


# --- first stages ---


def test_first_stage_of_linearmodels(card: pd.DataFrame) -> None:
    """Partial R-squared, F, robust F, Sargan and J of linearmodels' IV2SLS and IVGMM."""
    linearmodels = pytest.importorskip("linearmodels.iv")
    x = card[["exper", "expersq", "black", "smsa", "south"]].assign(one=1.0)
    parts = (card["lwage"], x, card[["educ"]], card[["nearc4", "nearc2"]])
    plain = linearmodels.IV2SLS(*parts).fit(cov_type="unadjusted", debiased=True)
    fit = cs.regress(f"{CARD} | | educ ~ nearc4 + nearc2", card)
    theirs = plain.first_stage.diagnostics.loc["educ"]
    ours = cs.first_stage(fit).iloc[0]
    assert ours["partial_r_squared"] == pytest.approx(theirs["partial.rsquared"], rel=NEAR)
    assert ours["statistic"] == pytest.approx(theirs["f.stat"], rel=NEAR)
    assert ours["p_value"] == pytest.approx(theirs["f.pval"], rel=1e-6)
    assert ours["df2"] == 3002
    test = cs.overidentification(fit).iloc[0]
    assert test["statistic"] == pytest.approx(plain.sargan.stat, rel=NEAR)
    assert test["test"] == "Sargan"
    robust = cs.regress(f"{CARD} | | educ ~ nearc4 + nearc2", card, covariance=cs.Robust("HC1"))
    their = linearmodels.IV2SLS(*parts).fit(cov_type="robust", debiased=True)
    wald = their.first_stage.diagnostics.loc["educ", "f.stat"]
    assert cs.first_stage(robust)["statistic"].item() == pytest.approx(wald / 2, rel=NEAR)
    gmm = linearmodels.IVGMM(*parts, weight_type="robust").fit(iter_limit=2)
    hansen = cs.overidentification(robust).iloc[0]
    assert hansen["test"] == "Hansen J"
    assert hansen["statistic"] == pytest.approx(gmm.j_stat.stat, rel=NEAR)


def test_wu_hausman_of_linearmodels(card: pd.DataFrame) -> None:
    pytest.importorskip("linearmodels", "7.1", reason="older ones count parameters otherwise")
    linearmodels = pytest.importorskip("linearmodels.iv")
    x = card[["exper", "expersq", "black", "smsa", "south"]].assign(one=1.0)
    parts = (card["lwage"], x, card[["educ"]], card[["nearc4", "nearc2"]])
    theirs = linearmodels.IV2SLS(*parts).fit(cov_type="unadjusted", debiased=True).wu_hausman()
    ours = cs.endogeneity(cs.regress(f"{CARD} | | educ ~ nearc4 + nearc2", card)).iloc[0]
    assert ours["statistic"] == pytest.approx(theirs.stat, rel=NEAR)
    assert ours["p_value"] == pytest.approx(theirs.pval, rel=1e-6)
    assert (ours["df1"], ours["df2"]) == (1, 3002)


def test_one_instrument_gives_one_f(card: pd.DataFrame) -> None:
    """With one of each, the squared t, the Kleibergen-Paap F and the effective F are the same."""
    for covariance in (cs.Classical(), cs.Robust("HC1"), cs.Clustered("age")):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "standard errors rest on")
            fit = cs.regress(f"{CARD} | | educ ~ nearc4", card, covariance=covariance)
            plain = cs.regress(f"educ ~ {CARD[7:]} + nearc4", card, covariance=covariance)
        t = plain.tvalues["nearc4"]
        table = cs.first_stage(fit).iloc[0]
        effective = cs.effective_f(fit).iloc[0]
        assert table["statistic"] == pytest.approx(t**2, rel=NEAR)
        assert table["kleibergen_paap_f"] == pytest.approx(t**2, rel=NEAR)
        assert effective["statistic"] == pytest.approx(t**2, rel=NEAR)
        assert effective["critical_value"] == pytest.approx(23.1, abs=0.05)  # the 10 % value
        assert table["p_value"] == pytest.approx(plain.pvalues["nearc4"], rel=1e-6)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effect", ["", "year"])
def test_f_is_the_wald_test_of_the_first_stage(weights: str | None, effect: str) -> None:
    """For each covariance and convention, with weights and effects."""
    data = sample()
    data["lon"], data["lat"] = data["group"] % 10, data["group"] // 10
    for covariance in (
        cs.Classical(),
        cs.Robust("HC0"),
        cs.Robust("HC1"),
        cs.Clustered("group"),
        DriscollKraay(2, time="year"),
        NeweyWest(1, unit="group", time="year"),
        Conley("lon", "lat", 150.0, kernel="bartlett"),
    ):
        options = {"covariance": covariance, "weights": weights, "convention": "stata"}
        fit = cs.regress(f"y ~ x | {effect} | d1 ~ z1 + z2 + z3", data, **options)
        first = cs.regress(f"d1 ~ x + z1 + z2 + z3 | {effect}", data, **options)
        wald = first.test("z1 = 0, z2 = 0, z3 = 0").iloc[0]
        ours = cs.first_stage(fit).iloc[0]
        for name in ("statistic", "df1", "df2", "p_value"):
            assert ours[name] == pytest.approx(wald[name], rel=1e-6), (covariance, name)


def test_cragg_donald_is_the_smallest_eigenvalue() -> None:
    data = sample()
    fit = iv(data, "d1 + d2", "z1 + z2 + z3 + z4")
    x = np.column_stack([np.ones(len(data)), data["x"]])
    off = np.eye(len(data)) - x @ np.linalg.solve(x.T @ x, x.T)
    d, z = off @ data[["d1", "d2"]].to_numpy(), off @ data[["z1", "z2", "z3", "z4"]].to_numpy()
    pd_ = z @ np.linalg.solve(z.T @ z, z.T @ d)
    s = (d - pd_).T @ (d - pd_) / (len(data) - 6)
    eigen = np.linalg.eigvals(np.linalg.solve(s, pd_.T @ pd_)).real.min() / 4
    table = cs.first_stage(fit)
    assert table["cragg_donald_f"].tolist() == pytest.approx([eigen] * 2, rel=NEAR)
    assert table["kleibergen_paap_f"].tolist() == pytest.approx([eigen] * 2, rel=NEAR)
    # Anderson's canonical correlations: n times the smallest squared one
    r2 = np.linalg.eigvals(np.linalg.solve(d.T @ d, pd_.T @ pd_)).real.min()
    assert table["kleibergen_paap_lm"].tolist() == pytest.approx([len(data) * r2] * 2, rel=NEAR)
    assert table["lm_df"].tolist() == [3, 3]
    assert fit.statistics["cragg_donald_f"] == pytest.approx(eigen, rel=NEAR)


def test_kleibergen_paap_does_not_depend_on_how_variables_are_combined() -> None:
    data = sample()
    options = {"covariance": cs.Clustered("group")}
    one = iv(data, "d1 + d2", "z1 + z2 + z3", **options)
    mixed = data.assign(d1=data["d1"] + data["d2"], d2=data["d1"] - 3 * data["d2"] + data["x"])
    mixed = mixed.assign(z1=data["z1"] - data["z2"], z2=5 * data["z2"], z3=data["z3"] + data["z1"])
    two = iv(mixed, "d1 + d2", "z1 + z2 + z3", **options)
    for name in ("kleibergen_paap_f", "kleibergen_paap_lm"):
        ours, again = (cs.first_stage(fit)[name].iloc[0] for fit in (one, two))
        assert ours == pytest.approx(again, rel=1e-7)


@pytest.mark.slow
def test_kleibergen_paap_rejects_as_often_as_it_says() -> None:
    """Two endogenous regressors that are moved in one direction only, errors unequal."""
    draws, rejected = 800, 0
    for seed in range(draws):
        random = np.random.default_rng(seed)
        z = random.normal(size=(500, 3))
        along = z @ [0.5, 0.5, 0.5]
        e = random.normal(size=(500, 2)) * (0.5 + abs(z[:, [0]]))
        data = pd.DataFrame(z, columns=["z1", "z2", "z3"])
        data = data.assign(d1=along + e[:, 0], d2=-2 * along + e[:, 1], y=random.normal(size=500))
        fit = cs.regress("y ~ 1 | | d1 + d2 ~ z1 + z2 + z3", data, covariance=cs.Robust("HC1"))
        rejected += cs.first_stage(fit)["lm_p_value"].iloc[0] < 0.05
    assert 0.03 < rejected / draws < 0.075  # three standard errors are 0.023


def test_first_stages_without_a_variance_say_so() -> None:
    """No error left, fewer clusters than instruments, no row left: the fit itself stands."""
    data = sample()
    perfect = iv(data.assign(d1=data["z1"] + data["z2"]), z="z1 + z2")
    assert np.isinf(perfect.statistics["cragg_donald_f"])
    with pytest.raises(cs.OptionError, match="say all there is of 'd1'"):
        cs.effective_f(perfect)
    with pytest.warns(cs.ClusterstatsWarning, match="rest on 2 clusters"):
        few = iv(data.assign(half=data["group"] % 2), covariance=cs.Clustered("half"))
    assert np.isnan(few.statistics["kleibergen_paap_f"])
    assert np.isnan(cs.first_stage(few)["statistic"].item())
    short = iv(data.head(6), z="z1 + z2 + z3 + z4")
    assert "cragg_donald_f" not in short.statistics
    assert short.statistics["partial_r_squared d1"] == pytest.approx(1)


def test_glance_follows_the_covariance() -> None:
    fit = iv(sample(), covariance=cs.Robust("HC1"))
    glance = fit.with_covariance(cs.Clustered("group")).glance()
    clustered = iv(sample(), covariance=cs.Clustered("group"))
    table = cs.first_stage(clustered)
    assert glance["kleibergen_paap_f"].item() == pytest.approx(table["statistic"].item())
    assert glance["partial_r_squared d1"].item() == pytest.approx(table["partial_r_squared"].item())
    assert "cragg_donald_f" not in cs.regress("y ~ x", sample()).statistics


# --- the effective F ---


def test_effective_f_without_heteroskedasticity_is_the_f() -> None:
    fit = iv(sample())
    ours = cs.effective_f(fit).iloc[0]
    assert ours["statistic"] == pytest.approx(cs.first_stage(fit)["statistic"].item(), rel=NEAR)
    # K instruments: effective df K; Nagar bias (K - 2) / K of the worst case, so 1/3 of it with 3
    assert ours["effective_df"] == pytest.approx(3)
    expected = ncx2.ppf(0.95, 3, 3 * (1 / 3) / 0.1) / 3
    assert ours["critical_value"] == pytest.approx(expected, rel=1e-4)
    simple = ncx2.ppf(0.95, 3, 3 / 0.1) / 3
    assert ours["critical_value_simple"] == pytest.approx(simple, rel=1e-10)


# Montiel Olea and Pflueger (2013), table 1: simplified critical values, one effective degree
@pytest.mark.parametrize(
    ("tau", "printed"), [(0.05, 37.42), (0.1, 23.11), (0.2, 15.06), (0.3, 12.05)]
)
def test_published_critical_values(tau: float, printed: float) -> None:
    ours = cs.effective_f(iv(sample(), z="z1"), tau=tau).iloc[0]
    assert ours["critical_value_simple"] == pytest.approx(printed, abs=5e-3)


def test_effective_f_by_hand() -> None:
    data = sample()
    fit = iv(data, covariance=cs.Robust("HC0"), convention="stata")
    x = np.column_stack([np.ones(len(data)), data["x"]])
    off = np.eye(len(data)) - x @ np.linalg.solve(x.T @ x, x.T)
    d, z = off @ data["d1"].to_numpy(), off @ data[["z1", "z2", "z3"]].to_numpy()
    values, vectors = np.linalg.eigh(z.T @ z)
    q = z @ vectors / np.sqrt(values)
    v = d - q @ (q.T @ d)
    w2 = (q * v[:, None] ** 2).T @ q
    ours = cs.effective_f(fit).iloc[0]
    assert ours["statistic"] == pytest.approx((q.T @ d) @ (q.T @ d) / np.trace(w2), rel=NEAR)
    assert ours["critical_value"] <= ours["critical_value_simple"] + 1e-9
    top, square = np.linalg.eigvalsh(w2)[-1], (w2**2).sum()
    df = np.trace(w2) ** 2 * 21 / (square + 20 * np.trace(w2) * top)
    assert ours["critical_value_simple"] == pytest.approx(ncx2.ppf(0.95, df, 10 * df) / df)


# pyfixest 0.60, feols("y ~ 1 | year | d1 ~ z1 + z2 + z3", sample(), vcov).IV_Diag(), first-stage
# F and effective F; with regressors beside the effects its effective F does not take them out of
# the instruments, and without a robust covariance it takes HC1: only these two can be compared
@pytest.mark.parametrize(
    ("covariance", "f", "effective"),
    [
        (cs.Robust("HC1"), 23.156233569233517, 25.21288023803089),
        (cs.Clustered("group"), 22.62175584351886, 23.3174677209497),
    ],
)
def test_effective_f_of_pyfixest(covariance: cs.Robust, f: float, effective: float) -> None:
    fit = cs.regress("y ~ 1 | year | d1 ~ z1 + z2 + z3", sample(), covariance=covariance)
    assert cs.first_stage(fit)["statistic"].item() == pytest.approx(f, rel=1e-10)
    assert cs.effective_f(fit)["statistic"].item() == pytest.approx(effective, rel=1e-10)


# --- over-identification and exogeneity ---


def test_hansen_is_the_minimum_over_all_instruments() -> None:
    """With the exogenous regressors among the moments too, clustered: the same number."""
    data = sample()
    fit = iv(data, covariance=cs.Clustered("group"))
    x = np.column_stack([np.ones(len(data)), data["x"], data["d1"]])
    z = np.column_stack([x[:, :2], data[["z1", "z2", "z3"]]])
    u = data["y"].to_numpy() - x @ fit.params.to_numpy()
    sums = pd.DataFrame(z * u[:, None]).groupby(data["group"]).sum().to_numpy()
    weight = np.linalg.inv(sums.T @ sums)
    slope, moment = z.T @ x, z.T @ data["y"].to_numpy()
    best = np.linalg.solve(slope.T @ weight @ slope, slope.T @ weight @ moment)
    gap = moment - slope @ best
    ours = cs.overidentification(fit).iloc[0]
    assert ours["statistic"] == pytest.approx(gap @ weight @ gap, rel=NEAR)
    assert ours["df"] == 2


def test_covariances_of_other_kinds_are_replaced_or_refused() -> None:
    fit = iv(sample())
    robust = fit.with_covariance(cs.Robust("HC3"))
    table = cs.first_stage(robust)
    assert table.attrs["covariance"] == "Robust(kind='HC1')"
    same = cs.first_stage(fit.with_covariance(cs.Robust("HC1")))
    assert table["statistic"].item() == pytest.approx(same["statistic"].item(), rel=1e-12)
    drawn = replace(fit, asked=WildBootstrap("group", draws=99, seed=1))
    assert cs.first_stage(drawn).attrs["covariance"].startswith("Clustered(columns=('group',)")
    with pytest.raises(cs.OptionError, match="has no test of added residuals"):
        cs.endogeneity(drawn)


def test_nothing_to_test_is_said() -> None:
    row = cs.overidentification(iv(sample(), z="z1")).iloc[0]
    assert np.isnan(row["statistic"])
    assert row["df"] == 0
    assert row["note"].startswith("exactly identified")
    with pytest.warns(cs.ClusterstatsWarning, match="rest on 2 clusters"):
        fit = iv(sample().assign(half=lambda d: d["group"] % 2), covariance=cs.Clustered("half"))
    assert cs.overidentification(fit)["note"].item().startswith("not defined: fewer clusters")


def test_endogeneity_is_the_test_of_added_residuals() -> None:
    data = sample()
    for covariance in (cs.Classical(), cs.Robust("HC3"), cs.Clustered("group")):
        fit = iv(data, "d1 + d2", "z1 + z2 + z3", covariance=covariance)
        added = data.assign(
            **{f"v{k}": cs.regress(f"d{k} ~ x + z1 + z2 + z3", data).resid for k in (1, 2)}
        )
        plain = cs.regress("y ~ x + d1 + d2 + v1 + v2", added, covariance=covariance)
        wald = plain.test("v1 = 0, v2 = 0").iloc[0]
        ours = cs.endogeneity(fit).iloc[0]
        assert ours["statistic"] == pytest.approx(wald["statistic"], rel=1e-7)
        assert ours["p_value"] == pytest.approx(wald["p_value"], rel=1e-6)


# --- Hausman ---

GRUNFELD = ("grunfeld", "inv ~ value + capital", "firm")
GASOLINE = ("gasoline", "lgaspcar ~ lincomep + lrpmg + lcarpcap", "country")


def panel_fits(data_dir: Path, name: str, formula: str, unit: str) -> dict[str, cs.Fit]:
    data = pd.read_csv(data_dir / name / f"{name}.csv")
    made = {
        kind: cs.panel_model(formula, data, kind=kind, entity=unit, time="year")
        for kind in ("between", "random")
    }
    return {**made, "within": cs.regress(f"{formula} | {unit}", data)}


# R plm 2.6, tests/test_phtest_Hausman_regression.Rout.save; Baltagi (2013), section 4.3, prints
# 2.33, 2.131, 302.8, 27.45
@pytest.mark.parametrize(
    ("model", "first", "second", "printed"),
    [
        (GRUNFELD, "within", "random", 2.3303669),
        (GRUNFELD, "random", "within", 2.3303669),
        (GRUNFELD, "between", "random", 2.1313791),
        (GRUNFELD, "between", "within", 2.1313662),
        (GASOLINE, "within", "random", 302.80375),
        (GASOLINE, "between", "random", 27.454835),
        (GASOLINE, "between", "within", 26.495054),
    ],
)
def test_contrasts_that_plm_prints(
    data_dir: Path, model: tuple[str, str, str], first: str, second: str, printed: float
) -> None:
    fits = panel_fits(data_dir, *model)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Hausman's contrast: the difference")
        ours = cs.hausman(fits[first], fits[second]).iloc[0]
    assert ours["statistic"] == pytest.approx(printed, rel=2e-8)
    assert ours["df"] == len(fits["within"].params)


@pytest.mark.parametrize(
    ("model", "covariance", "printed"),
    [
        (GRUNFELD, cs.Classical(), 2.1313662),
        (GRUNFELD, cs.Clustered("firm", correction="CR0"), 8.2998366),  # vcov = vcovHC
        (GASOLINE, cs.Classical(), 26.495054),
    ],
)
def test_regression_based_test_that_plm_prints(
    data_dir: Path, model: tuple[str, str, str], covariance: cs.Classical, printed: float
) -> None:
    fits = panel_fits(data_dir, *model)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "standard errors rest on")
        ours = cs.hausman(fits["within"], fits["random"], covariance=covariance).iloc[0]
    assert ours["statistic"] == pytest.approx(printed, rel=2e-8)
    assert ours["test"] == "Hausman, by regression"


def test_regression_based_test_keeps_what_the_effect_absorbs(data_dir: Path) -> None:
    """Schooling and race stay in the random effects; only what varies is tested."""
    data = pd.read_csv(data_dir / "wagepan" / "wagepan.csv.gz")
    formula = "lwage ~ educ + black + expersq + married + union"
    with pytest.warns(cs.ClusterstatsWarning, match="left out: 'educ', 'black'"):
        within = cs.regress(f"{formula} | nr", data)
    random = cs.panel_model(formula, data, kind="random", entity="nr", time="year")
    ours = cs.hausman(within, random, covariance=cs.Clustered("nr")).iloc[0]
    means = data.groupby("nr")[["expersq", "married", "union"]].transform("mean")
    mundlak = data.join(means.add_suffix("_mean"))
    found = random.statistics  # balanced: theta is one number
    theta = found["theta_min"]
    used = ["lwage", "educ", "black", "expersq", "married", "union", *means.add_suffix("_mean")]
    whole = mundlak[used].assign(one=1.0)
    made = whole - theta * whole.groupby(data["nr"]).transform("mean")
    wald = cs.regress(
        "lwage ~ 0 + one + educ + black + expersq + married + union + expersq_mean + married_mean "
        "+ union_mean",
        made.assign(nr=data["nr"]),
        covariance=cs.Clustered("nr"),
    ).test("expersq_mean = 0, married_mean = 0, union_mean = 0")
    assert ours["df"] == 3
    assert ours["statistic"] == pytest.approx(3 * wald["statistic"].item(), rel=1e-8)
    assert ours["terms"] == "expersq, married, union"


def test_two_stage_against_least_squares() -> None:
    """One regressor without a constant: the squared gap over the gap of the variances."""
    data = sample()
    two, one = cs.regress("y ~ 0 | | d1 ~ z1 + z2", data), cs.regress("y ~ 0 + d1", data)
    gap, spread = two.params["d1"] - one.params["d1"], two.bse["d1"] ** 2 - one.bse["d1"] ** 2
    ours = cs.hausman(two, one).iloc[0]
    assert ours["statistic"] == pytest.approx(gap**2 / spread, rel=NEAR)
    assert ours["df"] == 1


def moved(fit: cs.Fit, by: list[float], variances: list[float]) -> cs.Fit:
    """A fit with other estimates and a diagonal covariance."""
    covariance = replace(fit.covariance, matrix=np.diag([1.0, *variances]))
    return replace(fit, estimates=fit.estimates + np.array([0.0, *by]), covariance=covariance)


# differences of variances -1 and 3: gaps of 1 count as 1 / -1 and 1 / 3
@pytest.mark.parametrize(("gap", "statistic"), [([1.0, 0.0], np.nan), ([0.0, 1.0], 1 / 3)])
def test_a_contrast_that_is_not_positive_definite_says_so(
    gap: list[float], statistic: float
) -> None:
    fit = cs.regress("y ~ x + d1", sample())
    with pytest.warns(cs.ClusterstatsWarning, match="Hausman's contrast"):
        row = cs.hausman(moved(fit, gap, [1.0, 4.0]), moved(fit, [0, 0], [2.0, 1.0])).iloc[0]
    assert row["statistic"] == pytest.approx(statistic, nan_ok=True)
    assert row["note"].startswith("undecided") == np.isnan(statistic)
    assert "covariance=Clustered('unit')" in row["note"]


# --- leaving groups out ---


@pytest.mark.parametrize(
    ("formula", "family", "method"),
    [
        ("y ~ x + d1", "linear", "exact"),
        ("y ~ x | | d1 ~ z1 + z2", "linear", "exact"),
        ("y ~ x + d1 | group", "linear", "exact"),
        ("y ~ x | group | d1 ~ z1 + z2", "linear", "exact"),
        ("y ~ x + d1 | year", "linear", "fitted"),
        ("y ~ x | year + group | d1 ~ z1 + z2", "linear", "fitted"),
        ("count ~ x + d1 | year", "poisson", "fitted"),
    ],
)
@pytest.mark.parametrize("weights", [None, "w"])
def test_influence_is_that_of_fits_without_the_group(
    formula: str, family: str, method: str, weights: str | None
) -> None:
    data = sample(n=300).assign(part=lambda d: d["group"] % 6)
    data["count"] = np.random.default_rng(1).poisson(np.exp(0.2 * data["x"]))
    options = {"family": family, "weights": weights, "covariance": cs.Robust("HC1")}
    fit = cs.regress(formula, data, **options)
    table = cs.influence(fit, by="part")
    assert table.attrs["method"].startswith(method)
    assert len(table) == 6 * len(fit.params)
    for group, rows in table.groupby("part"):
        alone = cs.regress(formula, data[data["part"] != group], **options)
        rows = rows.set_index("term").loc[list(alone.params.index)]
        assert rows["estimate"].to_numpy() == pytest.approx(alone.params.to_numpy(), abs=1e-7)
        assert rows["std_error"].to_numpy() == pytest.approx(alone.bse.to_numpy(), abs=1e-7)
        assert rows["p_value"].to_numpy() == pytest.approx(alone.pvalues.to_numpy(), abs=1e-6)
        change = (alone.params - fit.params).to_numpy()
        assert rows["change"].to_numpy() == pytest.approx(change, abs=1e-7)
        assert rows["rows"].tolist() == [int((data["part"] == group).sum())] * len(rows)
    ends = table.groupby("term")["estimate"].agg(["min", "max"])
    assert (table["loo_low"] == table["term"].map(ends["min"])).all()
    assert (table["loo_high"] == table["term"].map(ends["max"])).all()


def test_influence_names_the_group_that_carries_the_estimate() -> None:
    random = np.random.default_rng(5)
    region, x = np.repeat(list("abcdefgh"), 25), random.normal(size=200)
    y = -0.3 * x + 8 * x * (region == "d") + random.normal(size=200)
    data = pd.DataFrame({"region": region, "x": x, "y": y})
    table = cs.influence(cs.regress("y ~ x", data), by="region", terms=["x"])
    assert table["region"].iloc[0] == "d"
    assert table.loc[table["changes_sign"], "region"].tolist() == ["d"]
    assert len(table) == 8
    assert (table["change"].abs().diff().dropna() <= 0).all()


def test_a_term_that_only_one_group_identifies() -> None:
    data = sample().assign(part=lambda d: d["group"] % 4)
    data["own"] = data["x"] ** 2 * (data["part"] == 2)
    table = cs.influence(cs.regress("y ~ x + own", data), by="part")
    own = table[table["term"] == "own"].set_index("part")
    assert np.isnan(own.loc[2, "estimate"])
    assert own["estimate"].notna().sum() == 3
    rest = table[(table["term"] == "x") & (table["part"] == 2)]["estimate"].item()
    alone = cs.regress("y ~ x", data[data["part"] != 2]).params["x"]
    assert rest == pytest.approx(alone, abs=1e-9)


# --- bad input ---


def test_what_needs_instruments_says_so() -> None:
    plain = cs.regress("y ~ x", sample())
    for ask in (cs.first_stage, cs.effective_f, cs.overidentification, cs.endogeneity):
        with pytest.raises(cs.OptionError, match="OLS has no instruments"):
            ask(plain)
    with pytest.raises(cs.OptionError, match="one endogenous regressor, not 2"):
        cs.effective_f(iv(sample(), "d1 + d2"))
    with pytest.raises(cs.OptionError, match="tau=2"):
        cs.effective_f(iv(sample()), tau=2)


def test_a_contrast_of_robust_covariances_is_warned_of() -> None:
    data = sample()
    robust = cs.regress("y ~ x + d1", data, covariance=cs.Robust("HC1"))
    with pytest.warns(cs.ClusterstatsWarning, match="that of OLS is heteroskedasticity-robust"):
        cs.hausman(iv(data), robust)


def test_hausman_refuses_what_cannot_be_compared() -> None:
    data = sample()
    with pytest.raises(cs.OptionError, match="no term in common"):
        cs.hausman(cs.regress("y ~ x", data), cs.regress("y ~ d1", data))
    with pytest.raises(cs.OptionError, match="compares regress"):
        cs.hausman(iv(data), cs.regress("y ~ x", data), covariance=cs.Robust("HC1"))


@pytest.mark.parametrize(
    ("by", "terms", "message"),
    [
        ("nobody", None, "no column 'nobody'"),
        ("one", None, "single group"),
        ("group", ["nothing"], "are not in the model"),
    ],
)
def test_influence_refuses(by: str, terms: list[str] | None, message: str) -> None:
    fit = cs.regress("y ~ x", sample().assign(one=1))
    with pytest.raises(cs.ClusterstatsError, match=message):
        cs.influence(fit, by=by, terms=terms)
