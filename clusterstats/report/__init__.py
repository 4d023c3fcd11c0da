"""Showing results: exhibits, comparison with printed numbers, figures and the results page.

An `Exhibit` is a table or a figure with its sample, definition, source and seed. `compare` sets
computed numbers against printed ones, `interval_plot` draws a tidy result, `write_results` writes
files and the page. `run_analysis` runs one folder of ``analyses/``.
"""

from clusterstats.report.analyses import Outcome, analyses_dir, find_analyses, run_analysis
from clusterstats.report.compare import compare
from clusterstats.report.exhibit import Exhibit
from clusterstats.report.figures import interval_plot
from clusterstats.report.style import style
from clusterstats.report.write import write_results

__all__ = [
    "Exhibit",
    "Outcome",
    "analyses_dir",
    "compare",
    "find_analyses",
    "interval_plot",
    "run_analysis",
    "style",
    "write_results",
]
