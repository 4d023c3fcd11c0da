"""Sectors as lists of activity codes: who defines them, how many codes, and do they exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from clusterstats import datasets
from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, require_choice
from clusterstats.harmonize._matched import Recoded, cells_of
from clusterstats.harmonize.naf_cells import into_sector

__all__ = ["Partial", "SectorDefinition", "check_codes", "sector_definition"]

Partial: TypeAlias = Literal["exclude", "include"] | float
"""What to do with a code that belongs only in part: leave it out, take it whole, or its weight."""

CARRIED = {"NAF rev.2": "sub_class", "NACE rev.2": "class"}
"""Classifications whose codes are in the dataset `naf_rev2`, and the column that has them."""
NACE_REV21 = "NACE rev.2.1"
"""A classification whose codes are in the dataset `nace_rev21`, without a correspondence."""
UNITS = {"NAF rev.2": "sub-class"}
NOT_CARRIED = "classification not carried"


@dataclass(frozen=True)
class SectorDefinition:
    """A sector as a list of activity codes; `str()` gives its name and its count of codes.

    Attributes
    ----------
    name : str
        The name of the definition.
    system : str
        The classification of the codes; several are joined by " and ".
    codes : pandas.DataFrame
        One row a code: system, code, label, domain, weight (the part that belongs, in (0, 1]).
    source : str
        Who defines the sector, and where.
    confidence : str
        How sure the list is: high, medium, low, or several.
    """

    name: str
    system: str
    codes: pd.DataFrame
    source: str
    confidence: str

    def __str__(self) -> str:
        sizes = self.codes.groupby("system", sort=False).size()
        counts = [_counted(int(number), str(system)) for system, number in sizes.items()]
        return f"{self.name}: {' and '.join(counts)}{self._other_level()}"

    def _other_level(self) -> str:
        """Return the count at the other level, where it is the same set of activities."""
        naf = datasets.load("naf_rev2")
        if self.system == "NACE rev.2":
            return f" = {_counted(int(naf['class'].isin(self.codes['code']).sum()), 'NAF rev.2')}"
        inside = naf["sub_class"].isin(self.codes["code"])
        classes = set(naf.loc[inside, "class"])
        if self.system == "NAF rev.2" and naf["class"].isin(classes).sum() == inside.sum():
            return f" = {_counted(len(classes), 'NACE rev.2')}"
        return ""

    def sub_classes(self, *, unmatched: Literal["error", "keep"] = "error") -> pd.DataFrame:
        """Expand the codes to NAF rév. 2 sub-classes.

        Parameters
        ----------
        unmatched : {"error", "keep"}
            What to do with codes of classifications that are not carried (NACE rev. 1.1 and
            2.1): raise, or keep their row with a blank `sub_class`.

        Returns
        -------
        pandas.DataFrame
            One row a sub-class, sorted: sub_class, code, domain, weight.

        Raises
        ------
        OptionError
            If a code can't be expanded and `unmatched` is ``"error"``.

        Notes
        -----
        A class gives its weight to each of its sub-classes.

        Examples
        --------
        >>> from clusterstats import harmonize
        >>> dcms = harmonize.sector_definition("dcms_2015")
        >>> dcms.sub_classes()["sub_class"].head(4).tolist()
        ['32.12Z', '58.11Z', '58.12Z', '58.13Z']
        """
        require_choice("unmatched", unmatched, ("error", "keep"))
        pairs = self.codes.merge(_carried(), on=["system", "code"], how="left")
        table = pairs[["sub_class", "code", "domain", "weight"]]
        table = table.sort_values(["sub_class", "code"], ignore_index=True)
        lost = table.loc[table["sub_class"].isna(), "code"]
        if unmatched == "error" and len(lost):
            raise OptionError(
                f"{self.name}: {len(lost)} code(s) of {self.system} have no known NAF rev.2 "
                f'sub-class, first {lost.iloc[0]!r}; pass unmatched="keep" to see them'
            )
        return table

    def apply(
        self,
        table: IntoTable,
        *,
        industry: str = "industry",
        values: Sequence[str] = (),
        rest: str = "other",
    ) -> Recoded:
        """Sum cells of NAF rév. 2 sub-classes into two industries: the sector and the rest.

        Parameters
        ----------
        table : frame
            One row for each sub-class, region (if any) and year (if any), in any engine.
        industry : str
            The column of sub-classes, with their dot, such as ``"59.11A"``.
        values : sequence of str
            Additive columns beside ``establishments``, ``employment`` and any ``*_squares``.
            Their bounds (``*_low``, ``*_high``) and the ``status`` come along.
        rest : str
            The name of the rest.

        Returns
        -------
        Recoded
            ``table``, whose ``industry`` is the definition's name or `rest`; ``unmatched``, the
            rows whose code is no sub-class; ``moves``, the part of each code that goes to each.

        Raises
        ------
        TableError
            If keys repeat, a value is negative or not a number, or bounds contradict it.
        OptionError
            If a code of the definition has no known sub-class, or `rest` is the sector's name.

        Notes
        -----
        Of a code with weight w, the part w of every value and bound is in the sector and 1 - w in
        the rest, wherever it is: an assumption, which the bounds don't cover. `sum_cells` says
        what becomes of unknown values, bounds and status.

        Examples
        --------
        >>> import pandas as pd
        >>> from clusterstats import harmonize
        >>> jobs = pd.DataFrame({"region": "76540", "industry": ["59.11A", "47.11F"],
        ...                      "employment": [5, 40]})
        >>> harmonize.sector_definition("audiovisual_core").apply(jobs).table
          region          industry  employment
        0  76540  audiovisual_core         5.0
        1  76540             other        40.0
        """
        if rest == self.name:
            raise OptionError(f"rest={rest!r} is the sector's own name; give the rest another")
        shares = self.sub_classes().set_index("sub_class")["weight"]
        frame, sums = cells_of(table, industry, values, key="industry")
        return into_sector(frame, sums, shares, self.name, rest)


def sector_definition(name: str, *, partial: Partial | None = None) -> SectorDefinition:
    """Give a definition of the cultural, creative or image sector by activity codes.

    Use it to mark an industry in a table; definitions differ, so name the one used.

    Parameters
    ----------
    name : str
        ``"audiovisual_core"``, ``"multimedia_lusso"``, ``"essnet_deps_2012"``, ``"dcms_2015"``,
        ``"kea_2006"``, ``"unctad_2010"``, ``"wipo_2003"`` or ``"heritage_crafts_seed000"``.
    partial : {"exclude", "include"} or float, optional
        What to do with codes that belong only in part and whose share is unknown: leave them out,
        take them whole, or take this share of them, in (0, 1]. Needed where there are such codes.

    Returns
    -------
    SectorDefinition
        The codes with their weights, who defines them, and how sure the list is.

    Raises
    ------
    OptionError
        If the name is not known, if codes are partial and `partial` is not given, or if it
        leaves no code.

    References
    ----------
    The column `source` of the dataset `sector_definitions`.

    Examples
    --------
    >>> from clusterstats import harmonize
    >>> print(harmonize.sector_definition("audiovisual_core"))
    audiovisual_core: 12 NAF rev.2 sub-classes = 8 NACE rev.2 classes
    >>> print(harmonize.sector_definition("multimedia_lusso", partial="exclude"))
    multimedia_lusso: 10 NAF rev.2 sub-classes = 6 NACE rev.2 classes
    """
    table = datasets.load("sector_definitions")
    require_choice("name", name, table["definition"].unique())
    rows = table[table["definition"] == name].reset_index(drop=True)
    codes = rows[["system", "code", "label", "domain"]]
    codes = codes.assign(weight=_weights(name, rows["weight"], partial)).dropna(subset="weight")
    if codes.empty:
        raise OptionError(f"{name}: every code is partial, so partial='exclude' leaves none")
    return SectorDefinition(
        name=name,
        system=" and ".join(codes["system"].unique()),
        codes=codes.reset_index(drop=True),
        source="; ".join(rows["source"].unique()),
        confidence=", ".join(rows["confidence"].unique()),
    )


def check_codes(name: str | None = None) -> pd.DataFrame:
    """Check that the codes of the sector definitions exist in their classification.

    Parameters
    ----------
    name : str, optional
        One definition; all of them if not given.

    Returns
    -------
    pandas.DataFrame
        One row a definition and code: definition, system, code, status. The status is "found",
        "missing", or "classification not carried" (NACE rev. 1.1).

    Examples
    --------
    >>> from clusterstats import harmonize
    >>> harmonize.check_codes("heritage_crafts_seed000")["status"].value_counts().to_dict()
    {'found': 8}
    """
    table = datasets.load("sector_definitions")[["definition", "system", "code"]]
    if name is not None:
        require_choice("name", name, table["definition"].unique())
        table = table.loc[table["definition"] == name]
    known = _carried()
    exists = pd.MultiIndex.from_frame(table[["system", "code"]]).isin(
        pd.MultiIndex.from_frame(known[["system", "code"]])
    )
    carried = table["system"].isin(known["system"])
    checked: pd.DataFrame = table.reset_index(drop=True)
    checked["status"] = np.select([exists, carried], ["found", "missing"], NOT_CARRIED)
    return checked


def _carried() -> pd.DataFrame:
    """Return every known code, by classification, with its sub-classes of NAF rév. 2 if any."""
    naf, later = datasets.load("naf_rev2"), datasets.load("nace_rev21")
    parts = [
        pd.DataFrame({"system": system, "code": naf[column], "sub_class": naf["sub_class"]})
        for system, column in CARRIED.items()
    ]
    return pd.concat([*parts, later[["code"]].assign(system=NACE_REV21)], ignore_index=True)


def _weights(name: str, weights: pd.Series[float], partial: Partial | None) -> pd.Series[float]:
    """Return the weights with blanks filled as `partial` says; blank stays out."""
    blank = int(weights.isna().sum())
    share = share_of(partial)
    if blank and partial is None:
        raise OptionError(
            f"{name}: {blank} of {len(weights)} codes belong only in part and their share is not "
            'known; pass partial="exclude", "include" or a share in (0, 1]'
        )
    return weights if share is None else weights.fillna(share)


def share_of(partial: Partial | None) -> float | None:
    """Return the weight of a partial code; none leaves it blank."""
    if partial is None or partial == "exclude":
        return None
    if partial == "include":
        return 1.0
    if isinstance(partial, (int, float)) and not isinstance(partial, bool) and 0 < partial <= 1:
        return float(partial)
    raise OptionError(
        f'partial={partial!r} is not known; use "exclude", "include" or a share in (0, 1]'
    )


def _counted(number: int, system: str) -> str:
    unit = UNITS.get(system, "class")
    return f"{number} {system} {unit if number == 1 else unit + 'es'}"
