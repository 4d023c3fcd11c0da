"""Files as INSEE's FLORES since 2022: one long table in a zip, with totals and secrecy."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clusterstats.datasets._load import load
from clusterstats.datasets._make._flores_rows import (
    SIZES,
    STREAM,
    Cells,
    Plan,
    draw,
    industries,
)
from clusterstats.datasets._make._plant import departments, places
from clusterstats.datasets._make._writing import (
    Array,
    delimited,
    label,
    labels,
    new_files,
    require_count,
    text,
)
from clusterstats.errors import OptionError

__all__ = ["flores_truth", "make_flores"]

HEADER = (
    "GEO;GEO_OBJECT;ACTIVITY;NUMBER_EMPL;LEGAL_FORM_WITH_PUBLIC;FLORES_MEASURE;OBS_STATUS;"
    "TIME_PERIOD;OBS_VALUE"
)
MEASURES = ("UNIT_LOC", "EMPL3112")
OBSERVED, SECRET, ATTACHED = range(3)
HOMES = 3


def make_flores(path: str | Path, *, communes: int = 500, year: int = 2024, seed: int) -> Path:
    """Make a file as INSEE's FLORES by A17 and size since 2022, with known counts.

    Use it to try a reader where the truth is known: `flores_truth` gives it.

    Parameters
    ----------
    path : str or Path
        The zip file to write, replaced if it is there.
    communes : int
        How many; their codes are made up, at most 85 000.
    year : int
        Year of the counts, 2022 or later.
    seed : int
        The same arguments and seed give the same bytes.

    Returns
    -------
    pathlib.Path
        The zip file: ``DS_FLORES_A17_YYYY_data.csv`` and ``..._metadata.csv``; UTF-8, ``;``,
        every field quoted.

    Raises
    ------
    OptionError
        A size or the year can't be used.

    See Also
    --------
    flores_truth : The counts that were planted.

    Notes
    -----
    Lines are of communes (COM), départements (DEP) and France (``FM`` and ``F``, equal here),
    each with totals ``_T`` of industries and sizes. Where a commune has no establishment of an
    industry and size the line is omitted, the total of an industry is an observed 0. Secret
    cells are ``K`` with a blank value, jobs only; some are ``W``. ``E0`` has no line of jobs.
    The first item of A17 and every fifth from it is concentrated in three communes.

    Examples
    --------
    >>> import pathlib, tempfile, zipfile
    >>> from clusterstats.datasets import make_flores
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = make_flores(pathlib.Path(folder, "f.zip"), communes=2, seed=1)
    ...     print(zipfile.ZipFile(path).namelist())
    ['DS_FLORES_A17_2024_data.csv', 'DS_FLORES_A17_2024_metadata.csv']
    """
    plan, path = _plan(communes, year, seed), Path(path)
    stem = f"DS_FLORES_A17_{year}"
    with new_files(path) as (draft,), zipfile.ZipFile(draft, "w") as archive:
        with archive.open(_entry(f"{stem}_data.csv"), "w", force_zip64=True) as file:
            file.write(_quoted(HEADER.split(";")))
            wider: dict[str, Array] = {}
            for number in range(plan.chunks):
                cells = draw(plan, number)
                file.write(_communes(plan, cells))
                _add(wider, plan, cells)
            file.write(_wider(plan, wider))
        archive.writestr(_entry(f"{stem}_metadata.csv"), _metadata())
    return path


def flores_truth(*, communes: int = 500, year: int = 2024, seed: int) -> pd.DataFrame:
    """Give the counts that `make_flores` plants with the same arguments and seed.

    Parameters
    ----------
    communes : int
        As given to `make_flores`.
    year : int
        As given to `make_flores`.
    seed : int
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
    plan = _plan(communes, year, seed)
    whole = pd.concat([_tidy(plan, draw(plan, number)) for number in range(plan.chunks)])
    return whole.sort_values(["region", "industry", "size"], ignore_index=True)


def _plan(communes: int, year: int, seed: int) -> Plan:
    require_count("seed", seed, least=0)
    if not 2022 <= year <= 9999:
        raise OptionError(f"year={year!r}: this layout begins in 2022")
    rng = np.random.default_rng([seed, STREAM])
    where = places(communes, len(industries()), rng)
    homes = np.full((len(where.industries), min(HOMES, communes)), -1)
    for at in range(0, len(homes), 5):
        homes[at] = rng.choice(communes, size=homes.shape[1], replace=False)
    return Plan(where.communes, year, seed, where.pull, where.share, homes)


