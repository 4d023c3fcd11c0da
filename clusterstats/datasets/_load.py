"""Reading an embedded dataset: checked against its checksum, with the declared types."""

from __future__ import annotations

import gzip
import hashlib
import io

import pandas as pd

from clusterstats.datasets._catalog import Column, Dataset, catalog, describe
from clusterstats.errors import DatasetError

__all__ = ["list_datasets", "load"]

LISTED = ("name", "title", "rows", "licence", "publisher")


def list_datasets() -> pd.DataFrame:
    """List the embedded datasets.

    Returns
    -------
    pandas.DataFrame
        One row a dataset, key `name`, sorted: name, title, rows, licence, publisher.

    Examples
    --------
    >>> from clusterstats import datasets
    >>> datasets.list()[["name", "rows"]].head(2).values.tolist()
    [['cinemas_2022_departement', 96], ['claims', 110]]
    """
    rows = [[getattr(dataset, field) for field in LISTED] for dataset in catalog().values()]
    return pd.DataFrame(rows, columns=list(LISTED))


def load(name: str) -> pd.DataFrame:
    """Read an embedded dataset.

    Parameters
    ----------
    name : str
        One of the names that `clusterstats.datasets.list` gives.

    Returns
    -------
    pandas.DataFrame
        The table with the columns and key that `clusterstats.datasets.describe` gives. Text stays
        text, so codes keep their leading zeros; a blank is missing (`Int64` and `boolean` where
        a column of integers or booleans has one); numbers are `float64`. `attrs` holds `title`,
        `source`, `licence` and `attribution`.

    Raises
    ------
    DatasetError
        If no dataset has this name, or if its file is not the one that was shipped.

    Examples
    --------
    >>> from clusterstats import datasets
    >>> departements = datasets.load("departements")
    >>> departements.loc[0, ["department", "name", "region"]].tolist()
    ['01', 'Ain', '84']
    >>> departements.attrs["attribution"]
    'Insee, COG 2025'
    """
    dataset = describe(name)
    raw = pd.read_csv(
        io.BytesIO(_content(dataset)), dtype=str, keep_default_na=False, na_values=[""]
    )
    if tuple(raw.columns) != tuple(column.name for column in dataset.columns):
        raise DatasetError(f"{dataset.file} has columns that dataset.toml does not declare")
    table = pd.DataFrame({column.name: _typed(raw, column) for column in dataset.columns})
    table.attrs = {
        field: getattr(dataset, field) for field in ("title", "source", "licence", "attribution")
    }
    return table


def _content(dataset: Dataset) -> bytes:
    """Return the bytes of the table, after checking those of its file."""
    path = dataset.folder / dataset.file
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != dataset.sha256:
        raise DatasetError(
            f"{path} is not the file that was shipped (its sha256 differs from dataset.toml): "
            "restore it or install clusterstats again; if the change is meant, seal it with "
            f"`python datasets/make.py {dataset.name}`"
        )
    return gzip.decompress(content) if path.suffix == ".gz" else content


def _typed(raw: pd.DataFrame, column: Column) -> pd.Series:
    """Return a column of text as the type that is declared for it."""
    values = raw[column.name]
    if column.type == "text":
        return values
    if column.type == "number":
        return values.astype("float64")
    has_blank = values.isna().any()
    if column.type == "integer":
        return values.astype("Int64" if has_blank else "int64")
    flags = values.map({"true": True, "false": False})
    return flags.astype("boolean" if has_blank else "bool")
