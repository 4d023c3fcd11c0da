"""The command line: reproduce the analyses, measure a file, list, fetch and make data.

Everything scientific is imported inside the commands, so that ``--help`` answers at once.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from clusterstats.errors import (
    ClusterstatsError,
    ClusterstatsWarning,
    DatasetError,
    OptionError,
    require_choice,
)

if TYPE_CHECKING:
    from clusterstats.inference.options import Inference
    from clusterstats.report import Outcome

__all__ = ["app", "main"]

BAD_INPUT, FAILED = 2, 1

app = typer.Typer(
    name="clusterstats",
    help="Statistics of clusters and agglomeration, each number with its uncertainty.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
data = typer.Typer(
    help="The data that travel with the package, and the files of publishers.",
    rich_markup_mode=None,
)
app.add_typer(data, name="data")


class Method(StrEnum):
    """Ways to measure uncertainty."""

    ANALYTIC = "analytic"
    BOOTSTRAP = "bootstrap"
    JACKKNIFE = "jackknife"
    MONTE_CARLO = "monte_carlo"


class Source(StrEnum):
    """Publishers' formats that a file can be made in."""

    SIRENE = "sirene"
    URSSAF = "urssaf"
    FLORES = "flores"
    MESR = "mesr"
    IMDB = "imdb"


class AbsentRow(StrEnum):
    """What a row that a table has not can mean."""

    ZERO = "zero"
    MISSING = "missing"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code: 0 done, 1 something failed, 2 bad input."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ClusterstatsWarning)
        warnings.showwarning = _show_warning
        sys.exit(_exit_code(arguments))


def _exit_code(arguments: Sequence[str] | None) -> int:
    """Run a command; bad input becomes one line, without a traceback."""
    try:
        code = app(args=arguments, prog_name="clusterstats", standalone_mode=False)
    except (ClusterstatsError, OSError) as error:
        return _refuse(str(error))
    except typer.Abort:
        _tell("stopped")
        return FAILED
    except Exception as error:
        wrong_usage = getattr(error, "format_message", None)  # typer's own, whatever it bundles
        if wrong_usage is None:
            raise
        return _refuse(f"{wrong_usage()} (see clusterstats --help)")
    return int(code or 0)


def _refuse(message: str) -> int:
    _tell(" ".join(message.split()))
    return BAD_INPUT


def _tell(message: str) -> None:
    print(f"clusterstats: {message}", file=sys.stderr, flush=True)


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    """Show a warning as a line; those of other packages are theirs to fix, not the reader's."""
    if issubclass(category, ClusterstatsWarning):
        _tell(f"note: {message}")


