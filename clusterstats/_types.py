"""Names for the types that pass between modules."""

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
"""Numbers; `nan` is unknown or undefined."""

Mask: TypeAlias = NDArray[np.bool_]
"""True where something holds."""

Codes: TypeAlias = NDArray[np.intp]
"""Positions along an axis."""

IntoTable: TypeAlias = Any
"""A table in any engine that narwhals accepts: pandas, Polars, DuckDB, Arrow, a LazyFrame."""

Alternative: TypeAlias = Literal["two-sided", "greater", "less"]
Absent: TypeAlias = Literal["zero", "missing"]
