"""Trade between countries: logarithms against Poisson pseudo-likelihood."""

from __future__ import annotations

import numpy as np

import clusterstats as cs

from ..cells import Made, both, named
from ..data import read

TITLE = "Santos Silva and Tenreyro 2006: the log of gravity"
PAPER = "Santos Silva and Tenreyro (2006), Review of Economics and Statistics 88, table 3"
DATA = "log_of_gravity"
SAMPLE = "136 countries, trade of 1990"

TERMS = (
    "lypex + lypim + lyex + lyim + ldist + border + comlang + colony + landl_ex + landl_im + "
    "lremot_ex + lremot_im + comfrt_wto + open_wto"
)
SHOWN = named(*TERMS.split(" + "))
LABELS = {
    "ltrade": "log trade",
    "trade": "Trade",
    "lypex": "log GDP of exporter",
    "lypim": "log GDP of importer",
    "lyex": "log GDP per person of exporter",
    "lyim": "log GDP per person of importer",
    "ldist": "log distance",
    "border": "Common border",
    "comlang": "Common language",
    "colony": "Colonial tie",
    "landl_ex": "Landlocked exporter",
    "landl_im": "Landlocked importer",
    "lremot_ex": "log remoteness of exporter",
    "lremot_im": "log remoteness of importer",
    "comfrt_wto": "Free-trade agreement",
    "open_wto": "Openness",
}


def make() -> Made:
    """Least squares of log trade, Poisson of all and of positive trade; robust errors."""
    pairs = read("gravity", of=DATA)
    trading = pairs[pairs["trade"] > 0]
    trading = trading.assign(ltrade=np.log(trading["trade"]))
    robust = {"covariance": cs.Robust("HC1")}
    poisson = {"family": "poisson", **robust}
    fits = {
        "OLS ln(T)": cs.regress(f"ltrade ~ {TERMS}", trading, **robust),
        "PPML all": cs.regress(f"trade ~ {TERMS}", pairs, **poisson),
        "PPML T>0": cs.regress(f"trade ~ {TERMS}", trading, **poisson),
    }
    cells = [cell for spec, fit in fits.items() for cell in both(spec, fit, SHOWN)]
    return Made(cells, cs.table(*fits.values(), headers=list(fits), labels=LABELS, title=TITLE))
