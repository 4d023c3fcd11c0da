"""Establishments of France, from the stock file of INSEE's SIRENE (StockEtablissement)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import narwhals.stable.v2 as nw

from clusterstats.errors import OptionError, require_choice
from clusterstats.sources._bytes import OLD
from clusterstats.sources._engines import Engine, require_engine
from clusterstats.sources._guards import guarded
from clusterstats.sources._noted import Noted, NotedReport, placed
from clusterstats.sources._origin import Frame, Origin
from clusterstats.sources._sirene import PLACES, columns, guards, notes
from clusterstats.sources._sirene_stock import Stock
from clusterstats.sources._sirene_survey import surveyed
from clusterstats.sources._stored import open_parquet
from clusterstats.sources._text import open_text
from clusterstats.sources._zip import unzipped
from clusterstats.sources.report import Reporter, Tally, deliver

__all__ = ["read_sirene"]

NEEDED: Mapping[str, str] = {
    "siret": "siret",
    "diffusion": "statutDiffusionEtablissement",
    "opened": "dateCreationEtablissement",
    "band": "trancheEffectifsEtablissement",
    "is_head_office": "etablissementSiege",
    "region": "codeCommuneEtablissement",
    "start": "dateDebut",
    "state": "etatAdministratifEtablissement",
    "industry": "activitePrincipaleEtablissement",
    "industry_system": "nomenclatureActivitePrincipaleEtablissement",
}


def read_sirene(
    path: str | Path,
    *,
    date: str | dt.date | None = None,
    active_only: bool = True,
    member: str | None = None,
    encoding: str = "utf-8",
    engine: Engine = "duckdb",
    check: Literal["now", "used"] = "now",
    report: Reporter | None = None,
) -> Frame:
    r"""Read establishments from INSEE's SIRENE stock file.

    Use it on ``StockEtablissement`` as CSV (plain, gzip, or the zip that INSEE publishes) or
    Parquet, of any vintage, also geocoded: columns are found by name. The file is checked
    now, in one pass, or as it is used, and read when the frame is used.

    Parameters
    ----------
    path : str or Path
        The file: one row an establishment, ``,`` between the columns of a CSV.
    date : str or date, optional
        Stock at the end of that day, ``"2015-01-01"``; see Notes. Without it, that of the file.
    active_only : bool
        Without `date`: set aside establishments that have closed. False keeps them, with the
        date in ``closed``.
    member : str, optional
        Name of the table in a zip that holds several.
    encoding : str
        Encoding of a CSV.
    engine : {"duckdb", "polars", "pandas"} or SparkSession
        What the frame that is returned lives in. pandas reads now, and holds, all rows.
    check : {"now", "used"}
        ``"now"`` tests every row and column that is read here in a pass of DuckDB before it
        returns. ``"used"`` saves the pass: each column is tested where a query uses it; see
        Notes.
    report : callable, optional
        With ``check="now"``, receives the `ReadingReport`: ``print``, or the ``append`` of a
        list. Its ``noted`` counts rows that were kept with something masked or unknown.

    Returns
    -------
    narwhals.LazyFrame
        Establishments, keyed by ``establishment``, in no promised order:

        - ``establishment``, ``firm``: SIRET (14 digits) and SIREN (9);
        - ``region``: commune, 5 characters, arrondissement in Paris, Lyon and Marseille; old
          codes stay as they are; null where masked;
        - ``industry``: with its dot (``"59.11A"``), in the nomenclature that
          ``industry_system`` names (``"NAFRev2"``; older ones for those closed long ago);
        - ``employment``: null, since SIRENE has size classes; ``employment_low``,
          ``employment_high``: bounds of the class, Float64; both null for NN and blank, which is
          unknown and not 0; high null for "10 000 and more";
        - ``is_head_office``: Boolean;
        - ``opened``, ``closed``: Date; closed is the first day without it, null if active;
        - ``diffusion``: O (all), P (some fields masked), N;
        - where the file has them ``x``, ``y`` (metres; Lambert-93 in metropolitan France, the
          local projection overseas), ``lon``, ``lat`` (degrees): Float64.

    Raises
    ------
    SourceError
        The file is absent, damaged, in another encoding or delimiter, has no rows, lacks a
        column, or has an impossible code, date or class, or a SIRET twice; the message names
        line, column, value and remedy.
    OptionError
        `date` is not a date, or comes with ``active_only=False``; `engine` or `check` is not
        known; ``check="used"`` comes with `report` or with pandas.

    Notes
    -----
    ``[ND]`` (not diffused) is null; the row is kept and counted. Rows abroad (a code 99) or
    without a commune are set aside and counted.

    With `date`, those opened by that day and not closed by it. The file tells this from the
    creation date, and for the closed from the start of their last period. It cannot tell:
    breaks (closed, then opened again: counted as open throughout); a closing earlier than a
    change recorded after it; what industry, size class, commune or head office were then, for
    these are the latest known. A move makes a new SIRET. Those whose dates do not say
    whether they were open are set aside and counted; an active one without creation date whose
    current period had begun is kept.

    With ``check="used"`` a bad value in a kept row stops the query with an error of the engine,
    whose message names file, column, value and remedy; ``check="now"`` then names the line. Not
    tested are columns that no query uses, rows that are set aside, whether a SIRET is there
    twice, whether a code is of its nomenclature, whether a gzip file is cut, and whether a last
    line of more than 30 MB is lost. Rows are set aside by the same rules, but neither counted nor
    warned of, so that `report` is refused.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_sirene
    >>> lines = [
    ...     "siret,statutDiffusionEtablissement,dateCreationEtablissement,"
    ...     "trancheEffectifsEtablissement,etablissementSiege,codeCommuneEtablissement,"
    ...     "dateDebut,etatAdministratifEtablissement,activitePrincipaleEtablissement,"
    ...     "nomenclatureActivitePrincipaleEtablissement",
    ...     "00000000100011,O,2004-05-01,11,true,75118,2010-01-01,A,59.11A,NAFRev2",
    ...     "00000000100029,O,2004-05-01,NN,false,2A004,2016-07-01,F,59.12Z,NAFRev2",
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "stock.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     now = read_sirene(path, report=print).collect().rows(named=True)
    ...     then = len(read_sirene(path, date="2015-01-01").collect())
    stock.csv
      rows: 2 read, 1 kept
        1 set aside: closed (first on line 3)
    >>> now[0]["region"], now[0]["industry"], now[0]["employment_low"], now[0]["employment_high"]
    ('75118', '59.11A', 10.0, 19.0)
    >>> then
    2
    """
    require_engine(engine)
    require_choice("check", check, ("now", "used"))
    if check == "used" and report is not None:
        raise OptionError('report= counts rows, which check="used" does not; use check="now"')
    day = _day(date, active_only)
    origin = _open(path, member, encoding, check)
    layout = _layout(origin)
    texts = _texts(origin.on(engine).select(*layout.values()))
    stock = Stock(
        layout["region"], layout["opened"], layout["start"], layout["state"], day, active_only
    )
    if check == "now":
        checked = replace(origin, frame=_texts(origin.frame.select(*layout.values())))
        deliver(_report(checked, layout, stock, surveyed(checked, layout, stock)), report)
        kept = _blank(texts).filter(*stock.kept())
    else:
        kept = _used(texts, layout, stock, origin.name, engine)
    return kept.select(**columns(layout))


def _used(
    texts: Frame, layout: Mapping[str, str], stock: Stock, name: str, engine: Engine
) -> Frame:
    """Rows kept, each column with its guard; the filter itself is guarded by what it reads."""
    early = texts if stock.date else texts.filter(*stock.kept())
    late = guarded(early, guards(layout), name, engine)
    return late.filter(*stock.kept()) if stock.date else late.filter(stock.is_known())


def _day(date: str | dt.date | None, active_only: bool) -> str | None:
    if date is None:
        return None
    if not active_only:
        raise OptionError("date= picks those open on a day; leave active_only=False out")
    try:
        return dt.date.fromisoformat(str(date)[:10]).isoformat()
    except ValueError:
        raise OptionError(f"date={date!r} is not a day; write it like '2015-01-01'") from None


def _open(path: str | Path, member: str | None, encoding: str, check: str) -> Origin:
    file = unzipped(path, member=member)
    if file.suffix.lower() == ".parquet":
        return open_parquet(file)
    is_read = OLD or check == "now"
    return open_text(file, delimiter=",", encoding=encoding, is_read=is_read)


def _layout(origin: Origin) -> dict[str, str]:
    """Column of the file for each that is read here."""
    names = {name.casefold(): name for name in origin.columns}
    for column in NEEDED.values():
        if column.casefold() not in names:
            raise origin.missing(column)
    pairs = (("x", "y"), ("lon", "lat"))
    there = [pair for pair in pairs if all(PLACES[role].casefold() in names for role in pair)]
    wanted = {**NEEDED, **{role: PLACES[role] for pair in there for role in pair}}
    return {role: names[column.casefold()] for role, column in wanted.items()}


def _texts(frame: Frame) -> Frame:
    """What CSV and Parquet have in common: text."""
    schema = frame.collect_schema()
    stored = {column: nw.col(column).cast(nw.String) for column in schema}
    texts = {
        column: stored[column].str.replace_all(r" 00:00:00(?:\.0+)?$", "")
        if kind.is_temporal()
        else stored[column]
        for column, kind in schema.items()
        if kind != nw.String
    }
    return frame.with_columns(**texts) if texts else frame


def _blank(texts: Frame) -> Frame:
    """Give null where there is nothing."""
    names = texts.collect_schema().names()
    filled = {name: nw.when(nw.col(name) != "").then(nw.col(name)) for name in names}
    return texts.with_columns(**filled)


def _report(
    origin: Origin, layout: Mapping[str, str], stock: Stock, found: Mapping[str, int]
) -> NotedReport:
    counts = {reason: found[reason] for reason in stock.reasons()}
    reasons = placed(origin, counts, stock.reason)
    noted = tuple(Noted(what, found[what]) for what in notes(layout) if found[what])
    return NotedReport(origin.name, Tally(found["rows"], reasons), noted=noted)
