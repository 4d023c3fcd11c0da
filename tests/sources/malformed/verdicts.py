"""The only three ends that reading a malformed file may have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clusterstats.errors import ClusterstatsError, OptionError, SourceError, TableError
from tests.sources.malformed.goods import Good, Read, Row, expected, reading

__all__ = ["counted", "one_sentence", "refuses", "same"]

ENGINE = re.compile(
    r"duckdb|traceback|errno|calamine|pyarrow|narwhals|zipfile|\w(Error|Exception)\b|\b\w+ Error:"
    r"|Possible (fixes|solution)|auto_?detect|sniff|\bDEBUG\b|magic (number|bytes)|0x7f",
    re.IGNORECASE,
)
REMEDY = re.compile(
    r"(; |, or |\bdid you mean\b).*\b(add|check|choose|close|copy|correct|did you mean|double|"
    r"download|export|give|keep|leave|look|put|read|remove|rename|save|split|take|unpack|use)\b"
)


def refuses(read: Read, path: Path, *says: str) -> str:
    """An error of this package, whose message helps; nothing is left behind."""
    before = sorted(path.parent.iterdir())
    with pytest.raises(ClusterstatsError) as caught:
        read(path, report=lambda report: None).collect()
    assert isinstance(caught.value, SourceError | OptionError | TableError)
    message = str(caught.value)
    one_sentence(message, path)
    for part in says:
        assert part in message
    assert sorted(path.parent.iterdir()) == before
    return message


def one_sentence(message: str, path: Path, *others: str) -> None:
    """One line that names the file, or one of `others`, and a remedy, in our own words."""
    assert len(message.splitlines()) == 1
    assert message.isprintable()
    assert len(message) < 600
    assert any(name in message for name in (path.name, *others))
    assert str(path.parent) not in message
    assert not ENGINE.search(message)
    assert REMEDY.search(message)


def same(good: Good, path: Path, text: str | None = None) -> None:
    """The table of the good file, and an account of the same rows."""
    counted(good, path, 0, text)


def counted(good: Good, path: Path, more: int, text: str | None = None) -> None:
    """The table of the good file; rows more are read and counted as set aside.

    `text` is what the free text of the target line has become.
    """
    before = sorted(path.parent.iterdir())
    rows, report = reading(good.read, path)
    wanted, account = expected(good)
    more_columns = rows[0].keys() - wanted[0].keys()
    assert all(row.pop(name) is None for row in rows for name in more_columns)
    assert rows == (wanted if text is None else _renamed(wanted, good.value(good.text), text))
    assert report.rows.read == account.rows.read + more
    assert report.rows.kept == account.rows.kept
    assert sum(part.count for part in report.rows.set_aside) == more
    assert all(part.first_line > 0 for part in report.rows.set_aside)
    assert sorted(path.parent.iterdir()) == before


def _renamed(rows: list[Row], old: str, new: str) -> list[Row]:
    changed = ({name: new if v == old else v for name, v in row.items()} for row in rows)
    return sorted(changed, key=repr)
