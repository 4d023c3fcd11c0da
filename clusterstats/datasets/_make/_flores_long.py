"""The long layout of FLORES, since 2022: a line a value, with totals, statuses and secrecy."""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np

from clusterstats.datasets._load import load
from clusterstats.datasets._make._flores_rows import SIZES, Cells, Plan, draw, entry
from clusterstats.datasets._make._plant import departments
from clusterstats.datasets._make._writing import Array, delimited, label, labels, text

__all__ = ["NESTED_YEAR", "write_long"]

NESTED_YEAR = 2022
"""The first year, whose file is a zip in the zip and does not say its year in its name."""
HEADER = (
    "GEO;GEO_OBJECT;ACTIVITY;NUMBER_EMPL;LEGAL_FORM_WITH_PUBLIC;FLORES_MEASURE;OBS_STATUS;"
    "TIME_PERIOD;OBS_VALUE"
)
SIZE_COLUMN = 3
MEASURES = ("UNIT_LOC", "EMPL3112")
OBSERVED, SECRET, ATTACHED = range(3)


def write_long(archive: zipfile.ZipFile, plan: Plan) -> None:
    """Write the table and its metadata; those of 2022 in a zip within the zip."""
    if plan.year != NESTED_YEAR:
        _write(archive, plan, f"DS_FLORES_{plan.level}_{plan.year}")
        return
    stem = f"DS_FLORES_{plan.level}"
    inside = entry(f"{stem}_CSV_FR.zip")
    inside.compress_type = zipfile.ZIP_STORED
    with archive.open(inside, "w", force_zip64=True) as file, zipfile.ZipFile(file, "w") as inner:
        _write(inner, plan, stem)


def _write(archive: zipfile.ZipFile, plan: Plan, stem: str) -> None:
    with archive.open(entry(f"{stem}_data.csv"), "w", force_zip64=True) as file:
        file.write(_quoted(_shown(plan, HEADER.split(";"))))
        wider: dict[str, Array] = {}
        for number in range(plan.chunks):
            cells = draw(plan, number)
            file.write(_communes(plan, cells))
            _add(wider, plan, cells)
        file.write(_wider(plan, wider))
    archive.writestr(entry(f"{stem}_metadata.csv"), _metadata(plan))


def _shown(plan: Plan, columns: list[Any]) -> list[Any]:
    """Leave the size out of the columns where the level has none."""
    return columns if plan.has_sizes else columns[:SIZE_COLUMN] + columns[SIZE_COLUMN + 1 :]


def _communes(plan: Plan, cells: Cells) -> bytes:
    codes = cells.codes(plan)
    status = np.where(cells.is_secret, SECRET, np.where(cells.is_attached, ATTACHED, OBSERVED))
    status = np.pad(status, ((0, 0), (0, 1)), constant_values=OBSERVED)
    return _table(plan, codes, ["COM"] * len(codes), cells, status)


def _add(wider: dict[str, Array], plan: Plan, cells: Cells) -> None:
    """Add communes to their département."""
    both = np.stack([cells.establishments, cells.employment])
    for at, code in enumerate(cells.codes(plan)):
        wider[code[:2]] = wider.get(code[:2], 0) + both[:, at]


def _wider(plan: Plan, wider: dict[str, Array]) -> bytes:
    known = [code for code in departments()["department"] if code in wider]
    whole = sum(wider.values())
    counts = np.stack([*(wider[code] for code in known), whole, whole])
    no_secret = np.zeros((len(counts), counts.shape[2]), bool)
    cells = Cells(0, counts[:, 0], counts[:, 1], no_secret, no_secret)
    status = np.zeros((len(counts), counts.shape[2] + 1), np.int64)
    levels = ["DEP"] * len(known) + ["FRANCE"] * 2
    return _table(plan, [*known, "FM", "F"], levels, cells, status)


def _totalled(counts: Array) -> Array:
    """Add the total of sizes, then the total of industries."""
    with_size = np.concatenate([counts, counts.sum(axis=2, keepdims=True)], axis=2)
    return np.concatenate([with_size, with_size.sum(axis=1, keepdims=True)], axis=1)


def _table(plan: Plan, geo: list[str], level: list[str], cells: Cells, status: Array) -> bytes:
    """Write the lines of some places: establishments, then jobs, by place."""
    counts = np.stack([_totalled(cells.establishments), _totalled(cells.employment)], axis=1)
    is_written = np.broadcast_to((counts[:, :1] > 0) & plan.has_sizes, counts.shape).copy()
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
        label([*plan.industries, "_T"], industry),
        label([*SIZES, "_T"], size),
        labels("1T9X7", many),
        label(MEASURES, measure),
        label(("A", "K", "W"), state),
        labels(str(plan.year), many),
        text(counts[place, measure, industry, size], missing=state == SECRET),
    ]
    return delimited(_shown(plan, columns), '";"', end='"\n', quote=False)


def _metadata(plan: Plan) -> bytes:
    every = load("naf_rev2_labels")
    said = every[every["level"] == plan.level.lower()].set_index("code")["label_fr"]
    rows = [["ACTIVITY", "Activité", code, said[code]] for code in plan.industries]
    names = ["COD_VAR", "LIB_VAR", "COD_MOD", "LIB_MOD"]
    return b"".join(_quoted(row) for row in [names, *rows])


def _quoted(values: list[str]) -> bytes:
    return (";".join(f'"{value}"' for value in values) + "\n").encode()
