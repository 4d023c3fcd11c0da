"""Showing results: exhibits, comparison with printed numbers, figures and the results page.

An `Exhibit` is a table or a figure with its sample, definition, source and seed. `compare` sets
computed numbers against printed ones, `interval_plot` draws a tidy result, `write_results` writes
files and the page. `run_analysis` runs one folder of ``analyses/``.

`table` puts models side by side, `describe` describes data, `coefplot`, `event_plot` and
`binscatter` draw.
"""

from clusterstats.report.analyses import Outcome, analyses_dir, find_analyses, run_analysis
from clusterstats.report.binscatter import binscatter
from clusterstats.report.coefplot import coefplot
from clusterstats.report.compare import compare
from clusterstats.report.describe import describe
from clusterstats.report.eventplot import event_plot
from clusterstats.report.exhibit import Exhibit
from clusterstats.report.figures import interval_plot
from clusterstats.report.style import style
from clusterstats.report.tables import DescriptiveTable, RegressionTable, table
from clusterstats.report.write import write_results

__all__ = [
    "DescriptiveTable",
    "Exhibit",
    "Outcome",
    "RegressionTable",
    "analyses_dir",
    "binscatter",
    "coefplot",
    "compare",
    "describe",
    "event_plot",
    "find_analyses",
    "interval_plot",
    "run_analysis",
    "style",
    "table",
    "write_results",
]
