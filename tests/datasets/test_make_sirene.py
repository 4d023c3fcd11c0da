"""SIRENE files made here, read back with plain pandas."""

import csv
import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clusterstats.datasets import load
from clusterstats.datasets._make import (
    _sirene_columns,
    _sirene_rows,
    make_sirene,
    sirene,
    sirene_truth,
)
from clusterstats.errors import OptionError

SIZE = {"establishments": 20_000, "communes": 50, "industries": 40}
ENDS = "Etablissement"


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path).astype(object)
    return pd.read_csv(path, dtype=object, keep_default_na=False, na_values=[""])


def cells(raw: pd.DataFrame, date: str | None = None) -> pd.DataFrame:
    """Count a file as its documentation says, independently of the generator."""
    raw = raw.rename(columns=lambda name: name.removesuffix(ENDS))
    is_open = raw["etatAdministratif"] == "A"
    if date is not None:
        is_open = (raw["dateCreation"] <= date) & (is_open | (raw["dateDebut"] > date))
    abroad = raw["codePaysEtranger"]
    bands = load("size_bands").set_index("size_band")
    is_known = is_open & raw["trancheEffectifs"].notna() & (raw["trancheEffectifs"] != "NN")
    low = raw["trancheEffectifs"].map(bands["employment_low"]).astype(float)
    high = raw["trancheEffectifs"].map(bands["employment_high"]).astype(float).fillna(np.inf)
    table = pd.DataFrame(
        {
            "region": raw["codeCommune"].mask(raw["codeCommune"] == "[ND]").fillna(abroad),
            "industry": raw["activitePrincipale"],
            "nomenclature": raw["nomenclatureActivitePrincipale"],
            "establishments": is_open.astype(int),
            "closed": (~is_open).astype(int),
            "head_offices": (is_open & (raw["etablissementSiege"] == "true")).astype(int),
            "unknown_size": (is_open & ~is_known).astype(int),
            "employment_low": low.where(is_known, 0.0),
            "employment_high": high.where(is_known, 0.0),
        }
    )
    return table.groupby(sirene.KEYS, dropna=False).sum().reset_index()


@pytest.mark.parametrize("columns", [54, 57])
@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz", "s.parquet"])
@pytest.mark.parametrize("date", [None, "1999-12-31"])
def test_the_planted_counts_are_in_the_file(
    tmp_path: Path, columns: int, name: str, date: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sirene_rows, "CHUNK", 7_000)
    path = make_sirene(tmp_path / name, **SIZE, columns=columns, seed=2)
    truth = sirene_truth(**SIZE, columns=columns, seed=2, date=date)
    found = cells(read(path), date)
    pd.testing.assert_frame_equal(found, truth, check_dtype=False)


@pytest.mark.parametrize(("columns", "flavour"), [(54, "since 2025"), (57, "geocoded")])
def test_columns_are_the_published_ones(data_dir: Path, columns: int, flavour: str) -> None:
    with gzip.open(data_dir / "insee_formats" / "sirene_columns.csv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file) if flavour in row["file"]]
    names = [row["column"] for row in rows if row["file"].startswith("StockEtablissement")]
    assert list(_sirene_columns.COLUMNS[columns]) == names


def passes_luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def test_numbers_are_valid_and_unique(tmp_path: Path) -> None:
    raw = read(make_sirene(tmp_path / "s.csv", **SIZE, seed=2))
    assert raw["siret"].is_unique
    assert (raw["siret"] == raw["siren"] + raw["nic"]).all()
    assert raw["siret"].str.len().eq(14).all()
    assert raw["siret"].map(passes_luhn).all()
    assert raw["siren"].map(passes_luhn).all()
    heads = raw[raw["etablissementSiege"] == "true"]
    assert heads["siren"].is_unique
    assert set(heads["siren"]) == set(raw["siren"])
    assert (raw["dateDebut"] >= raw["dateCreationEtablissement"]).all()


def test_the_file_holds_what_a_reader_must_meet(tmp_path: Path) -> None:
    raw = read(make_sirene(tmp_path / "s.csv", **SIZE, seed=2))
    assert raw["trancheEffectifsEtablissement"].value_counts(dropna=False).index[0] == "NN"
    assert set(raw["statutDiffusionEtablissement"]) == {"O", "P"}
    for column in ("codeCommuneEtablissement", "coordonneeLambertAbscisseEtablissement"):
        assert (raw[column] == "[ND]").any()
        assert raw[column].isna().any()
    assert raw["libelleVoieEtablissement"].str.contains('"', regex=False).any()
    assert raw["libelleVoieEtablissement"].str.contains(",", regex=False).any()
    assert set(raw["nomenclatureActivitePrincipaleEtablissement"]) == {"NAFRev1", "NAFRev2"}


def test_localised_industries_are_at_home() -> None:
    truth = sirene_truth(**{**SIZE, "communes": 500}, seed=2)
    for industry, homes in truth.attrs["homes"].items():
        own = truth[truth["industry"] == industry]
        share = own.loc[own["region"].isin(homes), "establishments"].sum()
        assert share > 0.4 * own["establishments"].sum()


@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz", "s.parquet"])
def test_same_seed_same_bytes(tmp_path: Path, name: str) -> None:
    first, again, other = (
        make_sirene(tmp_path / f"{at}{name}", **SIZE, seed=seed).read_bytes()
        for at, seed in enumerate((3, 3, 4))
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz", "s.parquet"])
def test_an_interrupted_run_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def interrupted(plan: _sirene_rows.Plan, number: int) -> _sirene_rows.Rows:
        if number == 2:
            raise KeyboardInterrupt("stopped")
        return _sirene_rows.draw(plan, number)

    monkeypatch.setattr(_sirene_rows, "CHUNK", 7_000)
    monkeypatch.setattr(sirene, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        make_sirene(tmp_path / name, **SIZE, seed=3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"establishments": 0}, "establishments=0 is not a whole number from 1 to 90000000"),
        ({"columns": 55}, "columns=55 is not known; use one of 54, 57"),
        ({"path": "s.txt"}, "'s.txt' does not end in .csv, .csv.gz or .parquet"),
    ],
)
def test_bad_options(tmp_path: Path, wrong: dict[str, object], message: str) -> None:
    name = str(wrong.pop("path", "s.csv"))
    with pytest.raises(OptionError, match=message):
        make_sirene(tmp_path / name, **{**SIZE, "seed": 1, **wrong})
    assert list(tmp_path.iterdir()) == []
