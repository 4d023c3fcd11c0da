"""Leave one group out: which region, industry or year carries an estimate."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.linalg import qr, solve_triangular
from scipy.stats import t as student

from clusterstats._types import Array, Codes, Mask
from clusterstats.errors import ClusterstatsError, ClusterstatsWarning, OptionError, TableError
from clusterstats.models.covariance import Classical, covariance_of
from clusterstats.models.covariance.counting import nested_in
from clusterstats.models.design import Design
from clusterstats.models.fit import Fit
from clusterstats.models.regress import ESTIMATORS
from clusterstats.models.solution import Solution

__all__ = ["influence"]

SINGULAR = 1e-9


def influence(
    fit: Fit, *, by: str, terms: Sequence[str] | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Estimates without each group in turn: a row for each group and term.

    Parameters
    ----------
    fit : Fit
        From `regress`: any family, effects, instruments and weights.
    by : str
        Column of groups; `a^b` is a group for each pair.
    terms : sequence of str, optional
        Those of interest; all if not given.
    level : float
        Of significance, as that of an interval.

    Returns
    -------
    DataFrame
        Sorted by `term` and largest change: `by`, `term`, `rows` (of the group), `estimate` (of the
        others), `change` (from the whole sample), `change_in_se` (over the standard error there),
        `std_error`, `p_value`, `changes_sign`, `changes_significance`, and the range of all
        estimates of the term, `loo_low` and `loo_high`. A term that no other group identifies is
        `nan` without that group. `attrs["method"]` says whether estimates were updated or fitted
        again.

    Raises
    ------
    OptionError
        A fit that our own engine did not make, a term that is not in it, a covariance without
        standard errors of its own (bootstrap, randomization).
    TableError
        A column that is not there, blank, or with a single group.

    Notes
    -----
    For least squares and 2SLS without effects, or with effects whose levels lie in one group each,
    the rows of the others off the effects stay as they are, and only the last step is taken again.
    Otherwise the model is fitted again without each group. Standard errors are those of the fit's
    option and convention on the rows left, with warnings that the fit gave not repeated; standard
    errors clustered by `by` have one cluster fewer.

    References
    ----------
    Belsley, D. A., E. Kuh and R. E. Welsch (1980). Regression diagnostics (section 2.1).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import clusterstats as cs
    >>> random = np.random.default_rng(1)
    >>> region, x = np.repeat(list("abcde"), 20), random.normal(size=100)
    >>> y = x + random.normal(size=100) + 5 * x * (region == "c")
    >>> fit = cs.regress("y ~ x", pd.DataFrame({"region": region, "x": x, "y": y}))
    >>> cs.influence(fit, by="region", terms=["x"])["region"].iloc[0]
    'c'
    """
    solution = fit.solution
    if solution is None:
        raise OptionError(f"{fit.title} can't be fitted without a group; use regress()")
    chosen = _terms(fit, terms)
    labels, code = _groups(solution.design, by)
    exact = _is_exact(solution, code)
    rows = [
        row
        for group, left in enumerate(_without(solution, code, len(labels), exact))
        for row in _rows(fit, left, labels[group], int((code == group).sum()), chosen, level)
    ]
    table = pd.DataFrame(rows).rename(columns={"group": by})
    ends = table.groupby("term")["estimate"].agg(loo_low="min", loo_high="max")
    table = table.join(ends, on="term")
    size = table["change"].abs().fillna(np.inf)
    order = np.lexsort((np.arange(len(table)), -size, table["term"].map(chosen.index)))
    table = table.iloc[order].reset_index(drop=True)
    table.attrs["method"] = (
        "exact: off the effects as they are" if exact else "fitted again without each group"
    )
    return table


def _terms(fit: Fit, terms: Sequence[str] | None) -> list[str]:
    """The terms asked for."""
    chosen = list(fit.names) if terms is None else list(terms)
    strange = [name for name in chosen if name not in fit.names]
    if strange or not chosen:
        raise OptionError(f"terms={terms!r} are not in the model; it has {', '.join(fit.names)}")
    option = fit.asked or Classical()
    if fit.covariance.p_values is not None:
        raise OptionError(
            f"{option!r} would be drawn again for each group; use fit.with_covariance(Robust()) or "
            f"Clustered first"
        )
    return chosen


def _groups(design: Design, by: str) -> tuple[list[object], Codes]:
    """Labels of the groups, sorted, and the group of each row."""
    columns = by.split("^")
    for column in columns:
        if column not in design.frame:
            listed = ", ".join(map(repr, design.frame.columns))
            raise TableError(f"no column {column!r}; the table has {listed}")
        if design.frame[column].isna().any():
            row = design.frame.index[design.frame[column].isna()][0]
            raise TableError(f"column {column!r} is blank, first row {row}; fill it")
    parts = [design.frame[column] for column in columns]
    values = parts[0] if len(parts) == 1 else pd.Series(list(zip(*parts, strict=True)))
    code, labels = pd.factorize(values, sort=True)
    if len(labels) < 2:
        raise TableError(f"column {by!r} has a single group; there is nothing to leave out")
    return list(labels), code.astype(np.intp)


