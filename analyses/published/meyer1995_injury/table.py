"""How long injured workers stay away after benefits rose for those who earn much."""

from __future__ import annotations

import clusterstats as cs

from ..cells import Made, both, named
from ..data import read

TITLE = "Meyer, Viscusi and Durbin 1995: time out of work after an injury"
PAPER = "Wooldridge, Introductory Econometrics, example 13.4 (Meyer, Viscusi and Durbin 1995)"
DATA = "injury"
SAMPLE = "5,626 injured workers of Kentucky"

SHOWN = named("Intercept", "afchnge", "highearn", ah="afchnge:highearn")
LABELS = {
    "ldurat": "log weeks",
    "afchnge": "After the change",
    "highearn": "High earner",
}


def make() -> Made:
    """Differences in differences of log weeks; classical errors."""
    workers = read(DATA).query("ky == 1")
    fit = cs.regress("ldurat ~ afchnge + highearn + afchnge:highearn", workers)
    return Made(both("KY", fit, SHOWN), cs.table(fit, labels=LABELS, title=TITLE))
