"""A table as a value: written in any format, shown by a notebook, saved by its suffix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from clusterstats._files import write_atomic
from clusterstats.errors import OptionError
from clusterstats.report.tables import html, latex, markdown, word
from clusterstats.report.tables.grid import Grid

__all__ = ["DescriptiveTable", "DisplayTable", "RegressionTable"]


@dataclass(frozen=True, eq=False)
class DisplayTable(Grid):
    """A table to show, and the numbers it shows."""

    numbers: pd.DataFrame = field(default_factory=pd.DataFrame)

    def to_latex(self, label: str = "") -> str:
        r"""LaTeX with booktabs rules; in a `table` environment where the table has a title.

        Parameters
        ----------
        label : str
            For `\ref`; only with a title.

        Returns
        -------
        str
            Its first line is a comment that names the packages it needs.
        """
        if label and not self.title:
            raise OptionError(f"label={label!r} needs a title: \\ref counts captions")
        return latex.to_latex(self, label)

    def to_html(self) -> str:
        """HTML: a table with a style of its own.

        Returns
        -------
        str
            To be put into any page.
        """
        return html.to_html(self)

    def to_markdown(self) -> str:
        """Markdown: a pipe table, aligned.

        Returns
        -------
        str
        """
        return markdown.to_markdown(self)

    def to_docx(self, path: str | Path) -> Path:
        """Write a Word document with the table; needs python-docx (`clusterstats[word]`).

        Parameters
        ----------
        path : str or pathlib.Path
            Written whole or not at all.

        Returns
        -------
        pathlib.Path
            The file.
        """
        content = word.to_docx(self)
        write_atomic(Path(path), content)
        return Path(path)

    def to_frame(self) -> pd.DataFrame:
        """The texts as shown: a row a line of the table.

        Returns
        -------
        DataFrame
            Columns `row`, the label, and one for each column of cells, named by the lowest
            heading. `numbers` holds the numbers, not rounded.
        """
        names = [h.text for h in self.header[-1] for _ in range(h.columns)]
        blank = [""] * self.columns
        lines = [[row.label, *(map(str, row.cells) if row.cells else blank)] for row in self.rows]
        return pd.DataFrame(lines, columns=["row", *names])

    def save(self, path: str | Path) -> Path:
        """Write the table in the format of the suffix: .tex, .html, .md, .docx or .csv.

        Parameters
        ----------
        path : str or pathlib.Path
            Written whole or not at all; `.csv` holds the texts of `to_frame`.

        Returns
        -------
        pathlib.Path
            The file.
        """
        formats: dict[str, Callable[[], str]] = {
            ".tex": self.to_latex,
            ".html": lambda: html.to_page(self),
            ".md": self.to_markdown,
            ".csv": self._csv,
        }
        suffix = Path(path).suffix.lower()
        if suffix == ".docx":
            return self.to_docx(path)
        if suffix not in formats:
            known = ", ".join([*formats, ".docx"])
            raise OptionError(f"can't save {Path(path).name!r}: its suffix must be one of {known}")
        write_atomic(Path(path), formats[suffix]())
        return Path(path)

    def _csv(self) -> str:
        return self.to_frame().to_csv(index=False, lineterminator="\n")

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        return self.to_markdown().rstrip("\n")


class RegressionTable(DisplayTable):
    """Models side by side, as `cs.table` makes them.

    Attributes
    ----------
    header : tuple of rows of headings
        Groups, responses, estimators and numbers of the models.
    rows : tuple of rows
        Estimates with what stands under them, fixed effects, statistics; by panel.
    notes : tuple of str
        What the numbers in brackets are, what stars mean, what was left out.
    title : str
        The caption.
    align : {"center", "right"}
        Of the cells.
    numbers : DataFrame
        What was estimated, not rounded: `panel`, `model` and the columns of `Fit.tidy`.
    """


class DescriptiveTable(DisplayTable):
    """Variables and their statistics or correlations, as `cs.describe` makes them.

    Attributes
    ----------
    header : tuple of rows of headings
        Names of the statistics, or numbers of the variables.
    rows : tuple of rows
        One a variable; by group.
    notes : tuple of str
        Rows, weights, and what the statistics are where there is more than one definition.
    title : str
        The caption.
    align : {"center", "right"}
        Of the cells.
    numbers : DataFrame
        The statistics, not rounded: a row a variable and group.
    """
