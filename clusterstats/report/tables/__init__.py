"""Tables to show: models side by side, descriptive statistics; LaTeX, HTML, Markdown, Word.

`grid` is what a table is made of; `latex`, `html`, `markdown` and `word` write it; `regression` and
`describe` make it.
"""

from clusterstats.report.tables.display import DescriptiveTable, DisplayTable, RegressionTable
from clusterstats.report.tables.regression import table

__all__ = ["DescriptiveTable", "DisplayTable", "RegressionTable", "table"]
