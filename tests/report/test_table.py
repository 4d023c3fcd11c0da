"""Regression tables, by the texts they show."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.errors import OptionError
from clusterstats.report import RegressionTable
from tests.report.tables_data import LABELS, POOLED, WITHIN, fit


def shown(table: RegressionTable) -> dict[str, list[str]]:
    """Cells by row; what stands under an estimate is named `under` it."""
    found, above = {}, ""
    for row, *cells in table.to_frame().itertuples(index=False):
        found[row or f"under {above}"] = list(cells)
        above = row
    return found


def test_models_stand_side_by_side() -> None:
    assert shown(cs.table(POOLED, WITHIN, labels=LABELS)) == {
        "Density (log)": ["−0.023", "−0.296"],
        "under Density (log)": ["(0.003)", "(0.014)"],
        "rail_km": ["", "0.000040"],
        "under rail_km": ["", "(0.000020)"],
        "Constant": ["1.500", ""],
        "under Constant": ["(0.250)", ""],
        "Zone d'emploi fixed effects": ["No", "Yes"],
        "year fixed effects": ["No", "Yes"],
        "Standard errors": ["classical", "clustered by Zone d'emploi (CR1)"],
        "Clusters: Zone d'emploi": ["", "304"],
        "Observations": ["25,096", "24,700"],
        "R²": ["0.031", "0.500"],
        "R² within": ["", "0.125"],
    }


def test_header_has_the_response_once_and_numbers_the_models() -> None:
    header = cs.table(POOLED, WITHIN, labels=LABELS).header
    assert [[(h.text, h.columns) for h in line] for line in header] == [
        [("Growth & co", 2)],
        [("(1)", 1), ("(2)", 1)],
    ]


def test_groups_and_estimators_stand_above_their_models() -> None:
    iv = replace(WITHIN, title="2SLS")
    header = cs.table(POOLED, WITHIN, iv, headers=["Pooled", "Within", "Within"]).header
    assert [(h.text, h.columns) for h in header[0]] == [("Pooled", 1), ("Within", 2)]
    assert [(h.text, h.columns) for h in header[2]] == [("OLS", 2), ("2SLS", 1)]


@pytest.mark.parametrize(
    ("asked", "cell", "note"),
    [
        ({}, "(0.003)", "Standard errors in parentheses: classical."),
        ({"brackets": "["}, "[0.003]", "Standard errors in brackets: classical."),
        ({"digits": 4}, "(0.0025)", "Standard errors in parentheses: classical."),
        (
            {"interval": "t"},
            "(−9.160)",
            "t-statistics in parentheses; standard errors: classical.",
        ),
        ({"interval": "p_value"}, "(< 0.001)", "p-values in parentheses"),
        (
            {"interval": "conf_int"},
            "[−0.028, −0.018]",
            "95 % confidence intervals in brackets; standard errors: classical.",
        ),
        ({"interval": "conf_int", "level": 0.9}, "[−0.027, −0.019]", "90 % confidence intervals"),
    ],
)
def test_what_stands_under_an_estimate(asked: dict[str, object], cell: str, note: str) -> None:
    table = cs.table(POOLED, **asked)  # type: ignore[arg-type]
    assert shown(table)["under log_density"] == [cell]
    assert any(note in said for said in table.notes)


def test_stars_are_off_unless_asked_for() -> None:
    assert "*" not in "".join(map(str, shown(cs.table(POOLED)).values()))
    # z = -9.16, 1.5/0.9 = 1.67 (p = 0.096), 0.5/0.9 = 0.56
    model = fit({"a": (-0.0229, 0.0025), "b": (1.5, 0.9), "c": (0.5, 0.9)})
    table = cs.table(model, stars=(0.01, 0.1, 0.05))
    assert [shown(table)[t] for t in "abc"] == [["−0.023***"], ["1.500*"], ["0.500"]]
    assert "* p < 0.1, ** p < 0.05, *** p < 0.01." in table.notes
    own = cs.table(model, stars={"†": 0.1})
    assert shown(own)["b"] == ["1.500†"]


def test_labels_serve_for_whatever_is_made_of_a_column() -> None:
    labels = {"x": "Size", "year": "Year", "log(z)": "Jobs (log)"}
    terms = ["x", "log(x)", "lag(x, 1)", "x:w", "year::2001", "year::-2:x", "C(year)[3]", "log(z)"]
    table = cs.table(fit(dict.fromkeys(terms, (1.0, 1.0))), labels=labels)
    assert [row for row in shown(table) if not row.startswith("under")][:8] == [
        "Size",
        "log(Size)",
        "lag(Size, 1)",
        "Size × w",
        "Year: 2001",
        "Year: −2 × Size",
        "Year: 3",
        "Jobs (log)",
    ]


def test_terms_are_kept_dropped_ordered_and_the_rest_is_told() -> None:
    model = fit(dict.fromkeys(["Intercept", "a", "lag(a, 1)", "b"], (1.0, 1.0)))
    table = cs.table(model, keep=["*a*", "b"], drop=["a"], order=["b"], stats=[])
    assert list(shown(table)) == ["b", "under b", "lag(a, 1)", "under lag(a, 1)"]
    assert "Not shown: a, Constant." in table.notes


def test_terms_of_event_studies_keep_their_order() -> None:
    short = fit(dict.fromkeys(["t::-2", "t::0", "size"], (1.0, 1.0)))
    long = fit(dict.fromkeys(["t::-3", "t::-2", "t::0", "t::1", "size"], (1.0, 1.0)))
    table = cs.table(short, long, stats=[])
    names = [row.label for row in table.rows if row.kind == "estimate"]
    assert names == ["t: −3", "t: −2", "t: 0", "t: 1", "size"]


def test_endogenous_regressors_come_first() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(50, 4)), columns=["y", "x", "d", "z"])
    data["d"] += data["z"]
    model = cs.regress("y ~ x | d ~ z", data)
    assert model.names == ("Intercept", "x", "d")
    assert [r.label for r in cs.table(model).rows if r.kind == "estimate"] == ["d", "x", "Constant"]


def test_panels_stand_below_each_other_and_share_what_is_the_same() -> None:
    other = replace(WITHIN, nobs=25_096, title="2SLS")
    table = cs.table(panels={"Panel A: OLS": [POOLED, WITHIN], "Panel B": [other, other]})
    labels = [row.label for row in table.rows]
    assert [row.label for row in table.rows if row.kind == "panel"] == ["Panel A: OLS", "Panel B"]
    assert labels.count("Observations") == 2
    assert [h.text for h in table.header[-2]] == ["growth"]
    assert "Estimator by panel: Panel A: OLS: OLS; Panel B: 2SLS." in table.notes
    same = cs.table(panels={"A": [POOLED], "B": [POOLED]}, extra={"Controls": [True]})
    labels = [row.label for row in same.rows]
    assert [labels.count(name) for name in ("log_density", "Observations", "R²", "Controls")] == [
        2,
        1,
        1,
        1,
    ]
    assert list(same.numbers["panel"].unique()) == ["A", "B"]


def test_rows_of_your_own() -> None:
    table = cs.table(POOLED, WITHIN, extra={"Controls": [False, True], "Mean": [0.12345, None]})
    assert shown(table)["Controls"] == ["No", "Yes"]
    assert shown(table)["Mean"] == ["0.123", ""]
    assert shown(cs.table(WITHIN, marks=("✓", "")))["year fixed effects"] == ["✓"]


def test_statistics_are_chosen_by_name() -> None:
    table = shown(
        cs.table(POOLED, WITHIN, stats=["within_r_squared", "nobs"], labels={"nobs": "N"})
    )
    assert list(table)[-2:] == ["R² within", "N"]
    first = cs.table(fit({"a": (1.0, 1.0)}, first_stage_f=23.456))
    assert shown(first)["First-stage F"] == ["23.456"]


def test_strength_of_instruments_is_that_of_first_stage() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.normal(size=(80, 6)), columns=["y", "x", "d", "e", "z", "v"])
    data["d"] += data["z"]
    data["e"] += data["v"]
    one = cs.regress("y ~ x | | d ~ z + v", data, covariance=cs.Robust("HC1"))
    two = cs.regress("y ~ x | | d + e ~ z + v", data)
    alone = cs.first_stage(one).iloc[0]
    cells = shown(cs.table(cs.regress("y ~ x", data), one))
    assert cells["First-stage F"] == ["", f"{alone['statistic']:.3f}"]
    assert "Kleibergen-Paap F" not in cells
    both = shown(cs.table(one, two))
    assert both["First-stage F"] == [cells["First-stage F"][1], ""]
    kp = cs.first_stage(two)["kleibergen_paap_f"].iloc[0]
    assert both["Kleibergen-Paap F"] == [cells["First-stage F"][1], f"{kp:.3f}"]
    effective = cs.effective_f(one)["statistic"].item()
    assert shown(cs.table(one, stats=["effective_f"]))["Effective first-stage F"] == [
        f"{effective:.3f}"
    ]


def test_fits_with_intervals_of_one_level_are_shown() -> None:
    fixed = replace(
        POOLED.covariance, conf_int=np.array([[1.0, 2.0], [-0.1, 0.1]]), level=0.9, name="wild"
    )
    model = replace(POOLED, covariance=fixed)
    assert shown(cs.table(model))["under log_density"] == ["(0.003)"]
    assert shown(cs.table(model, interval="conf_int", level=0.9))["under log_density"] == [
        "[−0.100, 0.100]"
    ]
    with pytest.raises(OptionError, match="intervals at level 0.9; ask again for 0.95"):
        cs.table(model, interval="conf_int")


def test_what_is_not_identified_or_was_left_out_is_told() -> None:
    model = fit({"a": (1.0, np.nan)}, notes=("b left out: absorbed by the fixed effects",))
    table = cs.table(POOLED, model, model)
    assert shown(table)["under a"] == ["", "(–)", "(–)"]
    assert "–: not identified." in table.notes
    assert "(2), (3): b left out: absorbed by the fixed effects." in table.notes
    assert cs.table(model, notes=False).notes == ()
    assert cs.table(model, notes=["My own."]).notes[-1] == "My own."


def test_numbers_are_not_rounded() -> None:
    numbers = cs.table(POOLED, WITHIN).numbers
    assert list(numbers["model"]) == [1, 1, 2, 2]
    assert numbers.loc[numbers["term"] == "log_density", "estimate"].tolist() == [-0.0229, -0.296]


def test_a_table_is_a_value() -> None:
    table = cs.table(POOLED)
    with pytest.raises(FrozenInstanceError, match="title"):
        table.title = "x"  # type: ignore[misc]
    assert table._repr_html_() == table.to_html()
    assert repr(table) == table.to_markdown().rstrip()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"keep": ["densty"]}, r"keep has 'densty', which is no term; there are 'log_density'"),
        ({"drop": ["*"]}, "leave no term"),
        ({"keep": "log_density"}, r"keep='log_density' must be a list"),
        ({"stats": ["aic"]}, "none of the models has; there are nobs, r_squared"),
        ({"brackets": "{"}, r"use one of '\(', '\['"),
        ({"interval": "se"}, "use one of 'std_error', 'conf_int', 't', 'p_value'"),
        ({"stars": True}, "must be levels, such as"),
        ({"stars": (5, 1)}, "use levels between 0 and 1"),
        ({"digits": -1}, "whole number from 0 to 12"),
        ({"level": 95}, "between 0 and 1"),
        ({"marks": ("Yes",)}, "must be two texts"),
        ({"headers": ["a", "b"]}, "text for each of 1 column"),
        ({"headers": "a"}, "headers='a' must be a list"),
        ({"notes": "Mine."}, r"must be a list, such as \['Mine.'\]"),
        ({"extra": {"N": [1, 2]}}, "must be a list of 1 value"),
        ({"panels": {"A": [POOLED]}}, "give fits"),
    ],
)
def test_bad_options_are_told(given: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        cs.table(POOLED, **given)  # type: ignore[arg-type]


def test_what_is_no_fit_is_told() -> None:
    with pytest.raises(OptionError, match=r"not of list; a list of fits goes in as cs.table\(\*fi"):
        cs.table([POOLED, WITHIN])
    with pytest.raises(OptionError, match="give fits"):
        cs.table()
    with pytest.raises(OptionError, match="'A' has 1, 'B' has 2"):
        cs.table(panels={"A": [POOLED], "B": [POOLED, WITHIN]})
