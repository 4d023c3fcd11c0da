"""A reader's table, kept: the same rows, read once, anew when the file changes, whole or not."""

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

from clusterstats import datasets
from clusterstats.errors import ClusterstatsWarning, DatasetError, OptionError, SourceError
from clusterstats.sources import (
    NotedReport,
    ReadingReport,
    cached,
    read_flores,
    read_imdb,
    read_mesr,
    read_sirene,
    read_table,
    read_urssaf,
)
from clusterstats.sources._origin import Frame
from clusterstats.sources.report import Reporter, SetAside, Tally

CALLS: list[str] = []
MADE: dict[str, Callable[[Path], object]] = {
    "sirene": lambda path: datasets.make_sirene(path, establishments=400, seed=1),
    "urssaf": lambda path: datasets.make_urssaf(path, communes=20, seed=1),
    "mesr": lambda path: datasets.make_mesr(path, institutions=2, seed=1),
    "flores": lambda path: datasets.make_flores(path, communes=20, seed=1),
}
READERS: dict[str, Callable[..., Frame]] = {
    "sirene": read_sirene,
    "urssaf": read_urssaf,
    "mesr": read_mesr,
    "flores": read_flores,
}


def counted(path: Path, *, report: Reporter | None = None, extra: int = 0) -> Frame:
    """A reader that tells how often it is called, and gives a report."""
    CALLS.append(path.name)
    if report is not None:
        aside = (SetAside("one is closed", 1, 3),)
        report(NotedReport(path.name, Tally(3, aside)))
    return read_table(path, report=[].append).with_columns(extra=nw.lit(extra))


def backward(path: Path, *, engine: str) -> Frame:
    """A reader that gives the frames of an engine, those of pandas with an index of their own."""
    CALLS.append(path.name)
    frame = pd.read_csv(path, dtype={"region": "str"}).iloc[::-1]
    if engine == "pandas":
        return nw.from_native(frame).lazy()
    return nw.from_native(frame.reset_index(drop=True)).lazy(engine)


def touching(path: Path) -> Frame:
    """A reader whose file grows while it reads."""
    frame = read_table(path)
    with path.open("a", encoding="utf-8") as file:
        file.write("0058,3\n")
    return frame


def silent(path: Path) -> Frame:
    """A reader without a report, that fails when its frame is used."""
    return read_table(path).with_columns(nw.col("region").cast(nw.Int64))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    CALLS.clear()
    path = tmp_path / "zones.csv"
    path.write_text("region,employment\n0056,12\n0057,\n", encoding="utf-8")
    return path


def rows(frame: Frame) -> pd.DataFrame:
    found: pd.DataFrame = frame.collect("pyarrow").to_native().to_pandas()
    return found.sort_values(found.columns.tolist(), ignore_index=True)


