"""FLORES files made here, read back with plain pandas."""

import csv
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from clusterstats.datasets import load
from clusterstats.datasets._make import _flores_long, _flores_rows, flores_truth, make_flores
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
    monkeypatch.setattr(_flores_long, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        make_flores(tmp_path / "f.zip", **SIZE, seed=3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"year": 2021}, "year=2021: this layout begins in 2022"),
        ({"year": 2022, "layout": "wide"}, "year=2022: the wide layout is of 2017 to 2021"),
        ({"layout": "broad"}, "layout='broad' is not known; use one of 'long', 'wide'"),
        ({"level": "A21"}, "level='A21' is not known; use one of 'A17', 'A38', 'A88'"),
        (
            {"level": "A38", "layout": "wide"},
            "level='A38' is not known; use one of 'A17', 'A88'",
        ),
    ],
)
def test_bad_options(tmp_path: Path, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make_flores(tmp_path / "f.zip", seed=1, **wrong)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("level", ["A38", "A88"])
def test_other_levels_hold_their_own_counts(tmp_path: Path, level: str) -> None:
    path = make_flores(tmp_path / "f.zip", communes=40, seed=2, level=level)
    content = zipfile.ZipFile(path).read(f"DS_FLORES_{level}_2024_data.csv")
    raw = pd.read_csv(io.BytesIO(content), sep=";", dtype=object)
    assert ("NUMBER_EMPL" in raw) == (level == "A38")
    assert set(raw["ACTIVITY"]) - {"_T"} == set(load("naf_rev2")[level.lower()]) - {"97", "98"}
    if level == "A38":
        raw = raw[raw["NUMBER_EMPL"] == "_T"]
    units = raw[(raw["GEO_OBJECT"] == "COM") & (raw["FLORES_MEASURE"] == "UNIT_LOC")]
    found = units[units["ACTIVITY"] != "_T"].astype({"OBS_VALUE": float})
    found = found.set_index(["GEO", "ACTIVITY"])["OBS_VALUE"]
    planted = flores_truth(communes=40, seed=2, level=level)
    planted = planted.groupby(["region", "industry"])["establishments"].sum()
    assert found[found > 0].to_dict() == planted.to_dict()


def test_the_first_long_year_is_a_zip_in_a_zip(tmp_path: Path) -> None:
    path = make_flores(tmp_path / "f.zip", **SIZE, seed=2, year=2022)
    outer = zipfile.ZipFile(path)
    assert outer.namelist() == ["DS_FLORES_A17_CSV_FR.zip"]
    inner = zipfile.ZipFile(io.BytesIO(outer.read("DS_FLORES_A17_CSV_FR.zip")))
    assert inner.namelist() == ["DS_FLORES_A17_data.csv", "DS_FLORES_A17_metadata.csv"]
    of_2024 = zipfile.ZipFile(make_flores(tmp_path / "g.zip", **SIZE, seed=2))
    plain = of_2024.read("DS_FLORES_A17_2024_data.csv")
    assert inner.read("DS_FLORES_A17_data.csv").replace(b'"2022"', b'"2024"') == plain


def wide(path: Path, name: str) -> pd.DataFrame:
    content = zipfile.ZipFile(path).read(name)
    assert content.count(b"\r\n") == content.count(b"\n") == len(content.splitlines())
    raw = pd.read_csv(io.BytesIO(content), sep=";", dtype={"CODGEO": object})
    return raw.set_index("CODGEO")


def test_wide_files_hold_the_planted_counts(tmp_path: Path, truth: pd.DataFrame) -> None:
    path = make_flores(tmp_path / "f.zip", **SIZE, seed=2, layout="wide", year=2019)
    stem = "TD_FLORES2019_NA17_TREF_"
    assert zipfile.ZipFile(path).namelist() == [
        f"{prefix}{stem}{measure}.csv"
        for measure in ("NBETAB", "NBSAL")
        for prefix in ("", "meta_")
    ]
    units, jobs = (wide(path, f"{stem}{measure}.csv") for measure in ("NBETAB", "NBSAL"))
    assert list(units.columns[:2]) == ["ET_TOT", "ET_AZ"]
    assert "ET_AZ_0sal" in units
    assert list(jobs.columns[:2]) == ["EFF_TOT", "EFF_AZ"]
    assert not any(name.endswith("_0sal") for name in jobs)
    whole = truth.groupby("region")[["establishments", "employment"]].sum()
    alone = truth[truth["size"] == "E0"].set_index(["region", "industry"])["establishments"]
    for region, row in units.iterrows():
        assert row["ET_TOT"] == whole["establishments"].get(region, 0)
        assert row["ET_AZ_0sal"] == alone.get((region, "AZ"), 0)
        assert jobs.loc[region, "EFF_TOT"] == whole["employment"].get(region, 0)
    cells = truth.groupby(["region", "industry"]).agg(
        {"establishments": "sum", "employment": "sum", "status": "first"}
    )
    for (region, industry), cell in cells.iterrows():
        shown = jobs.loc[region, f"EFF_{industry}"]
        assert units.loc[region, f"ET_{industry}"] == cell["establishments"]
        assert pd.isna(shown) if cell["status"] == "suppressed" else shown == cell["employment"]


def test_wide_chunks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_flores_rows, "CHUNK", 70)
    path = make_flores(tmp_path / "f.zip", **SIZE, seed=2, layout="wide", level="A88")
    units = wide(path, "TD_FLORES2021_NA88_NBETAB.csv")
    truth = flores_truth(**SIZE, seed=2, level="A88")
    assert len(units) == SIZE["communes"]
    sums = truth.groupby("industry")["establishments"].sum()
    for industry, planted in sums.items():
        assert units[f"ET_{industry}"].sum() == planted
    assert units["ET_TOT"].sum() == sums.sum()
    assert units.columns.str.count("_").max() == 1
