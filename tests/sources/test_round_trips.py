"""Generated files come back through the readers as what was planted, on every engine."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import clusterstats as cs
from clusterstats.errors import OptionError
from clusterstats.sources import ReadingReport
from tests.sources.conftest import ENGINES

# pyspark says on import that it does not know pandas 3 yet; nothing here goes through it.
pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support:FutureWarning")

CELL = ["region", "industry", "year"]


def collected(frame: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Collect through Arrow; pandas leaves its row numbers as one more column."""
    table = frame.collect("pyarrow").select(frame.collect_schema().names())
    return table.to_pandas()


def same(found: pd.DataFrame, planted: pd.DataFrame, keys: list[str]) -> None:
    """Compare values, whatever holds them and marks what is missing."""
    sides = (side.sort_values(keys, ignore_index=True).astype(object) for side in (found, planted))
    pd.testing.assert_frame_equal(*(side.where(side.notna(), None) for side in sides))


def read(
    reader: Callable[..., Any], path: Path, **options: Any
) -> tuple[pd.DataFrame, ReadingReport]:
    reports: list[ReadingReport] = []
    found = collected(reader(path, report=reports.append, **options))
    return found, reports[0]


def aside(report: ReadingReport) -> dict[str, int]:
    return {part.reason: part.count for part in report.rows.set_aside}


def noted(report: Any) -> dict[str, int]:
    return {note.what: note.count for note in report.noted}


SIRENE = {"establishments": 8_000, "communes": 50, "industries": 40, "seed": 7}
ABROAD = "99131"
COUNTS = ["establishments", "head_offices", "unknown_size", "employment_low", "employment_high"]


def sirene_cells(found: pd.DataFrame) -> pd.DataFrame:
    low, high = found["employment_low"], found["employment_high"]
    rows = pd.DataFrame(
        {
            "region": found["region"],
            "industry": found["industry"],
            "nomenclature": found["industry_system"],
            "establishments": 1,
            "head_offices": found["is_head_office"].astype(int),
            "unknown_size": low.isna().astype(int),
            "employment_low": low.fillna(0),
            "employment_high": high.mask(low.notna() & high.isna(), np.inf).fillna(0),
        }
    )
    return rows.groupby(["region", "industry", "nomenclature"], dropna=False).sum().reset_index()


@pytest.fixture(scope="module", params=["54.csv", "57.csv.gz", "54.parquet"])
def sirene_file(request: pytest.FixtureRequest, tmp_path_factory: Any) -> tuple[Path, int]:
    columns = int(request.param[:2])
    path = tmp_path_factory.mktemp("sirene") / f"stock{request.param}"
    return cs.datasets.make_sirene(path, columns=columns, **SIRENE), columns


@pytest.mark.parametrize(
    "date", [None, "2015-12-31", pytest.param("1975-01-01", marks=pytest.mark.slow)]
)
def test_stock_comes_back(sirene_file: tuple[Path, int], date: str | None, engine: Any) -> None:
    """Those abroad, and those not in the stock, are set aside and counted; nothing else is."""
    path, columns = sirene_file
    truth = cs.datasets.sirene_truth(columns=columns, date=date, **SIRENE)
    found, report = read(cs.read_sirene, path, date=date, engine=engine)
    is_abroad = truth["region"] == ABROAD
    here = truth[~is_abroad & (truth["establishments"] > 0)]
    keys = ["region", "industry", "nomenclature"]
    same(sirene_cells(found), here[[*keys, *COUNTS]], keys)
    counts = truth.groupby(is_abroad)[["establishments", "closed"]].sum().T.to_dict()
    abroad = aside(report).pop("abroad, or without a commune")
    assert abroad == sum(counts[True].values()) > 0
    assert sum(aside(report).values()) - abroad == counts[False]["closed"]
    assert report.rows.read == SIRENE["establishments"]
    masked = here.loc[here["region"].isna(), "establishments"].sum()
    assert noted(report).get("[ND] in 'codeCommuneEtablissement'", 0) == masked
    assert (masked > 0) == (columns == 54 and date != "1975-01-01")


