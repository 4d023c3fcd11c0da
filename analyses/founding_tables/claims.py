"""The claims, as numbers that remember which claims they come from."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import pandas as pd

import clusterstats as cs


@cache
def ledger() -> pd.DataFrame:
    """Every claim by its id, with its quotation."""
    return cs.datasets.load("claims").set_index("id")


def quotes(claims: tuple[str, ...]) -> str:
    """The quotations of claims, each once."""
    return " | ".join(dict.fromkeys(ledger().loc[list(claims), "quote"]))


OPERATIONS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
RANKS = {"+": 1, "-": 1, "*": 2, "/": 2}
"""Which operation binds more closely; a number by itself is 3."""


@dataclass(frozen=True)
class Number:
    """An exact number, how it was computed, and the claims it rests on."""

    value: Fraction
    formula: str
    claims: tuple[str, ...] = ()
    rank: int = 3

    @classmethod
    def of(cls, claim: str) -> Number:
        """The number of a claim, as printed."""
        return cls(Fraction(ledger().loc[claim, "value"]), claim, (claim,))

    def __add__(self, other: Number | int) -> Number:
        return self._with("+", other)

    def __sub__(self, other: Number | int) -> Number:
        return self._with("-", other)

    def __rsub__(self, other: int) -> Number:
        return Number(Fraction(other), str(other)) - self

    def __mul__(self, other: Number | int) -> Number:
        return self._with("*", other)

    def __truediv__(self, other: Number | int) -> Number:
        return self._with("/", other)

    def _with(self, sign: str, other: Number | int) -> Number:
        """The result of an operation, written out with the brackets that it needs."""
        right = other if isinstance(other, Number) else Number(Fraction(other), str(other))
        rank = RANKS[sign]
        closer = rank + 1 if sign in "-/" else rank
        formula = f"{self._as_operand(rank)} {sign} {right._as_operand(closer)}"
        claims = tuple(dict.fromkeys(self.claims + right.claims))
        return Number(OPERATIONS[sign](self.value, right.value), formula, claims, rank)

    def _as_operand(self, rank: int) -> str:
        return self.formula if self.rank >= rank else f"({self.formula})"
