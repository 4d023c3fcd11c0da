"""Descriptive tables, by numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import clusterstats as cs
from clusterstats.errors import OptionError, TableError

PANEL = pd.DataFrame(
    {
        "unit": ["a", "a", "b", "b"],
        "year": [1, 2, 1, 2],
        "jobs": [1.0, 3.0, 5.0, np.nan],
        "wage": [1.0, 3.0, 5.0, 7.0],
        "rail": [True, False, True, True],
    }
)


def test_statistics() -> None:
    numbers = cs.describe(PANEL, columns=["jobs", "rail"]).numbers
    assert list(numbers.columns) == [
        "variable", "n", "missing", "mean", "sd", "min", "p25", "median", "p75", "max",
    ]  # fmt: skip
    assert numbers.iloc[0].tolist() == ["jobs", 3, 1, 3.0, 2.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert_allclose(numbers.iloc[1, 1:].astype(float), [4, 0, 0.75, 0.5, 0, 0.75, 1, 1, 1])


def test_texts() -> None:
    table = cs.describe(PANEL, columns=["jobs"], labels={"jobs": "Jobs"}, digits=2)
    assert [h.text for h in table.header[0]] == [
        "N", "Missing", "Mean", "SD", "Min", "25 %", "Median", "75 %", "Max",
    ]  # fmt: skip
    assert table.to_frame().iloc[0].tolist() == [
        "Jobs", "3", "1", "3.00", "2.00", "1", "2", "3", "4", "5",
    ]  # fmt: skip


def test_between_and_within() -> None:
    # means of units 2 and 6: sd sqrt(8); deviations -1, 1, -1, 1 over 3 (as Stata's xtsum)
    numbers = cs.describe(PANEL, columns=["wage", "jobs"], entity="unit").numbers
    assert_allclose(numbers["sd_between"], [np.sqrt(8), np.sqrt(4.5)])
    assert_allclose(numbers["sd_within"], [np.sqrt(4 / 3), np.sqrt(2 / 2)])
    assert_allclose(numbers["sd"], [np.sqrt(20 / 3), 2.0])


def test_weights() -> None:
    # 1, 2, 4 with weights 1, 1, 2: mean 11/4; squares 6.75/4 times 3/2 (as Stata's aweights)
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0, 99.0], "w": [1.0, 1.0, 2.0, 0.0]})
    table = cs.describe(frame, weights="w")
    row = table.numbers.iloc[0]
    assert_allclose([row["mean"], row["sd"] ** 2, row["median"], row["max"]], [2.75, 2.53125, 2, 4])
    assert row["n"] == 3
    assert table.notes[0] == "1 row(s) with weight 0 left out."
    equal = cs.describe(frame.assign(w=2.0), weights="w").numbers
    assert_allclose(equal[["mean", "sd"]], cs.describe(frame[["x"]]).numbers[["mean", "sd"]])


def test_groups_stand_below_each_other() -> None:
    frame = PANEL.assign(unit=["b", "a", None, "b"])
    table = cs.describe(frame, columns=["wage"], by="unit", labels={"unit": "Unit"})
    assert [(row.label, row.kind) for row in table.rows] == [
        ("Unit: a", "panel"),
        ("wage", "fact"),
        ("Unit: b", "panel"),
        ("wage", "fact"),
    ]
    assert table.numbers[["unit", "n", "mean"]].to_numpy().tolist() == [
        ["a", 1, 3.0],
        ["b", 2, 4.0],
    ]
    assert "1 row(s) with a blank unit are in no group." in table.notes
    assert "–: not defined." in table.notes  # the standard deviation of one row


def test_correlations() -> None:
    table = cs.describe(PANEL, columns=["year", "jobs", "wage"], correlations=True)
    # rows 1 to 3: year 1, 2, 1; jobs and wage 1, 3, 5
    matrix = table.numbers[["year", "jobs", "wage"]].to_numpy()
    assert_allclose(matrix, [[1, 0, 0], [0, 1, 1], [0, 1, 1]], atol=1e-15)
    assert table.numbers["n"].tolist() == [3, 3, 3]
    assert table.to_frame()["row"].tolist() == ["(1) year", "(2) jobs", "(3) wage"]
    assert table.to_frame().iloc[1].tolist() == ["(2) jobs", "0.000", "1.000", ""]
    assert "all are known (3)." in table.notes[0]


def test_correlations_agree_with_numpy_weighted() -> None:
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(30, 3)), columns=["a", "b", "w"]).assign(
        w=lambda d: d["w"] ** 2
    )
    repeated = frame.assign(w=1 + (np.arange(30) % 3))
    table = cs.describe(repeated, weights="w", correlations=True).numbers
    rows = np.repeat(frame[["a", "b"]].to_numpy(), repeated["w"], axis=0)
    assert_allclose(table.loc[0, "b"], np.corrcoef(rows.T)[0, 1])


def test_constant_has_no_correlation() -> None:
    table = cs.describe(PANEL.assign(one=1.0), columns=["wage", "one"], correlations=True)
    assert table.to_frame().iloc[1].tolist() == ["(2) one", "–", "–"]


def test_numbers_only_and_none_of_the_options() -> None:
    numbers = cs.describe(PANEL, by="year", entity="unit").numbers
    assert list(numbers["variable"].unique()) == ["jobs", "wage", "rail"]


def test_any_engine() -> None:
    polars = pytest.importorskip("polars", reason="polars is an extra")
    frame = polars.DataFrame({"x": [1, 2, None]})
    assert cs.describe(frame).numbers[["n", "missing", "mean"]].values.tolist() == [[2, 1, 1.5]]


def test_a_column_without_values_is_a_row_of_dashes() -> None:
    table = cs.describe(pd.DataFrame({"x": [np.nan, np.nan]}))
    assert table.to_frame().iloc[0].tolist() == ["x", "0", "2", *["–"] * 7]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"columns": ["wages"]}, TableError, "no column 'wages'; the table has 'unit'"),
        ({"columns": ["unit"]}, TableError, "'unit' is .*, not numbers"),
        ({"columns": "wage"}, OptionError, r"must be a list, such as \['wage'\]"),
        ({"columns": []}, TableError, "no column of numbers"),
        ({"columns": ["far"]}, TableError, "'far' is infinite in 1 row.s., first row 2"),
        ({"weights": "jobs"}, TableError, "known, finite and 0 or more: row 3 has nan"),
        ({"entity": "unit", "correlations": True}, OptionError, "no meaning for correlations"),
        ({"entity": "unit", "weights": "year"}, OptionError, "do not go together"),
    ],
)
def test_bad_input_is_told(given: dict[str, object], error: type[Exception], message: str) -> None:
    frame = PANEL.assign(far=[1.0, 2.0, np.inf, 3.0])
    with pytest.raises(error, match=message):
        cs.describe(frame, **({"columns": ["wage"]} | given))  # type: ignore[arg-type]
