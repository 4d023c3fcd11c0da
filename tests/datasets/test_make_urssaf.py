"""URSSAF files made here: read back to the unit, same seed same bytes, all or nothing."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.datasets._make import make_urssaf, urssaf, urssaf_truth
from clusterstats.errors import OptionError

SIZE = {"communes": 60, "industries": 30, "years": (2019, 2020, 2021, 2022)}
KEYS = ["region", "industry", "year"]


def read(path: Path) -> pd.DataFrame:
    cells = cs.read_urssaf(path).select(*KEYS, "establishments", "employment")
    return cells.sort(*KEYS).collect("pandas").to_native()


@pytest.mark.parametrize("header", ["labels", "technical"])
@pytest.mark.parametrize("name", ["u.csv", "u.csv.gz"])
def test_the_reader_recovers_the_planted_counts(tmp_path: Path, header: str, name: str) -> None:
    path = make_urssaf(tmp_path / name, **SIZE, seed=3, header=header)
    truth = urssaf_truth(**SIZE, seed=3)
    pd.testing.assert_frame_equal(read(path), truth, check_dtype=False, check_like=True)
    assert truth["employment"].isna().any()
    assert (truth["employment"] == 0).any()


def test_chunks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urssaf, "CHUNK_CELLS", 1_000)
    path = make_urssaf(tmp_path / "u.csv", **SIZE, seed=3)
    truth = urssaf_truth(**SIZE, seed=3)
    pd.testing.assert_frame_equal(read(path), truth, check_dtype=False)


def test_the_header_is_the_published_one(tmp_path: Path, data_dir: Path) -> None:
    folder = data_dir / "urssaf_rouen_commune_ape"
    with gzip.open(next(folder.glob("*.rouen.csv.gz"))) as file:
        published = file.readline()
    years = range(2006, 2023)
    path = make_urssaf(tmp_path / "u.csv", communes=2, industries=2, years=years, seed=1)
    assert path.read_bytes().splitlines(keepends=True)[0] == published


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    first, again, other = (
        make_urssaf(tmp_path / f"{at}.csv.gz", **SIZE, seed=seed).read_bytes()
        for at, seed in enumerate((3, 3, 4))
    )
    assert first == again
    assert first != other


def test_employment_grows_above_the_critical_mass_only() -> None:
    truth = urssaf_truth(**SIZE, seed=3)
    wide = truth.pivot_table(index=KEYS[:2], columns="year", values="employment")
    before, after = wide[[2019, 2020, 2021]].to_numpy(), wide[[2020, 2021, 2022]].to_numpy()
    known = ~np.isnan(before) & ~np.isnan(after)
    is_above = before > truth.attrs["critical_mass"]
    grows = after > before
    assert is_above[known].any()
    assert (grows == is_above)[known].all()


def test_localised_industries_are_concentrated_at_home() -> None:
    truth = urssaf_truth(communes=500, industries=30, years=[2022], seed=3)
    totals = truth.groupby("region")["establishments"].sum()
    for industry, homes in truth.attrs["homes"].items():
        inside = truth[truth["industry"] == industry]
        own = inside[inside["region"].isin(homes)]["establishments"].sum()
        share = own / inside["establishments"].sum()
        assert share > 3 * totals[totals.index.isin(homes)].sum() / totals.sum()


def test_an_interrupted_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = urssaf._rows

    def interrupted(plan: urssaf._Plan, number: int) -> urssaf._Rows:
        if number == 3:
            raise KeyboardInterrupt("stopped")
        return whole(plan, number)

    monkeypatch.setattr(urssaf, "CHUNK_CELLS", 1_000)
    monkeypatch.setattr(urssaf, "_rows", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        make_urssaf(tmp_path / "u.csv", **SIZE, seed=3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"communes": 0}, "communes=0 is not a whole number from 1 to 85000"),
        ({"industries": 733}, "industries=733 is not a whole number from 1 to 732"),
        ({"years": []}, "are not increasing years of 4 digits"),
        ({"years": [2022, 2021]}, "are not increasing years of 4 digits"),
        ({"seed": -1}, "seed=-1 is not a whole number at least 0"),
        ({"header": "other"}, "header='other' is not known"),
    ],
)
def test_bad_options(tmp_path: Path, wrong: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        make_urssaf(tmp_path / "u.csv", **{**SIZE, "seed": 1, **wrong})
    assert list(tmp_path.iterdir()) == []
