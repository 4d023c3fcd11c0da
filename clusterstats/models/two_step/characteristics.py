"""What places are like, beside their effects; and the places of which it is not known."""

from __future__ import annotations

import pandas as pd

from clusterstats._types import IntoTable
from clusterstats.errors import TableError, warn
from clusterstats.models.design import Design
from clusterstats.models.formula import parse
from clusterstats.models.terms import columns_in
from clusterstats.models.two_step.first import PlaceEffects
from clusterstats.models.two_step.sample import listed
from clusterstats.tables.frames import as_lazy, collect

__all__ = ["EFFECT", "all_outside", "characterised", "without_characteristics"]

EFFECT = "effect"
MADE = (EFFECT, "std_error", "observations", "workers", "is_reference")


def characterised(
    effects: PlaceEffects, design: Design, second: str, areas: IntoTable | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The places with their characteristics, and the areas that no worker of the sample is in."""
    keys = list(effects.places.keys)
    none = pd.DataFrame(columns=[*keys, "rows", "reason"])
    if areas is None:
        return _from_workers(effects, design.frame, second), none
    table = collect(as_lazy(areas))
    shared = [key for key in keys if key in table]
    if keys[0] not in shared:
        raise TableError(f"areas has no column {keys[0]!r} to tell which area a row is of")
    if clash := sorted(set(MADE) & set(table.columns)):
        raise TableError(f"areas has a column {clash[0]!r}, which two_step makes; rename it")
    if (repeated := table.duplicated(shared)).any():
        first = tuple(table.loc[repeated, shared].iloc[0].tolist())
        raise TableError(
            f"areas has several rows of the same {', '.join(map(repr, shared))}, first {first}; "
            f"sum or choose"
        )
    frame = effects.table.merge(table, on=shared, how="left", validate="many_to_one")
    if shared != keys:
        return frame, none
    known = effects.places.table.merge(table[keys], on=keys, how="right", indicator=True)
    missing = known.loc[known["_merge"] == "right_only", keys]
    return frame, missing.assign(rows=0, reason="no worker of the sample is there")


def _from_workers(effects: PlaceEffects, frame: pd.DataFrame, second: str) -> pd.DataFrame:
    """Characteristics that are columns of the workers' table."""
    keys = list(effects.places.keys)
    parsed = parse(second)
    wanted = [name for effect in parsed.effects for name in effect.split("^")]
    known = [*frame.columns, *MADE]
    for part in (parsed.regressors, parsed.endogenous, parsed.instruments):
        wanted += columns_in(part, known)
    columns = sorted(set(wanted) - set(keys) - set(MADE))
    if absent := [name for name in columns if name not in frame]:
        raise TableError(f"no column {absent[0]!r} in the data; give it in areas=")
    table = frame[[*keys, *columns]].drop_duplicates()
    if (repeated := table.duplicated(keys)).any():
        first = table.loc[repeated, keys].iloc[0]
        same = table[(table[keys] == first).all(axis=1)]
        name = next(column for column in columns if same[column].duplicated().sum() < len(same) - 1)
        raise TableError(
            f"column {name!r} has several values in the same place, first {tuple(first.tolist())}; "
            f"take its mean, and give it in areas="
        )
    return effects.table.merge(table, on=keys, how="left", validate="one_to_one")


def without_characteristics(blank: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """Places whose characteristics are not known."""
    if len(blank):
        warn(
            f"{len(blank):,} place(s){listed(blank, keys)} have an effect but no characteristics: "
            f"left out of the second step"
        )
    table = blank[[*keys, "observations"]].rename(columns={"observations": "rows"})
    return table.assign(reason="a characteristic is blank")


def all_outside(tables: list[pd.DataFrame], keys: tuple[str, ...]) -> pd.DataFrame:
    """The places that are not in the second step, whatever the reason, sorted."""
    some = [table for table in tables if len(table)]
    if not some:
        return pd.DataFrame(columns=[*keys, "rows", "reason"])
    return pd.concat(some).sort_values(list(keys), ignore_index=True)