def _is_exact(solution: Solution, code: Codes) -> bool:
    """Whether leaving a group out leaves the others' rows off the effects as they are."""
    effects = solution.design.effects.codes
    return solution.family == "linear" and all(nested_in(effect, code) for effect in effects)


def _without(
    solution: Solution, code: Codes, groups: int, exact: bool
) -> Iterator[Solution | None]:
    """The solution without each group; nothing where there is none."""
    parts = _weighted(solution) if exact else None
    for group in range(groups):
        kept = code != group
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ClusterstatsWarning)
            found = None if parts is None else _updated(solution, kept, *parts)
            yield _fitted(solution, kept) if found is None else found


def _fitted(solution: Solution, kept: Mask) -> Solution | None:
    """The model fitted again on some rows, less the terms that they do not identify."""
    try:
        return ESTIMATORS[solution.family](solution.design.kept(kept, "left out"))
    except ClusterstatsError:
        return None


def _weighted(solution: Solution) -> tuple[Array, Array, Array]:
    """A basis of the instruments, the regressors and the response, times root weights."""
    root = np.sqrt(solution.w)[:, None]
    z = np.asarray(qr(solution.instruments * root, mode="economic")[0], dtype=float)
    return z, solution.regressors * root, solution.response * root[:, 0]


def _updated(solution: Solution, kept: Mask, z: Array, x: Array, y: Array) -> Solution | None:
    """(Two-stage) least squares on the rows kept, off the effects as they are."""
    basis, upper = qr(z[kept], mode="economic")
    if min(np.abs(np.diag(upper))) <= SINGULAR:
        return None
    projected = basis.T @ x[kept]
    rotation, small = qr(projected, mode="economic")
    size = np.sqrt((x[kept] ** 2).sum(axis=0))
    if (np.abs(np.diag(small)) <= SINGULAR * np.maximum(size, 1e-300)).any():
        return None
    params = solve_triangular(small, rotation.T @ (basis.T @ y[kept]))
    inverse = solve_triangular(small, np.eye(len(small)))
    w = solution.w[kept]
    u = solution.response[kept] - solution.regressors[kept] @ params
    design = solution.design.kept(kept, "left out")
    return replace(
        solution,
        design=design,
        params=params,
        x=(basis @ projected) / np.sqrt(w)[:, None],
        u=u,
        w=w,
        bread=inverse @ inverse.T,
        regressors=solution.regressors[kept],
        instruments=solution.instruments[kept],
        response=solution.response[kept],
        absorber=replace(solution.absorber, effects=design.effects, weights=design.weights),
        linear=solution.linear[kept],
        fitted=solution.fitted[kept],
        residuals=u,
    )


def _rows(
    fit: Fit, left: Solution | None, label: object, size: int, chosen: Sequence[str], level: float
) -> list[dict[str, object]]:
    """What is said of each term without a group."""
    found = _estimates(fit, left)
    rows = []
    for name in chosen:
        whole, error = float(fit.params[name]), float(fit.bse[name])
        estimate, std_error, p_value = found.get(name, (np.nan, np.nan, np.nan))
        change = estimate - whole
        is_known = bool(np.isfinite(estimate))
        was = float(fit.pvalues[name]) < 1 - level
        rows.append(
            {
                "group": label,
                "term": name,
                "rows": size,
                "estimate": estimate,
                "change": change,
                "change_in_se": change / error if error > 0 else np.nan,
                "std_error": std_error,
                "p_value": p_value,
                "changes_sign": is_known and bool(estimate * whole < 0),
                "changes_significance": is_known and was != (p_value < 1 - level),
            }
        )
    return rows


def _estimates(fit: Fit, left: Solution | None) -> dict[str, tuple[float, float, float]]:
    """Estimate, standard error and p-value by term; none where there is no solution."""
    if left is None:
        return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ClusterstatsWarning)
        try:
            covariance = covariance_of(left, fit.asked or Classical(), fit.convention)
        except ClusterstatsError:
            blank = np.nan
            pairs = zip(left.design.names, left.params, strict=True)
            return {name: (float(value), blank, blank) for name, value in pairs}
    errors = covariance.std_errors
    with np.errstate(invalid="ignore", divide="ignore"):
        p_values = 2 * student.sf(np.abs(left.params / errors), covariance.df)
    rows = zip(left.design.names, left.params, errors, np.asarray(p_values), strict=True)
    return {name: (float(b), float(se), float(p)) for name, b, se, p in rows}
