"""IMDb files made here, read back with plain pandas, quoting off."""

import csv
import gzip
from pathlib import Path

import pandas as pd
import pytest

from clusterstats.datasets._make import _imdb_rows, imdb, imdb_truth, make_imdb
from clusterstats.errors import OptionError

SIZE = {"works": 6_000, "people": 3_003}
HEADERS = {
    "title.basics": "tconst titleType primaryTitle originalTitle isAdult startYear endYear "
    "runtimeMinutes genres",
    "title.principals": "tconst ordering nconst category job characters",
    "title.crew": "tconst directors writers",
    "name.basics": "nconst primaryName birthYear deathYear primaryProfession knownForTitles",
}


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(
        folder / f"{name}.tsv.gz",
        sep="\t",
        dtype=object,
        quoting=csv.QUOTE_NONE,
        keep_default_na=False,
        na_values=["\\N"],
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_imdb(tmp_path_factory.mktemp("made") / "imdb", **SIZE, seed=2)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return imdb_truth(**SIZE, seed=2)


@pytest.mark.parametrize("name", HEADERS)
def test_headers_are_the_published_ones(made: Path, name: str) -> None:
    with gzip.open(made / f"{name}.tsv.gz", "rb") as file:
        lines = file.read().splitlines()
    assert lines[0].decode() == "\t".join(HEADERS[name].split())
    assert {line.count(b"\t") for line in lines} == {len(HEADERS[name].split()) - 1}
    assert not any(b"\r" in line for line in lines)


def test_the_planted_credits_are_in_the_files(made: Path, truth: pd.DataFrame) -> None:
    principals, titles = read(made, "title.principals"), read(made, "title.basics")
    joined = principals.merge(titles, on="tconst", how="left")
    found = pd.DataFrame(
        {
            "work": joined["tconst"],
            "ordering": joined["ordering"].astype(int),
            "person": joined["nconst"],
            "category": joined["category"],
            "year": joined["startYear"].astype("Int64"),
            "kind": joined["titleType"],
        }
    )
    expected = truth.drop(columns="team")
    found, expected = (f.astype("object").where(f.notna(), None) for f in (found, expected))
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("role", ["director", "writer"])
def test_the_crew_agrees_with_the_principals(made: Path, truth: pd.DataFrame, role: str) -> None:
    crew = read(made, "title.crew").set_index("tconst")[f"{role}s"].dropna().str.split(",")
    own = truth[truth["category"] == role].groupby("work")["person"].agg(list)
    assert crew.to_dict() == own.to_dict()
    assert len(read(made, "title.crew")) == SIZE["works"]


def test_teams_come_back(truth: pd.DataFrame) -> None:
    inside = truth.dropna(subset="team")
    assert inside.groupby("work")["team"].nunique().max() == 1
    assert inside.groupby("person")["team"].nunique().max() == 1
    assert inside.groupby("team")["person"].nunique().max() == 8
    assert inside.groupby("team")["work"].nunique().mean() > 5


def test_the_files_hold_what_a_reader_must_meet(made: Path, truth: pd.DataFrame) -> None:
    titles, names = read(made, "title.basics"), read(made, "name.basics")
    assert titles["primaryTitle"].str.startswith('"').any()
    assert titles["startYear"].isna().any()
    assert names["nconst"].duplicated().any()
    assert not set(truth["person"]) <= set(names["nconst"])
    assert not set(truth["work"]) <= set(titles["tconst"])
    assert truth.duplicated(["work", "person"]).any()
    assert not truth.duplicated(["work", "person", "category"]).any()


def test_same_seed_same_bytes(tmp_path: Path, made: Path) -> None:
    again = make_imdb(tmp_path / "again", **SIZE, seed=2)
    other = make_imdb(tmp_path / "other", **SIZE, seed=3)
    for name in HEADERS:
        file = f"{name}.tsv.gz"
        assert (made / file).read_bytes() == (again / file).read_bytes()
    file = "title.principals.tsv.gz"
    assert (made / file).read_bytes() != (other / file).read_bytes()


def test_chunks_do_not_break_the_numbering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_imdb_rows, "CHUNK", 700)
    monkeypatch.setattr(imdb, "CHUNK", 700)
    made = make_imdb(tmp_path / "imdb", **SIZE, seed=2)
    truth = imdb_truth(**SIZE, seed=2)
    principals = read(made, "title.principals")
    assert principals["nconst"].tolist() == truth["person"].tolist()
    assert read(made, "title.basics")["tconst"].is_unique
    assert read(made, "name.basics")["nconst"].nunique() == 3_000


@pytest.mark.parametrize("was_there", [True, False])
def test_an_interrupted_run_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was_there: bool
) -> None:
    def interrupted(plan: _imdb_rows.Plan, chunk: int) -> _imdb_rows.Works:
        if chunk == 2:
            raise KeyboardInterrupt("stopped")
        return _imdb_rows.draw(plan, chunk)

    folder = tmp_path / "imdb"
    if was_there:
        folder.mkdir()
    monkeypatch.setattr(_imdb_rows, "CHUNK", 700)
    monkeypatch.setattr(imdb, "draw", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        make_imdb(folder, **SIZE, seed=3)
    assert list(tmp_path.rglob("*")) == ([folder] if was_there else [])


def test_too_few_people(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="people=15 is not a whole number at least 16"):
        make_imdb(tmp_path, works=1, people=15, seed=1)
