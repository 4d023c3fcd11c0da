"""Parquet that is cut, renamed, or holds another type than its column should."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clusterstats as cs
from tests.sources.malformed.goods import CBP, SIRENE, TABLE, Good, Read, expected, reading
from tests.sources.malformed.verdicts import refuses

TYPES: dict[str, list[object]] = {
    "letters": ["abc", "2"],
    "lists": [[1], [2]],
    "records": [{"a": 1}, {"a": 2}],
    "truth": [True, False],
    "dates": [dt.date(2020, 1, 1), dt.date(2020, 1, 2)],
    "infinity": [math.inf, 2.0],
    "a large negative infinity": [-math.inf, 2.0],
}
TABLE_COLUMNS = {"region": ["0056", "2815"], "employment": [1.5, 2.0], "year": [2022, 2022]}
CBP_COLUMNS = {"msa": ["10100", "10180"], "naics": ["51----"] * 2, "emp": [1, 2], "est": [3, 4]}
read_cbp = partial(cs.read_cbp, level=2)


def stored(columns: dict[str, list[object]]) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table({name: pa.array(v) for name, v in columns.items()}), content)
    return content.getvalue()


def of_text(good: Good) -> bytes:
    """The good file, every column as text."""
    names, *rows = (line.split(good.delimiter) for line in good.lines)
    columns = zip(names, zip(*rows, strict=True), strict=True)
    return stored({name: [value or None for value in values] for name, values in columns})


@pytest.mark.parametrize("good", [SIRENE, CBP, TABLE], ids=lambda good: good.name)
def test_the_good_file_as_parquet(good: Good, tmp_path: Path) -> None:
    path = tmp_path / "good.parquet"
    path.write_bytes(of_text(good))
    rows, report = reading(good.read, path)
    assert rows == expected(good)[0]
    assert report.rows == expected(good)[1].rows


def flipped(content: bytes) -> bytes:
    """With a byte changed in the head of the first page."""
    changed = bytearray(content)
    changed[40] ^= 0xFF
    return bytes(changed)


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "without its footer": lambda content: content[:-20],
    "cut in half": lambda content: content[: len(content) // 2],
    "text": lambda content: b"region;employment\n1;2\n",
    "its mark alone": lambda content: b"PAR1",
    "its two marks": lambda content: b"PAR1PAR1",
    "marks around nothing": lambda content: b"PAR1" + bytes(40) + b"PAR1",
    "a footer that is too long": lambda content: content[:-8] + b"\xff\xff\xff\x7fPAR1",
    "in gzip": gzip.compress,
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("good", [SIRENE, CBP, TABLE], ids=lambda good: good.name)
def test_what_is_no_parquet(good: Good, name: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.parquet"
    path.write_bytes(WRONG[name](of_text(good)))
    refuses(good.read, path, "can't be read as a Parquet file")


def test_a_damaged_page(tmp_path: Path) -> None:
    path = tmp_path / "flipped.parquet"
    path.write_bytes(flipped(stored(TABLE_COLUMNS)))
    refuses(cs.read_table, path)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize(
    ("read", "columns", "column"),
    [
        pytest.param(cs.read_table, TABLE_COLUMNS, "employment", id="table-real"),
        pytest.param(cs.read_table, TABLE_COLUMNS, "year", id="table-whole"),
        pytest.param(read_cbp, CBP_COLUMNS, "emp", id="cbp"),
    ],
)
def test_a_count_of_another_type(
    read: Read, columns: dict[str, list[object]], column: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "types.parquet"
    path.write_bytes(stored(columns | {column: TYPES[name]}))
    refuses(read, path, f"column {column!r}")


@pytest.mark.parametrize("values", [[["01"], ["02"]], [{"a": 1}, {"a": 2}]])
def test_a_code_that_is_a_list_or_a_record(values: list[object], tmp_path: Path) -> None:
    path = tmp_path / "nested.parquet"
    path.write_bytes(stored(TABLE_COLUMNS | {"region": values}))
    refuses(cs.read_table, path, "column 'region'", "lists or records; keep one value a row")


@pytest.mark.parametrize("year", [2**63 + 5, 10**16, 2022.5])
def test_a_year_that_cannot_be(year: float, tmp_path: Path) -> None:
    path = tmp_path / "years.parquet"
    array = pa.array([year, 1], pa.uint64() if isinstance(year, int) else pa.float64())
    table = pa.table({"region": pa.array(["01", "02"]), "year": array})
    pq.write_table(table, path)
    refuses(cs.read_table, path, "row 1", "column 'year'")


def test_counts_and_codes_as_reals_are_those_of_the_text(tmp_path: Path) -> None:
    """As pandas writes whole numbers beside a missing one: 1.0, NaN."""
    path = tmp_path / "reals.parquet"
    path.write_bytes(stored(CBP_COLUMNS | {"msa": [10100.0, 10180.0], "emp": [1.0, math.nan]}))
    rows, _ = reading(read_cbp, path)
    assert [(row["region"], row["employment"]) for row in rows] == [("10100", 1.0), ("10180", None)]


def test_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    pq.write_table(pa.table({"region": pa.array([], pa.string())}), path)
    refuses(cs.read_table, path, "a header without rows; export")


@pytest.mark.parametrize("names", [("region", "region"), ("region", "Region")])
def test_two_columns_of_a_name(names: tuple[str, str], tmp_path: Path) -> None:
    path = tmp_path / "twins.parquet"
    pq.write_table(pa.table([pa.array(["a"]), pa.array(["b"])], names=list(names)), path)
    refuses(cs.read_table, path, repr(names[1]))
