"""Generators of files in the publishers' formats, with known counts planted in them."""

from clusterstats.datasets._make.flores import flores_truth, make_flores
from clusterstats.datasets._make.imdb import imdb_truth, make_imdb
from clusterstats.datasets._make.mesr import make_mesr, mesr_truth
from clusterstats.datasets._make.sirene import make_sirene, sirene_truth
from clusterstats.datasets._make.urssaf import make_urssaf, urssaf_truth

__all__ = [
    "flores_truth",
    "imdb_truth",
    "make_flores",
    "make_imdb",
    "make_mesr",
    "make_sirene",
    "make_urssaf",
    "mesr_truth",
    "sirene_truth",
    "urssaf_truth",
]
