"""Small-sample conventions against the programs whose names they bear.

Tolerances: 1e-12 against pyfixest and linearmodels (the same formulas in doubles); 1e-7 against
Stata, which prints 12 digits of variances, and 1e-5 for its p-values, whose error is that of t
times t squared; otherwise half a unit of the last printed digit.
"""

from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from clusterstats.errors import ClusterstatsWarning, OptionError
from clusterstats.models import Classical, Clustered, Robust, SmallSample, regress
from clusterstats.models.covariance import CONVENTIONS
from tests.models.oracles.example import example

ORACLES = Path(__file__).parent / "oracles"
FEW = pytest.mark.filterwarnings("ignore:standard errors rest on")
FIRM = Clustered("firm")


@pytest.fixture(scope="module")
def grunfeld(data_dir):
    return pd.read_csv(data_dir / "grunfeld" / "grunfeld.csv")


def _option(text):
    named = {"iid": Classical(), "hetero": Robust("HC1")}
    return named.get(text) or Clustered(*text.split("+"))


@FEW
def test_fixest_013_equals_pyfixest_over_effects_clusters_weights_and_instruments():
    table = example()
    known = pd.read_csv(ORACLES / "pyfixest_std_errors.csv", keep_default_na=False)
    for (formula, weights), part in known.groupby(["formula", "weights"]):
        fit = regress(formula, table, weights=weights or None)
        for text, rows in part.groupby("covariance"):
            found = fit.with_covariance(_option(text))
            tidy = found.tidy().set_index("term").loc[rows["term"]]
            where = f"{formula} {weights} {text}"
            assert tidy["std_error"].to_numpy() == pytest.approx(
                rows["std_error"].to_numpy(), rel=1e-12
            ), where
            assert tidy["p_value"].to_numpy() == pytest.approx(
                rows["p_value"].to_numpy(), rel=1e-9, abs=1e-14
            ), where
            assert (rows["k"] == found.covariance.factors["K"]).all(), where


GRUNFELD = {
    "se iid (lm, plm, xtreg, fixest)": (Classical(), ("lm", "plm", "stata", "fixest-0.12")),
    "se cluster firm (Stata xtreg/reghdfe, fixest)": (FIRM, ("stata", "fixest-0.12")),
    "se cluster firm (lm + vcovCL HC1)": (FIRM, ("lm",)),
    "se cluster firm (plm vcovHC)": (FIRM, ("plm",)),
    "se two-way firm+year (fixest default G min)": (Clustered("firm", "year"), ("fixest-0.12",)),
    "se two-way firm+year (lfe, G conventional)": (Clustered("firm", "year"), ("lfe",)),
    "se HC1": (Robust("HC1"), tuple(CONVENTIONS)),
    "se iid": (Classical(), tuple(CONVENTIONS)),
}


@FEW
def test_the_vignette_of_fixest_to_the_printed_digit(grunfeld, reference_dir):
    printed = pd.read_csv(reference_dir / "tables" / "fixest_vignette_grunfeld_se.csv")
    over_time = printed["stat"].str.contains("Newey|Driscoll")
    within, pooled = (
        regress("inv ~ capital | firm + year", grunfeld),
        regress("inv ~ capital", grunfeld),
    )
    for row in printed[~over_time].to_dict("records"):
        fit = pooled if row["spec"].startswith("OLS") else within
        option, conventions = GRUNFELD[row["stat"]]
        for name in conventions:
            found = fit.with_covariance(option, name).bse[row["item"].replace("const", "Intercept")]
            assert abs(found - row["published"]) <= row["tol"], (row["stat"], name)


STATA = [
    (config, missing)
    for config in (
        *("pooled-conventional-", "pooled-robust-", "pooled-cluster-", "fixed_effect-robust-"),
        *("fixed_effect-conventional-", "fixed_effect-cluster-"),
    )
    for missing in ("complete", "light")
]


