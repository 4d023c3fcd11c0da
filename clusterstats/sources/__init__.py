"""Readers, one an origin: each gives a lazy frame with the columns of the tables.

`read_urssaf` reads URSSAF's export by commune and APE, `read_table` any tidy table. All check
the file when called, say what is wrong where and what to do (`SourceError`), and account
for what they set aside (`ReadingReport`).
"""

from clusterstats.sources.report import ReadingReport
from clusterstats.sources.table import read_table
from clusterstats.sources.urssaf import read_urssaf

__all__ = ["ReadingReport", "read_table", "read_urssaf"]
