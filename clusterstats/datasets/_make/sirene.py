"""Files as INSEE's StockEtablissement, of made-up establishments with known places."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from clusterstats.datasets._make._plant import places
from clusterstats.datasets._make._sirene_columns import COLUMNS, COUNTRY, filled, old_code
from clusterstats.datasets._make._sirene_rows import STREAM, Plan, Rows, bands, draw
from clusterstats.datasets._make._writing import (
    Array,
    delimited,
    new_files,
    packed,
    require_count,
    write_chunks,
)
from clusterstats.errors import OptionError

__all__ = ["make_sirene", "sirene_truth"]

MOST = 90_000_000
KEYS = ["region", "industry", "nomenclature"]
COUNTS = ["establishments", "closed", "head_offices", "unknown_size"]
BOUNDS = ["employment_low", "employment_high"]


def make_sirene(
    path: str | Path,
    *,
    establishments: int,
    seed: int,
    columns: Literal[54, 57] = 54,
    communes: int = 35_000,
    industries: int = 732,
) -> Path:
    """Make a file as SIRENE's stock of establishments, of any size, with known counts.

    Use it to try a reader or a bench where the truth is known: `sirene_truth` gives it.

    Parameters
    ----------
    path : str or Path
        The file to write, replaced if it is there: ``.csv``, ``.csv.gz`` or ``.parquet``.
    establishments : int
        Rows, from 1 to 90 million.
    seed : int
        The same arguments and seed give the same bytes.
    columns : {54, 57}
        The columns since December 2025, or those of the geocoded files of 2019.
    communes, industries : int
        How many communes (made up, at most 85 000) and NAF rév. 2 codes (at most 732).

    Returns
    -------
    pathlib.Path
        The file: UTF-8, ``,``, LF, quotes only where needed; or Parquet, every column text.

    Raises
    ------
    OptionError
        A size, the number of columns or the ending of the name can't be used.

    See Also
    --------
    sirene_truth : The counts that were planted.

    Notes
    -----
    Establishments, firms and addresses are made up; SIREN and SIRET pass Luhn's check.
    Communes and industries are Zipf; half of every tenth industry is in its three home
    communes. Most size bands are ``NN``; some closed establishments have a blank one. Closed
    ones (``F``) closed on their ``dateDebut``; those closed before 2008 have codes of NAF
    rév. 1. With 54 columns 8 % are partly diffused (``P``): street and coordinates are
    ``[ND]``, and in few the commune too. One in a thousand is abroad: a blank commune and a
    country. ``activitePrincipaleNAF25Etablissement`` stays blank.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from clusterstats.datasets import make_sirene
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = make_sirene(pathlib.Path(folder, "s.csv"), establishments=2, seed=1)
    ...     print(path.read_text(encoding="utf-8").splitlines()[1][:30])
    000000018,00010,00000001800010
    """
    plan = _plan(establishments, seed, columns, communes, industries)
    path = Path(path)
    if not path.name.endswith((".csv", ".csv.gz", ".parquet")):
        raise OptionError(f"{path.name!r} does not end in .csv, .csv.gz or .parquet")
    with new_files(path) as (draft,):
        if path.suffix == ".parquet":
            _write_parquet(draft, plan)
        else:
            with packed(draft, is_packed=path.suffix == ".gz") as file:
                header = ",".join(COLUMNS[plan.columns]) + "\n"
                write_chunks(file, header, plan.chunks, lambda number: _lines(plan, number))
    return path


def _lines(plan: Plan, number: int) -> bytes:
    return delimited(list(filled(plan, draw(plan, number)).values()), ",")


def _write_parquet(draft: Path, plan: Plan) -> None:
    schema: Any = pa.schema([(name, pa.string()) for name in COLUMNS[plan.columns]])
    with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        for number in range(plan.chunks):
            columns = filled(plan, draw(plan, number)).values()
            writer.write_table(pa.table([column.cast(pa.string()) for column in columns], schema))


def sirene_truth(
    *,
    establishments: int,
    seed: int,
    columns: Literal[54, 57] = 54,
    communes: int = 35_000,
    industries: int = 732,
    date: str | None = None,
) -> pd.DataFrame:
    """Give the counts that `make_sirene` plants with the same arguments and seed.

    Parameters
    ----------
    establishments : int
        As given to `make_sirene`.
    seed : int
        As given to `make_sirene`.
    columns : {54, 57}
        As given to `make_sirene`.
    communes, industries : int
        As given to `make_sirene`.
    date : str, optional
        Count the stock on this day, such as ``"2015-12-31"``: opened on it or before, and not
        closed on it or before. Without it, those that the file says are open.

    Returns
    -------
    pandas.DataFrame
        Cells, key (region, industry, nomenclature), sorted, region missing where the commune is
        masked and ``99131``, the country, for those abroad, which `read_sirene` sets aside:
        ``establishments`` in the stock, ``closed`` for the others, and of the stock
        ``head_offices``, those of ``unknown_size`` (NN or blank) and the bounds
        ``employment_low`` and ``employment_high`` of the others' size bands, summed.
        ``attrs["homes"]`` names the home communes of each localised industry.

    Examples
    --------
    >>> from clusterstats.datasets import sirene_truth
    >>> truth = sirene_truth(establishments=1_000, seed=1, communes=20, industries=10)
    >>> int(truth["establishments"].sum() + truth["closed"].sum())
    1000
    """
    plan = _plan(establishments, seed, columns, communes, industries)
    day = None if date is None else int(np.datetime64(date, "D").astype(int))
    sums = pd.concat([_cells(plan, draw(plan, at), day) for at in range(plan.chunks)])
    sums = sums.groupby(level=0).sum()
    codes = plan.places.industries
    both = np.array([*codes, *(old_code(code) for code in codes)], object)
    region, industry = np.divmod(sums.index.to_numpy(), len(both))
    named = np.array([*plan.places.communes, None, COUNTRY], object)
    keys = [named[region], both[industry], np.where(industry < len(codes), "NAFRev2", "NAFRev1")]
    truth = sums.assign(**dict(zip(KEYS, keys, strict=True))).groupby(KEYS, dropna=False).sum()
    truth = truth.reset_index().astype(dict.fromkeys(COUNTS, "int64"))
    truth.attrs = {"homes": plan.places.named_homes()}
    return truth


def _cells(plan: Plan, rows: Rows, day: int | None) -> pd.DataFrame:
    """Sum a chunk by cell; after the last commune come those masked and those abroad."""
    in_stock = rows.closed < 0
    if day is not None:
        in_stock = (rows.opened <= day) & (in_stock | (rows.closed > day))
    where = plan.places
    commune = np.where(rows.is_hidden, len(where.communes), rows.commune)
    commune = np.where(rows.commune < 0, len(where.communes) + 1, commune)
    industry = rows.industry + rows.is_old_code * len(where.industries)
    code = commune * 2 * len(where.industries) + industry
    is_known = in_stock & (rows.band > 0)
    values: dict[str, Array] = {
        "establishments": in_stock,
        "closed": ~in_stock,
        "head_offices": in_stock & (rows.rank == 0),
        "unknown_size": in_stock & (rows.band <= 0),
    }
    for bound in BOUNDS:
        of_band = bands()[bound].astype(float).fillna(np.inf).to_numpy()
        values[bound] = np.where(is_known, of_band[rows.band], 0.0)
    return (
        pd.DataFrame({name: value.astype(float) for name, value in values.items()})
        .groupby(code)
        .sum()
    )


def _plan(establishments: int, seed: int, columns: int, communes: int, industries: int) -> Plan:
    require_count("establishments", establishments, most=MOST)
    require_count("seed", seed, least=0)
    if columns not in COLUMNS:
        raise OptionError(f"columns={columns!r} is not known; use one of 54, 57")
    rng = np.random.default_rng([seed, STREAM])
    return Plan(places(communes, industries, rng), establishments, columns, seed)
