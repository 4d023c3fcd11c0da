"""One pass over SIRENE's stock: bad values, reasons, notes and repeated SIRETs."""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import duckdb
import narwhals.stable.v2 as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clusterstats.errors import SourceError
from clusterstats.sources._checks import Key, broken, repeated
from clusterstats.sources._guards import guarded
from clusterstats.sources._origin import Frame, Origin
from clusterstats.sources._sirene import guards, is_odd, notes, odd, rules
from clusterstats.sources._sirene_stock import Stock
from clusterstats.sources._text import diagnose

__all__ = ["surveyed"]

SIRET = 14


def surveyed(origin: Origin, layout: Mapping[str, str], stock: Stock) -> dict[str, int]:
    """Check every row; count ``rows``, those of each reason, and of the rest of each note."""
    frame = guarded(origin.frame, guards(layout), origin.name, "duckdb")
    reasons, noted = stock.reasons(), notes(layout)
    marks = {**reasons, **noted, "odd": is_odd(layout)}
    try:
        found, keys = _collected(_marked(frame, layout["siret"], list(marks.values())))
    except (duckdb.Error, pa.ArrowException) as error:
        raise _explained(origin, layout, error) from error
    if not found:
        raise origin.error("a header without rows; export the file again")
    counts = {name: _count(found, 1 << bit) for bit, name in enumerate(marks)}
    if counts["odd"]:
        raise odd(origin, layout)
    if not _is_unique(keys):
        raise repeated(origin, Key((layout["siret"],), SIRET))
    aside = (1 << len(reasons)) - 1
    kept = Counter({mark: count for mark, count in found.items() if not mark & aside})
    of_kept = {name: _count(kept, 1 << list(marks).index(name)) for name in noted}
    return {**counts, **of_kept, "rows": found.total()}


def _marked(frame: Frame, siret: str, marks: list[nw.Expr]) -> Any:
    """The SIRET of each row as a number, and its marks as bits."""
    bits = {f"bit {bit}": mark.fill_null(False) for bit, mark in enumerate(marks)}
    packed = " + ".join(f'"bit {bit}"::INT * {1 << bit}' for bit in range(len(marks)))
    key = nw.col(siret).cast(nw.Int64)
    return frame.select(key=key, **bits).to_native().project(f"key, {packed} AS marks")


def _collected(relation: Any) -> tuple[Counter[int], list[Any]]:
    """How often each combination of marks is there, and the keys in their order."""
    found: Counter[int] = Counter()
    keys = []
    arrow: Any = pc
    for batch in pa.RecordBatchReader.from_stream(relation):
        marks, counts = arrow.value_counts(batch.column("marks")).flatten()
        for mark, count in zip(marks.to_pylist(), counts.to_pylist(), strict=True):
            found[mark] += count
        keys.append(batch.column("key").to_numpy())
    return found, keys


def _count(found: Counter[int], bit: int) -> int:
    return sum(count for mark, count in found.items() if mark & bit)


def _explained(origin: Origin, layout: Mapping[str, str], error: Exception) -> SourceError:
    """Find the line: of a bad value if that is what stopped the engine, else of a cut row."""
    is_bad = "check=" in str(error)
    return broken(origin, rules(layout)) if is_bad else diagnose(origin, error)


def _is_unique(chunks: list[Any]) -> bool:
    """Whether no key is there twice: seen at once where they ascend, as in INSEE's files."""
    filled = [chunk for chunk in chunks if len(chunk)]
    if all((chunk[1:] > chunk[:-1]).all() for chunk in filled) and all(
        one[-1] < two[0] for one, two in pairwise(filled)
    ):
        return True
    keys = np.concatenate(filled)
    keys.sort()
    return bool((keys[1:] != keys[:-1]).all())