@pytest.mark.filterwarnings("ignore:.*have a blank in a variable")
@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize(("config", "missing"), STATA)
def test_stata_panel(reference_dir, config, missing, weights):
    folder = reference_dir / "stata_panel"
    table = pd.read_csv(folder / "simulated_panel.csv.gz")
    known = pd.read_csv(folder / "stata_results.csv", keep_default_na=False)
    known = known[(known["config"] == config + ("weighted" if weights else ""))]
    known = known[known["missing"] == missing]
    end = "_light" if missing == "light" else ""
    right = " + ".join(f"x{place}{end}" for place in range(1, 6))
    model, kind, _ = config.split("-")
    option = {"conventional": Classical(), "robust": Robust("HC1")}.get(kind, Clustered("firm_id"))
    if model == "fixed_effect" and kind == "robust":
        option = Clustered("firm_id")  # xtreg, fe vce(robust) clusters by the panel
    fit = regress(
        f"y{end} ~ {right}" + (" | firm" if model == "fixed_effect" else ""),
        table,
        covariance=option,
        weights=weights,
        convention="stata",
    )
    tidy = fit.tidy().set_index("term")
    columns = {"coef": "estimate", "se": "std_error", "t": "statistic", "p": "p_value"}
    compared = 0
    for row in known.to_dict("records"):
        term = "Intercept" if row["item"] == "_cons" else f"{row['item'].removesuffix(end)}{end}"
        if row["stat"] in columns and term in tidy.index:
            found = tidy.loc[term, columns[row["stat"]]]
            tolerance = 1e-5 if row["stat"] == "p" else 1e-7
            assert found == pytest.approx(float(row["value"]), rel=tolerance), row
            compared += 1
        elif row["stat"] == "df_r":
            assert fit.covariance.df[0] == float(row["value"])
    assert compared == (24 if model == "pooled" else 20)


PETERSEN = {
    "se iid": (Classical(), "lm"),
    "se White": (Robust("HC1"), "lm"),
    "se cluster firm": (FIRM, "lm"),
    "se cluster year": (Clustered("year"), "lm"),
    "se two-way firm,year": (Clustered("firm", "year"), "lm"),
}


@FEW
def test_petersen_to_the_printed_digit(data_dir, reference_dir):
    printed = pd.read_csv(reference_dir / "tables" / "petersen_2009_test_data.csv")
    fit = regress("y ~ x", pd.read_csv(data_dir / "petersen" / "petersen.csv"))
    for row in printed[(printed["spec"] == "OLS") & (printed["stat"] != "coef")].to_dict("records"):
        option, name = PETERSEN[row["stat"]]
        found = fit.with_covariance(option, name).bse[row["item"].replace("const", "Intercept")]
        assert abs(found - row["published"]) <= row["tol"], row["stat"]


IS_OLD = int(metadata.version("linearmodels").split(".")[0]) < 7
"""Before 7, two clusters with time effects alone count degrees of freedom in another way."""


@FEW
@pytest.mark.parametrize("effects", [(), ("f",), ("t",), ("f", "t")])
@pytest.mark.parametrize("clusters", [(), ("f",), ("t",), ("r",), ("f", "t")])
def test_linearmodels_run_beside_it(effects, clusters):
    table = example().drop_duplicates(["f", "t"])
    panel = table.set_index(["f", "t"], drop=False).rename_axis(["entity", "time"])
    model = PanelOLS(
        panel["y"],
        panel[["x", "d"]].assign(const=1.0),
        entity_effects="f" in effects,
        time_effects="t" in effects,
    )
    fit = regress(
        "y ~ x + d" + (f" | {' + '.join(effects)}" if effects else ""),
        table,
        convention="linearmodels",
    )
    for cov_type, option in (("unadjusted", Classical()), ("robust", Robust("HC1"))):
        _same_as_linearmodels(fit.with_covariance(option), model.fit(cov_type=cov_type))
    if clusters and not (len(clusters) == 2 and effects == ("t",) and IS_OLD):
        known = model.fit(cov_type="clustered", clusters=panel[list(clusters)])
        _same_as_linearmodels(fit.with_covariance(Clustered(*clusters)), known)


def _same_as_linearmodels(fit, known):
    with np.errstate(invalid="ignore"):  # the constant's variance can be negative there
        std_errors, p_values = known.std_errors, known.pvalues
    for term in ("x", "d"):
        assert fit.bse[term] == pytest.approx(std_errors[term], rel=1e-11)
        assert fit.pvalues[term] == pytest.approx(p_values[term], rel=1e-8, abs=1e-14)


def test_statsmodels_clusters_as_lm_does():
    import statsmodels.api as sm

    table = example()
    known = sm.OLS(table["y"], sm.add_constant(table[["x", "d"]])).fit(
        cov_type="cluster", cov_kwds={"groups": table["f"]}, use_t=True
    )
    fit = regress("y ~ x + d", table, covariance=Clustered("f"), convention="lm")
    assert fit.bse.to_numpy() == pytest.approx(known.bse.to_numpy(), rel=1e-12)


