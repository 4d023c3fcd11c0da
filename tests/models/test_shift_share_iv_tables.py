"""Published shift-share tables and another program's numbers, to the last digit.

The data are those of the papers (PROVENANCE.md beside them); printed values lie in the reference
folder, with the source and the rounding of each.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs

NORMAL = cs.SmallSample(t_df="normal")
ADH_CONTROLS = (
    "t2 + l_shind_manuf_cbp + l_sh_popedu_c + l_sh_popfborn + l_sh_empl_f + l_sh_routine33 + "
    "l_task_outsource + C(division)"
)
BHJ_CONTROLS = (
    "reg_midatl + reg_encen + reg_wncen + reg_satl + reg_escen + reg_wscen + reg_mount + reg_pacif "
    "+ l_sh_popedu_c + l_sh_popfborn + l_sh_empl_f + l_sh_routine33 + l_task_outsource + t2"
)

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*have no share at all:clusterstats.ClusterstatsWarning",
    "ignore:shares sum to between:clusterstats.ClusterstatsWarning",
)


def printed(folder: Path, table: str) -> pd.DataFrame:
    return pd.read_csv(folder / "tables" / f"{table}.csv")


@pytest.fixture(scope="module")
def adh(data_dir: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    folder = data_dir / "adh_shiftshare"
    regions = pd.read_csv(folder / "regions.csv.gz")
    regions = regions.assign(year=regions["t2"].astype(int))
    with np.load(folder / "shares_matrix.npz") as stored:
        matrix = stored["W"]
    sectors = pd.read_csv(folder / "sectors.csv")
    row, column = np.nonzero(matrix)
    shares = pd.DataFrame(
        {
            "region": regions["czone"].to_numpy()[row],
            "year": regions["year"].to_numpy()[row],
            "industry": sectors["column"].to_numpy()[column],
            "sic3": sectors["sic3"].to_numpy()[column],
            "share": matrix[row, column],
        }
    )
    return regions.rename(columns={"czone": "region"}), shares


def adh_fit(adh: tuple[pd.DataFrame, pd.DataFrame], response: str) -> cs.ShiftShareFit:
    return cs.shift_share_iv(
        f"{response} ~ {ADH_CONTROLS} | shock ~ IV",
        adh[0],
        shares=adh[1],
        weights="weights",
        covariance=cs.Robust("HC1"),
        convention=NORMAL,
    )


COVARIANCES = {
    "ehw": cs.Robust("HC1"),
    "region": cs.Clustered("statefip"),
    "akm": cs.AKM(),
    "akm0": cs.AKM(null_imposed=True),
    "akm_3digit": cs.AKM(shock_cluster="sic3"),
    "akm0_3digit": cs.AKM(null_imposed=True, shock_cluster="sic3"),
}


def test_adao_kolesar_morales_table_5(
    adh: tuple[pd.DataFrame, pd.DataFrame], reference_dir: Path
) -> None:
    table = printed(reference_dir, "akm2019_table5_adh")
    fits = {name: adh_fit(adh, name) for name in ("d_sh_empl", "d_sh_empl_mfg")}
    equations = {"FS": "first stage", "RF": "reduced form", "IV": "second stage"}
    betas = table[table["stat"] == "beta"].set_index("item")
    stages = fits["d_sh_empl"].stages().set_index("equation")
    for item, equation in zip(("first stage", "reduced form", "2SLS"), stages.index, strict=True):
        row = betas.loc[item]
        assert abs(stages.loc[equation, "estimate"] - row["published"]) <= row["tol"]
    cells = table[table["stat"] != "beta"].assign(
        response=lambda rows: np.where(
            rows["item"].str.contains("_mfg"), "d_sh_empl_mfg", "d_sh_empl"
        ),
        kind=lambda rows: rows["item"].str.split(" ").str[0],
    )
    assert len(cells) == 36
    for (response, kind), rows in cells.groupby(["response", "kind"]):
        found = fits[response].with_covariance(COVARIANCES[kind]).stages().set_index("equation")
        for row in rows.itertuples():
            name = {"ci95 low": "conf_low", "ci95 high": "conf_high"}[row.stat]
            assert abs(found.loc[equations[row.spec], name] - row.published) <= row.tol, row


def test_akm_in_regress_is_that_of_the_whole_design(
    adh: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    whole = adh_fit(adh, "d_sh_empl").with_covariance(cs.AKM(shock_cluster="sic3"))
    option = cs.AKM(shares=adh[1], shock_cluster="sic3", variable="IV")
    reduced = cs.regress(
        f"d_sh_empl ~ IV + {ADH_CONTROLS}", adh[0], weights="weights", covariance=option
    )
    assert reduced.bse["IV"] == pytest.approx(whole.reduced_form.bse["IV"], rel=1e-10)
    assert reduced.bse.drop("IV").isna().all()


@pytest.mark.parametrize("column", ["col1", "col6"])
@pytest.mark.parametrize("weights", [None, "weights"])
def test_autor_dorn_hanson_table_3(
    adh: tuple[pd.DataFrame, pd.DataFrame], reference_dir: Path, column: str, weights: str | None
) -> None:
    controls = {"col1": "t2", "col6": ADH_CONTROLS}[column]
    fit = cs.shift_share_iv(
        f"d_sh_empl_mfg ~ {controls} | shock ~ IV",
        adh[0],
        shares=adh[1],
        weights=weights,
        covariance=cs.Clustered("statefip"),
    )
    table = printed(reference_dir, "adh2013_table3").set_index(["spec", "item"])
    spec = f"{column} {'weighted' if weights else 'unweighted'}"
    for item, value in [
        ("shock 2SLS", fit.params["shock"]),
        ("IV first stage", fit.first_stage.params["IV"]),
    ]:
        row = table.loc[(spec, item)]
        assert abs(value - row["published"]) <= row["tol"]


@pytest.fixture(scope="module")
def bhj(data_dir: Path) -> dict[str, pd.DataFrame]:
    folder = data_dir / "bhj_shiftshare"
    industries = pd.read_csv(folder / "industries.csv")
    return {
        "data": pd.read_csv(folder / "locations.csv.gz").drop(columns="z"),  # made anew
        "shares": pd.read_csv(folder / "shares.csv.gz"),
        "shocks": pd.read_csv(folder / "shocks.csv").merge(industries, on="sic87dd"),
        "aggregates": pd.read_csv(folder / "industry_level_aggregates.csv.gz"),
    }


BHJ_COLUMNS = cs.ShiftShareColumns("czone", "sic87dd", "year", "ind_share", "g")
BHJ_SPECS = {
    1: (f"{BHJ_CONTROLS} + l_shind_manuf_cbp", "1"),
    2: (f"{BHJ_CONTROLS} + Lsh_manuf", "1"),
    3: (f"{BHJ_CONTROLS} + Lsh_manuf * t2", "C(year)"),
    4: ("Lsh_manuf * t2", "C(year)"),
    5: (
        f"{BHJ_CONTROLS} + Lsh_manuf:t2 + "
        + " + ".join(f"Lsh_sicgroup_{sector}" for sector in range(1, 11)),
        "C(year) + C(sicgroup)",
    ),
}


def bhj_fit(bhj: dict[str, pd.DataFrame], column: int, **options: object) -> cs.ShiftShareFit:
    return cs.shift_share_iv(
        f"y ~ {BHJ_SPECS[column][0]} | x ~ z",
        bhj["data"],
        shares=bhj["shares"],
        shocks=bhj["shocks"],
        columns=BHJ_COLUMNS,
        weights="wei",
        **{"covariance": cs.Robust("HC1"), **options},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("column", BHJ_SPECS)
def test_borusyak_hull_jaravel_table_4(
    bhj: dict[str, pd.DataFrame], reference_dir: Path, column: int
) -> None:
    fit = bhj_fit(bhj, column)
    shocks = fit.shock_level(
        BHJ_SPECS[column][1], covariance=cs.Clustered("sic3", correction="CR0")
    )
    table = printed(reference_dir, "bhj2022_table4").set_index(["spec", "stat"])
    for stat, value in [
        ("coef", shocks.params["treatment"]),
        ("se exposure-robust, cluster sic3", shocks.bse["treatment"]),
    ]:
        row = table.loc[(f"column {column}", stat)]
        assert abs(value - row["published"]) <= row["tol"]
    assert shocks.nobs == (796 if column == 1 else 794)
    # the lagged manufacturing share is the sum of the shares to its nine printed digits only
    tolerance = 1e-12 if column == 1 else 1e-8
    assert shocks.params["treatment"] == pytest.approx(fit.params["x"], rel=tolerance)


def test_column_6_over_the_authors_averages(
    bhj: dict[str, pd.DataFrame], reference_dir: Path
) -> None:
    """Its controls of regions (Acemoglu et al. 2016) are in the averages only."""
    fit = cs.regress(
        "y6 ~ C(year) | x6 ~ g",
        bhj["aggregates"],
        weights="s_n",
        covariance=cs.Clustered("sic3", correction="CR0"),
    )
    table = printed(reference_dir, "bhj2022_table4").set_index(["spec", "item"]).loc["column 6"]
    for row, value in zip(table.itertuples(), (fit.params["x6"], fit.bse["x6"]), strict=True):
        assert abs(value - row.published) <= row.tol


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:left out:clusterstats.ClusterstatsWarning")
def test_column_7_has_the_share_of_every_industry_among_its_controls(
    bhj: dict[str, pd.DataFrame], reference_dir: Path
) -> None:
    """Effects of industries over shocks are shares over regions; here errors have the CR1 factor.

    Without the factor the standard error rounds to 0.204; with it, to the 0.205 that is printed.
    """
    wide = bhj["shares"].pivot_table("ind_share", ["czone", "year"], "sic87dd", fill_value=0)
    wide = wide.add_prefix("s").reset_index()
    names = [name for name in wide if name not in ("czone", "year")]
    data = bhj["data"].merge(wide, on=["czone", "year"], how="left").fillna(dict.fromkeys(names, 0))
    fit = cs.shift_share_iv(
        f"y ~ {BHJ_CONTROLS} + Lsh_manuf:t2 + {' + '.join(names)} | x ~ z",
        data,
        shares=bhj["shares"],
        shocks=bhj["shocks"],
        columns=BHJ_COLUMNS,
        weights="wei",
        covariance=cs.Robust("HC1"),
    )
    shocks = fit.shock_level("1 | sic87dd + year", covariance=cs.Clustered("sic3"))
    assert shocks.params["treatment"] == pytest.approx(fit.params["x"], rel=1e-7)
    table = printed(reference_dir, "bhj2022_table4").set_index(["spec", "stat"])["published"]
    column = table.loc["column 7"]
    assert round(shocks.params["treatment"], 3) == column["coef"]
    assert round(shocks.bse["treatment"], 3) == column["se exposure-robust, cluster sic3"]


@pytest.mark.parametrize("column", [2, 3, 4, 5])
def test_averages_over_regions_are_those_of_the_authors(
    bhj: dict[str, pd.DataFrame], column: int
) -> None:
    made = bhj_fit(bhj, column).shock_data()
    both = made.merge(bhj["aggregates"], on=["year", "sic87dd"], suffixes=("", "_theirs"))
    assert len(both) == 794
    np.testing.assert_allclose(both["exposure"], both["s_n"], rtol=1e-8)
    np.testing.assert_allclose(both["outcome"], both[f"y{column}"], atol=1e-6)
    np.testing.assert_allclose(both["treatment"], both[f"x{column}"], atol=1e-6)


def test_shocks_of_borusyak_hull_jaravel_table_1(bhj: dict[str, pd.DataFrame]) -> None:
    """Table 1, columns 2 and 1: recalled from the paper, and this computation agrees."""
    fit = bhj_fit(bhj, 2)
    row = fit.shock_summary("sic3").iloc[0].round(3)
    expected = {
        "mean": 7.37,
        "std_dev": 20.92,
        "interquartile_range": 6.61,
        "effective_shocks": 191.6,
        "effective_clusters": 58.4,
    }
    for name, value in expected.items():
        assert round(row[name], 1 if value > 50 else 2) == value
    assert (row["largest_exposure"], row["largest_cluster_exposure"]) == (0.035, 0.066)
    assert (row["shocks"], row["clusters"]) == (794, 136)
    with_rest = fit.shock_summary("sic3", missing_industry=True).iloc[0].round(1)
    assert (with_rest["effective_shocks"], with_rest["effective_clusters"]) == (3.5, 1.7)


def test_shares_kept_in_single_precision_do_not_tell_all_industries_apart(
    bhj: dict[str, pd.DataFrame],
) -> None:
    with pytest.raises(cs.OptionError, match="tell only 376 of 397 shocks apart"):
        bhj_fit(bhj, 2, covariance=cs.AKM())


def rotemberg_fit(data_dir: Path, name: str) -> cs.ShiftShareFit:
    folder = data_dir / name
    data = pd.read_csv(folder / "regions.csv.gz")
    if name == "rotemberg_adh":
        named = [column for column in data if column.startswith(("reg_", "l_")) or column == "t2"]
        columns = cs.ShiftShareColumns("czone", "ind", "year", "sh_ind_", "trade_")
        formula = f"d_sh_empl_mfg ~ {' + '.join(named)} | d_tradeusch_pw ~ z"
        weights = "timepwt48"
    else:
        named = [column for column in data if "_init_" in column or column in ("t1990", "t2000")]
        columns = cs.ShiftShareColumns("czone", "ind", "year", "init_sh_ind_", "nat_empl_ind_")
        formula = f"wage_ch ~ {' + '.join(named)} | czone | emp_ch ~ z"
        weights = "pop1980"
    return cs.shift_share_iv(
        formula,
        data,
        shares=pd.read_csv(folder / "shares.csv.gz"),
        shocks=pd.read_csv(folder / "shocks.csv"),
        columns=columns,
        weights=weights,
        covariance=cs.Clustered("czone"),
    )


def test_goldsmith_pinkham_sorkin_swift_rotemberg_weights(
    data_dir: Path, reference_dir: Path
) -> None:
    fit = rotemberg_fit(data_dir, "rotemberg_adh")
    weights = fit.rotemberg_weights()
    label = weights["year"].astype(str) + "_" + weights["ind"].astype(str)
    found = weights.set_index(label).rename(columns={"trade_": "g"})
    table = printed(reference_dir, "gpss_rotemberg_adh")
    assert list(found["alpha"].nlargest(5).index) == list(dict.fromkeys(table["item"]))
    for row in table.itertuples():
        assert abs(found.loc[row.item, row.stat] - row.published) <= row.tol, row


@pytest.mark.parametrize("name", ["rotemberg_adh", "rotemberg_bar"])
def test_rotemberg_weights_add_up_to_the_estimate(data_dir: Path, name: str) -> None:
    fit = rotemberg_fit(data_dir, name)
    weights = fit.rotemberg_weights("czone")
    assert weights["alpha"].sum() == pytest.approx(1, rel=1e-10)
    assert (weights["alpha"] * weights["beta"]).sum() == pytest.approx(fit.params.iloc[-1], 1e-10)
    summary = fit.rotemberg_summary().set_index("component")
    assert summary.loc["positive", "alpha_sum"] + summary.loc["negative", "alpha_sum"] == (
        pytest.approx(1, rel=1e-10)
    )
    assert summary.loc["all", "beta"] == pytest.approx(fit.params.iloc[-1], rel=1e-10)


@pytest.fixture(scope="module")
def simulated(reference_dir: Path) -> dict[str, pd.DataFrame]:
    folder = reference_dir / "indices" / "inputs"
    return {
        name: pd.read_csv(folder / f"ssiv_{name}.csv") for name in ("regions", "shares", "shocks")
    }


PLAIN = cs.SmallSample(t_df="normal", adjust_k=False, adjust_g=False)
METHODS = {
    "Homoscedastic": cs.Classical(),
    "EHW": cs.Robust("HC1"),
    "Reg. cluster": cs.Clustered("macro"),
    "AKM": cs.AKM(variable="bartik"),
    "AKM0": cs.AKM(null_imposed=True, variable="bartik"),
}


@pytest.mark.filterwarnings("ignore:standard errors rest on:clusterstats.ClusterstatsWarning")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("variant", "formula", "term", "weights"),
    [
        ("ols_on_bartik", "y ~ bartik + control", "bartik", None),
        ("wls_on_bartik", "y ~ bartik + control", "bartik", "weight"),
        ("iv", "y ~ control | x ~ bartik", "x", None),
    ],
)
def test_numbers_of_shiftsharese(
    simulated: dict[str, pd.DataFrame],
    reference_dir: Path,
    method: str,
    variant: str,
    formula: str,
    term: str,
    weights: str | None,
) -> None:
    """ShiftShareSE 1.1.0.9000 has the factors of lm for least squares and none for IV."""
    option = METHODS[method]
    if isinstance(option, cs.AKM):
        columns = cs.ShiftShareColumns(industry="sector")
        option = cs.AKM(
            null_imposed=option.null_imposed,
            shares=simulated["shares"],
            shocks=simulated["shocks"],
            columns=columns,
            variable="bartik",
        )
    fit = cs.regress(
        formula,
        simulated["regions"],
        covariance=option,
        weights=weights,
        convention=PLAIN if variant == "iv" else NORMAL,
    )
    found = fit.tidy().set_index("term").loc[term]
    table = pd.read_csv(reference_dir / "indices" / "expected" / "shift_share_regression.csv")
    expected = table[table["variant"] == f"{variant}_{method}"].set_index("stat")["value"]
    names = {
        "beta": "estimate",
        "se": "std_error",
        "p_value": "p_value",
        "ci_low": "conf_low",
        "ci_high": "conf_high",
    }
    assert set(expected.index) == set(names)
    for stat, name in names.items():
        assert found[name] == pytest.approx(expected[stat], rel=1e-9, abs=1e-12), stat
