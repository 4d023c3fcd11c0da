"""Paths that are no file to read: one sentence for each, from every reader."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

import clusterstats as cs
from tests.sources.malformed.goods import GOODS, Good, Read
from tests.sources.malformed.verdicts import one_sentence, refuses, same

READERS: tuple[tuple[Read, str], ...] = (
    *((good.read, good.file) for good in GOODS),
    (cs.read_department_workbook, "tcrd.xlsx"),
    (cs.read_table, "cells.parquet"),
    (cs.read_table, "cells.dta"),
    (cs.read_sirene, "stock.parquet"),
    (cs.read_sirene, "stock.zip"),
)
BY_FILE = [pytest.param(read, file, id=file) for read, file in READERS]


def folder(path: Path) -> None:
    path.mkdir()


def absent(path: Path) -> None:
    assert not path.exists()


def empty(path: Path) -> None:
    path.touch()


def broken_link(path: Path) -> None:
    path.symlink_to(path.with_name("gone"))


def link_to_itself(path: Path) -> None:
    path.symlink_to(path)


def pipe(path: Path) -> None:
    os.mkfifo(path)


WRONG: dict[Callable[[Path], None], str] = {
    folder: "is a folder; give the path of a file",
    absent: "does not exist; check the folder",
    empty: "is empty; download or export it again",
    broken_link: "does not exist; it is a link whose target is gone",
    link_to_itself: "does not exist; it is a link",
    pipe: "is not a file but a device or a pipe; copy",
}


@pytest.mark.parametrize("make", WRONG)
@pytest.mark.parametrize(("read", "file"), BY_FILE)
def test_no_file_to_read(
    read: Read, file: str, make: Callable[[Path], None], tmp_path: Path
) -> None:
    path = tmp_path / file
    make(path)
    refuses(read, path, WRONG[make])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
@pytest.mark.parametrize(("read", "file"), BY_FILE)
def test_a_file_without_permission(read: Read, file: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_bytes(b"region;employment\n")
    path.chmod(0)
    refuses(read, path, "may not be read by you; copy it")


@pytest.mark.parametrize("good", GOODS, ids=lambda good: good.name)
def test_names_that_engines_take_for_patterns(good: Good, tmp_path: Path) -> None:
    path = tmp_path / f"a[1]{{2}}*? 'b' FLORES2021{good.ending}"
    path.write_bytes(good.content)
    same(good, path)


@pytest.mark.parametrize("name", ["a\nb.csv", "a\rb.csv", os.fsdecode(b"a\xff.csv")])
def test_names_that_no_message_can_hold(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"region;employment\n01004;3\n")
    with pytest.raises(cs.errors.SourceError, match="rename the file") as caught:
        cs.read_table(path)
    assert str(caught.value).isprintable()


def test_a_name_too_long(tmp_path: Path) -> None:
    path = tmp_path / ("a" * 300 + ".csv")
    with pytest.raises(cs.errors.SourceError, match="can't be opened .*; give another path"):
        cs.read_table(path)


def test_a_nearby_name_is_offered(tmp_path: Path) -> None:
    (tmp_path / "urssaf_2022.csv").touch()
    path = tmp_path / "urssaf_2O22.csv"
    message = refuses(cs.read_urssaf, path, "did you mean 'urssaf_2022.csv'?")
    one_sentence(message, path)
