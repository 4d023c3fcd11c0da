"""Files as INSEE's FLORES, long since 2022 and wide before, with totals and secrecy."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from clusterstats.datasets._make._flores_long import write_long
from clusterstats.datasets._make._flores_rows import (
    LEVELS,
    SIZES,
    STREAM,
    Cells,
    Plan,
    draw,
    industries,
)
from clusterstats.datasets._make._flores_wide import WIDE_LEVELS, WIDE_YEARS, write_wide
from clusterstats.datasets._make._plant import places
from clusterstats.datasets._make._writing import new_files, require_count
from clusterstats.errors import OptionError, require_choice

__all__ = ["flores_truth", "make_flores"]

HOMES = 3
Level: TypeAlias = Literal["A17", "A38", "A88"]
Layout: TypeAlias = Literal["long", "wide"]


def make_flores(
    path: str | Path,
    *,
    communes: int = 500,
    year: int | None = None,
    seed: int,
    layout: Layout = "long",
    level: Level = "A17",
) -> Path:
    """Make a file as INSEE's FLORES, of any size, with known counts.

    Use it to try a reader where the truth is known: `flores_truth` gives it.

    Parameters
    ----------
    path : str or Path
        The zip file to write, replaced if it is there.
    communes : int
        How many; their codes are made up, at most 85 000.
    year : int, optional
        Year of the counts, 2022 or later for the long layout, 2017 to 2021 for the wide.
        Without it, 2024 or 2021.
    seed : int
        The same arguments and seed give the same bytes.
    layout : {"long", "wide"}
        A line a value, or a line a commune with a column an industry and size.
    level : {"A17", "A38", "A88"}
        The industries. A88 has no size classes, and no households (97, 98) as employers; A38
        is for the long layout only.

    Returns
    -------
    pathlib.Path
        The zip file. Long: ``DS_FLORES_A17_YYYY_data.csv`` and ``..._metadata.csv``, every
        field quoted, LF; for 2022 both without the year, in a zip in the zip. Wide:
        ``TD_FLORESYYYY_NA17_TREF_NBETAB.csv`` (establishments), ``..._NBSAL.csv`` (jobs), or
        ``..._NA88_...``, and a ``meta_...`` of each, CRLF; give `read_flores` its ``member``.
        UTF-8, ``;``.

    Raises
    ------
    OptionError
        A size, the year, the layout or the level can't be used.

    See Also
    --------
    flores_truth : The counts that were planted.

    Notes
    -----
    Long: lines are of communes (COM), départements (DEP) and France (``FM`` and ``F``, equal
    here), each with totals ``_T`` of industries and sizes. Where a commune has no establishment
    of an industry and size the line is omitted, the total of an industry is an observed 0.
    Secret cells are ``K`` with a blank value, jobs only; some are ``W``. ``E0`` has no line of
    jobs. Wide: communes only; nothing is omitted, secret jobs are blank, nothing says ``W``;
    of the names by size only ``ET_AZ_0sal`` is known to be INSEE's. INSEE publishes each table
    in its own zip.

    The first industry and every fifth from it is concentrated in three communes.

    Examples
    --------
    >>> import pathlib, tempfile, zipfile
    >>> from clusterstats.datasets import make_flores
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = make_flores(pathlib.Path(folder, "f.zip"), communes=2, seed=1)
    ...     print(zipfile.ZipFile(path).namelist())
    ['DS_FLORES_A17_2024_data.csv', 'DS_FLORES_A17_2024_metadata.csv']
    """
    require_choice("layout", layout, ("long", "wide"))
    plan, path = _plan(communes, _year(year, layout), level, seed), Path(path)
    if layout == "wide":
        require_choice("level", level, WIDE_LEVELS)
    with new_files(path) as (draft,), zipfile.ZipFile(draft, "w") as archive:
        (write_wide if layout == "wide" else write_long)(archive, plan)
    return path


def flores_truth(
    *, communes: int = 500, year: int | None = None, seed: int, level: Level = "A17"
) -> pd.DataFrame:
    """Give the counts that `make_flores` plants with the same arguments and seed.

    Parameters
    ----------
    communes : int
        As given to `make_flores`.
    year : int, optional
        As given to `make_flores`; the counts are the same in all.
    seed : int
        As given to `make_flores`.
    level : {"A17", "A38", "A88"}
        As given to `make_flores`.

    Returns
    -------
    pandas.DataFrame
        Cells with an establishment, key (region, industry, size), sorted: ``establishments``,
        ``employment`` (also where the file hides it) and ``status``: observed or suppressed.

    Examples
    --------
    >>> from clusterstats.datasets import flores_truth
    >>> flores_truth(communes=2, seed=1).columns.tolist()
    ['region', 'industry', 'size', 'establishments', 'employment', 'status']
    """
    plan = _plan(communes, 2024 if year is None else year, level, seed)
    whole = pd.concat([_tidy(plan, draw(plan, number)) for number in range(plan.chunks)])
    return whole.sort_values(["region", "industry", "size"], ignore_index=True)


def _year(year: int | None, layout: Layout) -> int:
    first, last = WIDE_YEARS
    if layout == "wide":
        if year is not None and not first <= year <= last:
            raise OptionError(f"year={year!r}: the wide layout is of {first} to {last}")
        return last if year is None else year
    if year is not None and not last < year <= 9999:
        raise OptionError(f"year={year!r}: this layout begins in {last + 1}")
    return 2024 if year is None else year


def _plan(communes: int, year: int, level: Level, seed: int) -> Plan:
    require_count("seed", seed, least=0)
    require_choice("level", level, LEVELS)
    rng = np.random.default_rng([seed, STREAM])
    where = places(communes, len(industries(level)), rng)
    homes = np.full((len(where.industries), min(HOMES, communes)), -1)
    for at in range(0, len(homes), 5):
        homes[at] = rng.choice(communes, size=homes.shape[1], replace=False)
    return Plan(where.communes, level, year, seed, where.pull, where.share, homes)


def _tidy(plan: Plan, cells: Cells) -> pd.DataFrame:
    commune, industry, size = np.nonzero(cells.establishments)
    status = np.array(["observed", "suppressed"], object)
    return pd.DataFrame(
        {
            "region": np.array(plan.communes, object)[cells.first + commune],
            "industry": np.array(plan.industries, object)[industry],
            "size": np.array(SIZES, object)[size],
            "establishments": cells.establishments[commune, industry, size],
            "employment": cells.employment[commune, industry, size],
            "status": status[cells.is_secret[commune, industry].astype(int)],
        }
    )
