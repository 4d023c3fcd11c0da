"""Panel models: what Stata prints, published tables, and the transformations written out.

Tolerances: Stata prints 8 to 12 digits, so 1e-8 relative for coefficients, errors and statistics,
and 5e-7 for p-values near 0; printed tables to their last digit; 1e-9 against arrays.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.models.covariance.dependence import DriscollKraay

CONFIGURATIONS = {
    "between-conventional-": ("between", None),
    "between-conventional-wls": ("between_wls", None),
    "random_effect-conventional-": ("random", None),
    "random_effect-cluster-": ("random", cs.Clustered("firm_id")),
    "random_effect-robust-": ("random", cs.Clustered("firm_id")),  # as Stata's xtreg, re robust
}
RANDOM = "log(gsp) ~ log(pcap) + log(pc) + log(emp) + unemp"


def zones(seed: int = 0, units: int = 60, periods: int = 6, share: float = 0.8) -> pd.DataFrame:
    """An unbalanced panel whose first unit enters late, with gaps and weights."""
    random = np.random.default_rng(seed)
    unit, year = (
        np.repeat(np.arange(units), periods),
        np.tile(np.arange(2000, 2000 + periods), units),
    )
    effect, x, z = random.normal(size=units)[unit], *random.normal(size=(2, len(unit)))
    y = 1 + x - z + effect + random.normal(size=len(unit))
    data = pd.DataFrame({"unit": unit, "year": year, "x": x, "z": z, "y": y})
    data["w"] = random.uniform(0.5, 2, size=len(unit))
    data = data[(data["unit"] > 0) | (data["year"] > 2002)]
    return data.sample(frac=share, random_state=seed)


def model(data: pd.DataFrame, kind: str, formula: str = "y ~ x + z", **options: object) -> cs.Fit:
    return cs.panel_model(formula, data, kind=kind, entity="unit", time="year", **options)


# --- other programs ---


@pytest.mark.parametrize("missing", ["complete", "light"])
@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_what_stata_prints(reference_dir: Path, config: str, missing: str) -> None:
    folder = reference_dir / "stata_panel"
    printed = pd.read_csv(folder / "stata_results.csv")
    printed = printed[(printed["config"] == config) & (printed["missing"] == missing)]
    end = "" if missing == "complete" else "_light"
    terms = " + ".join(f"x{place}{end}" for place in range(1, 6))
    kind, covariance = CONFIGURATIONS[config]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "[0-9,]+ of .* row.s. have a blank")
        fit = cs.panel_model(
            f"y{end} ~ {terms}",
            pd.read_csv(folder / "simulated_panel.csv.gz"),
            kind=kind,
            entity="firm_id",
            time="time",
            covariance=covariance,
            convention="stata",
        )
    found = fit.statistics
    whole = {"r2": found["r_squared"], "r2_w": found["corr_squared_within"]}
    whole |= {"N": found["rows"], "N_g": found["entities"]}
    own = {"coef": fit.params, "se": fit.bse, "t": fit.tvalues, "p": fit.pvalues}
    compared = 0
    for row in printed.itertuples():
        if row.stat in own:
            name = "Intercept" if row.item == "_cons" else f"{row.item}{end}"
            ours, least = own[row.stat][name], 5e-10 if row.stat == "p" else 0.0
        elif row.stat in whole:
            ours, least = whole[row.stat], 0.0
        else:
            continue
        tolerance = 5e-7 if row.stat == "p" else 1e-8
        assert ours == pytest.approx(row.value, rel=tolerance, abs=least), (row.item, row.stat)
        compared += 1
    assert compared >= 6 * 4 + 3


@pytest.mark.parametrize(
    ("table", "spec", "kind", "formula", "entity", "names"),
    [
        ("baltagi_produc_table3_1", "Between", "between", RANDOM, "state", True),
        ("baltagi_produc_table3_1", "SwamyArora RE", "random", RANDOM, "state", True),
        ("baltagi_griffin_gasoline", "Between", "between", None, "country", False),
        ("baltagi_griffin_gasoline", "SwamyArora", "random", None, "country", False),
    ],
)
def test_baltagi_tables(
    data_dir: Path,
    reference_dir: Path,
    table: str,
    spec: str,
    kind: str,
    formula: str | None,
    entity: str,
    names: bool,
) -> None:
    name = "produc" if names else "gasoline"
    data = pd.read_csv(data_dir / name / f"{name}.csv")
    formula = formula or "lgaspcar ~ lincomep + lrpmg + lcarpcap"
    fit = cs.panel_model(formula, data, kind=kind, entity=entity, time="year")
    ours = {"const": "Intercept", "ln_public": "log(pcap)", "ln_private": "log(pc)"}
    compare(reference_dir, table, spec, fit, ours | {"ln_labour": "log(emp)"})


def test_petersen_fama_macbeth(data_dir: Path, reference_dir: Path) -> None:
    data = pd.read_csv(data_dir / "petersen" / "petersen.csv")
    fit = cs.panel_model("y ~ x", data, kind="fama_macbeth", entity="firm", time="year")
    names = {"const": "Intercept"}
    compare(reference_dir, "petersen_2009_test_data", "Fama-MacBeth", fit, names)
    assert fit.statistics["periods used"] == 10


def test_wooldridge_table_14_2_random_effects(data_dir: Path, reference_dir: Path) -> None:
    data = pd.read_csv(data_dir / "wagepan" / "wagepan.csv.gz")
    formula = "lwage ~ educ + black + hisp + exper + expersq + married + union + C(year)"
    fit = cs.panel_model(formula, data, kind="random", entity="nr", time="year")
    compare(reference_dir, "wagepan_table14_2", "Random effects", fit, {})


def test_wooldridge_example_13_9_first_differences(data_dir: Path, reference_dir: Path) -> None:
    data = pd.read_csv(data_dir / "crime4" / "crime4.csv.gz")
    formula = "lcrmrte ~ C(year) + lprbarr + lprbconv + lprbpris + lavgsen + lpolpc"
    fit = cs.panel_model(formula, data, kind="first_difference", entity="county", time="year")
    names = {"clprbarr": "lprbarr", "clprbcon": "lprbconv", "clprbpri": "lprbpris"}
    names |= {"clavgsen": "lavgsen", "clpolpc": "lpolpc"}
    compare(reference_dir, "crime_fd_example13_9", "FD", fit, names)
    assert fit.nobs == 540


@pytest.mark.parametrize(
    ("table", "name", "formula", "effect"),
    [
        (
            "cornwell_rupert_wages",
            "cornwell_rupert_wages",
            "lwage ~ wks + so + sm + ms + exp + exp2 + blue + ind + un | person",
            "person",
        ),
        (
            "baltagi_griffin_gasoline",
            "gasoline",
            "lgaspcar ~ lincomep + lrpmg + lcarpcap | country",
            "country",
        ),
        ("wagepan_table14_2", "wagepan", "lwage ~ expersq + married + union + C(year) | nr", "nr"),
    ],
)
def test_within_columns_of_the_same_tables(
    data_dir: Path, reference_dir: Path, table: str, name: str, formula: str, effect: str
) -> None:
    data = pd.read_csv(next((data_dir / name).glob("*.csv*")))
    if effect == "person":  # seven rows a person, without an identifier
        data = data.assign(person=np.arange(len(data)) // 7, exp2=data["exp"] ** 2)
        words = {"so": "south", "sm": "smsa", "ms": "married", "blue": "bluecol", "un": "union"}
        data = data.assign(**{new: (data[old] == "yes") * 1.0 for new, old in words.items()})
    fit = cs.regress(formula, data)
    spec = "Fixed effects" if effect == "nr" else "Within"
    compare(reference_dir, table, spec, fit, {})


def compare(reference_dir: Path, table: str, spec: str, fit: cs.Fit, names: dict[str, str]) -> None:
    """Every coefficient and error of a column, to the last printed digit."""
    printed = pd.read_csv(reference_dir / "tables" / f"{table}.csv")
    printed = printed[(printed["spec"] == spec) & printed["stat"].isin(["coef", "se"])]
    assert len(printed) >= 4
    for row in printed.itertuples():
        ours = (fit.params if row.stat == "coef" else fit.bse)[names.get(row.item, row.item)]
        assert abs(ours - row.published) <= row.tol, (row.item, row.stat)


# --- the transformations, written out ---


def test_between_is_least_squares_on_means() -> None:
    data = zones()
    means = data.groupby("unit")[["x", "z", "y"]].mean()
    fit = model(data, "between", covariance=cs.Robust("HC1"))
    plain = cs.regress("y ~ x + z", means, covariance=cs.Robust("HC1"))
    assert fit.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=1e-9)
    assert fit.cov_params().to_numpy() == pytest.approx(plain.cov_params().to_numpy(), abs=1e-9)
    assert fit.nobs == len(means)
    assert fit.statistics["rows"] == len(data)


def test_between_weighted_by_rows() -> None:
    data = zones()
    means = data.groupby("unit")[["x", "z", "y"]].mean().assign(rows=data.groupby("unit").size())
    plain = cs.regress("y ~ x + z", means, weights="rows")
    fit = model(data, "between_wls")
    assert fit.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=1e-9)
    assert fit.bse.to_numpy() == pytest.approx(plain.bse.to_numpy(), abs=1e-9)


@pytest.mark.parametrize("convention", ["stata", "linearmodels", "fixest-0.13", "plm", "lm"])
@pytest.mark.parametrize(
    "covariance",
    [cs.Classical(), cs.Robust("HC0"), cs.Robust("HC1"), cs.Clustered("unit"),
     cs.Clustered("unit", correction="CR0"), cs.Clustered("unit", "half"), DriscollKraay(2),
     DriscollKraay(), DriscollKraay(1, "parzen"), DriscollKraay(1, "quadratic_spectral")],
)  # fmt: skip
def test_random_effects_are_least_squares_quasi_demeaned(
    convention: str, covariance: cs.Classical
) -> None:
    """With the variances it reports, and every factor of ours on top."""
    data = zones().assign(half=lambda frame: frame["x"].rank().astype(int) % 50)
    fit = model(data, "random", covariance=covariance, convention=convention)
    found = fit.statistics
    rows = data.groupby("unit")["y"].transform("size")
    ratio = found["variance_entity"] / found["variance_idiosyncratic"]
    theta = 1 - 1 / np.sqrt(1 + rows * ratio)
    one = data.assign(one=1.0)[["y", "x", "z", "one"]]
    made = one - one.groupby(data["unit"]).transform("mean").mul(theta, axis=0)
    made = made.assign(unit=data["unit"], half=data["half"], year=data["year"])
    options = {"covariance": covariance, "convention": convention, "panel": ("unit", "year")}
    plain = cs.regress("y ~ 0 + one + x + z", made, **options)
    assert fit.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=1e-9)
    assert fit.cov_params().to_numpy() == pytest.approx(plain.cov_params().to_numpy(), abs=1e-9)
    assert found["theta_min"] == pytest.approx(theta.min(), abs=1e-9)
    assert found["theta_max"] == pytest.approx(theta.max(), abs=1e-9)


def test_first_differences_span_one_period_only() -> None:
    data = zones()
    fit = model(data, "first_difference", covariance=cs.Clustered("unit"))
    ordered = data.sort_values(["unit", "year"])[["unit", "year", "x", "z", "y"]]
    changes = ordered.groupby("unit").diff().assign(unit=ordered["unit"])
    changes = changes[changes["year"] == 1]
    plain = cs.regress(
        "y ~ 0 + x + z", changes, covariance=cs.Clustered("unit"), convention="linearmodels"
    )
    assert fit.nobs == len(changes)
    assert fit.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=1e-9)
    assert fit.bse.to_numpy() == pytest.approx(plain.bse.to_numpy(), abs=1e-9)
    assert "Intercept left out: differences have no constant" in fit.notes


def test_fama_macbeth_is_the_mean_of_cross_sections() -> None:
    data = zones()
    each = [cs.regress("y ~ x + z", part).params for _, part in data.groupby("year")]
    table = pd.DataFrame(each)
    fit = model(data, "fama_macbeth")
    assert fit.params.to_numpy() == pytest.approx(table.mean().to_numpy(), abs=1e-9)
    error = table.std(ddof=1) / np.sqrt(len(table))
    assert fit.bse.to_numpy() == pytest.approx(error.to_numpy(), abs=1e-9)
    assert fit.covariance.df.tolist() == [len(table) - 1] * 3


def test_fama_macbeth_with_autocorrelation_of_the_cross_sections() -> None:
    data = zones(periods=12)
    table = pd.DataFrame([cs.regress("y ~ x + z", part).params for _, part in data.groupby("year")])
    gap = (table - table.mean()).to_numpy()
    middle = gap.T @ gap
    for lag, weight in ((1, 2 / 3), (2, 1 / 3)):
        both = gap[lag:].T @ gap[:-lag]
        middle += weight * (both + both.T)
    fit = model(data, "fama_macbeth", covariance=DriscollKraay(2))
    expected = middle / (12 * 11)
    assert fit.cov_params().to_numpy() == pytest.approx(expected, abs=1e-10)


def test_weighted_random_effects_use_weighted_means() -> None:
    pytest.importorskip("linearmodels", "7.1", reason="older ones weigh unbalanced panels wrongly")
    data = zones()
    fit = model(data, "random", weights="w")
    found = fit.statistics
    rows = data.groupby("unit")["y"].transform("size")
    ratio = found["variance_entity"] / found["variance_idiosyncratic"]
    theta = 1 - 1 / np.sqrt(1 + rows * ratio)
    one = data.assign(one=1.0)[["y", "x", "z", "one"]]
    total = data.groupby("unit")["w"].transform("sum")
    means = one.mul(data["w"], axis=0).groupby(data["unit"]).transform("sum").div(total, axis=0)
    made = (one - means.mul(theta, axis=0)).assign(w=data["w"])
    plain = cs.regress("y ~ 0 + one + x + z", made, weights="w")
    assert fit.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=1e-9)


@pytest.mark.parametrize("kind", ["between", "random", "first_difference", "fama_macbeth"])
def test_order_of_rows_index_and_engine_do_not_matter(kind: str) -> None:
    data = zones()
    fit = model(data, kind)
    other = data.assign(unit="u" + data["unit"].astype(str).str.zfill(3)).sort_values("x")
    again = model(other.set_index(np.arange(len(other)) + 7), kind)
    assert again.params.to_numpy() == pytest.approx(fit.params.to_numpy(), abs=1e-9)
    assert again.bse.to_numpy() == pytest.approx(fit.bse.to_numpy(), abs=1e-9)
    polars = pytest.importorskip("polars").from_pandas(data)
    assert model(polars, kind).params.to_numpy() == pytest.approx(fit.params.to_numpy(), abs=1e-9)


def test_residuals_are_those_of_the_rows() -> None:
    data = zones()
    fit = model(data, "random")
    expected = data["y"] - fit.params["Intercept"] - data[["x", "z"]] @ fit.params[["x", "z"]]
    pd.testing.assert_series_equal(fit.resid.loc[data.index], expected, check_names=False)


# --- bad input ---


@pytest.mark.parametrize(
    ("kind", "covariance", "message"),
    [
        ("random", cs.Robust("HC3"), "HC3 is not there for kind='random'"),
        ("random", cs.Clustered("unit", correction="CR2"), "CR2 is not there"),
        ("fama_macbeth", cs.Robust("HC1"), "spread of the cross-sections"),
        ("fama_macbeth", cs.Clustered("unit"), "spread of the cross-sections"),
        ("random", cs.Clustered("unit", "x", "w"), "at most 2 kinds of clusters"),
        ("between", DriscollKraay(), "has no periods"),
        ("random", DriscollKraay(6), "needs more than 6 periods"),
        ("random", DriscollKraay(time="x"), "other periods than time='year'"),
        ("between", cs.Clustered("x"), "clusters must not vary within an entity"),
        ("random", cs.Clustered("nobody"), "'nobody' is not in the table"),
    ],
)
def test_refused_covariances_say_so(kind: str, covariance: cs.Robust, message: str) -> None:
    with pytest.raises(cs.ClusterstatsError, match=message):
        model(zones(), kind, covariance=covariance)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ x | year", "takes no fixed effects"),
        ("y ~ 1 | | x ~ z", "no instruments"),
    ],
)
def test_refused_formulas_say_so(formula: str, message: str) -> None:
    with pytest.raises(cs.OptionError, match=message):
        model(zones(), "random", formula)


def test_unknown_kind_lists_those_known() -> None:
    with pytest.raises(cs.OptionError, match="kind='within' is not known.*'fama_macbeth'"):
        model(zones(), "within")


def test_keys_must_identify_rows() -> None:
    data = zones()
    with pytest.raises(cs.TableError, match="rows repeat the same 'unit' and 'year'"):
        model(pd.concat([data, data.head(1)]), "random")
    with pytest.raises(cs.TableError, match="column 'unit' is blank"):
        model(data.assign(unit=data["unit"].where(data["unit"] > 0)), "random")
    with pytest.raises(cs.TableError, match="no column 'zone'"):
        cs.panel_model("y ~ x", data, kind="random", entity="zone", time="year")


def test_few_clusters_are_warned_of() -> None:
    with pytest.warns(cs.ClusterstatsWarning, match="rest on 6 clusters of 'year'"):
        model(zones(), "random", covariance=cs.Clustered("unit", "year"))


def test_regressors_without_variation_are_named() -> None:
    data = zones().assign(size=lambda frame: frame["unit"] * 1.0)
    with pytest.warns(cs.ClusterstatsWarning, match="left out: 'size'"):
        fit = model(data, "first_difference", "y ~ x + size")
    assert list(fit.params.index) == ["x"]
    with (
        pytest.warns(cs.ClusterstatsWarning, match="differences|blank|left out"),
        pytest.raises(cs.TableError, match="no regressor is left: 'size'"),
    ):
        model(data.assign(x=np.where(data["x"] > 2, np.nan, data["x"])), "first_difference",
              "y ~ size + I(0 * x)")  # fmt: skip
