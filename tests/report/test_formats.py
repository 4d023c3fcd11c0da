"""Numbers and cells as a reader sees them."""

import math

import numpy as np
import pandas as pd
import pytest

from clusterstats.report.formats import DASH, as_columns, number_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (2022, "2022"),
        (28_750, "28,750"),
        (9_000_000.0, "9,000,000"),
        (1234.5678, "1234.568"),
        (-2.26984, "−2.270"),
        (0.0999, "0.0999"),
        (0.000123456, "0.000123"),
        (0.0000123456, "1.23 × 10⁻⁵"),
        (1.5e20, "1.50 × 10²⁰"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, DASH),
    ],
)
def test_number(value: float, text: str) -> None:
    assert number_text(value) == text


def cells(values: object) -> list[str]:
    return as_columns(pd.DataFrame({"x": values}))[0].cells


def test_unknown_is_a_dash_and_never_nan_or_zero() -> None:
    assert cells([0.0, np.nan]) == ["0", DASH]
    assert cells(pd.array([3, None], dtype="Int64")) == ["3", DASH]
    assert cells(pd.array([True, None], dtype="boolean")) == ["yes", DASH]
    assert cells(pd.Series([1, None], dtype="object")) == ["1", DASH]
    assert cells(["note", None]) == ["note", ""]
    assert cells(pd.Series([np.nan, np.nan])) == [DASH, DASH]


def test_a_column_has_the_decimals_its_values_have() -> None:
    assert cells([115.0, 11.5, 18.3]) == ["115", "11.5", "18.3"]
    assert cells([0.4, 2.05357]) == ["0.400", "2.054"]


def test_codes_stay_as_they_are() -> None:
    column = as_columns(pd.DataFrame({"region_code": ["0056", "2A004"]}))[0]
    assert column == ("region code", "code", ["0056", "2A004"])


def test_long_text_gets_a_wide_column() -> None:
    assert as_columns(pd.DataFrame({"quote": ["w" * 41]}))[0].style == "long"
    assert as_columns(pd.DataFrame({"quote": ["w" * 40]}))[0].style == "text"
