"""INSEE's detail files: census (RP) and payroll (Base Tous Salariés), by their dictionary."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import narwhals.stable.v2 as nw

from clusterstats._types import IntoTable
from clusterstats.errors import OptionError, SourceError
from clusterstats.sources._census import Layout, checked
from clusterstats.sources._dictionary import NUMBER, Variable, variables_of
from clusterstats.sources._engines import Engine, require_engine
from clusterstats.sources._origin import Frame, Origin, plain
from clusterstats.sources._stored import open_parquet
from clusterstats.sources._text import open_text
from clusterstats.sources.report import Reporter, deliver

__all__ = ["read_census"]

WEIGHTS = ("IPONDI", "POND", "IPONDL")


def read_census(
    path: str | Path,
    dictionary: str | Path | IntoTable,
    *,
    columns: Sequence[str] | Mapping[str, str] | None = None,
    bounds: Sequence[str] = (),
    weight: str | None = None,
    year: int | None = None,
    encoding: str = "utf-8",
    engine: Engine = "duckdb",
    report: Reporter | None = None,
) -> Frame:
    r"""Read an INSEE detail file, a row a person or a post, with each code checked.

    Use it on the census files (``FD_INDCVI``, ``FD_INDREG``, ``FD_MOBPRO``, ``FD_MIGCOM``, ...)
    and on the Base Tous Salariés (``FD_SALAAN``), as CSV (plain or gzip) or Parquet, with the
    dictionary ``varmod_….csv`` published beside them. The file is checked now, read later.

    Parameters
    ----------
    path : str or Path
        The file; Parquet if its name ends in ``.parquet``, else text.
    dictionary : str, Path or table
        The file ``varmod_….csv``, or what `read_dictionary` gives, where you may correct it.
    columns : sequence of str, or mapping of str to str, optional
        Columns to keep, in upper or lower case; a mapping also names them:
        ``{"REGT": "region", "A38": "industry"}``. Without it, all are kept. Fewer are quicker.
    bounds : sequence of str
        Columns of `columns` whose codes are bands (``"TREFF"``, ``"TRNNETO"``), to be bounded.
    weight : str, optional
        Column of the weight; without it, the one of ``IPONDI``, ``POND``, ``IPONDL`` there is.
    year : int, optional
        Year of the data, which the file does not hold; adds the column ``year``.
    encoding : str
        Encoding of the file, if it is text, and of the dictionary, if it is a file.
    engine : {"duckdb", "polars", "pandas"} or pyspark.sql.SparkSession
        What reads the file when the frame is used; the checks are DuckDB's in any case.
    report : callable, optional
        Receives the `CensusReport`: ``print``, or the ``append`` of a list. It counts blanks,
        special codes and bands without bounds, and names the columns that were not checked.

    Returns
    -------
    narwhals.LazyFrame
        A row a row of the file, without key, in no promised order:

        - ``year``: Int64, if it was given;
        - the columns that were chosen, by their name in the dictionary unless renamed: Float64
          where the dictionary says ``NUM``, else text, codes as they are;
        - after a column of `bounds`, with its name, ``…_low`` and ``…_high``: Float64, the
          numbers that the label states, null where it states none;
        - ``weight``: Float64, how many people or posts the row stands for.

    Raises
    ------
    SourceError
        The file or the dictionary is absent, damaged or in another layout; a column is missing;
        a code is not in the dictionary, a number is not one, a weight is blank or negative, or
        a free text is longer than the dictionary says.
    OptionError
        `columns`, `bounds`, `engine` or `dictionary` does not fit.

    Notes
    -----
    A blank is null. Special codes (``Z`` "sans objet", ``99`` "non renseigné", ...) stay as
    codes: filter them, or null regions, before making cells. Where the dictionary
    lists no code of a variable, special ones only, or ranges, its values are not checked but
    for their length. Numbers are not held to a listed value (``POND``: 12), and may have a
    decimal comma. The sum of weights is an estimate: the census files are samples but for
    small communes, FD_SALAAN is one of 12. FD_SALAAN counts posts of the year, not jobs on a
    day; ``REGT`` and ``DEPT`` say where the work is. In the census ``REGION`` and ``COMMUNE``
    are where people live, in FD_MOBPRO ``REGLT`` and ``DCLT`` where they work.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import narwhals as nw
    >>> import clusterstats as cs
    >>> codes = [
    ...     "COD_VAR;LIB_VAR;COD_MOD;LIB_MOD;TYPE_VAR;LONG_VAR",
    ...     "REGT;Région de l'établissement;11;Île-de-France;CHAR;2",
    ...     "REGT;Région de l'établissement;53;Bretagne;CHAR;2",
    ...     "REGT;Région de l'établissement;99;Non renseigné;CHAR;2",
    ...     "A38;Nomenclature agrégée;JA;Edition, audiovisuel et diffusion;CHAR;2",
    ...     "POND;Coefficient de pondération;12;12;NUM;2",
    ... ]
    >>> posts = ["A38;REGT;POND", "JA;11;12", "JA;11;12", "JA;53;12", "JA;99;12"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dictionary = pathlib.Path(folder, "Varmod_SALAAN_2021.csv")
    ...     _ = dictionary.write_text("\n".join(codes), encoding="utf-8")
    ...     path = pathlib.Path(folder, "FD_SALAAN_2021.csv")
    ...     _ = path.write_text("\n".join(posts), encoding="utf-8")
    ...     names = {"REGT": "region", "A38": "industry"}
    ...     frame = cs.read_census(path, dictionary, columns=names, report=print)
    ...     known = frame.filter(nw.col("region") != "99").group_by("region", "industry")
    ...     print(cs.cells(known.agg(employment=nw.col("weight").sum())))
    FD_SALAAN_2021.csv
      rows: 4 read, 4 kept
        1 kept with REGT '99' (Non renseigné)
      region industry  employment
    0     11       JA        24.0
    1     53       JA        12.0
    """
    require_engine(engine)
    known = variables_of(dictionary, encoding)
    origin = _open(path, encoding)
    layout = _layout(origin, known, columns, weight, bounds)
    _require_names(origin, layout, year)
    account, spaced = checked(origin, layout)
    deliver(account, report)
    frame = origin.on(engine)
    years = [] if year is None else [nw.lit(year, nw.Int64).alias("year")]
    return frame.select(*years, *_columns(frame, layout, spaced))


def _open(path: str | Path, encoding: str) -> Origin:
    suffix = Path(path).suffix.lower()
    if suffix == ".zip":
        raise SourceError(f"{Path(path).name} is a zip; unpack it and give the table in it")
    if suffix == ".parquet":
        return open_parquet(path)
    return open_text(path, delimiter=None, encoding=encoding)


def _layout(
    origin: Origin,
    known: Mapping[str, Variable],
    columns: Sequence[str] | Mapping[str, str] | None,
    weight: str | None,
    bounds: Sequence[str],
) -> Layout:
    technical = origin.technical_names()
    variables = {c: known[name] for name, c in technical.items() if name in known}
    if not variables:
        raise origin.error("no column is in the dictionary; give the dictionary of this file")
    heavy = _weight(origin, technical, weight)
    wanted = origin.columns if columns is None else _listed(columns)
    asked = {_find(origin, technical, name, "correct columns="): name for name in wanted}
    names = {c: variables[c].name if c in variables else c for c in asked}
    if isinstance(columns, Mapping):
        names = {column: columns[name] for column, name in asked.items()}
        if names.get(heavy, "weight") != "weight":
            raise OptionError(f"columns= renames {heavy!r}, the weight, which is named 'weight'")
    names.pop(heavy, None)
    wide = tuple(_find(origin, technical, name, "correct bounds=") for name in _listed(bounds))
    for column in wide:
        codes = variables[column].codes.values() if column in variables else ()
        if column not in names or all(code.low is None for code in codes):
            raise OptionError(
                f"bounds= has {column!r}, which is not among the columns that are read and whose "
                "labels state bounds; leave it out, or add it to columns="
            )
    return Layout(heavy, names, variables, wide)


def _find(origin: Origin, technical: Mapping[str, str], name: str, remedy: str) -> str:
    if plain(name) not in technical:
        raise origin.missing(name, remedy)
    return technical[plain(name)]


def _weight(origin: Origin, technical: Mapping[str, str], weight: str | None) -> str:
    if weight is not None:
        return _find(origin, technical, weight, "correct weight=")
    found = next((name for name in WEIGHTS if plain(name) in technical), WEIGHTS[0])
    return _find(origin, technical, found, "give weight=, the column of the weight")


def _listed(names: str | Collection[str]) -> Collection[str]:
    return [names] if isinstance(names, str) else names


def _require_names(origin: Origin, layout: Layout, year: int | None) -> None:
    wide = [layout.names[c] + end for c in layout.bounds for end in ("_low", "_high")]
    names = [*layout.names.values(), *wide, "weight", *(() if year is None else ("year",))]
    folded = [name.casefold() for name in names]
    for name in names:
        if folded.count(name.casefold()) > 1:
            raise OptionError(
                f"two columns of {origin.name} would be named {name!r}; name one otherwise "
                "with columns="
            )


def _columns(frame: Frame, layout: Layout, spaced: Collection[str]) -> Iterator[nw.Expr]:
    schema = frame.collect_schema()
    numbers = layout.of_kind(NUMBER)
    for column, name in layout.names.items():
        value = nw.col(column)
        if column in numbers:
            yield _number(value, schema[column]).alias(name)
            continue
        text = _text(value, is_spaced=column in spaced)
        yield text.alias(name)
        if column in layout.bounds:
            codes = layout.variables[column].codes
            low = {code: said.low for code, said in codes.items() if code}
            high = {code: said.high for code, said in codes.items() if code}
            yield _bound(text, low).alias(f"{name}_low")
            yield _bound(text, high).alias(f"{name}_high")
    yield _number(nw.col(layout.weight), schema[layout.weight]).alias("weight")


def _text(column: nw.Expr, *, is_spaced: bool = False) -> nw.Expr:
    text = column.cast(nw.String)
    trimmed = text.str.strip_chars() if is_spaced else text
    return nw.when(trimmed != "").then(trimmed)


def _number(column: nw.Expr, stored: nw.dtypes.DType) -> nw.Expr:
    if stored.is_numeric():
        return column.cast(nw.Float64)
    return _text(column).str.replace_all(",", ".", literal=True).cast(nw.Float64)


def _bound(text: nw.Expr, values: Mapping[str, float | None]) -> nw.Expr:
    bound = nw.lit(None, nw.Float64)
    for code, value in values.items():
        if value is not None:
            bound = nw.when(text == code).then(nw.lit(value)).otherwise(bound)
    return bound