def test_counts_by_hand():
    table = example()
    levels = {name: table[name].nunique() for name in "fgtr"}
    fit = regress("y ~ x + d | f + g", table)

    def counted(option, **rules):
        return fit.with_covariance(option, SmallSample(**rules)).covariance.factors["K"]

    both = levels["f"] + levels["g"] - 1
    with pytest.warns(ClusterstatsWarning, match="34 clusters of 'r'"):
        assert counted(Clustered("r")) == 2 + levels["g"] - 1 + 1  # f lies in r
    assert counted(Clustered("t")) == 2 + both
    assert counted(Clustered("f", "t"), fixed_effects="full") == 2 + both
    assert counted(Clustered("f"), fixed_effects="none") == 2
    assert counted(Clustered("f"), fixed_effects="none if any nested") == 3
    assert counted(Clustered("f"), fixed_effects="none if nested") == 2 + both
    assert counted(Clustered("f"), fixed_effects="classical") == 2
    assert counted(Classical(), fixed_effects="classical") == 2 + both


@FEW
@pytest.mark.parametrize(
    ("rule", "clusters", "expected"),
    [
        ("min", ("q",), lambda size: size["q"] - 1),
        ("min", ("f", "q"), lambda size: size["q"] - 1),
        ("n-k", ("f",), lambda size: 700 - 3),  # the nested effect counts as a constant
        ("n-k", ("q",), lambda size: 700 - 2 - size["f"]),
        ("residual", ("f",), lambda size: 700 - 2 - size["f"]),
        ("residual or min", ("f",), lambda size: size["f"] - 1),
        ("residual or min", ("q",), lambda size: 700 - 2 - size["f"]),
        ("normal", ("f",), lambda size: np.inf),
    ],
)
def test_degrees_of_freedom_of_tests_by_rule(rule, clusters, expected):
    table = example()
    fit = regress("y ~ x + d | f", table)
    found = fit.with_covariance(Clustered(*clusters), SmallSample(t_df=rule)).covariance.df
    assert found.tolist() == [expected(table.nunique())] * 2


def test_disconnected_effects_are_counted_exactly_where_asked():
    table = example().assign(half=lambda frame: frame["f"] % 2)
    table["far"] = table["g"] + 100 * table["half"]  # two connected sets of f and far
    dummies = pd.get_dummies(table[["f", "far"]].astype(str)).to_numpy(dtype=float)
    rank = np.linalg.matrix_rank(dummies)
    fit = regress("y ~ x + d | f + far", table)
    exact = fit.with_covariance(Classical(), "stata").covariance.factors["K"]
    assert exact == 2 + rank
    assert fit.covariance.factors["K"] == exact + 1
    nested = fit.with_covariance(Clustered("f"), "stata").covariance.factors["K"]
    assert nested == 2 + rank - table["f"].nunique() + 1


def test_factors_are_reported_and_make_the_difference():
    fit = regress("y ~ x + d | f", example())
    plain = fit.with_covariance(Clustered("f", correction="CR0")).covariance
    full = fit.with_covariance(Clustered("f"), "lm").covariance
    assert full.factors["clusters f"] == 45
    factor = full.factors["factor of K"] * full.factors["G/(G-1)"]
    assert full.factors["factor of K"] == pytest.approx(699 / (700 - 47), rel=1e-15)
    assert full.matrix == pytest.approx(plain.matrix * factor, rel=1e-14)
    assert "G/(G-1) = 1.02273" in fit.with_covariance(Clustered("f")).glance()["factors"].item()


def test_options_are_checked_and_listed():
    with pytest.raises(OptionError, match="convention='reghdfe' is not known; use one of .*'lfe'"):
        regress("y ~ x", example(), convention="reghdfe")
    with pytest.raises(OptionError, match="fixed_effects='nested' is not known"):
        SmallSample(fixed_effects="nested")
    with pytest.raises(OptionError, match="t_df='t' is not known"):
        SmallSample(t_df="t")


@FEW
def test_a_model_with_nothing_left_is_refused():
    with pytest.raises(OptionError, match="4 parameters are counted in 4 rows: nothing is left"):
        regress("y ~ x + d + z", example(4))
    with pytest.raises(OptionError, match=r"the factor \(n - 1\) / \(n - K\) does not exist"):
        regress("y ~ x + d + z", example(4).assign(c=[0, 0, 1, 1]), covariance=Clustered("c"))