def _show_version(is_asked: bool) -> None:
    """Print the version and leave."""
    if is_asked:
        from clusterstats import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Statistics of clusters and agglomeration, each number with its uncertainty."""


@app.command()
def reproduce(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Analyses to run; all of them by default."),
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to write to; results/ in the checkout if absent."),
    ] = None,
) -> None:
    """Run the analyses of the checkout and write their tables, figures and one page."""
    from clusterstats.report import analyses_dir, write_results

    folder = analyses_dir()
    outcomes = _run_analyses(folder, names or [])
    page = write_results(results or folder.parent / "results", outcomes)
    for line in [line for outcome in outcomes for line in outcome.told]:
        print(line)
    print(page)
    if any(outcome.error or (names and outcome.absent) for outcome in outcomes):
        raise typer.Exit(FAILED)


def _run_analyses(folder: Path, names: Sequence[str]) -> list[Outcome]:
    """Run those wanted, with a line and the seconds of each on the terminal."""
    from clusterstats.report import Outcome, find_analyses, run_analysis

    outcomes = []
    for name, is_wanted in find_analyses(folder, names).items():
        if not is_wanted:
            missing = "it was not run this time."
            outcomes.append(Outcome(name, name.replace("_", " "), missing=missing))
            continue
        start = time.perf_counter()
        outcome = run_analysis(folder, name)
        seconds = time.perf_counter() - start
        _tell(f"{name}: {_done(outcome)} ({seconds:.1f} s)")
        outcomes.append(outcome)
    return outcomes


def _done(outcome: Outcome) -> str:
    """What came of an analysis, in a few words."""
    if outcome.error:
        return f"failed: {outcome.error}"
    return f"skipped: {outcome.absent}" if outcome.absent else f"{len(outcome.exhibits)} exhibits"


@app.command()
def measure(
    name: Annotated[str, typer.Argument(help="A measure, such as location_quotient.")],
    file: Annotated[Path, typer.Argument(help="Cells or establishments: CSV, Parquet, Excel, ...")],
    value: Annotated[str, typer.Option(help="Column to measure.")] = "employment",
    region: Annotated[str, typer.Option(metavar="COL", help="Column of regions.")] = "region",
    industry: Annotated[
        str, typer.Option(metavar="COL", help="Column of industries.")
    ] = "industry",
    year: Annotated[str, typer.Option(metavar="COL", help="Column of years, if any.")] = "year",
    absent: Annotated[
        AbsentRow | None,
        typer.Option(help="What an absent row of cells means."),
    ] = None,
    inference: Annotated[
        Method | None,
        typer.Option(help="How to measure uncertainty; none by default."),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of a random method.")] = None,
    draws: Annotated[int | None, typer.Option(help="Draws of a random method.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="File to write; the screen by default."),
    ] = None,
) -> None:
    """Measure the table of a file; print the result as CSV, what defines it on stderr."""
    from clusterstats.measures import REGISTRY

    require_choice("NAME", name, sorted(REGISTRY))
    option = _inference(inference, seed, draws)
    table = _table(file, {region: "region", industry: "industry", year: "year"}, value, absent)
    result = REGISTRY[name].door(table, value=value, inference=option)
    _write_table(result, output)
    for field, text in result.attrs.items():
        if text:
            print(f"{field}: {text}", file=sys.stderr)


def _inference(method: Method | None, seed: int | None, draws: int | None) -> Inference | None:
    """The inference option that the command line describes."""
    from clusterstats.inference import Analytic, Bootstrap, Jackknife, MonteCarlo

    is_random = method in (Method.BOOTSTRAP, Method.MONTE_CARLO)
    if not is_random and (seed is not None or draws is not None):
        raise OptionError("--seed and --draws go with --inference bootstrap or monte_carlo")
    if is_random and seed is None:
        raise OptionError(f"--inference {method} is random: say --seed N")
    kinds: dict[Method | None, Callable[..., Inference]] = {
        Method.ANALYTIC: Analytic,
        Method.BOOTSTRAP: Bootstrap,
        Method.JACKKNIFE: Jackknife,
        Method.MONTE_CARLO: MonteCarlo,
    }
    given = {"seed": seed, "draws": draws}
    asked = {name: number for name, number in given.items() if number is not None}
    return None if method is None else kinds[method](**asked)


def _table(file: Path, names: dict[str, str], value: str, absent: AbsentRow | None) -> Any:
    """The file as a table that measures take."""
    from clusterstats.sources import read_table
    from clusterstats.tables import cells

    renamed = {old: new for old, new in names.items() if old != new}
    frame = read_table(file, columns=renamed, numeric=(value,))
    if absent is None or "establishment" in frame.collect_schema().names():
        return frame
    values = () if value in ("employment", "establishments") else (value,)
    return cells(frame, values=values, absent=absent.value)


def _write_table(table: Any, output: Path | None) -> None:
    from clusterstats._files import write_atomic

    text = table.to_csv(index=False, lineterminator="\n")
    if output is None:
        print(text, end="")
    else:
        write_atomic(output, text)


@data.command("list")
def list_data() -> None:
    """List the embedded datasets, and the publishers' files that `data get` fetches."""
    from clusterstats import datasets
    from clusterstats.datasets._publishers import kept

    table, files = datasets.list(), datasets.published()
    width = max(map(len, [*table["name"], *files]))
    for row in table.itertuples(index=False):
        print(f"{row.name:<{width}}  {row.rows:>7,} rows  {row.title}")
    for name, file in files.items():
        state = "in the cache" if kept(name) else "not fetched"
        print(f"{name:<{width}}  {state:>12}  {file.title}")


