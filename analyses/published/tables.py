"""The tables: found, made one after the other, and what was warned of while they were."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pandas as pd

from clusterstats.errors import ClusterstatsWarning

from . import data
from .cells import Made


class Table(NamedTuple):
    """A table made anew.

    Attributes
    ----------
    name : str
        Of its folder, and of its printed values.
    title, paper, sample, method : str
    made : Made
    notes : list of str
        What this package warned of.
    """

    name: str
    title: str
    paper: str
    sample: str
    method: str
    made: Made
    notes: list[str]

    @property
    def cells(self) -> pd.DataFrame:
        """Its numbers, tidy."""
        return self.made.tidy(self.name)


def names() -> list[str]:
    """Every table, a folder each."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/table.py"))


def absent(name: str) -> str:
    """What a table needs that is not at hand."""
    return data.absent(str(_module(name).DATA))


def make(name: str) -> Table:
    """Make a table; warnings of this package go with it, others go on."""
    module = _module(name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ClusterstatsWarning)
        made: Made = module.make()
    ours = {str(each.message) for each in caught if issubclass(each.category, ClusterstatsWarning)}
    for each in caught:
        if not issubclass(each.category, ClusterstatsWarning):
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)
    method = str(module.make.__doc__).strip().rstrip(".")
    said = (str(getattr(module, field)) for field in ("TITLE", "PAPER", "SAMPLE"))
    return Table(name, *said, method, made, sorted(ours))


def _module(name: str) -> ModuleType:
    return import_module(f".{name}.table", __package__)
