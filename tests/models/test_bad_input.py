"""Each bad input has a message that names the variable or the rows, and the remedy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=["y", "x", "z"])
    frame["firm"] = np.repeat(np.arange(12), 5)
    frame["year"] = np.tile(np.arange(5), 12)
    frame["w"] = 1.0
    return frame


def test_missing_column(table: pd.DataFrame) -> None:
    for formula in ("y ~ q", "q ~ x", "y ~ x | q", "y ~ x | z ~ q"):
        with pytest.raises(cs.TableError, match="no column 'q'; the table has 'y', 'x'"):
            cs.regress(formula, table)


def test_text_where_numbers_are_needed(table: pd.DataFrame) -> None:
    table["y"] = table["y"].astype(str)
    with pytest.raises(cs.TableError, match="response 'y' is text"):
        cs.regress("y ~ x", table)
    table["x"] = table["x"].map(lambda number: f"{number:.3f}".replace(".", ","))
    with pytest.raises(cs.TableError, match="'x' is text with [0-9]+ different values"):
        cs.regress("z ~ x", table)


def test_infinite_values_are_an_error_with_their_row(table: pd.DataFrame) -> None:
    table["size"] = np.exp(table["x"])
    table.loc[[7, 9], "size"] = 0.0
    with (
        np.errstate(divide="ignore"),
        pytest.raises(cs.TableError, match=r"'log\(size\)' is infinite in 2 row\(s\), first row 7"),
    ):
        cs.regress("y ~ log(size)", table)


def test_rows_with_blanks_are_counted(table: pd.DataFrame) -> None:
    table.loc[[0, 3], "x"] = np.nan
    table.loc[4, "firm"] = np.nan
    with pytest.warns(cs.ClusterstatsWarning, match="3 of 60"):
        fit = cs.regress("y ~ x | firm", table)
    row = fit.glance().iloc[0]
    assert (row["nobs"], row["rows_dropped"], row["dropped missing"]) == (57, 3, 3)
    assert 0 not in fit.resid.index
    with pytest.raises(cs.TableError, match="no row"):
        cs.regress("y ~ x", table.assign(x=np.nan))


def test_regressors_that_repeat_others_are_named(table: pd.DataFrame) -> None:
    table["twice"] = 2 * table["x"] - 3 * table["z"]
    with pytest.warns(cs.ClusterstatsWarning, match="left out: 'twice' .a combination of other"):
        fit = cs.regress("y ~ x + z + twice", table)
    assert fit.names == ("Intercept", "x", "z")
    assert fit.glance()["variables_dropped"].item() == 1
    assert "twice left out" in fit.glance()["notes"].item()


def test_regressors_that_the_effects_absorb_are_named(table: pd.DataFrame) -> None:
    table["size"] = table["firm"] * 1.5
    with pytest.warns(cs.ClusterstatsWarning, match="left out: 'size' .absorbed by the fixed"):
        fit = cs.regress("y ~ x + size | firm + year", table)
    assert fit.names == ("x",)
    with (
        pytest.warns(cs.ClusterstatsWarning, match="left out"),
        pytest.raises(cs.TableError, match="no regressor is left: 'size'"),
    ):
        cs.regress("y ~ size | firm", table)


def test_instruments_too_few_or_idle(table: pd.DataFrame) -> None:
    with pytest.raises(cs.TableError, match="at least as many instruments; there are 1"):
        cs.regress("y ~ 1 | x + z ~ w", table.assign(w=table["y"] ** 2))
    table["z2"] = 2 * table["z"]
    with pytest.warns(cs.ClusterstatsWarning, match="left out: 'z2' .an instrument that repeats"):
        fit = cs.regress("y ~ 1 | x ~ z + z2", table)
    assert fit.names == ("Intercept", "x")


def test_weights(table: pd.DataFrame) -> None:
    table.loc[11, "w"] = -1.0
    with pytest.raises(cs.TableError, match="weights 'w' must be 0 or more.*row 11 has -1"):
        cs.regress("y ~ x", table, weights="w")
    table.loc[11, "w"] = 0.0
    fit = cs.regress("y ~ x", table, weights="w")
    assert fit.nobs == 59
    assert fit.glance()["dropped zero weight"].item() == 1


def test_clusters(table: pd.DataFrame) -> None:
    with pytest.raises(cs.TableError, match="no column 'region' to cluster by"):
        cs.regress("y ~ x", table, covariance=cs.Clustered("region"))
    with pytest.raises(cs.TableError, match="has a single cluster"):
        cs.regress("y ~ x", table, covariance=cs.Clustered("w"))
    table["region"] = table["firm"].where(table["firm"] != 3)
    with pytest.raises(cs.TableError, match=r"'region' is blank in 5 row\(s\).*first row 15"):
        cs.regress("y ~ x", table, covariance=cs.Clustered("region"))


def test_singletons_are_counted_and_may_be_left_out(table: pd.DataFrame) -> None:
    lonely = table.assign(firm=table["firm"].where(table.index != 0, 99))
    kept = cs.regress("y ~ x | firm", lonely)
    assert kept.glance()["singletons"].item() == 1
    dropped = cs.regress("y ~ x | firm", lonely, drop_singletons=True)
    assert dropped.nobs == 59
    assert dropped.glance()["dropped singleton"].item() == 1
    assert dropped.params["x"] == pytest.approx(kept.params["x"], abs=1e-12)


def test_options_that_do_not_go_together(table: pd.DataFrame) -> None:
    with pytest.raises(cs.OptionError, match="family='probit' is not known"):
        cs.regress("y ~ x", table, family="probit")  # type: ignore[arg-type]
    with pytest.raises(cs.OptionError, match="convention='sas' is not known; use one of 'fixest"):
        cs.regress("y ~ x", table, convention="sas")
    with pytest.raises(cs.OptionError, match="covariance='HC1' is not an option"):
        cs.regress("y ~ x", table, covariance="HC1")  # type: ignore[arg-type]


def test_hypotheses_that_can_not_be_read(table: pd.DataFrame) -> None:
    fit = cs.regress("y ~ x + z", table)
    for text, message in [
        ("x = q", "no term 'q'"),
        ("x * z = 0", "not linear"),
        ("x = = z", "is not 'a = b"),
        ("1 = 2", "names no term"),
        ("x = z, 2 * x = 2 * z", "repeat or contradict"),
    ]:
        with pytest.raises(cs.OptionError, match=message):
            fit.test(text)


def test_a_test_of_a_term_is_its_t_test(table: pd.DataFrame) -> None:
    fit = cs.regress("y ~ x + z", table, covariance=cs.Robust("HC1"))
    row = fit.test("x = 0").iloc[0]
    term = fit.tidy().set_index("term").loc["x"]
    for name in ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"):
        assert row[name] == pytest.approx(term[name], rel=1e-12)
    both = fit.test("x = 0, z = 0").iloc[0]
    b, v = fit.params[["x", "z"]], fit.cov_params().loc[["x", "z"], ["x", "z"]]
    assert both["statistic"] == pytest.approx(b @ np.linalg.solve(v, b) / 2, rel=1e-12)
    assert (both["df1"], both["df2"]) == (2, 57)
    sums = fit.test("x + 2 * z = 0.5").iloc[0]
    assert sums["estimate"] == pytest.approx(fit.params["x"] + 2 * fit.params["z"] - 0.5)


def test_numbers_in_a_column_of_objects_are_numbers(table: pd.DataFrame) -> None:
    table["k"] = pd.Series([1, 2, 3, 4] * 15, dtype=object)
    assert cs.regress("y ~ k", table).names == ("Intercept", "k")


def test_a_response_that_does_not_vary(table: pd.DataFrame) -> None:
    with pytest.raises(cs.TableError, match="'y' is the same in every row"):
        cs.regress("y ~ x", table.assign(y=3.0))
    with pytest.raises(cs.TableError, match="'y' does not vary within the fixed effects"):
        cs.regress("y ~ x | firm", table.assign(y=table["firm"] * 0.1))


def test_weights_that_leave_no_row(table: pd.DataFrame) -> None:
    for formula in ("y ~ x", "y ~ x | firm"):
        with pytest.raises(cs.TableError, match="no row is left once rows with blanks and weights"):
            cs.regress(formula, table.assign(w=0.0), weights="w")


def test_effects_may_be_quoted(table: pd.DataFrame) -> None:
    spaced = table.rename(columns={"firm": "code commune"})
    quoted = cs.regress("y ~ x | `code commune`", spaced)
    assert quoted.params["x"] == cs.regress("y ~ x | firm", table).params["x"]