URSSAF = {"communes": 60, "industries": 30, "years": (2019, 2020, 2021, 2022), "seed": 7}


def needs_new_pandas(engine: Any) -> None:
    """Text of URSSAF and null columns of IMDb take what pandas has since 3."""
    if engine == "pandas" and int(pd.__version__.split(".")[0]) < 3:
        pytest.skip("engine='pandas' reads this origin with pandas 3 or later")


@pytest.mark.parametrize("header", ["labels", "technical"])
def test_private_jobs_come_back(tmp_path: Path, header: Any, engine: Any) -> None:
    needs_new_pandas(engine)
    path = cs.datasets.make_urssaf(tmp_path / "u.csv.gz", header=header, **URSSAF)
    truth = cs.datasets.urssaf_truth(**URSSAF)
    found, report = read(cs.read_urssaf, path, engine=engine)
    same(found[truth.columns.tolist()], truth, CELL)
    assert report.cells is not None
    assert report.cells.kept == len(truth)
    assert truth["employment"].isna().any()
    assert (truth["employment"] == 0).any()


FLORES = {"communes": 60, "seed": 7}


def flores_cells(level: str) -> pd.DataFrame:
    """The truth over sizes; none in the cells that it leaves out."""
    sizes = cs.datasets.flores_truth(level=level, **FLORES)
    cells = sizes.groupby(["region", "industry"]).agg(
        establishments=("establishments", "sum"),
        employment=("employment", "sum"),
        status=("status", "first"),
    )
    regions = cs.datasets.urssaf_truth(communes=60, seed=7)["region"].unique()
    naf = set(cs.datasets.load("naf_rev2")[level.lower()]) - {"97", "98"}
    every = pd.MultiIndex.from_product([regions, naf], names=cells.index.names)
    return cells.reindex(every).fillna({"establishments": 0, "employment": 0, "status": "observed"})


def same_jobs(found: pd.DataFrame, truth: pd.DataFrame) -> None:
    """Equal where shown; else blank, within bounds that hold the truth."""
    both = found.set_index(["region", "industry"]).join(truth.add_suffix("_true"), validate="1:1")
    assert len(both) == len(truth) == len(found)
    is_secret = both["status_true"] == "suppressed"
    assert is_secret.any()
    assert (both["employment"].isna() == is_secret).all()
    shown = both[~is_secret]
    assert (shown["employment"] == shown["employment_true"]).all()
    assert (both["employment_low"] <= both["employment_true"]).all()
    assert (both["employment_true"] <= both["employment_high"].fillna(np.inf)).all()


@pytest.mark.parametrize(
    ("level", "year"), [("A17", 2022), ("A17", 2024), ("A38", 2023), ("A88", 2024)]
)
def test_all_jobs_come_back_from_long_files(
    tmp_path: Path, level: Any, year: int, engine: Any
) -> None:
    path = cs.datasets.make_flores(tmp_path / "f.zip", level=level, year=year, **FLORES)
    assert ("CSV_FR.zip" in zipfile.ZipFile(path).namelist()[0]) == (year == 2022)
    found, report = read(cs.read_flores, path, engine=engine)
    truth = flores_cells(level)
    same_jobs(found, truth)
    both = found.set_index(["region", "industry"]).join(truth.add_suffix("_true"))
    assert (both["establishments"] == both["establishments_true"]).all()
    assert (both["status"] == both["status_true"]).all()
    assert set(found["year"]) == {year}
    secret = "status K (suppressed): null, with bounds"
    assert noted(report)[secret] == (truth["status"] == "suppressed").sum()
    assert report.rows.kept == 2 * len(truth)
    assert report.rows.read == report.rows.kept + sum(aside(report).values())


