"""MESR files made here, read back with plain pandas."""

import gzip
from pathlib import Path

import pandas as pd
import pytest

from clusterstats.datasets._make import make_mesr, mesr, mesr_truth
from clusterstats.datasets._make._mesr_lines import Flavour
from clusterstats.datasets._make._mesr_rows import Group
from clusterstats.errors import OptionError

SIZE = {"institutions": 30, "cohorts": (2016, 2017, 2018)}
KEYS = ["school", "field", "cohort", "horizon_months"]
EXTERNAL = "emplois_exterieurs_a_la_region_de_luniversite"


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep=";", dtype=object, keep_default_na=False)


def groups(raw: pd.DataFrame) -> pd.DataFrame:
    is_status = raw[EXTERNAL].isin(["ns", "nd"])
    table = pd.DataFrame(
        {
            "school": raw["numero_de_l_etablissement"],
            "field": raw["code_de_la_discipline"],
            "cohort": raw["annee"].astype(int),
            "horizon_months": raw["situation"].str[:2].astype(int),
            "respondents": raw["nombre_de_reponses"].astype(int),
            "status": raw[EXTERNAL].where(is_status, "observed"),
            "external": pd.to_numeric(raw[EXTERNAL].mask(is_status)).astype("Int64"),
        }
    )
    return table.sort_values(KEYS, ignore_index=True)


def is_total(raw: pd.DataFrame) -> pd.Series:
    return raw["discipline"].str.startswith("Ensemble")


def test_the_planted_groups_are_in_the_file(tmp_path: Path) -> None:
    raw = read(make_mesr(tmp_path / "m.csv", **SIZE, seed=2))
    detailed = raw[~is_total(raw) & (raw["numero_de_l_etablissement"] != "UNIV")]
    truth = mesr_truth(**SIZE, seed=2)
    found = groups(detailed)
    pd.testing.assert_frame_equal(found, truth[found.columns.tolist()], check_dtype=False)
    assert set(truth["status"]) == {"observed", "ns", "nd"}


def test_totals_sum_the_groups(tmp_path: Path) -> None:
    raw = read(make_mesr(tmp_path / "m.csv", **SIZE, seed=2))
    raw["respondents"] = raw["nombre_de_reponses"].astype(int)
    is_nation = raw["numero_de_l_etablissement"] == "UNIV"
    whole = raw.groupby([is_nation, is_total(raw)])["respondents"].sum()
    assert set(whole) == {mesr_truth(**SIZE, seed=2)["respondents"].sum()}


def test_the_header_is_the_published_one(tmp_path: Path, data_dir: Path) -> None:
    name = "fr-esr-insertion_professionnelle-master.csv.gz"
    with gzip.open(data_dir / "mesr_insertion_master" / name) as file:
        published = file.readline()
    path = make_mesr(tmp_path / "m.csv", **SIZE, seed=2)
    made = path.read_bytes().splitlines(keepends=True)
    assert made[0] == published
    assert {line.count(b";") for line in made} == {32}


def test_the_labels_are_the_published_ones(tmp_path: Path, data_dir: Path) -> None:
    name = "fr-esr-insertion_professionnelle-master.labels_paris_2010-2020.csv.gz"
    with gzip.open(data_dir / "mesr_insertion_master" / name) as file:
        published = file.readline()
    path = make_mesr(tmp_path / "m.csv", **SIZE, seed=2, headers="labels")
    made = path.read_bytes().splitlines(keepends=True)
    assert made[0] == published
    assert {line.count(b";") for line in made} == {34}
    assert not any(line.endswith(b"\r\n") for line in made)


def test_labels_hold_what_technical_names_hold(tmp_path: Path) -> None:
    size = {"institutions": 10, "cohorts": (2019, 2020)}
    technical = read(make_mesr(tmp_path / "t.csv", **size, seed=2))
    labels = pd.read_csv(
        make_mesr(tmp_path / "l.csv", **size, seed=2, headers="labels"),
        sep=";",
        dtype=object,
        keep_default_na=False,
        encoding="utf-8-sig",
    )
    rates = labels[["Taux d'emploi", "Taux d'emploi salarié en France"]]
    others = labels.drop(columns=rates.columns)
    assert (others.to_numpy() == technical.to_numpy()).all()
    assert (rates[labels["Annee"] == "2019"] == "").all(axis=None)
    assert not (rates[labels["Annee"] == "2020"] == "").any(axis=None)


def test_the_effect_is_the_planted_one() -> None:
    truth = mesr_truth(institutions=60, cohorts=range(2010, 2021), seed=2)
    sums = truth.groupby("is_metropolis")[["employed", "leaving"]].sum()
    share = sums["leaving"] / sums["employed"]
    # 4 standard errors of a share from some 60 000 binomial draws
    assert share[True] - share[False] == pytest.approx(truth.attrs["effect"], abs=0.01)


def test_the_file_holds_what_a_reader_must_meet(tmp_path: Path) -> None:
    raw = read(make_mesr(tmp_path / "m.csv", **SIZE, seed=2))
    assert "fe" in set(raw["taux_de_chomage_regional"])
    assert {".", "1\u00a0710", "1780"} == set(raw["salaire_net_mensuel_median_regional"])
    keys = ["annee", "numero_de_l_etablissement", "code_de_la_discipline", "situation"]
    assert not raw.duplicated(keys).any()


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first, again, other = (
        make_mesr(tmp_path / f"{at}.csv.gz", **SIZE, seed=seed).read_bytes()
        for at, seed in enumerate((3, 3, 4))
    )
    assert first == again
    assert first != other


def test_an_interrupted_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(groups: list[Group], school: int | None, flavour: Flavour) -> bytes:
        if school == 2:
            raise KeyboardInterrupt("stopped")
        return b""

    monkeypatch.setattr(mesr, "lines", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        make_mesr(tmp_path / "m.csv", **SIZE, seed=3)
    assert list(tmp_path.iterdir()) == []


def test_bad_headers(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="headers='french' is not known; use one of 'technical'"):
        make_mesr(tmp_path / "m.csv", institutions=1, seed=1, headers="french")


def test_bad_cohorts(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="are not increasing years of 4 digits"):
        make_mesr(tmp_path / "m.csv", institutions=1, cohorts=[2018, 2017], seed=1)