def _tidy(plan: Plan, cells: Cells) -> pd.DataFrame:
    commune, industry, size = np.nonzero(cells.establishments)
    status = np.array(["observed", "suppressed"], object)
    return pd.DataFrame(
        {
            "region": np.array(plan.communes, object)[cells.first + commune],
            "industry": np.array(industries(), object)[industry],
            "size": np.array(SIZES, object)[size],
            "establishments": cells.establishments[commune, industry, size],
            "employment": cells.employment[commune, industry, size],
            "status": status[cells.is_secret[commune, industry].astype(int)],
        }
    )


def _totalled(counts: Array) -> Array:
    """Add the total of sizes, then the total of industries."""
    with_size = np.concatenate([counts, counts.sum(axis=2, keepdims=True)], axis=2)
    return np.concatenate([with_size, with_size.sum(axis=1, keepdims=True)], axis=1)


def _communes(plan: Plan, cells: Cells) -> bytes:
    codes = plan.communes[cells.first : cells.first + len(cells.establishments)]
    status = np.where(cells.is_secret, SECRET, np.where(cells.is_attached, ATTACHED, OBSERVED))
    status = np.pad(status, ((0, 0), (0, 1)), constant_values=OBSERVED)
    return _table(plan, codes, ["COM"] * len(codes), cells, status)


def _add(wider: dict[str, Array], plan: Plan, cells: Cells) -> None:
    """Add communes to their département."""
    both = np.stack([cells.establishments, cells.employment])
    for at in range(both.shape[1]):
        department = plan.communes[cells.first + at][:2]
        wider[department] = wider.get(department, 0) + both[:, at]


def _wider(plan: Plan, wider: dict[str, Array]) -> bytes:
    known = [code for code in departments()["department"] if code in wider]
    whole = sum(wider.values())
    counts = np.stack([*(wider[code] for code in known), whole, whole])
    no_secret = np.zeros((len(counts), counts.shape[2]), bool)
    cells = Cells(0, counts[:, 0], counts[:, 1], no_secret, no_secret)
    status = np.zeros((len(counts), counts.shape[2] + 1), np.int64)
    levels = ["DEP"] * len(known) + ["FRANCE"] * 2
    return _table(plan, [*known, "FM", "F"], levels, cells, status)


def _table(plan: Plan, geo: list[str], level: list[str], cells: Cells, status: Array) -> bytes:
    """Write the lines of some places: establishments, then jobs, by place."""
    counts = np.stack([_totalled(cells.establishments), _totalled(cells.employment)], axis=1)
    is_written = np.broadcast_to((counts[:, :1] > 0), counts.shape).copy()
    is_written[:, :, :, -1] = True
    is_written[:, 1, :, 0] = False
    place, measure, industry, size = np.nonzero(is_written)
    state = np.where(
        (measure == 0) & (status[place, industry] == SECRET), OBSERVED, status[place, industry]
    )
    many = len(place)
    columns: list[Any] = [
        label([f'"{code}' for code in geo], place),
        label(level, place),
        label([*industries(), "_T"], industry),
        label([*SIZES, "_T"], size),
        labels("1T9X7", many),
        label(MEASURES, measure),
        label(("A", "K", "W"), state),
        labels(str(plan.year), many),
        text(counts[place, measure, industry, size], missing=state == SECRET),
    ]
    return delimited(columns, '";"', end='"\n', quote=False)


def _quoted(values: list[str]) -> bytes:
    return (";".join(f'"{value}"' for value in values) + "\n").encode()


def _metadata() -> bytes:
    every = load("naf_rev2_labels")
    said = every[every["level"] == "a17"].set_index("code")["label_fr"]
    rows = [["ACTIVITY", "Activité", code, said[code]] for code in industries()]
    names = ["COD_VAR", "LIB_VAR", "COD_MOD", "LIB_MOD"]
    return b"".join(_quoted(row) for row in [names, *rows])


def _entry(name: str) -> zipfile.ZipInfo:
    """Describe a member without a date of today."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
