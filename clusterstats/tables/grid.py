"""A table as arrays: axes, places and sums in each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clusterstats._types import Array, Codes, IntoTable, Mask
from clusterstats.errors import TableError
from clusterstats.tables.checks import (
    check_squares,
    check_values,
    establishments_and_order,
    numbers,
    repeats,
    with_keys,
)
from clusterstats.tables.complete import incomplete
from clusterstats.tables.frames import AXES, as_lazy, collect, keys_of, require


@dataclass(frozen=True)
class Grid:
    """A table coded once: axes, and for each row its place in the (year, region, industry) array.

    `is_records` tells establishments (several rows share a place) from cells (one row a place).
    """

    years: pd.Index[Any] | None
    regions: pd.Index[Any]
    industries: pd.Index[Any]
    flat: Codes
    frame: pd.DataFrame
    is_records: bool = False
    _cache: dict[str, Array] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, table: IntoTable, values: Sequence[str] = ()) -> Grid:
        """Code any cells or establishments table, checking it on the way; a grid stays itself."""
        if isinstance(table, Grid):
            return table
        frame = collect(as_lazy(table))
        is_records = "establishment" in frame
        if is_records:
            frame, order = establishments_and_order(frame)
            codes, axes = _factorize(frame)
            frame, codes = _ordered(frame, order, codes, axes)
        else:
            require(frame.columns, ("region", "industry"))
            frame = with_keys(frame, keys_of(frame.columns))
            codes, axes = _factorize(frame)
        flat = np.ravel_multi_index(codes, tuple(len(axis) for axis in axes))
        grid = cls(axes[0] if "year" in frame else None, axes[1], axes[2], flat, frame, is_records)
        if not is_records:
            grid._check_filled()
        for name in values:
            grid.column(name)
        return grid

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of years (1 where there is no year), regions and industries."""
        years = 1 if self.years is None else len(self.years)
        return years, len(self.regions), len(self.industries)

    def _check_filled(self) -> None:
        """Raise where a cell stands twice or not at all."""
        size = int(np.prod(self.shape))
        counts = np.bincount(self.flat, minlength=size)
        keys = keys_of(self.frame.columns)
        if counts.max() > 1:
            raise TableError(repeats(self.frame[self.frame.duplicated(keys)], keys, "cells"))
        if len(self.flat) < size:
            axes = {"year": self.years, "region": self.regions, "industry": self.industries}
            named = {name: axis for name, axis in axes.items() if axis is not None}
            raise TableError(incomplete(named, self.flat))

    def column(self, name: str) -> Array:
        """One number a row of the table, checked; `establishments` of a record is 1."""
        if name not in self._cache:
            if name == "establishments" and self.is_records:
                self._cache[name] = np.ones(len(self.frame))
            else:
                require(self.frame.columns, (name,))
                checked, keys = numbers(self.frame, name), keys_of(self.frame.columns)
                check_values(self.frame.assign(**{name: checked}), name, keys)
                if name.endswith("_squares") and not self.is_records:
                    check_squares(self.frame, name.removesuffix("_squares"), keys)
                self._cache[name] = checked.to_numpy()
        return self._cache[name]

    def has(self, name: str) -> bool:
        """Tell whether a column can be had."""
        return name in self.frame or (self.is_records and name == "establishments")

    def array(self, name: str, power: int = 1) -> Array:
        """Sum of a column's powers in each cell, shape (year, region, industry)."""
        column = self.column(name) ** power
        if not self.is_records and np.array_equal(self.flat, np.arange(len(self.flat))):
            return column.reshape(self.shape)
        size = int(np.prod(self.shape))
        sums: Array = np.bincount(self.flat, weights=column, minlength=size).astype(np.float64)
        return sums.reshape(self.shape)

    def region_array(self, name: str) -> Array:
        """One number for each region and year, shape (year, region), from a column that repeats.

        Blank rows (cells that were absent) are passed over, if another row of the region has it.
        """
        column = self.column(name)
        years, regions, industries = self.shape
        place, known = self.flat // industries, ~np.isnan(column)
        result = np.full(years * regions, np.nan)
        result[place[known]] = column[known]
        self._refuse(name, known & ~np.isclose(column, result[place], atol=0), "has several values")
        self._refuse(name, np.isnan(result)[place], "is blank")
        return result.reshape(years, regions)

    def _refuse(self, name: str, bad: Mask, fault: str) -> None:
        """Raise on the first row whose base is at fault."""
        if bad.any():
            region = self.frame["region"].iloc[int(np.flatnonzero(bad)[0])]
            raise TableError(
                f"column {name!r} {fault} in region {region!r}; a base has one value for each "
                f"region and year"
            )

    def groups(self, axis: str, name: str) -> tuple[Codes, pd.Index[Any]]:
        """Group of each region or industry, coded along its axis, and the groups' sorted labels."""
        require(self.frame.columns, (name,))
        labels = self.regions if axis == "region" else self.industries
        pairs = self.frame[[axis, name]].dropna().drop_duplicates()
        twice = pairs[pairs[axis].duplicated()]
        if len(twice):
            raise TableError(
                f"column {name!r} has several values at {axis} {twice[axis].iloc[0]!r}; "
                f"give each {axis} one group"
            )
        of = pairs.set_index(axis)[name].reindex(labels)
        if of.isna().any():
            raise TableError(
                f"column {name!r} is blank at {axis} {of.index[of.isna()][0]!r}; "
                f"give each {axis} a group"
            )
        codes, groups = pd.factorize(of, sort=True)
        return codes.astype(np.intp), pd.Index(groups)

    def paired(self, runs: Sequence[Sequence[int]]) -> Grid:
        """Years side by side: each run of years is one, whose regions are those of its years.

        The regions of a run's first year come first. Years of the result are named by the runs'
        ends, as in "2010-2020"; a single run has no year.
        """
        cells = self.shape[1] * self.shape[2]
        year, place = np.divmod(self.flat, cells)
        rows = [np.flatnonzero(year == one) for run in runs for one in run]
        flat = np.concatenate([place[found] + k * cells for k, found in enumerate(rows)])
        taken = np.concatenate(rows)
        if (flat[1:] < flat[:-1]).any():
            order = np.argsort(flat, kind="stable")
            flat, taken = flat[order], taken[order]
        names = self.regions.take(np.tile(np.arange(self.shape[1]), len(runs[0])))
        seen = {name: column[taken] for name, column in self._cache.items()}
        spans = None if len(runs) == 1 else self._spans(runs)
        return Grid(spans, names, self.industries, flat, self._rows(taken), self.is_records, seen)

    def _rows(self, taken: Codes) -> pd.DataFrame:
        """Rows of the table, their codes as categories, which are copied faster than text."""
        region, industry = np.divmod(self.flat[taken], self.shape[2])
        rest = self.frame.drop(columns=["region", "industry"])
        frame = rest.take(taken).reset_index(drop=True)
        frame["region"] = pd.Categorical.from_codes(region % self.shape[1], self.regions)
        frame["industry"] = pd.Categorical.from_codes(industry, self.industries)
        return frame

    def _spans(self, runs: Sequence[Sequence[int]]) -> pd.Index[Any]:
        """A name for each run of years."""
        assert self.years is not None
        return pd.Index([f"{self.years[run[0]]}-{self.years[run[-1]]}" for run in runs])

    def keys(self, grain: Sequence[str]) -> dict[str, Any]:
        """Key columns of a result with this grain, `year` first, in the arrays' order."""
        axes: dict[str, pd.Index[Any]] = {} if self.years is None else {"year": self.years}
        axes |= {"region": self.regions} if "region" in grain else {}
        axes |= {"region2": self.regions} if "region2" in grain else {}
        axes |= {"industry": self.industries} if "industry" in grain else {}
        axes |= {"industry2": self.industries} if "industry2" in grain else {}
        if not axes:
            return {}
        places = np.indices([len(axis) for axis in axes.values()]).reshape(len(axes), -1)
        return {name: axis.take(p) for (name, axis), p in zip(axes.items(), places, strict=True)}


