"""Who worked on which film or series: the user's own copy of IMDb's files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import narwhals.stable.v2 as nw

from clusterstats.errors import OptionError, require_choice
from clusterstats.sources._engines import Engine, require_engine
from clusterstats.sources._imdb import BASICS, CREW, LISTED, NAMES, PRINCIPALS, Reading
from clusterstats.sources._origin import Frame
from clusterstats.sources.report import ReadingReport, Reporter, Tally, deliver

__all__ = ["ImdbReport", "read_imdb"]

CREDIT = ("work", "person", "category")
ROLES = (("director", "directors"), ("writer", "writers"))
COLUMNS = (
    *("work", "person", "year", "kind", "role", "category", "ordering"),
    *("characters", "title", "genres"),
)


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
    engine: Engine = "duckdb",
    check: Literal["now", "used"] = "now",
    report: Reporter | None = None,
) -> Frame:
    r"""Read IMDb's non-commercial files as one table of credits.

    Use it on your own copy of the files (tab-separated, gzip or plain), whose terms allow
    personal and non-commercial use only. Files are checked now, and joined when the frame is
    used.

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
    engine : {"duckdb", "polars", "pandas"} or SparkSession
        Reads and joins; pandas (from 3 on) does so now. The check is DuckDB's whatever the engine.
    check : {"now", "used"}
        ``"now"`` reads every file once and checks every value, before any use. ``"used"``
        spares that: a column is checked where the frame uses it, and the engine stops there
        at a bad value, with its own error. See Notes.
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
        of values, an impossible id or year of a work, a work twice in `basics`, or a credit twice
        in `principals`.
    OptionError
        `engine` or `check` is not known, or ``check="used"`` comes with `report` or pandas.

    Notes
    -----
    Nothing is quoted in these files: a quote is a letter. ``\N`` and a blank are null. A
    credit whose work or person has no row elsewhere stays, with nulls. A person twice in
    `names` counts once, with the last in the alphabet of the names and the latest of the
    years. A person with several categories in a work has several rows. There is no place.

    ``check="used"`` names the file, column and value of a bad one, not its line. It leaves
    unchecked: columns that are not used, so their encoding too; that a file has rows; that no
    credit is twice; a last line of more than 30 MB, which DuckDB leaves out; with
    Polars, lines that are too short, whose end is null; with DuckDB before 2, nothing is spared
    of the bytes, which are read once to find a damaged one.

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
    require_engine(engine)
    require_choice("check", check, ("now", "used"))
    if check == "used" and report is not None:
        raise OptionError('report= counts rows, which check="used" does not; use check="now"')
    reading = Reading(engine, is_checked_now=check == "now")
    titles, _ = reading.frame(basics, BASICS, key=("tconst",))
    listed, rows = reading.frame(principals, PRINCIPALS, key=LISTED)
    staff = None if crew is None else reading.frame(crew, CREW)[0]
    known = None if names is None else reading.frame(names, NAMES)[0]
    credit = _credits(listed, staff)
    if report is not None:
        unknown = None if known is None else _absent(credit, "person", known, "nconst")
        counts = (_absent(credit, "work", titles, "tconst"), unknown)
        deliver(ImdbReport(Path(principals).name, Tally(rows), None, *counts), report)
    return _joined(credit, titles, known)


def _credits(principals: Frame, crew: Frame | None) -> Frame:
    listed = principals.select(
        nw.col("tconst").alias("work"),
        nw.col("nconst").alias("person"),
        nw.col("category"),
        nw.col("job").alias("role"),
        nw.col("ordering").cast(nw.Int64),
        nw.col("characters"),
    )
    if crew is None:
        return listed
    both = nw.concat([_with_role(crew, *role) for role in ROLES]).unique()
    others = both.join(listed.select(*CREDIT), on=list(CREDIT), how="anti")
    nothing = nw.when(nw.col("work").is_null()).then(nw.col("work"))
    added = others.select(
        *CREDIT,
        nothing.alias("role"),
        nothing.cast(nw.Int64).alias("ordering"),
        nothing.alias("characters"),
    )
    return nw.concat([listed, added])


def _with_role(crew: Frame, role: str, column: str) -> Frame:
    """Each person of a list with commas, in its own row."""
    filled = crew.filter(~nw.col(column).is_null())
    split = filled.select(
        nw.col("tconst").alias("work"), nw.col(column).str.split(",").alias("person")
    )
    return split.explode("person").with_columns(category=nw.lit(role))


def _joined(credit: Frame, titles: Frame, names: Frame | None) -> Frame:
    works = titles.select(
        nw.col("tconst").alias("work"),
        nw.col("startYear").cast(nw.Int64).alias("year"),
        nw.col("titleType").alias("kind"),
        nw.col("primaryTitle").alias("title"),
        nw.col("genres"),
    )
    joined = credit.join(works, on="work", how="left")
    if names is None:
        return joined.select(*COLUMNS)
    once = names.group_by("nconst").agg(nw.col("primaryName").max(), nw.col("birthYear").max())
    people = once.select(
        nw.col("nconst").alias("person"),
        nw.col("primaryName").alias("person_name"),
        nw.col("birthYear").cast(nw.Int64).alias("birth_year"),
    )
    return joined.join(people, on="person", how="left").select(
        *COLUMNS, "person_name", "birth_year"
    )


def _absent(credit: Frame, column: str, other: Frame, key: str) -> int:
    known = other.select(nw.col(key).alias(column))
    left = credit.select(column).unique().join(known, on=column, how="anti")
    return int(left.select(nw.len()).collect().item())
