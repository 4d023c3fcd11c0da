"""Files as IMDb's non-commercial ones, of made-up works by teams that return."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clusterstats.datasets._make._imdb_rows import (
    CATEGORIES,
    CHUNK,
    DIRECTOR,
    KINDS,
    TEAM,
    WRITER,
    Plan,
    Works,
    credited,
    draw,
)
from clusterstats.datasets._make._writing import (
    Array,
    delimited,
    label,
    labels,
    new_files,
    packed,
    require_count,
    text,
)

__all__ = ["imdb_truth", "make_imdb"]

ARROW: Any = pc
FILES = {
    "name.basics": "nconst primaryName birthYear deathYear primaryProfession knownForTitles",
    "title.basics": "tconst titleType primaryTitle originalTitle isAdult startYear endYear "
    "runtimeMinutes genres",
    "title.principals": "tconst ordering nconst category job characters",
    "title.crew": "tconst directors writers",
}
TITLES = ('The "Essai" ', "L'Été, nº ", "Œuvre ", '"', "Tale of ")
GENRES = ("Drama", "Comedy,Drama", "Action,Crime,Drama", "Documentary", "Short")
PARTS = ('["Self"]', '["Le Témoin"]', r'["Jean \"Jojo\" Essai"]', '["A","B"]')
NAMES = ("Ana Essai ", 'Jo "Bis" Essai ', "Œil d'Essai ", "Zoé Essai ")
JOBS = ("screenplay", "producer")
ORPHAN, TWICE = 1_000, 2_000


def make_imdb(folder: str | Path, *, works: int, people: int, seed: int) -> Path:
    r"""Make four files as IMDb's non-commercial data sets, of any size, with known credits.

    Use it where the real rows, which may not be passed on, are wanted: `imdb_truth` gives the
    credits, and the team behind each.

    Parameters
    ----------
    folder : str or Path
        The folder to write to; files of the same names are replaced.
    works, people : int
        How many; people are 16 at least.
    seed : int
        The same arguments and seed give the same bytes.

    Returns
    -------
    pathlib.Path
        The folder, with ``title.basics.tsv.gz``, ``title.principals.tsv.gz``,
        ``title.crew.tsv.gz`` and ``name.basics.tsv.gz``: UTF-8, tabs, LF, never quoted, ``\N``
        where missing.

    Raises
    ------
    OptionError
        A size can't be used.

    See Also
    --------
    imdb_truth : The credits that were planted.

    Notes
    -----
    People form teams of eight; a work has 2 to 8 people of one team, low-numbered teams more
    often, and at most two outsiders (``self``); in one of five the director is also a writer,
    a second line. One in twenty works has no credit. Titles and names hold quotes. Every
    1 000th person and work has lines elsewhere but no name or title of its own; every 2 000th
    person has its line twice. Places appear nowhere, as in the originals.

    Examples
    --------
    >>> import gzip, pathlib, tempfile
    >>> from clusterstats.datasets import make_imdb
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = make_imdb(pathlib.Path(folder, "imdb"), works=2, people=16, seed=1)
    ...     with gzip.open(made / "title.crew.tsv.gz", "rt", encoding="utf-8") as file:
    ...         print(file.readline().split())
    ['tconst', 'directors', 'writers']
    """
    plan, folder = _plan(works, people, seed), Path(folder)
    paths = [folder / f"{name}.tsv.gz" for name in FILES]
    with new_files(*paths) as drafts, ExitStack() as stack:
        names, *others = (stack.enter_context(packed(draft, is_packed=True)) for draft in drafts)
        for file, columns in zip((names, *others), FILES.values(), strict=True):
            file.write("\t".join(columns.split()).encode() + b"\n")
        for chunk in range(-(-plan.people // CHUNK)):
            names.write(_lines(_names(plan, chunk)))
        for chunk in range(plan.chunks):
            drawn = draw(plan, chunk)
            for file, columns_of in zip(others, (_titles, _principals, _crew), strict=True):
                file.write(_lines(columns_of(drawn)))
    return folder


def imdb_truth(*, works: int, people: int, seed: int) -> pd.DataFrame:
    """Give the credits that `make_imdb` plants with the same arguments and seed.

    Parameters
    ----------
    works, people : int
        As given to `make_imdb`.
    seed : int
        As given to `make_imdb`.

    Returns
    -------
    pandas.DataFrame
        One row a credit, key (work, ordering), sorted: ``person``, ``category``, ``year``
        (Int64) and ``kind`` of the work, missing where it has no title, and ``team``, Int64,
        missing for outsiders.

    Examples
    --------
    >>> from clusterstats.datasets import imdb_truth
    >>> imdb_truth(works=50, people=16, seed=1).columns.tolist()
    ['work', 'ordering', 'person', 'category', 'year', 'kind', 'team']
    """
    plan = _plan(works, people, seed)
    return pd.concat([_tidy(draw(plan, chunk)) for chunk in range(plan.chunks)], ignore_index=True)


def _tidy(works: Works) -> pd.DataFrame:
    rows = credited(works)
    year, kind = works.year[rows.work], np.array(KINDS, object)[works.kind[rows.work]]
    is_orphan = works.number[rows.work] % ORPHAN == 0
    is_outside = (rows.slot >= TEAM) & (rows.slot < TEAM + 2)
    return pd.DataFrame(
        {
            "work": _work(works.number[rows.work]).to_pylist(),
            "ordering": rows.ordering,
            "person": _person(rows.person).to_pylist(),
            "category": np.array(CATEGORIES, object)[rows.category],
            "year": pd.Series(year).astype("Int64").mask(is_orphan | (year < 0)),
            "kind": pd.Series(kind).mask(is_orphan, None),
            "team": pd.Series(works.team[rows.work]).astype("Int64").mask(is_outside),
        }
    )


def _plan(works: int, people: int, seed: int) -> Plan:
    require_count("works", works)
    require_count("people", people, least=2 * TEAM)
    return Plan(works, people, require_count("seed", seed, least=0))


def _lines(columns: list[Any]) -> bytes:
    return delimited(columns, "\t", quote=False, null="\\N")


def _work(number: Array) -> Any:
    return ARROW.binary_join_element_wise("tt", text(number, width=7), "")


def _person(at: Array) -> Any:
    """Return the identifier of people by place from 0, null below."""
    return ARROW.binary_join_element_wise("nm", text(at + 1, width=7, missing=at < 0), "")


def _named(values: tuple[str, ...], number: Array) -> Any:
    stem = pa.array(values, pa.string()).take(pa.array(number % len(values)))
    return ARROW.binary_join_element_wise(stem, text(number), "")


def _titles(works: Works) -> list[Any]:
    keep = works.number % ORPHAN != 0
    number, year, noise = works.number[keep], works.year[keep], works.noise[keep]
    kind, title = works.kind[keep], _named(TITLES, number)
    has_end = (kind == KINDS.index("tvSeries")) & (year >= 0) & (noise % 2 == 0)
    return [
        _work(number),
        label(KINDS, kind),
        title,
        title,
        labels("0", len(number)),
        text(year, missing=year < 0),
        text(year + noise % 5, missing=~has_end),
        text(1 + noise % 180, missing=noise % 3 == 0),
        label(GENRES, noise % len(GENRES), missing=noise % 11 == 0),
    ]


def _principals(works: Works) -> list[Any]:
    rows = credited(works)
    is_acting = (rows.category < DIRECTOR) | (rows.category == len(CATEGORIES) - 1)
    has_job = (rows.category == WRITER) | (rows.category == WRITER + 1)
    return [
        _work(works.number[rows.work]),
        text(rows.ordering),
        _person(rows.person),
        label(CATEGORIES, rows.category),
        label(JOBS, np.where(has_job, rows.category - WRITER, 0), missing=~has_job),
        label(PARTS, (works.noise[rows.work] + rows.slot) % len(PARTS), missing=~is_acting),
    ]


def _crew(works: Works) -> list[Any]:
    writer, second = _person(works.people[:, WRITER]), _person(works.people[:, -1])
    both = ARROW.binary_join_element_wise(writer, second, ",")
    return [
        _work(works.number),
        _person(works.people[:, DIRECTOR]),
        ARROW.coalesce(both, writer, second),
    ]


def _names(plan: Plan, chunk: int) -> list[Any]:
    """Return the columns of a chunk of people; their looks follow from their number."""
    every = np.arange(chunk * CHUNK, min((chunk + 1) * CHUNK, plan.people))
    every = every[(every + 1) % ORPHAN != 0]
    at = np.repeat(every, 1 + ((every + 1) % TWICE == 7))
    born, known = 1900 + at * 7 % 105, 1 + at * 31 % plan.works
    return [
        _person(at),
        _named(NAMES, at + 1),
        text(born, missing=at % 5 < 3),
        text(born + 60, missing=at % 15 != 4),
        label(CATEGORIES, at % TEAM, missing=at % 13 == 0),
        ARROW.if_else(pa.array(at % 4 == 0), pa.scalar(None, pa.string()), _work(known)),
    ]
