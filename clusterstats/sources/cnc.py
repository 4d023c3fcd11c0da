"""Cinemas of France, with their size, admissions and place (CNC)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._codes import commune_rule, count_rule, not_what, require_years
from clusterstats.sources._origin import Frame, Origin
from clusterstats.sources._text import open_text
from clusterstats.sources.report import ReadingReport, Reporter, SetAside, Tally, deliver

__all__ = ["read_cnc"]

INDUSTRY = "59.14Z"
ESTABLISHMENT, REGION, SCREENS, SEATS = "n_auto", "code_insee", "ecrans", "fauteuils"
LON, LAT = "longitude", "latitude"
NEEDED = (ESTABLISHMENT, REGION, SCREENS, SEATS, LON, LAT)
TEXTS = {"department": "dep", "name": "nom", "operator": "programmateur"}
FLAGS = {
    "is_multiplex": ("multiplexe", "OUI", "NON"),
    "is_art_house": ("ae", "OUI", "NON"),
    "is_itinerant": ("genre", "ITINERANT", "FIXE"),
}
NUMBER = "[^ \u00a0]+"
DEGREES = {
    LON: r"-?(?:180|1[0-7][0-9]|[0-9]{1,2})(?:\.[0-9]*)?",
    LAT: r"-?(?:90|[0-8]?[0-9])(?:\.[0-9]*)?",
}


@dataclass(frozen=True)
class Layout:
    """Columns of the file by technical name, and those of admissions by year."""

    names: Mapping[str, str]
    admissions: Mapping[int, str]

    @property
    def year(self) -> int:
        """Year of the file, the last with admissions."""
        return max(self.admissions)


def read_cnc(path: str | Path, *, encoding: str = "utf-8", report: Reporter | None = None) -> Frame:
    r"""Read the CNC's list of cinemas with screens, seats and admissions of two years.

    Use it on the open data file "établissements cinématographiques" (CSV with ``;``, plain or
    gzip). The file is checked now, in one pass, and read when the frame is used.

    Parameters
    ----------
    path : str or Path
        The file: one row a cinema, one column ``entrées YYYY`` a year.
    encoding : str
        Encoding of the text: ``"utf-8"``, with or without a mark, ``"cp1252"``, ...
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list.

    Returns
    -------
    narwhals.LazyFrame
        Establishments, keyed by (establishment, year), in no promised order:

        - ``establishment``: text, the CNC's number of the cinema;
        - ``year``: Int64, the year of the file and those before it that it has;
        - ``region``: commune, 5 characters, as in the file: that of 2022 has Paris by
          arrondissement (``"75108"``), Lyon and Marseille whole (``"69123"``, ``"13055"``);
        - ``industry``: text, ``"59.14Z"``, cinemas in NAF rev. 2;
        - ``screens``, ``seats``: Float64, in the year of the file; null in earlier years;
        - ``admissions``: Float64, tickets in the year;
        - ``lon``, ``lat``: Float64, degrees;
        - where the file has them: ``department``, ``name``, ``operator``, text, and
          ``is_multiplex``, ``is_art_house``, ``is_itinerant``, Boolean.

    Raises
    ------
    SourceError
        The file is absent, damaged, in another encoding, delimiter or layout, has no rows, or
        has an impossible code, number or place, or a repeated cinema.

    Notes
    -----
    One row a cinema in the year of the file, with null admissions where they are blank. In an
    earlier year a cinema with blank admissions has no row: counted in the report. The operator
    is the programmer of several cinemas, null for an independent one. A cinema that closed
    before the year of the file is not in it, so earlier years are not complete.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_cnc
    >>> lines = [
    ...     "N° auto;code INSEE;écrans;fauteuils;entrées 2022;entrées 2021;latitude;longitude",
    ...     "31;75108;4.0;1533.0;148007.0;119434.0;48.87;2.30",
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "cinemas.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     cinemas = read_cnc(path).sort("year").collect("pandas").to_native()
    >>> cinemas[["establishment", "year", "region", "screens", "seats", "admissions"]]
      establishment  year region  screens   seats  admissions
    0            31  2021  75108      NaN     NaN    119434.0
    1            31  2022  75108      4.0  1533.0    148007.0
    """
    origin = open_text(path, delimiter=";", encoding=encoding)
    layout = _layout(origin)
    earlier = [column for year, column in layout.admissions.items() if year != layout.year]
    blanks = (nw.col(column).is_null().cast(nw.Int64) for column in earlier)
    found = survey(
        origin,
        _rules(layout),
        key=Key((layout.names[ESTABLISHMENT],), width=64),
        counts={"blank": nw.sum_horizontal(*blanks)} if earlier else {},
    )
    deliver(_report(origin, earlier, found), report)
    years = [_of_year(origin.frame, layout, year) for year in sorted(layout.admissions)]
    return nw.concat(years, how="vertical")


def _layout(origin: Origin) -> Layout:
    names = origin.technical_names()
    for name in NEEDED:
        if name not in names:
            raise origin.missing(name)
    matches = {name: re.fullmatch("entrees_([0-9]{1,99})", name) for name in names}
    admissions = {int(match[1]): names[name] for name, match in matches.items() if match}
    if not admissions:
        raise origin.missing("entrées YYYY")
    require_years(origin, admissions)
    return Layout(names, admissions)


def _rules(layout: Layout) -> list[Rule]:
    names = layout.names
    counts = (names[SCREENS], names[SEATS], *layout.admissions.values())
    degrees = partial(not_what, what="degrees with a decimal point")
    rules = [
        Rule(Pattern((names[ESTABLISHMENT],), NUMBER), partial(not_what, what="a cinema's number")),
        commune_rule(names[REGION]),
        count_rule(counts),
        *(Rule(Pattern((names[n],), regex, True), degrees) for n, regex in DEGREES.items()),
    ]
    for source, yes, no in FLAGS.values():
        if source in names:
            what = f"{yes!r} or {no!r}"
            pattern = Pattern((names[source],), f"{yes}|{no}", is_blank_allowed=True)
            rules.append(Rule(pattern, partial(not_what, what=what)))
    return rules


def _report(origin: Origin, earlier: list[str], found: Mapping[str, int]) -> ReadingReport:
    blank = found.get("blank", 0)
    line = origin.first(lambda row: any(row[column] is None for column in earlier), blank)
    aside = SetAside("admissions of an earlier year blank", blank, line)
    cells = Tally(found["rows"] * (1 + len(earlier)), (aside,) if blank else ())
    return ReadingReport(origin.name, Tally(found["rows"]), cells)


def _of_year(frame: Frame, layout: Layout, year: int) -> Frame:
    names, admissions = layout.names, nw.col(layout.admissions[year])
    is_last = year == layout.year
    known = frame if is_last else frame.filter(~admissions.is_null())
    sizes = {"screens": nw.col(names[SCREENS]), "seats": nw.col(names[SEATS])}
    unknown = nw.lit(None, nw.Float64)
    return known.select(
        nw.col(names[ESTABLISHMENT]).alias("establishment"),
        nw.lit(year, nw.Int64).alias("year"),
        nw.col(names[REGION]).alias("region"),
        nw.lit(INDUSTRY).alias("industry"),
        *((s.cast(nw.Float64) if is_last else unknown).alias(name) for name, s in sizes.items()),
        admissions.cast(nw.Float64).alias("admissions"),
        nw.col(names[LON]).cast(nw.Float64).alias("lon"),
        nw.col(names[LAT]).cast(nw.Float64).alias("lat"),
        *(nw.col(names[source]).alias(n) for n, source in TEXTS.items() if source in names),
        *(
            (nw.col(names[source]) == yes).alias(name)
            for name, (source, yes, _) in FLAGS.items()
            if source in names
        ),
    )
