"""The claims, as numbers that remember which claims they come from."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Number:
    """An exact number, how it was computed, and the claims it rests on."""

    value: Fraction
    formula: str
    claims: tuple[str, ...] = ()

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
        """The result of an operation, written out; brackets only where they are needed."""
        right = other if isinstance(other, Number) else Number(Fraction(other), str(other))
        operations = {
            "+": Fraction.__add__,
            "-": Fraction.__sub__,
            "*": Fraction.__mul__,
            "/": Fraction.__truediv__,
        }
        value = operations[sign](self.value, right.value)
        is_product = sign in "*/"
        left_text = f"({self.formula})" if is_product and self._is_sum else self.formula
        right_text = f"({right.formula})" if " " in right.formula else right.formula
        claims = tuple(dict.fromkeys(self.claims + right.claims))
        return Number(value, f"{left_text} {sign} {right_text}", claims)

    @property
    def _is_sum(self) -> bool:
        return " + " in self.formula or " - " in self.formula
