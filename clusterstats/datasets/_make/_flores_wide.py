"""The wide layout of FLORES, 2017 to 2021: a line a commune, a column an industry and size."""

from __future__ import annotations

import zipfile
from functools import partial
from typing import Any

import numpy as np

from clusterstats.datasets._load import load
from clusterstats.datasets._make._flores_rows import Plan, draw, entry
from clusterstats.datasets._make._writing import Array, delimited, label, text, write_chunks

__all__ = ["WIDE_LEVELS", "WIDE_YEARS", "write_wide"]

WIDE_YEARS = (2017, 2021)
WIDE_LEVELS = ("A17", "A88")
STEMS = {"A17": "NA17_TREF", "A88": "NA88"}
MEASURES = {"NBETAB": "ET", "NBSAL": "EFF"}
BANDS = ("0sal", "1_4sal", "5_9sal", "10_19sal", "20_49sal", "50_99sal")
END = "\r\n"


def write_wide(archive: zipfile.ZipFile, plan: Plan) -> None:
    """Write the table of establishments, that of jobs, and the metadata of each."""
    for measure in MEASURES:
        name = f"TD_FLORES{plan.year}_{STEMS[plan.level]}_{measure}.csv"
        columns = _columns(plan, measure)
        with archive.open(entry(name), "w", force_zip64=True) as file:
            header = ";".join(columns) + END
            write_chunks(file, header, plan.chunks, partial(_lines, plan, measure))
        archive.writestr(entry(f"meta_{name}"), _metadata(plan, columns))


def _columns(plan: Plan, measure: str) -> list[str]:
    prefix = MEASURES[measure]
    columns = ["CODGEO", *(f"{prefix}_{item}" for item in ("TOT", *plan.industries))]
    bands = _bands(plan, measure)
    return columns + [f"{prefix}_{item}_{band}" for item in plan.industries for band in bands]


def _bands(plan: Plan, measure: str) -> tuple[str, ...]:
    """Size classes that have columns: of jobs not the class without any."""
    if not plan.has_sizes:
        return ()
    return BANDS[1:] if measure == "NBSAL" else BANDS


def _lines(plan: Plan, measure: str, number: int) -> bytes:
    cells = draw(plan, number)
    is_jobs = measure == "NBSAL"
    counts = cells.employment if is_jobs else cells.establishments
    is_secret = cells.is_secret & is_jobs
    codes = cells.codes(plan)
    sums = counts.sum(axis=2)
    columns: list[Any] = [label(codes, np.arange(len(codes))), text(sums.sum(axis=1))]
    columns += [_count(sums, is_secret, item) for item in range(len(plan.industries))]
    skipped = counts.shape[2] - len(_bands(plan, measure))
    for item in range(len(plan.industries)):
        for band in range(skipped, counts.shape[2]):
            columns.append(_count(counts[:, :, band], is_secret, item))
    return delimited(columns, ";", end=END)


def _count(counts: Array, is_secret: Array, item: int) -> Any:
    return text(counts[:, item], missing=is_secret[:, item])


def _metadata(plan: Plan, columns: list[str]) -> bytes:
    every = load("naf_rev2_labels")
    said = every[every["level"] == plan.level.lower()].set_index("code")["label_fr"]
    known = (name for name in columns if name.count("_") == 1 and not name.endswith("_TOT"))
    rows = [f'{name};"{said[name.split("_")[1]]}"' for name in known]
    return (END.join(["COD_VAR;LIB_VAR", *rows]) + END).encode()
