"""Graduates who work in the state of their institution (Post-Secondary Employment Outcomes)."""

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._codes import quoted
from clusterstats.sources._origin import Frame, Origin
from clusterstats.sources._text import open_text
from clusterstats.sources.report import ReadingReport, Reporter, Tally, deliver

__all__ = ["read_pseo"]

INSTITUTION, DEGREE = "institution", "degree_level"
EMPLOYED, RETAINED = "grads_emp", "grads_emp_instate"
NUMBERS = {
    "not_employed": "grads_nme",
    "with_earnings": "grads_earn",
    "earnings_p25_usd": "p25_earnings",
    "earnings_p50_usd": "p50_earnings",
    "earnings_p75_usd": "p75_earnings",
}
TEXTS = {
    "institution_name": "label",
    "school_region": "institution_state",
    "city": "city",
    "county": "county",
}
NUMBER = r"[0-9]{1,15}(?:\.[0-9]*)?(?:[eE][+]?[0-9]{1,2})?"


def read_pseo(path: str | Path, *, report: Reporter | None = None) -> Frame:
    r"""Read graduates by institution and degree, with those who work in its state.

    Use it on a table of the Census Bureau's PSEO with earnings and flows joined (CSV, plain or
    gzip): one row an institution and degree level, columns ``y1_grads_emp``,
    ``y1_grads_emp_instate`` and so on for 1, 5 and 10 years after graduation, those that the
    file has. The file is checked now, in one pass, and read when the frame is used.

    Parameters
    ----------
    path : str or Path
        The file: one row an (institution, degree level), columns of years 1, 5, 10.
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list.

    Returns
    -------
    narwhals.LazyFrame
        Aggregated graduates, keyed by (group, horizon_months), in no promised order:

        - ``group``: text, institution and degree (``"00353900 05"``);
        - ``horizon_months``: Int64, 12, 60 or 120;
        - ``institution`` (OPEID, 8 digits), ``degree`` (2 digits, ``"05"`` a bachelor): text;
        - ``respondents``: Float64, graduates employed anywhere, as counted by the publisher;
        - ``retained``: Float64, of these, the graduates employed in the state;
        - ``status``: text, ``"observed"``, null if either count is;
        - where the file has them: ``not_employed``, ``with_earnings``, ``earnings_p25_usd``,
          ``earnings_p50_usd``, ``earnings_p75_usd``, Float64; ``school_region`` (the state),
          ``institution_name``, ``city``, ``county``, text.

    Raises
    ------
    SourceError
        The file is absent, damaged or in another layout, has no rows, a repeated key, a code
        without its leading zeros or a count that is not a number of at least 0.

    Notes
    -----
    All cohorts and fields are pooled, so there is no ``cohort`` column. Noise is infused by
    the publisher: counts are not exact. A blank count is unknown and null, and its row stays.
    In-state only: where else graduates work is not in the file.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_pseo
    >>> lines = [
    ...     "institution,degree_level,y10_grads_emp,y10_grads_emp_instate",
    ...     "00353900,01,416.0,374.0",
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "pseo.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     graduates = read_pseo(path).collect("pandas").to_native()
    >>> graduates[["group", "horizon_months", "respondents", "retained", "status"]]
             group  horizon_months  respondents  retained    status
    0  00353900 01             120        416.0     374.0  observed
    """
    origin = open_text(path, delimiter=None, encoding="utf-8")
    names = origin.technical_names()
    for name in (INSTITUTION, DEGREE):
        if name not in names:
            raise origin.missing(name)
    years = _years(origin, names)
    counts = {year: _columns(names, year) for year in years}
    key = Key((names[INSTITUTION], names[DEGREE]), width=8)
    found = survey(origin, _rules(names, counts), key=key)
    deliver(ReadingReport(origin.name, Tally(found["rows"])), report)
    frames = [_of_year(origin.frame, names, year, columns) for year, columns in counts.items()]
    return nw.concat(frames, how="vertical")


def _years(origin: Origin, names: Mapping[str, str]) -> list[int]:
    matches = (re.fullmatch(f"y([0-9]+)_{EMPLOYED}", name) for name in names)
    years = sorted(int(match[1]) for match in matches if match)
    if not years:
        raise origin.missing(f"y10_{EMPLOYED}")
    for year in years:
        if f"y{year}_{RETAINED}" not in names:
            raise origin.missing(f"y{year}_{RETAINED}", known={names[f"y{year}_{EMPLOYED}"]})
    return years


def _columns(names: Mapping[str, str], year: int) -> dict[str, str]:
    """Columns of the file that hold the numbers of a year."""
    wanted = {"respondents": EMPLOYED, "retained": RETAINED} | NUMBERS
    present = {name: f"y{year}_{source}" for name, source in wanted.items()}
    return {name: names[source] for name, source in present.items() if source in names}


def _is_blank(columns: Mapping[str, str]) -> nw.Expr:
    return nw.col(columns["respondents"]).is_null() | nw.col(columns["retained"]).is_null()


def _rules(names: Mapping[str, str], counts: Mapping[int, Mapping[str, str]]) -> list[Rule]:
    numbers = tuple(column for columns in counts.values() for column in columns.values())
    kinds = (
        ((names[INSTITUTION],), "[0-9]{8}", False, "an OPEID of 8 digits; keep codes as text"),
        ((names[DEGREE],), "[0-9]{2}", False, "a degree of 2 digits; keep codes as text"),
        (numbers, NUMBER, True, "a number of at least 0; leave it blank if it is unknown"),
    )
    return [Rule(Pattern(c, r, blank), partial(_not, what=what)) for c, r, blank, what in kinds]


def _not(value: str | None, *, what: str) -> str:
    return f"{quoted(value)} is not {what}"


def _of_year(
    frame: Frame, names: Mapping[str, str], year: int, columns: Mapping[str, str]
) -> Frame:
    institution, degree = nw.col(names[INSTITUTION]), nw.col(names[DEGREE])
    every = ("respondents", "retained", *NUMBERS)
    unknown = nw.lit(None, nw.Float64)
    status = nw.when(~_is_blank(columns)).then(nw.lit("observed"))
    return frame.select(
        nw.concat_str(institution, degree, separator=" ").alias("group"),
        nw.lit(12 * year, nw.Int64).alias("horizon_months"),
        institution.alias("institution"),
        degree.alias("degree"),
        *(
            (nw.col(columns[n]).cast(nw.Float64) if n in columns else unknown).alias(n)
            for n in every
        ),
        status.alias("status"),
        *(nw.col(names[c]).str.strip_chars().alias(n) for n, c in TEXTS.items() if c in names),
    )
