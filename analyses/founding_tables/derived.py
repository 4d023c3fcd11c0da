"""What the printed numbers imply, computed from the claims."""

from __future__ import annotations

from functools import reduce
from operator import add

import pandas as pd
from scipy import stats

import clusterstats as cs

from .claims import Number, quotes

LEVEL = 0.95


def derived_checks() -> pd.DataFrame:
    """One row a derived number: formula in claim ids, value, interval where one is meant."""
    rows = [
        _row("casual share", _of("S002-49") / _of("S002-48"), "share", "printed as 70%"),
        _row("members of the three clusters", _sum(MEMBERS), "members", "total members"),
        _row(
            "mean size inside over outside",
            _relative_size(),
            "ratio",
            "an establishment of the image sector inside north Paris has this many times the "
            "employees of one outside: concentration of jobs is partly plant size",
        ),
        _row("Garden: public money", _garden(), "EUR", "a third of the budget"),
        _row(
            "Garden: leverage",
            (_of("S002-28") - _garden()) / _garden(),
            "EUR per public EUR",
            "private money for each public euro",
        ),
        _row("training: hours per course", _of("S002-41") / _of("S002-40"), "hours", ""),
        _row("training: trainees per company", _of("S002-39") / _of("S002-38"), "trainees", ""),
        _row("training: trainees per course", _of("S002-39") / _of("S002-40"), "trainees", ""),
        _jobs_per_company(),
        _row("clusters listed", _clusters(), "clusters", "a check of the copy: the kinds differ"),
        _row(
            "clusters listed, without pôles",
            _clusters() - _of("S003-06"),
            "clusters",
            "the 67 pôles date from 2005, after the year of the table's source",
        ),
        _row(
            "ANR grant: difference",
            _of("S001-02") - _of("S001-01"),
            "EUR",
            "unexplained: the document prints both amounts",
        ),
    ]
    return pd.DataFrame(rows)


def restated() -> pd.DataFrame:
    """What one part of the documents says that another part, or the carried data, must match."""
    partnerships = _of("S001-10") + _of("S001-11")
    lines = len(cs.datasets.load("key_success_factors"))
    numbers = {
        "key success factors": float(lines),
        "international partnerships": float(partnerships.value),
        "project length of members (months)": float(_of("S002-53").value),
        "ANR grant (EUR)": float(_of("S001-02").value),
        "ANR project duration (months)": float(_of("S001-05").value),
        "forms of governance": float(_of("S002-21").value),
        "year of the pôles": float(_of("S002-08").value),
    }
    return pd.DataFrame({"item": list(numbers), "estimate": list(numbers.values())})


def countries() -> pd.DataFrame:
    """The carried counts of clusters, one item a country and kind."""
    table = cs.datasets.load("clusters_by_country")
    items = "clusters: " + table["country_name"] + ", " + table["kind"]
    return pd.DataFrame({"item": items, "estimate": table["clusters"].astype("float64")})


def interval_ends() -> pd.DataFrame:
    """The ends of the intervals among the derived numbers, one item an end."""
    checks = derived_checks().dropna(subset="conf_low")
    ends = [
        pd.DataFrame({"item": checks["item"] + f": {end}", "estimate": checks[f"conf_{end}"]})
        for end in ("low", "high")
    ]
    return pd.concat(ends, ignore_index=True)


MEMBERS = ("S002-01", "S002-02", "S002-03")


def _of(claim: str) -> Number:
    return Number.of(claim)


def _sum(claims: tuple[str, ...]) -> Number:
    return reduce(add, map(Number.of, claims))


def _clusters() -> Number:
    claims = cs.datasets.load("clusters_by_country")["claim"]
    return _sum(tuple(sorted(claims)))


def _garden() -> Number:
    return _of("S002-28") * _of("S002-29")


def _relative_size() -> Number:
    establishments, employees = _of("S001-06") / 100, _of("S001-07") / 100
    return (employees / establishments) / ((1 - employees) / (1 - establishments))


def _jobs_per_company() -> dict[str, object]:
    """Jobs per company supported, with the exact Poisson interval of the count of jobs."""
    jobs, companies = _of("S002-33"), _of("S002-32")
    tail = (1 - LEVEL) / 2
    count, base = int(jobs.value), float(companies.value)
    ends = stats.chi2.ppf([tail, 1 - tail], [2 * count, 2 * count + 2]) / 2 / base
    return _row(
        "jobs per company supported",
        jobs / companies,
        "jobs",
        "no counterfactual: a rate, not an effect",
    ) | {"conf_low": ends[0], "conf_high": ends[1]}


def _row(item: str, number: Number, unit: str, meaning: str) -> dict[str, object]:
    return {
        "item": item,
        "estimate": float(number.value),
        "conf_low": float("nan"),
        "conf_high": float("nan"),
        "unit": unit,
        "formula": number.formula,
        "meaning": meaning,
        "claims": ", ".join(number.claims),
        "quotes": quotes(number.claims),
    }
