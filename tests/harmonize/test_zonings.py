"""Communes to zones, and arrondissements to communes: codes, sums, what finds no place."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clusterstats.errors import ClusterstatsWarning, DatasetError, OptionError, TableError
from clusterstats.harmonize.arrondissements import (
    ARRONDISSEMENTS,
    fold_arrondissement_codes,
    fold_arrondissements,
)
from clusterstats.harmonize.zonings import ZONINGS, Zoning, to_zoning

FILES = ("employment_zone", "urban_area", "urban_unit", "epci")


def jobs(codes: list[str], employment: list[float] | None = None) -> pd.DataFrame:
    return pd.DataFrame({"region": codes, "employment": employment or [1.0] * len(codes)})


def by_code(table: pd.DataFrame) -> dict[str, float]:
    return dict(zip(table["region"], table["employment"], strict=True))


@pytest.fixture
def files(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """INSEE's files, where `to_zoning` finds them by itself."""
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(data_dir))
    return data_dir


def test_there_are_45_arrondissements() -> None:
    folded = pd.Series(ARRONDISSEMENTS)
    assert folded.value_counts().to_dict() == {"75056": 20, "13055": 16, "69123": 9}


def test_arrondissements_are_insees(data_dir: Path) -> None:
    path = data_dir / "insee_cog_2025" / "arn_plm.csv.gz"
    table = pd.read_csv(path, dtype="str").set_index("ARN")["DEPCOM"]
    assert table.to_dict() == ARRONDISSEMENTS


def test_codes_fold_with_their_index_and_blanks() -> None:
    codes = pd.Series(["75101", None, "75100", "01004"], index=[4, 3, 2, 1])
    found = fold_arrondissement_codes(codes)
    assert found.index.tolist() == [4, 3, 2, 1]
    assert found.dropna().tolist() == ["75056", "75100", "01004"]
    assert found.isna().tolist() == [False, True, False, False]


def test_a_total_beside_its_parts_is_refused_or_added() -> None:
    table = jobs(["75056", "75101", "75102", "13055"], [5, 2, 3, 7])
    with pytest.raises(TableError, match=r"'75056' stands beside its own arrondissements in 1 row"):
        fold_arrondissements(table)
    assert by_code(fold_arrondissements(table, overlap="sum")) == {"13055": 7, "75056": 10}
    years = table.assign(year=[2018, 2019, 2019, 2019])
    assert len(fold_arrondissements(years)) == 3
    with pytest.raises(OptionError, match="overlap='keep' is not known"):
        fold_arrondissements(table, overlap="keep")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("zoning", "expected"),
    [
        ("department", {"2A": 1, "75": 2, "971": 1}),
        ("region", {"01": 1, "11": 2, "94": 1}),
        ("region_before_2016", {"01": 1, "11": 2, "94": 1}),
    ],
)
def test_embedded_zonings_need_no_file(
    zoning: Zoning, expected: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLUSTERSTATS_DATA", raising=False)
    found = to_zoning(jobs(["2A004", "75118", "75119", "97101"]), zoning=zoning)
    assert by_code(found.table) == expected
    assert found.unmatched.empty


def test_unmatched_rows_are_returned_and_counted() -> None:
    table = jobs(["01004", "1004", "99123", ""], [1, 2, 3, 4])
    table.loc[4] = [None, 5.0]
    with pytest.warns(ClusterstatsWarning, match=r"4 row\(s\) of 4 code\(s\) found no place"):
        found = to_zoning(table, zoning="department")
    assert by_code(found.table) == {"01": 1}
    assert sorted(found.unmatched["employment"]) == [2, 3, 4, 5]


def test_sums_keep_year_industry_and_the_unknown() -> None:
    table = pd.DataFrame(
        {
            "year": [2019, 2019, 2020],
            "commune": ["01004", "01005", "01004"],
            "industry": "59.11A",
            "employment": [1, np.nan, 2],
            "seats": [3, 4, 5],
        }
    )
    found = to_zoning(table, zoning="region", region="commune", values=("seats",)).table
    assert found.columns.tolist() == ["year", "region", "industry", "employment", "seats"]
    assert found["seats"].tolist() == [7, 5]
    assert found["employment"].isna().tolist() == [True, False]


def test_absent_file_and_wrong_name_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CLUSTERSTATS_DATA", raising=False)
    monkeypatch.setenv("CLUSTERSTATS_CACHE", str(tmp_path))
    with pytest.raises(DatasetError, match=r"INSEE's table of zones is needed and CLUSTERSTATS_DA"):
        to_zoning(jobs(["01004"]), zoning="employment_zone")
    with pytest.raises(OptionError, match="zoning='ze' is not known; use one of 'employment_zone'"):
        to_zoning(jobs(["01004"]), zoning="ze")  # type: ignore[arg-type]


@pytest.mark.parametrize("zoning", ZONINGS)
def test_every_commune_of_2025_has_a_zone(zoning: Zoning, files: Path) -> None:
    path = files / "insee_cog_2025" / "communes.csv.gz"
    communes = pd.read_csv(path, dtype="str")["DEPCOM"].tolist()
    found = to_zoning(jobs(communes), zoning=zoning)
    assert found.unmatched.empty
    assert found.table["employment"].sum() == len(communes)


def test_employment_zones_have_four_digits_and_their_communes(files: Path) -> None:
    path = files / "insee_cog_2025" / "communes.csv.gz"
    communes = pd.read_csv(path, dtype="str")["DEPCOM"].tolist()
    found = by_code(to_zoning(jobs(communes), zoning="employment_zone").table)
    assert len(found) == 306
    assert {len(code) for code in found} == {4}
    assert sum(code.startswith("00") for code in found) == 14
    assert [found[code] for code in ("1109", "1112", "3216", "2815")] == [122, 87, 133, 299]


def test_outside_every_zone_is_a_zone_of_its_own(files: Path) -> None:
    assert by_code(to_zoning(jobs(["01002", "01004"]), zoning="urban_area").table) == {
        "243": 1,
        "none": 1,
    }
    assert by_code(to_zoning(jobs(["29155"]), zoning="epci").table) == {"none": 1}  # Ouessant


def test_older_communes_are_brought_to_2025_first(files: Path) -> None:
    table = jobs(["93059", "93066", "76358"], [1, 2, 3])
    found = to_zoning(table, zoning="employment_zone", vintage=2024)
    now = to_zoning(jobs(["93066", "76455"], [3, 3]), zoning="employment_zone")
    pd.testing.assert_frame_equal(found.table, now.table)
    with pytest.warns(ClusterstatsWarning, match=r"2 row\(s\) of 2 code\(s\).*first '93059'"):
        late = to_zoning(table, zoning="employment_zone")
    assert late.unmatched["employment"].sum() == 4
    assert by_code(to_zoning(table, zoning="employment_zone", vintage=None).table) == by_code(
        now.table
    )


def test_rouen_is_one_employment_zone(files: Path) -> None:
    path = files / "urssaf_rouen_commune_ape" / "urssaf_rouen_long.parquet"
    table = pd.read_parquet(path).query("annee == 2022")
    cells = pd.DataFrame(
        {
            "region": table["code_commune"],
            "industry": table["code_ape"],
            "employment": table["effectifs_salaries"].fillna(0),
        }
    )
    found = to_zoning(cells, zoning="employment_zone", vintage=2024)
    assert set(found.table["region"]) == {"2815"}
    assert found.table["employment"].sum() == 183_731  # the provenance's own total
