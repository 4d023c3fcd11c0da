"""Several measures of one table, whose keys are coded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.inference.options import Inference
from clusterstats.measures.declaration import REGISTRY
from clusterstats.tables import Grid
from clusterstats.tables.frames import as_lazy

__all__ = ["measure"]

KEYS = ("year", "year2", "region", "region2", "industry", "industry2", "component")
Asked = str | tuple[str, Mapping[str, Any]]


def measure(
    table: IntoTable,
    measures: Iterable[Asked],
    *,
    value: str = "employment",
    inference: Inference | None = None,
) -> pd.DataFrame:
    """Compute several measures of a table in one go, as one long tidy frame.

    Use it for national tables, where checking the table and coding its keys takes longer than
    the arithmetic: both are done once.

    Parameters
    ----------
    table : frame
        Cells (region, industry[, year]) or establishments, in any engine; or regions alone, for
        measures that take those.
    measures : iterable of str or (str, mapping)
        Names of measures, each alone or with its options:
        ``["herfindahl", ("location_quotient", {"form": "log"})]``.
    value : str
        Column that all measure, but for those whose options name another.
    inference : Inference, optional
        One method for all, but for those whose options name another; each must allow it.

    Returns
    -------
    DataFrame
        Key columns (``year``, ``region``, ``industry``, ... that any of them has; blank where a
        measure has no such key), ``measure``, ``estimate`` and the inference columns, measure
        after measure in the order asked. ``attrs["definition"]`` has a line for each.

    Raises
    ------
    OptionError
        A name is unknown, none is given, or a measure does not take the options.
    TableError
        As in the measures.

    Examples
    --------
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
    ...                      "employment": [50, 50, 0, 10]})
    >>> cs.measure(jobs, ["herfindahl", "hoover_concentration"])[
    ...     ["region", "industry", "measure", "estimate"]
    ... ].round(3)
      region industry               measure  estimate
    0      A      NaN            herfindahl     0.500
    1      B      NaN            herfindahl     1.000
    2    NaN     film  hoover_concentration     0.091
    3    NaN    other  hoover_concentration     0.076
    """
    asked = [(one, {}) if isinstance(one, str) else one for one in measures]
    if not asked:
        raise OptionError("measures= is empty; name at least one measure")
    for name, _ in asked:
        require_choice("measure", name, sorted(REGISTRY))
    coded = _coded(table, value)
    results = [
        REGISTRY[name].door(coded, **{"value": value, "inference": inference, **options})
        for name, options in asked
    ]
    return _joined(results)


def _coded(table: IntoTable, value: str) -> IntoTable:
    """The table with its keys coded; one of regions alone, without industries, as it is."""
    if isinstance(table, Grid) or "industry" in as_lazy(table).collect_schema().names():
        return Grid.of(table, (value,))
    return table


def _joined(results: list[pd.DataFrame]) -> pd.DataFrame:
    """One frame, key columns first, each attribute a line for each measure."""
    keys = [key for key in KEYS if any(key in result for result in results)]
    columns = dict.fromkeys(name for result in results for name in result if name not in keys)
    attributes = {
        name: "\n".join(str(result.attrs[name]) for result in results if name in result.attrs)
        for name in dict.fromkeys(name for result in results for name in result.attrs)
    }
    bare = [result.copy(deep=False) for result in results]
    for one in bare:
        one.attrs = {}
    whole = pd.concat(bare, ignore_index=True)[[*keys, *columns]]
    whole.attrs = attributes
    return whole
