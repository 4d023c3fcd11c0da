"""From communes to the zones that INSEE draws with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import pandas as pd

from clusterstats import datasets
from clusterstats._types import IntoTable
from clusterstats.errors import require_choice
from clusterstats.harmonize._insee import EPCI, ZONES
from clusterstats.harmonize._matched import Recoded, cells_of, is_code, summed, warned
from clusterstats.harmonize.arrondissements import folded
from clusterstats.harmonize.communes import bring

__all__ = ["NONE", "ZONINGS", "Zoning", "to_zoning"]

Zoning = Literal[
    "employment_zone",
    "urban_area",
    "urban_unit",
    "epci",
    "department",
    "region",
    "region_before_2016",
]
ZONINGS = {
    "employment_zone": "ZE2020",
    "urban_area": "AAV2020",
    "urban_unit": "UU2020",
    "epci": "EPCI",
    "department": "department",
    "region": "region",
    "region_before_2016": "region_before_2016",
}
"""Each zoning, and the column that has it in INSEE's table or in the dataset `departements`."""
NONE = "none"
"""The zone of communes that are in none: outside every urban area, in no EPCI."""
OUTSIDE = ("000", "ZZZZZZZZZ")
WIDTHS = {"employment_zone": 4, "urban_area": 3}
BASE = 2025


def to_zoning(
    table: IntoTable,
    *,
    zoning: Zoning,
    vintage: int | None = BASE,
    region: str = "region",
    values: Sequence[str] = (),
    overlap: Literal["error", "sum"] = "error",
) -> Recoded:
    """Sum a table of communes into zones: employment zones, urban areas, départements and others.

    Use it when the question is about labour markets or territories rather than communes.

    Parameters
    ----------
    table : frame
        One row for each commune, industry (if any) and year (if any), in any engine.
    zoning : {"employment_zone", "urban_area", "urban_unit", "epci", "department", "region", \
"region_before_2016"}
        Zones d'emploi 2020, aires d'attraction 2020, unités urbaines 2020 and EPCI of 2025, read
        from `datasets.data_dir()`, else from the user's cache, once ``clusterstats data get`` has
        fetched ``insee_zonings_2025``; départements and régions need no file.
    vintage : int or None
        The vintage of the commune codes: 1 January of that year; None where it is not known. For
        zones read from a file, codes of another vintage than 2025 are first brought there by
        `to_vintage`, with equal parts where a commune was split since.
    region : str
        The column of commune codes. Municipal arrondissements are folded into their commune.
    values : sequence of str
        Additive columns beside ``establishments``, ``employment`` and any ``*_squares``.
    overlap : {"error", "sum"}
        What to do where Paris, Lyon or Marseille stands beside its own arrondissements: see
        `fold_arrondissements`.

    Returns
    -------
    Recoded
        ``table``, whose ``region`` is the zone's code as text (employment zones with their
        leading zeros, ``"0051"``); ``unmatched``, the rows whose commune is in no table of
        zones, with the reason; ``moves``, the commune and zone of every code.

    Raises
    ------
    DatasetError
        If the zoning needs a file that is not found.
    TableError
        If keys repeat, a value is negative, or a commune overlaps its arrondissements.
    OptionError
        If `zoning` or `overlap` is not one of those above.

    Notes
    -----
    Communes outside every urban area (INSEE's ``000``) and in no EPCI are summed in a zone
    ``"none"``, which is not a place. Urban units keep INSEE's codes ``dd000`` for what is outside
    them in a département. For départements and régions a commune is where its code says, whatever
    its vintage. A sum with an unknown term is unknown, as in `sum_cells`.

    References
    ----------
    INSEE, Table d'appartenance géographique des communes 2025; Code officiel géographique 2025.

    Examples
    --------
    >>> import pandas as pd
    >>> from clusterstats.harmonize import to_zoning
    >>> jobs = pd.DataFrame({"region": ["93066", "75118", "76540"], "employment": [5, 40, 7]})
    >>> to_zoning(jobs, zoning="region").table
      region  employment
    0     11        45.0
    1     28         7.0
    >>> to_zoning(jobs, zoning="region_before_2016").table["region"].tolist()
    ['11', '23']
    """
    require_choice("zoning", zoning, ZONINGS)
    require_choice("overlap", overlap, ("error", "sum"))
    frame, sums = cells_of(table, region, values)
    frame = folded(frame, sums, overlap)
    if zoning in ("department", "region", "region_before_2016"):
        codes = frame["region"].dropna().astype(str).unique()
        return _into(frame, sums, _by_department(codes, ZONINGS[zoning]), None)
    if vintage == BASE:
        return _into(frame, sums, _by_commune(zoning), None)
    now = bring(summed(frame, sums), sums, from_=vintage, to=BASE)
    return _into(now.table, sums, _by_commune(zoning), now.unmatched)


def _into(
    frame: pd.DataFrame,
    sums: Sequence[str],
    zones: dict[str, str],
    before: pd.DataFrame | None,
) -> Recoded:
    """Sum into zones; what has none joins what found no commune `before`."""
    zone = frame["region"].map(zones)
    lost = frame[zone.isna()].assign(reason="no zone is known for this code")
    if before is not None:
        lost = pd.concat([before, lost], ignore_index=True)
    moves = pd.DataFrame({"code_from": frame["region"], "code_to": zone}).dropna()
    moves = moves.drop_duplicates().sort_values("code_from")
    table = summed(frame.assign(region=zone)[zone.notna()], sums)
    moves = moves.assign(weight=1.0, weighting="whole")
    return warned(Recoded(table, lost.reset_index(drop=True), moves.reset_index(drop=True)))


def _by_commune(zoning: str) -> dict[str, str]:
    """Return the zone of each commune of 2025, from the publisher's table."""
    source = EPCI if zoning == "epci" else ZONES
    communes = source.read(source.path())
    zones = communes[["DEPCOM", ZONINGS[zoning]]].dropna().itertuples(index=False)
    width = WIDTHS.get(zoning, 0)
    padded = ((str(commune), str(zone).zfill(width)) for commune, zone in zones)
    return {commune: NONE if zone in OUTSIDE else zone for commune, zone in padded}


def _by_department(codes: Iterable[str], column: str) -> dict[str, str]:
    """Return the département, or its région, of each code, by how the code begins."""
    departments = datasets.load("departements")
    found = dict(zip(departments["department"], departments[column], strict=True))
    start = {code: code[: 3 if code.startswith("97") else 2] for code in codes if is_code(code)}
    return {code: found[begin] for code, begin in start.items() if begin in found}
