"""Analyses of a checkout: found, loaded and run, one folder each."""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType

from clusterstats.errors import ClusterstatsError, DatasetError, OptionError
from clusterstats.report.exhibit import Exhibit

__all__ = ["Outcome", "analyses_dir", "find_analyses", "run_analysis"]

NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Outcome:
    """What came of an analysis: its exhibits, or why they are missing.

    Attributes
    ----------
    name, title, question : str
        The folder, and the analysis' own ``TITLE`` and ``QUESTION``.
    exhibits : sequence of Exhibit
        In the order of the analysis; empty if it failed.
    error : str
        What went wrong, for the terminal; it may name files of this machine.
    missing : str
        What the page says of it; names no file of this machine.
    absent : str
        Why it was not run: the data that it needs and how to get them.
    told : sequence of str
        What it says itself, for the terminal: a score, say.
    """

    name: str
    title: str
    question: str = ""
    exhibits: Sequence[Exhibit] = ()
    error: str = ""
    missing: str = ""
    absent: str = ""
    told: Sequence[str] = ()


def analyses_dir() -> Path:
    """Return the folder ``analyses`` beside the package, which only a checkout has.

    Returns
    -------
    pathlib.Path
        The folder; each analysis is a folder in it.

    Raises
    ------
    DatasetError
        The package is installed without its checkout.

    Examples
    --------
    >>> from clusterstats.report import analyses_dir
    >>> analyses_dir().name
    'analyses'
    """
    folder = Path(__file__).resolve().parents[2] / "analyses"
    if not folder.is_dir():
        raise DatasetError(
            "reproduce needs a checkout of the repository: there is no folder 'analyses' beside "
            "the installed package; get the repository and run it there"
        )
    return folder


def find_analyses(folder: Path, names: Sequence[str] = ()) -> dict[str, bool]:
    """List the analyses of a folder, and which of them are wanted.

    Parameters
    ----------
    folder : pathlib.Path
        Such as `analyses_dir` gives: each folder in it with an ``analysis.py`` is an analysis.
    names : sequence of str
        Those wanted; all of them if empty.

    Returns
    -------
    dict of str to bool
        Every analysis by name, sorted, and whether it is wanted.

    Raises
    ------
    DatasetError
        A name is not there, or there is no analysis at all.

    Examples
    --------
    >>> from clusterstats.report import analyses_dir, find_analyses
    >>> find_analyses(analyses_dir(), ["founding_tables"])["founding_tables"]
    True
    """
    found = [path.parent.name for path in sorted(folder.glob("*/analysis.py"))]
    known = [name for name in found if NAME.fullmatch(name)]
    strange = [name for name in names if name not in known]
    if strange:
        raise DatasetError(f"no analysis {strange[0]!r}; there are {', '.join(known) or 'none'}")
    if not known:
        raise DatasetError("the checkout has no analysis: no folder of analyses/ has analysis.py")
    return {name: not names or name in names for name in known}


def run_analysis(folder: Path, name: str) -> Outcome:
    """Run one analysis; whatever goes wrong in it is told and does not stop the others.

    Parameters
    ----------
    folder : pathlib.Path
        The folder of analyses.
    name : str
        The analysis: ``folder/name/analysis.py`` has ``TITLE``, ``QUESTION`` and ``exhibits()``,
        and may import its neighbours (``from .tables import counts``). It may have ``absent()``,
        which says what data it needs and has not (it is then left out), and
        ``told(exhibits)``, lines for the terminal.

    Returns
    -------
    Outcome
        Its exhibits, what is absent, or the error.

    Examples
    --------
    >>> from clusterstats.report import analyses_dir, run_analysis
    >>> outcome = run_analysis(analyses_dir(), "founding_tables")
    >>> outcome.title, outcome.error
    ('The founding documents, table by table', '')
    """
    title = name.replace("_", " ")
    try:
        module = _load(folder / name)
        title, question = str(module.TITLE), str(module.QUESTION)
        if absent := module.absent() if hasattr(module, "absent") else "":
            return Outcome(name, title, question, missing=f"{absent}.", absent=absent)
        exhibits = _checked(module.exhibits())
        told = module.told(exhibits) if hasattr(module, "told") else ()
        return Outcome(name, title, question, exhibits, told=tuple(told))
    except Exception as error:
        kind = type(error).__name__
        missing = f"this analysis stopped with {kind}; the terminal said why."
        return Outcome(name, title, error=_told(error, folder / name), missing=missing)


def _load(folder: Path) -> ModuleType:
    """Import ``analysis.py`` as part of a package of its own, so that it may have neighbours."""
    package = f"_clusterstats_analysis_{folder.name}"
    for loaded in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[loaded]
    spec = ModuleSpec(package, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    sys.modules[package] = module_from_spec(spec)
    importlib.invalidate_caches()
    module = importlib.import_module(f"{package}.analysis")
    absent = [name for name in ("TITLE", "QUESTION", "exhibits") if not hasattr(module, name)]
    if absent:
        raise OptionError(f"analysis.py has no {absent[0]}; give TITLE, QUESTION and exhibits()")
    return module


def _checked(exhibits: Sequence[Exhibit]) -> list[Exhibit]:
    """Exhibits with names that no two of them share."""
    names = [exhibit.name for exhibit in exhibits]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not names:
        fault = f"two exhibits named {repeated[0]!r}" if repeated else "no exhibits"
        raise OptionError(f"exhibits() gives {fault}")
    return list(exhibits)


def _told(error: Exception, folder: Path) -> str:
    """Say an error in a line; one that was not raised on purpose, with its place as well."""
    message = " ".join(str(error).split())
    if isinstance(error, ClusterstatsError):
        return message
    frames = [f for f in traceback.extract_tb(error.__traceback__) if folder.name in f.filename]
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {message}{place}"
