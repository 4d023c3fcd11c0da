"""Readers, one an origin: each gives a lazy frame with the columns of the tables.

All check the file when called, say what is wrong where and what to do (`SourceError`), and account
for what they set aside (`ReadingReport`). `read_table` reads any tidy table.
"""

from clusterstats.sources._census import CensusReport
from clusterstats.sources._dictionary import read_dictionary
from clusterstats.sources._noted import Noted, NotedReport
from clusterstats.sources.cached import cached
from clusterstats.sources.cbp import read_cbp
from clusterstats.sources.census import read_census
from clusterstats.sources.cnc import read_cnc
from clusterstats.sources.departments import read_department_workbook
from clusterstats.sources.film_shoots import read_film_shoots
from clusterstats.sources.flores import read_flores
from clusterstats.sources.imdb import ImdbReport, read_imdb
from clusterstats.sources.mesr import read_mesr
from clusterstats.sources.pseo import read_pseo
from clusterstats.sources.report import ReadingReport
from clusterstats.sources.sirene import read_sirene
from clusterstats.sources.table import read_table
from clusterstats.sources.urssaf import read_urssaf

__all__ = [
    "CensusReport",
    "ImdbReport",
    "Noted",
    "NotedReport",
    "ReadingReport",
    "cached",
    "read_cbp",
    "read_census",
    "read_cnc",
    "read_department_workbook",
    "read_dictionary",
    "read_film_shoots",
    "read_flores",
    "read_imdb",
    "read_mesr",
    "read_pseo",
    "read_sirene",
    "read_table",
    "read_urssaf",
]