@data.command("show")
def show_data(name: Annotated[str, typer.Argument(help="A name that `data list` gives.")]) -> None:
    """Say what a dataset or file holds, where it comes from and under which licence."""
    from clusterstats import datasets
    from clusterstats.datasets._publishers import kept, recorded

    embedded, files = list(datasets.list()["name"]), datasets.published()
    _require_known(name, [*embedded, *files])
    if name in embedded:
        print(datasets.describe(name))
        return
    place = kept(name)
    there = f"in the cache: {place}" if place else f"not fetched: clusterstats data get {name}"
    print(files[name], there, sep="\n")
    if place and recorded(place):
        print(f"sha256 when it was fetched: {recorded(place)}")


def _require_known(name: str, known: Sequence[str]) -> None:
    from difflib import get_close_matches

    if name not in known:
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        raise DatasetError(
            f"no dataset or publisher's file {name!r}{hint}; `clusterstats data list` gives all"
        )


@data.command("get")
def get_data(
    name: Annotated[str, typer.Argument(help="A publisher's file that `data list` gives.")],
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="The checksum that the file must have.")
    ] = None,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Take the file as it comes and check later ones against it."),
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to keep it; the cache if absent.")
    ] = None,
) -> None:
    """Fetch a publisher's file once, check it, and print where it is."""
    from clusterstats import datasets
    from clusterstats.datasets._publishers import recorded

    place = datasets.get(name, sha256=sha256, accept=accept, folder=folder, progress=_progress())
    file = datasets.published()[name]
    _tell(f"{file.title} ({file.publisher}; {file.licence})")
    if found := recorded(place):
        _tell(f"sha256 {found}, kept beside the file: the next `data get` checks it")
    print(place)


def _progress() -> Callable[[int, int | None], None] | None:
    """Show the megabytes on a line of a terminal, which what is said next overwrites."""
    if not sys.stderr.isatty():
        return None

    def show(received: int, promised: int | None) -> None:
        whole = f" of {promised / 1e6:,.1f}" if promised else ""
        print(f"{received / 1e6:,.1f}{whole} MB", end="\r", file=sys.stderr, flush=True)

    return show


@data.command("make")
def make_data(
    source: Annotated[Source, typer.Argument(help="The publisher's format.")],
    path: Annotated[Path, typer.Argument(help="The file to write; for imdb a folder.")],
    rows: Annotated[
        int,
        typer.Option(
            "--rows",
            "--establishments",
            metavar="N",
            min=1,
            help="Establishments of sirene; of the others lines, roughly (imdb: works).",
        ),
    ],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")],
) -> None:
    """Make a file in a publisher's format, with known counts, and print where it is."""
    from clusterstats import datasets

    makers: dict[Source, Callable[[], Path]] = {
        Source.SIRENE: lambda: datasets.make_sirene(path, establishments=rows, seed=seed),
        Source.URSSAF: lambda: datasets.make_urssaf(path, communes=-(-rows // 25), seed=seed),
        Source.FLORES: lambda: datasets.make_flores(path, communes=-(-rows // 100), seed=seed),
        Source.MESR: lambda: datasets.make_mesr(path, institutions=-(-rows // 220), seed=seed),
        Source.IMDB: lambda: datasets.make_imdb(
            path, works=rows, people=max(16, rows // 2), seed=seed
        ),
    }
    print(makers[source]())