def _factorize(frame: pd.DataFrame) -> tuple[tuple[Codes, ...], list[pd.Index[Any]]]:
    """Places and sorted labels along each axis."""
    codes: list[Codes] = []
    axes: list[pd.Index[Any]] = []
    for name in AXES:
        if name in frame:
            place, labels = pd.factorize(frame[name], sort=True)
            codes.append(place.astype(np.intp, copy=False))
            axes.append(pd.Index(labels))
        else:
            codes.append(np.zeros(len(frame), dtype=np.intp))
            axes.append(pd.Index([0]))
    return tuple(codes), axes


def _ordered(
    frame: pd.DataFrame,
    order: Codes | None,
    codes: tuple[Codes, ...],
    axes: Sequence[pd.Index[Any]],
) -> tuple[pd.DataFrame, tuple[Codes, ...]]:
    """Rows and places in the given order; keys are taken from their few labels, which is faster."""
    if order is None:
        return frame, codes
    codes = tuple(
        place[order] if name in frame else place for name, place in zip(AXES, codes, strict=True)
    )
    labels = zip(AXES, axes, codes, strict=True)
    keys = {name: axis.take(place) for name, axis, place in labels if name in frame}
    rest = frame.drop(columns=list(keys)).iloc[order].reset_index(drop=True)
    return rest.assign(**keys)[list(frame.columns)], codes