@pytest.mark.parametrize(
    ("level", "stem"), [("A17", "TD_FLORES2019_NA17_TREF_"), ("A88", "TD_FLORES2019_NA88_")]
)
def test_all_jobs_come_back_from_wide_files(
    tmp_path: Path, level: Any, stem: str, engine: Any
) -> None:
    options = {"layout": "wide", "year": 2019, "level": level}
    path = cs.datasets.make_flores(tmp_path / "f.zip", **options, **FLORES)
    truth = flores_cells(level)
    units, _ = read(cs.read_flores, path, member=f"{stem}NBETAB.csv", engine=engine)
    assert units.set_index(["region", "industry"])["establishments"].to_dict() == (
        truth["establishments"].to_dict()
    )
    assert units["employment"].isna().all()
    jobs, report = read(cs.read_flores, path, member=f"{stem}NBSAL.csv", engine=engine)
    same_jobs(jobs, truth)
    assert set(jobs["year"]) == set(units["year"]) == {2019}
    assert noted(report) == {"a blank: unknown": (truth["status"] == "suppressed").sum()}


def test_a_wide_table_alone_in_its_zip_needs_no_member(tmp_path: Path) -> None:
    both = cs.datasets.make_flores(tmp_path / "f.zip", layout="wide", **FLORES)
    with pytest.raises(OptionError, match=r"f.zip holds 2 tables; give member=, one of \['TD_"):
        cs.read_flores(both)
    name = "TD_FLORES2021_NA17_TREF_NBSAL.csv"
    alone = tmp_path / "TD_FLORES2021_NA17_TREF_NBSAL_csv.zip"
    with zipfile.ZipFile(both) as source, zipfile.ZipFile(alone, "w") as target:
        for member in (name, f"meta_{name}"):
            target.writestr(member, source.read(member))
    of_both, _ = read(cs.read_flores, both, member=name)
    of_alone, _ = read(cs.read_flores, alone)
    same(of_alone, of_both, CELL)


@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas"])
def test_a_blank_line_of_a_wide_file_is_no_row(tmp_path: Path, engine: str) -> None:
    made = cs.datasets.make_flores(tmp_path / "f.zip", layout="wide", level="A88", **FLORES)
    name = "TD_FLORES2021_NA88_NBSAL.csv"
    before, _ = read(cs.read_flores, made, member=name, engine=engine)
    path = tmp_path / name
    path.write_bytes(zipfile.ZipFile(made).read(name) + b"\r\n")
    after, _ = read(cs.read_flores, path, engine=engine)
    same(after, before, CELL)


MESR = {"institutions": 12, "cohorts": (2019, 2020), "seed": 7}
STATUSES = {"observed": "observed", "ns": "suppressed", "nd": "unavailable"}


@pytest.mark.parametrize("headers", ["technical", "labels"])
def test_graduates_come_back(tmp_path: Path, headers: Any, engine: Any) -> None:
    path = cs.datasets.make_mesr(tmp_path / "m.csv", headers=headers, **MESR)
    truth = cs.datasets.mesr_truth(**MESR)
    found, report = read(cs.read_mesr, path, engine=engine)
    planted = truth.assign(
        institution=truth["school"],
        outside_region_percent=truth["external"].astype(float),
        outside_region_status=truth["status"].map(STATUSES),
    )
    keys = ["institution", "field", "cohort", "horizon_months"]
    columns = [*keys, "respondents", "outside_region_percent", "outside_region_status"]
    same(found[columns], planted[columns], keys)
    both = found.merge(planted, on=keys)
    share = 100 * both["leaving"] / both["employed"]
    is_shown = both["status"] != "nd"
    assert (both["outside_region_percent_low"] <= share)[is_shown].all()
    assert (share <= both["outside_region_percent_high"])[is_shown].all()
    assert ("employed_percent" in found) == (headers == "labels")
    groups = 2 * len(MESR["cohorts"])
    assert aside(report) == {
        "a national total of all universities": (7 + 3) * groups,
        "an “Ensemble” discipline, the total of others": 3 * groups * MESR["institutions"],
    }


