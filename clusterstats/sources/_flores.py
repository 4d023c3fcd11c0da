"""The two layouts of FLORES as one: region, industry, year, measure, status, value."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import narwhals.stable.v2 as nw

from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._codes import YEAR, commune_rule, count_rule, quoted
from clusterstats.sources._engines import Engine
from clusterstats.sources._noted import Noted, NotedReport, first_bad, placed
from clusterstats.sources._origin import Frame, Origin, Row
from clusterstats.sources.report import SetAside, Tally

__all__ = ["TOTAL", "is_wide", "long_layout", "wide_layout"]

TOTAL = "_T"
LEGAL_FORMS = "1T9X7"
NEEDED = ("GEO", "GEO_OBJECT", "ACTIVITY", "FLORES_MEASURE", "OBS_STATUS", "TIME_PERIOD")
KEY = ("GEO", "ACTIVITY", "TIME_PERIOD", "FLORES_MEASURE")
CODES: Mapping[str, tuple[str, str]] = {
    "ACTIVITY": ("_T|[A-Z]{2}|C[1-5]|[0-9]{2}", "an industry of NA17 or NA88, or '_T'; correct it"),
    "FLORES_MEASURE": ("UNIT_LOC|EMPL3112", "a measure; use UNIT_LOC or EMPL3112"),
    "OBS_STATUS": ("[AKW]", "a status; use A, K or W"),
    "TIME_PERIOD": (YEAR, "a year like 2024; correct it"),
}
BY_INDUSTRY, BY_SIZE = "a total over industries", "of one size class"
WIDE = re.compile("(ET|EFF)_(TOT|[A-Z]{2}|C[1-5]|[0-9]{2})")


@dataclass(frozen=True)
class _Not:
    expected: str

    def __call__(self, value: str | None) -> str:
        return f"{quoted(value)} is not {self.expected}"


def _region_rule(column: str, geography: str) -> Rule:
    if geography == "COM":
        return commune_rule(column)
    return Rule(Pattern((column,), "[0-9A-Z]{1,9}"), _Not("a code; keep codes as text"))


def is_wide(origin: Origin) -> bool:
    """Whether a file has the layout to 2021, if need be with its first column misnamed."""
    return "CODGEO" in origin.columns or any(map(WIDE.fullmatch, origin.columns))


def long_layout(origin: Origin, geography: str, engine: Engine) -> tuple[Frame, NotedReport]:
    """Since 2022: a row a value; those of the geography, over all sizes and legal forms."""
    for column in (*NEEDED, "OBS_VALUE"):
        if column not in origin.columns:
            raise origin.missing(column)
    asides = _Asides(geography, origin.columns)
    counts = asides.exprs()
    found = survey(origin, (), counts=counts)
    if found[asides.elsewhere] == found["rows"]:
        raise _nowhere(origin, geography)
    if found["rows"] == sum(found[reason] for reason in counts):
        raise origin.error("no row by industry over all sizes and legal forms; take another file")
    wanted = [~counts[reason] for reason in counts if reason != BY_INDUSTRY]
    kept = replace(
        origin,
        frame=origin.frame.filter(*wanted),
        lines=partial(_kept_lines, origin, asides),
    )
    noted = _checked(kept, geography)
    reasons = placed(origin, {reason: found[reason] for reason in counts}, asides.reason)
    report = NotedReport(origin.name, Tally(found["rows"], reasons), noted=noted)
    return _long(origin.on(engine).filter(*wanted)), report


@dataclass(frozen=True)
class _Asides:
    """Rows that are not cells of the geography: in the engine and, the same, in Python."""

    geography: str
    columns: Sequence[str]

    @property
    def elsewhere(self) -> str:
        return f"of another geography than {self.geography}"

    def _wanted(self) -> dict[str, tuple[str, str]]:
        """Of each reason, the column and the only value that is not set aside for it."""
        wanted = {
            self.elsewhere: ("GEO_OBJECT", self.geography),
            "of some legal forms only": ("LEGAL_FORM_WITH_PUBLIC", LEGAL_FORMS),
            BY_SIZE: ("NUMBER_EMPL", TOTAL),
        }
        return {reason: pair for reason, pair in wanted.items() if pair[0] in self.columns}

    def exprs(self) -> dict[str, nw.Expr]:
        """True of the rows of each reason, of which a row has at most one."""
        made: dict[str, nw.Expr] = {}
        is_left = nw.lit(True)
        for reason, (column, value) in self._wanted().items():
            is_same = (nw.col(column) == value).fill_null(False)
            made[reason] = is_left & ~is_same
            is_left = is_left & is_same
        made[BY_INDUSTRY] = is_left & (nw.col("ACTIVITY") == TOTAL).fill_null(False)
        return made

    def reason(self, row: Row) -> str | None:
        for reason, (column, value) in self._wanted().items():
            if row[column] != value:
                return reason
        return BY_INDUSTRY if row["ACTIVITY"] == TOTAL else None


def _nowhere(origin: Origin, geography: str) -> OptionError:
    found = origin.frame.select("GEO_OBJECT").unique().collect()["GEO_OBJECT"].to_list()
    known = ", ".join(sorted(repr(value) for value in found if value))
    return OptionError(f"geography={geography!r} is not in {origin.name}; use one of {known}")


def _kept_lines(origin: Origin, asides: _Asides) -> Iterator[tuple[int, Sequence[str | None]]]:
    for line, row in origin.rows():
        if asides.reason(row) in {None, BY_INDUSTRY}:
            yield line, list(row.values())


def _checked(kept: Origin, geography: str) -> tuple[Noted, ...]:
    """Check cells and their totals; count those that are suppressed or more than they say."""
    status, value = nw.col("OBS_STATUS"), nw.col("OBS_VALUE")
    is_cell = nw.col("ACTIVITY") != TOTAL
    secret = "status K (suppressed): null, with bounds"
    merged = "status W: includes an attached commune"
    found = survey(
        kept,
        [
            _region_rule("GEO", geography),
            *(Rule(Pattern((c,), regex), _Not(said)) for c, (regex, said) in CODES.items()),
            count_rule(("OBS_VALUE",)),
        ],
        key=Key(KEY, width=40),
        counts={
            "odd": (status == "K") != value.is_null(),
            "numbers": nw.col("ACTIVITY").str.contains("^[0-9]"),
            "letters": nw.col("ACTIVITY").str.contains("^[A-Z]"),
            secret: (status == "K") & is_cell,
            merged: (status == "W") & is_cell,
        },
    )
    if found["odd"]:
        raise first_bad(kept, "OBS_VALUE", _is_odd, _say_odd)
    if found["numbers"] and found["letters"]:
        raise _mixed(kept)
    return tuple(Noted(what, found[what]) for what in (secret, merged) if found[what])


def _is_odd(row: Row) -> bool:
    return (row["OBS_STATUS"] == "K") != (row["OBS_VALUE"] is None)


def _say_odd(row: Row) -> str:
    value, status = quoted(row["OBS_VALUE"]), row["OBS_STATUS"]
    return f"{value} with status {status!r}; only K (suppressed) goes with a blank; correct either"


def _mixed(origin: Origin) -> SourceError:
    return origin.error(
        "industries of NA17 and of NA88 in one file would be counted twice; keep one of them"
    )


def _long(frame: Frame) -> Frame:
    return frame.select(
        region=nw.col("GEO"),
        industry=nw.col("ACTIVITY"),
        year=nw.col("TIME_PERIOD").cast(nw.Int64),
        measure=nw.col("FLORES_MEASURE"),
        status=nw.col("OBS_STATUS"),
        value=nw.col("OBS_VALUE").cast(nw.Float64),
    )


def wide_layout(
    origin: Origin, geography: str, year: int, engine: Engine
) -> tuple[Frame, NotedReport]:
    """To 2021: a row a territory; columns ET_ and EFF_ by industry, also by size."""
    if "CODGEO" not in origin.columns:
        raise origin.missing("CODGEO")
    counted = [name for name in origin.columns if name.startswith(("ET_", "EFF_"))]
    chosen = [name for name in counted if WIDE.fullmatch(name)]
    details = [name for name in chosen if not name.endswith("_TOT")]
    if not details:
        raise origin.missing("ET_AZ")
    if len({name[-2:].isdigit() for name in details}) > 1:
        raise _mixed(origin)
    blank = sum((nw.col(name).is_null().cast(nw.Int64) for name in details), start=nw.lit(0))
    rules = [_region_rule("CODGEO", geography), count_rule(tuple(chosen))]
    found = survey(origin, rules, key=Key(("CODGEO",), width=9), counts={"blank": blank})
    columns = {BY_INDUSTRY: len(chosen) - len(details), BY_SIZE: len(counted) - len(chosen)}
    rows = found["rows"]
    line = next((number for number, _ in origin.rows()), 0)
    reasons = [SetAside(why, rows * count, line) for why, count in columns.items() if count]
    noted = (Noted("a blank: unknown", found["blank"]),) if found["blank"] else ()
    tally = Tally(rows * len(counted), tuple(reasons))
    return _unpivoted(origin.on(engine), chosen, year), NotedReport(
        origin.name, Tally(rows), tally, noted=noted
    )


def _unpivoted(frame: Frame, columns: Sequence[str], year: int) -> Frame:
    """Blanks are an empty text for the time of the unpivot, which drops nulls in DuckDB.

    A blank line is a row to Polars.
    """
    filled = frame.filter(~nw.col("CODGEO").is_null()).select(
        "CODGEO", *(nw.col(name).fill_null("") for name in columns)
    )
    long = filled.unpivot(
        on=list(columns), index=["CODGEO"], variable_name="column", value_name="text"
    )
    code = nw.col("column").str.replace_all("^(ET|EFF)_", "")
    is_known = nw.col("text") != ""
    is_units = nw.col("column").str.starts_with("ET_")
    return long.select(
        region=nw.col("CODGEO"),
        industry=nw.when(code == "TOT").then(nw.lit(TOTAL)).otherwise(code),
        year=nw.lit(year, nw.Int64),
        measure=nw.when(is_units).then(nw.lit("UNIT_LOC")).otherwise(nw.lit("EMPL3112")),
        status=nw.when(is_known).then(nw.lit("A")),
        value=nw.when(is_known).then(nw.col("text")).cast(nw.Float64),
    )
