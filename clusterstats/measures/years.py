"""Which years of a table are compared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from clusterstats.errors import OptionError, TableError, require_choice

__all__ = ["ends", "steps"]


def ends(axis: pd.Index[Any], years: tuple[Any, Any] | None) -> tuple[int, int]:
    """Places of the earlier and the later year; those of the first and the last if not given."""
    listed = axis.tolist()
    if years is None:
        return 0, len(listed) - 1
    if not isinstance(years, tuple | list) or len(years) != 2:
        raise OptionError(f"years={years!r} is not a pair; use years=(earlier, later)")
    for year in years:
        require_choice("years", year, listed)
    first, last = (listed.index(year) for year in years)
    if first >= last:
        raise OptionError(f"years={years!r} are not in order; use years=(earlier, later)")
    return first, last


def steps(
    axis: pd.Index[Any] | None, years: tuple[Any, Any] | None, name: str
) -> list[tuple[int, int]]:
    """Places of the two years asked for; of each year and the next if not given."""
    if axis is None or len(axis) < 2:
        raise TableError(f"{name} needs two years; give cells with a column 'year'")
    if years is None:
        return [(k, k + 1) for k in range(len(axis) - 1)]
    return [ends(axis, years)]
