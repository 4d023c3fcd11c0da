"""Linear hypotheses: read from text, tested jointly."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import chi2
from scipy.stats import f as fisher
from scipy.stats import t as student

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.models.covariance.result import Covariance

__all__ = ["joint_test", "restrictions"]


def joint_test(
    names: Sequence[str], estimates: Array, covariance: Covariance, hypothesis: str
) -> pd.DataFrame:
    """Wald test of equations, one row; a single one also with its estimate and interval."""
    matrix, right = restrictions(names, hypothesis)
    gap = matrix @ estimates - right
    _require_test(covariance, len(gap))
    used = (matrix != 0).any(axis=0)
    within = covariance.matrix[np.ix_(used, used)]
    if not np.isfinite(within).all():
        raise OptionError(f"hypothesis {hypothesis!r} has a term whose variance is not identified")
    variance = matrix[:, used] @ within @ matrix[:, used].T
    rank = int(np.linalg.matrix_rank(variance))
    if rank < len(gap):
        raise OptionError(f"hypothesis {hypothesis!r} has equations that repeat or contradict")
    df = covariance.df_for(matrix)
    row: dict[str, object] = {"hypothesis": hypothesis, "estimate": np.nan, "std_error": np.nan}
    if len(gap) == 1:
        error = float(np.sqrt(variance[0, 0]))
        statistic = float(gap[0]) / error
        half = float(student.ppf(0.975, df)) * error
        row |= {"estimate": float(gap[0]), "std_error": error, "statistic": statistic}
        row |= {"df1": 1, "df2": df, "p_value": 2 * float(student.sf(abs(statistic), df))}
        row |= {"conf_low": float(gap[0]) - half, "conf_high": float(gap[0]) + half}
        if covariance.tested is not None:
            ends = covariance.tested(matrix[0], float(right[0]))
            row |= dict(zip(("p_value", "conf_low", "conf_high"), ends, strict=True))
    else:
        statistic = float(gap @ np.linalg.solve(variance, gap)) / len(gap)
        if covariance.df_of is not None:  # Hotelling's T squared (Pustejovsky and Tipton 2018)
            df, freedom = df - len(gap) + 1, df
            statistic *= df / freedom if df > 0 else np.nan
        row |= {"statistic": statistic, "df1": len(gap), "df2": df}
        q = len(gap)
        tail = chi2.sf(statistic * q, q) if np.isinf(df) else fisher.sf(statistic, q, df)
        row |= {"p_value": float(tail)}
        row |= {"conf_low": np.nan, "conf_high": np.nan}
    return pd.DataFrame([row])


def _require_test(covariance: Covariance, equations: int) -> None:
    """Raise where p-values do not follow from the matrix and are not made for these equations."""
    if covariance.tested is not None and equations > 1:
        raise OptionError(
            f"{covariance.name} tests one equation at a time, not {equations}; use Clustered(..., "
            f"correction='CR2') for several"
        )
    if covariance.p_values is not None and covariance.tested is None:
        raise OptionError(
            f"{covariance.name} has p-values of its coefficients only; use another covariance for "
            f"tests of equations"
        )


def restrictions(names: Sequence[str], hypothesis: str) -> tuple[Array, Array]:
    """Equations as `R b = r`; unknown names and products of terms are refused."""
    rows, right = [], []
    for equation in _hidden(hypothesis, names).split(","):
        sides = equation.split("=")
        if len(sides) > 2 or not equation.strip():
            raise OptionError(f"hypothesis {hypothesis!r} is not 'a = b, c = 0'")
        left = _linear(sides[0], names, hypothesis)
        other = _linear(sides[1], names, hypothesis) if len(sides) == 2 else np.zeros_like(left)
        change = left - other
        if not change[:-1].any():
            raise OptionError(f"equation {equation.strip()!r} names no term")
        rows.append(change[:-1])
        right.append(-change[-1])
    return np.array(rows), np.array(right)


def _hidden(text: str, names: Sequence[str]) -> str:
    """The text with names that are no plain words (`lag(x, 1)`, `a:b`) as words."""
    longest_first = sorted(enumerate(names), key=lambda pair: -len(pair[1]))
    for place, name in longest_first:
        text = text.replace(f"`{name}`", f" _term{place}_ ")
    for place, name in longest_first:
        if not name.isidentifier():
            text = text.replace(name, f" _term{place}_ ")
    return text


def _linear(text: str, names: Sequence[str], whole: str) -> Array:
    """Coefficients of a linear expression in the terms, and its constant at the end."""
    try:
        tree = ast.parse(text.strip() or "0", mode="eval").body
    except SyntaxError:
        raise OptionError(f"hypothesis {whole!r} can't be read at {text.strip()!r}") from None
    places = {f"_term{place}_": place for place in range(len(names))}
    places |= {name: place for place, name in enumerate(names) if name.isidentifier()}
    return _walk(tree, places, len(names), whole, names)


def _walk(
    node: ast.expr, places: dict[str, int], size: int, whole: str, names: Sequence[str]
) -> Array:
    """Evaluate sums, differences and multiples."""
    vector = np.zeros(size + 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        vector[-1] = node.value
        return vector
    if isinstance(node, ast.Name):
        if node.id not in places:
            listed = ", ".join(names)
            raise OptionError(f"no term {node.id!r} in the model; it has {listed}")
        vector[places[node.id]] = 1
        return vector
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _walk(node.operand, places, size, whole, names)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp):
        a = _walk(node.left, places, size, whole, names)
        b = _walk(node.right, places, size, whole, names)
        if isinstance(node.op, ast.Add):
            return np.asarray(a + b)
        if isinstance(node.op, ast.Sub):
            return np.asarray(a - b)
        if isinstance(node.op, ast.Mult) and not (a[:-1].any() and b[:-1].any()):
            return np.asarray(a * b[-1] if a[:-1].any() else b * a[-1])
        if isinstance(node.op, ast.Div) and not b[:-1].any():
            return np.asarray(a / b[-1])
    raise OptionError(f"hypothesis {whole!r} is not linear in the terms")
