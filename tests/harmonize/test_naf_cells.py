"""Cells at coarser levels of NAF, and the image sector from NAF rév. 1: sums, and what is left."""

import pandas as pd
import pytest

from clusterstats import datasets, harmonize
from clusterstats.errors import ClusterstatsWarning, OptionError, TableError
from clusterstats.harmonize.naf import LEVELS
from clusterstats.harmonize.naf_cells import to_naf_level
from clusterstats.harmonize.naf_rev1 import CROSSWALK, image_sector_to_naf_rev2


def jobs(**employment: float) -> pd.DataFrame:
    codes = [f"{code[1:3]}.{code[3:]}" for code in employment]
    return pd.DataFrame({"industry": codes, "employment": list(employment.values())})


def by_code(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["industry"], table["employment"], strict=True))


def test_levels_sum_within_region_and_year() -> None:
    table = pd.DataFrame(
        {
            "year": [2019, 2019, 2020],
            "region": "93066",
            "ape": ["59.11A", "59.12Z", "59.11A"],
            "employment": [1, 2, 4],
        }
    )
    found = to_naf_level(table, level="a88", industry="ape")
    assert found.table.columns.tolist() == ["year", "region", "industry", "employment"]
    assert found.table["employment"].tolist() == [3, 4]
    assert set(found.moves["code_to"]) == {"59"}


@pytest.mark.parametrize("level", LEVELS)
def test_the_total_is_kept_at_every_level(level: str) -> None:
    naf = datasets.load("naf_rev2")
    table = pd.DataFrame({"industry": naf["sub_class"], "employment": range(len(naf))})
    if level == "a138":
        with pytest.warns(ClusterstatsWarning, match="no a138 item"):
            found = to_naf_level(table, level=level)
    else:
        found = to_naf_level(table, level=level)
        assert len(found.table) == naf[level].nunique()
        assert found.unmatched.empty
    kept = found.table["employment"].sum() + found.unmatched["employment"].sum()
    assert kept == table["employment"].sum()


def test_codes_without_item_are_returned() -> None:
    table = jobs(n5911A=1, n921A=2)
    with pytest.warns(ClusterstatsWarning, match=r"first '92\.1A' \(no a21 item for this code\)"):
        found = to_naf_level(table, level="a21")
    assert by_code(found.table) == {"J": 1}
    assert found.unmatched["employment"].tolist() == [2]
    with pytest.raises(OptionError, match="level='a7' is not known"):
        to_naf_level(table, level="a7")
    with pytest.raises(TableError, match="cells repeat"):
        to_naf_level(pd.concat([table, table]), level="a21")


def test_links_end_in_the_image_sector() -> None:
    links = pd.read_csv(CROSSWALK, dtype="str")
    assert len(links) == 13
    assert links["naf_rev1"].is_unique
    core = harmonize.sector_definition("audiovisual_core").codes["code"]
    assert set(links["naf_rev2"]) == set(core)
    assert links.loc[links["relation"] == "part", "naf_rev1"].tolist() == ["72.2A"]


def test_image_sector_sums_whole_links() -> None:
    found = image_sector_to_naf_rev2(jobs(n921A=5, n922B=7, n921J=1))
    assert by_code(found.table) == {"59.11A": 12, "59.14Z": 1}
    assert found.unmatched.empty
    assert set(found.moves["weighting"]) == {"whole"}


@pytest.mark.parametrize(("partial", "taken"), [("exclude", 0.0), ("include", 40.0), (0.25, 10.0)])
def test_the_partial_code_needs_a_decision_and_loses_nothing(
    partial: str | float, taken: float
) -> None:
    table = jobs(n921A=5, n722A=40)
    with pytest.raises(OptionError, match=r"72\.2A belongs to the image sector only in part"):
        image_sector_to_naf_rev2(table)
    if partial == "include":
        found = image_sector_to_naf_rev2(table, partial="include")
    else:
        with pytest.warns(ClusterstatsWarning, match="outside the image sector"):
            found = image_sector_to_naf_rev2(table, partial=partial)  # type: ignore[arg-type]
    assert by_code(found.table).get("58.21Z", 0.0) == taken
    assert found.unmatched["employment"].sum() == 40 - taken


def test_other_codes_are_returned() -> None:
    with pytest.warns(ClusterstatsWarning, match=r"first '55\.3A' \(no correspondence is carried"):
        found = image_sector_to_naf_rev2(jobs(n553A=5, n921A=1))
    assert found.unmatched["employment"].tolist() == [5]
