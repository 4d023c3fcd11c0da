"""INSEE's workbooks that compare départements or regions, with titles above and notes below."""

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import pyarrow as pa

from clusterstats.errors import SourceError
from clusterstats.sources._codes import quoted
from clusterstats.sources._origin import Frame, Origin
from clusterstats.sources._stored import open_excel
from clusterstats.sources.report import ReadingReport, Reporter, SetAside, Tally, deliver

__all__ = ["read_department_workbook"]

REGION = "0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-8]"
TOTAL = "M|F|FM|FR"
NO_ROW = 1 << 21
UNKNOWN = ("nd", "ns", "n.d.", "n.s.")
NUMBER = r"-?[0-9]{1,15}(?:\.([0-9]+))?"
YEAR = "(?:19|20)[0-9]{2}"


@dataclass(frozen=True)
class Row:
    """A row of the sheet below its header: number, code, name and texts of its values."""

    number: int
    code: str
    name: str | None
    values: tuple[str | None, ...]


def read_department_workbook(
    path: str | Path,
    *,
    sheet: str | int = 0,
    keep_totals: bool = False,
    report: Reporter | None = None,
) -> Frame:
    r"""Read an INSEE table that compares départements or regions (TCRD workbooks).

    Use it on a sheet with rows of titles, a header, a row a territory (code, name, a column an
    industry) and notes below, such as TCRD_027, the structure of employment in five sectors.
    The workbook is read now.

    Parameters
    ----------
    path : str or Path
        The workbook: ``.xlsx`` or ``.xls``.
    sheet : str or int
        Name of the sheet (``"DEP"``, ``"REG"``), or its position counted from 0.
    keep_totals : bool
        Whether the rows of France (``"F"``) and of its metropolitan part (``"M"``) stay; as a
        base of quotients, say. If not they are set aside and counted.
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list. Without it, totals
        that are set aside raise a `ClusterstatsWarning`.

    Returns
    -------
    narwhals.LazyFrame
        Cells, keyed by (region, industry), in no promised order:

        - ``region``: text, code of the département (``"01"``, ``"2A"``, ``"971"``) or region;
        - ``industry``: text, header of the column;
        - ``year``: Int64, the one in the titles, null if they have none or several;
        - ``value``: Float64, null where blank, ``nd`` or ``ns``;
        - ``value_low``, ``value_high``: Float64, bounds of what was rounded to `value`;
        - ``unit``: text, what the titles say (``"%"``), else null;
        - ``status``: text, ``"observed"``, null where the value is;
        - ``region_name``: text.

    Raises
    ------
    SourceError
        The workbook is absent, damaged, or has no row that begins with a code; or a row has a
        value but no code, a code twice, or a value that is not a number.
    OptionError
        There is no such sheet.

    Notes
    -----
    The header is the row above the first code. Rows with nothing beyond their first cell are
    titles or notes, not counted as rows. Values are rounded to the decimals that the sheet has
    at most: bounds are half a unit of the last one around them. Percents of several territories
    can't be added: the workbook holds no levels.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import pandas as pd
    >>> from clusterstats.sources import read_department_workbook
    >>> rows = [["Emploi en 2019", None, None], [None, None, "en %"], [None, None, "Industrie"]]
    >>> rows += [["01", "Ain", 21.2], ["F", "France", 11.6], ["Source : Insee.", None, None]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "tcrd.xlsx")
    ...     pd.DataFrame(rows).to_excel(path, header=False, index=False)
    ...     cells = read_department_workbook(path, report=print).collect("pandas").to_native()
    tcrd.xlsx
      rows: 2 read, 1 kept
        1 set aside: a total of France (first on line 5)
    >>> cells[["region", "industry", "year", "value", "value_low", "value_high", "unit"]]
      region   industry  year  value  value_low  value_high unit
    0     01  Industrie  2019   21.2      21.15       21.25    %
    """
    titles = open_excel(path, sheet=sheet, header_row=1, first_row=NO_ROW)
    header = _header_row(titles)
    origin = open_excel(path, sheet=sheet, header_row=header, first_row=1)
    _require_header(origin)
    rows = _rows(origin)
    totals = [row for row in rows if re.fullmatch(TOTAL, row.code)]
    aside = [] if keep_totals else totals
    parts = (SetAside("a total of France", len(aside), aside[0].number),) if aside else ()
    above = _above(titles, header)
    frame = _cells(origin, [row for row in rows if row not in aside], above)
    deliver(ReadingReport(origin.name, Tally(len(rows), parts)), report)
    return frame


