"""Formulas are read as fixest reads them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.models.formula import parse


@pytest.mark.parametrize("text", ["y ~ x | d ~ z", "y ~ x | | d ~ z", "y ~ x | 0 | d ~ z"])
def test_a_part_with_a_tilde_is_that_of_the_instruments(text: str) -> None:
    formula = parse(text)
    assert (formula.effects, formula.endogenous, formula.instruments) == ((), "d", "z")
    assert formula.regressors == "x"


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("y ~ x", ()),
        ("y ~ x | a", ("a",)),
        ("y ~ x | a + b ^ c", ("a", "b^c")),
        ("y ~ x | C(a) + factor(b)", ("a", "b")),
        ("y ~ x | a | d ~ z", ("a",)),
        ("y ~ I(x | z) | a", ("a",)),
    ],
)
def test_effects(text: str, effects: tuple[str, ...]) -> None:
    assert parse(text).effects == effects


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y", "has no '~'"),
        ("y ~ sw(x, z)", "stands for several models"),
        ("y ~ x | a | b", "is not 'y ~ x"),
        ("y ~ x | d ~ z | e ~ w", "is not 'y ~ x"),
        ("y ~ x | d ~ 1", "names no instrument"),
        ("y ~ x | a[x]", "not a column or columns joined by"),
        (" ~ x", "is not 'y ~ x"),
    ],
)
def test_what_can_not_be_read_is_said(text: str, message: str) -> None:
    with pytest.raises(cs.OptionError, match=message):
        parse(text)


@pytest.fixture
def panel() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    table = pd.DataFrame(
        {
            "unit": np.repeat([f"u{k:02d}" for k in range(30)], 8),
            "year": np.tile(np.arange(2001, 2009), 30),
            "x": rng.normal(size=240),
            "i": rng.normal(size=240),
            "l": rng.uniform(1, 2, size=240),
            "kind": rng.choice(["a", "b", "c"], 240),
        }
    )
    table["treated"] = (table["unit"] < "u10").astype(float)
    table["y"] = table["x"] + table["i"] + (table["kind"] == "b") + rng.normal(size=240)
    return table


def test_columns_named_as_functions_hide_none_of_them(panel: pd.DataFrame) -> None:
    formula = "y ~ i + l + i(year, ref=2002) + l(x, 1)"
    with (  # without a lag there is no 2001, so its dummy is nothing
        pytest.warns(cs.ClusterstatsWarning, match="30 of 240"),
        pytest.warns(cs.ClusterstatsWarning, match="left out: 'year::2001'"),
    ):
        fit = cs.regress(formula, panel, panel=("unit", "year"))
    assert fit.names[:3] == ("Intercept", "i", "l")
    assert "year::2003" in fit.names
    assert "lag(x, 1)" in fit.names


def test_lags_follow_the_unit_and_the_time_not_the_order_of_rows(panel: pd.DataFrame) -> None:
    shuffled = panel.sample(frac=1, random_state=1).drop(index=5)  # u00 in 2006 is gone
    with pytest.warns(cs.ClusterstatsWarning, match="have a blank"):
        fit = cs.regress("y ~ lag(x, 1) + lead(x, 2) | unit", shuffled, panel=("unit", "year"))
    table = shuffled.set_index(["unit", "year"])["x"]
    keys = list(zip(shuffled["unit"], shuffled["year"], strict=True))
    hand = shuffled.assign(
        before=[table.get((unit, year - 1)) for unit, year in keys],
        after=[table.get((unit, year + 2)) for unit, year in keys],
    ).dropna()
    same = cs.regress("y ~ before + after | unit", hand)
    assert fit.nobs == len(hand)
    assert np.allclose(fit.params, same.params, rtol=0, atol=1e-12)


def test_differences_and_their_panel(panel: pd.DataFrame) -> None:
    with pytest.warns(cs.ClusterstatsWarning, match="30 of 240"):
        fit = cs.regress("difference(y) ~ 0 + difference(x)", panel, panel=("unit", "year"))
    moved = panel.groupby("unit")[["x", "y"]].diff().dropna()
    assert fit.params.iloc[0] == pytest.approx(
        (moved["x"] * moved["y"]).sum() / (moved["x"] ** 2).sum(), abs=1e-12
    )
    with pytest.raises(cs.OptionError, match="need panel="):
        cs.regress("y ~ lag(x, 1)", panel)
    with pytest.raises(cs.TableError, match="rows repeat the same 'unit' and 'year'"):
        cs.regress("y ~ lag(x, 1)", pd.concat([panel, panel]), panel=("unit", "year"))


def test_dummies_times_a_variable(panel: pd.DataFrame) -> None:
    fit = cs.regress("y ~ x + i(year, treated, ref=2004) | unit + year", panel)
    names = [name for name in fit.names if name != "x"]
    assert names == [f"year::{t}:treated" for t in range(2001, 2009) if t != 2004]
    hand = panel.copy()
    for year in range(2001, 2009):
        hand[f"t{year}"] = (hand["year"] == year) * hand["treated"]
    terms = " + ".join(f"t{t}" for t in range(2001, 2009) if t != 2004)
    same = cs.regress(f"y ~ x + {terms} | unit + year", hand)
    assert np.allclose(fit.params, same.params, rtol=0, atol=1e-12)


def test_interactions_and_text(panel: pd.DataFrame) -> None:
    fit = cs.regress("y ~ x * kind + log(l) + I(x**2)", panel)
    assert fit.names == (
        *("Intercept", "x", "kind[b]", "kind[c]", "x:kind[b]", "x:kind[c]", "log(l)", "I(x ** 2)"),
    ) or set(fit.names) >= {"x:kind[b]", "log(l)"}
    slopes = {kind: cs.regress("y ~ x", panel[panel["kind"] == kind]).params["x"] for kind in "abc"}
    each = cs.regress("y ~ x * kind", panel).params
    assert each["x"] == pytest.approx(slopes["a"], abs=1e-12)
    assert each["x"] + each["x:kind[b]"] == pytest.approx(slopes["b"], abs=1e-12)


def test_predictions_of_other_rows_have_their_effects(panel: pd.DataFrame) -> None:
    fit = cs.regress("y ~ x + kind | unit + year", panel)
    again = fit.predict(panel.sample(frac=1, random_state=2))
    assert np.allclose(again.sort_index(), fit.fittedvalues, rtol=0, atol=1e-10)
    unknown = panel.head(1).assign(unit="elsewhere")
    assert fit.predict(unknown).isna().all()


@pytest.mark.parametrize("engine", ["polars", "arrow"])
def test_tables_of_other_engines(panel: pd.DataFrame, engine: str) -> None:
    if engine == "polars":
        table = pytest.importorskip("polars").from_pandas(panel)
    else:
        table = pytest.importorskip("pyarrow").Table.from_pandas(panel)
    formula = "y ~ x + kind | unit"
    pd.testing.assert_frame_equal(
        cs.regress(formula, table).tidy(), cs.regress(formula, panel).tidy()
    )


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "int32", "Int32"])
def test_whole_numbers_do_not_overflow(kind: str) -> None:
    age = np.arange(20, 60)
    table = pd.DataFrame({"age": age, "other": age[::-1] % 7 + 1, "y": age.astype(float) ** 2})
    table["z"] = 3.0 * age * table["other"]
    narrow = table.astype({"age": kind, "other": kind})
    assert cs.regress("y ~ I(age**2)", narrow).params.iloc[1] == pytest.approx(1.0)
    assert cs.regress("z ~ age:other", narrow).params.iloc[1] == pytest.approx(3.0)
    assert "C(other)[2]" in cs.regress("y ~ C(other)", narrow).names


@pytest.mark.parametrize("formula", ["y ~ i(g, ref=0)", "y ~ i(g)", "y ~ x + i(g, x, ref=1)"])
def test_predictions_keep_the_levels_of_the_fit(formula: str) -> None:
    rng = np.random.default_rng(8)
    table = pd.DataFrame({"g": [0, 1, 2, 3] * 10, "x": rng.normal(size=40)})
    table["y"] = table["g"] ** 2 + rng.normal(size=40)
    fit = cs.regress(formula, table)
    some = table[table["g"].isin([0, 3])]
    assert np.allclose(fit.predict(some), fit.fittedvalues[some.index], rtol=0, atol=1e-12)
    assert fit.predict(some.assign(g=9)).isna().all()


def test_levels_multiplied_by_something_are_all_there() -> None:
    rng = np.random.default_rng(9)
    table = pd.DataFrame({"g": [0, 1, 2] * 20, "x": rng.normal(size=60)})
    table["y"] = table["x"] * (1 + table["g"]) + rng.normal(size=60)
    slopes = cs.regress("y ~ x:i(g)", table).params.iloc[1:]
    assert np.allclose(slopes, cs.regress("y ~ x:C(g)", table).params.iloc[1:])
    assert len(cs.regress("y ~ 0 + i(g)", table).names) == 3


@pytest.mark.parametrize("text", ["x^2", "x**2", "I(x^2)", "x + l**2"])
def test_powers_that_a_formula_does_not_read_are_refused(panel: pd.DataFrame, text: str) -> None:
    with pytest.raises(cs.OptionError, match="write I"):
        cs.regress(f"y ~ {text}", panel)


def test_a_reference_that_lags_take_away_is_an_error(panel: pd.DataFrame) -> None:
    formula = "y ~ i(year, ref=2001) + lag(x, 1) | unit"
    with pytest.raises(cs.TableError, match="reference level of i.year, ref=2001. is in no row"):
        cs.regress(formula, panel, panel=("unit", "year"))
