"""What the embedded datasets are: the `dataset.toml` of each, read into a frozen record."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from clusterstats.errors import DatasetError

__all__ = ["Column", "Dataset", "catalog", "data_dir", "describe"]

Kind = Literal["text", "integer", "number", "boolean"]


@dataclass(frozen=True)
class Column:
    """One column of a dataset.

    Attributes
    ----------
    name : str
        Its name in the table.
    type : {"text", "integer", "number", "boolean"}
        What its values are; codes are text.
    unit : str
        The unit of its values, empty for text.
    meaning : str
        What it holds.
    """

    name: str
    type: Kind
    unit: str
    meaning: str


@dataclass(frozen=True)
class Dataset:
    """What is known about an embedded dataset; printing it shows all of it.

    Attributes
    ----------
    name, title : str
        The name that `load` takes, and what the table holds.
    publisher, licence, attribution : str
        Who publishes the figures, under which terms, and how to name them.
    vintage, source : str
        The date of the figures and of their boundaries, and the publisher's file.
    rows : int
        Number of rows.
    grain : tuple of str
        The columns that together identify a row.
    columns : tuple of Column
        Every column, in order.
    notes : str
        What a user of the figures should know.
    made_by : str
        The script that makes the table from the publisher's file; empty if kept by hand.
    folder : pathlib.Path
        Where the data file and its `dataset.toml` lie.
    file, sha256 : str
        The data file and its checksum.
    """

    name: str
    title: str
    publisher: str
    licence: str
    attribution: str
    vintage: str
    source: str
    rows: int
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    notes: str
    made_by: str
    folder: Path
    file: str
    sha256: str

    def __str__(self) -> str:
        head = f"{self.name}: {self.title}\n{self.rows} rows, one per {', '.join(self.grain)}"
        terms = f"{self.publisher}; {self.licence}; {self.attribution}; {self.vintage}"
        return "\n".join([head, terms, *map(_column_line, self.columns), self.notes])


def _column_line(column: Column) -> str:
    unit = f", {column.unit}" if column.unit else ""
    return f"  {column.name} ({column.type}{unit}): {column.meaning}"


def _root() -> Path:
    """Return the folder of datasets: in the wheel, else in the checkout."""
    package = Path(__file__).resolve().parents[1]
    places = [package / "_data", package.parent / "datasets"]
    for place in places:
        if any(place.glob("*/*/dataset.toml")):
            return place
    looked = " and ".join(str(place) for place in places)
    raise DatasetError(f"no embedded datasets in {looked}: install clusterstats again")


def _read(path: Path) -> Dataset:
    """Read one `dataset.toml`; an unexpected or absent field is an error."""
    fields = tomllib.loads(path.read_text(encoding="utf-8"))
    columns = (Column(name=name, **column) for name, column in fields.pop("columns").items())
    made_by = fields.pop("made_by", "")
    grain = tuple(fields.pop("grain"))
    return Dataset(
        **fields, grain=grain, columns=tuple(columns), made_by=made_by, folder=path.parent
    )


def catalog() -> dict[str, Dataset]:
    """Return every embedded dataset by name, sorted."""
    found = [_read(path) for path in _root().glob("*/*/dataset.toml")]
    return {dataset.name: dataset for dataset in sorted(found, key=lambda dataset: dataset.name)}


def describe(name: str) -> Dataset:
    """Say what an embedded dataset holds, where it comes from and under which licence.

    Parameters
    ----------
    name : str
        One of the names that `clusterstats.datasets.list` gives.

    Returns
    -------
    Dataset
        A frozen record; printing it shows the columns, their units and the notes.

    Raises
    ------
    DatasetError
        If no dataset has this name.

    Examples
    --------
    >>> from clusterstats import datasets
    >>> size_bands = datasets.describe("size_bands")
    >>> size_bands.licence, size_bands.grain
    ('Licence Ouverte 2.0', ('size_band',))
    """
    known = catalog()
    if name not in known:
        near = get_close_matches(str(name), known, n=1, cutoff=0.4)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        raise DatasetError(f"no dataset {name!r}{hint}; there are {', '.join(known)}")
    return known[name]


def data_dir() -> Path | None:
    """Return the folder of larger data that CLUSTERSTATS_DATA names, or none.

    Returns
    -------
    pathlib.Path or None
        The folder; `None` where the variable is not set.

    Raises
    ------
    DatasetError
        If the variable names something that is not a folder.

    Examples
    --------
    >>> from clusterstats import datasets
    >>> folder = datasets.data_dir()
    >>> folder is None or folder.is_dir()
    True
    """
    named = os.environ.get("CLUSTERSTATS_DATA", "")
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise DatasetError(f"CLUSTERSTATS_DATA={named!r} is not a folder; correct it or unset it")
    return folder
