"""Small tables that travel with the package: names, figures and codes, each with its terms.

`list` names them, `describe` says what one holds and under which licence, `load` reads it.
`make_urssaf` and its siblings write files in the publishers' formats with known counts planted,
which `urssaf_truth` and its siblings give; `published` names the files of publishers that `get`
fetches into the user's cache and checks, `fetch` does so for any address.
"""

from clusterstats.datasets._catalog import Column, Dataset, data_dir, describe
from clusterstats.datasets._fetch import cache_dir, fetch
from clusterstats.datasets._load import list_datasets as list  # noqa: A004 - reads `datasets.list`
from clusterstats.datasets._load import load
from clusterstats.datasets._make import (
    flores_truth,
    imdb_truth,
    make_flores,
    make_imdb,
    make_mesr,
    make_sirene,
    make_urssaf,
    mesr_truth,
    sirene_truth,
    urssaf_truth,
)
from clusterstats.datasets._publishers import PublishedFile, get, published

__all__ = [
    "Column",
    "Dataset",
    "PublishedFile",
    "cache_dir",
    "data_dir",
    "describe",
    "fetch",
    "flores_truth",
    "get",
    "imdb_truth",
    "list",
    "load",
    "make_flores",
    "make_imdb",
    "make_mesr",
    "make_sirene",
    "make_urssaf",
    "mesr_truth",
    "published",
    "sirene_truth",
    "urssaf_truth",
]
