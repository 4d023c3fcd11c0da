"""Establishments and employees of the private sector, by commune, APE and year (URSSAF)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._origin import Frame, Origin, plain
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
COMMUNE = "(?:0[1-9]|[13-8][0-9]|2[1-9AB]|9[0-57-8])[0-9]{3}"
APE = r"[0-9]{2}\.?[0-9]{2}[A-Z](?: .*)?"
COUNT = r"[0-9]+(?:\.0*)?"
TOTAL = "(?i:(?:sous-)?total|ensemble)(?: .*)?"


@dataclass(frozen=True)
class Layout:
    """Where the file has what is wanted: contract names to columns, years to columns."""

    region: str
    industry: str
    riding: Mapping[str, str]
    establishments: Mapping[int, str]
    employment: Mapping[int, str]


def read_urssaf(
    path: str | Path, *, encoding: str = "utf-8", report: Reporter | None = None
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
    return _long(origin.frame.filter(~total.expr()), layout)


def _layout(origin: Origin) -> Layout:
    names = origin.technical_names()
    region = names.get(plain(REGION))
    industry = names.get(plain(INDUSTRY)) or names.get("ape")
    if region is None or industry is None:
        raise origin.missing(REGION if region is None else INDUSTRY)
    years = {stem: _years(names, stem) for stem in (ESTABLISHMENTS, EMPLOYMENT)}
    if not any(years.values()):
        raise origin.missing(f"{ESTABLISHMENTS} YYYY")
    for stem, columns in years.items():
        for year in sorted(set().union(*years.values()) - columns.keys()):
            raise origin.missing(f"{stem} {year}")
    riding = {
        name: next(names[source] for source in sources if source in names)
        for name, sources in RIDING.items()
        if names.keys() & set(sources)
    }
    return Layout(region, industry, riding, years[ESTABLISHMENTS], years[EMPLOYMENT])


def _years(names: Mapping[str, str], stem: str) -> dict[int, str]:
    matches = {name: re.fullmatch(rf"{plain(stem)}_([0-9]{{4}})", name) for name in names}
    return {int(match[1]): names[name] for name, match in matches.items() if match}


def _rules(layout: Layout) -> list[Rule]:
    counts = (*layout.establishments.values(), *layout.employment.values())
    return [
        Rule(Pattern((layout.region,), COMMUNE), _not_a_commune),
        Rule(Pattern((layout.industry,), APE), _not_an_ape),
        Rule(Pattern(counts, COUNT, is_blank_allowed=True), _not_a_count),
    ]


def _quoted(value: str | None) -> str:
    return "a blank" if value is None else repr(value)


def _not_a_commune(value: str | None) -> str:
    return (
        f"{_quoted(value)} is not a commune code of 5 characters like '01004' or '2A004'; "
        "keep codes as text, with their leading zeros"
    )


def _not_an_ape(value: str | None) -> str:
    return f"{_quoted(value)} is not an APE code like '5911A'; correct it or remove the line"


def _not_a_count(value: str | None) -> str:
    number = re.fullmatch(r"(-?)[0-9]+([.,][0-9]+)?", value or "")
    fault = "not a number" if number is None else "negative" if number[1] else "a fraction"
    return f"{value!r} is {fault}; counts are whole numbers of at least 0, or blank"


def _blank_cells(layout: Layout) -> nw.Expr:
    blanks = (
        (nw.col(layout.establishments[y]).is_null() & nw.col(layout.employment[y]).is_null())
        for y in layout.establishments
    )
    return nw.sum_horizontal(*(blank.cast(nw.Int64) for blank in blanks))


def _report(
    origin: Origin, layout: Layout, total: Pattern, found: Mapping[str, int]
) -> ReadingReport:
    rows = Tally(found["rows"])
    if found["aside"]:
        line = origin.first(lambda row: total.broken_by(row) is None)
        reason = "a total, or no commune and no APE"
        rows = Tally(found["rows"], (SetAside(reason, found["aside"], line),))
    pairs = [(layout.establishments[y], layout.employment[y]) for y in layout.establishments]
    cells = Tally(rows.kept * len(pairs))
    if found["blank"]:
        line = origin.first(
            lambda row: (
                total.broken_by(row) is not None
                and any(row[a] is None and row[b] is None for a, b in pairs)
            )
        )
        reason = "establishments and employees both blank"
        cells = Tally(cells.read, (SetAside(reason, found["blank"], line),))
    return ReadingReport(origin.name, rows, cells)


def _long(wide: Frame, layout: Layout) -> Frame:
    """Unpivot the establishments, carry the employees along and pick those of the year."""
    riding = {name: _tidied(name, nw.col(column)) for name, column in layout.riding.items()}
    employees = {year: f"employees {year}" for year in layout.employment}
    code = nw.col(layout.industry).str.replace_all(".", "", literal=True)
    chosen = wide.select(
        nw.col(layout.region).alias("region"),
        nw.concat_str(code.str.slice(0, 2), code.str.slice(2, 3), separator=".").alias("industry"),
        *(expr.alias(name) for name, expr in riding.items()),
        *(nw.col(column).alias(str(year)) for year, column in layout.establishments.items()),
        *(nw.col(layout.employment[year]).alias(name) for year, name in employees.items()),
    )
    long = chosen.unpivot(
        on=[str(year) for year in layout.establishments],
        index=["region", "industry", *riding, *employees.values()],
        variable_name="year",
        value_name="establishments",
    )
    employment = reduce(
        lambda rest, year: (
            nw.when(nw.col("year") == str(year)).then(nw.col(employees[year])).otherwise(rest)
        ),
        employees,
        nw.lit(None, nw.String),
    )
    return (
        long.with_columns(employment=employment)
        .filter(~(nw.col("establishments").is_null() & nw.col("employment").is_null()))
        .select(
            "region",
            "industry",
            nw.col("year").cast(nw.Int64),
            nw.col("establishments", "employment").cast(nw.Float64),
            *riding,
        )
    )


def _tidied(name: str, column: nw.Expr) -> nw.Expr:
    """Codes padded, `code label` cut to its code, a commune's name without its code."""
    if name in {"a17", "a38", "a88"}:
        return column.str.replace_all(" .*", "")
    if name == "region_name":
        return column.str.replace_all("^[0-9][0-9AB][0-9]{3} ", "")
    widths = {"employment_zone": 4, "department": 2}
    return column.str.zfill(widths[name]) if name in widths else column
