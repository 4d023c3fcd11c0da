"""Shares and shocks, checked, and lined up with the rows of a table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from clusterstats._types import Array, Codes, IntoTable
from clusterstats.errors import OptionError, TableError, warn
from clusterstats.models.shift_share.checks import (
    check_shares,
    check_shocks,
    require_columns,
    require_same_kind,
)
from clusterstats.models.shift_share.columns import ShiftShareColumns
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["Exposure", "exposure_of"]


@dataclass(frozen=True, eq=False)
class Exposure:
    """How much each row of a table is exposed to each shock.

    Attributes
    ----------
    columns : ShiftShareColumns
    row_keys : tuple of str
        Columns that tie rows of the data to shares: region, or region and year.
    shock_keys : tuple of str
        Columns that tell shocks apart: industry, or industry and year.
    shocks : DataFrame
        A row a shock, sorted by `shock_keys`: these, the shock where shocks were given, and every
        further column of that table (clusters, covariates).
    rows : DataFrame
        The row keys that have shares, each once.
    shares : sparse array, shape (rows, shocks)
    """

    columns: ShiftShareColumns
    row_keys: tuple[str, ...]
    shock_keys: tuple[str, ...]
    shocks: pd.DataFrame
    rows: pd.DataFrame
    shares: csr_array

    @property
    def has_shocks(self) -> bool:
        """Whether shocks were given beside the shares."""
        return self.columns.shock in self.shocks

    def require_shocks(self) -> None:
        """Raise where there are shares only."""
        if not self.has_shocks:
            raise OptionError("this needs the shocks themselves; give shocks= beside shares=")

    @property
    def growth(self) -> Array:
        """The shocks, shape (shocks,)."""
        self.require_shocks()
        return self.shocks[self.columns.shock].to_numpy(dtype=float)

    @property
    def labels(self) -> Array:
        """Shocks as text, for messages."""
        columns = [self.shocks[key].astype(str) for key in self.shock_keys]
        return np.array([", ".join(keys) for keys in zip(*columns, strict=True)], dtype=object)

    def matrix(self, frame: pd.DataFrame) -> csr_array:
        """Shares of the rows of a table, shape (n, shocks); 0 for rows without any."""
        place = self._places(frame)
        found = self.shares[np.maximum(place, 0)]
        return csr_array(found.multiply((place >= 0)[:, None]))

    def instrument(self, frame: pd.DataFrame) -> Array:
        """Sum over industries of share times shock, shape (n,)."""
        return np.asarray(self.matrix(frame) @ self.growth)

    def sums(self, frame: pd.DataFrame) -> Array:
        """Sum of the shares of each row, shape (n,)."""
        return np.asarray(self.matrix(frame).sum(axis=1), dtype=float).ravel()

    def warn_unexposed(self, frame: pd.DataFrame) -> None:
        """Warn of rows of a table that have no share at all."""
        lost = self.sums(frame) == 0
        if lost.any():
            first = tuple(frame.loc[lost, list(self.row_keys)].iloc[0])
            warn(
                f"{int(lost.sum()):,} of {len(frame):,} row(s) of the data have no share at all, "
                f"first {first}: their exposure is 0"
            )

    def clusters(self, column: str | None) -> Codes:
        """Groups of shocks, shape (shocks,); each shock its own without a column."""
        if column is None:
            return np.arange(len(self.shocks), dtype=np.intp)
        table = "shocks" if self.has_shocks else "shares"
        if column not in self.shocks:
            listed = ", ".join(map(repr, self.shocks.columns))
            raise TableError(
                f"no column {column!r} to cluster shocks by; the table of {table} has {listed}"
            )
        if self.shocks[column].isna().any():
            first = self.shocks.loc[self.shocks[column].isna(), list(self.shock_keys)].iloc[0]
            raise TableError(
                f"cluster column {column!r} of the {table} is blank, first for {tuple(first)}"
            )
        codes = pd.factorize(self.shocks[column])[0].astype(np.intp)
        if codes.max() < 1:
            raise TableError(f"cluster column {column!r} of the {table} has a single cluster")
        return np.asarray(codes)

    def _places(self, frame: pd.DataFrame) -> Codes:
        """Where each row of a table is among `rows`; -1 where it is not."""
        keys = list(self.row_keys)
        require_columns(frame, keys, "data")
        for key in keys:
            require_same_kind(frame[key], self.rows[key], key)
        known = pd.MultiIndex.from_frame(self.rows)
        place = np.asarray(known.get_indexer(pd.MultiIndex.from_frame(frame[keys])), dtype=np.intp)
        if (place < 0).all():
            raise TableError(
                f"no row of the data has a share: they have no ({', '.join(keys)}) in common, "
                f"first of the data {tuple(frame[keys].iloc[0])}"
            )
        return place


def exposure_of(
    shares: IntoTable, shocks: IntoTable | None, columns: ShiftShareColumns
) -> Exposure:
    """Check shares and shocks and line them up.

    A shock is a row of the shocks, or without them a pair of industry and year in the shares.
    """
    parts = collect(as_lazy(shares))
    given = None if shocks is None else collect(as_lazy(shocks))
    year = _year_of(parts, given, columns)
    in_shares = [name for name in year if name in parts]
    in_shocks = [name for name in year if given is None or name in given]
    keys = [columns.region, *in_shares]
    shock_keys = [columns.industry, *(in_shares if given is None else in_shocks)]
    parts = check_shares(parts, [*keys, columns.industry], keys, columns.share)
    if given is None:
        table = _industries(parts, shock_keys, columns)
    else:
        table = check_shocks(given, shock_keys, columns.shock)
    on = [name for name in shock_keys if name not in year or name in in_shares]
    for key in on:
        require_same_kind(parts[key], table[key], key)
    table = table.sort_values(shock_keys, ignore_index=True)
    long = _joined(parts[[*keys, columns.industry, columns.share]], table[shock_keys], on, columns)
    row_keys = [columns.region, *year]
    rows = long[row_keys].drop_duplicates().sort_values(row_keys, ignore_index=True)
    place = pd.MultiIndex.from_frame(rows).get_indexer(pd.MultiIndex.from_frame(long[row_keys]))
    entries = (long[columns.share].to_numpy(dtype=float), (place, long["_shock"].to_numpy()))
    matrix = csr_array(entries, shape=(len(rows), len(table)))
    return Exposure(columns, tuple(row_keys), tuple(shock_keys), table, rows, matrix)


def _year_of(
    shares: pd.DataFrame, shocks: pd.DataFrame | None, columns: ShiftShareColumns
) -> list[str]:
    """The column of years, where one of the tables has it."""
    year = columns.year
    if year is None:
        return []
    if year in shares or (shocks is not None and year in shocks):
        return [year]
    if year != ShiftShareColumns().year:
        raise TableError(f"neither shares nor shocks have the column of years {year!r}")
    return []


def _industries(shares: pd.DataFrame, keys: list[str], columns: ShiftShareColumns) -> pd.DataFrame:
    """The industries that occur in the shares, with the columns that belong to them alone."""
    own = {columns.region, columns.share, columns.year, columns.industry}
    others = [name for name in shares.columns if name not in own]
    groups = shares.groupby(keys, observed=True, sort=True)
    constant = [name for name in others if groups[name].nunique(dropna=False).max() == 1]
    return shares[[*keys, *constant]].drop_duplicates(keys, ignore_index=True)


def _joined(
    shares: pd.DataFrame, shocks: pd.DataFrame, on: list[str], columns: ShiftShareColumns
) -> pd.DataFrame:
    """Positive shares with the place of their shock; shares without a shock are an error."""
    positive = shares[shares[columns.share] > 0]
    years = [str(name) for name in shocks if name not in on]
    if years:  # the shares hold in every year of the shocks
        positive = positive.merge(shocks[years].drop_duplicates(), how="cross")
        on = [*on, *years]
    known = shocks.assign(_shock=np.arange(len(shocks)))
    long = positive.merge(known, on=on, how="left")
    if long["_shock"].isna().any():
        missing = long.loc[long["_shock"].isna(), on].drop_duplicates()
        raise TableError(
            f"{len(missing):,} ({', '.join(on)}) of the shares have no shock, first "
            f"{tuple(missing.iloc[0])}; give them a shock (0 where none is meant), or leave their "
            f"shares out, which makes the shares incomplete"
        )
    return long.astype({"_shock": np.intp})
