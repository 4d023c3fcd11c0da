"""Who worked on which film or series: the user's own copy of IMDb's files."""

import glob
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb
import narwhals.stable.v2 as nw
from duckdb import DuckDBPyRelation as Relation

from clusterstats.sources._bytes import as_utf8, is_gzip, open_bytes
from clusterstats.sources._checks import Key, Pattern, Rule, survey
from clusterstats.sources._origin import Frame, Origin, existing_file, unique_names
from clusterstats.sources.report import ReadingReport, Reporter, Tally, deliver

__all__ = ["ImdbReport", "read_imdb"]

WORK, PERSON = "tt[0-9]{7,}", "nm[0-9]{7,}"
YEAR, PEOPLE = "[0-9]{4}", f"{PERSON}(?:,{PERSON})*"
Rules = tuple[tuple[str, str, bool], ...]
BASICS: Rules = (
    ("tconst", WORK, False),
    ("titleType", ".+", False),
    ("startYear", YEAR, True),
    ("primaryTitle", ".*", True),
    ("genres", ".*", True),
)
PRINCIPALS: Rules = (
    ("tconst", WORK, False),
    ("ordering", "[0-9]+", False),
    ("nconst", PERSON, False),
    ("category", ".+", False),
    ("job", ".*", True),
    ("characters", ".*", True),
)
CREW: Rules = (("tconst", WORK, False), ("directors", PEOPLE, True), ("writers", PEOPLE, True))
NAMES: Rules = (("nconst", PERSON, False), ("primaryName", ".*", True), ("birthYear", YEAR, True))


@dataclass(frozen=True)
class ImdbReport(ReadingReport):
    """What was read of the principals, and the ids that other files do not have.

    Attributes
    ----------
    file, rows, cells
        As in `ReadingReport`, of the principals.
    works_without_title : int
        Works of credits that have no row in the titles.
    persons_without_name : int or None
        Persons of credits that have no row in the names; None without names.
    """

    works_without_title: int = 0
    persons_without_name: int | None = None

    def __str__(self) -> str:
        names = self.persons_without_name
        said = "" if names is None else f"\n  persons without a row in names: {names:,}"
        works = f"\n  works without a row in titles: {self.works_without_title:,}"
        return f"{super().__str__()}{works}{said}"


def read_imdb(
    *,
    basics: str | Path,
    principals: str | Path,
    crew: str | Path | None = None,
    names: str | Path | None = None,
    report: Reporter | None = None,
) -> Frame:
    r"""Read IMDb's non-commercial files as one table of credits.

    Use it on your own copy of the files (tab-separated, gzip or plain), whose terms allow
    personal and non-commercial use only. Files are checked now and joined, by DuckDB, when
    the frame is used.

    Parameters
    ----------
    basics : str or Path
        ``title.basics.tsv.gz``: works.
    principals : str or Path
        ``title.principals.tsv.gz``: the principal people of a work.
    crew : str or Path, optional
        ``title.crew.tsv.gz``: adds the directors and writers that are not in `principals`.
    names : str or Path, optional
        ``name.basics.tsv.gz``: adds ``person_name`` and ``birth_year``.
    report : callable, optional
        Receives an `ImdbReport`: ``print``, or the ``append`` of a list. Ids without a row
        are counted only when it is asked for, since that joins the files once more.

    Returns
    -------
    narwhals.LazyFrame
        Credits, a row a (work, person, category, ordering), in no promised order:

        - ``work``, ``person``: text, ids (``"tt0000001"``, ``"nm0000001"``);
        - ``year``: Int64, in which the work, or the series, began; null if unknown;
        - ``kind``: text (``"movie"``, ``"tvSeries"``, ...); null without a row in titles;
        - ``category``: text (``"director"``, ``"actor"``, ...);
        - ``role``: text, the job as written, null for most;
        - ``ordering``: Int64, place in the work's list; null for those from `crew`;
        - ``characters``, ``title``, ``genres`` (up to three, with commas): text;
        - with `names`: ``person_name``, text, and ``birth_year``, Int64.

    Raises
    ------
    SourceError
        A file is absent, damaged, lacks a column, has no rows, a line with another number
        of values, an impossible id, or a work twice in `basics`.

    Notes
    -----
    Nothing is quoted in these files: a quote is a letter. ``\N`` is null. A credit whose
    work or person has no row elsewhere stays, with nulls. A person twice in `names` counts
    once. A person with several categories in a work has several rows. There is no place.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from clusterstats.sources import read_imdb
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     basics = pathlib.Path(folder, "title.basics.tsv")
    ...     _ = basics.write_text(
    ...         "tconst\ttitleType\tprimaryTitle\tstartYear\tgenres\n"
    ...         "tt0000001\tmovie\tBrume\t2019\tDrama\n"
    ...     )
    ...     principals = pathlib.Path(folder, "title.principals.tsv")
    ...     _ = principals.write_text(
    ...         "tconst\tordering\tnconst\tcategory\tjob\tcharacters\n"
    ...         "tt0000001\t1\tnm0000001\tdirector\t\\N\t\\N\n"
    ...     )
    ...     credits = read_imdb(basics=basics, principals=principals).collect("pandas").to_native()
    >>> credits[["work", "person", "year", "kind", "category", "title"]]
            work     person  year   kind  category  title
    0  tt0000001  nm0000001  2019  movie  director  Brume
    """
    titles = _open(basics, BASICS)
    survey(titles, _rules(BASICS), key=Key(("tconst",), width=32))
    people = _open(principals, PRINCIPALS)
    read = survey(people, _rules(PRINCIPALS))["rows"]
    credit = _credits(people.frame.to_native(), _checked(crew, CREW))
    known = _checked(names, NAMES)
    works: Relation = titles.frame.to_native()
    if report is not None:
        unknown = None if known is None else _absent(credit, "person", known, "nconst")
        counts = (_absent(credit, "work", works, "tconst"), unknown)
        deliver(ImdbReport(people.name, Tally(read), None, *counts), report)
    frame: Frame = nw.from_native(_joined(credit, works, known))
    return frame


