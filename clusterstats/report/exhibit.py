"""An exhibit: a table or a figure with everything a reader needs to trust or doubt it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from clusterstats.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from clusterstats.report.tables import DescriptiveTable, RegressionTable

__all__ = ["Exhibit"]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
REQUIRED = ("title", "sample", "definition", "source")
SAID = ("sample", "definition", "source", "estimand", "inference", "note")


@dataclass(frozen=True, kw_only=True, eq=False)
class Exhibit:
    """A table, a figure or both, with its sample, definition, source and seed.

    Parameters
    ----------
    name : str
        The name of its files: lower-case letters, digits, ``_`` and ``-``.
    title : str
        What it shows, in words.
    table : pandas.DataFrame, optional
        A tidy frame; its index is not shown.
    display : RegressionTable or DescriptiveTable, optional
        The same as a paper sets it: shown instead of the frame, and written as LaTeX and Markdown.
    figure : matplotlib.figure.Figure, optional
        Such as `interval_plot` makes; an exhibit has a table, a figure or both.
    sample, definition, source : str
        What was measured, how, and who published the data.
    estimand, inference : str
        What intervals and tests are about, and how they were made; empty where there are none.
    seed : int, optional
        The seed of random draws; none means no randomness.
    note : str
        What the reader should conclude, or beware of.

    Raises
    ------
    OptionError
        A text that is required is blank, the name can't be a file's, or there is nothing to show.

    Examples
    --------
    >>> import pandas as pd
    >>> from clusterstats.report import Exhibit
    >>> counts = pd.DataFrame({"kind": ["printed", "counted"], "claims": [99, 11]})
    >>> exhibit = Exhibit(
    ...     name="claims", title="Claims by kind", table=counts, sample="110 claims",
    ...     definition="number of claims", source="founding documents",
    ... )
    >>> exhibit.seed is None
    True
    """

    name: str
    title: str
    table: pd.DataFrame | None = None
    display: RegressionTable | DescriptiveTable | None = None
    figure: Figure | None = None
    sample: str
    definition: str
    source: str
    estimand: str = ""
    inference: str = ""
    seed: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        """Check what a reader can't do without."""
        if not NAME.fullmatch(self.name):
            raise OptionError(
                f"exhibit name={self.name!r} can't name a file; use lower-case letters, digits, _"
            )
        blank = [field for field in REQUIRED if not getattr(self, field).strip()]
        if blank:
            raise OptionError(f"exhibit {self.name!r} has no {' and no '.join(blank)}; say it")
        if self.table is None and self.figure is None:
            raise OptionError(f"exhibit {self.name!r} has neither a table nor a figure")

    @classmethod
    def from_result(
        cls,
        name: str,
        title: str,
        table: pd.DataFrame,
        *,
        figure: Figure | None = None,
        seed: int | None = None,
        **said: str,
    ) -> Exhibit:
        """Make an exhibit of a measure's result, which says itself what it is.

        Parameters
        ----------
        name, title : str
            As in `Exhibit`.
        table : pandas.DataFrame
            A result; its ``attrs`` hold definition, sample, source, inference, estimand, note.
        figure : matplotlib.figure.Figure, optional
            A figure of the same result.
        seed : int, optional
            As in `Exhibit`; read from the result's inference where not given.
        **said : str
            Any of sample, definition, source, estimand, inference and note, instead of what the
            result says.

        Returns
        -------
        Exhibit
            With the seed of the result's inference.

        Raises
        ------
        OptionError
            As in `Exhibit`: often a result whose table did not name its source.

        Examples
        --------
        >>> import pandas as pd
        >>> import clusterstats as cs
        >>> from clusterstats.report import Exhibit
        >>> jobs = pd.DataFrame({"region": ["A", "A", "B", "B"], "industry": ["film", "other"] * 2,
        ...                      "employment": [60, 940, 40, 3960]})
        >>> lq = cs.location_quotient(jobs)
        >>> Exhibit.from_result("lq", "Location quotients", lq, source="an example").sample
        '4 cells: 2 regions x 2 industries'
        """
        strange = sorted(set(said) - set(SAID))
        if strange:
            raise OptionError(f"{strange[0]!r} is not said of an exhibit; use {', '.join(SAID)}")
        known = {field: str(table.attrs.get(field, "")) for field in SAID} | said
        drawn = re.search(r"\bseed=(\d+)", known["inference"])
        if seed is None and drawn is not None:
            seed = int(drawn[1])
        return cls(
            name=name, title=title, table=table, display=None, figure=figure, seed=seed, **known
        )
