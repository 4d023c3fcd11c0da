"""Small tables that travel with the package: names, figures and codes, each with its terms.

`list` names them, `describe` says what one holds and under which licence, `load` reads it.
"""

from clusterstats.datasets._catalog import Column, Dataset, data_dir, describe
from clusterstats.datasets._load import list_datasets as list  # noqa: A004 - reads `datasets.list`
from clusterstats.datasets._load import load

__all__ = ["Column", "Dataset", "data_dir", "describe", "list", "load"]
