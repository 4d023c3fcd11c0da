"""NAF sub-classes to coarser levels: what matches, what does not, and saying so."""

import pandas as pd
import pytest

from clusterstats import datasets, harmonize
from clusterstats.errors import OptionError, TableError


def test_series_keep_their_index_and_order() -> None:
    codes = pd.Series(["59.11A", "01.11Z", "59.11A"], index=[7, 3, 5])
    values, unmatched = harmonize.naf_level(codes, "a21")
    assert values.to_dict() == {7: "J", 3: "A", 5: "J"}
    assert unmatched.empty


@pytest.mark.parametrize("level", ["class", "group", "a129", "a88", "a38", "a17", "a5"])
def test_every_sub_class_has_an_item(level: str) -> None:
    naf = datasets.load("naf_rev2")
    assert harmonize.naf_level(naf["sub_class"], level).values.equals(naf[level])


def test_unmatched_codes_are_an_error_with_the_first() -> None:
    with pytest.raises(TableError, match=r"2 NAF code\(s\) in 3 row\(s\).*first '5911A'.*59\.11A"):
        harmonize.naf_level(["5911A", "92.1A", "92.1A", "59.11A"], "a38")


def test_unmatched_codes_are_counted_blanks_too() -> None:
    values, unmatched = harmonize.naf_level(["59.11A", "", None, "x"], "a38", unmatched="keep")
    assert values.isna().tolist() == [False, True, True, True]
    assert unmatched.sum() == 3
    assert unmatched["x"] == 1


def test_a138_does_not_guess_the_market_side() -> None:
    with pytest.raises(TableError, match=r"no a138 item, first '90\.01Z'"):
        harmonize.naf_level(["90.01Z"], "a138")
    assert harmonize.naf_level(["01.11Z"], "a138").values.tolist() == ["GA01Z"]


def test_levels_and_options_are_listed() -> None:
    with pytest.raises(OptionError, match="level='naf' is not known; use one of 'class'"):
        harmonize.naf_level(["59.11A"], "naf")
    with pytest.raises(OptionError, match="unmatched='drop' is not known"):
        harmonize.naf_level(["59.11A"], "a38", unmatched="drop")  # type: ignore[arg-type]
