"""FLORES files made here, read back with plain pandas."""

import csv
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from clusterstats.datasets._make import _flores_rows, flores, flores_truth, make_flores
from clusterstats.errors import OptionError

SIZE = {"communes": 300}
KEYS = ["region", "industry", "size"]
HEADER = (
    "GEO;GEO_OBJECT;ACTIVITY;NUMBER_EMPL;LEGAL_FORM_WITH_PUBLIC;FLORES_MEASURE;OBS_STATUS;"
    "TIME_PERIOD;OBS_VALUE"
)


def read(path: Path) -> pd.DataFrame:
    content = zipfile.ZipFile(path).read("DS_FLORES_A17_2024_data.csv")
    raw = pd.read_csv(io.BytesIO(content), sep=";", dtype=object, keep_default_na=False)
    raw["OBS_VALUE"] = pd.to_numeric(raw["OBS_VALUE"])
    return raw


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return read(make_flores(tmp_path_factory.mktemp("made") / "f.zip", **SIZE, seed=2))


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return flores_truth(**SIZE, seed=2)


def detailed(raw: pd.DataFrame, measure: str) -> pd.Series:
    kept = raw[
        (raw["GEO_OBJECT"] == "COM")
        & (raw["ACTIVITY"] != "_T")
        & (raw["NUMBER_EMPL"] != "_T")
        & (raw["FLORES_MEASURE"] == measure)
    ]
    names = dict(zip(["GEO", "ACTIVITY", "NUMBER_EMPL"], KEYS, strict=True))
    return kept.rename(columns=names).set_index(KEYS)["OBS_VALUE"].sort_index()


def test_the_planted_establishments_are_in_the_file(raw: pd.DataFrame, truth: pd.DataFrame) -> None:
    planted = truth.set_index(KEYS)["establishments"]
    pd.testing.assert_series_equal(
        detailed(raw, "UNIT_LOC"),
        planted,
        check_names=False,
        check_dtype=False,
        check_index_type=False,
    )


def test_the_planted_jobs_are_in_the_file_or_secret(raw: pd.DataFrame, truth: pd.DataFrame) -> None:
    planted = truth[truth["size"] != "E0"].set_index(KEYS)
    shown = planted["employment"].where(planted["status"] == "observed")
    pd.testing.assert_series_equal(
        detailed(raw, "EMPL3112"),
        shown,
        check_names=False,
        check_dtype=False,
        check_index_type=False,
    )
    assert shown.isna().any()
    assert set(raw.loc[raw["OBS_VALUE"].isna(), "OBS_STATUS"]) == {"K"}


def test_totals_hold_what_is_secret_too(raw: pd.DataFrame, truth: pd.DataFrame) -> None:
    is_total = (raw["ACTIVITY"] == "_T") & (raw["NUMBER_EMPL"] == "_T")
    sums = raw[is_total].groupby(["GEO_OBJECT", "FLORES_MEASURE"])["OBS_VALUE"].sum()
    for measure, column in (("UNIT_LOC", "establishments"), ("EMPL3112", "employment")):
        planted = truth[column].sum()
        assert sums["COM", measure] == sums["DEP", measure] == planted
        assert sums["FRANCE", measure] == 2 * planted


def test_the_file_is_written_as_published(tmp_path: Path) -> None:
    path = make_flores(tmp_path / "f.zip", **SIZE, seed=2)
    lines = zipfile.ZipFile(path).read("DS_FLORES_A17_2024_data.csv").decode().splitlines()
    assert lines[0] == ";".join(f'"{name}"' for name in HEADER.split(";"))
    rows = list(csv.reader(lines, delimiter=";"))
    assert {len(row) for row in rows} == {9}
    assert {row[6] for row in rows[1:]} == {"A", "K", "W"}
    keys = [tuple(row[:6]) for row in rows]
    assert len(keys) == len({*keys})
    assert not any(row[3] == "E0" and row[5] == "EMPL3112" for row in rows)
    assert any(row[8] == "0" and row[6] == "A" for row in rows)


def test_chunks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_flores_rows, "CHUNK", 70)
    raw = read(make_flores(tmp_path / "f.zip", **SIZE, seed=2))
    planted = flores_truth(**SIZE, seed=2).set_index(KEYS)["establishments"]
    pd.testing.assert_series_equal(
        detailed(raw, "UNIT_LOC"),
        planted,
        check_names=False,
        check_dtype=False,
        check_index_type=False,
    )


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first, again, other = (
        make_flores(tmp_path / f"{at}.zip", **SIZE, seed=seed).read_bytes()
        for at, seed in enumerate((3, 3, 4))
    )
    assert first == again
    assert first != other


def test_an_interrupted_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(plan: _flores_rows.Plan, number: int) -> _flores_rows.Cells:
        if number == 2:
            raise KeyboardInterrupt("stopped")
        return _flores_rows.draw(plan, number)

    monkeypatch.setattr(_flores_rows, "CHUNK", 70)
    monkeypatch.setattr(flores, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        make_flores(tmp_path / "f.zip", **SIZE, seed=3)
    assert list(tmp_path.iterdir()) == []


def test_an_early_year(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="year=2021: this layout begins in 2022"):
        make_flores(tmp_path / "f.zip", year=2021, seed=1)