@pytest.mark.parametrize("name", MADE)
def test_the_same_rows_types_and_report_as_the_reader(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"made.{'zip' if name == 'flores' else 'csv'}"
    MADE[name](path)
    reader, own = READERS[name], list[ReadingReport]()
    expected = reader(path, report=own.append)
    for _ in range(2):
        reports = list[ReadingReport]()
        found = cached(reader, path, folder=tmp_path / "kept", report=reports.append)
        assert reports == own
        assert [str(report) for report in reports] == [str(report) for report in own]
        assert found.collect_schema() == expected.collect_schema()
        pd.testing.assert_frame_equal(rows(found), rows(expected))


def test_files_by_name(tmp_path: Path) -> None:
    made = datasets.make_imdb(tmp_path / "imdb", works=40, people=30, seed=1)
    paths = {
        role: made / f"{name}.tsv.gz"
        for role, name in {
            "basics": "title.basics",
            "principals": "title.principals",
            "names": "name.basics",
        }.items()
    }
    own, reports = list[ReadingReport](), list[ReadingReport]()
    expected = read_imdb(**paths, report=own.append)
    for _ in range(2):
        found = cached(read_imdb, paths, folder=tmp_path / "kept", report=reports.append)
    assert reports == own * 2
    pd.testing.assert_frame_equal(rows(found), rows(expected))


def test_the_second_call_neither_reads_nor_runs_the_reader(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"{number:07d},{number % 97}\n" for number in range(300_000))
    table.write_text(f"region,employment\n{lines}", encoding="utf-8")
    about = table.stat()
    assert about.st_size > 3 << 20
    expected = rows(cached(counted, table, folder=tmp_path / "kept", report=print))
    with table.open("r+b") as file:  # what lies between both ends is not looked at again
        file.seek(about.st_size // 2)
        file.write(b"\xff" * 1_000)
    os.utime(table, ns=(about.st_atime_ns, about.st_mtime_ns))
    found = cached(counted, table, folder=tmp_path / "kept", report=print)
    pd.testing.assert_frame_equal(rows(found), expected)
    assert CALLS == ["zones.csv"]


@pytest.mark.parametrize("change", ["content", "time", "end", "name", "option"])
def test_what_changed_is_read_anew(table: Path, tmp_path: Path, change: str) -> None:
    first = rows(cached(counted, table, folder=tmp_path / "kept", report=print))
    about, options = table.stat(), {}
    if change == "content":
        table.write_text("region,employment\n0056,12\n0057,9\n0058,1\n", encoding="utf-8")
    elif change == "time":
        os.utime(table, ns=(about.st_atime_ns, about.st_mtime_ns + 1_000_000))
    elif change == "end":
        table.write_text("region,employment\n0056,12\n0058,\n", encoding="utf-8")
        os.utime(table, ns=(about.st_atime_ns, about.st_mtime_ns))
    elif change == "name":
        table = table.rename(tmp_path / "other.csv")
    else:
        options = {"extra": 3}
    second = rows(cached(counted, table, folder=tmp_path / "kept", report=print, **options))
    assert len(CALLS) == 2
    assert first.equals(second) == (change in ("time", "name"))


def test_equal_options_share_a_table(table: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for columns in (
        {"employment": "jobs", "region": "zone"},
        {"region": "zone", "employment": "jobs"},
    ):
        cached(read_table, table, folder=kept, columns=columns, numeric=("jobs",))
    cached(read_table, str(table), folder=kept, columns=columns, numeric=["jobs"])
    assert len(list(kept.glob("*.parquet"))) == 1


def test_the_report_is_delivered_or_warned_of_each_time(table: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.warns(
            ClusterstatsWarning, match=r"zones\.csv: rows 1 set aside: one is closed"
        ):
            cached(counted, table, folder=tmp_path / "kept")
    reports = list[ReadingReport]()
    cached(counted, table, folder=tmp_path / "kept", report=reports.append)
    assert reports == [NotedReport("zones.csv", Tally(3, (SetAside("one is closed", 1, 3),)))]
    assert CALLS == ["zones.csv"]


@pytest.mark.parametrize("engine", ["polars", "pandas"])
def test_the_engine_reads_what_is_kept(engine: str, table: Path, tmp_path: Path) -> None:
    for _ in range(2):
        found = cached(backward, table, folder=tmp_path / "kept", engine=engine)
        assert engine in str(type(found.to_native()))
        assert found.collect_schema().names() == ["region", "employment"]
        assert sorted(found.collect("pyarrow").rows()) == [("0056", 12.0), ("0057", None)]
    assert CALLS == ["zones.csv"]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*")) if folder.is_dir() else []


def test_an_interrupted_first_run_leaves_nothing(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(_: object, file: Path) -> None:
        Path(file).write_bytes(b"PAR1 half")
        raise KeyboardInterrupt("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(nw.LazyFrame, "sink_parquet", half)
        with pytest.raises(KeyboardInterrupt, match="stopped"):
            cached(read_table, table, folder=tmp_path / "kept")
    assert left(tmp_path / "kept") == []
    assert len(rows(cached(read_table, table, folder=tmp_path / "kept"))) == 2


def test_a_reading_that_fails_leaves_nothing(table: Path, tmp_path: Path) -> None:
    table.write_text("region,employment\n0056,many\n", encoding="utf-8")
    with pytest.raises(
        SourceError, match=r"zones\.csv, line 2, column 'employment': 'many' is not"
    ):
        cached(read_table, table, folder=tmp_path / "kept")
    table.write_text("region,employment\n2A04,1\n", encoding="utf-8")
    with pytest.raises(Exception, match="2A04"):
        cached(silent, table, folder=tmp_path / "kept")
    assert left(tmp_path / "kept") == []


def test_a_file_that_changes_meanwhile_is_not_kept(table: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"zones\.csv changed while it was read; read it again"):
        cached(touching, table, folder=tmp_path / "kept")
    assert left(tmp_path / "kept") == []


@pytest.mark.parametrize("damage", ["short", "empty", "report"])
def test_a_damaged_table_is_made_again(table: Path, tmp_path: Path, damage: str) -> None:
    expected = rows(cached(counted, table, folder=tmp_path / "kept", report=print))
    (kept,) = (tmp_path / "kept").glob("*.parquet")
    if damage == "report":
        kept.with_suffix(".json").unlink()
    else:
        kept.write_bytes(kept.read_bytes()[:-9] if damage == "short" else b"")
    found = cached(counted, table, folder=tmp_path / "kept", report=print)
    pd.testing.assert_frame_equal(rows(found), expected)
    assert len(CALLS) == 2


def test_reports_are_plain_text(table: Path, tmp_path: Path) -> None:
    cached(counted, table, folder=tmp_path / "kept", report=print)
    (beside,) = (tmp_path / "kept").glob("*.json")
    (report,) = json.loads(beside.read_text(encoding="utf-8"))
    assert report["kind"] == "NotedReport"
    assert report["rows"]["set_aside"][0]["reason"] == "one is closed"


def test_what_can_not_be_kept_is_refused(table: Path, tmp_path: Path) -> None:
    for reader in (partial(read_table, decimal=","), lambda path: read_table(path)):
        with pytest.raises(OptionError, match="has no name of its own; define it with def"):
            cached(reader, table, folder=tmp_path / "kept")
    with pytest.raises(OptionError, match=r"extra=<object .* can't be told from another object"):
        cached(counted, table, folder=tmp_path / "kept", extra=object())
    with pytest.raises(SourceError, match=r"zone\.csv does not exist; did you mean 'zones\.csv'"):
        cached(counted, tmp_path / "zone.csv", folder=tmp_path / "kept")
    with pytest.raises(TypeError, match="colour"):
        cached(counted, table, folder=tmp_path / "kept", colour="red")
    (tmp_path / "taken").write_text("")
    with pytest.raises(DatasetError, match="can't write to .*taken.*give another folder="):
        cached(counted, table, folder=tmp_path / "taken", report=print)
    assert left(tmp_path / "kept") == []


def test_the_cache_is_used_by_default(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERSTATS_CACHE", str(tmp_path / "cache"))
    cached(read_table, table)
    assert len(list((tmp_path / "cache" / "tables").glob("read_table-*.parquet"))) == 1