def _checked(path: str | Path | None, columns: Rules) -> Relation | None:
    if path is None:
        return None
    origin = _open(path, columns)
    survey(origin, _rules(columns))
    relation: Relation = origin.frame.to_native()
    return relation


def _open(path: str | Path, columns: Rules) -> Origin:
    file = existing_file(path)
    readable = as_utf8(file, "utf-8")
    with _text(readable) as text:
        header = unique_names(text.readline().rstrip("\r\n").split("\t"), file.name, 1)
    relation = duckdb.read_csv(
        glob.escape(str(readable)),
        columns=dict.fromkeys(header, "VARCHAR"),
        auto_detect=False,
        header=False,
        skiprows=1,
        sep="\t",
        quotechar="",
        escapechar="",
        na_values="\\N",
        compression="gzip" if is_gzip(readable) else "none",
        hive_partitioning=False,
    )
    origin = Origin(file.name, nw.from_native(relation), header, partial(_lines, readable))
    for column, _, _ in columns:
        if column not in header:
            raise origin.missing(column, "give the published file")
    return origin


def _text(readable: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(open_bytes(readable), encoding="utf-8-sig", newline="\n")


def _lines(readable: Path) -> Iterator[tuple[int, list[str | None]]]:
    with _text(readable) as text:
        next(text)
        for number, line in enumerate(text, start=2):
            values = line.rstrip("\r\n").split("\t")
            yield number, [None if value == "\\N" else value for value in values]


def _rules(columns: Rules) -> list[Rule]:
    return [Rule(Pattern((c,), regex, blank), _not) for c, regex, blank in columns if regex != ".*"]


def _not(value: str | None) -> str:
    said = "a blank" if value is None else repr(value)
    return f"{said} is not what IMDb's files have here; download the file again"


def _credits(principals: Relation, crew: Relation | None) -> Relation:
    listed = principals.project(
        "tconst AS work, nconst AS person, category, job AS role, ordering::BIGINT AS ordering, "
        "characters"
    )
    if crew is None:
        return listed
    roles = (("director", "directors"), ("writer", "writers"))
    split = "tconst AS work, unnest(string_split({}, ',')) AS person, '{}' AS category"
    parts = [split.format(column, role) for role, column in roles]
    both = crew.project(parts[0]).union(crew.project(parts[1])).distinct().set_alias("crew")
    same = " AND ".join(f"crew.{c} = listed.{c}" for c in ("work", "person", "category"))
    others = both.join(listed.set_alias("listed"), same, how="anti")
    return listed.union(
        others.project(
            "work, person, category, NULL::VARCHAR AS role, NULL::BIGINT AS ordering, "
            "NULL::VARCHAR AS characters"
        )
    )


def _joined(credit: Relation, titles: Relation, names: Relation | None) -> Relation:
    wanted = titles.project(
        "tconst, startYear::BIGINT AS year, titleType AS kind, primaryTitle AS title, genres"
    )
    joined = credit.set_alias("c").join(wanted.set_alias("t"), "c.work = t.tconst", how="left")
    columns = "work, person, year, kind, role, category, ordering, characters, title, genres"
    if names is None:
        return joined.project(columns)
    once = names.aggregate(
        "nconst, any_value(primaryName) AS person_name, any_value(birthYear)::BIGINT AS birth_year",
        "nconst",
    )
    named = joined.set_alias("j").join(once.set_alias("n"), "j.person = n.nconst", how="left")
    return named.project(f"{columns}, person_name, birth_year")


def _absent(credit: Relation, column: str, other: Relation, key: str) -> int:
    ids = credit.project(column).distinct().set_alias("a")
    left = ids.join(other.project(key).set_alias("b"), f"a.{column} = b.{key}", how="anti")
    return int(left.aggregate("count(*)").fetchall()[0][0])
