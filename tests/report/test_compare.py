"""Printed against computed, to the last printed digit. Expected values: decimal arithmetic."""

import math

import pandas as pd
import pytest

from clusterstats.errors import TableError
from clusterstats.report import compare


def agrees(printed: str, computed: float) -> bool:
    ours = pd.DataFrame({"item": ["a"], "estimate": [computed]})
    theirs = pd.DataFrame({"item": ["a"], "printed": [printed]})
    return bool(compare(ours, theirs).loc[0, "agrees"])


@pytest.mark.parametrize(
    ("printed", "computed"),
    [
        ("2.31", 2.3149999),
        ("2.31", 2.315),  # half to even downwards
        ("2.32", 2.315),  # half up
        ("2.31", 2.305),
        ("0.3", 0.1 + 0.2),
        ("0.35", 0.3 + 0.055),  # 0.355 in floating point, a half unit away
        ("28,750", 28750.4),
        ("1 900", 1900.0),
        ("1\u202f900", 1900.0),
        ("70%", 0.69565),
        ("69.565 %", 20000 / 28750),
        ("\N{MINUS SIGN}0.657", -0.6571),
        (".58", 0.579),
        ("1.2e-3", 0.00124),
        ("3e6", 3.4e6),
        ("0", 0.0),
        ("0.00", -0.004),
    ],
)
def test_agrees(printed: str, computed: float) -> None:
    assert agrees(printed, computed)


@pytest.mark.parametrize(
    ("printed", "computed"),
    [
        ("2.31", 2.3151),
        ("2.32", 2.3149),
        ("70%", 0.694),
        ("69.565%", 69.565),
        ("20,000", 20001.0),
        ("0.00", 0.0051),
        ("3e6", 3.6e6),
        ("2.31", math.nan),
        ("2.31", math.inf),
    ],
)
def test_does_not_agree(printed: str, computed: float) -> None:
    assert not agrees(printed, computed)


@pytest.mark.parametrize("text", ["", "n.a.", "2.3.1", "2,31", ">53", "1,9000", "0.58***"])
def test_text_that_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(TableError, match="is not a number"):
        agrees(text, 1.0)


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    computed = pd.DataFrame(
        {"region": ["B", "A", "C"], "year": [2006, 2006, 2006], "estimate": [2.0, 1.004, 9.0]}
    )
    published = pd.DataFrame(
        {
            "region": ["A", "B", "D"],
            "year": ["2006", "2006", "2006"],
            "printed": ["1.00", "2.10", "4"],
            "page": ["12", "12", "13"],
            "reason": ["stale", "another base", None],
        }
    )
    return computed, published


def test_nothing_is_hidden_and_reasons_stay_where_they_are_needed() -> None:
    computed, published = frames()
    before = computed.copy(), published.copy()
    result = compare(computed, published, on=["region", "year"])
    assert list(result) == ["region", "year", "printed", "computed", "agrees", "reason", "page"]
    assert result["agrees"].tolist() == [True, False, False]
    assert result["reason"].tolist() == ["", "another base", "nothing computed for it"]
    assert result["page"].tolist() == ["12", "12", "13"]
    assert math.isnan(result.loc[2, "computed"])
    pd.testing.assert_frame_equal(computed, before[0])
    pd.testing.assert_frame_equal(published, before[1])


def test_verdict_counts() -> None:
    computed, published = frames()
    result = compare(computed, published, on=["region", "year"])
    assert result.attrs["note"].startswith("1 of 3 printed numbers agree to the last digit; 2 do")
    one = compare(computed.head(1), published.iloc[[1]].drop(columns="reason"), on="region")
    assert one.attrs["note"].endswith("1 does not, 1 of them without a reason.")


def test_repeated_and_missing_columns_are_refused() -> None:
    computed, published = frames()
    with pytest.raises(TableError, match="published numbers repeat '2006'"):
        compare(computed.head(1), published, on="year")
    with pytest.raises(TableError, match="computed numbers have no column 'value'"):
        compare(computed, published, on="region", value="value")
