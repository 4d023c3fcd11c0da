"""INSEE's dictionary of a detail file: its variables, their codes and what labels say."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
import pyarrow as pa

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError
from clusterstats.sources._checks import Pattern, Rule, survey
from clusterstats.sources._codes import not_what
from clusterstats.sources._origin import Frame, Origin, Row, plain
from clusterstats.sources._text import open_text

__all__ = ["Code", "Variable", "read_dictionary", "variables_of"]

CODED, FREE, NUMBER = "code", "text", "number"
SCHEMA = {
    **{"variable": pa.string(), "label": pa.string(), "kind": pa.string(), "width": pa.int64()},
    **{"code": pa.string(), "code_label": pa.string(), "is_special": pa.bool_()},
    **{"low": pa.float64(), "high": pa.float64()},
}
SAYS_NOTHING = re.compile(
    "sans objet|non (?:renseigné|concerné|déclaré)|logement ordinaire inoccupé|individu hors"
    "|hors (?:champ|logement|ménage|résidence|famille ou)",
    re.IGNORECASE,
)
RANGE = re.compile(r"\w+ ?(?:à|-|\.{2,}|…) ?\w+")
N = r"([0-9]{1,3}(?: [0-9]{3})+|[0-9]+)"
UNIT = "(?: (?:[^0-9(]{1,20}))?"
COUNTED = "(?:ans?|employés?|enfants?|heures?|jours?|mois|personnes?|pièces?|postes?|salariés?)"
BANDS = tuple(
    re.compile(f"{band}(?: \\(.*\\))?", re.IGNORECASE)
    for band in (
        rf"\[{N} ?- ?(?:{N}|\+)\[{UNIT}",
        rf"(?:de |depuis )?{N} ?(?:à|-)(?: moins de)? ?{N}{UNIT}",
        rf"(?:depuis )?{N}{UNIT} (?:et|ou) plus",
        rf"(?P<below>moins de) {N}{UNIT}",
        rf"(?P<exact>){N} {COUNTED}",
    )
)


@dataclass(frozen=True)
class Code:
    """What the dictionary says of a code; `low` and `high` bound it if its label is a band."""

    label: str | None
    is_special: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Variable:
    """A variable and its codes; the code None is a blank that has a label."""

    name: str
    kind: str
    width: int | None
    codes: Mapping[str | None, Code]


@dataclass(frozen=True)
class Entry:
    """A row of the tidy dictionary."""

    variable: str
    label: str | None
    kind: str
    width: int | None
    code: str | None
    code_label: str | None
    is_special: bool
    low: float | None
    high: float | None


def read_dictionary(path: str | Path, *, encoding: str = "utf-8") -> Frame:
    r"""Read the dictionary that INSEE publishes with a detail file: variables, codes, labels.

    Use it on ``varmod_….csv`` of the census files and of the Base Tous Salariés (text, plain
    or gzip), to see the labels, or to correct the dictionary before `read_census` takes it.

    Parameters
    ----------
    path : str or Path
        The file: one row a code, with the columns ``COD_VAR``, ``LIB_VAR``, ``COD_MOD``,
        ``LIB_MOD``, ``TYPE_VAR`` (``CHAR`` or ``NUM``) and ``LONG_VAR``.
    encoding : str
        Encoding of the text: ``"utf-8"``, with or without a mark, ``"cp1252"``, ...

    Returns
    -------
    narwhals.LazyFrame
        Codes, keyed by (variable, code):

        - ``variable``, ``label``: text, name and meaning of the variable;
        - ``kind``: ``"code"`` (its codes are all listed), ``"text"`` (free, like a household's
          number: no code is listed, or special ones only, or ranges) or ``"number"``;
        - ``width``: Int64, characters of a code at most; of a number, its stored length;
        - ``code``: text, null for a blank, and for the one row of a variable without codes;
        - ``code_label``: text, null where the file has none;
        - ``is_special``: Boolean, the code says why there is no value: it is blank or all Z, or
          its label begins with "Sans objet", "Non renseigné", "Hors logement", ...;
        - ``low``, ``high``: Float64, the numbers that a label states as a band.

    Raises
    ------
    SourceError
        The file is absent, damaged or in another layout, or has a code twice with two labels,
        or a variable with two labels, types or lengths.

    Notes
    -----
    Bounds are the numbers as printed: "1 à 9 postes" is 1 to 9, "[200 - 500[ euros" 200 to 500
    (not attained), "Moins de 200 euros" 0 to 200, "250 postes et plus" 250 to null, "0 poste
    (…)" 0 to 0. Both are null where a label is not a band.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_dictionary
    >>> lines = [
    ...     "COD_VAR;LIB_VAR;COD_MOD;LIB_MOD;TYPE_VAR;LONG_VAR",
    ...     "TREFF;Tranche d'effectifs;;Non renseigné;CHAR;2",
    ...     "TREFF;Tranche d'effectifs;02;10 à 19 postes;CHAR;2",
    ...     "AGE;Age du salarié;;;NUM;3",
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "varmod.csv")
    ...     _ = path.write_text("\n".join(lines), encoding="utf-8")
    ...     codes = read_dictionary(path).collect()
    >>> for row in codes.select("variable", "kind", "code", "code_label", "low", "high").rows():
    ...     print(*row)
    TREFF code None Non renseigné None None
    TREFF code 02 10 à 19 postes 10.0 19.0
    AGE number None None None None
    """
    origin = open_text(path, delimiter=None, encoding=encoding)
    names = ("cod_var", "lib_var", "cod_mod", "lib_mod", "type_var", "long_var")
    columns = origin.aliased({name: (name,) for name in names})
    survey(origin, _rules(columns))
    entries = _with_kinds(list(_entries(origin, columns)))
    rows = [asdict(entry) for entry in entries]
    table = pa.Table.from_pylist(rows, schema=pa.schema(list(SCHEMA.items())))
    frame: Frame = nw.from_native(duckdb.from_arrow(table))
    return frame


def variables_of(dictionary: str | Path | IntoTable, encoding: str) -> dict[str, Variable]:
    """Variables by technical name, from the file or from what `read_dictionary` gives."""
    is_file = isinstance(dictionary, str | Path)
    frame = read_dictionary(dictionary, encoding=encoding) if is_file else _table(dictionary)
    codes: dict[str, dict[str | None, Code]] = {}
    found: dict[str, Variable] = {}
    for row in frame.collect("pyarrow").rows(named=True):
        name, code, label = row["variable"], row["code"], row.get("code_label")
        listed = codes.setdefault(plain(name), {})
        found.setdefault(plain(name), Variable(name, row["kind"], row.get("width"), listed))
        if code is not None or label is not None:
            is_special = bool(row.get("is_special"))
            listed[code] = Code(label, is_special, row.get("low"), row.get("high"))
    return found


def _table(dictionary: IntoTable) -> Frame:
    frame: Frame = nw.from_native(dictionary).lazy()
    for column in ("variable", "kind", "code"):
        if column not in frame.collect_schema():
            raise OptionError(
                f"dictionary= has no column {column!r}; give INSEE's file, or what "
                "read_dictionary gives"
            )
    return frame


def _rules(columns: Mapping[str, str]) -> list[Rule]:
    kinds = (
        ("cod_var", "[^ ]+", "the name of a variable"),
        ("type_var", "(?i:char|num)", "a type; use CHAR or NUM"),
        ("long_var", r"[0-9]+(?:\.[0-9]+)?", "a length like 2 or 17.15, or blank"),
    )
    return [
        Rule(Pattern((columns[name],), regex, "blank" in what), partial(not_what, what=what))
        for name, regex, what in kinds
    ]


def _entries(origin: Origin, columns: Mapping[str, str]) -> Iterator[Entry]:
    """Entries in the order of the file, a repeated one once; kinds are not yet known."""
    variables: dict[str, tuple[object, ...]] = {}
    seen: dict[tuple[str, str | None], str | None] = {}
    for line, row in origin.rows():
        entry = _entry(row, columns)
        about = (entry.label, entry.kind, entry.width)
        if variables.setdefault(entry.variable, about) != about:
            problem = f"{entry.variable} is {about} here and {variables[entry.variable]} above"
            raise origin.error(f"{problem}; keep one label, type and length", line=line)
        key = (entry.variable, entry.code)
        if seen.get(key, entry.code_label) != entry.code_label:
            problem = f"{key} is {entry.code_label!r} here and {seen[key]!r} above"
            raise origin.error(f"{problem}; keep one label a code", line=line)
        if key not in seen:
            seen[key] = entry.code_label
            yield entry


def _entry(row: Row, columns: Mapping[str, str]) -> Entry:
    value = {name: (row[column] or "").strip() or None for name, column in columns.items()}
    code, label, width = value["cod_mod"], value["lib_mod"], value["long_var"]
    low, high = _bounds(label or "")
    return Entry(
        variable=value["cod_var"] or "",
        label=value["lib_var"],
        kind=NUMBER if (value["type_var"] or "").upper() == "NUM" else FREE,
        width=int(float(width)) if width else None,
        code=code,
        code_label=label,
        is_special=_is_special(code or "", label or ""),
        low=low,
        high=high,
    )


def _with_kinds(entries: list[Entry]) -> list[Entry]:
    ranges = {e.variable for e in entries if e.code and RANGE.fullmatch(e.code)}
    listed = {e.variable for e in entries if e.code and not e.is_special} - ranges
    return [
        replace(e, kind=CODED) if e.kind == FREE and e.variable in listed else e for e in entries
    ]


def _is_special(code: str, label: str) -> bool:
    is_empty = re.fullmatch("Z*", code) is not None and code + label != ""
    return is_empty or SAYS_NOTHING.match(label) is not None


def _bounds(label: str) -> tuple[float | None, float | None]:
    """Numbers of a label that is a band, as printed; None where it has none."""
    text = " ".join(label.split())
    match = next(filter(None, (band.fullmatch(text) for band in BANDS)), None)
    if match is None:
        return None, None
    first, *others = [g for g in match.groups() if g and g[0].isdigit()]
    low, high = _value(first), _value(others[0]) if others else None
    if "below" in match.re.groupindex:
        return 0.0, low
    return low, low if "exact" in match.re.groupindex else high


def _value(digits: str) -> float:
    return float(digits.replace(" ", ""))