IMDB = {"works": 3_000, "people": 2_100, "seed": 7}


def test_credits_come_back(tmp_path: Path, engine: Any) -> None:
    needs_new_pandas(engine)
    folder = cs.datasets.make_imdb(tmp_path / "imdb", **IMDB)
    truth = cs.datasets.imdb_truth(**IMDB)
    reports: list[Any] = []
    listed = cs.read_imdb(
        basics=folder / "title.basics.tsv.gz",
        principals=folder / "title.principals.tsv.gz",
        crew=folder / "title.crew.tsv.gz",
        names=folder / "name.basics.tsv.gz",
        engine=engine,
        report=reports.append,
    )
    found = collected(listed)
    keys = ["work", "person", "category"]
    columns = [*keys, "ordering", "year", "kind"]
    same(found[columns], truth[columns], keys)
    assert reports[0].rows.read == len(truth)
    untitled = truth.loc[truth["work"].str[2:].astype(int) % 1_000 == 0, "work"]
    unnamed = truth.loc[truth["person"].str[2:].astype(int) % 1_000 == 0, "person"]
    assert reports[0].works_without_title == untitled.nunique() > 0
    assert reports[0].persons_without_name == unnamed.nunique() > 0
    assert set(found.loc[found["person_name"].isna(), "person"]) == set(unnamed)


MADE: dict[str, tuple[Callable[[Path], Path], Callable[..., Any]]] = {
    "sirene": (lambda p: cs.datasets.make_sirene(p / "s.csv", **SIRENE), cs.read_sirene),
    "urssaf": (lambda p: cs.datasets.make_urssaf(p / "u.csv", **URSSAF), cs.read_urssaf),
    "flores": (lambda p: cs.datasets.make_flores(p / "f.zip", **FLORES), cs.read_flores),
    "mesr": (lambda p: cs.datasets.make_mesr(p / "m.csv", **MESR), cs.read_mesr),
}


@pytest.mark.parametrize("engine", ENGINES[1:], indirect=True)
@pytest.mark.parametrize("source", MADE)
def test_engines_agree_on_every_column(tmp_path: Path, source: str, engine: Any) -> None:
    make, reader = MADE[source]
    if source == "urssaf":
        needs_new_pandas(engine)
    path = make(tmp_path)
    frame = reader(path, engine=engine, report=lambda _: None)
    first = reader(path, report=lambda _: None)
    assert frame.collect_schema() == first.collect_schema()
    assert str(frame.implementation) == {str: str(engine)}.get(type(engine), "pyspark")
    keys = [name for name in first.collect_schema().names() if name in KEYS]
    same(collected(frame), collected(first), keys)


KEYS = {"establishment", "region", "industry", "year", "group", "cohort", "horizon_months"}


@pytest.mark.parametrize("engine", ["duckdb", "polars", "pandas"])
@pytest.mark.parametrize("source", ["urssaf", "mesr"])
def test_blank_lines_are_no_rows(tmp_path: Path, source: str, engine: str) -> None:
    make, reader = MADE[source]
    if source == "urssaf":
        needs_new_pandas(engine)
    path = make(tmp_path)
    before, _ = read(reader, path, engine=engine)
    content = path.read_bytes()
    end = b"\r\n" if b"\r\n" in content else b"\n"
    longer = tmp_path / "longer.csv.gz"
    longer.write_bytes(gzip.compress(content + end))
    after, _ = read(reader, longer, engine=engine)
    keys = [name for name in before if name in KEYS]
    same(after, before, keys)


@pytest.mark.parametrize("source", MADE)
def test_an_engine_that_is_none_is_said_first(tmp_path: Path, source: str) -> None:
    _, reader = MADE[source]
    with pytest.raises(OptionError, match="engine='excel' is not one of 'duckdb', 'polars'"):
        reader(tmp_path / "absent.csv", engine="excel")
