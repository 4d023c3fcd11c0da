"""What is said once about a measure, and read by its door, the tests, the docs and the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, TypeVar

import pandas as pd

from clusterstats._types import Array
from clusterstats.errors import OptionError
from clusterstats.inference.intervals import IDENTITY, Pivot
from clusterstats.inference.options import Analytic

__all__ = ["REGISTRY", "AnalyticInput", "AnalyticOutput", "Declaration", "Entry", "register"]

Axis = Literal["region", "industry", "region2", "industry2"]
Unit = Literal["establishment", "cell", "region"]
Reads = Literal["cells", "years", "regions"]


@dataclass(frozen=True)
class AnalyticInput:
    """What a closed form may use: the cells' moments of one year and the reference.

    Attributes
    ----------
    moments : mapping of int to array, each of shape (region, industry)
        Sums of powers of establishment sizes (0 counts them).
    base : array, shape (region,), optional
        The fixed reference size of each region, if one was given.
    estimate : array
        The measure, shape of its grain (its first component where it has several).
    """

    moments: Mapping[int, Array]
    base: Array | None
    estimate: Array
    option: Analytic


AnalyticOutput: TypeAlias = Mapping[str, Array]
"""Any of `std_error`, `statistic`, `p_value`, `conf_low`, `conf_high`, shaped as the estimate."""


Kernel: TypeAlias = Callable[..., Array]
"""Pure arithmetic: moments of shape (..., region, industry), and by keyword what the door names
beside them (`base` of shape (..., region), group codes), to (..., grain[, component])."""


@dataclass(frozen=True)
class Declaration:
    """Everything about a measure (in one of its forms) that is not its arithmetic.

    Attributes
    ----------
    name : str
        The measure's public name.
    kernel : callable
        Arrays to arrays; see `Kernel`.
    grain : tuple of {"region", "industry", "region2", "industry2"}
        The keys of a result, beside the year.
    pairs : {"unordered", "ordered", "all"}
        Of a measure of pairs, which are kept: each once; both ways; these and the diagonal.
    formula, reference : str
        What is computed, and the paper it is from with its equation where it has a number.
    neutral : float or None
        Value under independence of region and industry; None where there is none.
    bounds : (float, float)
        Smallest and largest possible value in any table.
    limits : callable, optional
        The same for a table with so many regions and industries, where that is narrower.
    estimand : str
        What an establishment-level interval is about, the regions' probabilities held fixed.
    powers : tuple of int
        Which moments the kernel takes, in order: 1 sums, 2 sums of squares, 0 counts, ...
    components : tuple of str
        Parts of the result; the first is the measure itself, the only one with inference.
    options : mapping
        How the door is called to get this form.
    reads : {"cells", "years", "regions"}
        What a result is of: the cells of one year; cells of two years or more; one value for each
        region and year. Only the first are left to the engine, and differ between years.
    beside : tuple of str
        Options of this form that take a table of their own, which `options` leaves out.
    scale_free : bool
        Unchanged when every value is multiplied by the same number.
    pivot : Pivot
        Scale on which intervals are made.
    plug_in : callable, optional
        What draws are centred on, where it is not the measure itself: the uncorrected index.
    analytic : callable, optional
        Closed form of an `AnalyticInput` (of what the door gives it where `reads` is not
        "cells"), with the moments it takes in `analytic_powers`; `analytic_gives` says
        whether it has an interval or only a test of chance, `analytic_note` why there is none.
    resampling_note : str
        What to know of this measure's bootstrap and jackknife intervals.
    is_biased : bool
        Whether chance alone moves the index, so that a corrected value is worth a column.
    units : tuple of {"establishment", "cell", "region"}
        What may be resampled.
    has_null : bool
        Whether Monte-Carlo nulls, which move establishments, mean anything for it.
    is_of_presences : bool
        Whether its values are 0 and 1, as the null that draws presences takes them.
    uncertain_note : str
        What is said where a method is refused.
    is_sound_when_sparse : bool
        Whether intervals of a biased index hold also where a row has few establishments.
    needs_full_cells : bool
        Whether intervals by region hold only where regions have several establishments of each
        industry.
    unreliable : str
        Why intervals by establishment or cell do not hold their level, where they were found not
        to: they are then left blank, with a warning.
    bounding : callable, optional
        Least and greatest cells (..., region, industry) and the kernel's sides to the least and
        greatest value; `bounding_kind` says whether they are sharp or outer. Most measures' are
        in `measures/partial/known.py`.
    """

    name: str
    kernel: Kernel
    grain: tuple[Axis, ...]
    formula: str
    reference: str
    neutral: float | None
    bounds: tuple[float, float]
    estimand: str
    unit: str = "ratio"
    powers: tuple[int, ...] = (1,)
    components: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    reads: Reads = "cells"
    beside: tuple[str, ...] = ()
    scale_free: bool = True
    pivot: Pivot = IDENTITY
    plug_in: Kernel | None = None
    analytic: Callable[..., AnalyticOutput] | None = None
    analytic_powers: tuple[int, ...] = ()
    analytic_gives: Literal["interval", "test"] = "interval"
    analytic_note: str = ""
    resampling_note: str = ""
    is_biased: bool = False
    limits: Callable[[int, int], tuple[float, float]] | None = None
    pairs: Literal["unordered", "ordered", "all"] = "unordered"
    units: tuple[Unit, ...] = ("establishment", "cell", "region")
    has_null: bool = True
    is_of_presences: bool = False
    uncertain_note: str = ""
    is_sound_when_sparse: bool = False
    needs_full_cells: bool = False
    unreliable: str = ""
    bounding: Callable[..., tuple[Array, Array]] | None = None
    bounding_kind: str = ""

    def bounds_of(self, regions: int, industries: int) -> tuple[float, float]:
        """Smallest and largest possible value in a table of this shape."""
        return self.bounds if self.limits is None else self.limits(regions, industries)

    @property
    def definition(self) -> str:
        """Formula, options and source, in one line."""
        given = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"{self.name}({given}): {self.formula} [{self.reference}]"

    @property
    def drawable(self) -> tuple[Unit, ...]:
        """What resampling may draw: regions only where no row is about one of them."""
        keyed = {"region", "region2"} & {*self.grain}
        return tuple(unit for unit in self.units if not (keyed and unit == "region"))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of inference that fit, with what they give or draw."""
        closed = [f"Analytic ({self.analytic_gives})"] if self.analytic else []
        drawn = ", ".join(self.drawable)
        resampled = [f"Bootstrap and Jackknife ({drawn})"] if drawn else []
        return (*closed, *resampled, *(["MonteCarlo"] if self.has_null else []))

    def refuse(self, inference: object) -> None:
        """Raise where a measure that no method fits is asked for one."""
        if inference is not None:
            raise OptionError(
                f"{type(inference).__name__} does not fit {self.name}: {self.uncertain_note}"
            )


@dataclass(frozen=True)
class Entry:
    """A registered measure: its door and its declaration in every form."""

    door: Callable[..., pd.DataFrame]
    declarations: Sequence[Declaration]


REGISTRY: dict[str, Entry] = {}

Door = TypeVar("Door", bound=Callable[..., pd.DataFrame])


def register(*declarations: Declaration) -> Callable[[Door], Door]:
    """Enter a door and its declarations; the door is returned untouched."""

    def enter(door: Door) -> Door:
        REGISTRY[declarations[0].name] = Entry(door, declarations)
        return door

    return enter