def _header_row(titles: Origin) -> int:
    """Row above the first that begins with a code and has a value."""
    for number, values in titles.lines():
        if re.fullmatch(f"{REGION}|{TOTAL}", values[0] or "") and any(values[2:]):
            return number - 1
    raise titles.error("no row begins with the code of a département like '01'; give its sheet=")


def _require_header(origin: Origin) -> None:
    """Raise if the row taken for the header is one of data, or leaves a column without a name."""
    names = origin.columns[2:]
    are_numbers = all(re.fullmatch(NUMBER, name) for name in names)
    if names and are_numbers and not all(re.fullmatch(YEAR, name) for name in names):
        raise origin.error(_headless(origin.columns[0]), line=origin.header_line)
    for number, name in enumerate(names, start=3):
        if name == f"column_{number}":
            problem = f"column {number} has values and no name; give it one, or clear it"
            raise origin.error(problem, line=origin.header_line)


def _headless(code: str) -> str:
    if re.fullmatch(f"{REGION}|{TOTAL}", code):
        return f"{code!r} stands on the first row; put the header above it"
    said = "a blank" if code == "column_1" else repr(code)
    return f"{said} is not the code of a département or region like '01'; correct it"


def _above(titles: Origin, header: int) -> list[str]:
    """Texts of the rows above the header."""
    cells = [] if header == 1 else list(titles.columns)
    for number, values in titles.lines():
        if number < header:
            cells += [value for value in values if value]
    return cells


def _rows(origin: Origin) -> list[Row]:
    rows: dict[str, Row] = {}
    for number, values in origin.lines():
        code, name, *rest = (value or None for value in values)
        if name is None and not any(rest):
            continue
        if not re.fullmatch(f"{REGION}|{TOTAL}", code or ""):
            problem = "is not the code of a département or region like '01'; correct it"
            raise origin.error(f"{quoted(code)} {problem}", line=number)
        row = Row(number, code or "", name, tuple(rest))
        first = rows.setdefault(row.code, row)
        if first is not row:
            raise origin.error(f"{code!r} repeats row {first.number}; keep one", line=number)
    return list(rows.values())


def _cells(origin: Origin, rows: list[Row], above: list[str]) -> Frame:
    industries = origin.columns[2:]
    if not rows or not industries:
        raise origin.error("no territories and industries; choose another sheet")
    places = [(row, name, text) for row in rows for name, text in _named(row, industries)]
    numbers = [_number(origin, row, name, text) for row, name, text in places]
    half = 0.5 * 10.0 ** -max(_decimals(text) for _, _, text in places)
    years = {int(year) for text in above for year in re.findall(r"\b(?:19|20)[0-9]{2}\b", text)}
    units = [match[1] for text in above if (match := re.fullmatch("en (.+)", text.strip()))]
    count = len(places)
    table = pa.table(
        {
            "region": pa.array([row.code for row, _, _ in places], pa.string()),
            "industry": pa.array([name for _, name, _ in places], pa.string()),
            "year": pa.array([years.copy().pop() if len(years) == 1 else None] * count, pa.int64()),
            "value": pa.array(numbers, pa.float64()),
            "value_low": pa.array([_moved(n, -half) for n in numbers], pa.float64()),
            "value_high": pa.array([_moved(n, half) for n in numbers], pa.float64()),
            "unit": pa.array([units[0] if units else None] * count, pa.string()),
            "status": pa.array([None if n is None else "observed" for n in numbers], pa.string()),
            "region_name": pa.array([row.name for row, _, _ in places], pa.string()),
        }
    )
    frame: Frame = nw.from_native(duckdb.from_arrow(table))
    return frame


def _named(row: Row, industries: tuple[str, ...]) -> list[tuple[str, str | None]]:
    return list(zip(industries, row.values, strict=True))


def _number(origin: Origin, row: Row, column: str, text: str | None) -> float | None:
    if text is None or text.lower() in UNKNOWN:
        return None
    if not re.fullmatch(NUMBER, text):
        raise _not_a_number(origin, row, column, text)
    return float(text)


def _not_a_number(origin: Origin, row: Row, column: str, text: str) -> SourceError:
    problem = f"{quoted(text)} is not a number; correct it, or leave it blank if it is unknown"
    return origin.error(problem, line=row.number, column=column)


def _decimals(text: str | None) -> int:
    match = re.fullmatch(NUMBER, text or "")
    return len(match[1]) if match and match[1] else 0


def _moved(number: float | None, by: float) -> float | None:
    """Bound, without the noise of binary fractions."""
    return None if number is None else round(number + by, 10)
