"""Files as URSSAF publishes them, with planted localisation and a planted critical mass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from clusterstats.datasets._make._plant import Places, places
from clusterstats.datasets._make._urssaf_columns import HEADERS, Looks
from clusterstats.datasets._make._writing import (
    Array,
    delimited,
    new_files,
    packed,
    require_count,
    write_chunks,
)
from clusterstats.errors import OptionError, require_choice

__all__ = ["make_urssaf", "urssaf_truth"]

STREAM = 1
CHUNK_CELLS = 200_000
CRITICAL_MASS = 50
LOCALISED = 25.0


@dataclass(frozen=True)
class _Plan:
    places: Places
    years: tuple[int, ...]
    seed: int

    @property
    def step(self) -> int:
        """Communes in a chunk."""
        return max(1, CHUNK_CELLS // (len(self.places.industries) * len(self.years)))

    @property
    def chunks(self) -> int:
        return -(-len(self.places.communes) // self.step)


@dataclass(frozen=True)
class _Rows:
    """Lines of the file: positions of commune and industry, counts (line, year), -1 blank."""

    commune: Array
    industry: Array
    establishments: Array
    employment: Array


def make_urssaf(
    path: str | Path,
    *,
    communes: int = 200,
    industries: int = 100,
    years: Sequence[int] = tuple(range(2006, 2026)),
    seed: int,
    header: Literal["labels", "technical"] = "labels",
) -> Path:
    """Make a file as URSSAF's commune x APE export, of any size, with known counts.

    Use it to try a reader or a measure where the truth is known: `urssaf_truth` gives it.

    Parameters
    ----------
    path : str or Path
        The file to write, replaced if it is there; gzipped if its name ends in ``.gz``.
    communes, industries : int
        How many; commune codes are made up, APE codes are those of NAF rév. 2 (at most 732).
    years : sequence of int
        Years of the columns, increasing.
    seed : int
        The same arguments and seed give the same bytes.
    header : {"labels", "technical"}
        Column names with French labels or technical ones.

    Returns
    -------
    pathlib.Path
        The file: UTF-8 with a mark, ``;``, CRLF, two columns a year.

    Raises
    ------
    OptionError
        A size, the years or the header can't be used.

    See Also
    --------
    urssaf_truth : The counts that were planted.

    Notes
    -----
    Establishments of a cell are Poisson around commune share times industry share, both Zipf;
    every tenth industry is 25 times as frequent in its three home communes. Employment grows
    by at least one from one year to the next where it was above 50, and never grows elsewhere
    (critical mass). Some cells open or close (blank), some have nobody (0), few have an
    unknown employment (blank beside a count). Each chunk of communes is written as it is made.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from clusterstats.datasets import make_urssaf
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = make_urssaf(
    ...         pathlib.Path(folder, "u.csv"), communes=3, industries=4, years=[2021, 2022], seed=1
    ...     )
    ...     print(path.read_text(encoding="utf-8-sig").splitlines()[0][-52:])
    Nombre d'établissements 2022;Effectifs salariés 2022
    """
    plan = _plan(communes, industries, years, seed)
    require_choice("header", header, tuple(HEADERS))
    keys, *stems = HEADERS[header]
    names = [keys, *(stem.format(year) for year in plan.years for stem in stems)]
    looks = Looks(plan.places)
    path = Path(path)
    head = ";".join(names) + "\r\n"
    with new_files(path) as (draft,), packed(draft, is_packed=path.suffix == ".gz") as file:
        write_chunks(file, head, plan.chunks, lambda at: _lines(looks, _rows(plan, at)), bom=True)
    return path


def urssaf_truth(
    *,
    communes: int = 200,
    industries: int = 100,
    years: Sequence[int] = tuple(range(2006, 2026)),
    seed: int,
) -> pd.DataFrame:
    """Give the counts that `make_urssaf` plants with the same arguments and seed.

    Parameters
    ----------
    communes, industries : int
        As given to `make_urssaf`.
    years : sequence of int
        As given to `make_urssaf`.
    seed : int
        As given to `make_urssaf`.

    Returns
    -------
    pandas.DataFrame
        Cells, key (region, industry, year), sorted: establishments and employment, Float64
        values; no row where both are blank, missing employment where it alone is.
        ``attrs["homes"]`` names the home communes of each localised industry,
        ``attrs["critical_mass"]`` the employment above which cells grow.

    Examples
    --------
    >>> from clusterstats.datasets import urssaf_truth
    >>> truth = urssaf_truth(communes=3, industries=4, years=[2021, 2022], seed=1)
    >>> truth.columns.tolist(), truth.attrs["critical_mass"]
    (['region', 'industry', 'year', 'establishments', 'employment'], 50)
    """
    plan = _plan(communes, industries, years, seed)
    whole = pd.concat([_tidy(plan, _rows(plan, at)) for at in range(plan.chunks)])
    keys = ["region", "industry", "year"]
    truth = whole.sort_values(keys, ignore_index=True)
    truth.attrs = {"homes": plan.places.named_homes(), "critical_mass": CRITICAL_MASS}
    return truth


def _plan(communes: int, industries: int, years: Sequence[int], seed: int) -> _Plan:
    require_count("seed", seed, least=0)
    span = tuple(int(year) for year in years)
    if not span or list(span) != sorted({*span}) or not 1000 <= span[0] <= span[-1] <= 9999:
        raise OptionError(f"years={years!r} are not increasing years of 4 digits, at least one")
    rng = np.random.default_rng([seed, STREAM])
    return _Plan(places(communes, industries, rng), span, seed)


def _rows(plan: _Plan, number: int) -> _Rows:
    """Draw the lines of a chunk of communes; lines without any count are not written."""
    where, rng = plan.places, np.random.default_rng([plan.seed, STREAM, number])
    first = number * plan.step
    members = np.arange(first, min(first + plan.step, len(where.communes)))
    size = len(where.communes) * len(where.industries)
    mean = size * where.pull[members, None] * where.share
    for place, homes in where.homes.items():
        mean[np.isin(members, homes), place] *= LOCALISED
    count = rng.poisson(mean)
    line, industry = np.nonzero(count)
    start = count[line, industry]
    establishments = np.repeat(start[:, None], len(plan.years), axis=1)
    employment = _grown(start, len(plan.years), rng)
    blank = _closed(len(start), len(plan.years), rng)
    unknown = rng.random(blank.shape) < 0.001
    return _Rows(
        members[line],
        industry,
        np.where(blank, -1, establishments),
        np.where(blank | unknown, -1, employment),
    )


def _lines(looks: Looks, rows: _Rows) -> bytes:
    """Write lines: establishments and employment alternate, year by year."""
    counts = np.stack([rows.establishments, rows.employment], axis=2)
    flat = counts.reshape(len(rows.commune), -1)
    columns = looks.columns(rows.commune, rows.industry, flat)
    return delimited(columns, ";", end="\r\n")


def _grown(start: Array, years: int, rng: np.random.Generator) -> Array:
    """Employment by year: Zipf sizes at first; up above the critical mass, else level or down."""
    size = np.minimum(rng.zipf(2.0, len(start)), 2_000) - (rng.random(len(start)) < 0.4)
    now = start * size
    by_year = [now]
    for _ in range(years - 1):
        up = 1 + rng.binomial(now, 0.03)
        now = np.where(now > CRITICAL_MASS, now + up, now - rng.binomial(now, 0.03))
        by_year.append(now)
    return np.stack(by_year, axis=1)


def _closed(lines: int, years: int, rng: np.random.Generator) -> Array:
    """Years before a late opening or after an early closing; one year at least stays."""
    year = np.arange(years)
    opened = np.where(rng.random(lines) < 0.2, rng.integers(0, years, lines), 0)
    lasts = np.where(rng.random(lines) < 0.2, rng.integers(1, years + 1, lines), years)
    blank: Array = (year < opened[:, None]) | (year >= (opened + lasts)[:, None])
    return blank


def _tidy(plan: _Plan, rows: _Rows) -> pd.DataFrame:
    line, year = np.nonzero(rows.establishments >= 0)
    employment = rows.employment[line, year].astype(float)
    return pd.DataFrame(
        {
            "region": np.asarray(plan.places.communes, object)[rows.commune[line]],
            "industry": np.asarray(plan.places.industries, object)[rows.industry[line]],
            "year": np.asarray(plan.years, np.int64)[year],
            "establishments": rows.establishments[line, year].astype(float),
            "employment": np.where(employment < 0, np.nan, employment),
        }
    )
