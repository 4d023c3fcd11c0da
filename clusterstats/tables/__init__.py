"""The tidy tables: what columns they have, how any frame becomes one, how one becomes arrays.

`cells` holds one row for each region, industry and (if there is one) year; `establishments` one
row for each establishment and year. Zero means observed to be none, `nan` means unknown, and an
absent row means nothing until `absent=` says what.
"""

from clusterstats.tables.doors import cells, establishments, sum_cells
from clusterstats.tables.grid import Grid

__all__ = ["Grid", "cells", "establishments", "sum_cells"]
