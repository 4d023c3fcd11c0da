"""Files as MESR's survey of master's graduates, with a planted effect on retention."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from clusterstats.datasets._make._mesr_lines import FLAVOURS, lines
from clusterstats.datasets._make._mesr_rows import EFFECT, Group, draw, school_number, total
from clusterstats.datasets._make._writing import BOM, new_files, packed, require_count
from clusterstats.errors import OptionError, require_choice

__all__ = ["make_mesr", "mesr_truth"]


def make_mesr(
    path: str | Path,
    *,
    institutions: int = 60,
    cohorts: Sequence[int] = tuple(range(2010, 2021)),
    seed: int,
    headers: Literal["technical", "labels"] = "technical",
) -> Path:
    r"""Make a file as MESR's survey of master's graduates, with known retention.

    Use it to try a reader or a model of retention: `mesr_truth` gives what was planted.

    Parameters
    ----------
    path : str or Path
        The file to write, replaced if it is there; gzipped if its name ends in ``.gz``.
    institutions : int
        Universities, made up, at most 9 999.
    cohorts : sequence of int
        Years of graduation, increasing.
    seed : int
        The same arguments and seed give the same bytes.
    headers : {"technical", "labels"}
        The 33 technical column names, or the 35 French labels of later exports, which add the
        shares of all graduates that are employed (blank before the cohort 2020).

    Returns
    -------
    pathlib.Path
        The file: UTF-8, ``;``; with technical names CRLF, with labels LF and a mark.

    Raises
    ------
    OptionError
        A size, the cohorts or the headers can't be used.

    See Also
    --------
    mesr_truth : The groups that were planted.

    Notes
    -----
    Half of the employed leave the region, 20 points fewer from every third university (those
    of a metropolis), 4 points more at 30 months than at 18. Groups under 30 respondents are
    ``ns``, some are ``nd``; regional figures hold ``.``, ``fe`` and a non-breaking space for
    thousands. "Ensemble" lines sum a domain, "Toutes universités" lines all universities.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from clusterstats.datasets import make_mesr
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = make_mesr(pathlib.Path(folder, "m.csv"), institutions=1, cohorts=[2018], seed=1)
    ...     print(path.read_text(encoding="utf-8")[:31])
    annee;diplome;numero_de_l_etabl
    """
    years = _checked(institutions, cohorts, seed)
    require_choice("headers", headers, tuple(FLAVOURS))
    flavour, path = FLAVOURS[headers], Path(path)
    nation: dict[tuple[int, str, int], Group] = {}
    with new_files(path) as (draft,), packed(draft, is_packed=path.suffix == ".gz") as file:
        file.write((BOM if flavour.has_mark else b"") + (flavour.header + flavour.end).encode())
        for school in range(institutions):
            groups = list(draw(school, years, seed))
            for group in groups:
                key = (group.cohort, group.field, group.horizon)
                nation[key] = total([group, *([nation[key]] if key in nation else [])], group.field)
            file.write(lines(groups, school, flavour))
        file.write(lines(list(nation.values()), None, flavour))
    return path


def mesr_truth(
    *,
    institutions: int = 60,
    cohorts: Sequence[int] = tuple(range(2010, 2021)),
    seed: int,
) -> pd.DataFrame:
    """Give the groups that `make_mesr` plants with the same arguments and seed.

    Parameters
    ----------
    institutions : int
        As given to `make_mesr`.
    cohorts : sequence of int
        As given to `make_mesr`.
    seed : int
        As given to `make_mesr`.

    Returns
    -------
    pandas.DataFrame
        Key (school, field, cohort, horizon_months), without totals, sorted: ``respondents``,
        ``employed``, ``leaving`` (employed outside the region), ``is_metropolis``, ``status``
        (observed, ns or nd) and ``external``, the whole percentage that the file shows where
        observed. ``attrs["effect"]`` is the planted difference of a metropolis in the share.

    Examples
    --------
    >>> from clusterstats.datasets import mesr_truth
    >>> truth = mesr_truth(institutions=2, cohorts=[2018], seed=1)
    >>> len(truth), truth.attrs["effect"]
    (28, -0.2)
    """
    years = _checked(institutions, cohorts, seed)
    rows = [
        {
            "school": school_number(school),
            "field": group.field,
            "cohort": group.cohort,
            "horizon_months": group.horizon,
            "respondents": group.respondents,
            "employed": group.employed,
            "leaving": group.leaving,
            "is_metropolis": school % 3 == 0,
            "status": group.status,
            "external": group.external if group.status == "observed" else None,
        }
        for school in range(institutions)
        for group in draw(school, years, seed)
    ]
    keys = ["school", "field", "cohort", "horizon_months"]
    truth = pd.DataFrame(rows).astype({"external": "Int64"}).sort_values(keys, ignore_index=True)
    truth.attrs = {"effect": EFFECT}
    return truth


def _checked(institutions: int, cohorts: Sequence[int], seed: int) -> tuple[int, ...]:
    require_count("institutions", institutions, most=9_999)
    require_count("seed", seed, least=0)
    years = tuple(int(year) for year in cohorts)
    if not years or list(years) != sorted({*years}) or not 1000 <= years[0] <= years[-1] <= 9999:
        raise OptionError(f"cohorts={cohorts!r} are not increasing years of 4 digits")
    return years
