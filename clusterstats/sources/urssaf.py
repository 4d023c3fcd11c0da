"""Establishments and employees of the private sector, by commune, APE and year (URSSAF)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._codes import ape_rule, commune_rule, count_rule, require_years
from clusterstats.sources._engines import Engine, require_engine
from clusterstats.sources._origin import Frame, Origin, Row, plain
from clusterstats.sources._text import open_text
from clusterstats.sources.report import ReadingReport, Reporter, SetAside, Tally, deliver

__all__ = ["read_urssaf"]

REGION, INDUSTRY = "Code commune", "Code APE"
ESTABLISHMENTS, EMPLOYMENT = "Nombre d'établissements", "Effectifs salariés"
RIDING: Mapping[str, tuple[str, ...]] = {
    "region_name": ("nom_commune", "commune", "intitule_commune"),
    "epci": ("code_epci",),
    "epci_name": ("epci",),
    "employment_zone": ("code_zone_d_emploi",),
    "department": ("code_departement",),
    "a17": ("secteur_na17",),
    "a38": ("secteur_na38",),
    "a88": ("secteur_na88",),
}
TOTAL = "(?i:(?:sous-)?total|ensemble)(?: .*)?"


@dataclass(frozen=True)
class Layout:
    """Columns of the file: the two codes, those that ride along, and the counts by year."""

    region: str
    industry: str
    riding: Mapping[str, str]
    counts: Mapping[int, tuple[str, str]]
    """Establishments and employees."""


def read_urssaf(
    path: str | Path,
    *,
    encoding: str = "utf-8",
    engine: Engine = "duckdb",
    report: Reporter | None = None,
) -> Frame:
    r"""Read URSSAF's establishments and employees by commune, APE and year.

    Use it on the export "établissements et effectifs salariés au niveau commune x APE" of
    open.urssaf.fr (CSV with ``;``, plain or gzip, with labels or technical names as its
    header, any years). The file is checked now, in one pass, and read when the frame is used.

    Parameters
    ----------
    path : str or Path
        The file: one row a (commune, APE), two columns a year.
    encoding : str
        Encoding of the text: ``"utf-8"``, with or without a mark, or what Python knows,
        such as ``"cp1252"``; ``"latin-1"`` is read as its superset CP1252.
    engine : {"duckdb", "polars", "pandas"} or pyspark.sql.SparkSession
        What reads the file when the frame is used (pandas from 3 on); the checks are DuckDB's in
        any case.
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list.

    Returns
    -------
    narwhals.LazyFrame
        Long cells, keyed by (region, industry, year), in no promised order:

        - ``region``: commune, 5 characters (``"01004"``, ``"2A004"``);
        - ``industry``: NAF rev. 2 with its dot (``"59.11A"``);
        - ``year``: Int64;
        - ``establishments``: Float64, employer establishments at 31 December;
        - ``employment``: Float64, employees at 31 December;
        - where the file has them, text: ``region_name``, ``epci`` (9 digits), ``epci_name``,
          ``employment_zone`` (4 digits), ``department`` (2 or 3 characters), and the
          aggregated industries ``a17``, ``a38``, ``a88``.

    Raises
    ------
    SourceError
        The file is absent, damaged, in another encoding, delimiter or layout, has no rows,
        or has an impossible code, a repeated (commune, APE) or a count that is not a whole
        number of at least 0; the message names line, column, value and remedy.

    Notes
    -----
    Both counts blank: no establishment that year, so no row. Employees alone blank: unknown,
    null and never 0. A 0 is observed and stays. A line whose commune and APE are blank
    or say "total" is set aside and counted. Private sector only, values are not suppressed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_urssaf
    >>> lines = [
    ...     "code_commune;code_ape;nombre_d_etablissements_2021;effectifs_salaries_2021;"
    ...     "nombre_d_etablissements_2022;effectifs_salaries_2022",
    ...     "01004;5911A;2;31;3;40",
    ...     "2A004;5911A;;;1;0",
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "communes.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     cells = read_urssaf(path, report=print)
    ...     print(cells.sort("region", "year").collect("pandas").to_native())
    communes.csv
      rows: 2 read, 2 kept
      (row, year) cells: 4 read, 3 kept
        1 set aside: establishments and employees both blank (first on line 3)
      region industry  year  establishments  employment
    0  01004   59.11A  2021             2.0        31.0
    1  01004   59.11A  2022             3.0        40.0
    2  2A004   59.11A  2022             1.0         0.0
    """
    require_engine(engine)
    origin = open_text(path, delimiter=";", encoding=encoding)
    layout = _layout(origin)
    total = Pattern((layout.region, layout.industry), TOTAL, is_blank_allowed=True)
    found = survey(
        origin,
        _rules(layout),
        key=Key((layout.region, layout.industry), width=5),
        aside=total,
        counts={"blank": _blank_cells(layout)},
    )
    deliver(_report(origin, layout, total, found), report)
    return _long(origin.on(engine).filter(~total.expr()), layout)


def _layout(origin: Origin) -> Layout:
    names = origin.technical_names()
    region = names.get(plain(REGION))
    industry = names.get(plain(INDUSTRY)) or names.get("ape")
    if region is None or industry is None:
        raise origin.missing(REGION if region is None else INDUSTRY)
    years = {stem: _years(names, stem) for stem in (ESTABLISHMENTS, EMPLOYMENT)}
    if not any(years.values()):
        raise origin.missing(f"{ESTABLISHMENTS} YYYY")
    require_years(origin, *years.values())
    for stem, columns in years.items():
        for year in sorted(set().union(*years.values()) - columns.keys()):
            raise origin.missing(f"{stem} {year}", known={*columns.values()})
    riding = {
        name: next(names[source] for source in sources if source in names)
        for name, sources in RIDING.items()
        if names.keys() & set(sources)
    }
    employment = years[EMPLOYMENT]
    counts = {year: (column, employment[year]) for year, column in years[ESTABLISHMENTS].items()}
    return Layout(region, industry, riding, counts)


def _years(names: Mapping[str, str], stem: str) -> dict[int, str]:
    matches = {name: re.fullmatch(rf"{plain(stem)}_([0-9]{{1,99}})", name) for name in names}
    return {int(match[1]): names[name] for name, match in matches.items() if match}


def _rules(layout: Layout) -> list[Rule]:
    counts = tuple(column for pair in layout.counts.values() for column in pair)
    return [commune_rule(layout.region), ape_rule(layout.industry), count_rule(counts)]


def _blank_cells(layout: Layout) -> nw.Expr:
    pairs = layout.counts.values()
    blanks = (nw.col(first).is_null() & nw.col(second).is_null() for first, second in pairs)
    return nw.sum_horizontal(*(blank.cast(nw.Int64) for blank in blanks))


def _report(
    origin: Origin, layout: Layout, total: Pattern, found: Mapping[str, int]
) -> ReadingReport:
    def has_blank(row: Row) -> bool:
        pairs = layout.counts.values()
        return not total.matches(row) and any(row[a] is row[b] is None for a, b in pairs)

    aside, blank = found["aside"], found["blank"]
    reason = "a total, or no commune and no APE"
    totals = SetAside(reason, aside, origin.first(total.matches, aside))
    rows = Tally(found["rows"], (totals,) if aside else ())
    reason = "establishments and employees both blank"
    blanks = SetAside(reason, blank, origin.first(has_blank, blank))
    cells = Tally(rows.kept * len(layout.counts), (blanks,) if blank else ())
    return ReadingReport(origin.name, rows, cells)


def _long(wide: Frame, layout: Layout) -> Frame:
    """Unpivot the establishments, carry the employees along and pick those of the year.

    DuckDB's unpivot drops nulls: welcome where both counts are blank; where employees stand
    alone, `_counted` makes the establishments an empty text for the time of the unpivot.
    """
    employees = {year: f"employees {year}" for year in layout.counts}
    code = nw.col(layout.industry).str.replace_all(".", "", literal=True)
    chosen = wide.select(
        nw.col(layout.region).alias("region"),
        nw.concat_str(code.str.slice(0, 2), code.str.slice(2, 3), separator=".").alias("industry"),
        *(_tidied(name, nw.col(column)).alias(name) for name, column in layout.riding.items()),
        *(_counted(*pair).alias(str(year)) for year, pair in layout.counts.items()),
        *(nw.col(pair[1]).alias(employees[year]) for year, pair in layout.counts.items()),
    )
    long = chosen.unpivot(
        on=[str(year) for year in layout.counts],
        index=["region", "industry", *layout.riding, *employees.values()],
        variable_name="year",
        value_name="establishments",
    )
    establishments = nw.when(nw.col("establishments") != "").then(nw.col("establishments"))
    return long.filter(~nw.col("establishments").is_null()).select(
        "region",
        "industry",
        nw.col("year").cast(nw.Int64),
        establishments.cast(nw.Float64),
        _of_its_year(employees).cast(nw.Float64).alias("employment"),
        *layout.riding,
    )


def _counted(establishments: str, employment: str) -> nw.Expr:
    is_alone = nw.col(establishments).is_null() & ~nw.col(employment).is_null()
    return nw.when(is_alone).then(nw.lit("")).otherwise(nw.col(establishments))


def _of_its_year(employees: Mapping[int, str]) -> nw.Expr:
    value: nw.Expr = nw.lit(None, nw.String)
    for year, column in employees.items():
        value = nw.when(nw.col("year") == str(year)).then(nw.col(column)).otherwise(value)
    return value


def _tidied(name: str, column: nw.Expr) -> nw.Expr:
    """Codes padded, `code label` cut to its code, a commune's name without its code."""
    if name in {"a17", "a38", "a88"}:
        return column.str.replace_all(" .*", "")
    if name == "region_name":
        return column.str.replace_all("^[0-9][0-9AB][0-9]{3} ", "")
    widths = {"employment_zone": 4, "department": 2}
    return column.str.zfill(widths[name]) if name in widths else column
