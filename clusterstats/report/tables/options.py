"""How a regression table is to look: options that check themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from clusterstats.errors import OptionError, require_choice

__all__ = ["Interval", "Look", "stars_from"]

Interval: TypeAlias = Literal["std_error", "conf_int", "t", "p_value"]
BRACKETS = {"(": "()", "[": "[]"}
STARS = "*"


@dataclass(frozen=True)
class Look:
    """What `cs.table` was asked for; every field as there."""

    labels: Mapping[str, str] = field(default_factory=dict)
    stats: Sequence[str] | None = None
    keep: Sequence[str] | None = None
    drop: Sequence[str] = ()
    order: Sequence[str] = ()
    extra: Mapping[str, Sequence[object]] = field(default_factory=dict)
    interval: Interval = "std_error"
    level: float = 0.95
    brackets: str | None = None
    stars: Mapping[str, float] = field(default_factory=dict)
    digits: int = 3
    marks: tuple[str, str] = ("Yes", "No")
    notes: bool | Sequence[str] = True

    def __post_init__(self) -> None:
        require_choice("interval", self.interval, get_args(Interval))
        if self.brackets is not None:
            require_choice("brackets", self.brackets, BRACKETS)
        if not 0 < self.level < 1:
            raise OptionError(f"level={self.level!r} must lie between 0 and 1")
        if isinstance(self.digits, bool) or self.digits not in range(13):
            raise OptionError(f"digits={self.digits!r} must be a whole number from 0 to 12")
        if len(self.marks) != 2:
            raise OptionError(f"marks={self.marks!r} must be two texts, such as ('Yes', 'No')")
        for name in ("stats", "keep", "drop", "order", "notes"):
            if isinstance(value := getattr(self, name), str):
                raise OptionError(f"{name}={value!r} must be a list, such as [{value!r}]")
        for sign, size in self.stars.items():
            if not sign or not 0 < size < 1:
                raise OptionError(f"stars have {sign!r}: {size!r}; use levels between 0 and 1")

    @property
    def pair(self) -> str:
        """The brackets: those asked for, else square for intervals and round for the rest."""
        default = "[" if self.interval == "conf_int" else "("
        return BRACKETS[self.brackets or default]

    def stars_of(self, p_value: float) -> str:
        """The sign of the strictest level that a p-value is below."""
        passed = [(size, sign) for sign, size in self.stars.items() if p_value < size]
        return min(passed)[1] if passed else ""


def stars_from(stars: object) -> dict[str, float]:
    """Signs with their levels: from a mapping, or one star more for each stricter level."""
    if stars is None:
        return {}
    if isinstance(stars, Mapping):
        return {str(sign): float(size) for sign, size in stars.items()}
    if isinstance(stars, str) or not isinstance(stars, Sequence):
        raise OptionError(
            f"stars={stars!r} must be levels, such as (0.1, 0.05, 0.01), or a mapping, such as "
            f"{{'+': 0.1, '*': 0.05}}"
        )
    ordered = sorted(stars, reverse=True)
    return {STARS * (place + 1): size for place, size in enumerate(ordered)}
