"""Establishments and employees of United States metropolitan areas (County Business Patterns)."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats.errors import OptionError
from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._codes import count_rule, quoted
from clusterstats.sources._origin import Frame, Origin, as_text
from clusterstats.sources._stored import open_parquet
from clusterstats.sources._text import open_text
from clusterstats.sources.report import ReadingReport, Reporter, SetAside, Tally, deliver

__all__ = ["read_cbp"]

ALIASES: Mapping[str, tuple[str, ...]] = {
    "region": ("cbsa_code", "cbsa", "msa"),
    "industry": ("naics_code", "naics"),
    "establishments": ("estab", "est"),
    "employment": ("emp",),
}
WITHHELD = "empflag"
LEVELS = (0, 2, 3, 4, 5, 6)
SECTORS = {"31": "31-33", "44": "44-45", "48": "48-49"}
NAICS = "00|------|[0-9]{2}(?:----)?|31-33|44-45|48-49|[0-9]{3}(?:///)?|[0-9]{4}(?://)?|[0-9]{5}/?"
NAICS += "|[0-9]{6}"
FULL = 6
MIXED = "some codes are filled ('31----') and some are not ('31-33'); keep one spelling"


def read_cbp(path: str | Path, *, level: int, report: Reporter | None = None) -> Frame:
    r"""Read County Business Patterns by metropolitan or micropolitan area and NAICS industry.

    Use it on the Census Bureau's file by CBSA (CSV, plain or gzip) or on a Parquet copy. Such
    files hold all levels of NAICS in one column, so that a sum over it counts everything
    several times: one level is picked. The file is checked now and read when the frame is used.

    Parameters
    ----------
    path : str or Path
        ``.parquet`` or text: one row a (CBSA, NAICS).
    level : {0, 2, 3, 4, 5, 6}
        Digits of the industries to keep: 2 are the sectors, with ``"31-33"``, ``"44-45"`` and
        ``"48-49"``; 0 is the total of the area, industry ``"00"``.
    report : callable, optional
        Receives the `ReadingReport`: ``print``, or the ``append`` of a list. Its cells tell
        how many rows are of another level.

    Returns
    -------
    narwhals.LazyFrame
        Cells, keyed by (region, industry), in no promised order:

        - ``region``: text, CBSA code of 5 digits (``"31080"``);
        - ``industry``: text, NAICS code of `level` digits, without filling;
        - ``establishments``: Float64;
        - ``employment``: Float64, paid employees in the week of 12 March, with noise infused
          by the publisher; null where blank.

    Raises
    ------
    SourceError
        The file is absent, damaged or in another layout, has no rows of this level, or has an
        impossible code or count, a repeated (CBSA, NAICS), or withheld employment.
    OptionError
        `level` is not one of those of NAICS.

    Notes
    -----
    A cell with fewer than 3 establishments is omitted: an absent row is 0, 1 or 2
    establishments, not zero. Say ``absent="missing"`` to the measures, and take totals from
    level 0 instead of adding cells: sectors of 2019 hold 99.98 % of employment, 3 digits 99 %,
    6 digits 94 %. Older files give withheld employment as 0 beside a letter (``empflag``): they
    are refused, because that 0 is not one. The file does not say its year.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_cbp
    >>> lines = ["msa,naics,emp,est", "10100,------,19132,1383", "10100,31----,3744,48"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "cbp19msa.txt")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     print(read_cbp(path, level=2).collect("pandas").to_native())
      region industry  establishments  employment
    0  10100    31-33            48.0      3744.0
    """
    if level not in LEVELS or isinstance(level, bool):
        raise OptionError(f"level={level!r} is not a level of NAICS; use one of {LEVELS}")
    origin = _open(path)
    names = origin.aliased(ALIASES)
    origin = replace(origin, frame=_texts(origin))
    code = nw.col(names["industry"])
    industry = _industry(code)
    is_wanted = _level(industry) == level
    is_filled = code.str.contains("[-/]$")
    found = survey(
        origin,
        _rules(origin, names),
        key=Key((names["region"], names["industry"]), width=6),
        counts={
            "wanted": is_wanted,
            "filled": is_filled,
            "bare": ~is_filled & (code.str.len_chars() < FULL),
        },
    )
    if found["filled"] and found["bare"]:
        raise origin.error(MIXED, column=names["industry"])
    if not found["wanted"]:
        raise origin.error(f"no industry of level {level}; choose another level or file")
    deliver(_report(origin, names["industry"], level, found), report)
    return origin.frame.filter(is_wanted).select(
        nw.col(names["region"]).alias("region"),
        industry.alias("industry"),
        nw.col(names["establishments"]).cast(nw.Float64).alias("establishments"),
        nw.col(names["employment"]).cast(nw.Float64).alias("employment"),
    )


def _open(path: str | Path) -> Origin:
    if Path(path).suffix.lower() == ".parquet":
        return open_parquet(path)
    return open_text(path, delimiter=None, encoding="utf-8")


def _texts(origin: Origin) -> Frame:
    """All columns as text, null where there is none, whatever the file stores."""
    stored = origin.frame.collect_schema()
    texts = {column: as_text(nw.col(column), stored[column]) for column in origin.columns}
    return origin.frame.select(**{c: nw.when(text != "").then(text) for c, text in texts.items()})


def _rules(origin: Origin, names: Mapping[str, str]) -> list[Rule]:
    cbsa = "a CBSA code of 5 digits; keep codes as text"
    naics = "a NAICS code like '5121' or '31-33'; keep codes as text"
    rules = [
        Rule(Pattern((names["region"],), "[0-9]{5}"), partial(_not, what=cbsa)),
        Rule(Pattern((names["industry"],), NAICS), partial(_not, what=naics)),
        Rule(Pattern((names["establishments"],), ".+"), partial(_not, what="a count; correct it")),
        count_rule((names["establishments"], names["employment"])),
    ]
    withheld = origin.technical_names().get(WITHHELD)
    if withheld:
        rules.append(Rule(Pattern((withheld,), "", is_blank_allowed=True), _withheld))
    return rules


def _not(value: str | None, *, what: str) -> str:
    return f"{quoted(value)} is not {what}"


def _withheld(value: str | None) -> str:
    return f"employment is withheld, class {value!r}; use a file of 2017 or later"


def _industry(code: nw.Expr) -> nw.Expr:
    """Codes without filling, sectors as NAICS names them, the total as 00."""
    bare = code.str.replace_all("[-/]+$", "")
    named = nw.when(bare == "").then(nw.lit("00")).otherwise(bare)
    for first, sector in SECTORS.items():
        named = nw.when(bare == first).then(nw.lit(sector)).otherwise(named)
    return named


def _level(industry: nw.Expr) -> nw.Expr:
    is_sector = industry.str.contains("-", literal=True)
    digits = nw.when(is_sector).then(2).otherwise(industry.str.len_chars())
    return nw.when(industry == "00").then(0).otherwise(digits)


def _digits(code: str) -> int:
    """In Python, the same."""
    bare = code.rstrip("-/")
    return 0 if bare in {"", "00"} else 2 if "-" in bare else len(bare)


def _report(origin: Origin, column: str, level: int, found: Mapping[str, int]) -> ReadingReport:
    others = found["rows"] - found["wanted"]
    line = origin.first(lambda row: _digits(row[column] or "") != level, others)
    aside = SetAside(f"not of level {level}", others, line)
    cells = Tally(found["rows"], (aside,) if others else ())
    return ReadingReport(origin.name, Tally(found["rows"]), cells)
