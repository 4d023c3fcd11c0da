"""Shift-share designs: identities, brute force, bad input (published tables: beside this file)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import clusterstats as cs

INDUSTRIES = 20
REGIONS = 60
EXACT = 1e-9
"""Identities hold to rounding; designs here are small and well conditioned."""


def design(
    seed: int = 1, *, years: tuple[int, ...] = (), complete: bool = True, strength: float = 1.0
) -> dict[str, pd.DataFrame]:
    """A design with regional data, tidy shares, and shocks with groups and a covariate."""
    rng = np.random.default_rng(seed)
    frames: dict[str, list[pd.DataFrame]] = {"data": [], "shares": [], "shocks": []}
    for year in years or (0,):
        total = np.ones(REGIONS) if complete else rng.uniform(0.4, 0.9, REGIONS)
        parts = rng.dirichlet(np.full(INDUSTRIES, 0.4), REGIONS) * total[:, None]
        shock = rng.normal(0.5, 1, INDUSTRIES)
        common = rng.normal(size=INDUSTRIES)
        u = parts @ common + 0.3 * rng.normal(size=REGIONS)
        x = strength * parts @ shock + u + 0.2 * rng.normal(size=REGIONS)
        control = rng.normal(size=REGIONS)
        names = [f"r{place:02}" for place in range(REGIONS)]
        codes = [f"k{place:02}" for place in range(INDUSTRIES)]
        frames["data"].append(
            pd.DataFrame(
                {
                    "region": names,
                    "state": [name[:2] for name in names],
                    "y": 2 * x + 3 * u + control,
                    "x": x,
                    "control": control,
                    "before": rng.normal(size=REGIONS),
                    "w": rng.uniform(0.5, 2, REGIONS),
                    "year": year,
                }
            )
        )
        frames["shares"].append(
            pd.DataFrame(
                {
                    "region": np.repeat(names, INDUSTRIES),
                    "industry": np.tile(codes, REGIONS),
                    "share": parts.ravel(),
                    "year": year,
                }
            )
        )
        frames["shocks"].append(
            pd.DataFrame(
                {
                    "industry": codes,
                    "shock": shock,
                    "sector": np.arange(INDUSTRIES) // 2 + 1,
                    "skill": rng.normal(size=INDUSTRIES),
                    "year": year,
                }
            )
        )
    made = {name: pd.concat(each, ignore_index=True) for name, each in frames.items()}
    return made if years else {name: each.drop(columns="year") for name, each in made.items()}


def estimate(made: dict[str, pd.DataFrame], controls: str = "control", **options: object):  # type: ignore[no-untyped-def]
    return cs.shift_share_iv(
        f"y ~ {controls} | x ~ z",
        made["data"],
        shares=made["shares"],
        shocks=made["shocks"],
        **options,  # type: ignore[arg-type]
    )


# --- the three regressions ---


def test_stages_are_those_of_regress_with_the_instrument_made_by_hand() -> None:
    made = design()
    wide = made["shares"].pivot(index="region", columns="industry", values="share")
    z = wide.to_numpy() @ made["shocks"]["shock"].to_numpy()
    data = made["data"].assign(z=z)
    fit = estimate(made, covariance=cs.Robust("HC1"), weights="w")
    options = {"weights": "w", "covariance": cs.Robust("HC1")}
    rows = fit.stages().set_index("equation")
    for equation, formula, term in [
        ("first stage", "x ~ control + z", "z"),
        ("reduced form", "y ~ control + z", "z"),
        ("second stage", "y ~ control | x ~ z", "x"),
    ]:
        other = cs.regress(formula, data, **options).tidy().set_index("term").loc[term]
        for name in ("estimate", "std_error", "conf_low"):
            assert rows.loc[equation, name] == pytest.approx(other[name], rel=EXACT)
    ratio = rows.loc["reduced form", "estimate"] / rows.loc["first stage", "estimate"]
    assert rows.loc["second stage", "estimate"] == pytest.approx(ratio, rel=EXACT)


def test_an_instrument_in_the_data_is_checked_against_the_shocks() -> None:
    made = design()
    whole = estimate(made, covariance=cs.Robust("HC1"))
    z = whole.solution.design.z[:, 0]
    given = {**made, "data": made["data"].assign(z=z)}
    assert estimate(given).params["x"] == pytest.approx(whole.params["x"], rel=EXACT)
    without = cs.shift_share_iv("y ~ control | x ~ z", given["data"], shares=given["shares"])
    assert without.bse["x"] == pytest.approx(estimate(made).bse["x"], rel=EXACT)
    with pytest.raises(cs.OptionError, match="give shocks= beside shares="):
        without.rotemberg_weights()
    given["data"].loc[3, "z"] += 1
    with pytest.raises(cs.TableError, match="'z' is not the sum of shares times shocks: in row 3"):
        estimate(given)


def test_shares_and_shocks_may_lack_years() -> None:
    made = design(years=(2001, 2002))
    first = made["shares"]["year"] == 2001
    fixed = {**made, "shares": made["shares"][first].drop(columns="year")}
    repeated = pd.concat([made["shares"][first].assign(year=year) for year in (2001, 2002)])
    both = {**made, "shares": repeated}
    assert estimate(fixed).bse["x"] == pytest.approx(estimate(both).bse["x"], rel=EXACT)
    assert len(estimate(fixed).shock_data()) == 2 * INDUSTRIES
    same = {**made, "shocks": made["shocks"].query("year == 2001").drop(columns="year")}
    assert len(estimate(same).shock_data()) == INDUSTRIES


def test_other_frames_and_the_order_of_rows_change_nothing() -> None:
    pl = pytest.importorskip("polars")
    made = design()
    expected = estimate(made).stages()
    shuffled = {name: frame.sample(frac=1, random_state=5) for name, frame in made.items()}
    pd.testing.assert_frame_equal(estimate(shuffled).stages(), expected, rtol=EXACT)
    polars = {name: pl.from_pandas(frame) for name, frame in made.items()}
    pd.testing.assert_frame_equal(estimate(polars).stages(), expected, rtol=EXACT)


# --- AKM ---


def by_hand(fit: cs.ShiftShareFit, null: float | None = None) -> float:
    """The standard error of equation 36 of Adão, Kolesár and Morales, sums written out."""
    data, shares = fit.solution.design.frame, fit.exposure.matrix(fit.solution.design.frame)
    wide, w = shares.toarray(), fit.solution.w
    root = np.sqrt(w)[:, None]
    controls = fit.solution.design.x[:, :-1]
    off = [
        column - controls @ np.linalg.lstsq(controls * root, column * root[:, 0], rcond=None)[0]
        for column in (data["y"].to_numpy(), data["x"].to_numpy(), fit.solution.design.z[:, 0])
    ]
    growth = np.linalg.lstsq(wide * root, off[2] * root[:, 0], rcond=None)[0]
    b = fit.params["x"] if null is None else null
    total = 0.0
    for industry in range(wide.shape[1]):
        inner = sum(w[i] * wide[i, industry] * (off[0][i] - b * off[1][i]) for i in range(len(w)))
        total += (growth[industry] * inner) ** 2
    return float(np.sqrt(total) / abs((w * off[1] * off[2]).sum()))


def test_akm_is_the_sum_written_out() -> None:
    fit = estimate(design(), weights="w")
    assert fit.bse["x"] == pytest.approx(by_hand(fit), rel=EXACT)
    assert fit.covariance.name == "AKM"
    assert fit.bse.drop("x").isna().all()


def test_the_ends_of_akm0_are_just_not_rejected() -> None:
    fit = estimate(design(), weights="w", covariance=cs.AKM(null_imposed=True))
    row = fit.tidy().set_index("term").loc["x"]
    for end in (row["conf_low"], row["conf_high"]):
        assert abs(row["estimate"] - end) / by_hand(fit, end) == pytest.approx(
            norm.ppf(0.975), rel=1e-7
        )
    statistic = abs(row["estimate"]) / by_hand(fit, 0.0)
    assert row["p_value"] == pytest.approx(2 * norm.sf(statistic), rel=1e-7)
    half = (row["conf_high"] - row["conf_low"]) / 2
    assert row["std_error"] == pytest.approx(half / norm.ppf(0.975), rel=EXACT)


def test_tests_with_akm0_are_under_their_null() -> None:
    fit = estimate(design(), weights="w", covariance=cs.AKM(null_imposed=True))
    row = fit.test("2 * x = 3").iloc[0]
    assert row["statistic"] == pytest.approx((fit.params["x"] - 1.5) / by_hand(fit, 1.5), rel=1e-7)
    at_zero = fit.test("x = 0").iloc[0]
    term = fit.tidy().set_index("term").loc["x"]
    for name in ("estimate", "p_value", "conf_low", "conf_high"):
        assert at_zero[name] == pytest.approx(term[name], rel=1e-7)
    with pytest.raises(cs.OptionError, match="AKM0 tests values of 'x' alone"):
        fit.test("x = control")
    plain = fit.with_covariance(cs.AKM())
    assert plain.test("x = 0")["p_value"].item() == pytest.approx(plain.pvalues["x"], rel=EXACT)


def test_akm0_may_be_unbounded_and_says_so() -> None:
    weak = design(seed=3, strength=0.05)
    with pytest.warns(cs.ClusterstatsWarning, match="AKM0. is unbounded: "):
        fit = estimate(weak, covariance=cs.AKM(null_imposed=True))
    row = fit.tidy().set_index("term").loc["x"]
    assert (row["conf_low"], row["conf_high"]) == (-np.inf, np.inf)
    assert np.isinf(row["std_error"])
    shapes = {level: fit.confidence_set(level) for level in (0.05, 0.5, 0.95, 0.99999)}
    assert {"interval", "line"} <= {table["shape"].iloc[0] for table in shapes.values()}


@pytest.mark.filterwarnings("ignore:.*is unbounded:clusterstats.ClusterstatsWarning")
def test_two_rays_leave_out_what_is_rejected() -> None:
    found = {}
    for seed in (0, 2):
        fit = estimate(design(seed=seed, strength=0.15))
        assert fit.confidence_set()["shape"].tolist() == ["interval"]
        pieces = fit.with_covariance(cs.AKM(null_imposed=True)).confidence_set()
        found[pieces["shape"].iloc[0]] = (fit, pieces)
    fit, pieces = found["two rays"]
    low, high = pieces["conf_high"].iloc[0], pieces["conf_low"].iloc[1]
    assert low < high
    q = norm.ppf(0.975)
    for value, inside in [((low + high) / 2, False), (low - 1, True), (high + 1, True)]:
        assert (abs(fit.params["x"] - value) / by_hand(fit, value) <= q) == inside
    fit, pieces = found["line"]
    for value in (-100.0, 0.0, 100.0):
        assert abs(fit.params["x"] - value) / by_hand(fit, value) <= q


def test_clusters_of_shocks_add_up_before_they_are_squared() -> None:
    made = design()
    alone = made["shocks"].assign(own=made["shocks"]["industry"])
    fit = estimate({**made, "shocks": alone})
    assert fit.with_covariance(cs.AKM(shock_cluster="own")).bse["x"] == pytest.approx(
        fit.bse["x"], rel=EXACT
    )
    grouped = fit.with_covariance(cs.AKM(shock_cluster="sector"))
    assert grouped.bse["x"] != pytest.approx(fit.bse["x"], rel=1e-3)
    assert grouped.covariance.factors["clusters sector"] == INDUSTRIES / 2
    with pytest.raises(cs.TableError, match="no column 'branch' to cluster shocks by; the table"):
        fit.with_covariance(cs.AKM(shock_cluster="branch"))


def test_akm_with_fixed_effects_is_akm_with_dummies() -> None:
    made = design(years=(1, 2))
    effects = estimate(made, "control | region + year")
    dummies = estimate(made, "control + C(region) + C(year)")
    assert effects.bse["x"] == pytest.approx(dummies.bse["x"], rel=1e-7)


@pytest.mark.parametrize(
    ("formula", "family", "message"),
    [
        ("y ~ control", "linear", "variable='z' is no regressor; name one of 'Intercept', 'con"),
        ("y ~ control | x + w ~ z + before", "linear", "has 2 and 2: z, before; use Robust or"),
        ("count ~ z", "poisson", "AKM is defined for least squares with a shift-share"),
        (
            "y ~ control | x ~ before",
            "linear",
            "variable='z' of AKM is not the instrument",
        ),
    ],
)
def test_akm_is_refused_where_there_is_no_shift_share(
    formula: str, family: str, message: str
) -> None:
    made = design()
    z = estimate(made).solution.design.z[:, 0]
    data = made["data"].assign(z=z, count=np.arange(REGIONS) % 5)
    option = cs.AKM(shares=made["shares"], variable="z")
    with pytest.raises(cs.OptionError, match=message):
        cs.regress(formula, data, covariance=option, family=family)  # type: ignore[arg-type]


def test_akm_needs_shares_that_make_the_variable() -> None:
    made = design()
    with pytest.raises(cs.OptionError, match="AKM needs the shares"):
        cs.regress("y ~ before", made["data"], covariance=cs.AKM(variable="before"))
    option = cs.AKM(shares=made["shares"], variable="before")
    with pytest.raises(cs.TableError, match="is not made of these shares: [0-9.]+% of its"):
        cs.regress("y ~ before", made["data"], covariance=option)
    few = {**made, "data": made["data"].head(8)}
    with pytest.raises(cs.OptionError, match=r"8 row\(s\) tell only 8 of 20 shocks apart"):
        estimate(few)
    with pytest.raises(cs.OptionError, match="level=95 of AKM must lie between 0 and 1"):
        cs.AKM(level=95)


# --- the side of shocks ---


def test_the_regression_over_shocks_gives_the_estimate_of_2sls() -> None:
    complete = estimate(design(), weights="w")
    assert complete.is_complete
    assert complete.shock_level().params["treatment"] == pytest.approx(complete.params["x"], EXACT)
    made = design(complete=False)
    with pytest.warns(cs.ClusterstatsWarning, match="their sum is not controlled for"):
        open_ = estimate(made)
    assert not open_.is_complete
    assert len(open_.shock_data()) == INDUSTRIES + 1
    rest = open_.shock_data().iloc[-1]
    assert (rest["industry"], rest["shock"], rest["sector"], rest["skill"]) == ("missing", 0, 0, 0)
    assert open_.shock_data()["exposure"].sum() == pytest.approx(1, rel=EXACT)
    assert open_.shock_level().params["treatment"] == pytest.approx(open_.params["x"], EXACT)
    controlled = estimate(made, "control + share_sum")
    assert controlled.is_complete
    assert len(controlled.shock_data()) == INDUSTRIES
    again = controlled.shock_level().params["treatment"]
    assert again == pytest.approx(controlled.params["x"], EXACT)


def test_controls_of_shocks_are_controls_of_regions_once_averaged() -> None:
    made = design()
    shares = made["shares"].merge(made["shocks"], on="industry")
    skill = (shares["share"] * shares["skill"]).groupby(shares["region"]).sum()
    data = made["data"].assign(skill=made["data"]["region"].map(skill))
    fit = estimate({**made, "data": data}, "control + skill")
    assert fit.shock_level("skill").params["treatment"] == pytest.approx(fit.params["x"], EXACT)


def test_years_have_their_own_missing_industry() -> None:
    made = design(years=(2001, 2002), complete=False)
    with pytest.warns(cs.ClusterstatsWarning, match="share_sum"):
        fit = estimate(made)
    rows = fit.shock_data().query("industry == 'missing'")
    assert rows["year"].tolist() == [2001, 2002]
    assert fit.shock_level().params["treatment"] == pytest.approx(fit.params["x"], EXACT)


def test_rotemberg_weights_by_hand() -> None:
    made = design()
    fit = estimate(made, weights="w")
    table = fit.rotemberg_weights().set_index("industry")
    assert table["alpha"].sum() == pytest.approx(1, rel=EXACT)
    assert (table["alpha"] * table["beta"]).sum() == pytest.approx(fit.params["x"], rel=EXACT)
    wide = made["shares"].pivot(index="region", columns="industry", values="share")
    for code in ("k00", "k07"):
        data = made["data"].assign(share=wide[code].to_numpy())
        alone = cs.regress("y ~ control | x ~ share", data, weights="w")
        assert table.loc[code, "beta"] == pytest.approx(alone.params["x"], rel=1e-7)
        first = cs.regress("x ~ control + share", data, weights="w", covariance=cs.Robust("HC1"))
        strength = first.tvalues["share"] ** 2
        assert table.loc[code, "f_statistic"] == pytest.approx(strength, rel=1e-7)
    summary = fit.rotemberg_summary(top=3).set_index("component")
    assert summary.loc["all", "shocks"] == INDUSTRIES
    assert summary.loc["top 3", "alpha_sum"] == pytest.approx(table["alpha"].nlargest(3).sum())
    assert summary.loc["negative", "alpha_sum"] == pytest.approx(table["alpha"].clip(upper=0).sum())


def test_first_stage_f_of_a_share_may_be_clustered() -> None:
    made = design()
    fit = estimate(made)
    found = fit.rotemberg_weights("state").set_index("industry").loc["k03", "f_statistic"]
    wide = made["shares"].pivot(index="region", columns="industry", values="share")
    data = made["data"].assign(share=wide["k03"].to_numpy())
    with pytest.warns(cs.ClusterstatsWarning, match="rest on 6 clusters"):
        first = cs.regress("x ~ control + share", data, covariance=cs.Clustered("state"))
    assert found == pytest.approx(first.tvalues["share"] ** 2, rel=1e-7)


def test_effective_number_of_shocks() -> None:
    fit = estimate(design())
    share = fit.exposure.sums(fit.solution.design.frame)
    assert share == pytest.approx(np.ones(REGIONS))
    parts = fit.shock_data().set_index("industry")["exposure"]
    row = fit.shock_summary("sector").iloc[0]
    assert row["effective_shocks"] == pytest.approx(1 / (parts**2).sum(), rel=EXACT)
    assert fit.glance()["effective_shocks"].item() == pytest.approx(row["effective_shocks"])
    pairs = parts.to_numpy().reshape(-1, 2).sum(axis=1)
    assert row["effective_clusters"] == pytest.approx(1 / (pairs**2).sum(), rel=EXACT)
    assert 1 <= row["effective_shocks"] <= INDUSTRIES


def test_balance_is_a_reduced_form_with_another_response() -> None:
    made = design()
    fit = estimate(made, covariance=cs.Robust("HC1"))
    data = made["data"].assign(z=fit.solution.design.z[:, 0])
    row = fit.balance(["before"]).iloc[0]
    other = cs.regress("before ~ control + z", data, covariance=cs.Robust("HC1"))
    assert row["estimate"] == pytest.approx(other.params["z"], rel=EXACT)
    assert row["std_error"] == pytest.approx(other.bse["z"], rel=EXACT)
    shocks = fit.shock_data()
    row = fit.balance(["skill"], level="shock", controls="C(sector)").iloc[0]
    other = cs.regress(
        "skill ~ C(sector) + shock", shocks, weights="exposure", covariance=cs.Robust("HC1")
    )
    assert row["estimate"] == pytest.approx(other.params["shock"], rel=EXACT)
    assert (row["level"], row["nobs"]) == ("shock", INDUSTRIES)
    with pytest.raises(cs.OptionError, match="'control' is a control of the model: balanced"):
        fit.balance(["control"])
    with pytest.raises(cs.TableError, match="no covariate 'wage' in the shocks, which have"):
        fit.balance(["wage"], level="shock")


# --- bad input ---


def _changed(frame: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    return frame.astype({column: object if isinstance(value, str) else frame[column].dtype}).pipe(
        lambda made: made.assign(**{column: made[column].mask(made.index == row, value)})
    )


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "shares",
            lambda t: t.assign(share=t["share"] * 1.5),
            r"sum above 1 in 60 .region.",
        ),
        (
            "shares",
            lambda t: _changed(t, 4, "share", -0.1),
            r"1 share.s. are negative, first",
        ),
        (
            "shares",
            lambda t: _changed(t, 4, "share", np.nan),
            "1 'share' of the shares are blank",
        ),
        ("shares", lambda t: pd.concat([t, t.tail(2)]), r"shares repeat 2 .region, industry. key"),
        (
            "shares",
            lambda t: t.drop(columns="share"),
            "no column 'share' in the shares, which",
        ),
        ("shares", lambda t: t.assign(share="much"), "'share' of the shares must be numbers"),
        ("shocks", lambda t: t.iloc[1:], r"1 .industry. of the shares have no shock, first"),
        (
            "shocks",
            lambda t: _changed(t, 2, "shock", np.inf),
            "1 'shock' of the shocks are blank",
        ),
        ("shocks", lambda t: pd.concat([t, t.head(1)]), r"shocks repeat 1 .industry. key"),
        ("shocks", lambda t: t.assign(industry=range(len(t))), "'industry' is .* in one table and"),
        (
            "data",
            lambda t: t.assign(region=range(len(t))),
            "key 'region' is int64 in one table",
        ),
        ("data", lambda t: t.assign(region=t["region"] + "x"), "no row of the data has a share"),
        ("data", lambda t: t.drop(columns="region"), "no column 'region' in the data"),
    ],
)
def test_bad_tables_are_named_with_the_remedy(name: str, change, message: str) -> None:  # type: ignore[no-untyped-def]
    made = design()
    with pytest.raises(cs.TableError, match=message):
        estimate({**made, name: change(made[name])})


def test_bad_formulas_and_options() -> None:
    made = design()
    for formula, message in [
        ("y ~ control", "must name one shift-share as instrument"),
        ("y ~ control | x ~ z + w", "must name one shift-share as instrument"),
        ("y ~ control | x + w ~ z", "at least as many instruments"),
    ]:
        with pytest.raises((cs.OptionError, cs.TableError), match=message):
            cs.shift_share_iv(formula, made["data"], shares=made["shares"], shocks=made["shocks"])
    with pytest.raises(cs.OptionError, match="'z' is no column of the data: give shocks="):
        cs.shift_share_iv("y ~ control | x ~ z", made["data"], shares=made["shares"])
    with pytest.raises(cs.OptionError, match="gives one column two meanings"):
        cs.ShiftShareColumns(region="industry")
    with pytest.raises(cs.TableError, match="neither shares nor shocks have the column of years"):
        estimate(made, columns=cs.ShiftShareColumns(year="period"))
    with pytest.raises(cs.OptionError, match="it takes those of the design"):
        estimate(made, covariance=cs.AKM(shares=made["shares"]))


def test_regions_without_shares_are_counted() -> None:
    made = design()
    fewer = {**made, "shares": made["shares"].query("region != 'r05'")}
    with (
        pytest.warns(cs.ClusterstatsWarning, match=r"1 of 60 .* no share at all, first \('r05"),
        pytest.warns(cs.ClusterstatsWarning, match="shares sum to between 0 and 1"),
    ):
        fit = estimate(fewer)
    assert fit.glance()["rows_without_shares"].item() == 1


def test_shocks_without_shares_are_counted() -> None:
    made = design()
    more = pd.DataFrame([{"industry": "k99", "shock": 5.0, "sector": 9, "skill": 0.0}])
    wider = {**made, "shocks": pd.concat([made["shocks"], more], ignore_index=True)}
    fit = estimate(wider)
    assert fit.bse["x"] == pytest.approx(estimate(made).bse["x"], rel=EXACT)
    assert fit.glance()["shocks_without_shares"].item() == 1
    assert len(fit.shock_data()) == INDUSTRIES
    row = fit.rotemberg_weights().set_index("industry").loc["k99"]
    assert row["alpha"] == 0
    assert np.isnan(row["beta"])


def test_input_is_left_as_it_was() -> None:
    made = design()
    kept = {name: frame.copy() for name, frame in made.items()}
    fit = estimate(made)
    fit.shock_level()
    fit.rotemberg_weights()
    for name, frame in made.items():
        pd.testing.assert_frame_equal(frame, kept[name])


@pytest.mark.slow
def test_size_where_regions_share_industries() -> None:
    """With errors common to industries, robust tests reject far too often; AKM0 does not."""
    draws, rejected = 200, {"robust": 0, "akm0": 0}
    rng = np.random.default_rng(8)
    for _ in range(draws):
        parts = rng.dirichlet(np.full(40, 0.3), 300)
        y = parts @ rng.normal(size=40) + 0.1 * rng.normal(size=300)
        data = pd.DataFrame({"region": range(300), "y": y, "z": parts @ rng.normal(size=40)})
        shares = pd.DataFrame(
            {
                "region": np.repeat(range(300), 40),
                "industry": np.tile(range(40), 300),
                "share": parts.ravel(),
            }
        )
        fit = cs.regress("y ~ z", data, covariance=cs.Robust("HC1"))
        rejected["robust"] += fit.pvalues["z"] < 0.05
        option = cs.AKM(null_imposed=True, shares=shares, variable="z")
        rejected["akm0"] += fit.with_covariance(option).pvalues["z"] < 0.05
    assert rejected["robust"] / draws > 0.3
    assert abs(rejected["akm0"] / draws - 0.05) < 3 * np.sqrt(0.05 * 0.95 / draws)
