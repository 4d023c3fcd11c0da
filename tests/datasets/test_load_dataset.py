"""Loading: types as declared, codes as text, checksums, names that are not there."""

import dataclasses
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from clusterstats import datasets
from clusterstats.datasets import _catalog
from clusterstats.errors import DatasetError

ROOT = Path(__file__).resolve().parents[2]
NAMES = [
    "cinemas_2022_departement",
    "claims",
    "clusters_by_country",
    "departements",
    "german_states_2008_2014",
    "german_states_2015",
    "key_success_factors",
    "nace_rev21",
    "naf_rev2",
    "naf_rev2_labels",
    "regions",
    "sector_definitions",
    "size_bands",
    "urssaf_rouen",
    "us_cbp_2019",
]
IS_TYPE = {
    "text": pd.api.types.is_string_dtype,
    "integer": pd.api.types.is_integer_dtype,
    "number": pd.api.types.is_float_dtype,
    "boolean": pd.api.types.is_bool_dtype,
}


@pytest.fixture
def copied_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "insee" / "size_bands"
    shutil.copytree(datasets.describe("size_bands").folder, folder)
    monkeypatch.setattr(_catalog, "_root", lambda: tmp_path)
    return folder


def test_list_names_every_dataset() -> None:
    listed = datasets.list()
    assert listed["name"].tolist() == NAMES
    assert listed.columns.tolist() == ["name", "title", "rows", "licence", "publisher"]


@pytest.mark.parametrize("name", NAMES)
def test_table_is_what_its_metadata_declare(name: str) -> None:
    about, table = datasets.describe(name), datasets.load(name)
    assert len(table) == about.rows
    assert table.columns.tolist() == [column.name for column in about.columns]
    assert not table.duplicated(list(about.grain)).any()
    assert not table[list(about.grain)].isna().any(axis=None)
    for column in about.columns:
        filled = table[column.name].dropna()
        assert IS_TYPE[column.type](filled), (column, table[column.name].dtype)
        assert column.meaning
        assert bool(column.unit) or column.type in ("text", "boolean"), column


@pytest.mark.parametrize("name", NAMES)
def test_terms_are_complete(name: str) -> None:
    about = datasets.describe(name)
    fields = dataclasses.asdict(about)
    assert all(fields[field] for field in fields if field != "made_by")
    assert datasets.load(name).attrs == {
        field: fields[field] for field in ("title", "source", "licence", "attribution")
    }


def test_codes_keep_their_zeros() -> None:
    assert "01" in set(datasets.load("departements")["department"])
    assert {"2A", "2B"} <= set(datasets.load("cinemas_2022_departement")["region"])
    assert "01.11Z" in set(datasets.load("naf_rev2")["sub_class"])
    assert {"00", "NN"} <= set(datasets.load("size_bands")["size_band"])


def test_a_blank_is_missing_and_a_zero_is_not() -> None:
    bands = datasets.load("size_bands").set_index("size_band")
    assert bands.loc["NN", ["employment_low", "employment_high"]].isna().all()
    assert bands.loc["00", ["employment_low", "employment_high"]].tolist() == [0, 0]
    assert pd.isna(bands.loc["53", "employment_high"])
    assert bands.index[~bands["is_known"]].tolist() == ["NN"]


def test_loading_twice_gives_separate_tables() -> None:
    first = datasets.load("regions")
    first["name"] = ""
    assert datasets.load("regions")["name"].ne("").all()


def test_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(DatasetError, match=r"no dataset 'naf2'; the nearest is 'naf_rev2'.*urssaf"):
        datasets.load("naf2")


def test_changed_file_is_refused(copied_datasets: Path) -> None:
    file = copied_datasets / "size_bands.csv"
    file.write_bytes(file.read_bytes().replace(b"199", b"198"))
    with pytest.raises(DatasetError, match=r"size_bands\.csv is not the file.*restore it"):
        datasets.load("size_bands")


def test_no_datasets_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_catalog, "__file__", str(tmp_path / "a" / "b" / "c.py"))
    with pytest.raises(DatasetError, match="no embedded datasets in"):
        datasets.list()


def test_printed_description_shows_terms_and_units() -> None:
    shown = str(datasets.describe("urssaf_rouen"))
    assert "ODbL 1.0; Source : Urssaf" in shown
    assert "employment_squares (number, employees squared)" in shown
    assert "82 communes of the Eure are not in the export" in shown


def test_data_dir_comes_from_the_variable_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CLUSTERSTATS_DATA", raising=False)
    assert datasets.data_dir() is None
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(tmp_path))
    assert datasets.data_dir() == tmp_path
    monkeypatch.setenv("CLUSTERSTATS_DATA", str(tmp_path / "none"))
    with pytest.raises(DatasetError, match="is not a folder"):
        datasets.data_dir()


def test_wheel_takes_the_datasets() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["force-include"] == {"datasets": "clusterstats/_data"}
